"""The Options page's measures by strike and by expiry: volume, open interest, exposures."""

from __future__ import annotations

from analytics.options.levels import OptionLevels
from analytics.options.levels_question import OptionsLevelsView
from analytics.options.view import OptionsView
from components.figures import expiries
from components.figures import strikes as figures
from components.frame import formats, panels
from components.frame.findings import joined
from components.pages.options.state import OptionsState

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
