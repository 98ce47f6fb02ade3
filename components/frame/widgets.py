"""Small pieces pages are made of: controls, tables, terms, stated absences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from analytics.model.definitions import DEFINITIONS
from analytics.model.parameters import as_of_text
from components.frame import formats
from components.frame.attributes import attributes
from components.frame.markup import Tag


def _control(page: str, name: str) -> dict[str, Any]:
    """Marks a control; ``name`` is the `PageState` field its value is written to in the URL.

    ``assets/core/controls.mjs`` reads and sets it; its default is the one in the html.
    """
    return attributes(data_control=f"{page}/{name}")


def _buttons(
    kind: str, group: str, options: Sequence[tuple[str, str]], on: Sequence[str]
) -> list[Component]:
    """A native radio button or check box each, inside its label."""
    labels: list[Component] = []
    for value, text in options:
        given = {"type": kind, "name": group, "value": value, "checked": value in on}
        parts: list[Any] = [Tag("input", given), html.Span(text)]
        labels.append(html.Label(parts))
    return labels


def _labelled(label: str, control: Any, class_name: str = "") -> Component:
    """A control with its caption before it."""
    parts: list[Any] = [html.Span(label, className="control-label"), control]
    return html.Label(parts, className=f"control {class_name}".strip())


def choice(
    page: str, name: str, label: str, options: Sequence[tuple[str, str]], default: str
) -> Component:
    """One of a few, as a row of segments; ``options`` are (value, text)."""
    radios = html.Div(
        _buttons("radio", f"{page}-{name}", options, (default,)),
        className="segments",
        **_control(page, name),
    )
    return html.Div(
        [html.Span(label, className="control-label"), radios],
        className="control",
        role="radiogroup",
        **attributes(aria_label=label),
    )


def switch(page: str, name: str, label: str, *, on: bool = False) -> Component:
    """On or off, ``on`` by default or not; the state's field is a bool."""
    return html.Div(
        _buttons("checkbox", f"{page}-{name}", (("1", label),), ("1",) if on else ()),
        className="switch",
        **_control(page, name),
    )


def checks(
    page: str, name: str, options: Sequence[tuple[str, str]], default: Sequence[str]
) -> Component:
    """Any of several; the state's field is a tuple."""
    return html.Div(
        _buttons("checkbox", f"{page}-{name}", options, default),
        className="checks",
        **_control(page, name),
    )


def text_field(
    page: str, name: str, label: str, *, placeholder: str = "", default: str = ""
) -> Component:
    """A text that is read when the field is left or Enter is pressed."""
    field = Tag(
        "input",
        {
            "type": "text",
            "value": default,
            "placeholder": placeholder or None,
            "autocomplete": "off",
            "spellcheck": "false",
            "class": "field",
            **_control(page, name),
        },
    )
    return _labelled(label, field)


def date_field(page: str, name: str, label: str, empty: str = "") -> Component:
    """A date, with the browser's own picker (``assets/frame/dates.mjs``); empty by default.

    Args:
        empty: what an empty one stands for, shown in it; else how a date is written.
    """
    slot = html.Span(
        className="date-field",
        **attributes(data_page=page, data_name=name, data_label=label, data_empty=empty),
    )
    caption = html.Span(label, className="control-label")
    return html.Div([caption, slot], className="control")


def menu(
    page: str, name: str, label: str, options: Sequence[tuple[str, str]], default: str
) -> Component:
    """One of many, in a drop-down list."""
    lines = [
        html.Option(text, value=value, selected="selected" if value == default else None)
        for value, text in options
    ]
    return _labelled(label, html.Select(lines, className="field menu", **_control(page, name)))


def controls(page: str, *children: Component) -> list[Any]:
    """The row of controls above a page's panels; on a phone a sheet from below, behind a button.

    The sheet is the browser's own popover: it closes on Escape and on a touch outside.
    """
    sheet = f"{page}-controls"
    opens = {"type": "button", "class": "sheet-open", "popovertarget": sheet}
    done = {"popovertargetaction": "hide", "class": "sheet-done"}
    return [
        Tag("button", opens, "Change view"),
        Tag(
            "div",
            {"id": sheet, "class": "controls", "popover": "auto"},
            [*children, Tag("button", opens | done, "Done")],
        ),
    ]


def page_header(title: str, *children: Component, page: str = "") -> Component:
    """The page's heading, with its controls beside it where there are any."""
    shown = controls(page, *children) if children else []
    return html.Div([html.H1(title), *shown], className="page-head")


def term(key: str, text: str = "") -> Component:
    """A term with its definition as a tooltip, linked to the Definitions page."""
    definition = DEFINITIONS[key]
    return html.A(
        text or definition.term,
        href=f"/definitions#{key}",
        className="term",
        **attributes(data_tip=definition.sentence),
    )


def supports_link(symbol: str, as_of: dt.date | None = None) -> str:
    """Address of a symbol's ladder, now or as of a session."""
    day = "" if as_of is None else f"as_of={as_of_text(as_of)}&"
    return f"/supports?{day}symbol={quote(symbol, safe='^=')}"


def css_colour(token: str) -> str:
    """The style sheet's variable of a figure's colour token: ``var(--dma50)`` of "@dma50"."""
    return f"var(--{token.removeprefix('@')})"


