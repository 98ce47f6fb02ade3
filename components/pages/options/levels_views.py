"""The Options page's level panels: strikes, walls, gamma profile, matrix, unusual activity."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.options.levels import OptionLevels, Wall
from analytics.options.levels_question import OptionsLevelsView
from analytics.options.question import OptionsView
from analytics.options.surface_question import OptionsSurfaceView
from components.figures import expiries
from components.figures import strikes as figures
from components.frame import formats, panels, widgets
from components.frame.findings import joined
from components.frame.widgets import Column
from components.pages.options.state import OptionsState
from components.pages.options.views import sentence

MEASURE_NAMES = {
    "volume": "volume",
    "open-interest": "open interest",
    "gex": "GEX",
    "vanna": "vanna",
    "charm": "charm",
}
NET_FIELDS = {"vanna": "vanna_usd_per_point", "charm": "charm_usd_per_day"}
"""Measures of which the net is drawn: calls and puts of one strike partly cancel."""


def _headed(measure: str) -> str:
    name = MEASURE_NAMES[measure]
    return f"{name[0].upper()}{name[1:]}"


def dollars(value: float | None) -> str:
    """``−1.24 bn $``, with the sign of an exposure; none where it rounds to nothing."""
    if value is None:
        return formats.ABSENT
    size = formats.compact(abs(value))
    sign = "" if size == formats.compact(0.0) else formats.MINUS if value < 0 else "+"
    return f"{sign}{size}{formats.THIN}$"


def show_strikes(state: OptionsState, view: OptionsView, levels: OptionsLevelsView) -> panels.View:
    """Calls up, puts down by strike; the walls and the flip marked."""
    measure = state.measure
    if measure in NET_FIELDS:
        return _show_net_by_strike(state, view, levels)
    if measure == "gex":
        strikes = [row.strike for row in levels.by_strike]
        calls = [abs(row.call_gex_usd_per_pct) for row in levels.by_strike]
        puts = [abs(row.put_gex_usd_per_pct) for row in levels.by_strike]
        unit = levels.units.gex
    else:
        strikes, calls, puts = figures.strike_values(view.by_strike, measure)
        unit = f"{MEASURE_NAMES[measure]}, contracts"
    if not (any(calls) or any(puts)):
        reason = view.selection.reason or f"No {MEASURE_NAMES[measure]} in the expiries shown."
        title = f"n/a (no {MEASURE_NAMES[measure]} in the expiries shown)"
        return panels.nothing(title, reason)
    title = _strikes_title(view.symbol, levels.levels)
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{_headed(measure)} by strike; {view.selection.text}",
        figure=figures.strike_bars(
            strikes=strikes,
            calls=calls,
            puts=puts,
            spot=view.spot,
            unit=unit,
            levels=levels.levels,
            iv30=view.iv30.iv,
            revision=f"{view.symbol}|{measure}|{state.rule}|{state.expiry}",
        ),
        data=panels.Data(
            (("Strike $", "price"), (f"Calls, {unit}", "count"), (f"Puts, {unit}", "count")),
            list(zip(strikes, calls, puts, strict=True)),
        ),
        note=f"Calls up, puts down. {view.open_interest_label}.",
    )


def _show_net_by_strike(
    state: OptionsState, view: OptionsView, levels: OptionsLevelsView
) -> panels.View:
    """Net vanna or charm by strike."""
    measure, name = state.measure, MEASURE_NAMES[state.measure]
    rows = levels.by_strike
    values = [float(getattr(row, NET_FIELDS[measure])) for row in rows]
    if not any(values):
        reason = levels.gex.reason or view.selection.reason or f"No {name} in the expiries shown."
        return panels.nothing(f"n/a (no {name} in the expiries shown)", reason)
    unit = getattr(levels.units, measure)
    total = sum(values)
    title = f"{view.symbol}: net {name} {dollars(total)}, {unit}"
    strikes = [row.strike for row in rows]
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{_headed(measure)} by strike; {view.selection.text}; {levels.gex.assumption}",
        figure=figures.net_by_strike(
            strikes=strikes,
            values=values,
            spot=view.spot,
            unit=unit,
            levels=levels.levels,
            iv30=view.iv30.iv,
            revision=f"{view.symbol}|{measure}|{state.rule}|{state.expiry}|{state.dealers}",
        ),
        data=panels.Data(
            (("Strike $", "price"), (f"{_headed(measure)}, {unit}", "count")),
            list(zip(strikes, values, strict=True)),
        ),
        note=f"{view.open_interest_label}. {coverage(levels)}",
    )


def coverage(view: OptionsLevelsView) -> str:
    """``IVs cover 98% of the calls' and 96% of the puts' open interest.``"""
    calls, puts = view.gex.call_coverage_pct, view.gex.put_coverage_pct
    if calls is None and puts is None:
        return ""
    parts = [
        f"{formats.share(share, 0)} of the {side}\u2019 open interest"
        for side, share in (("calls", calls), ("puts", puts))
        if share is not None
    ]
    return f"Implied volatilities cover {joined(parts)}."


def _strikes_title(symbol: str, levels: OptionLevels) -> str:
    walls = [
        f"{name} {formats.price(wall.strike)}"
        for name, wall in (("put wall", levels.put_wall), ("call wall", levels.call_wall))
        if wall.strike is not None
    ]
    if not walls:
        return f"{symbol} has no walls ({levels.call_wall.reason})"
    return f"{symbol}: {joined(walls)}; gamma flip {levels.gamma_flip.text}"


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


def show_gex_by_expiry(state: OptionsState, view: OptionsLevelsView) -> panels.View:
    """Calls' and puts' GEX expiry by expiry, every expiry whatever is selected."""
    rows = view.by_expiry
    if not rows:
        reason = view.gex.reason or "n/a (no exposures)"
        return panels.nothing(reason, reason)
    if state.measure in NET_FIELDS:
        return _show_net_by_expiry(state, view)
    top = max(rows, key=lambda row: row.gross_gex_usd_per_pct)
    whole = sum(row.gross_gex_usd_per_pct for row in rows) or 1.0
    share = formats.share(top.gross_gex_usd_per_pct / whole * 100, 0)
    title = f"{share} of the gross GEX expires on {top.expiry:%-d %b %Y}"
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"Every unexpired expiry; {view.gex.assumption}",
        figure=expiries.gex_by_expiry(rows=rows, unit=view.units.gex),
        data=panels.Data(
            (
                ("Expiry", "date"),
                ("Days", "count"),
                ("Calls, $ per 1%", "count"),
                ("Puts, $ per 1%", "count"),
                ("Net, $ per 1%", "count"),
                ("Gross, $ per 1%", "count"),
                (f"Vanna, {view.units.vanna}", "count"),
                (f"Charm, {view.units.charm}", "count"),
            ),
            [
                (
                    row.expiry.isoformat(),
                    row.days,
                    row.call_gex_usd_per_pct,
                    row.put_gex_usd_per_pct,
                    row.net_gex_usd_per_pct,
                    row.gross_gex_usd_per_pct,
                    row.vanna_usd_per_point,
                    row.charm_usd_per_day,
                )
                for row in rows
            ],
        ),
        note="The dots are the net. Vanna and charm are in the table, and drawn as measures.",
    )


def _show_net_by_expiry(state: OptionsState, view: OptionsLevelsView) -> panels.View:
    """Net vanna or charm expiry by expiry."""
    measure, name = state.measure, MEASURE_NAMES[state.measure]
    unit = getattr(view.units, measure)
    values = [float(getattr(row, NET_FIELDS[measure])) for row in view.by_expiry]
    top = max(range(len(values)), key=lambda i: abs(values[i]))
    title = f"Most {name} expires on {view.by_expiry[top].expiry:%-d %b %Y}: {dollars(values[top])}"
    return panels.View(
        title=title,
        summary=f"{title}, {unit}.",
        basis=f"Every unexpired expiry; {view.gex.assumption}",
        figure=expiries.net_by_expiry(rows=view.by_expiry, values=values, unit=unit, name=name),
        data=panels.Data(
            (("Expiry", "date"), ("Days", "count"), (f"{_headed(measure)}, {unit}", "count")),
            [
                (row.expiry.isoformat(), row.days, value)
                for row, value in zip(view.by_expiry, values, strict=True)
            ],
        ),
        note=coverage(view),
    )


def show_matrix(state: OptionsState, view: OptionsSurfaceView) -> panels.View:
    """Strike by expiry."""
    matrix = view.matrix
    if not matrix.expiries or not matrix.strikes:
        reason = view.selection.reason or "No strike has volume or open interest."
        return panels.nothing("Nothing to draw", reason)
    name = MEASURE_NAMES[state.measure]
    top = _peak(view, state.measure)
    if top is None:
        title = f"n/a (no {name} in the expiries shown)"
        return panels.nothing(title, f"No {name} in the expiries shown.")
    strike, expiry = top
    title = f"Most {name} sits at {formats.price(strike)}, {expiry}"
    left = (
        f" {matrix.strikes_left_out} farther strikes are left out."
        if (matrix.strikes_left_out)
        else ""
    )
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{view.selection.text}; strikes nearest to spot",
        figure=figures.matrix_heatmap(matrix=matrix, measure=state.measure, spot=view.spot),
        data=panels.Data(
            (("Strike $", "price"), *((f"{day:%d %b %y}", "count") for day in matrix.expiries)),
            [(k, *row) for k, row in zip(matrix.strikes, _cells(view, state.measure), strict=True)],
        ),
        note=f"The dotted line is the spot price.{left} {view.open_interest_label}.",
    )


def _cells(view: OptionsSurfaceView, measure: str) -> Any:
    matrix = view.matrix
    return {
        "volume": matrix.volume,
        "open-interest": matrix.open_interest,
        "gex": matrix.net_gex_usd_per_pct,
        "vanna": matrix.net_vanna_usd_per_point,
        "charm": matrix.net_charm_usd_per_day,
    }[measure]


def _peak(view: OptionsSurfaceView, measure: str) -> tuple[float, str] | None:
    best: tuple[float, float, str] | None = None
    for strike, row in zip(view.matrix.strikes, _cells(view, measure), strict=True):
        for day, value in zip(view.matrix.expiries, row, strict=True):
            if value is not None and (best is None or abs(value) > best[0]):
                best = (abs(value), strike, f"{day:%-d %b %Y}")
    return None if best is None or best[0] == 0 else (best[1], best[2])


UNUSUAL_COLUMNS = (
    Column("contract", "Contract", "text"),
    Column("volume", "Volume", "count"),
    Column("interest", "OI", "count"),
    Column("ratio", "V/OI", "ratio"),
    Column("premium", "Premium $", "compact"),
    Column("lean", "Quote leans", "text"),
)


def show_unusual(state: OptionsState, view: OptionsSurfaceView) -> panels.View:
    """Contracts that traded far more than was open."""
    unusual = view.unusual
    rows = [
        {
            "contract": f"{row.expiry:%-d %b %y} {row.strike:g} {row.side}",
            "volume": row.volume,
            "interest": row.open_interest,
            "ratio": row.volume_to_open_interest,
            "premium": row.premium_usd,
            "lean": row.lean,
        }
        for row in unusual.rows
    ]
    title = (
        f"{formats.count(unusual.total)} contract{'' if unusual.total == 1 else 's'} "
        "traded 1.25 times the open interest or more"
        if unusual.total
        else "No contract of the expiries shown traded 1.25 times its open interest"
    )
    table = widgets.table(UNUSUAL_COLUMNS, rows, caption="Unusual activity", sortable=True)
    return panels.View(
        title=title,
        basis=view.selection.text,
        body=html.Div(table, className="tall-list") if rows else widgets.absence_note(title + "."),
        data=panels.Data(
            (
                ("Expiry", "date"),
                ("Strike $", "price"),
                ("Side", "text"),
                ("Volume", "count"),
                ("Open interest", "count"),
                ("Volume / OI", "ratio"),
                ("Premium $", "count"),
                ("Quote leans", "text"),
            ),
            [
                (
                    row.expiry.isoformat(),
                    row.strike,
                    row.side,
                    row.volume,
                    row.open_interest,
                    row.volume_to_open_interest,
                    row.premium_usd,
                    row.lean,
                )
                for row in unusual.rows
            ],
        ),
        note=unusual.rule,
    )
