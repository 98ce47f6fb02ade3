"""One symbol, 8,000 sessions, 4 levels, 2,000 bootstrap paths."""

from __future__ import annotations

import numpy as np

from analytics.hold_events import COOLDOWN_SESSIONS, MEAN_BLOCK_SESSIONS, null_counts
from benchmarks.measure import Row, median_ms

SESSIONS, PATHS = 8000, 2000
AIM_MS = 1500.0


def run() -> list[Row]:
    """The null of the hold study at the four averages (compiled, all cores)."""
    draw = np.random.default_rng(2)
    close = draw.normal(0.0003, 0.01, SESSIONS)
    ratios = np.exp(np.column_stack([close / 3, np.minimum(close, 0) - 0.003, close]))
    regime = np.zeros(SESSIONS, np.int64)
    levels = np.asarray([20, 50, 100, 200], np.int64)

    def null() -> object:
        return null_counts(ratios, regime, levels, PATHS, 1, MEAN_BLOCK_SESSIONS, COOLDOWN_SESSIONS)

    return [
        Row(
            "hold study null: 8,000 sessions x 4 levels x 2,000 paths",
            median_ms(null),
            "ms",
            AIM_MS,
        )
    ]
