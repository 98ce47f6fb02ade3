"""Compiled simulation of a trading rule, over a history and over the paths of its null.

One `_run` for both. Every order rests on what was known at a close: a session's level is that of
the sessions before it, its ATR too. A row without a bar (NaN) is a session without trading: no
signal, no fill; a buy order lapses, a sell order waits.
"""

from __future__ import annotations

import numpy as np
from numba import prange
from numpy.typing import NDArray

from analytics.indicators.bootstrap_paths import draw_rows
from analytics.indicators.compiled import kernel, part
from analytics.indicators.session_levels import fill_levels
from analytics.model.vocabulary import Floats
from analytics.studies.rules.orders import (
    AT_OPEN,
    ATR_SESSIONS,
    BUY,
    BY_CLOSE,
    CLOSE,
    COLUMNS,
    COST,
    CROSS,
    DIVIDEND,
    ENTRY,
    ENTRY_PRICE,
    ENTRY_ROW,
    EXIT_PRICE,
    EXIT_ROW,
    FILL,
    GAINED,
    GROWTH,
    HELD,
    HIGH,
    INTRADAY,
    LEAVERS,
    LONGEST,
    LOW,
    NOTHING,
    ON_CLOSE_UNDER,
    ON_END,
    ON_GAP,
    ON_STOP,
    ON_TARGET,
    ON_TIME,
    OPEN,
    POSITIONS,
    REASON,
    RECLAIM,
    SELL,
    SERIES,
    STILL_OPEN,
    STOP,
    STOP_ATR,
    TARGET_ATR,
    VOLUME,
)

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


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
def _sale(
    bars: Floats,
    t: int,
    order: int,
    reason: int,
    fill: int,
    resting: float,
    target: float,
    since_before: bool,
    ends: int,
) -> tuple[float, int]:
    """Price and reason at which a position is sold in a session; NaN where it is not."""
    if order == SELL and fill == AT_OPEN:
        return bars[OPEN, t], reason
    sold, why = _resting(bars[OPEN, t], bars[HIGH, t], bars[LOW, t], resting, target, since_before)
    if sold == sold:
        return sold, why
    if order == SELL:
        return bars[CLOSE, t], reason
    if t == ends:
        return bars[CLOSE, t], ON_END
    return np.nan, NOTHING


@part
def _note_trade(
    trades: Floats,
    count: int,
    entered: int,
    left: int,
    paid: float,
    price: float,
    why: int,
    growth: float,
) -> None:
    """Write a trade into its row, where there is room."""
    if count < len(trades):
        trades[count, ENTRY_ROW], trades[count, EXIT_ROW] = entered, left
        trades[count, ENTRY_PRICE], trades[count, EXIT_PRICE] = paid, price
        trades[count, REASON], trades[count, GROWTH] = why, growth


@part
def _run(
    bars: Floats,
    levels: Floats,
    atr: Floats,
    may_buy: Flags,
    ends: int,
    codes: Ints,
    sizes: Floats,
    trades: Floats,
    equity: Floats,
    inside: Flags,
) -> tuple[int, int]:
    """Trade the rule through the rows: the order that waits at the end, and how many trades."""
    close, fill, cost = bars[CLOSE], codes[FILL], sizes[COST]
    shares, cash, count = 0.0, 1.0, 0
    order, reason = NOTHING, ON_TIME
    entered, paid, target = -1, 0.0, np.inf
    spent, last = 0.0, np.nan
    for t in range(len(close)):
        if close[t] == close[t]:
            stop_at = levels[t] - sizes[STOP_ATR] * atr[t - 1] if t > 0 else np.nan
            resting = stop_at if codes[STOP] == INTRADAY else np.nan
            since_before = shares > 0.0
            if since_before:
                shares *= bars[DIVIDEND, t]
            if order == BUY:
                order = NOTHING
                price = bars[OPEN, t] if fill == AT_OPEN else close[t]
                if not price <= resting:
                    entered, paid, spent = t, price, cash
                    shares = cash / (paid * (1.0 + cost))
                    far = sizes[TARGET_ATR]
                    target = paid + far * atr[t - 1] if far > 0.0 else np.inf
            if since_before or (shares > 0.0 and fill == AT_OPEN):
                sold, why = _sale(bars, t, order, reason, fill, resting, target, since_before, ends)
                if sold == sold:
                    cash = shares * sold * (1.0 - cost)
                    shares, order = 0.0, NOTHING
                    _note_trade(trades, count, entered, t, paid, sold, why, cash / spent)
                    count += 1
            last = close[t]
            if shares > 0.0:
                if order == NOTHING and codes[STOP] == BY_CLOSE and last < stop_at:
                    order, reason = SELL, ON_CLOSE_UNDER
            elif t > 0 and may_buy[t] and atr[t - 1] == atr[t - 1]:
                before, low = close[t - 1], bars[LOW, t]
                if _signals(codes[ENTRY], before, levels[t - 1], low, last, levels[t]):
                    order = BUY
        elif order == BUY:
            order = NOTHING
        if shares > 0.0 and order == NOTHING and t + 1 - entered >= codes[LONGEST]:
            order, reason = SELL, ON_TIME
        inside[t] = shares > 0.0
        equity[t] = shares * last if shares > 0.0 else cash
    if shares > 0.0:
        growth = shares * last / spent
        _note_trade(trades, count, entered, -1, paid, last, STILL_OPEN, growth)
        count += 1
    return order, count


