"""A watchlist at a glance: price, change, 50 and 100-DMA, next support, a short history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.indicators.series import moving_average
from analytics.model.levels import DMA, dma
from analytics.model.listings import DEFAULT_WATCHLIST
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import Bars, Moment
from analytics.studies.supports.finding import find
from analytics.studies.supports.levels import Level
from analytics.studies.supports.supports import HeadlineLevel, SupportLadder, build_ladder

SPARK_SESSIONS = 60


@dataclass(frozen=True)
class WatchlistParameters:
    """The symbols, in the order they are shown."""

    symbols: tuple[Symbol, ...] = tuple(Symbol(s) for s in DEFAULT_WATCHLIST)


@dataclass(frozen=True)
class WatchlistRow:
    """One symbol; ``dma50`` and ``dma100`` are None with too few sessions.

    Attributes:
        no_previous: as the ladder's.
        deciding: the headline average that the symbol's finding is about; where it is about
            none, the support in focus, or else the lowest average above the price.
        spark: the last 60 traded closes, oldest first; ``spark_average`` the 50-DMA beside
            them, None where there are too few closes.
        averages: the moving averages of the ladder, highest first; ``atr``: the ladder's.
    """

    symbol: str
    name: str
    session: dt.date
    provisional: bool
    price: float
    previous_close: float | None
    change_pct: float | None
    dma50: Level | None
    dma100: Level | None
    support: HeadlineLevel | None
    next_support: HeadlineLevel | None
    spark: tuple[float, ...]
    no_previous: str | None = None
    quotation: Quotation = DOLLARS
    deciding: Level | None = None
    spark_average: tuple[float | None, ...] = ()
    averages: tuple[Level, ...] = ()
    atr: float | None = None


@dataclass(frozen=True)
class Watchlist:
    """Rows in the order asked; ``missing``: symbol -> why it has none."""

    rows: tuple[WatchlistRow, ...]
    missing: Mapping[str, str]


def _needs(parameters: WatchlistParameters, moment: Moment) -> Needs:
    return Needs(bars=parameters.symbols)


def _compute(parameters: WatchlistParameters, inputs: Inputs) -> Watchlist:
    return Watchlist(
        rows=tuple(_row(inputs.bars[s]) for s in parameters.symbols if s in inputs.bars),
        missing=inputs.missing_bars(parameters.symbols),
    )


def _row(bars: Bars) -> WatchlistRow:
    ladder = build_ladder(bars)
    by_id = {level.id: level for level in ladder.levels}
    return WatchlistRow(
        symbol=bars.symbol,
        name=bars.name,
        session=ladder.session,
        provisional=ladder.provisional,
        price=ladder.price,
        previous_close=ladder.previous_close,
        change_pct=ladder.change_pct,
        dma50=by_id.get(dma(50)),
        dma100=by_id.get(dma(100)),
        support=ladder.support,
        next_support=ladder.next_support,
        spark=tuple(bars.close[-SPARK_SESSIONS:].tolist()),
        no_previous=ladder.no_previous,
        quotation=ladder.quotation,
        deciding=deciding_level(ladder),
        spark_average=_average(bars),
        averages=tuple(level for level in ladder.levels if level.id.family == DMA.key),
        atr=ladder.atr,
    )


def deciding_level(ladder: SupportLadder) -> Level | None:
    """The average in question: the finding's own, as the headline and the odds have it."""
    finding = find(ladder)
    if finding.measured is not None:
        return finding.measured
    if finding.turned:
        return finding.turned[0]
    headline = [level for level in ladder.levels if level.id.is_headline]
    if ladder.support is not None:
        focus = ladder.support.id
        return next(level for level in headline if level.id == focus)
    return min(headline, key=lambda level: level.price, default=None)


def _average(bars: Bars) -> tuple[float | None, ...]:
    """The 50-DMA at each of the last closes."""
    values = moving_average(bars.close, 50)[-SPARK_SESSIONS:].tolist()
    return tuple(None if np.isnan(value) else value for value in values)


WATCHLIST = Question(
    name="watchlist",
    about="prices, 50 and 100-DMA, status and next support of a list of symbols",
    parameters=WatchlistParameters,
    result=Watchlist,
    needs=_needs,
    compute=_compute,
)
