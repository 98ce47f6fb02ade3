"""The rule lab: a rule over a universe, over one symbol's null, and beside a plain loop."""

from __future__ import annotations

import time

import numpy as np

from analytics.indicators.periods import period_numbers
from analytics.model.sessions import sessions_between
from analytics.studies.rules import orders
from analytics.studies.rules.lab import MOST_PATHS_TOGETHER
from analytics.studies.rules.market import Market, Member
from analytics.studies.rules.rule import Rule
from analytics.studies.rules.simulation import beside_chance, run_member, run_rule
from benchmarks.measure import Row, median_ms

SYMBOLS, SESSIONS, PATHS = 503, 2520, 999
RULE = Rule()


def _market(symbols: int) -> Market:
    """Plausible bars of ten years, a random walk each."""
    import datetime as dt

    days = sessions_between(dt.date(2010, 1, 4), dt.date(2025, 1, 24))[-SESSIONS:]
    members = []
    for seed in range(symbols):
        moves = np.random.default_rng(seed).normal(0.0003, 0.01, (SESSIONS, 3))
        close = 100 * np.exp(moves[:, 0].cumsum())
        opened = np.append(close[0], close[:-1]) * np.exp(moves[:, 1] / 3)
        high, low = np.maximum(opened, close) * 1.003, np.minimum(opened, close) * 0.997
        ones, always = np.ones(SESSIONS), np.ones(SESSIONS, dtype=bool)
        bars = np.array([opened, high, low, close, 1e6 * ones, ones])
        own = always.copy()
        own[0] = False
        members.append(Member(str(seed), bars, always, -1, own))
    periods = np.array([period_numbers(days, period) for period in ("day", "week", "month")])
    return Market(tuple(members), days, periods, 60, str(symbols).encode())


def plain_loop(member: Member, rule: Rule) -> float:
    """The same rule on one symbol as plain Python: its equity at the end."""
    series = (orders.OPEN, orders.HIGH, orders.LOW, orders.CLOSE)
    o, h, low, c = (member.bars[row].tolist() for row in series)
    cash, shares, order, entered, atr = 1.0, 0.0, "", 0, 0.0
    ranges: list[float] = []
    for t in range(len(c)):
        if order == "sell":
            cash, shares = shares * o[t] * (1 - rule.cost_bp / 1e4), 0.0
        elif order == "buy":
            shares, entered = cash / (o[t] * (1 + rule.cost_bp / 1e4)), t
        order, known = "", atr
        if t:
            ranges.append(max(h[t], c[t - 1]) - min(low[t], c[t - 1]))
            atr = sum(ranges) / 14 if t <= 14 else atr + (ranges[-1] - atr) / 14
        if t < 60:
            continue
        level = sum(c[t - rule.n : t]) / rule.n
        if (shares and c[t] < level - rule.k * known) or (shares and t + 1 - entered >= rule.m):
            order = "sell"
        elif not shares and c[t - 1] < level <= c[t]:
            order = "buy"
    return shares * c[-1] if shares else cash


def run() -> list[Row]:
    """Compiled (numba); the loop on a twentieth of the symbols."""
    universe, one = _market(SYMBOLS), _market(1)
    few = universe.members[: SYMBOLS // 20]
    for member in few:
        made, expected = run_member(RULE, universe, member), plain_loop(member, RULE)
        assert abs(made.equity[-1] / expected - 1) < 1e-9, (member.symbol, expected)

    def compiled() -> None:
        run_rule(RULE, universe)

    began = time.perf_counter()
    for member in few:
        plain_loop(member, RULE)
    loop = (time.perf_counter() - began) * 1000 * SYMBOLS / len(few)
    everybody = median_ms(compiled)
    seeds = iter(range(1000))

    def null() -> None:
        beside_chance(Rule(cost_bp=next(seeds) / 10), one, PATHS)

    def universe_null() -> None:
        beside_chance(Rule(cost_bp=next(seeds) / 10), universe, MOST_PATHS_TOGETHER // SYMBOLS)

    return [
        Row("503 symbols x 10 years: every trade and the curve", everybody, "ms", 3000.0),
        Row("the same as a plain loop", loop, "ms"),
        Row("ratio", loop / everybody, "x"),
        Row("one symbol's null: 999 paths of 10 years", median_ms(null), "ms"),
        Row(
            f"503 symbols' null: {MOST_PATHS_TOGETHER // SYMBOLS} paths each",
            median_ms(universe_null, runs=3),
            "ms",
        ),
    ]
