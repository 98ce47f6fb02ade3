"""Compiled simulation of a trading rule, over a history and over the paths of its null.

One `_run` for both. Every order rests on what was known at a close: a session's level is that of
the sessions before it, its ATR too. A row without a bar (NaN) is a session without trading: no
signal, no fill; a buy order lapses, a sell order waits.
"""

from __future__ import annotations

import numpy as np
from numba import prange
from numpy.typing import NDArray

from analytics.indicators.bootstrap_paths import draw_path
from analytics.indicators.compiled import kernel, part
from analytics.indicators.session_levels import fill_levels
from analytics.model.vocabulary import Floats
from analytics.studies.rules.orders import (
    AT_OPEN,
    ATR_SESSIONS,
    BUY,
    BY_CLOSE,
    CROSS,
    ENTRY_PRICE,
    ENTRY_ROW,
    EQUITY,
    EXIT_PRICE,
    EXIT_ROW,
    EXPOSED,
    GROWTH,
    HELD,
    INTRADAY,
    NOTHING,
    ON_CLOSE_UNDER,
    ON_GAP,
    ON_STOP,
    ON_TARGET,
    ON_TIME,
    REASON,
    RECLAIM,
    SELL,
    STILL_OPEN,
    TRADES,
    WAITING,
)

Ints = NDArray[np.int64]


@part
def _ranges(high: Floats, low: Floats, close: Floats, out: Floats) -> None:
    """Wilder's ATR14 through every row; in a row without a bar the one before it."""
    atr, total, ranges, before = np.nan, 0.0, 0, np.nan
    for t in range(len(close)):
        if close[t] == close[t]:
            if before == before:
                true_range = max(high[t], before) - min(low[t], before)
                ranges += 1
                if ranges < ATR_SESSIONS:
                    total += true_range
                elif ranges == ATR_SESSIONS:
                    atr = (total + true_range) / ATR_SESSIONS
                else:
                    atr += (true_range - atr) / ATR_SESSIONS
            before = close[t]
        out[t] = atr


@part
def _signals(
    entry: int, before: float, level_before: float, low: float, close: float, level: float
) -> bool:
    """Whether a session's close is an entry."""
    if entry == RECLAIM:
        return before < level and close >= level
    if entry == CROSS:
        return before < level_before and close >= level
    return before >= level and low <= level and close >= level


@part
def _resting(
    open_: float, high: float, low: float, stop: float, target: float, since_before: bool
) -> tuple[float, int]:
    """Price and reason of a resting order's fill in a session; NaN where none is.

    A stop or target that the open has jumped fills at the open; of both in one session the stop.
    """
    if since_before and open_ <= stop:
        return open_, ON_GAP
    if low <= stop:
        return stop, ON_STOP
    if since_before and open_ >= target:
        return open_, ON_TARGET
    if high >= target:
        return target, ON_TARGET
    return np.nan, NOTHING


@part
def _run(
    open_: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    dividend: Floats,
    levels: Floats,
    atr: Floats,
    begin: int,
    entry: int,
    fill: int,
    stop: int,
    longest: int,
    stop_atr: float,
    target_atr: float,
    cost: float,
    trades: Floats,
    equity: Floats,
    ending: Floats,
) -> None:
    """Trade the rule through the rows; see `simulate`."""
    shares, cash, exposed, count = 0.0, 1.0, 0, 0
    order, reason = NOTHING, ON_TIME
    entered, paid, target = -1, 0.0, np.inf
    spent, last = 0.0, np.nan
    held, held_from = 1.0, np.nan
    for t in range(len(close)):
        if close[t] == close[t]:
            stop_at = levels[t] - stop_atr * atr[t - 1] if t > 0 else np.nan
            resting = stop_at if stop == INTRADAY else np.nan
            since_before = shares > 0.0
            if since_before:
                shares *= dividend[t]
            if held_from == held_from:
                held *= dividend[t]
            sold, why = np.nan, reason
            if order == SELL and fill == AT_OPEN:
                sold = open_[t]
            elif order == BUY and fill == AT_OPEN:
                order = NOTHING
                if not open_[t] <= resting:
                    entered, paid, spent = t, open_[t], cash
                    shares = cash / (paid * (1.0 + cost))
                    target = paid + target_atr * atr[t - 1] if target_atr > 0.0 else np.inf
            if shares > 0.0 and sold != sold:
                sold, why = _resting(open_[t], high[t], low[t], resting, target, since_before)
            if sold != sold and order == SELL:
                sold, why = close[t], reason
            if sold == sold:
                cash = shares * sold * (1.0 - cost)
                shares, order = 0.0, NOTHING
                if count < len(trades):
                    trades[count, ENTRY_ROW], trades[count, EXIT_ROW] = entered, t
                    trades[count, ENTRY_PRICE], trades[count, EXIT_PRICE] = paid, sold
                    trades[count, REASON], trades[count, GROWTH] = why, cash / spent
                count += 1
            elif order == BUY:
                order = NOTHING
                if not close[t] <= resting:
                    entered, paid, spent = t, close[t], cash
                    shares = cash / (paid * (1.0 + cost))
                    target = paid + target_atr * atr[t - 1] if target_atr > 0.0 else np.inf
            last = close[t]
            if shares > 0.0:
                if order == NOTHING and stop == BY_CLOSE and close[t] < stop_at:
                    order, reason = SELL, ON_CLOSE_UNDER
            elif (
                t > 0
                and t >= begin
                and atr[t - 1] == atr[t - 1]
                and _signals(entry, close[t - 1], levels[t - 1], low[t], close[t], levels[t])
            ):
                order = BUY
            if t >= begin and held_from != held_from:
                held_from = close[t]
        elif order == BUY:
            order = NOTHING
        if shares > 0.0:
            exposed += 1
            if order == NOTHING and t + 1 - entered >= longest:
                order, reason = SELL, ON_TIME
        if len(equity):
            equity[t] = shares * last if shares > 0.0 else cash
    if shares > 0.0:
        cash = shares * last
        if count < len(trades):
            trades[count, ENTRY_ROW], trades[count, EXIT_ROW] = entered, -1
            trades[count, ENTRY_PRICE], trades[count, EXIT_PRICE] = paid, last
            trades[count, REASON], trades[count, GROWTH] = STILL_OPEN, cash / spent
        count += 1
    ending[EQUITY], ending[EXPOSED] = cash, exposed
    ending[WAITING], ending[TRADES] = order, count
    ending[HELD] = held * last / held_from if held_from == held_from else 1.0


