"""Black's implied volatilities of a chain, through the kernel of `analytics.indicators.black76`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.black76 import solve_implied_vols
from analytics.model.vocabulary import Floats


def implied_vols(
    price: Floats,
    is_call: NDArray[np.bool_],
    forward: Floats,
    strike: Floats,
    discount: Floats,
    years: Floats,
) -> Floats:
    """Implied volatility of European options under Black (1976), contract by contract.

    Args:
        price: shape (n,), today's price, dollars.
        is_call: shape (n,).
        forward: shape (n,), forward of the underlying to the expiry, dollars.
        strike: shape (n,), dollars.
        discount: shape (n,), exp(-r T).
        years: shape (n,), T > 0 in years.

    Returns:
        Shape (n,), a fraction a year (0.5 = 50%); NaN where no volatility gives the price.
    """
    vols = np.empty(len(price))
    solve_implied_vols(
        np.ascontiguousarray(price, np.float64),
        np.ascontiguousarray(is_call, np.bool_),
        np.ascontiguousarray(forward, np.float64),
        np.ascontiguousarray(strike, np.float64),
        np.ascontiguousarray(discount, np.float64),
        np.ascontiguousarray(years, np.float64),
        vols,
    )
    return vols
