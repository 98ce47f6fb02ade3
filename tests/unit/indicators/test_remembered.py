"""What the indicators remember between calls: so many results, and not the series they are of."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np

from analytics.indicators import block_shuffle, percentiles

SERIES, SESSIONS = 150, 2000
RESULTS = 64


def kept_bytes(work: Callable[[np.ndarray], object]) -> int:
    """What is still in memory after more series than are remembered, above what was before."""
    rng = np.random.default_rng(3)
    work(rng.normal(size=SESSIONS))
    tracemalloc.start()
    try:
        for _ in range(SERIES):
            work(rng.normal(size=SESSIONS))
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_percentiles_keep_ranks_and_order_of_the_last_64_series() -> None:
    two_arrays = RESULTS * 2 * 8 * SESSIONS
    assert kept_bytes(percentiles.expanding_percentile) < 1.1 * two_arrays


def test_nulls_keep_the_paths_means_and_not_the_returns() -> None:
    def ask(values: np.ndarray) -> object:
        return block_shuffle.chance_of_mean(0.0, np.exp(values / 100), [100, 900], 5, paths=20)

    assert kept_bytes(ask) < RESULTS * 8 * SESSIONS / 4
