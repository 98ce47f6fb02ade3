"""The surface that odds are read off: total variance by moneyness and time on the session clock.

methods, "Options-implied odds". Total variance at constant forward moneyness is linear between
expiries on the clock that counts sessions; forwards likewise in their logarithm. The smiles are
those of `analytics.options.smile`, kept from falling with time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.indicators.barrier import touch_by_time
from analytics.indicators.numerics import ndtr
from analytics.model.vocabulary import Floats
from analytics.options.smile import SmileFit
from analytics.options.surface import ExpiryCurve

_FIRST_STEPS, _STEPS, _SHARE = 64, 120, 0.08
_GRADE = 1.08
_POINTS_A_DEVIATION = 14
_REACH = 6.5
"""Deviations above the spot where the grid ends."""
_FAR = 8.0
"""A level so many deviations away is not reached."""


@dataclass(frozen=True, eq=False)
class VarianceSurface:
    """Smiles of j expiries on the session clock, from one moment on.

    Attributes:
        spot: S that the nearest forward implies, dollars.
        expiries: of each smile.
        ends: shape (j,), sessions from the moment to each expiry, ascending.
        log_forward: shape (j + 1,), ln of ``spot`` and of each forward.
        fits: the smiles.
    """

    spot: float
    expiries: tuple[dt.date, ...]
    ends: Floats
    log_forward: Floats
    fits: tuple[SmileFit, ...]

    def bracket(self, sessions: float) -> int | None:
        """Place of the first expiry at or after so many sessions; None beyond the last."""
        at = int(np.searchsorted(self.ends, sessions - 1e-9))
        return at if at < len(self.ends) else None

    def forward(self, sessions: float) -> float:
        """The forward for a time within the surface, dollars."""
        return float(np.exp(np.interp(sessions, np.append(0.0, self.ends), self.log_forward)))

    def variance(self, k: Floats, sessions: float) -> tuple[Floats, Floats, Floats]:
        """w and its first and second derivative by k = ln(K / F) at a time within the surface.

        Raises:
            ValueError: the time is beyond the last expiry.
        """
        at = self.bracket(sessions)
        if at is None:
            raise ValueError(f"{sessions} sessions are beyond the last expiry")
        near = self._raised(k, at - 1)
        far = self._raised(k, at)
        begun = self.ends[at - 1] if at else 0.0
        share = (sessions - begun) / (self.ends[at] - begun)
        w, slope, curvature = near + share * (far - near)
        return w, slope, curvature

    def _raised(self, k: Floats, last: int) -> Floats:
        """Shape (3, m): the variance of expiry ``last``, nowhere below an earlier one's."""
        found = np.zeros((3, len(k)))
        for fit in self.fits[: last + 1]:
            one = np.array(fit.variance(k))
            found = np.where(one[0] > found[0], one, found)
        return found

    def below(self, strike: Floats, sessions: float) -> Floats:
        """Risk-neutral probability of a close below each strike (Breeden-Litzenberger 1978)."""
        return self._distribution(strike, sessions)[1]

    def density(self, strike: Floats, sessions: float) -> Floats:
        """Risk-neutral density at each strike, per dollar."""
        return self._distribution(strike, sessions)[0]

    def _distribution(self, strike: Floats, sessions: float) -> tuple[Floats, Floats]:
        k = np.log(strike / self.forward(sessions))
        w, slope, curvature = self.variance(k, sessions)
        return distribution(k, w, slope, curvature, strike)

    def touch(self, level: float, horizons: Sequence[float]) -> Floats:
        """Risk-neutral probability that the price trades at or below a level by each horizon.

        Args:
            level: K, dollars, below ``spot``.
            horizons: sessions, ascending, the last within the surface.
        """
        wanted = np.asarray(horizons, np.float64)
        grid, first = self._grid(level, wanted)
        times = self._times(wanted)
        touched = np.empty(len(times))
        last = int(np.searchsorted(self.ends, times[-1] - 1e-9)) + 1
        used = self.fits[:last]
        stops = np.cumsum([len(fit.knots) for fit in used])
        touch_by_time(
            level,
            self.ends[:last].copy(),
            self.log_forward[: last + 1].copy(),
            np.append(0, stops[:-1]),
            stops,
            np.concatenate([fit.knots for fit in used]),
            np.ascontiguousarray(np.concatenate([fit.spline for fit in used], axis=1)),
            np.array([fit.scale for fit in used]),
            times,
            grid,
            first,
            touched,
        )
        odds: Floats = np.clip(touched[np.searchsorted(times, wanted - 1e-9)], 0.0, 1.0)
        return odds

    def deviation(self, sessions: float) -> float:
        """sqrt(w) at the money."""
        return float(np.sqrt(self.variance(np.zeros(1), sessions)[0][0]))

    def _grid(self, level: float, horizons: Floats) -> tuple[Floats, int]:
        """Points of ln(price / level) from 0, and which of them is the spot.

        Even up to the spot, finer than the deviation of the shortest horizon that can reach the
        level; above it ever wider.
        """
        x0 = float(np.log(self.spot / level))
        spreads = [self.deviation(float(one)) for one in horizons]
        reaching = [one for one in spreads if x0 <= _FAR * one]
        fine = (reaching[0] if reaching else spreads[-1]) / _POINTS_A_DEVIATION
        first = max(int(np.ceil(x0 / fine)), 2)
        below = np.linspace(0.0, x0, first + 1)
        top = x0 + _REACH * spreads[-1]
        above, step = [], min(fine, x0 / first * 2)
        at = x0
        while at < top:
            at += step
            above.append(at)
            step *= _GRADE
        return np.concatenate([below, above]), first

    def _times(self, horizons: Floats) -> Floats:
        """Steps from 0 through every expiry and horizon, none long against the time passed."""
        last = float(horizons[-1])
        stops = np.unique(np.round(np.concatenate([horizons, self.ends[self.ends < last]]), 9))
        found = [np.zeros(1), stops[0] * (np.arange(1, _FIRST_STEPS + 1) / _FIRST_STEPS) ** 2]
        for begin, end in zip(stops[:-1].tolist(), stops[1:].tolist(), strict=True):
            steps, at = [], begin
            while end - at > 1e-12:
                at = min(at + min(_SHARE * at, last / _STEPS), end)
                steps.append(at)
            found.append(np.array(steps))
        return np.concatenate(found)


