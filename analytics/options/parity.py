"""Put-call parity of a chain: each expiry's own forward, the carry, and the spot.

methods, "Forward" and "Rate". C - P = exp(-rT) (F - K) for European options (Hull, *Options,
Futures, and Other Derivatives*, 10th ed., eq. 18.8); the prices of others are taken less their
early-exercise premium. The *slope* over the strikes tells r as well, but only where exercise is
European: elsewhere r is the Treasury's, and what parity leaves is the carry r - q: dividends and
the cost of borrowing the shares.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.parity_forward import NEAR_MONEY, fit_forwards
from analytics.model.contract_symbols import is_european
from analytics.model.rates import RateCurve
from analytics.model.vocabulary import Floats
from analytics.options.contracts import Contracts, QuoteFault
from analytics.options.strikes import Strikes

MAX_FORWARD_ERROR = 0.005
"""A forward known no better than this share of itself is not used: spot is carried.

Of a month; it grows with the square root of time, as the move that options price does.
"""

_MONTH = 30 / 365
_MIN_RATE_PAIRS = 6
_MIN_SPAN_YEARS = 20 / 365
"""Carry needs forwards this far apart; over less, quote rounding swamps it."""
_MIN_RATE_YEARS, _MAX_RATE_YEARS = 60 / 365, 1.0
_CARRY_BOUNDS = (-0.10, 0.15)
_BORROW_BOUNDS = (-3.0, 0.3)
_CERTAIN = 10.0
"""Standard errors that a carry outside of the usual must stand off zero."""
_MAX_ROUNDS = 6
_SETTLED = 0.0005
_RATE_BOUNDS = (-0.01, 0.12)
_MAX_RATE_ERROR = 0.005
"""Largest standard error at which a rate from parity is believed."""


@dataclass(frozen=True)
class Carry:
    """A chain's rate and carry, continuously compounded, with their origin.

    Attributes:
        rate: r at three months.
        carry: r - q over the expiries up to a year; None where quotes do not tell it.
        dividend_yield: q = r - carry, 0 without a carry: what an even yield would be.
        dividend_basis: where ``carry`` is from.
    """

    rate: float
    carry: float | None
    dividend_yield: float
    rate_basis: str
    dividend_basis: str


@dataclass(frozen=True, eq=False)
class Forwards:
    """Each series' forward; shapes (e,).

    Attributes:
        rate: r to its expiry.
        price: F, dollars: by parity, or spot carried at r - q.
        error: its standard error, dollars; NaN where spot is carried.
        pairs: strikes it rests on; 0 where spot is carried.
        calls_from: the strike from which on an IV is the call's: F, or above it where calls near
            the money are dear for being worth exercising ahead of a dividend.
        european: exercise at expiry only.
        carry: the chain's.
    """

    rate: Floats
    price: Floats
    error: Floats
    pairs: NDArray[np.int64]
    calls_from: Floats
    european: bool
    carry: Carry

    @property
    def by_parity(self) -> NDArray[np.bool_]:
        """Shape (e,): quotes tell the forward."""
        return self.pairs > 0


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Mids of both legs by strike, NaN where one has no usable quote, and their spreads."""

    call: Floats
    put: Floats
    spread: Floats


def parity_forwards(contracts: Contracts, strikes: Strikes, curve: RateCurve) -> Forwards:
    """The forwards that quotes tell; ``price`` is NaN where they do not (see `carried`)."""
    european = is_european(contracts.chain.symbol)
    pairs = _pairs(contracts, strikes)
    rate = curve.at(strikes.series_years)
    basis = curve.basis
    resolved = _parity_rates(strikes, pairs, rate) if european else np.array([])
    if len(resolved) >= 2:
        rate = np.full(len(rate), float(np.median(resolved)))
        basis = f"put-call parity over {len(resolved)} expiries"
    quarter = float(rate[0]) if len(resolved) >= 2 else curve.quarter
    found = _fit(strikes, pairs, rate, 0.0, european=True)
    slope = _carry_slope(strikes, found)
    for _ in range(0 if european else _MAX_ROUNDS):
        # the premium of early exercise depends on the dividends, and they on it
        before = slope
        found = _fit(strikes, pairs, rate, 0.0 if before is None else quarter - before, european)
        slope = _carry_slope(strikes, found)
        if before is None or slope is None or abs(slope - before) < _SETTLED:
            break
    n = int((found[2] > 0).sum())
    carry = Carry(
        rate=quarter,
        carry=slope,
        dividend_yield=0.0 if slope is None else quarter - slope,
        rate_basis=basis,
        dividend_basis="default setting (no dividends)"
        if slope is None
        else f"carry r - q by put-call parity over {n} expiries",
    )
    return Forwards(rate, found[0], found[1], found[2].astype(np.int64), found[3], european, carry)


