"""The hold study's null: one long symbol at four levels, and a universe, with its speed-up."""

from __future__ import annotations

import numba
import numpy as np

from analytics.model.vocabulary import Floats
from analytics.studies.hold.cells import COOLDOWN_SESSIONS, MEAN_BLOCK_SESSIONS
from analytics.studies.hold.kernels import null_counts
from benchmarks.measure import Row, median_ms

SESSIONS, PATHS = 8000, 2000
SYMBOLS, SYMBOL_SESSIONS, SYMBOL_PATHS = 503, 2520, 500
AIM_MS = 1500.0


def _ratios(sessions: int, seed: int) -> Floats:
    """Open, low and close over the previous close, of a plausible stock."""
    moves = np.random.default_rng(seed).normal(0.0003, 0.01, sessions)
    return np.exp(np.column_stack([moves / 3, np.minimum(moves, 0) - 0.003, moves]))


def _null(ratios: Floats, levels: tuple[int, ...], paths: int) -> object:
    regime = np.zeros(len(ratios), np.int64)
    lengths = np.asarray(levels, np.int64)
    return null_counts(ratios, regime, lengths, paths, 1, MEAN_BLOCK_SESSIONS, COOLDOWN_SESSIONS)


def run() -> list[Row]:
    """Compiled (numba), the paths shared out over the cores."""
    one = _ratios(SESSIONS, 2)
    many = [_ratios(SYMBOL_SESSIONS, seed) for seed in range(SYMBOLS)]

    def universe() -> None:
        for ratios in many:
            _null(ratios, (50,), SYMBOL_PATHS)

    cores = numba.get_num_threads()
    alone = median_ms(lambda: _null(one, (20, 50, 100, 200), PATHS))
    pooled = median_ms(universe, runs=3)
    numba.set_num_threads(1)
    single = median_ms(universe, runs=3)
    numba.set_num_threads(cores)
    return [
        Row("one symbol: 8,000 sessions x 4 levels x 2,000 paths", alone, "ms", AIM_MS),
        Row("503 symbols pooled: 2,520 sessions x 500 paths", pooled, "ms", note=f"{cores} cores"),
        Row("the same on one core", single, "ms"),
        Row("parallel speed-up", single / pooled, "x"),
    ]
