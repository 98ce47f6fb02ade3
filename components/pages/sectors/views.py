"""The sectors, drawn: ranking, table, heatmap, underwater curves, stay afloat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from dash import html

from analytics.model.question import DEFAULT_BENCHMARK
from analytics.studies.sectors.afloat import Afloat
from analytics.studies.sectors.sectors import (
    MaxDrawdown,
    SectorHistory,
    SectorRow,
    Sectors,
    SectorSeries,
)
from components.figures.bars import ranked_bars
from components.figures.sectors import Measure, heatmap, ranked_dots, underwater
from components.frame import formats, panels, widgets
from components.frame.findings import absences, joined
from components.frame.widgets import Column
from components.pages.market.group_views import afloat_bar, afloat_title
from components.pages.sectors.state import SectorsState

HEAT_SIGN = {"drawdown": "", "dma50": "Below zero the average lies below the price."}


def _nothing(result: Sectors | SectorHistory) -> str:
    """Why no member is there to be drawn."""
    return absences(result.missing) or "No member has a close in this range."


def _missing(missing: Mapping[str, str], expected: int) -> str:
    """``10 of 11: XLB: no bar of ...``, or nothing when all are there."""
    if not missing:
        return ""
    return f"{expected - len(missing)} of {expected}. {absences(missing)}"


def show_ranking(state: SectorsState, result: Sectors) -> panels.View:
    """Dots by sector; the title names the deepest and the breadth."""
    if not result.rows:
        return panels.nothing("No sector can be shown", _nothing(result))
    placed = (
        (row.drawdown_pct, row.dma50_distance_pct, row.dma100_distance_pct) for row in result.rows
    )
    if all(value is None for values in placed for value in values):
        has = max(row.high_sessions for row in result.rows)
        return panels.nothing(
            "Too few sessions for a distance or a drawdown",
            f"A distance needs 50 sessions, a drawdown from the high 60 (has {has}).",
        )
    title = _ranking_title(result)
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"Traded closes, high of {_sessions(result)} sessions",
        figure=ranked_dots(rows=result.rows, benchmark=result.benchmark),
        data=_data(result),
        note=(
            "Left of zero: the average lies below the price, or the price below its high. "
            + _missing(result.missing, result.expected)
        ),
    )


def _sessions(result: Sectors) -> str:
    """Over how many sessions the highs reach: ``252``, or ``126 to 252`` where they differ."""
    counts = sorted({row.high_sessions for row in result.rows})
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"


def _ranking_title(result: Sectors) -> str:
    ranked = [row for row in result.rows if row.drawdown_pct is not None]
    breadth = f"{result.above_50} of {result.with_50} sectors stand above their 50\u2011DMA"
    if not ranked:
        return breadth
    worst = ranked[0]
    depth = formats.pct(worst.drawdown_pct, 1)
    return f"{worst.symbol} is deepest, {depth} from its high; {breadth}"


COLUMNS = (
    Column("name", "Sector", "node"),
    Column("price", "Price", "price"),
    Column("return_pct", "Session %", "pct", colour=True),
    Column("drawdown_pct", widgets.term("drawdown", "From high %"), "pct"),
    Column("high", "High of", "node"),
    Column("dma50", widgets.term("distance", "50\u2011DMA %"), "pct"),
    Column("dma100", widgets.term("distance", "100\u2011DMA %"), "pct"),
    Column("max_pct", widgets.term("max-drawdown", "Max drawdown %"), "pct"),
    Column("max_start", "From", "node"),
    Column("max_trough", "Trough", "node"),
    Column("max_recovery", "Recovered", "node"),
)


def show_table(state: SectorsState, result: Sectors) -> panels.View:
    """The ranking table, deepest drawdown first, the benchmark last."""
    rows = [_row(row) for row in result.rows]
    if result.benchmark is not None:
        rows.append(_row(result.benchmark) | {"_class": "is-focus"})
    span = f"{formats.short_date(result.range_start)} to {formats.short_date(result.range_end)}"
    deepest = min(
        (row for row in result.rows if row.max_drawdown), key=lambda r: _depth(r), default=None
    )
    title = "Sectors, deepest drawdown first"
    if deepest is not None and deepest.max_drawdown is not None:
        title = (
            f"Deepest fall in the range: {deepest.symbol} "
            f"{formats.pct(deepest.max_drawdown.pct, 1)}"
            if deepest.max_drawdown.pct < 0
            else "No sector fell in the range"
        )
    return panels.View(
        title=title,
        basis=f"Traded closes; maximum drawdown over {span}",
        body=widgets.table(COLUMNS, rows, caption="Sectors", sortable=True),
        data=_data(result),
        note=_missing(result.missing, result.expected),
    )


def _depth(row: SectorRow) -> float:
    return row.max_drawdown.pct if row.max_drawdown else 0.0


def _row(row: SectorRow) -> dict[str, Any]:
    fall = row.max_drawdown or MaxDrawdown(0.0)
    high = f"{formats.short_date(row.high_date)} ({row.high_sessions} sessions)"
    return {
        "name": [
            html.A(row.symbol, href=f"/supports?symbol={row.symbol}"),
            html.Span(f" {row.name}", className="muted"),
        ],
        "price": row.price,
        "_quotation": row.quotation,
        "return_pct": row.return_pct,
        "drawdown_pct": row.drawdown_pct,
        "high": high if row.high_date else f"needs 60 sessions (has {row.high_sessions})",
        "dma50": row.dma50_distance_pct,
        "dma100": row.dma100_distance_pct,
        "max_pct": row.max_drawdown.pct if row.max_drawdown else None,
        "max_start": formats.short_date(fall.start),
        "max_trough": formats.short_date(fall.trough),
        "max_recovery": formats.short_date(fall.recovery)
        if fall.recovery
        else ("not yet" if fall.start else formats.ABSENT),
    }


def _data(result: Sectors) -> panels.Data:
    rows = [*result.rows, *([result.benchmark] if result.benchmark else [])]
    return panels.Data(
        (
            ("Symbol", "text"),
            ("Name", "text"),
            ("Price", "price"),
            ("Session %", "pct"),
            ("From high %", "pct"),
            ("High of sessions", "count"),
            ("To 50-DMA %", "pct"),
            ("To 100-DMA %", "pct"),
            ("Max drawdown %", "pct"),
            ("From", "date"),
            ("Trough", "date"),
            ("Recovered", "date"),
        ),
        [
            (
                row.symbol,
                row.name,
                row.price,
                row.return_pct,
                row.drawdown_pct,
                row.high_sessions,
                row.dma50_distance_pct,
                row.dma100_distance_pct,
                row.max_drawdown.pct if row.max_drawdown else None,
                _iso(row.max_drawdown.start if row.max_drawdown else None),
                _iso(row.max_drawdown.trough if row.max_drawdown else None),
                _iso(row.max_drawdown.recovery if row.max_drawdown else None),
            )
            for row in rows
        ],
        quotation=[row.quotation for row in rows],
    )


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def show_afloat(state: SectorsState, afloat: Afloat) -> panels.View:
    """The sectors' ranking by residual z."""
    title = afloat_title(afloat, afloat.ranking)
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis=f"{afloat.basis.capitalize()}, beta over up to 252 returns",
        figure=ranked_bars(
            bars=[afloat_bar(row, by_return=False) for row in afloat.ranking],
            unit="residual, standard deviations",
            revision="sector-afloat",
        ),
        data=panels.Data(
            (
                ("Symbol", "text"),
                ("Return %", "pct"),
                ("Beta", "ratio"),
                ("Residual %", "pct"),
                ("Residual z", "signed"),
            ),
            [
                (r.symbol, r.return_pct, r.beta, r.residual_pct, r.residual_z)
                for r in afloat.ranking
            ],
        ),
        note=absences(afloat.missing),
    )


