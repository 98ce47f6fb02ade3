"""The price chart's series: bars, moving averages, and a benchmark rebased beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from analytics.indicators.series import YEAR_SESSIONS, optional_values
from analytics.model.calendars import NYSE
from analytics.model.levels import LevelId, LevelSet
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import Bars, Floats, Moment
from analytics.studies.supports.anchors import anchor_lists, anchored_levels, companies
from analytics.studies.supports.levels import COMPUTATIONS, families_of_bars


@dataclass(frozen=True)
class PriceHistoryParameters:
    """Which symbol, how many sessions are drawn, and what it is compared with.

    Attributes:
        sets: further sets of level families, of which some are drawn as curves.
        since: the day of the viewer's own anchored VWAP.
    """

    symbol: Symbol
    compare: Symbol | None = None
    sessions: int = field(default=2 * YEAR_SESSIONS, metadata={"min": 20, "max": 10_000})
    sets: tuple[LevelSet, ...] = ()
    since: dt.date | None = field(default=None, metadata={"any_year": True})


@dataclass(frozen=True)
class AverageSeries:
    """One moving average, or other level drawn as a curve; None where there is none yet."""

    name: str
    values: tuple[float | None, ...]
    id: LevelId


@dataclass(frozen=True)
class PriceHistory:
    """Series of equal length, oldest first, traded prices.

    Attributes:
        open, high, low: empty when the source has closes only.
        compare: the benchmark's close scaled to the symbol's first shared close, None where
            it has no bar; empty when no comparison was asked or it is missing.
        compare_missing: why the comparison asked for is not there.
        calendar: code of the listing's trading calendar.
        quotation: how the prices are written.
    """

    symbol: str
    name: str
    currency: str
    provisional: bool
    sessions: tuple[dt.date, ...]
    open: tuple[float | None, ...]
    high: tuple[float | None, ...]
    low: tuple[float | None, ...]
    close: tuple[float, ...]
    volume: tuple[float | None, ...]
    averages: tuple[AverageSeries, ...]
    compare_symbol: str | None
    compare: tuple[float | None, ...]
    compare_missing: str | None
    calendar: str = NYSE
    quotation: Quotation = DOLLARS


def _needs(parameters: PriceHistoryParameters, moment: Moment) -> Needs:
    symbols = (parameters.symbol, *((parameters.compare,) if parameters.compare else ()))
    company = companies(parameters.symbol, parameters.sets)
    return Needs(
        bars=symbols,
        full_history=parameters.sessions > 2 * YEAR_SESSIONS or parameters.since is not None,
        events=company,
        quarters=company,
        lists=anchor_lists(parameters.sets),
    )


def _compute(parameters: PriceHistoryParameters, inputs: Inputs) -> PriceHistory:
    bars = inputs.require_bars(parameters.symbol)
    shown = slice(-parameters.sessions, None)
    other = inputs.bars.get(parameters.compare) if parameters.compare else None
    missing = inputs.missing_bars((parameters.compare,)) if parameters.compare else {}
    sets = parameters.sets
    anchored = anchored_levels(bars, inputs, sets, parameters.since)
    return PriceHistory(
        symbol=bars.symbol,
        name=bars.name,
        currency=bars.currency,
        provisional=not bars.last_complete,
        sessions=tuple(bars.sessions[shown].tolist()),
        open=() if bars.close_only else optional_values(bars.open[shown]),
        high=() if bars.close_only else optional_values(bars.high[shown]),
        low=() if bars.close_only else optional_values(bars.low[shown]),
        close=tuple(bars.close[shown].tolist()),
        volume=optional_values(bars.volume[shown]),
        averages=tuple(
            AverageSeries(identity.name, optional_values(path[shown]), identity)
            for identity, path in curves(bars, sets, anchored)
        ),
        compare_symbol=parameters.compare,
        compare=() if other is None else optional_values(rebased(bars, other, shown)),
        compare_missing=next(iter(missing.values()), None),
        calendar=bars.calendar,
        quotation=bars.quotation,
    )


def curves(
    bars: Bars, sets: Sequence[LevelSet] = (), anchored: Sequence[LevelId] = ()
) -> Iterator[tuple[LevelId, Floats]]:
    """The levels that are drawn as curves, each with its value through every bar.

    A level that the whole history is too short for is left out.
    """
    drawn = [family for family in families_of_bars(sets) if family.drawn == "curve"]
    for identity in (*(level for family in drawn for level in family.levels), *anchored):
        path_of = COMPUTATIONS[identity.family].path
        if path_of is None:
            continue
        path = _path(path_of, bars, identity.parameter)
        if not np.isnan(path).all():
            yield identity, path


def _path(path_of: Callable[[Bars, str], Floats], bars: Bars, parameter: str) -> Floats:
    """A level through each bar, begun anew after each break of the bars."""
    parts = [path_of(run, parameter) for run in bars.runs()]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def rebased(bars: Bars, other: Bars, shown: slice) -> Floats:
    """Close of ``other`` scaled to the close of ``bars`` at their first shared session."""
    days, close = bars.sessions[shown], bars.close[shown]
    out = np.full(len(days), np.nan)
    _, ours, theirs = np.intersect1d(days, other.sessions, return_indices=True)
    if ours.size:
        out[ours] = other.close[theirs] * (close[ours[0]] / other.close[theirs[0]])
    return out


PRICE_HISTORY = Question(
    name="price-history",
    about="daily bars and moving averages of one symbol",
    parameters=PriceHistoryParameters,
    result=PriceHistory,
    needs=_needs,
    compute=_compute,
    across_breaks=True,
)
