"""The Options page's levels: walls, flip, max pain and moves in a table, and the gamma profile."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.options.levels import Wall
from analytics.options.levels_question import OptionsLevelsView
from components.figures import strikes as figures
from components.frame import formats, panels, widgets
from components.frame.widgets import Column
from components.pages.options.exposure_views import coverage, dollars
from components.pages.options.state import OptionsState
from components.pages.options.views import sentence

LEVEL_COLUMNS = (
    Column("name", "Level", "node"),
    Column("strike", "Strike", "price"),
    Column("distance", "Distance %", "pct"),
    Column("gex", widgets.term("gex", "GEX, $ per 1%"), "node"),
)


def show_levels(state: OptionsState, view: OptionsLevelsView) -> panels.View:
    """Walls, flip, max pain and expected move, with runners-up."""
    levels = view.levels
    rows = [
        *_wall_rows("Call wall", levels.call_wall, view.spot),
        *_wall_rows("Put wall", levels.put_wall, view.spot),
        *_wall_rows("Absolute gamma", levels.absolute_gamma, view.spot)[:1],
    ]
    if levels.gamma_flip.nearest is not None:
        rows.append(_row("Gamma flip", levels.gamma_flip.nearest, view.spot))
    for move in levels.expected_move[:1]:
        rows += [
            _row(f"{name} to {move.expiry:%-d %b}", price, view.spot)
            for name, price in (("Move high", move.high), ("Move low", move.low))
            if price is not None
        ]
    rows += [
        _row(f"Max pain {pain.expiry:%-d %b}", pain.strike, view.spot)
        for pain in levels.max_pain[:3]
        if pain.strike is not None
    ]
    net, gross = view.gex.net_usd_per_pct, view.gex.gross_usd_per_pct
    title = (
        f"Net GEX {dollars(net)} per 1% move, gross {formats.compact(gross)}{formats.THIN}$"
        if net is not None
        else f"Net GEX: {view.gex.reason}"
    )
    absences = [wall.reason for wall in (levels.call_wall, levels.put_wall) if wall.reason]
    shown = [row | {"name": _named(row["name"])} for row in rows]
    body: list[Component] = [widgets.table(LEVEL_COLUMNS, shown, caption="Option levels")]
    body += [widgets.absence_note(text) for text in dict.fromkeys(absences)]
    vanna, charm = view.gex.vanna_usd_per_point, view.gex.charm_usd_per_day
    body.append(
        html.Ul(
            [
                html.Li(
                    [widgets.term("vanna", "Vanna"), f" {dollars(vanna)} ({view.units.vanna})"]
                ),
                html.Li(
                    [widgets.term("charm", "Charm"), f" {dollars(charm)} ({view.units.charm})"]
                ),
                html.Li([widgets.term("gamma-flip"), f": {levels.gamma_flip.text}"]),
            ],
            className="conventions",
        )
    )
    return panels.View(
        title=title,
        basis=f"{view.selection.text}; {view.gex.assumption}",
        body=body,
        data=panels.Data(
            (("Level", "text"), ("Strike $", "price"), ("Distance %", "pct")),
            [(row["name"], row["strike"], row["distance"]) for row in rows],
        ),
        note=(
            f"r {formats.share(view.gex.rate * 100)}, "
            f"carry r \u2212 q {formats.share((view.gex.rate - view.gex.dividend_yield) * 100)}, "
            f"{view.gex.day_count}; gamma {view.gex.gamma}. {coverage(view)}"
        ),
    )


LEVEL_TERMS = {
    "Call wall": "call-wall",
    "Put wall": "put-wall",
    "Absolute gamma": "absolute-gamma",
    "Gamma flip": "gamma-flip",
    "Move": "expected-move",
    "Max pain": "max-pain",
}


def _named(name: str) -> Component | str:
    """The name as its term, where what it starts with has a definition."""
    key = next((key for start, key in LEVEL_TERMS.items() if name.startswith(start)), None)
    return widgets.term(key, name) if key else name


def _row(name: str, price: float, spot: float, gex: float | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "strike": price,
        "distance": (price / spot - 1) * 100,
        "gex": None if gex is None else dollars(gex),
    }


def _wall_rows(name: str, wall: Wall, spot: float) -> list[dict[str, Any]]:
    if wall.strike is None:
        return []
    rows = [_row(name, wall.strike, spot, wall.gex_usd_per_pct)]
    if wall.differs and wall.by_net is not None:
        net = wall.by_net
        rows.append(_row(f"{name}, by net", net.strike, spot, net.gex_usd_per_pct))
    rows += [
        _row("runner-up", one.strike, spot, one.gex_usd_per_pct) | {"_class": "is-muted"}
        for one in wall.runners_up[:2]
    ]
    return rows


def show_profile(state: OptionsState, view: OptionsLevelsView) -> panels.View:
    """Net GEX against the spot price."""
    if view.profile is None:
        reason = view.gex.reason or "n/a (no exposures)"
        return panels.nothing(reason, reason)
    flip = view.levels.gamma_flip
    if flip.nearest is None:
        title = f"Gamma flip: {flip.text}"
    else:
        side = "above" if view.spot >= flip.nearest else "below"
        title = (
            f"{view.symbol} trades {side} its gamma flip at {formats.price(flip.nearest)} "
            f"({formats.pct((flip.nearest / view.spot - 1) * 100, 1)})"
        )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{view.selection.text}; IVs held by strike",
        figure=figures.gamma_profile(view=view),
        data=panels.Data(
            (("Spot $", "price"), (f"Net GEX, {view.units.gex}", "count")),
            list(zip(view.profile.spots, view.profile.gex_usd_per_pct, strict=True)),
        ),
        note=sentence(view.gex.assumption),
    )