def distribution(
    k: Floats, w: Floats, slope: Floats, curvature: Floats, strike: Floats
) -> tuple[Floats, Floats]:
    """Risk-neutral density (per dollar) and distribution of the price, by total variance.

    Breeden and Litzenberger (1978); J. Gatheral, *The Volatility Surface*, 2006, ch. 1:
    density n(d2) g / (K sqrt(w)), distribution N(-d2) + n(d2) w' / (2 sqrt(w)), which is
    N(-d2) + sqrt(T) F n(d1) dsigma/dK.
    """
    root = np.sqrt(w)
    d2 = -k / root - root / 2
    bell = np.exp(-0.5 * d2 * d2) / np.sqrt(2 * np.pi)
    factor = (1 - k * slope / (2 * w)) ** 2 - slope**2 / 4 * (1 / w + 0.25) + curvature / 2
    below: Floats = ndtr(-d2) + bell * slope / (2 * root)
    density: Floats = bell * factor / (strike * root)
    return density, below


def variance_surface(
    curves: Sequence[ExpiryCurve], sessions_to: Callable[[dt.date], float]
) -> VarianceSurface | None:
    """The surface of the expiries that have a smile; None without any.

    Morning-settled series are left out: they end before the session they are named by.

    Args:
        curves: of one chain, nearest first.
        sessions_to: sessions from the chain's moment to the close of a date.
    """
    used: list[tuple[float, ExpiryCurve]] = []
    for curve in curves:
        if curve.fit is None or curve.morning_settled:
            continue
        try:
            end = sessions_to(curve.expiry)
        except ValueError:  # exchange_calendars' DateOutOfBounds
            break
        if end > (used[-1][0] if used else 0.0):
            used.append((end, curve))
    if not used:
        return None
    first = used[0][1]
    # the nearest forward less its carry: the spot of the very quotes
    spot = first.forward * float(np.exp(-(first.rate - _dividend(used)) * first.years))
    return VarianceSurface(
        spot=spot,
        expiries=tuple(curve.expiry for _, curve in used),
        ends=np.array([end for end, _ in used]),
        log_forward=np.log([spot, *(curve.forward for _, curve in used)]),
        fits=tuple(curve.fit for _, curve in used if curve.fit is not None),
    )


def _dividend(used: Sequence[tuple[float, ExpiryCurve]]) -> float:
    """A yearly yield from the forwards of the first and the last expiry, 0 over a short time."""
    first, last = used[0][1], used[-1][1]
    span = last.years - first.years
    if span < 20 / 365:
        return 0.0
    carry = float(np.log(last.forward / first.forward)) / span
    return min(max(first.rate - carry, 0.0), 0.15)
