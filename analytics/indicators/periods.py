"""Days, weeks and months that sessions belong to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Sessions

Numbers = NDArray[np.int64]


def period_numbers(sessions: Sessions, period: str) -> Numbers:
    """A number that the sessions of one ``day``, ``week`` (from Monday) or ``month`` share."""
    if period == "month":
        return sessions.astype("datetime64[M]").astype(np.int64)
    days = sessions.astype("datetime64[D]").astype(np.int64)
    return days if period == "day" else (days + 3) // 7  # 1970-01-01 was a Thursday
