"""Contracts grouped by their days to expiry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHORT, MEDIUM, TOTAL = "short", "medium", "total"
MEDIUM_DAYS = 90


def buckets(days: NDArray[np.int64], short_days: int) -> dict[str, NDArray[np.bool_]]:
    """Contracts by days to expiry: the five fixed buckets, short and medium term, and all.

    Args:
        days: shape (n,), calendar days from the session to the expiry; negative: expired.
        short_days: short term is 0 to this many days; medium term the rest up to 90.
    """
    limits = {
        SHORT: (0, short_days),
        MEDIUM: (short_days + 1, MEDIUM_DAYS),
        "0DTE": (0, 0),
        "1-7": (1, 7),
        "8-30": (8, 30),
        "31-90": (31, 90),
        ">90": (91, None),
        TOTAL: (0, None),
    }
    return {
        name: (days >= low) & (days <= (high if high is not None else np.inf))
        for name, (low, high) in limits.items()
    }
