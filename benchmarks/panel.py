"""503 tickers x 2,520 sessions: 50/100-DMA, distances and 252-session drawdowns in one pass."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.indicators.series import YEAR_SESSIONS, drawdown_from_high, moving_average
from analytics.model.vocabulary import Floats
from benchmarks.measure import Row, median_ms

SESSIONS, TICKERS = 2520, 503
AIM_MS = 65.0


def panel_of_closes() -> Floats:
    """Random walks, shape (sessions, tickers)."""
    steps = np.random.default_rng(1).normal(0, 0.01, (SESSIONS, TICKERS))
    closes: Floats = 100 * np.exp(steps.cumsum(axis=0))
    return closes


def by_holdline(closes: Floats) -> object:
    """Distances to two averages and the fall from the high, a matrix each."""
    to_50 = moving_average(closes, 50) / closes - 1
    to_100 = moving_average(closes, 100) / closes - 1
    return to_50, to_100, drawdown_from_high(closes)


def by_pandas(frame: pd.DataFrame) -> object:
    """The same by rolling windows."""
    to_50 = frame.rolling(50).mean() / frame - 1
    to_100 = frame.rolling(100).mean() / frame - 1
    return to_50, to_100, frame / frame.rolling(YEAR_SESSIONS, min_periods=1).max() - 1


def run() -> list[Row]:
    """Ours beside the same figures by pandas' rolling windows."""
    closes = panel_of_closes()
    frame = pd.DataFrame(closes)
    mine, theirs = median_ms(lambda: by_holdline(closes)), median_ms(lambda: by_pandas(frame))
    return [
        Row("panel 503 x 2,520: DMAs, distances, drawdowns", mine, "ms", AIM_MS),
        Row("the same by pandas rolling", theirs, "ms"),
        Row("pandas / ours", theirs / mine, "x"),
    ]
