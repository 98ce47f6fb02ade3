"""A rule run over a market of one symbol or many, and over the bootstrap paths of that market.

All members stand on one grid of sessions, so that path b draws the same sessions for each of them:
their common moves are in the null as they are in the history. Each member has an equal part of the
money at the start, and keeps its own; nothing is moved between them.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from analytics.indicators.periods import period_numbers
from analytics.indicators.session_levels import usual_volume
from analytics.model.vocabulary import Bars, Floats, Sessions
from analytics.studies.rules import orders
from analytics.studies.rules.rule import Rule

YEAR_SESSIONS = 252
WARM_UP_SESSIONS = 420
"""Before the first signal: what the longest level needs."""

_NO_DIVIDEND, _MOST_DIVIDEND = 2e-4, 0.5
"""A step of adjusted over traded close is a dividend within these; smaller ones are rounding."""

ENDINGS = 5
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Member:
    """One symbol's bars on the market's grid, NaN in a row without one.

    Attributes:
        dividend: by which holding over the night into the row multiplies the shares.
    """

    symbol: str
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    dividend: Floats


@dataclass(frozen=True, eq=False)
class Market:
    """What a rule is tried on.

    Attributes:
        sessions: the grid's rows; ``periods``: as in `fill_levels`; ``begin``: signals count
            from this row on.
        digest: of everything in it.
    """

    members: tuple[Member, ...]
    sessions: Sessions
    periods: Ints
    begin: int
    digest: bytes

    @property
    def years(self) -> float:
        """From the first signal on."""
        return (len(self.sessions) - self.begin) / YEAR_SESSIONS


@dataclass(frozen=True, eq=False)
class MemberRun:
    """A rule on one member's history.

    Attributes:
        trades: shape (n, 6), columns as in `orders`; ``waiting``: the order for the session
            after the last; ``exposed``: rows in the market.
        equity, held: by row, from 1: the rule, and buying at the first close and holding.
    """

    symbol: str
    trades: Floats
    waiting: int
    exposed: int
    equity: Floats
    held: Floats


@dataclass(frozen=True, eq=False)
class Run:
    """A rule on the market.

    Attributes:
        equity, held: means over the members' equal parts, by row.
        exposure: share of the members' sessions in the market.
        gain: what the rule made beyond buying and holding at the same exposure, log a year.
        null_gains: the same on the paths.
    """

    members: tuple[MemberRun, ...]
    equity: Floats
    held: Floats
    exposure: float
    gain: float
    null_gains: Floats


def make_market(histories: Sequence[Bars], start: np.datetime64 | None, sessions: int) -> Market:
    """The market of completed bars.

    Args:
        start: the first session whose close may be a signal; None: ``sessions`` before the end.
    """
    days = np.unique(np.concatenate([np.append(bars.sessions, bars.missing) for bars in histories]))
    begin = max(len(days) - sessions, 0) if start is None else int(np.searchsorted(days, start))
    first = max(begin - WARM_UP_SESSIONS, 0)
    days, begin = days[first:], begin - first
    members = tuple(_placed(bars, days) for bars in histories)
    made = hashlib.blake2b(digest_size=16)
    made.update(days.tobytes() + bytes(str(begin), "ascii"))
    for one in members:
        for series in (one.open, one.high, one.low, one.close, one.volume, one.dividend):
            made.update(series.tobytes())
    numbers = [period_numbers(days, period) for period in ("day", "week", "month")]
    return Market(members, days, np.ascontiguousarray(numbers), begin, made.digest())


def _placed(bars: Bars, days: Sessions) -> Member:
    """Bars on the grid; one without an open or a range is none."""
    whole = np.isfinite(bars.open) & np.isfinite(bars.high) & np.isfinite(bars.low)
    inside = np.isin(bars.sessions, days) & whole
    at = np.searchsorted(days, bars.sessions[inside])

    def placed(series: Floats, absent: float = np.nan) -> Floats:
        out = np.full(len(days), absent)
        out[at] = series[inside]
        return out

    return Member(
        bars.symbol,
        placed(bars.open),
        placed(bars.high),
        placed(bars.low),
        placed(bars.close),
        placed(np.nan_to_num(bars.volume), 0.0),
        placed(_dividends(bars), 1.0),
    )


def _dividends(bars: Bars) -> Floats:
    out = np.ones(len(bars))
    if bars.adj_close is not None:
        factor = bars.adj_close / bars.close
        step = factor[1:] / factor[:-1]
        real = (step - 1 > _NO_DIVIDEND) & (step - 1 < _MOST_DIVIDEND)
        out[1:][real] = step[real]
    return out


_runs: LRUCache[tuple[Rule, bytes, int], Run] = LRUCache(128)
_runs_lock = threading.Lock()


def run_rule(rule: Rule, market: Market, paths: int) -> Run:
    """A rule on the market and on its null; what has been run is remembered."""
    key = (rule.essence, market.digest, paths)
    with _runs_lock:
        known = _runs.get(key)
    if known is None:
        known = _run_rule(rule, market, paths)
        with _runs_lock:
            _runs[key] = known
    return known


def _run_rule(rule: Rule, market: Market, paths: int) -> Run:
    members = tuple(run_member(rule, market, one) for one in market.members)
    rows = len(market.sessions) - market.begin
    equity = np.mean([one.equity for one in members], axis=0)
    held = np.mean([one.held for one in members], axis=0)
    exposure = float(np.mean([one.exposed for one in members])) / rows
    null = np.zeros((paths, ENDINGS))
    for one in market.members:
        null += _null_of(rule, market, one, paths) / len(members)
    null_exposure = null[:, orders.EXPOSED] / rows
    return Run(
        members,
        equity,
        held,
        exposure,
        float(_gains(equity[-1:], held[-1:], np.array([exposure]), market.years)[0]),
        _gains(null[:, orders.EQUITY], null[:, orders.HELD], null_exposure, market.years),
    )


def _gains(equity: Floats, held: Floats, exposure: Floats, years: float) -> Floats:
    return (np.log(equity) - exposure * np.log(held)) / years


def run_member(rule: Rule, market: Market, member: Member) -> MemberRun:
    """A rule on one member's history."""
    from analytics.studies.rules.kernels import simulate

    n, recipe = len(member.close), rule.recipe
    trades, levels, equity = np.empty((n // 2 + 2, 6)), np.empty(n), np.empty(n)
    ending = np.empty(5)
    simulate(
        member.open,
        member.high,
        member.low,
        member.close,
        member.volume,
        member.dividend,
        market.periods,
        recipe.kind,
        recipe.length,
        recipe.side,
        market.begin,
        *rule.codes,
        rule.m,
        rule.k,
        rule.target,
        rule.cost_bp / 1e4,
        trades,
        levels,
        equity,
        ending,
    )
    return MemberRun(
        member.symbol,
        trades[: int(ending[orders.TRADES])].copy(),
        int(ending[orders.WAITING]),
        int(ending[orders.EXPOSED]),
        equity,
        held_equity(member, market.begin),
    )


def held_equity(member: Member, begin: int) -> Floats:
    """Buying at the first close from ``begin`` on and holding, dividends bought for; 1 before."""
    out = np.ones(len(member.close))
    there = np.flatnonzero(np.isfinite(member.close[begin:])) + begin
    if there.size:
        first = int(there[0])
        last = np.maximum.accumulate(np.where(np.isfinite(member.close), np.arange(len(out)), 0))
        grown = np.cumprod(np.where(np.arange(len(out)) > first, member.dividend, 1.0))
        price = member.close[last[first:]]
        out[first:] = price / member.close[first] * grown[first:]
    return out


def _null_of(rule: Rule, market: Market, member: Member, paths: int) -> Floats:
    from analytics.studies.rules.kernels import null_runs

    recipe = rule.recipe
    return null_runs(
        bar_ratios(member),
        usual_volume(member.volume)[1:],
        member.dividend[1:],
        market.periods,
        recipe.kind,
        recipe.length,
        recipe.side,
        market.begin,
        *rule.codes,
        rule.m,
        rule.k,
        rule.target,
        rule.cost_bp / 1e4,
        paths,
        orders.SEED,
        orders.MEAN_BLOCK_SESSIONS,
    )


def bar_ratios(member: Member) -> Floats:
    """Open, low, close and high over the last close before, of every row but the first."""
    rows = np.arange(len(member.close))
    last = np.maximum.accumulate(np.where(np.isfinite(member.close), rows, -1))[:-1]
    before = np.where(last >= 0, member.close[np.maximum(last, 0)], np.nan)
    columns = [member.open[1:], member.low[1:], member.close[1:], member.high[1:]]
    return np.ascontiguousarray(np.column_stack(columns) / before[:, None])
