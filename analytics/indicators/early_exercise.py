"""Early-exercise premium of American options, and volatilities without it.

The quadratic approximation of N. Ju and R. Zhong, *An Approximate Formula for Pricing American
Options*, Journal of Derivatives 7 (1999): that of Barone-Adesi and Whaley (1987) with a second
term, which takes its error on an at-the-money put from a fifth of the premium to a twelfth
(against QuantLib's exact engine: at most $0.003 on $100 to 30 days).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.black76 import implied_deviation, normal_cdf, normal_density
from analytics.indicators.compiled import kernel, part
from analytics.model.vocabulary import Floats

_NEGLIGIBLE = 2e-6
"""A premium whose bound is under this share of the strike (it is a fifth of it or less) is none."""
_MAX_STEPS = 30
_SETTLED = 0.005
"""A volatility that the premium moves by less moves the premium by less than it is known to."""


@part
def _european(
    spot: float,
    strike: float,
    years: float,
    sigma: float,
    rate: float,
    dividend: float,
    side: float,
) -> float:
    """Black-Scholes-Merton's price; ``side`` 1 for a call, -1 for a put."""
    deviation = sigma * math.sqrt(years)
    d1 = (math.log(spot / strike) + (rate - dividend) * years) / deviation + 0.5 * deviation
    return side * (
        spot * math.exp(-dividend * years) * normal_cdf(side * d1)
        - strike * math.exp(-rate * years) * normal_cdf(side * (d1 - deviation))
    )


@part
def _critical_price(
    strike: float,
    years: float,
    sigma: float,
    rate: float,
    dividend: float,
    side: float,
    power: float,
    perpetual_power: float,
) -> float:
    """The spot at which the quadratic approximation exercises, by Newton's method.

    The premium is flat in it (value matching and smooth pasting), so three digits are enough.
    """
    forever = strike / (1.0 - 1.0 / perpetual_power)
    deviation = sigma * math.sqrt(years)
    carry = rate - dividend
    # the start of Barone-Adesi and Whaley's appendix
    pull = (side * carry * years + 2.0 * deviation) * strike / abs(forever - strike)
    spot = strike + (forever - strike) * (1.0 - math.exp(-max(pull, 0.0)))
    growth, bond = math.exp(-dividend * years), strike * math.exp(-rate * years)
    for _ in range(_MAX_STEPS):
        d1 = (math.log(spot / strike) + carry * years) / deviation + 0.5 * deviation
        inside = growth * normal_cdf(side * d1)
        european = side * (spot * inside - bond * normal_cdf(side * (d1 - deviation)))
        error = side * (spot - strike) - european - side * spot / power * (1.0 - inside)
        slope = side * (1.0 - inside) * (1.0 - 1.0 / power)
        slope += growth * normal_density(d1) / (deviation * power)
        after = spot - error / slope
        if not after > 0.0:
            after = 0.5 * spot
        if abs(after - spot) < 2e-4 * strike:
            return after
        spot = after
    return spot


