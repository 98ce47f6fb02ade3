"""The hold study over many symbols: a table, pooled rates, corrected for looking often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.intervals import MIN_FOR_RATE, wilson
from analytics.indicators.multiple_tests import benjamini_hochberg
from analytics.indicators.series import DmaSessions
from analytics.model.access import Offer, Plan
from analytics.model.levels import dma
from analytics.model.listings import sectors, ten_largest, ten_largest_list
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Bars, HoldlineError, Moment
from analytics.studies.hold.cells import GAP_DOWN, TOUCH
from analytics.studies.hold.events import draw_null, list_events, read_history
from analytics.studies.hold.study import VIX, HoldRate, rate_of


@dataclass(frozen=True)
class HoldUniverseParameters:
    """The symbols (none: the eleven sectors and the ten largest), the average, the paths."""

    symbols: tuple[Symbol, ...] = ()
    level: DmaSessions = 50
    paths: int = field(default=500, metadata={"min": 100, "max": 20_000})


@dataclass(frozen=True)
class HoldUniverseRow:
    """One symbol's rates; the q-values correct its p-values for all that the table tests.

    Attributes:
        touch_q, gap_q: Benjamini-Hochberg over every p-value of the table, of both kinds.
    """

    symbol: str
    sessions: int
    touches: HoldRate
    gap_downs: HoldRate
    touch_q: float | None = None
    gap_q: float | None = None


@dataclass(frozen=True)
class HoldUniverse:
    """Rows by symbol, and the events of all symbols thrown together.

    Attributes:
        touches, gap_downs: pooled. Each pooled path is the sum of one path a symbol, drawn
            apart, so the symbols' common moves are not in the null: the pooled p-value is too
            bold and is therefore left out.
        missing: symbol -> why it is not studied.
    """

    level: str
    session: dt.date
    rows: tuple[HoldUniverseRow, ...]
    touches: HoldRate
    gap_downs: HoldRate
    missing: Mapping[str, str]


def _members(parameters: HoldUniverseParameters, moment: Moment) -> tuple[str, ...]:
    return parameters.symbols or (*sectors(), *ten_largest(moment.session).symbols)


def _needs(parameters: HoldUniverseParameters, moment: Moment) -> Needs:
    lists = () if parameters.symbols else (ten_largest_list(moment.session),)
    return Needs(bars=(*_members(parameters, moment), VIX), full_history=True, lists=lists)


@dataclass(frozen=True, eq=False)
class SymbolStudy:
    """One symbol's part of the table and of the pool.

    Attributes:
        null: shape (paths, 2, 2): for touches and gap-downs, events and held.
    """

    row: HoldUniverseRow
    null: NDArray[np.int64]


def study_symbol(bars: Bars, vix: Bars | None, level: int, paths: int) -> SymbolStudy:
    """Events, rates and null of one symbol.

    Raises:
        NotAvailable: for close-only data.
    """
    history = read_history(bars, vix)
    events = list_events(history, level)
    null = draw_null(history, (level,), paths)[:, 0]
    touches, gaps = (rate_of(events, null, (kind,)) for kind in (TOUCH, GAP_DOWN))
    kinds = null.reshape(paths, 2, -1, 2).sum(axis=2).astype(np.int64)
    return SymbolStudy(HoldUniverseRow(bars.symbol, len(history.close), touches, gaps), kinds)


def pool(
    studies: Sequence[SymbolStudy], level: int, session: dt.date, missing: Mapping[str, str]
) -> HoldUniverse:
    """The table and the pooled rates of the symbols studied."""
    return HoldUniverse(
        level=dma(level).name,
        session=session,
        rows=with_q_values([study.row for study in studies]),
        touches=_pooled([s.row.touches for s in studies], [s.null[:, TOUCH] for s in studies]),
        gap_downs=_pooled(
            [s.row.gap_downs for s in studies], [s.null[:, GAP_DOWN] for s in studies]
        ),
        missing=missing,
    )


def _pooled(rates: Sequence[HoldRate], nulls: Sequence[NDArray[np.int64]]) -> HoldRate:
    events, held = sum(rate.events for rate in rates), sum(rate.held for rate in rates)
    counts = np.sum(nulls, axis=0) if nulls else np.zeros((0, 2), np.int64)
    with_event = counts[counts[:, 0] > 0]
    enough = events >= MIN_FOR_RATE
    interval = wilson(held, events) if enough else None
    return HoldRate(
        events=events,
        held=held,
        confirmed_breaks=sum(rate.confirmed_breaks for rate in rates),
        rate_pct=held / events * 100 if enough else None,
        wilson95_pct=(interval[0] * 100, interval[1] * 100) if interval else None,
        null_rate_pct=float((with_event[:, 1] / with_event[:, 0]).mean()) * 100
        if len(with_event)
        else None,
        p_value=None,
        null_paths=len(with_event),
        null_paths_without=len(counts) - len(with_event),
        refused=None if enough else f"{events} events: a rate needs {MIN_FOR_RATE}",
    )


def _compute(parameters: HoldUniverseParameters, inputs: Inputs) -> HoldUniverse:
    members = _members(parameters, inputs.moment)
    missing = inputs.missing_bars(members)
    studies = []
    for symbol in members:
        if symbol in missing:
            continue
        try:
            studies.append(
                study_symbol(
                    inputs.bars[symbol], inputs.bars.get(VIX), parameters.level, parameters.paths
                )
            )
        except HoldlineError as error:
            missing[symbol] = str(error)
    return pool(studies, parameters.level, inputs.moment.session, missing)


def with_q_values(rows: Sequence[HoldUniverseRow]) -> tuple[HoldUniverseRow, ...]:
    """The rows with Benjamini-Hochberg q-values beside their p-values, both kinds in one family."""
    n = len(rows)
    q = benjamini_hochberg(
        [row.touches.p_value for row in rows] + [row.gap_downs.p_value for row in rows]
    )
    return tuple(
        replace(row, touch_q=touch_q, gap_q=gap_q)
        for row, touch_q, gap_q in zip(rows, q[:n], q[n:], strict=True)
    )


HOLD_UNIVERSE = Question(
    name="hold-universe",
    about="the hold study over many symbols, with Benjamini-Hochberg over them",
    parameters=HoldUniverseParameters,
    result=HoldUniverse,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "And elsewhere?",
        "the hold study over many symbols at once",
    ),
)