def show_heatmap(state: SectorsState, history: SectorHistory) -> panels.View:
    """Sector by time."""
    if not _sectors(history):
        return panels.nothing("No sector has closes in this range", _nothing(history))
    measure: Measure = "dma50" if state.method == "dma50" else "drawdown"
    key = "dma50_distance_pct" if measure == "dma50" else "drawdown_pct"
    if all(value is None for one in history.series for value in getattr(one, key)):
        name, needs = ("distance", 50) if measure == "dma50" else ("drawdown from the high", 60)
        return panels.nothing(
            f"Too few sessions for a {name}", f"A {name} needs {needs} sessions before the range."
        )
    title = _heat_title(history, measure)
    return panels.View(
        title=title,
        summary=f"{title}.",
        basis="Traded closes",
        figure=heatmap(series=history.series, measure=measure),
        data=_history_data(history, measure),
        note=" ".join(
            filter(None, (HEAT_SIGN[measure], _blank(history, measure), absences(history.missing)))
        ),
    )


def _blank(history: SectorHistory, measure: Measure) -> str:
    """Why the heatmap starts later than its range, when it does."""
    key, name, needs = (
        ("dma50_distance_pct", "distance", 50)
        if measure == "dma50"
        else ("drawdown_pct", "drawdown from the high", 60)
    )
    late = any(getattr(one, key)[0] is None for one in history.series)
    return f"Blank: a {name} needs {needs} sessions of closes." if late else ""


