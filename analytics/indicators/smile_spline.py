"""A smooth smile within its quotes: total variance against log-moneyness, density not negative.

A natural cubic smoothing spline with a knot at each quote (C. Reinsch 1967; P. Green and B.
Silverman, *Nonparametric Regression and Generalized Linear Models*, 1994, section 2.3): as smooth
as the noise of the mids allows, which their second differences tell (T. Gasser, L. Sroka and
C. Jennen-Steinmetz 1986). Where it implies a negative density (J. Gatheral, *The Volatility
Surface*, 2006, ch. 1; V. Durrleman's condition) the quotes around count for less, until it does
not; where it leaves a bid and ask, that quote counts for more.

Chosen by residual and density on 43 recorded expiries of NVDA, AAPL, CLX and the S&P 500 against
SVI (Gatheral), fitted to the same quotes with the same weights:

==================  ==============  =====================  ==================
method              within quotes   residual, vol points   negative densities
==================  ==============  =====================  ==================
this spline         95-100%         0.00-0.25              0
SVI                 2-100%, med 55  0.12-1.8               2
==================  ==============  =====================  ==================

Inside, k is scaled by the at-the-money deviation, z = k / s0, and w by its square.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.black76 import normal_cdf
from analytics.indicators.compiled import kernel, part
from analytics.model.vocabulary import Floats

LEAST_QUOTES = 5
_NOISE_ROUNDS = 4
_CUT, _CUT_MEAN = 3.0, 0.6636
"""The mean of a chi-square of one degree below three times its mean, over its mean."""
_ROUGHEST, _SMOOTHEST = 1e-4, 1e4
_HALVINGS = 6
_LARGEST_NOISE = 0.25
"""A mid is taken to be right to half a half-spread at least (in variance, a quarter)."""
_INSIDE = 0.9
_ROUNDS = 60
_PATIENCE = 10
_LESS, _MORE = 1.7, 2.0
_POINTS = 4
"""Densities checked an interval between knots, at least."""
_WIDEST_STEP = 0.04
"""Deviations between two of them: few quotes leave knots far apart, where a cubic bends more."""


@part
def _noise(z: Floats, y: Floats, error: Floats, n: int) -> float:
    """Variance of the mids around a smooth curve, in units of ``error`` squared."""
    cut = np.inf
    mean = 0.0
    for _ in range(_NOISE_ROUNDS):
        total, count = 0.0, 0
        for i in range(1, n - 1):
            a = (z[i + 1] - z[i]) / (z[i + 1] - z[i - 1])
            b = 1.0 - a
            off = a * y[i - 1] + b * y[i + 1] - y[i]
            size = (a * error[i - 1]) ** 2 + (b * error[i + 1]) ** 2 + error[i] ** 2
            square = off * off / size
            if square <= cut:
                total += square
                count += 1
        mean = total / max(count, 1)
        if cut < np.inf:
            mean /= _CUT_MEAN
        cut = _CUT * mean
    return mean


@part
def smooth(
    z: Floats, y: Floats, variance: Floats, roughness: float, n: int, work: Floats, fit: Floats
) -> None:
    """Fill ``fit``, shape (2, n): the values and second derivatives of the smoothing spline.

    Minimises sum (y - g)^2 / variance + roughness * integral of g''^2 by Reinsch's banded system,
    solved as L D L'. ``work`` has shape (6, n); its row 4 holds 1 / (z[i + 1] - z[i]) already.
    """
    m = n - 2
    inverse, first, second, right, steep = work[0], work[1], work[2], work[3], work[4]
    # the five bands and L D L' of them, row by row; `inverse` is one over D
    low_first = low_second = before = before_second = 0.0
    for j in range(m):
        a, c = steep[j], steep[j + 1]
        b = -a - c
        main = (z[j + 2] - z[j]) / 3.0 + roughness * (
            a * a * variance[j] + b * b * variance[j + 1] + c * c * variance[j + 2]
        )
        value = (y[j + 2] - y[j + 1]) * c - (y[j + 1] - y[j]) * a
        e = steep[j + 2] if j + 1 < m else 0.0
        side = (z[j + 2] - z[j + 1]) / 6.0
        side += roughness * (b * c * variance[j + 1] - c * (c + e) * variance[j + 2])
        if j >= 1:
            main -= low_first * before
            side -= low_first * before_second
            value -= first[j - 1] * right[j - 1]
        if j >= 2:
            main -= second[j - 2] * low_second
            value -= second[j - 2] * right[j - 2]
        pivot = 1.0 / main
        far = roughness * c * e * variance[j + 2]
        low_second = before_second
        first[j], second[j] = side * pivot, far * pivot
        low_first, before, before_second = first[j], side, far
        inverse[j], right[j] = pivot, value
    fit[1, 0] = fit[1, n - 1] = 0.0
    for j in range(m - 1, -1, -1):
        value = right[j] * inverse[j]
        if j + 1 < m:
            value -= first[j] * right[j + 1]
        if j + 2 < m:
            value -= second[j] * right[j + 2]
        right[j] = value
        fit[1, j + 1] = value
    for i in range(n):
        pull = 0.0
        if i < m:
            pull += right[i] * steep[i]
        if 1 <= i <= m:
            pull -= right[i - 1] * (steep[i - 1] + steep[i])
        if i >= 2:
            pull += right[i - 2] * steep[i - 1]
        fit[0, i] = y[i] - roughness * pull * variance[i]


@part
def spline_at(z: Floats, fit: Floats, n: int, at: float) -> tuple[float, float, float]:
    """(value, slope, curvature) of the spline at a point; beyond the knots a straight line.

    The line never falls outward: a wing that would is level.
    """
    if at <= z[0]:
        h = z[1] - z[0]
        slope = min((fit[0, 1] - fit[0, 0]) / h - fit[1, 1] * h / 6.0, 0.0)
        return fit[0, 0] + slope * (at - z[0]), slope, 0.0
    if at >= z[n - 1]:
        h = z[n - 1] - z[n - 2]
        slope = max((fit[0, n - 1] - fit[0, n - 2]) / h + fit[1, n - 2] * h / 6.0, 0.0)
        return fit[0, n - 1] + slope * (at - z[n - 1]), slope, 0.0
    low, high = 0, n - 1
    while high - low > 1:
        middle = (low + high) // 2
        if z[middle] <= at:
            low = middle
        else:
            high = middle
    h = z[high] - z[low]
    t, u = at - z[low], z[high] - at
    bend = (1.0 + t / h) * fit[1, high] + (1.0 + u / h) * fit[1, low]
    value = (t * fit[0, high] + u * fit[0, low]) / h - t * u / 6.0 * bend
    slope = (fit[0, high] - fit[0, low]) / h
    slope += (fit[1, high] * (3 * t * t - h * h) - fit[1, low] * (3 * u * u - h * h)) / (6 * h)
    return value, slope, (t * fit[1, high] + u * fit[1, low]) / h


@part
def density_factor(k: float, w: float, slope: float, curvature: float) -> float:
    """Durrleman's g: the density is n(-d2) g / (K sqrt(w)), so it has the sign of g."""
    lever = 1.0 - 0.5 * k * slope / w
    return lever * lever - 0.25 * slope * slope * (1.0 / w + 0.25) + 0.5 * curvature


