"""The compiled scan that the hold study's history and every path of its null go through.

One scan (`find_events` and `classify`) for both, so a rate and its null differ in nothing but
the path. Compiled with numba: 2,000 paths of 8,000 sessions at four levels are 64 million
level-sessions, a loop with a running sum and an early exit each, which whole-array numpy
would carry through memory a dozen times over. Numba takes a third of a second to import:
`analytics.studies.hold.events` imports this module when the first study is asked for.
"""

from __future__ import annotations

import numpy as np
from numba import prange
from numpy.typing import NDArray

from analytics.indicators.bootstrap_paths import draw_path
from analytics.indicators.compiled import kernel, part
from analytics.indicators.session_levels import fill_levels
from analytics.model.vocabulary import Floats
from analytics.studies.hold.cells import CELL_COUNT, GAP_BOUNDS, REGIMES, SLOPE_SESSIONS

Ints = NDArray[np.int64]


@part
def _find_events(
    open_: Floats,
    low: Floats,
    close: Floats,
    sessions: int,
    cooldown: int,
    at: Ints,
    first: Ints,
    levels: Floats,
) -> int:
    """Fill ``at`` with the bars of the events; return how many there are.

    The level L_t is the mean of the ``sessions`` closes before bar t. Touch: previous close
    > L_t, open > L_t, low <= L_t. Gap-down: previous close > L_t >= open. An event counts only
    ``cooldown`` or more sessions after the last counted one, of either kind. ``first`` is 1
    for the first counted event since a close below the level. Both outputs need a length of
    ``len(close) // cooldown + 1``. ``levels``, of the shape of ``close``, is filled with L_t, NaN
    before it exists.
    """
    found = 0
    last = -cooldown
    fresh = 1
    total = 0.0
    begins = min(sessions, len(close))
    for t in range(begins):
        levels[t] = np.nan
        total += close[t]
    for t in range(begins, len(close)):
        level = total / sessions
        levels[t] = level
        met = open_[t] <= level or low[t] <= level
        if met and close[t - 1] > level and t - last >= cooldown:
            at[found] = t
            first[found] = fresh
            found += 1
            last = t
            fresh = 0
        if close[t] < level:
            fresh = 1
        total -= close[t - sessions]
        total += close[t]
    return found


@part
def _find_at_levels(
    open_: Floats, low: Floats, close: Floats, levels: Floats, cooldown: int, at: Ints, first: Ints
) -> int:
    """The events of `_find_events` at levels that are given, NaN where there is none.

    Apart from it because an average's running sum goes through the same loop as its events.
    """
    found = 0
    last = -cooldown
    fresh = 1
    for t in range(1, len(close)):
        level = levels[t]
        met = open_[t] <= level or low[t] <= level
        if met and close[t - 1] > level and t - last >= cooldown:
            at[found] = t
            first[found] = fresh
            found += 1
            last = t
            fresh = 0
        if close[t] < level:
            fresh = 1
    return found


@part
def first_known(levels: Floats) -> int:
    """The first row with a level; the number of rows where none has one."""
    for t in range(len(levels)):
        if levels[t] == levels[t]:
            return t
    return len(levels)


@part
def _session_levels(close: Floats, sessions: int) -> Floats:
    """L_t as `find_events` computes it, NaN before it exists; shape of ``close``."""
    out = np.full(len(close), np.nan)
    total = 0.0
    for t in range(len(close)):
        if t >= sessions:
            out[t] = total / sessions
            total -= close[t - sessions]
        total += close[t]
    return out


@part
def classify(t: int, first: int, open_: float, levels: Floats, begins: int, regime: int) -> int:
    """Class of the event at bar ``t``, an index into `CELLS` laid out flat.

    Args:
        begins: the first bar that has a level.
    """
    level = levels[t]
    kind = 1 if open_ <= level else 0
    rising = 1 if level > levels[max(t - SLOPE_SESSIONS, begins)] else 0
    gap = (level - open_) / level
    size = 0
    if kind == 1 and gap >= GAP_BOUNDS[0]:
        size = 1 if gap < GAP_BOUNDS[1] else 2
    return (((kind * 2 + rising) * 2 + first) * 3 + size) * REGIMES + regime


find_events = kernel(
    "int64(float64[::1], float64[::1], float64[::1], int64, int64, int64[::1], int64[::1],"
    " float64[::1])"
)(_find_events)


