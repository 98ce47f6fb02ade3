"""A sketch to measure the options analysis beside: the bare numbers in one compiled loop.

Implied volatility by Newton's method, gamma, GEX and its profile over 200 spots; on one forward an
expiry that is given, without hygiene, early exercise, smiles or a reason for what is absent.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from analytics.model.vocabulary import Floats, OptionChain

_STEPS = 30


@njit(cache=True, error_model="numpy")
def _cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@njit(cache=True, error_model="numpy")
def _sketch(
    price: Floats,
    call: np.ndarray,
    forward: Floats,
    strike: Floats,
    discount: Floats,
    interest: Floats,
    spot: float,
    spots: Floats,
    log_spots: Floats,
    profile: Floats,
) -> float:
    """Net GEX at ``spot``; ``profile`` is filled with it at each of ``spots``."""
    total, log_spot = 0.0, math.log(spot)
    for i in range(len(price)):
        f, k = forward[i], strike[i]
        worth = price[i] / discount[i]
        worth -= max(f - k, 0.0) if call[i] else max(k - f, 0.0)
        if worth < 0.005:
            continue
        x = math.log(f / k)
        s = math.sqrt(2.0 * abs(x)) + 1e-6 if abs(x) > 1e-9 else worth / f * 2.5
        side = 1.0 if k >= f else -1.0
        for _ in range(_STEPS):
            d1 = x / s + 0.5 * s
            made = side * (f * _cdf(side * d1) - k * _cdf(side * (d1 - s)))
            slope = f * math.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi)
            step = (worth - made) / slope
            s = max(s + step, 0.3 * s)
            if abs(step) < 1e-12:
                break
        sign = 1.0 if call[i] else -1.0
        scale = sign * interest[i] * discount[i] * f / spot / (s * math.sqrt(2.0 * math.pi))
        centre = math.log(k * spot / f) - 0.5 * s * s
        d1 = (log_spot - centre) / s
        total += scale * math.exp(-0.5 * d1 * d1) * spot
        for j in range(len(spots)):
            d1 = (log_spots[j] - centre) / s
            profile[j] += scale * math.exp(-0.5 * d1 * d1) * spots[j]
    return total


def sketch(chain: OptionChain, years: Floats, spot: float, rate: float, carry: float) -> float:
    """Net GEX of a chain on given carries; the profile is thrown away."""
    spots, profile = np.linspace(0.8 * spot, 1.2 * spot, 200), np.zeros(200)
    net: float = _sketch(
        (chain.bid + chain.ask) / 2,
        chain.is_call,
        spot * np.exp(carry * years),
        chain.strike,
        np.exp(-rate * years),
        chain.open_interest,
        spot,
        spots,
        np.log(spots),
        profile,
    )
    return net
