"""The probability that a price touches a level below it, under a local volatility.

The density of x = ln(price / level), absorbed at x = 0, is carried forward in time under the
local volatility of a surface of total variance (B. Dupire 1994): sigma^2(k, u) = dw/du / g with
Durrleman's g (J. Gatheral, *The Volatility Surface*, 2006, eq. 1.10). The scheme is the transpose
of Crank-Nicolson's for the backward equation, so one run tells every horizon; it begins with
implicit Euler steps, which damp the point it starts from (R. Rannacher 1984; M. Giles and R.
Carter 2006). Variance is linear in time between expiries at constant k = ln(price / forward).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.compiled import kernel, part
from analytics.indicators.smile_spline import density_factor, spline_at
from analytics.model.vocabulary import Floats

_DAMPED_STEPS = 4
_LEAST_G = 0.02
"""Where the density all but vanishes the local variance is held at 50 times the expiry's."""
_LEAST_VARIANCE = 1e-12


@part
def read_variance(
    z: Floats, fits: Floats, start: int, stop: int, scale: float, k: float, found: Floats
) -> None:
    """Fill ``found`` with w and its first and second derivative by k, of one expiry."""
    value, slope, curvature = spline_at(z[start:], fits[:, start:stop], stop - start, k / scale)
    found[0], found[1], found[2] = value * scale * scale, slope * scale, curvature


@part
def _read_expiry(
    j: int,
    x: Floats,
    shift: float,
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    z: Floats,
    fits: Floats,
    scale: Floats,
    before: Floats,
    after: Floats,
) -> None:
    """Fill ``after``, shape (3, n), with expiry j's variance at k = x - shift.

    No less than ``before``: total variance never falls with time (no calendar arbitrage).
    """
    one = np.empty(3)
    for i in range(len(x)):
        read_variance(z, fits, starts[j], stops[j], scale[j], x[i] - shift, one)
        at = one if one[0] > before[0, i] else before[:, i]
        after[0, i], after[1, i], after[2, i] = at[0], at[1], at[2]


@part
def _local_variance(k: float, share: float, per_time: float, near: Floats, far: Floats) -> float:
    """sigma^2(k) at a ``share`` of the way between two expiries, dw/du = ``per_time``."""
    w = near[0] + share * (far[0] - near[0])
    slope = near[1] + share * (far[1] - near[1])
    curvature = near[2] + share * (far[2] - near[2])
    g = density_factor(k, max(w, _LEAST_VARIANCE), slope, curvature)
    return max(per_time, 0.0) / max(g, _LEAST_G)


@part
def _coefficients(
    x: Floats,
    shift: float,
    off: float,
    share: float,
    drift: float,
    span: float,
    near: Floats,
    far: Floats,
    lower: Floats,
    diagonal: Floats,
    upper: Floats,
) -> None:
    """Fill the three diagonals of the backward equation's operator at one time.

    Args:
        shift: where k of the grid was read, ``off`` how far the forward is from there by now.
        share: of the way between the two expiries whose variances ``near`` and ``far`` are;
            ``span`` is the clock's time between them, ``drift`` the forward's per time.
    """
    one, two = np.empty(3), np.empty(3)
    for i in range(1, len(x) - 1):
        for m in range(2):
            w, at = (near, one) if m == 0 else (far, two)
            at[0] = w[0, i] + off * (w[1, i] + 0.5 * off * w[2, i])
            at[1] = w[1, i] + off * w[2, i]
            at[2] = w[2, i]
        per_time = (two[0] - one[0]) / span
        variance = _local_variance(x[i] - shift + off, share, per_time, one, two)
        push = drift - 0.5 * variance
        below, above = x[i] - x[i - 1], x[i + 1] - x[i]
        lower[i] = (variance - push * above) / (below * (below + above))
        upper[i] = (variance + push * below) / (above * (below + above))
        diagonal[i] = -lower[i] - upper[i]


