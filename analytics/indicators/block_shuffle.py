"""Null model of what follows events: the same windows on shuffled blocks of returns.

The days of the events stay where they are; the sessions' returns are cut into blocks of random
length and put in another order, whole cross-sections together. So what follows an event keeps
its spread, its runs and the members' common moves, and knows nothing of the event.

The blocks are those of the stationary bootstrap (Politis & Romano 1994), but each is used once:
windows of 20 sessions after every larger fall cover most of a history, and drawn with
replacement their means would scatter more than the observed one can (measured on random walks:
p-values crowd towards 1).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from analytics.indicators.series import digest_of
from analytics.model.vocabulary import Floats

MEAN_BLOCK_SESSIONS = 20
PATHS = 999
SEED = 20250127
_NULLS = 64
"""Nulls of finished sessions that are drawn once: while a session runs they stay as they are."""


@dataclass(frozen=True)
class Chance:
    """An observed figure beside the same figure on the null's paths.

    Attributes:
        mean: over the paths, in the figure's unit.
        p_value: (1 + paths at least as far from ``mean`` as the observed figure) / (paths + 1).
        paths: on which there was a figure.
    """

    mean: float
    p_value: float
    paths: int


def shuffle_rows(
    n: int, paths: int, mean_block: int, seed: int = SEED
) -> Iterator[NDArray[np.int64]]:
    """Of each path: which of ``n`` rows stands at each place; every row once, in blocks."""
    rng = np.random.default_rng(seed)
    places = np.arange(n)
    for _ in range(paths):
        ends = np.cumsum(rng.geometric(1.0 / mean_block, 2 * n // mean_block + 20))
        while ends[-1] < n:
            ends = np.append(ends, ends[-1] + rng.geometric(1.0 / mean_block))
        starts = np.concatenate([[0], ends[ends < n]])
        order = rng.permutation(len(starts))
        lengths = np.diff(starts, append=n)[order]
        now_at = np.cumsum(lengths) - lengths
        yield places + np.repeat(starts[order] - now_at, lengths)


def null_windows(
    daily: Floats, at: Sequence[int], ahead: int, paths: int = PATHS, seed: int = SEED
) -> Iterator[Floats]:
    """Returns over the ``ahead`` sessions after each event, one array a path.

    Args:
        daily: simple returns, fractions, shape (sessions, members); row t is the return from
            session t - 1 to t, so that the first is not used. NaN where a member has none.
        at: sessions of the events; ``at + ahead`` lies within ``daily``.

    Yields:
        Fractions, shape (events, members); NaN where a return drawn is missing.
    """
    if not len(at):
        return
    growth = 1.0 + daily[1:]
    window = np.asarray(at, np.int64)[:, None] + np.arange(ahead)
    for drawn in shuffle_rows(len(growth), paths, max(MEAN_BLOCK_SESSIONS, ahead), seed):
        yield np.prod(growth[drawn[window]], axis=1) - 1.0


def chance_of(observed: float, null: Floats) -> Chance | None:
    """An observed figure against its null; None where no path has one."""
    null = null[np.isfinite(null)]
    if not null.size:
        return None
    mean = float(null.mean())
    far = np.abs(null - mean) >= abs(observed - mean) - 1e-12
    return Chance(mean, float((1 + far.sum()) / (null.size + 1)), int(null.size))


def chance_of_mean(
    observed: float, close: Floats, at: Sequence[int], ahead: int, paths: int = PATHS
) -> Chance | None:
    """A mean return after events, percent, against the means on the null's paths.

    Args:
        observed: percent.
        close: of the one symbol, shape (sessions,).
        at, ahead: the events that the mean is taken over, and its sessions.
    """
    returns = np.ascontiguousarray(close[1:] / close[:-1] - 1.0)
    return chance_of(observed, _null_means(returns, tuple(at), ahead, paths))


_known: LRUCache[tuple[bytes, tuple[int, ...], int, int], Floats] = LRUCache(_NULLS)


@cached(_known, key=lambda returns, *of: (digest_of(returns), *of), lock=threading.Lock())
def _null_means(returns: Floats, at: tuple[int, ...], ahead: int, paths: int) -> Floats:
    """Mean returns after the events on each of the null's paths, percent."""
    daily = np.append(np.nan, returns)[:, None]
    return np.asarray([windows.mean() * 100 for windows in null_windows(daily, at, ahead, paths)])