@part
def _mark_negative(z: Floats, fit: Floats, scale: float, n: int, bad: Floats) -> int:
    """Mark the knots beside a negative density, or variance; how many points there were."""
    found = 0
    for i in range(n):
        bad[i] = 0.0
    for i in range(n - 1):
        h = z[i + 1] - z[i]
        points = max(_POINTS, int(h / _WIDEST_STEP) + 1)
        steps = points + 1 if i == n - 2 else points
        for p in range(steps):
            t = h * p / points
            u = h - t
            low, high = fit[1, i], fit[1, i + 1]
            w = (t * fit[0, i + 1] + u * fit[0, i]) / h
            w -= t * u / 6.0 * ((1.0 + t / h) * high + (1.0 + u / h) * low)
            slope = (fit[0, i + 1] - fit[0, i]) / h
            slope += (high * (3 * t * t - h * h) - low * (3 * u * u - h * h)) / (6 * h)
            curvature = (t * high + u * low) / h
            k = (z[i] + t) * scale
            if w <= 0.0 or (density_factor(k, w * scale * scale, slope * scale, curvature) < 0.0):
                found += 1
                bad[i] = bad[i + 1] = 1.0
    return found


@part
def _roughness(
    z: Floats, y: Floats, error: Floats, variance: Floats, n: int, work: Floats, fit: Floats
) -> float:
    """The largest roughness penalty at which the spline is as near the mids as their noise."""
    noise = min(max(_noise(z, y, error, n), 1e-6), _LARGEST_NOISE)
    low, high = math.log(_ROUGHEST), math.log(_SMOOTHEST)
    for turn in range(_HALVINGS + 1):
        middle = high if turn == 0 else 0.5 * (low + high)
        smooth(z, y, variance, math.exp(middle), n, work, fit)
        total, inside = 0.0, 0
        for i in range(n):
            off = fit[0, i] - y[i]
            square = off * off / variance[i]
            total += min(square, 9.0 * noise)
            inside += square <= 1.0
        near = total <= noise * n and inside >= _INSIDE * n
        if near and turn == 0:
            return math.exp(middle)
        if near:
            low = middle
        elif turn > 0:
            high = middle
    return math.exp(low)


