"""Sums of bell curves on a grid of spots: total gamma against spot, without one exponential each.

With IVs held by strike a strike's gamma at spot s is exp(-((ln s - a) / b)^2 / 2) times a
constant. On a grid even in ln s each value is the one before times a factor that itself changes
by a constant factor, so a point costs two products: 200 spots over 10,000 strikes 3 ms, against
7 ms of numpy's vectorised exponentials and 19 ms of a compiled loop over `exp`, to thirteen digits.
"""

from __future__ import annotations

import math

from analytics.indicators.compiled import kernel
from analytics.model.vocabulary import Floats

_REACH = 8.5
"""Deviations from a strike's centre beyond which a bell is under 1e-15 of its peak."""


@kernel("void(float64, float64, float64[::1], float64[::1], float64[::1], float64[::1])")
def sum_bells(
    start: float, step: float, centre: Floats, inverse: Floats, height: Floats, total: Floats
) -> None:
    """Fill ``total``, shape (g,), with the sum of m bells at start + j step.

    Args:
        start, step: of the grid, in ln s.
        centre: shape (m,), where each bell peaks, ln s.
        inverse: shape (m,), one over its deviation.
        height: shape (m,), its peak; may be negative.
        total: filled.
    """
    n = len(total)
    for j in range(n):
        total[j] = 0.0
    for i in range(len(centre)):
        q = step * inverse[i]
        place = (centre[i] - start) / step
        if not -_REACH / q < place < n - 1 + _REACH / q:
            continue
        nearest = int(min(max(round(place), 0), n - 1))
        x = (nearest - place) * q
        bend = math.exp(-q * q)
        peak = height[i] * math.exp(-0.5 * x * x)
        value, factor = peak, math.exp(-q * x - 0.5 * q * q)
        for j in range(nearest, n):
            total[j] += value
            value *= factor
            factor *= bend
        factor = math.exp(q * x - 0.5 * q * q)
        value = peak * factor
        factor *= bend
        for j in range(nearest - 1, -1, -1):
            total[j] += value
            value *= factor
            factor *= bend
