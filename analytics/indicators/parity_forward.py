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
_CHEAP, _DEAR = 0.08, 0.30
"""Calls that cost so much of one at the money are hardly exercised early, whatever the dividend."""
_PREMIUM_ERROR = 0.15
"""What a premium of early exercise is uncertain by, as a share of it."""
_SURE = 3.0
_LEAST_SHIFT = 2e-4
_SHIFT_ERROR = 0.25
"""What a forward's shift is uncertain by, as a share of it."""


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


@part
def _forward(
    call: Floats,
    put: Floats,
    strike: Floats,
    spread: Floats,
    chosen: Floats,
    n: int,
    t: float,
    r: float,
    dividend: float,
    american: bool,
    forward: float,
    work: Floats,
) -> tuple[float, float]:
    """(F, its standard error) by the ``n`` pairs ``chosen``.

    Early exercise is taken off by the model, from a first ``forward`` on or, where that is NaN,
    from what the pairs tell with it left in.
    """
    growth = math.exp(r * t)
    values, weights, reach, premium = work[0], work[1], work[2], work[3]
    total = 0.0
    for j in range(n):
        i = int(chosen[j])
        weights[j] = 1.0 / max(spread[i] / 4.0, _LEAST_ERROR) ** 2
        reach[j] = max(spread[i] / 2.0, 2.0 * _LEAST_ERROR)
        premium[j] = 0.0
        total += weights[j]
    for turn in range(_ROUNDS):
        if turn > 0 or not forward > 0.0:
            for j in range(n):
                i = int(chosen[j])
                values[j] = strike[i] + growth * (call[i] - put[i] + premium[j])
            forward = _weighted_centre(values, weights, reach, n)
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
    exercise = 0.0
    for j in range(n):
        exercise += weights[j] * abs(premium[j]) / total
    error = math.sqrt(1.0 / total + (_PREMIUM_ERROR * exercise) ** 2)
    return forward, max(error, _LEAST_ERROR)


@part
def _beyond_exercise(
    call: Floats,
    put: Floats,
    strike: Floats,
    low: int,
    high: int,
    forward: float,
    chosen: Floats,
) -> int:
    """Fill ``chosen`` with pairs whose call is well out of the money, those nearest to it first.

    How many there are; where there are more than room, the farther half stays out.
    """
    money, smallest = np.nan, np.inf
    for i in range(low, high):
        if call[i] + put[i] < np.inf and abs(strike[i] - forward) < smallest:
            smallest = abs(strike[i] - forward)
            money = 0.5 * (call[i] + put[i])
    found = 0
    for i in range(low, high):
        if found == NEAREST_PAIRS or not (strike[i] > forward and put[i] < np.inf):
            continue
        if _CHEAP * money <= call[i] <= _DEAR * money:
            chosen[found] = i
            found += 1
    return found


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
    """Fill ``forwards``, shape (4, e): F, its error, the pairs used, and where calls count.

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
        forwards: dollars; NaN, NaN, 0 and 0 where no pair is quoted. The last is the strike from
            which on calls are not exercised early: F itself, unless calls nearer the money are.
    """
    chosen, work = np.empty(NEAREST_PAIRS), np.empty((4, NEAREST_PAIRS))
    for e in range(len(starts)):
        t, r = years[e], rate[e]
        low, high = starts[e], stops[e]
        n = _nearest(call, put, strike, low, high, math.exp(r * t), chosen)
        forwards[0, e] = forwards[1, e] = np.nan
        forwards[2, e], forwards[3, e] = n, 0.0
        if n == 0:
            continue
        forward, error = _forward(
            call, put, strike, spread, chosen, n, t, r, dividend, american, np.nan, work
        )
        if american and forward > 0.0:
            # ahead of a dividend calls near the money are worth exercising, by how much only
            # its day would tell: where that shows, calls that nobody exercises tell the forward
            beyond = _beyond_exercise(call, put, strike, low, high, forward, chosen)
            if beyond > 1:
                lower, its = _forward(
                    call, put, strike, spread, chosen, beyond, t, r, dividend, True, forward, work
                )
                shift = forward - lower
                agree = 0
                for j in range(beyond):
                    agree += abs(work[0, j] - lower) <= _SHIFT_ERROR * shift + work[2, j]
                sure = shift > _SURE * max(error, its) and shift > _LEAST_SHIFT * forward
                if sure and 3 * agree >= 2 * beyond:
                    forward, error = lower, max(its, _SHIFT_ERROR * shift)
                    forwards[2, e] = beyond
                    forwards[3, e] = strike[int(chosen[beyond - 1])]
        forwards[0, e], forwards[1, e] = forward, error
        forwards[3, e] = max(forwards[3, e], forward)
