"""What early exercise adds to an option's price, by Barone-Adesi and Whaley (1987).

The quadratic approximation as in E. Haug, *The Complete Guide to Option Pricing Formulas*,
2nd ed., section 3.1: within a cent or two of the exact price up to a year, which is a few
percent of the premium where that matters. The tests hold it against QuantLib's engines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.numerics import ndtr
from analytics.model.vocabulary import Floats
from analytics.options.greeks import black_scholes_greeks, black_scholes_price

_BISECTIONS = 40
_LEAST_RATE = 1e-9
_MAX_POINTS = 500.0
"""No IV may be above 500%, so no error counts for more."""


def early_exercise_premium(
    spot: float,
    strike: Floats,
    years: Floats,
    sigma: Floats,
    rate: float,
    dividend_yield: float,
    is_call: NDArray[np.bool_],
) -> Floats:
    """American less European price, dollars, by Barone-Adesi and Whaley (1987).

    Haug, 2nd ed., section 3.1, with cost of carry b = r - q. A call without a dividend yield
    and a put without a rate are worth nothing more for early exercise.

    Args:
        spot: dollars.
        strike, years, sigma: shape (n,); T > 0, volatility a fraction a year.
        rate, dividend_yield: r and q, fractions a year.
        is_call: shape (n,).
    """
    premium = np.zeros(len(strike))
    # without a yield a call is best held to the end; so is a put without a rate
    pays = np.where(is_call, dividend_yield > 0, rate > 0)
    if pays.any():
        premium[pays] = _premium(
            spot, strike[pays], years[pays], sigma[pays], rate, dividend_yield, is_call[pays]
        )
    return premium


def _premium(
    spot: float,
    strike: Floats,
    years: Floats,
    sigma: Floats,
    rate: float,
    dividend_yield: float,
    is_call: NDArray[np.bool_],
) -> Floats:
    """`early_exercise_premium` of contracts that may be worth exercising."""
    side = np.where(is_call, 1.0, -1.0)
    variance = sigma**2
    drift = 2 * (rate - dividend_yield) / variance - 1
    r = max(rate, _LEAST_RATE)
    power = (side * np.sqrt(drift**2 + 8 * r / variance / -np.expm1(-r * years)) - drift) / 2
    forever = (side * np.sqrt(drift**2 + 8 * r / variance) - drift) / 2
    growth = np.exp(-dividend_yield * years)
    deviation = sigma * np.sqrt(years)

    def gain(price: Floats) -> Floats:
        """What the premium adds at a critical price (Haug's A1 and A2)."""
        d1 = (np.log(price / strike) + (rate - dividend_yield) * years) / deviation
        return side * price / power * (1 - growth * ndtr(side * (d1 + deviation / 2)))

    def european(price: Floats | float) -> Floats:
        return black_scholes_price(price, strike, years, sigma, rate, dividend_yield, is_call)

    # the critical price lies between the strike and where a perpetual option is exercised
    held, exercised = strike.astype(float), strike / (1 - 1 / forever)
    for _ in range(_BISECTIONS):
        critical = (held + exercised) / 2
        stops = side * (critical - strike) >= european(critical) + gain(critical)
        exercised = np.where(stops, critical, exercised)
        held = np.where(stops, held, critical)
    beyond = side * (spot - critical) >= 0
    ratio = np.where(beyond, 1.0, spot / critical)
    waiting = gain(critical) * ratio**power
    found: Floats = np.maximum(
        np.where(beyond, side * (spot - strike) - european(spot), waiting), 0.0
    )
    return found


def exercise_error_points(
    spot: float,
    strike: Floats,
    years: Floats,
    sigma: Floats,
    rate: float,
    dividend_yield: float,
    is_call: NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """The premium, dollars, and premium / vega: by how many vol points a European IV is too high.

    First order; arguments as of `early_exercise_premium`.
    """
    terms = (spot, strike, years, sigma, rate, dividend_yield, is_call)
    premium = early_exercise_premium(*terms)
    vega = black_scholes_greeks(*terms).vega
    points: Floats = np.minimum(100 * premium / np.maximum(vega, 1e-12), _MAX_POINTS)
    return premium, points
