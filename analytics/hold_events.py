"""Touches of a moving average and gaps under it: the events of the hold study, and their null.

The observed history and every bootstrap path go through the same compiled scan
(`find_events` and `classify`), so a rate and its null differ in nothing but the path.
Compiled with numba: 2,000 paths of 8,000 sessions at four levels are 64 million
level-sessions, a loop with a running sum and an early exit each, which whole-array numpy
would carry through memory a dozen times over.

Hold rates on a driftless random walk, by what is called an event at a 50-DMA (20 walks of
20,000 sessions of 390 steps, sigma 1% a session, zero overnight gap; 95% interval over walks):

    ================================================  ==============
    event                                             close >= level
    ================================================  ==============
    low within 1% above the level, or under it        78.6% +- 0.8
    low at or under the level (`TOUCH`)               47.6% +- 0.9
    ================================================  ==============

So "it held 75% of the time" is what chance gives to a generous definition.

Calibration: on random walks of 8,000 sessions the p-values of a 50-DMA are uniform. A block as
long as the average (20 sessions for the 20-DMA) carries whole events over into the paths, which
draws the p-values towards the middle: the 20-DMA's p is conservative, never bold.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from analytics.vocabulary import Floats

Ints = NDArray[np.int64]

COOLDOWN_SESSIONS = 10
MEAN_BLOCK_SESSIONS = 20
SLOPE_SESSIONS = 20

TOUCH, GAP_DOWN = 0, 1
GAP_BOUNDS = (0.0025, 0.01)
"""Bounds of the three gap sizes: (level - open) / level."""
REGIMES = 5
"""VIX regimes 0-3, and 4 for an unknown VIX."""

CELLS = (2, 2, 2, 3, REGIMES)
"""Shape of an event's class: kind, rising average, first since a close below, gap size, regime."""
CELL_COUNT = 2 * 2 * 2 * 3 * REGIMES


@njit(cache=True)
def find_events(
    open_: Floats, low: Floats, close: Floats, sessions: int, cooldown: int, at: Ints, first: Ints
) -> int:
    """Fill ``at`` with the bars of the events; return how many there are.

    The level L_t is the mean of the ``sessions`` closes before bar t. Touch: previous close
    > L_t, open > L_t, low <= L_t. Gap-down: previous close > L_t >= open. An event counts only
    ``cooldown`` or more sessions after the last counted one, of either kind. ``first`` is 1
    for the first counted event since a close below the level. Both outputs need a length of
    ``len(close) // cooldown + 1``.
    """
    found = 0
    last = -cooldown
    fresh = 1
    total = 0.0
    for t in range(len(close)):
        if t >= sessions:
            level = total / sessions
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


@njit(cache=True)
def session_levels(close: Floats, sessions: int) -> Floats:
    """L_t as `find_events` computes it, NaN before it exists; shape of ``close``."""
    out = np.full(len(close), np.nan)
    total = 0.0
    for t in range(len(close)):
        if t >= sessions:
            out[t] = total / sessions
            total -= close[t - sessions]
        total += close[t]
    return out


@njit(cache=True)
def classify(t: int, first: int, open_: float, levels: Floats, sessions: int, regime: int) -> int:
    """Class of the event at bar ``t``, an index into `CELLS` laid out flat."""
    level = levels[t]
    kind = 1 if open_ <= level else 0
    rising = 1 if level > levels[max(t - 20, sessions)] else 0
    gap = (level - open_) / level
    size = 0
    if kind == 1 and gap >= 0.0025:
        size = 1 if gap < 0.01 else 2
    return (((kind * 2 + rising) * 2 + first) * 3 + size) * 5 + regime


@njit(cache=True)
def count_events(
    open_: Floats,
    low: Floats,
    close: Floats,
    regime: Ints,
    sessions: int,
    cooldown: int,
    out: NDArray[np.int32],
) -> None:
    """Add the events of one path to ``out``, shape (`CELL_COUNT`, 2): all, and held."""
    room = len(close) // cooldown + 1
    at = np.empty(room, np.int64)
    first = np.empty(room, np.int64)
    found = find_events(open_, low, close, sessions, cooldown, at, first)
    levels = session_levels(close, sessions)
    for e in range(found):
        t = at[e]
        cell = classify(t, first[e], open_[t], levels, sessions, regime[t])
        out[cell, 0] += 1
        if close[t] >= levels[t]:
            out[cell, 1] += 1


@njit(cache=True, parallel=True)
def null_counts(
    ratios: Floats,
    regime: Ints,
    levels: Ints,
    paths: int,
    seed: int,
    mean_block: int,
    cooldown: int,
) -> NDArray[np.int32]:
    """Event counts on stationary-bootstrap paths (Politis & Romano 1994).

    Args:
        ratios: shape (n, 3): open, low and close over the previous close, whole bars kept
            together. A new block starts with probability 1 / ``mean_block``; the series
            wraps around.
        regime: shape (n,); each bar's VIX regime, which travels with it.
        levels: moving-average lengths.
        paths: how many; path b is seeded with ``seed`` + b, so results do not depend on the
            number of threads.
        mean_block: mean block length, sessions.
        cooldown: as in `find_events`.

    Returns:
        Shape (paths, levels, `CELL_COUNT`, 2).
    """
    n = len(ratios)
    out = np.zeros((paths, len(levels), CELL_COUNT, 2), np.int32)
    for b in prange(paths):
        np.random.seed(seed + b)  # noqa: NPY002 - numba has no Generator seeded a thread
        open_ = np.ones(n + 1)
        low = np.ones(n + 1)
        close = np.ones(n + 1)
        drawn = np.zeros(n + 1, np.int64)
        i = np.random.randint(n)  # noqa: NPY002
        for t in range(1, n + 1):
            before = close[t - 1]
            open_[t] = before * ratios[i, 0]
            low[t] = before * ratios[i, 1]
            close[t] = before * ratios[i, 2]
            drawn[t] = regime[i]
            if np.random.random() * mean_block < 1.0:  # noqa: NPY002
                i = np.random.randint(n)  # noqa: NPY002
            else:
                i = i + 1 if i + 1 < n else 0
        for k in range(len(levels)):
            count_events(open_, low, close, drawn, levels[k], cooldown, out[b, k])
    return out


def bar_ratios(open_: Floats, low: Floats, close: Floats) -> Floats:
    """(open, low, close) / previous close of every bar but the first, shape (n - 1, 3)."""
    return np.column_stack([open_[1:], low[1:], close[1:]]) / close[:-1, None]
