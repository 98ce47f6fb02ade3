"""Dollar exposures of open interest: gamma (GEX), vanna and charm, and GEX against spot.

methods, "GEX": one convention for the headline and the curve: the chain's r and q, calendar
time over 365 days, gamma from our own IV. Open interest without an IV counts nowhere here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.gamma_profile import sum_bells
from analytics.indicators.numerics import root
from analytics.model.vocabulary import Floats
from analytics.options.chain import CleanChain
from analytics.options.sides import one_sided
from analytics.options.strikes import DAYS_PER_YEAR
from analytics.options.sums import group_sums

Dealers = Literal["long-calls", "short-all", "short-calls"]
DEALERS: dict[str, tuple[float, float]] = {
    "long-calls": (1.0, -1.0),
    "short-all": (-1.0, -1.0),
    "short-calls": (-1.0, 1.0),
}
"""Sign of (calls, puts) by what dealers are taken to hold."""
ASSUMPTIONS: dict[str, str] = {
    "long-calls": "dealers are taken to be long calls and short puts",
    "short-all": "dealers are taken to be short calls and puts alike",
    "short-calls": "dealers are taken to be short calls and long puts",
}

GRID_POINTS = 200
GRID_REACH = 0.2
GEX_UNIT = "dollars per 1% move of the underlying"
VANNA_UNIT = "dollars of delta per vol point"
SMALL_SHARE = 0.05
CHARM_UNIT = "dollars of delta per calendar day"


@dataclass(frozen=True)
class ExposureTotals:
    """Sums over the expiries chosen.

    Attributes:
        net_usd_per_pct, gross_usd_per_pct: GEX, and the sum of its absolutes.
        call_usd_per_pct, put_usd_per_pct: GEX of calls and of puts, signed.
        vanna_usd_per_point: dollars of delta per vol point.
        charm_usd_per_day: dollars of delta per calendar day.
        assumption: whose the signs are.
    """

    net_usd_per_pct: float | None
    gross_usd_per_pct: float | None
    call_usd_per_pct: float | None
    put_usd_per_pct: float | None
    vanna_usd_per_point: float | None
    charm_usd_per_day: float | None
    assumption: str
    reason: str | None = None


@dataclass(frozen=True)
class GammaProfile:
    """Total GEX against spot, IVs held by strike.

    Attributes:
        spots: dollars, `GRID_POINTS` of them from 0.8 S to 1.2 S, evenly in their logarithm.
        gex_usd_per_pct: at each of them.
    """

    spots: tuple[float, ...]
    gex_usd_per_pct: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class ChainIndex:
    """Contracts by expiry and by strike.

    Attributes:
        expiries: shape (e,), ``datetime64[D]``, ascending.
        of_expiry: shape (n,), each contract's place among them.
        strikes: shape (k,), dollars, ascending.
        of_strike: shape (n,).
    """

    expiries: NDArray[np.datetime64]
    of_expiry: NDArray[np.int64]
    strikes: Floats
    of_strike: NDArray[np.int64]


def index_chain(clean: CleanChain) -> ChainIndex:
    """Expiries and strikes of a chain, and where each contract belongs."""
    grouped = clean.strikes
    strikes, of_strike = np.unique(grouped.strike, return_inverse=True)
    return ChainIndex(grouped.dates, grouped.date_of_row, strikes, of_strike[grouped.of_row])


@dataclass(frozen=True, eq=False)
class Exposures:
    """Unsigned dollar exposures of each contract's open interest; shape (n,), 0 without an IV.

    M is the contract's multiplier, 100 unless the source says otherwise.

    Attributes:
        gamma: Gamma OI M S^2 0.01, dollars per 1% move.
        vanna: vanna OI M S 0.01, dollars of delta per vol point.
        charm: charm OI M S / 365, dollars of delta per calendar day.
    """

    clean: CleanChain
    gamma: Floats
    vanna: Floats
    charm: Floats

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Contracts with both an IV and open interest."""
        return self.clean.has_iv & (self.clean.open_interest > 0)

    def signs(self, dealers: str) -> Floats:
        """Shape (n,): the dealers' sign of each contract."""
        call, put = DEALERS[dealers]
        return np.where(self.clean.chain.is_call, call, put)


def exposures_of(clean: CleanChain) -> Exposures:
    """`Exposures` of a chain at the spot of its quotes."""
    shares = clean.open_interest * clean.chain.multiplier
    spot = clean.spot.price
    return Exposures(
        clean=clean,
        gamma=np.nan_to_num(clean.greeks.gamma * shares * spot**2 * 0.01),
        vanna=np.nan_to_num(clean.greeks.vanna * shares * spot * 0.01),
        charm=np.nan_to_num(clean.greeks.charm * shares * spot / DAYS_PER_YEAR),
    )


def no_exposure_reason(exposures: Exposures, scope: NDArray[np.bool_]) -> str | None:
    """Why nothing in ``scope`` has an exposure, or None when something has."""
    if (exposures.known & scope).any():
        return None
    clean = exposures.clean
    if not (scope & clean.unexpired).any():
        return "n/a (no unexpired contract)"
    if not (clean.open_interest[scope] > 0).any():
        return "n/a (no open interest)"
    return "n/a (no open interest with a recoverable IV)"


