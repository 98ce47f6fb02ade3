"""Paths of the stationary bootstrap, as parts of compiled kernels: every null draws them here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.compiled import part
from analytics.indicators.mersenne_twister import (
    WORDS,
    mask_of,
    refill,
    seed_words,
    uniform_of,
)
from analytics.model.vocabulary import Floats

CLOSE = 2
"""Which column of the ratios is the close, that the next bar is built on."""


@part
def draw_rows(n: int, seed: int, mean_block: int, drawn: NDArray[np.int64]) -> None:
    """Which rows a stationary-bootstrap path has (Politis & Romano 1994).

    Args:
        n: rows to draw from. A new block starts with probability 1 / ``mean_block``; the series
            wraps around.
        drawn: shape (n + 1,): filled with the row that stands there; none (-1) at its first place.
    """
    state, words = np.empty(WORDS, np.uint32), np.empty(WORDS + 1, np.uint32)
    seed_words(seed, state)
    mask, at, stop = mask_of(n), 0, 0
    drawn[0] = -1
    i = -1
    for t in range(1, n + 1):
        while i < 0:  # a new block begins at a row drawn evenly
            if stop - at < 2:
                stop, at = refill(state, words, at, stop), 0
            i = int(words[at]) & mask
            at += 1
            if i >= n:
                i = -1
        drawn[t] = i
        if stop - at < 2:
            stop, at = refill(state, words, at, stop), 0
        if uniform_of(int(words[at]), int(words[at + 1])) * mean_block < 1.0:
            i = -1
        else:
            i = i + 1 if i + 1 < n else 0
        at += 2


@part
def draw_path(
    ratios: Floats, seed: int, mean_block: int, path: Floats, drawn: NDArray[np.int64]
) -> None:
    """Fill a stationary-bootstrap path.

    Args:
        ratios: shape (n, k): open, low, close (and whatever else) over the last close before,
            whole bars kept together; NaN in a row without a bar.
        seed, mean_block, drawn: as in `draw_rows`.
        path: shape (k, n + 1): open, low, close ...; it begins at 1.
    """
    n = len(ratios)
    columns = ratios.shape[1]
    draw_rows(n, seed, mean_block, drawn)
    path[:, 0] = 1.0
    before = 1.0
    for t in range(1, n + 1):
        i = drawn[t]
        for column in range(columns):
            path[column, t] = before * ratios[i, column]
        if path[CLOSE, t] == path[CLOSE, t]:
            before = path[CLOSE, t]
