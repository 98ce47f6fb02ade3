"""Sectors: drawdowns, distances to the averages, and their history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.indicators.series import (
    YEAR_SESSIONS,
    distance_pct,
    drawdown_from_high,
    optional_values,
)
from analytics.model.listings import sector_names, sectors
from analytics.model.question import DEFAULT_BENCHMARK, Inputs, Needs, Question, Symbol
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import BadInput, Bars, Floats, Moment
from analytics.studies.deciding_average import deciding_average, deciding_averages

MIN_FOR_HIGH = 60

_NO_DAYS = np.array([], dtype="datetime64[D]")


@dataclass(frozen=True)
class SectorsParameters:
    """The group (none: the eleven sectors), and the date range of its maximum drawdown.

    ``start`` and ``end`` default to the last 252 sessions.
    """

    symbols: tuple[Symbol, ...] = ()
    benchmark: Symbol = DEFAULT_BENCHMARK
    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True)
class MaxDrawdown:
    """The deepest fall from a running maximum within a window of traded closes.

    Attributes:
        pct: never positive; 0 when the close never fell.
        start: session of the maximum before the fall; ``trough`` of its bottom; ``recovery``
            of the first close back at the maximum. None where there is no drawdown or no
            recovery yet.
    """

    pct: float
    start: dt.date | None = None
    trough: dt.date | None = None
    recovery: dt.date | None = None


@dataclass(frozen=True)
class SectorRow:
    """One sector (or the benchmark) as of the session.

    Attributes:
        return_pct: the session's change of the traded close.
        dma50_distance_pct, dma100_distance_pct: to the average that decides: in session the one
            known before the open. None with too few sessions, or without yesterday's.
        drawdown_pct: from the highest close of ``high_sessions`` sessions; None under 60.
        max_drawdown: over the chosen date range; None when no bar lies in it.
    """

    symbol: str
    name: str
    price: float
    return_pct: float | None
    dma50_distance_pct: float | None
    dma100_distance_pct: float | None
    drawdown_pct: float | None
    high_sessions: int
    high_date: dt.date | None
    max_drawdown: MaxDrawdown | None
    quotation: Quotation = DOLLARS


@dataclass(frozen=True)
class Sectors:
    """The ranking table.

    Attributes:
        rows: deepest drawdown first.
        benchmark: the same figures for the benchmark, or None when it is missing.
        expected: members asked for; ``missing``: symbol -> why it is not in ``rows``.
        above_50, with_50: how many members with a valid 50-DMA close above it, and of how many.
    """

    session: dt.date
    range_start: dt.date
    range_end: dt.date
    rows: tuple[SectorRow, ...]
    benchmark: SectorRow | None
    expected: int
    missing: Mapping[str, str]
    above_50: int
    with_50: int


@dataclass(frozen=True)
class SectorHistoryParameters:
    """As `SectorsParameters`; the range is what the series cover."""

    symbols: tuple[Symbol, ...] = ()
    benchmark: Symbol = DEFAULT_BENCHMARK
    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True)
class SectorSeries:
    """One member over the range; every series has the length of ``sessions``.

    Attributes:
        underwater_pct: close / running maximum within the range - 1.
        drawdown_pct: from the rolling 252-session high; None under 60 sessions.
        dma50_distance_pct: None where the average does not exist yet.
    """

    symbol: str
    name: str
    sessions: tuple[dt.date, ...]
    underwater_pct: tuple[float, ...]
    drawdown_pct: tuple[float | None, ...]
    dma50_distance_pct: tuple[float | None, ...]


@dataclass(frozen=True)
class SectorHistory:
    """Series of the members and, first, the benchmark."""

    range_start: dt.date
    range_end: dt.date
    series: tuple[SectorSeries, ...]
    missing: Mapping[str, str]


def _needs(parameters: SectorsParameters | SectorHistoryParameters, moment: Moment) -> Needs:
    members = parameters.symbols or sectors()
    earliest = min(parameters.start or moment.session, parameters.end or moment.session)
    early = (moment.session - earliest).days > 700
    return Needs(bars=(parameters.benchmark, *members), full_history=early)


def _range(
    parameters: SectorsParameters | SectorHistoryParameters, inputs: Inputs
) -> tuple[dt.date, dt.date]:
    """The date range asked for, cut at the moment; the last 252 sessions by default.

    Raises:
        BadInput: when it is empty.
    """
    newest = inputs.moment.session
    end = min(parameters.end or newest, newest)
    start = parameters.start
    if start is None:
        bars = inputs.bars.get(parameters.benchmark) or next(iter(inputs.bars.values()), None)
        days = bars.sessions[_window(bars, dt.date.min, end)][-YEAR_SESSIONS:] if bars else _NO_DAYS
        if bars and not len(days):
            raise BadInput(f"the date range is empty: no session is known up to {end}.")
        start = days[0].astype(dt.date) if len(days) else end
    if start > end:
        raise BadInput(f"the date range is empty: it starts {start} and ends {end}.")
    return start, end


def _window(bars: Bars, start: dt.date, end: dt.date) -> slice:
    first = np.searchsorted(bars.sessions, np.datetime64(start, "D"), side="left")
    last = np.searchsorted(bars.sessions, np.datetime64(end, "D"), side="right")
    return slice(int(first), int(last))


def _compute(parameters: SectorsParameters, inputs: Inputs) -> Sectors:
    members = parameters.symbols or sectors()
    inputs.require_any_bars(members)
    start, end = _range(parameters, inputs)
    rows = [sector_row(inputs.bars[s], start, end) for s in members if s in inputs.bars]
    rows.sort(key=lambda row: (row.drawdown_pct is None, row.drawdown_pct or 0.0, row.symbol))
    benchmark = inputs.bars.get(parameters.benchmark)
    distances = [r.dma50_distance_pct for r in rows if r.dma50_distance_pct is not None]
    return Sectors(
        session=inputs.moment.session,
        range_start=start,
        range_end=end,
        rows=tuple(rows),
        benchmark=sector_row(benchmark, start, end) if benchmark else None,
        expected=len(members),
        missing=inputs.missing_bars(members),
        above_50=sum(distance < 0 for distance in distances),
        with_50=len(distances),
    )


def sector_row(bars: Bars, start: dt.date, end: dt.date) -> SectorRow:
    """The figures of one member; the maximum drawdown over [``start``, ``end``]."""
    close = bars.close
    price, before = float(close[-1]), bars.previous_close
    dma50, dma100 = deciding_average(bars, 50), deciding_average(bars, 100)
    year = close[-YEAR_SESSIONS:]
    enough = len(year) >= MIN_FOR_HIGH
    peak = len(close) - len(year) + int(np.argmax(year))
    window = _window(bars, start, end)
    return SectorRow(
        symbol=bars.symbol,
        name=_name(bars),
        price=price,
        return_pct=None if before is None else (price / before - 1) * 100,
        dma50_distance_pct=None if dma50 is None else distance_pct(dma50, price),
        dma100_distance_pct=None if dma100 is None else distance_pct(dma100, price),
        drawdown_pct=(price / float(close[peak]) - 1) * 100 if enough else None,
        high_sessions=len(year),
        high_date=bars.sessions[peak].astype(dt.date) if enough else None,
        max_drawdown=max_drawdown(bars.sessions[window], close[window]),
        quotation=bars.quotation,
    )


def max_drawdown(sessions: np.ndarray, close: Floats) -> MaxDrawdown | None:
    """min over t of close_t / running maximum - 1, with its dates; None without a close."""
    if not len(close):
        return None
    highest = np.maximum.accumulate(close)
    depth = close / highest - 1
    trough = int(np.argmin(depth))
    if depth[trough] >= 0:
        return MaxDrawdown(0.0)
    start = int(np.argmax(close[: trough + 1]))
    back = np.flatnonzero(close[trough:] >= close[start])
    recovery = sessions[trough + back[0]].astype(dt.date) if back.size else None
    return MaxDrawdown(
        pct=float(depth[trough]) * 100,
        start=sessions[start].astype(dt.date),
        trough=sessions[trough].astype(dt.date),
        recovery=recovery,
    )


def _compute_history(parameters: SectorHistoryParameters, inputs: Inputs) -> SectorHistory:
    asked = (parameters.benchmark, *(parameters.symbols or sectors()))
    start, end = _range(parameters, inputs)
    series = [_series(inputs.bars[s], start, end) for s in asked if s in inputs.bars]
    return SectorHistory(
        range_start=start,
        range_end=end,
        series=tuple(one for one in series if one.sessions),
        missing=inputs.missing_bars(asked),
    )


def _series(bars: Bars, start: dt.date, end: dt.date) -> SectorSeries:
    window = _window(bars, start, end)
    close = bars.close[window]
    to_dma = (deciding_averages(bars, 50)[window] / close - 1) * 100
    drawdown = drawdown_from_high(bars.close) * 100
    drawdown[: MIN_FOR_HIGH - 1] = np.nan
    under = (close / np.maximum.accumulate(close) - 1) * 100 if len(close) else close
    return SectorSeries(
        symbol=bars.symbol,
        name=_name(bars),
        sessions=tuple(bars.sessions[window].tolist()),
        underwater_pct=tuple(under.tolist()),
        drawdown_pct=optional_values(drawdown[window]),
        dma50_distance_pct=optional_values(to_dma),
    )


def _name(bars: Bars) -> str:
    return sector_names().get(bars.symbol) or bars.name


SECTORS = Question(
    name="sectors",
    about="the eleven sectors: drawdowns, distance to the 50 and 100-DMA, ranking",
    parameters=SectorsParameters,
    result=Sectors,
    needs=_needs,
    compute=_compute,
)

SECTOR_HISTORY = Question(
    name="sector-history",
    about="the sectors' drawdowns and distances over time",
    parameters=SectorHistoryParameters,
    result=SectorHistory,
    needs=_needs,
    compute=_compute_history,
)
