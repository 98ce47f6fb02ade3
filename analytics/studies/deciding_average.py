"""The moving average that decides at a moment (methods, "One level decides").

In session it is the one through the session before, known before the open and fixed all day;
after the close the one through the session, which is the next session's.
"""

from __future__ import annotations

import numpy as np

from analytics.indicators.series import latest_dma, moving_average
from analytics.model.vocabulary import Bars, Floats


def deciding_average(bars: Bars, sessions: int) -> float | None:
    """The average over ``sessions`` closes that the newest price is compared with.

    None with too few closes, and in session where the session before has no bar.
    """
    if bars.last_complete:
        return latest_dma(bars.close, sessions)
    return None if bars.no_previous else latest_dma(bars.close[:-1], sessions)


def deciding_averages(bars: Bars, sessions: int) -> Floats:
    """The average through each session, shape (n,); of one under way the one that decides."""
    averages = moving_average(bars.close, sessions)
    if not bars.last_complete:
        decides = deciding_average(bars, sessions)
        averages[-1] = np.nan if decides is None else decides
    return averages