@part
def _hold(close: Floats, dividend: Floats, held: Floats) -> None:
    """Fill ``held`` with what 1 held from the first close on became, dividends bought for."""
    last, value = np.nan, 1.0
    for t in range(len(close)):
        if close[t] == close[t]:
            if last == last:
                value *= close[t] / last * dividend[t]
            last = close[t]
        held[t] = value


@part
def _add_returns(
    equity: Floats, held: Floats, inside: Flags, listed: Flags, begin: int, sums: Floats
) -> None:
    """Add a member's returns and positions to ``sums``, shape (`SUMS`, rows).

    A row's return is counted where the close before found it a member, or in the market.
    """
    for t in range(begin, len(equity)):
        if inside[t]:
            sums[POSITIONS, t] += 1.0
            if not listed[t]:
                sums[LEAVERS, t] += 1.0
        if t == begin:
            continue
        if listed[t - 1] or inside[t - 1]:
            sums[GAINED, t] += equity[t] / equity[t - 1] - 1.0
        if listed[t - 1]:
            sums[HELD, t] += held[t] / held[t - 1] - 1.0


@part
def _trade_member(
    bars: Floats,
    periods: Ints,
    listed: Flags,
    begin: int,
    ends: int,
    level: Ints,
    codes: Ints,
    sizes: Floats,
    trades: Floats,
    equity: Floats,
    held: Floats,
    sums: Floats,
) -> tuple[int, int]:
    """Levels, trades and returns of one member's bars; as `_run`."""
    rows = bars.shape[1]
    levels, atr = np.empty(rows), np.empty(rows)
    high, low, close = bars[HIGH], bars[LOW], bars[CLOSE]
    fill_levels(level[0], level[1], level[2], high, low, close, bars[VOLUME], periods, levels)
    _ranges(high, low, close, atr)
    may_buy, inside = listed.copy(), np.empty(rows, np.bool_)
    may_buy[:begin] = False
    waiting, count = _run(bars, levels, atr, may_buy, ends, codes, sizes, trades, equity, inside)
    _hold(close, bars[DIVIDEND], held)
    _add_returns(equity, held, inside, listed, begin, sums)
    return waiting, count


@kernel(
    "UniTuple(int64, 2)(float64[:, ::1], int64[:, ::1], boolean[::1], int64, int64, int64[::1],"
    " int64[::1], float64[::1], float64[:, ::1], float64[::1], float64[::1], float64[:, ::1])"
)
def simulate(
    bars: Floats,
    periods: Ints,
    listed: Flags,
    begin: int,
    ends: int,
    level: Ints,
    codes: Ints,
    sizes: Floats,
    trades: Floats,
    equity: Floats,
    held: Floats,
    sums: Floats,
) -> tuple[int, int]:
    """One history through a rule.

    Args:
        bars: shape (`SERIES`, rows), as in `analytics.studies.rules.orders`; a dividend is what
            holding over the night into the row multiplies the shares by.
        periods: as in `fill_levels`; ``level``: kind, length and side of its recipe.
        listed: on which rows it is a member: signals of others do not count.
        begin: signals count from this row on.
        ends: the row of the last bar of a symbol that has ended; -1 where it has not.
        codes, sizes: of the rule, as in `analytics.studies.rules.orders`.
        trades: filled, a row a trade; ``equity``, ``held``: filled, a value a row.
        sums: added to, shape (`SUMS`, rows).

    Returns:
        The order that waits after the last row, and how many trades there are.
    """
    return _trade_member(
        bars, periods, listed, begin, ends, level, codes, sizes, trades, equity, held, sums
    )


