"""Panels: the frame around every chart and card, and what feeds it.

The server sends one plain JSON payload a panel; the browser paints title, badge, figure,
summary, table and CSV from it (``assets/core/panels.mjs``). Payloads hold no Dash component and no
Plotly figure, so that Dash's fast encoder takes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, TypeVar

from dash import Dash, html
from dash.development.base_component import Component

from components.frame import exchange
from components.frame.attributes import attributes
from components.frame.page_feed import EncodedPayloads, PageFeed
from components.frame.payloads import Ask as Ask
from components.frame.payloads import MayBeAbsent as MayBeAbsent
from components.frame.payloads import Panel as Panel
from components.frame.payloads import Show as Show
from components.frame.payloads import absence as absence
from components.frame.payloads import build_payload as build_payload
from components.frame.payloads import timed as timed
from components.frame.state import PageState
from components.frame.view import Data as Data
from components.frame.view import Kind as Kind
from components.frame.view import View as View
from components.frame.view import nothing as nothing
from components.frame.view import plain as plain

GRAPH_CONFIG: Any = {
    "displaylogo": False,
    "showSendToCloud": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": "reset",
    "displayModeBar": "hover",
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d", "toImage"],
    "showTips": False,
}


def chart_panel(
    page: str,
    name: str,
    *,
    height: int = 360,
    class_name: str = "",
    tall: bool = False,
    readout: bool = False,
) -> Component:
    """The place of a chart, showing a skeleton of its size until the first payload.

    The chart itself is drawn by the browser (``assets/core/charts.mjs``).

    Args:
        page: key of the page; with ``name`` it identifies the panel.
        name: of the panel, unique on the page.
        height: of the chart in CSS pixels; a phone takes three quarters of it.
        class_name: grid placement such as ``span-8``.
        tall: let the chart grow with its grid row above ``height``.
        readout: a line above it for what is under the pointer (``assets/pages/readout.mjs``).
    """
    slot = html.Div(
        role="figure",
        className="panel-figure grows" if tall else "panel-figure",
        style={"--height": f"{height}px"},
        **attributes(aria_label="Loading"),
    )
    line = html.Div(className="readout", **attributes(aria_hidden="true"))  # the table says it too
    return _frame("chart", page, name, [line, slot] if readout else [slot], class_name)


def html_panel(page: str, name: str, *, height: int = 160, class_name: str = "") -> Component:
    """The place of a card: html built by the server; ``height`` is the skeleton's, in pixels."""
    body = html.Div(
        role="group",
        className="panel-body",
        style={"--height": f"{height}px"},
        **attributes(aria_label="Loading"),
    )
    return _frame("card", page, name, [body], class_name)


def static(component: Component, *, class_name: str = "") -> Component:
    """Html that no answer changes."""
    return html.Div(component, className=class_name)


_TOOLS = (
    ("scene", "Add to scenes", "Keep this view for a presentation"),
    ("csv", "CSV", "Download the numbers as CSV"),
    ("share", "Share", "A link to this panel, or a picture of it"),
)
_CHART_TOOLS = (("fullscreen", "Full screen", "Show this chart alone on the screen"),)
_NOTHING_YET = "\u00a0"
_TITLE_TO_COME = "Loading"  # unseen; a heading without a text is read as none


def _frame(
    kind: str, page: str, name: str, content: Sequence[Component], class_name: str
) -> Component:
    head = html.Header(
        [
            html.Div(
                [html.H2(_TITLE_TO_COME), html.P(_NOTHING_YET, className="sub")],
                className="panel-heading",
            ),
            html.Span(className="badge"),
        ],
        className="panel-head",
    )
    table = html.Div(className="data-table scroll")  # in the content's place, when asked for
    return html.Section(
        [head, *content, table, _foot(_TOOLS + (_CHART_TOOLS if kind == "chart" else ()))],
        id=f"{page}-{name}",
        className=" ".join(filter(None, ("panel", f"panel-{kind}", "is-loading", class_name))),
        **attributes(data_panel=f"{page}/{name}", data_kind=kind, aria_busy="true"),
    )


def _foot(offered: Sequence[tuple[str, str, str]]) -> Component:
    tools = [
        html.Button(
            text, type="button", className="tool", title=about, **attributes(data_action=action)
        )
        for action, text, about in offered
    ]
    table = html.Button(
        "View as table",
        type="button",
        className="tool as-table",
        **attributes(data_action="table", aria_pressed="false"),
    )
    return html.Div(
        [html.P(className="note"), html.Div(tools, className="panel-tools"), table],
        className="panel-foot",
    )


FEEDS = "page-feeds"
"""Under it the server's ``extensions`` hold the `PageFeed` of each page that has panels."""

BUILDERS = "panel-builders"
"""Under it the server's ``extensions`` hold, by ``page/name``, what builds a panel's payload, as
JSON, from a page's state: for one panel asked for alone, as presenter mode does."""

S = TypeVar("S", bound=PageState)


@dataclass(frozen=True)
class PagePanels(Generic[S]):
    """Declares the panels of one page.

    Attributes:
        page: its key; ``state``: of its views.
    """

    app: Dash
    page: str
    state: type[S]

    def chart(self, name: str, ask: Ask[S], show: Show, **more: Any) -> None:
        """Feed a `chart_panel`; ``more`` as in `Panel`."""
        panel_callback(self.app, Panel(self.page, name, self.state, ask, show, **more))

    def card(self, name: str, ask: Ask[S], show: Show, **more: Any) -> None:
        """Feed an `html_panel`; ``more`` as in `Panel`."""
        panel_callback(self.app, Panel(self.page, name, self.state, ask, show, card=True, **more))


def panel_callback(app: Dash, panel: Panel[Any]) -> None:
    """Let its page's callback feed a panel; the first panel of a page declares that callback."""
    feeds: dict[str, PageFeed] = app.server.extensions.setdefault(FEEDS, {})
    if panel.page not in feeds:
        stored = next(iter(feeds.values())).encoded if feeds else EncodedPayloads()
        feed = feeds[panel.page] = PageFeed(encoded=stored)
        exchange.register(app, panel.page, lambda asked: feed.answer(asked).plain())
    feeds[panel.page].panels[panel.name] = panel
    build = partial(feeds[panel.page].payload, replace(panel, same=None))
    app.server.extensions.setdefault(BUILDERS, {})[f"{panel.page}/{panel.name}"] = build