def no_netting_reason(exposures: Exposures, scope: NDArray[np.bool_]) -> str | None:
    """Why calls and puts in ``scope`` cannot be netted, or None.

    Dates with open interest on one side alone hold more than `SMALL_SHARE` of the gamma.
    """
    clean = exposures.clean
    sides = one_sided(clean)
    if not sides.either.any():
        return None
    gamma = group_sums(
        clean.strikes.date_of_row, np.where(scope, exposures.gamma, 0.0), len(sides.either)
    )
    lacking = np.where(sides.either, gamma, 0.0)
    if lacking.sum() <= SMALL_SHARE * gamma.sum():
        return None
    most = int(lacking.argmax())
    return f"n/a ({sides.reason(most)} of {clean.strikes.dates[most]})"


def exposure_totals(exposures: Exposures, scope: NDArray[np.bool_], dealers: str) -> ExposureTotals:
    """Net and gross GEX, vanna and charm exposure over ``scope`` (shape (n,))."""
    assumption = ASSUMPTIONS[dealers]
    reason = no_exposure_reason(exposures, scope)
    if reason is not None:
        return ExposureTotals(None, None, None, None, None, None, assumption, reason)
    sign = exposures.signs(dealers) * scope
    gex = sign * exposures.gamma
    clean = exposures.clean
    is_call = clean.chain.is_call
    call, put = float(gex[is_call].sum()), float(gex[~is_call].sum())
    reason = no_netting_reason(exposures, scope)
    if reason is not None:
        return ExposureTotals(None, None, call or None, put or None, None, None, assumption, reason)
    return ExposureTotals(
        net_usd_per_pct=float(gex.sum()),
        gross_usd_per_pct=float(np.abs(gex).sum()),
        call_usd_per_pct=call,
        put_usd_per_pct=put,
        vanna_usd_per_point=float((sign * exposures.vanna).sum()),
        charm_usd_per_day=float((sign * exposures.charm).sum()),
        assumption=assumption,
    )


@dataclass(frozen=True, eq=False)
class GammaCurve:
    """Total GEX, dollars per 1% move, against spot with IVs held by strike.

    Forwards move in proportion to the spot. A strike's GEX at spot s is its height times s times
    a bell in ln s.

    Attributes:
        centre, inverse, height: shape (m,), of each strike's bell; see `sum_bells`.
    """

    centre: Floats
    inverse: Floats
    height: Floats

    def __call__(self, spot: float) -> float:
        """GEX at one spot."""
        d1 = (np.log(spot) - self.centre) * self.inverse
        return float(np.exp(-0.5 * d1 * d1) @ self.height) * spot

    def on_grid(self, low: float, high: float, points: int) -> tuple[Floats, Floats]:
        """Spots from ``low`` to ``high``, evenly in their logarithm, and GEX at each."""
        logs, step = np.linspace(np.log(low), np.log(high), points, retstep=True)
        total = np.empty(points)
        sum_bells(float(logs[0]), float(step), self.centre, self.inverse, self.height, total)
        spots = np.exp(logs)
        spots[0], spots[-1] = low, high
        return spots, total * spots


def gamma_curve(exposures: Exposures, scope: NDArray[np.bool_], dealers: str) -> GammaCurve:
    """Total GEX over ``scope`` (shape (n,)) as a function of spot."""
    clean = exposures.clean
    strikes, forwards = clean.strikes, clean.forwards
    rows = np.flatnonzero(exposures.known & scope)
    shares = (exposures.signs(dealers) * clean.open_interest * clean.chain.multiplier)[rows]
    weight = group_sums(strikes.of_row[rows], shares, len(strikes))
    places = np.flatnonzero(group_sums(strikes.of_row[rows], np.ones(len(rows)), len(strikes)))
    series = strikes.of_series[places]
    years, rate = strikes.series_years[series], forwards.rate[series]
    deviation = clean.strike_iv[places] * np.sqrt(years)
    growth = forwards.price[series] / clean.spot.price
    # d1 = (ln s - centre) / deviation
    centre = np.log(strikes.strike[places] / growth) - deviation**2 / 2
    scale = 0.01 * np.exp(-rate * years) * growth / np.sqrt(2 * np.pi)
    return GammaCurve(centre, 1 / deviation, weight[places] * scale / deviation)


def gamma_profile(curve: GammaCurve, spot: float) -> tuple[GammaProfile, tuple[float, ...]]:
    """GEX on the spot grid, and every spot where it crosses zero, root-refined, ascending.

    Crossings closer together than the grid's step (0.2% of spot) can cancel unseen. A grid
    point at zero is no crossing by itself: the signs either side decide.
    """
    spots, values = curve.on_grid((1 - GRID_REACH) * spot, (1 + GRID_REACH) * spot, GRID_POINTS)
    profile = GammaProfile(tuple(spots.tolist()), tuple(values.tolist()))
    # rounding noise far from every strike is no exposure
    signed = np.flatnonzero(np.abs(values) > 1e-9 * np.abs(values).max(initial=0.0))
    changes = np.flatnonzero(np.sign(values[signed[:-1]]) != np.sign(values[signed[1:]]))
    roots = tuple(
        root(curve, float(spots[signed[i]]), float(spots[signed[i + 1]]), xtol=1e-9 * spot)
        for i in changes.tolist()
    )
    return profile, roots
