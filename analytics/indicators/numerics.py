"""Functions of scipy's that many analytics share, imported at their first call.

scipy takes a tenth of a start in which nothing is computed yet; a call pays a microsecond.
"""

from __future__ import annotations

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


def root(function: Callable[[float], float], low: float, high: float, **tolerance: float) -> float:
    """Where ``function`` is zero between ``low`` and ``high``, by Brent's method.

    ``tolerance`` is `scipy.optimize.brentq`'s: xtol, rtol, maxiter.

    Raises:
        ValueError: the signs at the two ends do not differ.
    """
    from scipy.optimize import brentq

    return float(brentq(function, low, high, **tolerance))
