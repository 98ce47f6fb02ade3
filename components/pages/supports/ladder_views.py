"""The ladder in figures: every rung with its distances and status, and what is missing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from analytics.model.levels import DMA, OWN, LevelGroup, LevelId
from analytics.studies.supports.anchors import by_its_event
from analytics.studies.supports.levels import Level
from analytics.studies.supports.supports import SupportLadder
from components.frame import formats, panels, widgets
from components.frame.attributes import attributes
from components.frame.findings import (
    next_finding,
    next_session_finding,
)
from components.frame.status_chips import status_chip
from components.frame.widgets import Column
from components.pages.supports.state import SupportsState


def _columns(ladder: SupportLadder) -> tuple[Column, ...]:
    """Level and distances on the price that decides; in session, what it becomes, last.

    After the close the status has the number it was decided on beside it.
    """
    price = "Level today" if ladder.provisional else "Next session"
    becomes = Column("if_closed_here", widgets.term("if-closed-here", "If it closed here"), "price")
    return (
        Column("name", "Level", "node"),
        Column("price", widgets.term("deciding-level", price), "price"),
        Column("distance_pct", widgets.term("distance", "To level %"), "pct"),
        Column("distance_atr", widgets.term("atr", "ATR"), "signed"),
        Column("distance_sigma", "\u03c3", "signed"),
        Column("status", widgets.term("status", "Status"), "node"),
        *((becomes,) if ladder.provisional else ()),
        Column("cluster", widgets.term("confluence", "Confluence"), "node"),
        Column("alert", "Alert", "node", unseen=True),
    )


def show_ladder(state: SupportsState, ladder: SupportLadder) -> panels.View:
    """Every rung with its figures; what is missing is listed with its reason."""
    rows = [_row(ladder, level) for level in ladder.levels]
    rows.insert(sum(level.price > ladder.price for level in ladder.levels), _price_row(ladder))
    body: list[Component] = [
        widgets.indicated(ladder.symbol),
        widgets.table(
            _columns(ladder),
            rows,
            caption=f"Support ladder of {ladder.symbol}",
            class_name="ladder",
        ),
    ]
    said = [*(missing.reason for missing in ladder.unavailable), *ladder.notes]
    if said:
        reasons = [html.Li(one) for one in said]
        body.append(html.Ul(reasons, className="reasons"))
    unit = f"ATR14 {formats.written(ladder.atr, ladder.quotation.decimals)}; " if ladder.atr else ""
    sigma = f"daily σ {formats.share(ladder.sigma_pct, 2)}; " if ladder.sigma_pct else ""
    return panels.View(
        title=next_finding(ladder).rstrip("."),
        summary=" ".join(
            [f"{len(ladder.levels)} levels.", next_session_finding(ladder), next_finding(ladder)]
        ).replace("  ", " "),
        basis="Traded prices",
        body=body,
        data=_ladder_data(ladder),
        note=f"{unit}{sigma}{_decides(ladder)}",
    )


def _decides(ladder: SupportLadder) -> str:
    when = formats.date(ladder.session)
    if ladder.provisional:
        return f"statuses are provisional: the close of {when} decides."
    return (
        f"a status is of the close of {when} at the number beside it, known before its open; "
        "levels and distances are for the next session, and new ones have no status yet."
    )


def _row(ladder: SupportLadder, level: Level) -> dict[str, Any]:
    focus = ladder.support is not None and level.id == ladder.support.id
    return {
        "name": [_swatch(level.id), _named(level.id)],
        "price": level.price,
        "if_closed_here": level.if_closed_here,
        "distance_pct": level.distance_pct,
        "distance_atr": level.distance_atr,
        "distance_sigma": level.distance_sigma,
        "status": _status(ladder, level),
        "cluster": _cluster(ladder, level),
        "alert": _alert_link(ladder.symbol, level),
        "_class": "is-focus" if focus else "",
        "_quotation": ladder.quotation,
        "_live": _follows(ladder, level),
    }


def _follows(ladder: SupportLadder, level: Level) -> dict[str, str]:
    """What the cells of a rung that moves with the price follow; others stand until the close."""
    if not ladder.provisional or not level.id.declared.follows_price:
        return {}
    fields = {
        "distance_pct": "distance",
        "distance_atr": "atr",
        "if_closed_here": "if_closed_here",
    }
    return {key: f"{ladder.symbol}.{field}:{level.name}" for key, field in fields.items()}


def _alert_link(symbol: str, level: Level) -> Component | str:
    """To the form that has the viewer notified of this level."""
    if level.id.declared.alertable:
        wanted = f"level={quote(by_its_event(level.id).name)}"
    elif level.family != LevelGroup.OPTIONS:
        wanted = f"price={level.price:.10g}"  # the feed does not follow it: its price of now
    else:
        return ""
    return html.A(
        "alert",
        href=f"/alerts?symbol={quote(symbol)}&{wanted}",
        className="muted",
        **attributes(aria_label=f"alert on {symbol}\u2019s {level.name}"),
    )


def _swatch(level: LevelId) -> Component:
    return html.Span(
        className="swatch", style={"background": widgets.css_colour(level.style.token)}
    )


def _named(level: LevelId) -> Component:
    key = level.declared.term
    if level.family == OWN.key:
        own = widgets.term("own-level", level.short_name)
        return html.Span([own, " ", widgets.chip("drawn by you")])
    name = formats.level_name(level.name) if level.family == DMA.key else level.name
    return widgets.term(key, name) if key else html.Span(name)


def _status(ladder: SupportLadder, level: Level) -> Any:
    follows = ladder.provisional and level.id.declared.follows_price
    live = f"{ladder.symbol}.status:{level.name}" if follows else ""
    chip = status_chip(level, ladder.quotation, live)
    if chip is None:
        return None
    chips = [chip]
    if level.gap_down:
        chips.append(widgets.chip("gap-down", "down"))
    return html.Span(chips, className="chips")


def _cluster(ladder: SupportLadder, level: Level) -> str | None:
    if level.cluster is None:
        return None
    cluster = ladder.clusters[level.cluster]
    others = [one.name for one in cluster.ids if one != level.id]
    return f"×{cluster.score} with {', '.join(others)}"


def _price_row(ladder: SupportLadder) -> dict[str, Any]:
    return {
        "name": html.B(f"{ladder.symbol} price"),
        "price": ladder.price,
        "status": widgets.ticking(
            formats.pct(ladder.change_pct),
            f"{ladder.symbol}.change_pct" if ladder.provisional else "",
            formats.direction(ladder.change_pct),
        ),
        "alert": "",
        "_class": "is-price",
        "_quotation": ladder.quotation,
        "_live": {"price": f"{ladder.symbol}.price"} if ladder.provisional else {},
    }


def _ladder_data(ladder: SupportLadder) -> panels.Data:
    return panels.Data(
        (
            ("Level", "text"),
            ("Family", "text"),
            (f"Level {ladder.quotation.heading}", "price"),
            (f"If it closed here {ladder.quotation.heading}", "price"),
            ("Distance %", "pct"),
            ("Distance ATR", "signed"),
            ("Distance sigma", "signed"),
            (f"Decided on {ladder.quotation.heading}", "price"),
            ("Status there", "text"),
            ("Gap-down", "text"),
            (f"Close needed {ladder.quotation.heading}", "price"),
        ),
        [
            (
                level.name,
                level.family,
                level.price,
                level.if_closed_here,
                level.distance_pct,
                level.distance_atr,
                level.distance_sigma,
                level.session_level,
                level.status,
                None if level.gap_down is None else ("yes" if level.gap_down else "no"),
                level.close_needed,
            )
            for level in ladder.levels
        ],
        quotation=ladder.quotation,
    )
