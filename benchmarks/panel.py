"""503 series of 2,520 sessions, one after another as pages ask them, beside the peers.

No page asks for a panel of them at once: calendars and first sessions differ, so each symbol is
computed alone. The limit is a pass over the same numbers that only copies them.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import numpy as np
import pandas as pd

from analytics.indicators.series import YEAR_SESSIONS, drawdown_from_high, moving_average
from benchmarks.growth import breadth
from benchmarks.measure import Row, median_ms

SESSIONS, TICKERS = 2520, 503


def run() -> list[Row]:
    """Ours beside pandas' rolling windows and, where it is installed, bottleneck's."""
    steps = np.random.default_rng(1).normal(0, 0.01, (TICKERS, SESSIONS))
    series = list(100 * np.exp(steps.cumsum(axis=1)))

    def ours() -> None:
        for close in series:
            moving_average(close, 50) / close - 1
            moving_average(close, 100) / close - 1
            drawdown_from_high(close)

    def by_pandas() -> None:
        for close in map(pd.Series, series):
            close.rolling(50).mean() / close - 1
            close.rolling(100).mean() / close - 1
            close / close.rolling(YEAR_SESSIONS, min_periods=1).max() - 1

    def copied() -> None:
        for close in series:
            for _ in range(3):
                close.copy()

    peers = {"pandas": median_ms(by_pandas)}
    if importlib.util.find_spec("bottleneck"):
        bottleneck: Any = importlib.import_module("bottleneck")

        def by_bottleneck() -> None:
            for close in series:
                bottleneck.move_mean(close, 50) / close - 1
                bottleneck.move_mean(close, 100) / close - 1
                close / bottleneck.move_max(close, YEAR_SESSIONS, min_count=1) - 1

        peers["bottleneck"] = median_ms(by_bottleneck)
    best = min(peers, key=peers.__getitem__)
    mine, limit = median_ms(ours), median_ms(copied)
    return [
        Row("503 x 2,520: two DMAs, distances, drawdowns", mine, "ms", note=f"best peer: {best}",
            peer=peers[best], limit=round(limit, 1)),
        *(Row(f"  the same by {name}", ms, "ms") for name, ms in peers.items()),
        Row("breadth of 503 members, as its page asks", median_ms(breadth(TICKERS)), "ms"),
    ]  # fmt: skip