@part
def fit_smile(
    z: Floats, y: Floats, error: Floats, scale: float, n: int, work: Floats, fit: Floats
) -> int:
    """Fill ``fit``, shape (2, n); the quotes it lies within, or -1 where none is arbitrage-free.

    Args:
        z, y: shape (n,), ascending: k / s0 and w / s0^2 of the mids.
        error: shape (n,), half of each quote's spread in units of y.
        scale: s0.
        n: at least `LEAST_QUOTES`.
        work: shape (10, n).
        fit: filled with values and second derivatives by z.
    """
    variance, bad, best = work[6], work[7], work[8:10]
    for i in range(n):
        variance[i] = error[i] * error[i]
    for i in range(n - 1):
        work[4, i] = 1.0 / (z[i + 1] - z[i])
    roughness = _roughness(z, y, error, variance, n, work, fit)
    most, since = -1, 0
    for turn in range(_ROUNDS):
        smooth(z, y, variance, roughness, n, work, fit)
        if _mark_negative(z, fit, scale, n, bad) > 0:
            for i in range(n):
                if bad[i] > 0.0:
                    variance[i] *= _LESS
            if turn > _ROUNDS // 2:
                roughness *= 1.5
            since += most >= 0
        else:
            inside = 0
            for i in range(n):
                out = abs(fit[0, i] - y[i]) > error[i]
                inside += not out
                if out:
                    variance[i] /= _MORE
            since += 1
            if inside > most:
                most, since = inside, 0
                for i in range(n):
                    best[0, i], best[1, i] = fit[0, i], fit[1, i]
        if most == n or since > _PATIENCE:
            break
    if most >= 0:
        for i in range(n):
            fit[0, i], fit[1, i] = best[0, i], best[1, i]
    return most


@kernel(
    "void(int64[::1], int64[::1], float64[::1], float64[::1], float64[::1], float64[::1],"
    " float64[:, ::1], int64[::1])"
)
def fit_smiles(
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    z: Floats,
    y: Floats,
    error: Floats,
    scale: Floats,
    fits: Floats,
    inside: NDArray[np.int64],
) -> None:
    """Fit the smile of each of e expiries; see `fit_smile`.

    Args:
        starts, stops: shape (e,), each expiry's quotes among the n.
        z, y, error: shape (n,).
        scale: shape (e,).
        fits: shape (2, n), filled.
        inside: shape (e,), filled; -1 without a fit, also under `LEAST_QUOTES` quotes.
    """
    longest = 0
    for e in range(len(starts)):
        longest = max(longest, stops[e] - starts[e])
    work = np.empty((10, longest))
    fit = np.empty((2, longest))
    for e in range(len(starts)):
        low, n = starts[e], stops[e] - starts[e]
        inside[e] = -1
        if n < LEAST_QUOTES:
            continue
        inside[e] = fit_smile(z[low:], y[low:], error[low:], scale[e], n, work, fit)
        for i in range(n):
            fits[0, low + i], fits[1, low + i] = fit[0, i], fit[1, i]


@kernel("void(float64[::1], float64[:, ::1], float64[::1], float64[:, ::1])")
def read_spline(z: Floats, fit: Floats, at: Floats, found: Floats) -> None:
    """Fill ``found``, shape (3, m), with value, slope and curvature at the points ``at``."""
    for j in range(len(at)):
        found[0, j], found[1, j], found[2, j] = spline_at(z, fit, len(z), at[j])


_WING_HALVINGS = 40


@part
def _wing(
    z: Floats, fit: Floats, n: int, scale: float, growth: float, delta: float, side: float
) -> float:
    """Deviation sqrt(w) where a call's (``side`` 1) or put's delta falls to ``delta``, or NaN."""
    near, far = 0.0, z[n - 1] if side > 0.0 else z[0]
    for turn in range(_WING_HALVINGS):
        middle = far if turn == 0 else 0.5 * (near + far)
        value, _, _ = spline_at(z, fit, n, middle)
        deviation = scale * math.sqrt(value)
        d1 = -middle * scale / deviation + 0.5 * deviation
        reached = growth * normal_cdf(side * d1) <= delta
        if turn == 0:
            if not reached:
                return np.nan
        elif reached:
            far = middle
        else:
            near = middle
    value, _, _ = spline_at(z, fit, n, far)
    return scale * math.sqrt(value)


@kernel(
    "void(int64[::1], int64[::1], float64[::1], float64[:, ::1], float64[::1], int64[::1],"
    " float64[::1], float64[::1], float64, float64[:, ::1])"
)
def read_wings(
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    z: Floats,
    fits: Floats,
    scale: Floats,
    inside: NDArray[np.int64],
    years: Floats,
    growth: Floats,
    delta: float,
    points: Floats,
) -> None:
    """Fill ``points``, shape (3, e): IV at the money, and of the calls and puts of a delta.

    Args:
        starts, stops, z, fits, scale, inside: as `fit_smiles` takes and fills them.
        years: shape (e,), T.
        growth: shape (e,), exp(-rT) F / S: what a spot delta is of N(d1).
        delta: of the wings, in absolute value.
    """
    for e in range(len(starts)):
        points[0, e] = points[1, e] = points[2, e] = np.nan
        if inside[e] < 0:
            continue
        low, n = starts[e], stops[e] - starts[e]
        fit = fits[:, low : low + n]
        root = math.sqrt(years[e])
        value, _, _ = spline_at(z[low:], fit, n, 0.0)
        points[0, e] = scale[e] * math.sqrt(value) / root
        points[1, e] = _wing(z[low:], fit, n, scale[e], growth[e], delta, 1.0) / root
        points[2, e] = _wing(z[low:], fit, n, scale[e], growth[e], delta, -1.0) / root
