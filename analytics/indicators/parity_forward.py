"""Forwards from put-call parity: F = K + exp(rT) (C - P), one an expiry (Cboe, VIX methodology).

Parity holds for European prices; those of contracts that may be exercised early are taken less
their early-exercise premium (`analytics.indicators.early_exercise`). On NVDA's chain of
2025-01-06 the premium of the puts lowers a forward of 25 days by 0.02 dollars when it is left
in, and moves the 25-delta risk reversal by 0.08 vol points.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.compiled import kernel, part
from analytics.indicators.early_exercise import (
    early_exercise_value,
    volatility_without_exercise,
)
from analytics.model.vocabulary import Floats

NEAREST_PAIRS = 12
NEAR_MONEY = 0.10
"""Pairs count within this fraction of where a call and a put cost the same."""
_LEAST_ERROR = 0.005
"""Dollars: what a mid is uncertain by even when bid and ask are locked."""
_ROUNDS = 3


@part
def _nearest(
    call: Floats, put: Floats, strike: Floats, low: int, high: int, growth: float, chosen: Floats
) -> int:
    """Fill ``chosen`` with the places of the pairs nearest the money; how many there are."""
    money, smallest = np.nan, np.inf
    for i in range(low, high):
        gap = abs(call[i] - put[i])
        if gap < smallest:
            smallest = gap
            money = strike[i] + growth * (call[i] - put[i])
    found = 0
    for i in range(low, high):
        gap = abs(call[i] - put[i])
        if not gap < np.inf or abs(strike[i] / money - 1.0) > NEAR_MONEY:
            continue
        if found < NEAREST_PAIRS:
            at = found
            found += 1
        else:
            last = int(chosen[NEAREST_PAIRS - 1])
            if gap >= abs(call[last] - put[last]):
                continue
            at = NEAREST_PAIRS - 1
        # insertion by size of the gap; equal ones stay in the order of their strikes
        while at > 0:
            before = int(chosen[at - 1])
            if abs(call[before] - put[before]) <= gap:
                break
            chosen[at] = chosen[at - 1]
            at -= 1
        chosen[at] = i
    return found


@part
def _weighted_centre(values: Floats, weights: Floats, reach: Floats, n: int) -> float:
    """The weighted mean of what lies within its ``reach`` of the weighted median."""
    total = 0.0
    for j in range(n):
        total += weights[j]
    median = np.inf
    for j in range(n):
        # the least value that half of the weight lies at or below
        below = 0.0
        for k in range(n):
            if values[k] <= values[j]:
                below += weights[k]
        if below >= 0.5 * total:
            median = min(median, values[j])
    mean, weight = 0.0, 0.0
    for j in range(n):
        if abs(values[j] - median) <= reach[j]:
            mean += weights[j] * values[j]
            weight += weights[j]
    return mean / weight


@kernel(
    "void(int64[::1], int64[::1], float64[::1], float64[::1], float64[::1], float64[::1],"
    " float64[::1], float64[::1], float64, boolean, float64[:, ::1])"
)
def fit_forwards(
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    strike: Floats,
    call: Floats,
    put: Floats,
    spread: Floats,
    years: Floats,
    rate: Floats,
    dividend: float,
    american: bool,
    forwards: Floats,
) -> None:
    """Fill ``forwards``, shape (3, e): F, its standard error in dollars, and the pairs used.

    A guess K + exp(rT) (C - P) of each of the `NEAREST_PAIRS` pairs nearest the money, weighted
    by the inverse square of a quarter of its spread; one wild quote cannot move it.

    Args:
        starts, stops: shape (e,), each expiry's strikes among the m.
        strike: shape (m,), ascending within an expiry.
        call, put: shape (m,), mids; NaN where a leg has no usable quote.
        spread: shape (m,), bid-ask spreads of call and put together.
        years, rate: shape (e,), T and r.
        dividend: q, used for the early-exercise premium only.
        american: may be exercised early.
        forwards: NaN, NaN and 0 where no pair is quoted.
    """
    chosen = np.empty(NEAREST_PAIRS)
    values, weights = np.empty(NEAREST_PAIRS), np.empty(NEAREST_PAIRS)
    reach, premium = np.empty(NEAREST_PAIRS), np.empty(NEAREST_PAIRS)
    for e in range(len(starts)):
        t, r = years[e], rate[e]
        growth = math.exp(r * t)
        n = _nearest(call, put, strike, starts[e], stops[e], growth, chosen)
        forwards[0, e] = forwards[1, e] = np.nan
        forwards[2, e] = n
        if n == 0:
            continue
        for j in range(n):
            i = int(chosen[j])
            weights[j] = 1.0 / max(spread[i] / 4.0, _LEAST_ERROR) ** 2
            reach[j] = max(spread[i] / 2.0, 2.0 * _LEAST_ERROR)
            premium[j] = 0.0
        for turn in range(_ROUNDS):
            for j in range(n):
                i = int(chosen[j])
                values[j] = strike[i] + growth * (call[i] - put[i] + premium[j])
            forward = _weighted_centre(values, weights, reach, n)
            forwards[0, e] = forward
            if not american or not forward > 0.0 or turn == _ROUNDS - 1:
                break
            spot = forward * math.exp((dividend - r) * t)
            for j in range(n):
                i = int(chosen[j])
                above = strike[i] >= forward
                price = call[i] if above else put[i]
                sigma, _ = volatility_without_exercise(
                    price, forward, strike[i], t, r, dividend, above, True
                )
                premium[j] = early_exercise_value(
                    spot, strike[i], t, sigma, r, dividend, False
                ) - early_exercise_value(spot, strike[i], t, sigma, r, dividend, True)
        weight = 0.0
        for j in range(n):
            weight += weights[j]
        forwards[1, e] = max(math.sqrt(1.0 / weight), _LEAST_ERROR)
