"""Intervals beside every rate and mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Z95 = 1.959963984540054
MIN_FOR_RATE = 10


def wilson(successes: int, n: int, z: float = Z95) -> tuple[float, float] | None:
    """Wilson score interval of a rate, as fractions; None without observations.

    Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 1927;
    15 of 16 gives (.717, .989), 5 of 5 (.566, 1).
    """
    if n == 0:
        return None
    rate = successes / n
    centre = rate + z * z / (2 * n)
    spread = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)


def mean_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """95% Student interval of the mean of independent values; None with fewer than two."""
    n = len(values)
    if n < 2:
        return None
    from scipy.special import stdtrit  # deferred: half the start-up cost of a page

    array = np.asarray(values, dtype=np.float64)
    half = float(stdtrit(n - 1, 0.975)) * float(array.std(ddof=1)) / math.sqrt(n)
    return float(array.mean()) - half, float(array.mean()) + half


def apart(sessions: Sequence[int], least: int) -> list[int]:
    """Positions in ``sessions`` (ascending) of those at least ``least`` after the last kept."""
    positions: list[int] = []
    last = -math.inf
    for i, session in enumerate(sessions):
        if session - last >= least:
            positions.append(i)
            last = session
    return positions