def _sectors(history: SectorHistory) -> list[SectorSeries]:
    """The series without the benchmark's."""
    return [one for one in history.series if one.symbol != DEFAULT_BENCHMARK]


def _heat_title(history: SectorHistory, measure: str) -> str:
    members = _sectors(history)
    if measure == "dma50":
        lost = [one.symbol for one in members if (one.dma50_distance_pct[-1] or 0.0) > 0]
        return f"{joined(lost)} closed under the 50\u2011DMA" if lost else "Every sector is above"
    known = ((one.symbol, one.drawdown_pct[-1]) for one in members)
    depths = {symbol: depth for symbol, depth in known if depth is not None}
    if not depths:
        return "Too few sessions for a drawdown from the high"
    ten = [symbol for symbol, depth in depths.items() if depth <= -10]
    if ten:
        return f"{joined(ten)} {'stands' if len(ten) == 1 else 'stand'} 10% or more under the high"
    shallow = max(depths, key=lambda symbol: depths[symbol])
    if depths[shallow] == 0:
        return f"No sector is 10% under its high; {shallow} stands at it"
    return (
        f"No sector is 10% under its high; {shallow} is nearest to it "
        f"({formats.pct(depths[shallow], 1)})"
    )


def _history_data(history: SectorHistory, measure: str) -> panels.Data:
    key = "dma50_distance_pct" if measure == "dma50" else "drawdown_pct"
    days = max((one.sessions for one in history.series), key=len)
    known = [dict(zip(one.sessions, getattr(one, key), strict=True)) for one in history.series]
    return panels.Data(
        (("Date", "date"), *((f"{one.symbol} %", "pct") for one in history.series)),
        [(day.isoformat(), *(column.get(day) for column in known)) for day in days],
    )


def show_underwater(state: SectorsState, history: SectorHistory) -> panels.View:
    """Small multiples of the fall from the running maximum within the range."""
    if not _sectors(history):
        return panels.nothing("No sector has closes in this range", _nothing(history))
    members = _sectors(history)
    whole = [one.symbol for one in members if one.underwater_pct[-1] >= -0.5]
    span = f"{formats.short_date(history.range_start)} to {formats.short_date(history.range_end)}"
    title = "Every sector is under water in this range"
    if whole:
        who = "Every sector is" if len(whole) == len(members) else joined(whole)
        title = f"{who} within half a percent of the range\u2019s high"
    return panels.View(
        title=title,
        summary=f"{title}, {span}.",
        basis=f"Traded closes, fall from the running maximum, {span}",
        figure=underwater(series=history.series),
        data=panels.Data(
            (("Symbol", "text"), ("Now %", "pct"), ("Worst %", "pct")),
            [(o.symbol, o.underwater_pct[-1], min(o.underwater_pct)) for o in history.series],
        ),
        note="The same y axis in every chart.",
    )
