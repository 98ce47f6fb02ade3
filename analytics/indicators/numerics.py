"""Functions of scipy's that many analytics share, imported at their first call; roots.

scipy takes a tenth of a start in which nothing is computed yet; a call pays a microsecond.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any


def ndtr(x: Any) -> Any:
    """The standard normal distribution function; a number or an array, as ``x`` is."""
    from scipy.special import ndtr as function

    return function(x)


def log_ndtr(x: Any) -> Any:
    """Its logarithm, also where the function itself is too small for a float."""
    from scipy.special import log_ndtr as function

    return function(x)


def root(function: Callable[[float], float], low: float, high: float, xtol: float = 0.0) -> float:
    """Where ``function`` is zero between ``low`` and ``high``.

    Chandrupatla's method (Advances in Engineering Software 28, 1997, pp. 145-149): inverse
    quadratic interpolation where the last three points allow it, else halving. Importing
    `scipy.optimize` for its one function would take 23 MB of every server.

    Args:
        xtol: absolute; no finer than the float's own digits.

    Raises:
        ValueError: the signs at the two ends do not differ.
    """
    x1, x2 = low, high
    f1, f2 = function(x1), function(x2)
    if f1 * f2 > 0 or math.isnan(f1 * f2):
        raise ValueError(f"no change of sign between {low} and {high}")
    share = 0.5
    while True:
        best = x1 if abs(f1) < abs(f2) else x2
        least = (2 * sys.float_info.epsilon * abs(best) + 0.5 * xtol) / max(
            abs(x2 - x1), sys.float_info.min
        )
        if least > 0.5 or f1 == 0 or f2 == 0:
            return best
        x = x1 + min(max(share, least), 1 - least) * (x2 - x1)
        f = function(x)
        if (f > 0) == (f1 > 0):
            x3, f3 = x1, f1
        else:
            x3, f3, x2, f2 = x2, f2, x1, f1
        x1, f1 = x, f
        share = _inverse_quadratic((x1, f1), (x2, f2), (x3, f3))


def _inverse_quadratic(
    one: tuple[float, float], two: tuple[float, float], three: tuple[float, float]
) -> float:
    """Where between ``one`` and ``two`` the next point lies; a half where the fit is no guide."""
    (x1, f1), (x2, f2), (x3, f3) = one, two, three
    xi, phi = (x1 - x2) / (x3 - x2), (f1 - f2) / (f3 - f2)
    if not (phi * phi < xi and (1 - phi) ** 2 < 1 - xi):
        return 0.5
    return f1 / (f2 - f1) * f3 / (f2 - f3) + (x3 - x1) / (x2 - x1) * f1 / (f3 - f1) * f2 / (f3 - f2)