@part
def early_exercise_value(
    spot: float, strike: float, years: float, sigma: float, rate: float, dividend: float, call: bool
) -> float:
    """American less European price, dollars; r and q continuously compounded."""
    side = 1.0 if call else -1.0
    gains = dividend if call else rate
    # without a dividend a call is best held to the end; so is a put without a rate
    if not gains > 0.0 or not sigma > 0.0:
        return 0.0
    deviation = sigma * math.sqrt(years)
    # a call is exercised above K max(1, r / q), a put below K min(1, r / q): what is gained by
    # it is at most q S T, or r K T, of the chance to end beyond
    beyond = strike
    if dividend > 0.0 and rate > 0.0:
        beyond *= max(1.0, rate / dividend) if call else min(1.0, rate / dividend)
    d1 = (math.log(spot / beyond) + (rate - dividend) * years) / deviation + 0.5 * deviation
    reached = normal_cdf(d1) if call else normal_cdf(deviation - d1)
    base = spot if call else strike
    if gains * base * years * reached < _NEGLIGIBLE * strike:
        return 0.0
    r = max(rate, 1e-9)
    h = -math.expm1(-r * years)
    alpha = 2.0 * r / (sigma * sigma)
    beta = 2.0 * (r - dividend) / (sigma * sigma) - 1.0
    width = math.sqrt(beta * beta + 4.0 * alpha / h)
    power = 0.5 * (side * width - beta)
    forever = 0.5 * (side * math.sqrt(beta * beta + 4.0 * alpha) - beta)
    critical = _critical_price(strike, years, sigma, r, dividend, side, power, forever)
    if side * (spot - critical) >= 0.0:
        european = _european(spot, strike, years, sigma, rate, dividend, side)
        return max(side * (spot - strike) - european, 0.0)
    gain = side * (critical - strike)
    gain -= _european(critical, strike, years, sigma, r, dividend, side)
    # the second term: b and c of Ju and Zhong's equations 15-17
    d1 = (math.log(critical / strike) + (r - dividend) * years) / deviation + 0.5 * deviation
    growth = math.exp(-dividend * years)
    decay = r * (1.0 - h)
    by_h = critical * normal_density(d1) * growth * sigma / (2.0 * math.sqrt(years) * decay)
    by_h -= side * dividend * critical * growth * normal_cdf(side * d1) / decay
    by_h += side * strike * normal_cdf(side * (d1 - deviation))
    bend = -side * alpha / (h * h * width)
    turn = 2.0 * power + beta
    b = (1.0 - h) * alpha * bend / (2.0 * turn)
    c = -(1.0 - h) * alpha / turn * (by_h / gain + 1.0 / h + bend / turn)
    log = math.log(spot / critical)
    correction = 1.0 - (b * log + c) * log
    premium: float = gain * (spot / critical) ** power / correction
    return max(premium, 0.0)


@part
def volatility_without_exercise(
    price: float,
    forward: float,
    strike: float,
    years: float,
    rate: float,
    dividend: float,
    call: bool,
    american: bool,
) -> tuple[float, float]:
    """(sigma, premium): Black's implied volatility of the price less its early-exercise value.

    The premium depends on sigma and sigma on the premium: from the European answer on, a secant
    through two premiums settles both. (NaN, 0) where no volatility gives the price.
    """
    discount = math.exp(-rate * years)
    scale = discount * math.sqrt(forward * strike)
    intrinsic = max(forward - strike, 0.0) if call else max(strike - forward, 0.0)
    x = -abs(math.log(forward / strike))
    root = math.sqrt(years)
    sigma = implied_deviation((price - discount * intrinsic) / scale, x) / root
    premium = 0.0
    if not american or not sigma > 0.0:
        return sigma, premium
    spot = forward * math.exp((dividend - rate) * years)
    first = early_exercise_value(spot, strike, years, sigma, rate, dividend, call)
    if first <= 0.0:
        return sigma, premium
    worth = price - discount * intrinsic
    lower = implied_deviation((worth - first) / scale, x) / root
    if not lower > 0.0:
        return np.nan, first
    if sigma - lower < _SETTLED * sigma:
        return lower, first
    second = early_exercise_value(spot, strike, years, lower, rate, dividend, call)
    turn = (first - second) / first
    premium = (second + turn * first) / (1.0 + turn)
    return implied_deviation((worth - premium) / scale, x) / root, premium


@kernel(
    "void(float64[::1], boolean[::1], float64[::1], float64[::1], float64[::1], float64[::1],"
    " float64, boolean, float64[::1], float64[::1])"
)
def solve_vols_without_exercise(
    price: Floats,
    is_call: NDArray[np.bool_],
    forward: Floats,
    strike: Floats,
    years: Floats,
    rate: Floats,
    dividend: float,
    american: bool,
    vols: Floats,
    premiums: Floats,
) -> None:
    """Fill implied volatilities and early-exercise premiums of n prices.

    Args:
        price, is_call, forward, strike, years: shape (n,): today's price, the side, F, K, T > 0.
        rate: shape (n,), r, continuously compounded.
        dividend: q, likewise.
        american: may be exercised early.
        vols: shape (n,), filled with fractions a year, NaN where no volatility gives the price.
        premiums: shape (n,), filled with dollars.
    """
    for i in range(len(price)):
        vols[i], premiums[i] = np.nan, 0.0
        if price[i] > 0.0 and forward[i] > 0.0 and strike[i] > 0.0 and years[i] > 0.0:
            vols[i], premiums[i] = volatility_without_exercise(
                price[i],
                forward[i],
                strike[i],
                years[i],
                rate[i],
                dividend,
                is_call[i],
                american,
            )
