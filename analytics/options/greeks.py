"""Black-Scholes-Merton prices and greeks of whole chains at once.

Formulas as in J. Hull, *Options, Futures, and Other Derivatives*, 10th ed., ch. 17 and 19
(with a continuous dividend yield q), vanna and charm as in E. Haug, *The Complete Guide to
Option Pricing Formulas*, 2nd ed., sections 2.3-2.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.black76 import fill_greeks
from analytics.indicators.numerics import ndtr
from analytics.model.vocabulary import Floats


@dataclass(frozen=True, eq=False)
class Greeks:
    """Sensitivities of one share's option, each of the shape of the inputs.

    Attributes:
        delta: dollars per dollar of the underlying.
        gamma: delta per dollar of the underlying.
        vega: dollars per 1.00 of volatility (divide by 100 for a vol point).
        theta: dollars per year of calendar time (divide by 365 for a day).
        vanna: delta per 1.00 of volatility.
        charm: delta per year of calendar time passing.
    """

    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    vanna: Floats
    charm: Floats


def greeks_on_forwards(
    spot: float,
    forward: Floats,
    strike: Floats,
    years: Floats,
    sigma: Floats,
    rate: Floats,
    dividend_yield: float,
    is_call: NDArray[np.bool_],
) -> Greeks:
    """Spot greeks of n options, each on its own expiry's forward (Black 1976).

    Args:
        spot: dollars.
        forward, strike: shape (n,), dollars.
        years: shape (n,), T > 0, years.
        sigma: shape (n,), volatility, a fraction a year; NaN gives NaN.
        rate: shape (n,), r, continuously compounded, a fraction a year.
        dividend_yield: q, likewise, for theta and charm.
        is_call: shape (n,).
    """
    found = np.empty((6, len(strike)))
    fill_greeks(spot, forward, strike, years, sigma, rate, dividend_yield, is_call, found)
    return Greeks(*found)


def black_scholes_price(
    spot: Floats | float,
    strike: Floats,
    years: Floats,
    sigma: Floats,
    rate: float,
    dividend_yield: float,
    is_call: NDArray[np.bool_],
) -> Floats:
    """European price in dollars (Hull, 10th ed., eq. 17.4 and 17.5); shapes broadcast."""
    deviation = sigma * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate - dividend_yield) * years) / deviation + deviation / 2
    side = np.where(is_call, 1.0, -1.0)
    price: Floats = side * (
        spot * np.exp(-dividend_yield * years) * ndtr(side * d1)
        - strike * np.exp(-rate * years) * ndtr(side * (d1 - deviation))
    )
    return price


def black_scholes_greeks(
    spot: Floats | float,
    strike: Floats,
    years: Floats,
    sigma: Floats,
    rate: float,
    dividend_yield: float,
    is_call: NDArray[np.bool_],
) -> Greeks:
    """All greeks from one set of intermediate terms; NaN where ``sigma`` is NaN.

    Args:
        spot: dollars.
        strike: dollars.
        years: T > 0, years.
        sigma: volatility, a fraction a year.
        rate: r, continuously compounded, a fraction a year.
        dividend_yield: q, likewise.
        is_call: calls True.
    """
    root = np.sqrt(years)
    deviation = sigma * root
    d1 = (np.log(spot / strike) + (rate - dividend_yield) * years) / deviation + deviation / 2
    d2 = d1 - deviation
    side = np.where(is_call, 1.0, -1.0)
    growth = np.exp(-dividend_yield * years)
    discount = np.exp(-rate * years)
    density = np.exp(-0.5 * d1 * d1) / np.sqrt(2 * np.pi)
    in_delta = side * ndtr(side * d1)
    in_strike = side * ndtr(side * d2)
    return Greeks(
        delta=growth * in_delta,
        gamma=growth * density / (spot * deviation),
        vega=spot * growth * density * root,
        theta=-spot * growth * density * sigma / (2 * root)
        + dividend_yield * spot * growth * in_delta
        - rate * strike * discount * in_strike,
        vanna=-growth * density * d2 / sigma,
        # the change of delta as time passes: minus its derivative by time to expiry
        charm=growth
        * (
            dividend_yield * in_delta
            - density * ((rate - dividend_yield) / deviation - d2 / (2 * years))
        ),
    )