@kernel(
    "void(float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[::1],"
    " int64[:, ::1], int64, int64, int64, int64, int64, int64, int64, int64, float64, float64,"
    " float64, float64[:, ::1], float64[::1], float64[::1], float64[::1])"
)
def simulate(
    open_: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    volume: Floats,
    dividend: Floats,
    periods: Ints,
    kind: int,
    length: int,
    side: int,
    begin: int,
    entry: int,
    fill: int,
    stop: int,
    longest: int,
    stop_atr: float,
    target_atr: float,
    cost: float,
    trades: Floats,
    levels: Floats,
    equity: Floats,
    ending: Floats,
) -> None:
    """One history through a rule.

    Args:
        dividend: what holding over the night into each row multiplies the shares by.
        volume, periods, kind, length, side: as in `fill_levels`.
        begin: signals count from this row on.
        entry, fill, stop: as in `analytics.studies.rules.orders`.
        longest: sessions after which a trade ends; stop_atr: the stop lies so many ATR under the
            level; target_atr: the target so many over the price paid, 0: none; cost: of each
            side, a fraction.
        trades: filled, a row a trade; ``levels``, ``equity``: filled, a value a row; ``ending``.
    """
    fill_levels(kind, length, side, high, low, close, volume, periods, levels)
    atr = np.empty(len(close))
    _ranges(high, low, close, atr)
    _run(
        open_,
        high,
        low,
        close,
        dividend,
        levels,
        atr,
        begin,
        entry,
        fill,
        stop,
        longest,
        stop_atr,
        target_atr,
        cost,
        trades,
        equity,
        ending,
    )


@kernel(
    "float64[:, ::1](float64[:, ::1], float64[::1], float64[::1], int64[:, ::1], int64, int64,"
    " int64, int64, int64, int64, int64, int64, float64, float64, float64, int64, int64, int64)",
    parallel=True,
    interpretable=False,
)
def null_runs(
    ratios: Floats,
    volume: Floats,
    dividend: Floats,
    periods: Ints,
    kind: int,
    length: int,
    side: int,
    begin: int,
    entry: int,
    fill: int,
    stop: int,
    longest: int,
    stop_atr: float,
    target_atr: float,
    cost: float,
    paths: int,
    seed: int,
    mean_block: int,
) -> Floats:
    """The same rule on stationary-bootstrap paths.

    Args:
        ratios: shape (n, 4): open, low, close and high over the last close before, NaN in a row
            without a bar; ``volume``, ``dividend``: of those bars, shape (n,); the rest as in
            `simulate`. Path b is seeded with ``seed`` + b: of two symbols with as many rows,
            the same rows, so that their common moves stay together.

    Returns:
        Shape (paths, 5): the endings.
    """
    n = len(ratios)
    out = np.zeros((paths, 5))
    for b in prange(paths):
        path, drawn = np.empty((4, n + 1)), np.empty(n + 1, np.int64)
        draw_path(ratios, seed + b, mean_block, path, drawn)
        shares, paid = np.zeros(n + 1), np.ones(n + 1)
        for t in range(1, n + 1):
            shares[t], paid[t] = volume[drawn[t]], dividend[drawn[t]]
        levels, atr = np.empty(n + 1), np.empty(n + 1)
        fill_levels(kind, length, side, path[3], path[1], path[2], shares, periods, levels)
        _ranges(path[3], path[1], path[2], atr)
        _run(
            path[0],
            path[3],
            path[1],
            path[2],
            paid,
            levels,
            atr,
            begin,
            entry,
            fill,
            stop,
            longest,
            stop_atr,
            target_atr,
            cost,
            np.empty((0, 6)),
            np.empty(0),
            out[b],
        )
    return out