def carried(forwards: Forwards, strikes: Strikes, spot: float) -> Forwards:
    """The same with spot carried at r - q where no pair is quoted."""
    growth = np.exp((forwards.rate - forwards.carry.dividend_yield) * strikes.series_years)
    price = np.where(forwards.by_parity, forwards.price, spot * growth)
    return replace(forwards, price=price, calls_from=np.maximum(forwards.calls_from, price))


def parity_spot(forwards: Forwards, strikes: Strikes) -> float | None:
    """The spot that the nearest expiry's forward implies, or None without one."""
    resolved = np.flatnonzero(forwards.by_parity & strikes.series_unexpired)
    if not len(resolved):
        return None
    nearest = resolved[np.argmin(strikes.series_years[resolved])]
    carry = forwards.rate[nearest] - forwards.carry.dividend_yield
    return float(forwards.price[nearest] * np.exp(-carry * strikes.series_years[nearest]))


def _pairs(contracts: Contracts, strikes: Strikes) -> _Pairs:
    chain = contracts.chain
    usable = (contracts.quote_fault == QuoteFault.NONE) & (chain.bid > 0)
    mid = np.append(np.where(usable, (chain.bid + chain.ask) / 2, np.nan), np.nan)
    width = np.append(chain.ask - chain.bid, np.nan)
    both = np.isfinite(mid[strikes.call] + mid[strikes.put])
    spread = np.where(both, width[strikes.call] + width[strikes.put], np.inf)
    call, put = (np.where(both, mid[leg], np.nan) for leg in (strikes.call, strikes.put))
    return _Pairs(call, put, spread)


def _fit(strikes: Strikes, pairs: _Pairs, rate: Floats, dividend: float, european: bool) -> Floats:
    """Shape (4, e): see `fit_forwards`; those known too badly are no forward."""
    found = np.empty((4, len(strikes.starts)))
    fit_forwards(
        strikes.starts,
        strikes.stops,
        strikes.strike,
        pairs.call,
        pairs.put,
        pairs.spread,
        strikes.series_years,
        rate,
        dividend,
        not european,
        found,
    )
    wide = MAX_FORWARD_ERROR * np.sqrt(np.maximum(strikes.series_years / _MONTH, 1.0))
    bad = ~(found[1] <= wide * found[0]) | ~strikes.series_unexpired
    found[:2, bad] = np.nan
    found[2:, bad] = 0
    return found


def _carry_slope(strikes: Strikes, found: Floats) -> float | None:
    """r - q as the slope of ln F over T up to a year, or None when it is not resolved."""
    near = np.flatnonzero((found[2] > 0) & (strikes.series_years <= _MAX_RATE_YEARS))
    years = strikes.series_years[near]
    if len(near) < 2 or np.ptp(years) < _MIN_SPAN_YEARS:
        return None
    weight = (found[0, near] / found[1, near]) ** 2
    centred = years - np.average(years, weights=weight)
    power = float((weight * centred**2).sum())
    slope = float((weight * centred * np.log(found[0, near])).sum()) / power
    if _CARRY_BOUNDS[0] <= slope <= _CARRY_BOUNDS[1]:
        return slope
    # shares that are hard to borrow: believed where quotes leave no doubt of it
    certain = abs(slope) > _CERTAIN / np.sqrt(power)
    return slope if certain and _BORROW_BOUNDS[0] <= slope <= _BORROW_BOUNDS[1] else None


def _parity_rates(strikes: Strikes, pairs: _Pairs, rate: Floats) -> Floats:
    """r of each European series of 60 days to a year whose strikes resolve it to half a point.

    From C - P = D F - D K by weighted least squares over the strikes.
    """
    found = []
    gap = pairs.call - pairs.put
    for e, (low, high) in enumerate(zip(strikes.starts, strikes.stops, strict=True)):
        years = float(strikes.series_years[e])
        here = np.flatnonzero(np.isfinite(gap[low:high])) + low
        if not _MIN_RATE_YEARS <= years <= _MAX_RATE_YEARS or not len(here):
            continue
        money = here[np.argmin(np.abs(gap[here]))]
        centre = strikes.strike[money] + np.exp(rate[e] * years) * gap[money]
        near = here[np.abs(strikes.strike[here] / centre - 1) <= NEAR_MONEY]
        if len(near) < _MIN_RATE_PAIRS:
            continue
        weight = 1.0 / np.maximum(pairs.spread[near] / 4, 0.005) ** 2
        centred = strikes.strike[near] - np.average(strikes.strike[near], weights=weight)
        power = float((weight * centred**2).sum())
        slope = float((weight * centred * gap[near]).sum()) / power
        if slope >= 0 or 1.0 / np.sqrt(power) / years > _MAX_RATE_ERROR:
            continue
        implied = -float(np.log(-slope)) / years
        if _RATE_BOUNDS[0] <= implied <= _RATE_BOUNDS[1]:
            found.append(implied)
    return np.array(found)
