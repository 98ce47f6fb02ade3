"""The smile of each series, fitted to its out-of-the-money quotes, and what is read off it.

methods, "25-delta risk reversal", "Term structure" and "Close below K at an expiry T". At the
money is at the series' own forward. Inside the quotes only: beyond the first and the last strike
quoted a smile has no value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.indicators.smile_spline import LEAST_QUOTES, fit_smiles, read_spline, read_wings
from analytics.model.vocabulary import Floats
from analytics.options.chain import CleanChain
from analytics.options.strikes import Ints

LEAST_A_SIDE = 2
"""A fit needs this many quotes below, and above, the forward."""
WING_DELTA = 0.25
NEAR_DEVIATIONS = 2.5
_LEAST_ERROR_VOL = 2e-4
"""Two hundredths of a vol point: a mid is never taken to be better than that."""
_LEAST_HALF_SPREAD = 0.005


@dataclass(frozen=True, eq=False)
class SmileFit:
    """Total variance w against log-moneyness k = ln(K / F), inside the quotes.

    Attributes:
        forward: F, dollars.
        years: T.
        scale: s0, the deviation that k and the square root of w are counted in.
        knots: shape (q,), k / s0 of the quotes.
        spline: shape (2, q), w / s0^2 and its second derivative at the knots.
        places: shape (q,), places of the quotes in `CleanChain.strikes`.
        half_spread: shape (q,), half of each quote's bid-ask, vol points.
        within: quotes whose bid and ask the fit lies between.
        residual_points: root mean square distance from the mids' IVs, vol points, over the quotes
            within `NEAR_DEVIATIONS` of the money.
    """

    forward: float
    years: float
    scale: float
    knots: Floats
    spline: Floats
    places: Ints
    half_spread: Floats
    within: int
    residual_points: float

    @property
    def lowest(self) -> float:
        """The lowest strike with a quote, dollars."""
        return self.forward * float(np.exp(self.knots[0] * self.scale))

    @property
    def highest(self) -> float:
        """The highest strike with a quote, dollars."""
        return self.forward * float(np.exp(self.knots[-1] * self.scale))

    def variance(self, k: Floats) -> tuple[Floats, Floats, Floats]:
        """w and its first and second derivative by k; beyond the quotes straight in k."""
        found = np.empty((3, len(k)))
        read_spline(self.knots, self.spline, np.ascontiguousarray(k / self.scale), found)
        return found[0] * self.scale**2, found[1] * self.scale, found[2]

    def iv(self, strike: Floats) -> Floats:
        """Implied volatility at each strike, a fraction a year."""
        w, _, _ = self.variance(np.log(strike / self.forward))
        vols: Floats = np.sqrt(w / self.years)
        return vols


@dataclass(frozen=True, eq=False)
class Smiles:
    """The fits of e series, and the points read off them.

    Attributes:
        fits: a `SmileFit` each, None where quotes are too few or contradict each other.
        points: shape (3, e): IV at the money, of the 25-delta call and of the 25-delta put,
            fractions a year; NaN where the quotes do not reach.
        solved: shape (e,), strikes with an IV.
    """

    fits: tuple[SmileFit | None, ...]
    points: Floats
    solved: Ints


@dataclass(frozen=True, eq=False)
class _Quotes:
    """Out-of-the-money quotes of all series, in the order of the strikes; shapes (q,)."""

    places: Ints
    k: Floats
    iv: Floats
    half: Floats
    starts: Ints
    stops: Ints
    scale: Floats


def fit_chain(clean: CleanChain) -> Smiles:
    """Fit the smile of every unexpired series."""
    strikes = clean.strikes
    quotes = _quotes(clean)
    years = strikes.series_years
    series = strikes.of_series[quotes.places]
    scale = quotes.scale[series]
    z = quotes.k / scale
    y = quotes.iv**2 * years[series] / scale**2
    error = 2 * quotes.iv * years[series] * np.maximum(quotes.half, _LEAST_ERROR_VOL) / scale**2
    spline, within = np.empty((2, len(z))), np.empty(len(years), np.int64)
    fit_smiles(quotes.starts, quotes.stops, z, y, error, quotes.scale, spline, within)
    growth = np.exp(-clean.forwards.rate * years) * clean.forwards.price / clean.spot.price
    points = np.empty((3, len(years)))
    read_wings(
        quotes.starts,
        quotes.stops,
        z,
        spline,
        quotes.scale,
        within,
        years,
        growth,
        WING_DELTA,
        points,
    )
    fits = tuple(
        _fit_of(clean, quotes, spline, z, e, int(within[e])) if within[e] >= 0 else None
        for e in range(len(years))
    )
    solved = np.bincount(strikes.of_series[np.isfinite(clean.strike_iv)], minlength=len(years))
    return Smiles(fits, points, solved)


def _quotes(clean: CleanChain) -> _Quotes:
    """The quotes that a fit goes through: out of the money, with a bid, solved."""
    strikes, vols, chain = clean.strikes, clean.strike_vols, clean.chain
    bid, ask = np.append(chain.bid, np.nan)[vols.leg], np.append(chain.ask, np.nan)[vols.leg]
    counts = np.isfinite(vols.iv) & ~vols.from_in_money & (bid > 0)
    counts &= strikes.series_unexpired[strikes.of_series]
    places = np.flatnonzero(counts)
    forward = clean.forwards.price[strikes.of_series[places]]
    k = np.log(strikes.strike[places] / forward)
    starts = np.searchsorted(places, strikes.starts)
    stops = np.searchsorted(places, strikes.stops)
    scale = np.full(len(starts), np.nan)
    iv = vols.iv[places]
    for e, (low, high) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
        below = int((k[low:high] < 0).sum())
        if min(below, high - low - below) < LEAST_A_SIDE or high - low < LEAST_QUOTES:
            stops[e] = low  # too few: no fit
        else:
            money = float(np.interp(0.0, k[low:high], iv[low:high]))
            scale[e] = money * float(np.sqrt(strikes.series_years[e]))
    half = np.maximum((ask - bid)[places] / 2, _LEAST_HALF_SPREAD) / vols.vega[places]
    return _Quotes(places, k, iv, half, starts, stops, scale)


def _fit_of(
    clean: CleanChain, quotes: _Quotes, spline: Floats, z: Floats, e: int, within: int
) -> SmileFit:
    here = slice(quotes.starts[e], quotes.stops[e])
    scale, years = float(quotes.scale[e]), float(clean.strikes.series_years[e])
    near = np.abs(z[here]) <= NEAR_DEVIATIONS
    near |= not near.any()  # quotes far from the money only: all of them
    off = scale * np.sqrt(spline[0, here] / years) - quotes.iv[here]
    return SmileFit(
        forward=float(clean.forwards.price[e]),
        years=years,
        scale=scale,
        knots=np.ascontiguousarray(z[here]),
        spline=np.ascontiguousarray(spline[:, here]),
        places=quotes.places[here],
        half_spread=100 * quotes.half[here],
        within=within,
        residual_points=100 * float(np.sqrt(np.mean(off[near] ** 2))),
    )