@kernel(
    "int64(float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], int64[:, ::1],"
    " int64, int64, int64, int64, int64, int64[::1], int64[::1], float64[::1])"
)
def find_events_at(
    open_: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    volume: Floats,
    periods: Ints,
    kind: int,
    length: int,
    side: int,
    begin: int,
    cooldown: int,
    at: Ints,
    first: Ints,
    levels: Floats,
) -> int:
    """`find_events` at the level of a recipe, from bar ``begin`` on; see also `fill_levels`."""
    fill_levels(kind, length, side, high, low, close, volume, periods, levels)
    levels[:begin] = np.nan
    return _find_at_levels(open_, low, close, levels, cooldown, at, first)


@part
def _add_events(
    open_: Floats,
    close: Floats,
    regime: Ints,
    drawn: Ints,
    levels: Floats,
    begins: int,
    at: Ints,
    first: Ints,
    out: NDArray[np.int32],
) -> None:
    """Add the events ``at`` to ``out``, shape (`CELL_COUNT`, 2): all, and held."""
    for e in range(len(at)):
        t = at[e]
        cell = classify(t, first[e], open_[t], levels, begins, regime[drawn[t]])
        out[cell, 0] += 1
        if close[t] >= levels[t]:
            out[cell, 1] += 1


@part
def _count_events(
    open_: Floats,
    low: Floats,
    close: Floats,
    regime: Ints,
    drawn: Ints,
    sessions: int,
    cooldown: int,
    out: NDArray[np.int32],
) -> None:
    """Add the events of one path to ``out``, shape (`CELL_COUNT`, 2): all, and held.

    Args:
        regime: of the bars that the path was drawn from; ``drawn``: which one stands where.
    """
    room = len(close) // cooldown + 1
    at = np.empty(room, np.int64)
    first = np.empty(room, np.int64)
    levels = np.empty(len(close))
    found = _find_events(open_, low, close, sessions, cooldown, at, first, levels)
    _add_events(open_, close, regime, drawn, levels, sessions, at[:found], first[:found], out)


UNREACHED, UNFINISHED, NO_LOWER, HELD = -1, -2, -3, -4
"""What `reach_from_levels` says in place of a number of sessions."""


@part
def _reach_from_levels(
    low: Floats, close: Floats, levels: Floats, lower: Ints, within: int, at: Ints, waits: Ints
) -> None:
    """Fill ``waits``: sessions from each event's break to the next lower average, or why none.

    A break is an event whose close is under its level. Its target is the highest of the averages
    of ``lower`` sessions that lies under the broken level on that day; it moves on, and is
    reached when a low is at or under it, ``within`` sessions of the break, the day itself
    counted as 0. Else `UNREACHED`; `UNFINISHED` where the bars end before that; `NO_LOWER`;
    `HELD` for an event that is no break. ``waits`` has the shape of ``at``.
    """
    targets = np.empty((len(lower), len(close)))
    for k in range(len(lower)):
        targets[k] = _session_levels(close, lower[k])
    last = len(close) - 1
    for e in range(len(at)):
        t = at[e]
        if close[t] >= levels[t]:
            waits[e] = HELD
            continue
        target = -1
        for k in range(len(lower)):
            under = targets[k, t] < levels[t]  # NaN is not
            if under and (target < 0 or targets[k, t] > targets[target, t]):
                target = k
        if target < 0:
            waits[e] = NO_LOWER
            continue
        waits[e] = UNREACHED if t + within <= last else UNFINISHED
        for u in range(t, min(t + within, last) + 1):
            if low[u] <= targets[target, u]:
                waits[e] = u - t
                break


@part
def _reach_after_breaks(
    low: Floats, close: Floats, sessions: int, lower: Ints, within: int, at: Ints, waits: Ints
) -> None:
    """`_reach_from_levels` where the level is the average over ``sessions`` closes."""
    levels = _session_levels(close, sessions)
    _reach_from_levels(low, close, levels, lower, within, at, waits)


reach_from_levels = kernel(
    "void(float64[::1], float64[::1], float64[::1], int64[::1], int64, int64[::1], int64[::1])"
)(_reach_from_levels)
reach_after_breaks = kernel(
    "void(float64[::1], float64[::1], int64, int64[::1], int64, int64[::1], int64[::1])"
)(_reach_after_breaks)