@part
def _member_path(
    ratios: Floats, own: Ints, place: Ints, present: Flags, drawn: Ints, path: Floats
) -> None:
    """Build a member's bars from the rows drawn for all; see `null_runs`."""
    last, many = 1.0, len(own)
    shift = drawn[1] % many
    for t in range(len(drawn)):
        if not present[t]:
            path[:, t] = np.nan
            path[VOLUME, t], path[DIVIDEND, t] = 0.0, 1.0
        elif t == 0:
            path[:, 0] = 1.0
            path[VOLUME, 0] = 0.0
        else:
            i = drawn[t]
            if place[i] >= 0:
                at = place[i] + shift
                i = own[at if at < many else at - many]
            for series in range(VOLUME):
                path[series, t] = last * ratios[series, i]
            path[VOLUME, t], path[DIVIDEND, t] = ratios[VOLUME, i], ratios[DIVIDEND, i]
            last = path[CLOSE, t]


@kernel("void(int64, int64, int64[:, ::1])", parallel=True, interpretable=False)
def draw_paths(seed: int, mean_block: int, drawn: Ints) -> None:
    """Fill the rows of stationary-bootstrap paths, as in `draw_rows`; path b has ``seed`` + b."""
    for b in prange(len(drawn)):
        draw_rows(drawn.shape[1] - 1, seed + b, mean_block, drawn[b])


@kernel(
    "void(float64[:, ::1], int64[::1], int64[::1], boolean[::1], int64[:, ::1], boolean[::1],"
    " int64, int64, int64[::1], int64[::1], float64[::1], int64[:, ::1], float64[:, :, ::1])",
    parallel=True,
    interpretable=False,
)
def null_runs(
    ratios: Floats,
    own: Ints,
    place: Ints,
    present: Flags,
    periods: Ints,
    listed: Flags,
    begin: int,
    ends: int,
    level: Ints,
    codes: Ints,
    sizes: Floats,
    drawn: Ints,
    sums: Floats,
) -> None:
    """The same rule on stationary-bootstrap paths.

    A path has the history's calendar: bars where the history has them, and the same time as a
    member. The same rows are drawn for all members, so that their common moves stay together. A
    row that is none of a member's own is replaced by one of its own, as far round in them as the
    row is in all, from a place of each path's; rows that follow each other still do.

    Args:
        ratios: shape (`SERIES`, n): open, high, low and close over the last close before, volume
            and dividend, of every row but the first.
        own: rows of ``ratios`` that the member draws from.
        place: shape (n,): of a row that is none of its own, how far round in ``own``; else -1.
        present: shape (n + 1,): where the history has a bar; the rest as in `simulate`.
        drawn: shape (paths, n + 1), of `draw_paths`.
        sums: added to, shape (paths, `SUMS`, n + 1).
    """
    rows = ratios.shape[1] + 1
    for b in prange(len(sums)):
        path = np.empty((SERIES, rows))
        _member_path(ratios, own, place, present, drawn[b], path)
        _trade_member(
            path,
            periods,
            listed,
            begin,
            ends,
            level,
            codes,
            sizes,
            np.empty((0, COLUMNS)),
            np.empty(rows),
            np.empty(rows),
            sums[b],
        )


@part
def _grow(sums: Floats, members: Ints, begin: int, equity: Floats, held: Floats) -> float:
    """Fill two curves from 1 at row ``begin``; the mean share of the money that was invested.

    The money is divided evenly at each close, so that a row's return is the mean over the parts of
    the close before.
    """
    share, counted = 0.0, 0
    parts, grown, kept = 0.0, 1.0, 1.0
    for t in range(begin, len(members)):
        if t > begin and parts > 0.0:
            grown *= 1.0 + sums[GAINED, t] / parts
        if t > begin and members[t - 1] > 0:
            kept *= 1.0 + sums[HELD, t] / members[t - 1]
        equity[t - begin], held[t - begin] = grown, kept
        parts = members[t] + sums[LEAVERS, t]
        if parts > 0.0:
            share += sums[POSITIONS, t] / parts
            counted += 1
    return share / counted if counted else 0.0


@kernel("float64(float64[:, ::1], int64[::1], int64, float64[::1], float64[::1])")
def grow(sums: Floats, members: Ints, begin: int, equity: Floats, held: Floats) -> float:
    """The curves of a history's sums, and the exposure.

    Args:
        sums: shape (`SUMS`, rows).
        members: shape (rows,): how many were members at each close.
        begin: as in `simulate`.
        equity, held: filled, shape (rows - begin,).
    """
    return _grow(sums, members, begin, equity, held)


@kernel(
    "void(float64[:, :, ::1], int64[::1], int64, float64[:, ::1])",
    parallel=True,
    interpretable=False,
)
def grow_paths(sums: Floats, members: Ints, begin: int, endings: Floats) -> None:
    """Where the curves of each path end, and its exposure: ``endings`` is filled, (paths, 3)."""
    for b in prange(len(sums)):
        equity, held = np.empty(len(members) - begin), np.empty(len(members) - begin)
        endings[b, 2] = _grow(sums[b], members, begin, equity, held)
        endings[b, 0], endings[b, 1] = equity[-1], held[-1]