def chip(text: str, kind: str = "", *, live: str = "") -> Component:
    """A short status word; ``kind`` is up, down, near (at the level), warn, accent or empty.

    ``live`` as in `ticking`.
    """
    following: dict[str, Any] = {"data-live": live} if live else {}
    return html.Span(text, className=f"chip chip-{kind}" if kind else "chip", **following)


def ticking(text: str, live: str, class_name: str = "") -> Component:
    """A text that follows the live feed in place (``assets/core/live.mjs``).

    ``live`` names what it shows: ``SPY.price``, ``SPY.change_pct``, ``SPY.distance:50-DMA``;
    empty: a text that stands.
    """
    following: dict[str, Any] = {"data-live": live} if live else {}
    return html.Span(text, className=f"{class_name} live".strip(), **following)


def indicated(symbol: str) -> Component:
    """Where the pre-market price and its distances stand; ``assets/pages/pre.mjs`` fills it."""
    return html.P(className="pre-line", hidden=True, **attributes(data_pre=symbol))


def figure_value(
    text: str, label: str | Component, *, direction: str = "", detail: str = ""
) -> Component:
    """An answer in large digits with its label under it."""
    return html.Div(
        [
            html.Span(text, className=f"value live {direction}".strip()),
            html.Span(label, className="value-label"),
            html.Span(detail, className="value-detail") if detail else None,
        ],
        className="figure-value",
    )


def absence_note(sentence: str) -> Component:
    """A stated absence inside a card: what is missing and why."""
    return html.P(sentence, className="absence", role="status")


HISTORY_HELP = {"text": "How to collect or import a past", "href": "/help/importing"}
"""Beside what needs more recorded sessions."""


def history_help() -> Component:
    """The link to how a past is collected or imported."""
    return html.P(html.A(HISTORY_HELP["text"], href=HISTORY_HELP["href"]), className="absence-help")


@dataclass(frozen=True)
class Column:
    """One column of a `table`.

    Attributes:
        key: the row's entry it shows.
        heading: with its unit ("50-DMA %").
        kind: text, price, pct, signed, share, count, p, atr, sigma or node (a component, or a text
            already written).
        colour: tint a signed figure up or down.
        unseen: its heading is only read aloud, and does not sort: a column of actions.
    """

    key: str
    heading: str | Component
    kind: str = "text"
    colour: bool = False
    unseen: bool = False


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "price": formats.price,
    "pct": formats.pct,
    "signed": formats.signed,
    "share": formats.share,
    "count": formats.count,
    "ratio": formats.ratio,
    "p": formats.p_text,
    "atr": formats.atr,
    "sigma": formats.sigma,
    "compact": formats.compact,
}


def table(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    *,
    caption: str,
    sortable: bool = False,
    class_name: str = "",
) -> Component:
    """An aligned table that scrolls inside itself on a narrow screen.

    Args:
        columns: left to right; the first is each row's heading.
        rows: one mapping each; entry ``_class`` sets the row's class ("is-focus"), entry
            ``_live`` maps columns' keys to what their cells follow, as in `ticking`, and entry
            ``_quotation`` says how its prices are written.
        caption: what the table says, for screen readers.
        sortable: let a click on a heading sort (in the browser).
        class_name: extra classes.
    """
    head = [
        html.Th(_heading(column, sortable=sortable), scope="col", className=_alignment(column))
        for column in columns
    ]
    body = [
        html.Tr(
            [_cell(column, row, first=i == 0) for i, column in enumerate(columns)],
            className=str(row.get("_class", "")) or None,
        )
        for row in rows
    ]
    content = [
        html.Caption(caption, className="sr-only"),
        html.Thead(html.Tr(head)),
        html.Tbody(body),
    ]
    kind = "table sortable" if sortable else "table"
    return html.Div(
        html.Table(content, className=f"{kind} {class_name}".strip()),
        className="scroll",
        tabIndex="0",
        role="region",
        **attributes(aria_label=caption),
    )


def _heading(column: Column, *, sortable: bool) -> Any:
    """A column's heading; one that sorts holds no link, its term's definition is its tooltip."""
    heading = column.heading
    if column.unseen:
        return html.Span(heading, className="sr-only")
    if not sortable:
        return heading
    if isinstance(heading, str):
        return html.Button(heading, type="button", className="sort")
    tip = attributes(data_tip=getattr(heading, "data-tip"))
    return html.Button(heading.children, type="button", className="sort term", **tip)


def _alignment(column: Column) -> str:
    return "num" if column.kind in _WRITERS else "txt"


def _cell(column: Column, row: Mapping[str, Any], *, first: bool) -> Component:
    value, live = row.get(column.key), row.get("_live", {}).get(column.key)
    writer = _WRITERS.get(column.kind)
    if column.kind == "price" and "_quotation" in row:
        writer = row["_quotation"].text
    text = writer(value) if writer else (formats.ABSENT if value is None else value)
    classes = [_alignment(column)]
    if writer and column.colour:
        classes.append(formats.direction(value))
    if writer:
        classes.append("live")
    attributes: dict[str, Any] = {"className": " ".join(classes)}
    if writer and isinstance(value, int | float):
        attributes["data-value"] = repr(float(value))
    if live:
        attributes["data-live"] = live
    return html.Th(text, scope="row", **attributes) if first else html.Td(text, **attributes)