@kernel(
    "int32[:, ::1](float64[:, ::1], int64, int64[::1], int64, int64, int64, int64, int64)",
    parallel=True,
    interpretable=False,
)
def null_reaches(
    ratios: Floats,
    sessions: int,
    lower: Ints,
    within: int,
    paths: int,
    seed: int,
    mean_block: int,
    cooldown: int,
) -> NDArray[np.int32]:
    """Breaks whose reach is known, and those that reached, on the paths of `null_counts`.

    Args:
        sessions: of the average; ``lower``, ``within``: as in `reach_from_levels`.
        ratios, paths, seed, mean_block, cooldown: as in `null_counts`.

    Returns:
        Shape (paths, 2).
    """
    n = len(ratios)
    out = np.zeros((paths, 2), np.int32)
    for b in prange(paths):
        path, drawn = np.empty((3, n + 1)), np.empty(n + 1, np.int64)
        draw_path(ratios, seed + b, mean_block, path, drawn)
        room = (n + 1) // cooldown + 1
        at, first = np.empty(room, np.int64), np.empty(room, np.int64)
        levels = np.empty(n + 1)
        found = _find_events(path[0], path[1], path[2], sessions, cooldown, at, first, levels)
        waits = np.empty(found, np.int64)
        _reach_after_breaks(path[1], path[2], sessions, lower, within, at[:found], waits)
        for wait in waits:
            out[b, 0] += wait >= UNREACHED
            out[b, 1] += wait >= 0
    return out


@kernel(
    "int32[:, :, :, ::1](float64[:, ::1], int64[::1], int64[::1], int64, int64, int64, int64)",
    parallel=True,
    interpretable=False,
)
def null_counts(
    ratios: Floats,
    regime: Ints,
    levels: Ints,
    paths: int,
    seed: int,
    mean_block: int,
    cooldown: int,
) -> NDArray[np.int32]:
    """Event counts on stationary-bootstrap paths.

    Args:
        ratios, mean_block: as in `draw_path`.
        regime: shape (n,); each bar's VIX regime, which travels with it.
        levels: moving-average lengths.
        paths: how many; path b is seeded with ``seed`` + b, so results do not depend on the
            number of threads.
        cooldown: as in `find_events`.

    Returns:
        Shape (paths, levels, `CELL_COUNT`, 2).
    """
    n = len(ratios)
    out = np.zeros((paths, len(levels), CELL_COUNT, 2), np.int32)
    for b in prange(paths):
        path, drawn = np.empty((3, n + 1)), np.empty(n + 1, np.int64)
        draw_path(ratios, seed + b, mean_block, path, drawn)
        for k in range(len(levels)):
            _count_events(path[0], path[1], path[2], regime, drawn, levels[k], cooldown, out[b, k])
    return out


@kernel(
    "void(float64[:, ::1], float64[::1], int64[:, ::1], int64[::1], int64[::1], int64, int64,"
    " int64, int64, int64, int64, int64, int64, int32[:, :, ::1], int32[:, ::1])",
    parallel=True,
    interpretable=False,
)
def null_at(
    ratios: Floats,
    volume: Floats,
    periods: Ints,
    regime: Ints,
    lower: Ints,
    kind: int,
    length: int,
    side: int,
    begin: int,
    within: int,
    seed: int,
    mean_block: int,
    cooldown: int,
    counts: NDArray[np.int32],
    reaches: NDArray[np.int32],
) -> None:
    """`null_counts` and `null_reaches` in one, at the level of a recipe, found anew on each path.

    Args:
        ratios: shape (n, 4): open, low, close and high over the close before.
        volume, regime: shape (n,), of each bar, which travel with it.
        periods: shape (3, n + 1), as in `fill_levels`: the path has the history's calendar.
        kind, length, side: of the recipe; ``begin``: as in `find_events_at`; the rest as in
            `null_counts` and `null_reaches`. Without ``lower`` there are no reaches.
        counts: filled, shape (paths, `CELL_COUNT`, 2); ``reaches``: filled, shape (paths, 2).
    """
    n = len(ratios)
    for b in prange(len(counts)):
        path, drawn = np.empty((4, n + 1)), np.empty(n + 1, np.int64)
        draw_path(ratios, seed + b, mean_block, path, drawn)
        shares, levels = np.zeros(n + 1), np.empty(n + 1)
        for t in range(1, n + 1):
            shares[t] = volume[drawn[t]]
        fill_levels(kind, length, side, path[3], path[1], path[2], shares, periods, levels)
        levels[:begin] = np.nan
        room = (n + 1) // cooldown + 1
        at, first = np.empty(room, np.int64), np.empty(room, np.int64)
        found = _find_at_levels(path[0], path[1], path[2], levels, cooldown, at, first)
        at, first = at[:found], first[:found]
        begins = first_known(levels)
        _add_events(path[0], path[2], regime, drawn, levels, begins, at, first, counts[b])
        if len(lower) == 0:
            continue
        waits = np.empty(found, np.int64)
        _reach_from_levels(path[1], path[2], levels, lower, within, at, waits)
        for wait in waits:
            reaches[b, 0] += wait >= UNREACHED
            reaches[b, 1] += wait >= 0