@part
def _advance(
    mass: Floats,
    lower: Floats,
    diagonal: Floats,
    upper: Floats,
    step: float,
    damped: bool,
    pivot: Floats,
    right: Floats,
) -> float:
    """Carry ``mass`` one step on, in place; what is left of it.

    Args:
        damped: by implicit Euler, else by Crank-Nicolson.
        pivot, right: room for the elimination, shape of ``mass``.
    """
    n = len(mass)
    theta = step if damped else 0.5 * step
    # (1 - theta A') y = mass, A' the transpose; what reaches x = 0 is gone, the top holds
    for i in range(1, n):
        main = 1.0 - theta * diagonal[i]
        value = mass[i]
        if i > 1:
            weight = -theta * upper[i - 1] / pivot[i - 1]
            main -= weight * (-theta * lower[i])
            value -= weight * right[i - 1]
        pivot[i], right[i] = main, value
    after = 0.0
    total = 0.0
    for i in range(n - 1, 0, -1):
        value = right[i]
        if i < n - 1:
            value += theta * lower[i + 1] * after
        after = value / pivot[i]
        mass[i] = after if damped else 2.0 * after - mass[i]
        total += mass[i]
    return total


@kernel(
    "void(float64, float64[::1], float64[::1], int64[::1], int64[::1], float64[::1],"
    " float64[:, ::1], float64[::1], float64[::1], float64[::1], int64, float64[::1])"
)
def touch_by_time(
    level: float,
    ends: Floats,
    log_forward: Floats,
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    z: Floats,
    fits: Floats,
    scale: Floats,
    times: Floats,
    x: Floats,
    first: int,
    touched: Floats,
) -> None:
    """Fill ``touched``, shape of ``times``: the probability of a touch by each time.

    Args:
        level: K, dollars.
        ends: shape (j,), the expiries on the clock, ascending, > 0.
        log_forward: shape (j + 1,), ln of the spot and of each expiry's forward; between them
            linear on the clock.
        starts, stops, z, fits, scale: the expiries' smiles, as `smile_spline.fit_smiles` fills
            them; scale of shape (j,).
        times: shape (s,), ascending from 0, every expiry up to the last among them, which is not
            after the last expiry.
        x: shape (n,), the grid of ln(price / level), ascending from 0.
        first: where on the grid the spot lies.
        touched: filled.
    """
    n = len(x)
    mass, right, pivot = np.zeros(n), np.empty(n), np.empty(n)
    lower, upper, diagonal = np.zeros(n), np.zeros(n), np.zeros(n)
    near, far = np.zeros((3, n)), np.zeros((3, n))
    mass[first] = 1.0
    touched[0] = 0.0
    j, begun = -1, 0.0
    shift = drift = 0.0
    for s in range(1, len(times)):
        if j < 0 or times[s] > ends[j] + 1e-12:
            # the next expiry: its smile is read once, at the forward half way to it
            begun = 0.0 if j < 0 else ends[j]
            j += 1
            drift = (log_forward[j + 1] - log_forward[j]) / (ends[j] - begun)
            shift = 0.5 * (log_forward[j] + log_forward[j + 1]) - math.log(level)
            for i in range(n):
                near[0, i], near[1, i], near[2, i] = far[0, i], far[1, i], far[2, i]
            _read_expiry(j, x, shift, starts, stops, z, fits, scale, near, far)
        step = times[s] - times[s - 1]
        middle = times[s] - 0.5 * step
        share = (middle - begun) / (ends[j] - begun)
        # where the forward is by now: k moves from where the smiles were read
        off = shift - (log_forward[j] + drift * (middle - begun) - math.log(level))
        _coefficients(
            x, shift, off, share, drift, ends[j] - begun, near, far, lower, diagonal, upper
        )
        damped = s <= _DAMPED_STEPS
        touched[s] = 1.0 - _advance(mass, lower, diagonal, upper, step, damped, pivot, right)
