"""The hold study over many symbols: a table, pooled rates, corrected for looking often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.intervals import MIN_FOR_RATE, wilson
from analytics.indicators.multiple_tests import benjamini_hochberg
from analytics.model.access import Offer, Plan
from analytics.model.listings import Group, GroupName, group
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Bars, HoldlineError, Moment, NotAvailable
from analytics.studies.hold.cells import GAP_DOWN, TOUCH
from analytics.studies.hold.events import (
    History,
    Studied,
    draw_null,
    draw_null_at,
    list_events,
    read_history,
)
from analytics.studies.hold.levels import HoldLevel, id_of, studied, warm_up_sessions
from analytics.studies.hold.study import VIX, HoldRate, rate_of


@dataclass(frozen=True)
class HoldUniverseParameters:
    """The symbols or the group they are of, the level as in the hold study, the paths."""

    symbols: tuple[Symbol, ...] = ()
    level: HoldLevel = 50
    paths: int = field(default=500, metadata={"min": 100, "max": 20_000})
    group: GroupName = "sectors+ten"


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
        note: how a universe's past was studied; empty for other lists.
    """

    level: str
    session: dt.date
    rows: tuple[HoldUniverseRow, ...]
    touches: HoldRate
    gap_downs: HoldRate
    missing: Mapping[str, str]
    note: str = ""


def _listed(parameters: HoldUniverseParameters, moment: Moment) -> Group:
    return group(parameters.group, moment.session, parameters.symbols)


def _needs(parameters: HoldUniverseParameters, moment: Moment) -> Needs:
    listed = _listed(parameters, moment)
    return Needs(
        bars=(*listed.ever(dt.date.min, moment.session), VIX),
        partial=listed.universe is not None,
        full_history=True,
        lists=listed.lists,
    )


@dataclass(frozen=True, eq=False)
class SymbolStudy:
    """One symbol's part of the table and of the pool.

    Attributes:
        null: shape (paths, 2, 2): for touches and gap-downs, events and held; two bytes each, for
            a path has fewer of them than sessions.
    """

    row: HoldUniverseRow
    null: NDArray[np.uint16]


def study_symbol(
    bars: Bars, vix: Bars | None, level: HoldLevel, paths: int, listed: Group | None = None
) -> SymbolStudy:
    """Events, rates and null of one symbol; of a universe's member while it was one.

    The null of several stays in a universe has a path of each of them.

    Raises:
        NotAvailable: for close-only data, where it has no bars as a member, and where the level
            rests on volumes that are not known.
    """
    at = studied(level)
    histories = _stays(bars, vix, level, listed)
    events = [event for history in histories for event in list_events(history, at)]
    null = np.sum([_null_of(history, at, paths) for history in histories], axis=0)
    touches, gaps = (rate_of(events, null, (kind,)) for kind in (TOUCH, GAP_DOWN))
    sessions = sum(len(history.close) for history in histories)
    kinds = null.reshape(len(null), 2, -1, 2).sum(axis=2).astype(np.uint16)
    return SymbolStudy(HoldUniverseRow(bars.symbol, sessions, touches, gaps), kinds)


def _null_of(history: History, at: Studied, paths: int) -> NDArray[np.int32]:
    """Counts on the paths, shape (paths, `CELL_COUNT`, 2)."""
    if isinstance(at, int):
        return draw_null(history, (at,), paths)[:, 0]
    return draw_null_at(history, at, paths, reach=False)[0]


def _stays(bars: Bars, vix: Bars | None, level: HoldLevel, listed: Group | None) -> list[History]:
    """Each stay in the universe, after the bars that its first level rests on."""
    if listed is None or listed.universe is None:
        return [read_history(bars, vix)]
    before = warm_up_sessions(level)
    found = []
    for spell in listed.universe.spells_of(bars.symbol):
        stay = bars.between(spell.first_day, spell.end_day, before=before)
        if len(stay) > before + 1:
            history = read_history(stay, vix)
            joined = np.searchsorted(history.days, np.datetime64(spell.first_day, "D"))
            found.append(replace(history, begin=int(joined)))
    if not found:
        raise NotAvailable(f"{bars.symbol}: no bars of its time in {listed.universe.title}.")
    return found


@dataclass(frozen=True, eq=False)
class Pool:
    """Symbols' studies taken together one by one, so that only the sum of their paths is kept.

    Attributes:
        null: of all of them, as in `SymbolStudy`; shape (0, 2, 2) before the first.
    """

    rows: tuple[HoldUniverseRow, ...] = ()
    null: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2, 2), np.int64))

    def __len__(self) -> int:
        return len(self.rows)

    def with_study(self, study: SymbolStudy) -> Pool:
        """One symbol more."""
        before = self.null if self.rows else np.int64(0)
        return Pool((*self.rows, study.row), before + study.null.astype(np.int64))

    def result(
        self, level: HoldLevel, session: dt.date, missing: Mapping[str, str]
    ) -> HoldUniverse:
        """The table and the pooled rates of the symbols studied."""
        return HoldUniverse(
            level=id_of(level).name,
            session=session,
            rows=with_q_values(self.rows),
            touches=_pooled([row.touches for row in self.rows], self.null[:, TOUCH]),
            gap_downs=_pooled([row.gap_downs for row in self.rows], self.null[:, GAP_DOWN]),
            missing=missing,
        )


def _pooled(rates: Sequence[HoldRate], counts: NDArray[np.int64]) -> HoldRate:
    events, held = sum(rate.events for rate in rates), sum(rate.held for rate in rates)
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
    listed = _listed(parameters, inputs.moment)
    members = listed.ever(dt.date.min, inputs.moment.session)
    missing = inputs.missing_bars(members)
    pool, vix = Pool(), inputs.bars.get(VIX)
    for symbol in members:
        if symbol in missing:
            continue
        try:
            bars = inputs.bars[symbol]
            one = study_symbol(bars, vix, parameters.level, parameters.paths, listed)
        except HoldlineError as error:
            missing[symbol] = str(error)
        else:
            pool = pool.with_study(one)
    found = pool.result(parameters.level, inputs.moment.session, missing)
    if listed.universe is None:
        return found
    return replace(found, note=listed.past_note(members, missing))


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
