"""A rule run over a market of one symbol or many, and over the bootstrap paths of that market.

All members stand on one grid of sessions, so that path b draws the same sessions for each of them:
their common moves are in the null as they are in the history. The money is divided evenly, anew
each session, among those who are members at its start; a part without a position is cash.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from cachetools import LRUCache

from analytics.indicators.session_levels import usual_volume
from analytics.model.vocabulary import Floats
from analytics.studies.rules import orders
from analytics.studies.rules.market import Ints, Market, Member
from analytics.studies.rules.rule import Rule

PATHS_AT_ONCE = 64
"""Of a null: their sums are used again by the next ones, and fit in a processor's cache."""


@dataclass(frozen=True, eq=False)
class MemberTrades:
    """A rule's trades of one member.

    Attributes:
        trades: shape (n, `orders.COLUMNS`); ``waiting``: the order for the session after the last.
    """

    symbol: str
    trades: Floats
    waiting: int


@dataclass(frozen=True, eq=False)
class MemberRun(MemberTrades):
    """A rule on one member's history.

    Attributes:
        equity, held: by row, from 1: the rule with all of the money, and holding from the first
            close on.
    """

    equity: Floats
    held: Floats


@dataclass(frozen=True, eq=False)
class Run:
    """A rule on the market.

    Attributes:
        equity, held: from 1 at the row where signals begin, by row from there.
        exposure: share of the money in the market, mean over those rows.
        gain: what the rule made beyond holding at the same exposure, log a year.
    """

    members: tuple[MemberTrades, ...]
    equity: Floats
    held: Floats
    exposure: float
    gain: float


@dataclass(frozen=True, eq=False)
class BesideChance:
    """A rule's gain, and the same on the paths."""

    gain: float
    null_gains: Floats


def run_rule(rule: Rule, market: Market) -> Run:
    """A rule on the market's history."""
    from analytics.studies.rules.kernels import grow

    sums = np.zeros((orders.SUMS, len(market.sessions)))
    found = []
    for one in market.members:
        run = run_member(rule, market, one, sums)
        found.append(MemberTrades(run.symbol, run.trades, run.waiting))
    equity, held = np.empty((2, len(market.sessions) - market.begin))
    exposure = grow(sums, _count(market), market.begin, equity, held)
    ending = np.array([[equity[-1], held[-1], exposure]])
    return Run(tuple(found), equity, held, exposure, float(_gains(ending, market.years)[0]))


_known: LRUCache[tuple[Rule, bytes, int], BesideChance] = LRUCache(512)
_known_lock = threading.Lock()


def beside_chance(rule: Rule, market: Market, paths: int) -> BesideChance:
    """A rule's gain beside its null; what has been computed is remembered."""
    key = (rule.essence, market.digest, paths)
    with _known_lock:
        known = _known.get(key)
    if known is None:
        known = BesideChance(run_rule(rule, market).gain, _null_gains(rule, market, paths))
        with _known_lock:
            _known[key] = known
    return known


def run_member(rule: Rule, market: Market, member: Member, sums: Floats | None = None) -> MemberRun:
    """A rule on one member's history; its returns are added to ``sums``."""
    from analytics.studies.rules.kernels import simulate

    rows = len(market.sessions)
    trades, equity, held = np.empty((rows // 2 + 2, orders.COLUMNS)), np.empty(rows), np.empty(rows)
    waiting, count = simulate(
        member.bars,
        market.periods,
        member.listed,
        market.begin,
        member.ends,
        *_numbers(rule),
        trades,
        equity,
        held,
        np.zeros((orders.SUMS, rows)) if sums is None else sums,
    )
    return MemberRun(member.symbol, trades[:count].copy(), waiting, equity, held)


def _numbers(rule: Rule) -> tuple[Ints, Ints, Floats]:
    """The level, the codes and the sizes as the kernels take them."""
    level = np.array([rule.recipe.kind, rule.recipe.length, rule.recipe.side], np.int64)
    codes = np.array([*rule.codes, rule.m], np.int64)
    return level, codes, np.array([rule.k, rule.target, rule.cost_bp / 1e4])


def _null_gains(rule: Rule, market: Market, paths: int) -> Floats:
    from analytics.studies.rules.kernels import draw_paths, grow_paths, null_runs

    found, rows, most = [], len(market.sessions), min(PATHS_AT_ONCE, paths)
    all_drawn, all_sums = np.empty((most, rows), np.int64), np.empty((most, orders.SUMS, rows))
    for first in range(0, paths, PATHS_AT_ONCE):
        many = min(PATHS_AT_ONCE, paths - first)
        drawn, sums = all_drawn[:many], all_sums[:many]
        sums[:] = 0.0
        draw_paths(orders.SEED + first, orders.MEAN_BLOCK_SESSIONS, drawn)
        for one in market.members:
            ratios, own, place = _drawn_from(one)  # anew: those of a whole market are 100 MB
            null_runs(
                ratios,
                own,
                place,
                np.isfinite(one.close),
                market.periods,
                one.listed,
                market.begin,
                one.ends,
                *_numbers(rule),
                drawn,
                sums,
            )
        endings = np.empty((many, 3))
        grow_paths(sums, _count(market), market.begin, endings)
        found.append(_gains(endings, market.years))
    return np.concatenate(found) if found else np.empty(0)


def _drawn_from(member: Member) -> tuple[Floats, Ints, Ints]:
    """A member's bars over the close before, its own rows of them, and what stands for the rest."""
    close = member.close
    rows = np.arange(len(close))
    last = np.maximum.accumulate(np.where(np.isfinite(close), rows, -1))[:-1]
    before = np.where(last >= 0, close[np.maximum(last, 0)], np.nan)
    ratios = member.bars[:, 1:].copy()
    ratios[: orders.VOLUME] /= before
    ratios[orders.VOLUME] = usual_volume(member.bars[orders.VOLUME])[1:]
    own = np.flatnonzero(member.own[1:])
    place = np.arange(len(close) - 1) % len(own)
    place[own] = -1
    return ratios, own, place


def _count(market: Market) -> Ints:
    """How many were members at each row's close."""
    counted: Ints = np.sum([one.listed for one in market.members], axis=0, dtype=np.int64)
    return counted


def _gains(endings: Floats, years: float) -> Floats:
    """Of the rule's ending, holding's and the exposure, shape (n, 3)."""
    equity, held, exposure = endings.T
    gains: Floats = (np.log(equity) - exposure * np.log(held)) / years
    return gains
