"""What put-call parity says: forwards, carry, rate, dividend yield and the spot.

C - P = exp(-rT) (F - K) for European options (Hull, 10th ed., eq. 18.8). On American ones it
holds nearly for strikes close to the money, the only ones used here. The *slope* over the
strikes is another matter: the early-exercise premium of in-the-money puts flattens it (NVDA's
chain of 2026-02-11 gives r = 1.8% with bills near 3.7%), so a rate is inferred only where
exercise is European; elsewhere r is the setting and only the carry r - q is inferred.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats, OptionChain

DEFAULT_RATE = 0.045
DEFAULT_DIVIDEND_YIELD = 0.0

_NEAR_MONEY = 0.10
"""Strikes used: within this fraction of where the call and the put cost the same."""
_MAX_SPREAD = 0.005
"""Call spread + put spread at most this fraction of the strike."""
_MIN_PAIRS = 3
_MIN_SPAN_YEARS = 20 / 365
"""Carry needs forwards this far apart; over less, quote rounding swamps it."""
_MIN_RATE_YEARS, _MAX_RATE_YEARS = 60 / 365, 1.0
_CARRY_BOUNDS = (-0.10, 0.15)
_RATE_BOUNDS = (-0.01, 0.12)
_MAX_RATE_ERROR = 0.005
"""Largest standard error at which a rate from parity is believed."""


@dataclass(frozen=True, eq=False)
class Strikes:
    """The chain by (expiry, strike), sorted, calls and puts side by side.

    Attributes:
        expiry: shape (m,), ``datetime64[D]``.
        strike: shape (m,), dollars.
        call, put: shape (m,), the row of the chain, or -1 where that leg is missing. Of two
            listings of one contract (morning and afternoon settled) the more traded stands.
        of_row: shape (n,), for each row of the chain its place here.
        crowded: some strike has two rows of one side.
    """

    expiry: NDArray[np.datetime64]
    strike: Floats
    call: NDArray[np.int64]
    put: NDArray[np.int64]
    of_row: NDArray[np.int64]
    crowded: bool

    def __len__(self) -> int:
        return len(self.strike)


@dataclass(frozen=True)
class Forward:
    """The forward that one expiry's quotes imply.

    Attributes:
        years: T.
        price: F, dollars.
        error: standard error of F, dollars.
        pairs: strikes used.
        rate: r by the slope of C - P over the strikes; None for American exercise or when
            too noisy to believe.
    """

    years: float
    price: float
    error: float
    pairs: int
    rate: float | None


@dataclass(frozen=True)
class Carry:
    """The one rate and dividend yield of a chain, continuously compounded, with their origin."""

    rate: float
    dividend_yield: float
    rate_basis: str
    dividend_basis: str


def strikes_of(chain: OptionChain) -> Strikes:
    """Group the rows of a chain by expiry and strike; the order of rows does not matter."""
    days = chain.expiry.astype(np.int64)
    # strikes to the hundredth of a cent, in one sortable integer with the expiry
    key = days * 10**12 + np.rint(chain.strike * 1e4).astype(np.int64)
    unique, of_row = np.unique(key, return_inverse=True)
    crowded = bool(np.bincount(2 * of_row + chain.is_call).max(initial=0) > 1)
    order = np.arange(len(chain))
    if crowded:
        ties = (chain.ask, chain.bid, chain.open_interest, chain.volume)
        order = np.lexsort([np.nan_to_num(values, nan=-1.0) for values in ties])
    legs = np.full((2, len(unique)), -1, dtype=np.int64)
    legs[chain.is_call[order].astype(np.int64), of_row[order]] = order
    return Strikes(
        expiry=(unique // 10**12).astype("datetime64[D]"),
        strike=(unique % 10**12) / 1e4,
        call=legs[1],
        put=legs[0],
        of_row=of_row,
        crowded=crowded,
    )


def implied_forwards(
    chain: OptionChain,
    strikes: Strikes,
    years: Floats,
    quoted: NDArray[np.bool_],
    rate: float,
    european: bool,
) -> tuple[Forward, ...]:
    """One forward an expiry that has at least three tight pairs of quotes near the money.

    Args:
        chain: n contracts.
        strikes: the same chain by strike.
        years: shape (n,), T of each contract.
        quoted: shape (n,), contracts whose bid and ask may be used.
        rate: r used to discount (its error hardly moves a forward near the money).
        european: exercise at expiry only, so that the slope over the strikes tells r.
    """
    both = (strikes.call >= 0) & (strikes.put >= 0)
    both[both] = quoted[strikes.call[both]] & quoted[strikes.put[both]]
    call, put, strike = strikes.call[both], strikes.put[both], strikes.strike[both]
    expiry = strikes.expiry[both]
    spread = (chain.ask - chain.bid)[call] + (chain.ask - chain.bid)[put]
    gap = ((chain.ask + chain.bid)[call] - (chain.ask + chain.bid)[put]) / 2
    found = []
    for day in np.unique(expiry):
        here = np.flatnonzero(expiry == day)
        t = float(years[call[here[0]]])
        forward = _forward(strike[here], gap[here], spread[here], t, rate, european)
        if forward is not None:
            found.append(forward)
    return tuple(found)


def _forward(
    strike: Floats, gap: Floats, spread: Floats, years: float, rate: float, european: bool
) -> Forward | None:
    """The forward of one expiry from C - P (``gap``) by strike, or None."""
    growth = float(np.exp(rate * years))
    guesses = strike + growth * gap
    money = guesses[np.argmin(np.abs(gap))]
    near = (np.abs(strike / money - 1) <= _NEAR_MONEY) & (spread <= _MAX_SPREAD * strike)
    if near.sum() < _MIN_PAIRS:
        return None
    near_guesses = guesses[near]
    # a quote's error is about a quarter of its spread; a floor of half a cent for locked ones
    weight = 1.0 / np.maximum(spread[near] / 4, 0.005) ** 2
    price = _weighted_median(near_guesses, weight)
    return Forward(
        years=years,
        price=price,
        error=float(max(np.sqrt(1.0 / weight.sum()), 0.005)),
        pairs=int(near.sum()),
        rate=_rate(strike[near], gap[near], weight, years) if european else None,
    )


def _weighted_median(values: Floats, weight: Floats) -> float:
    """The value at which half of the weight is reached; one wild quote cannot move it."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def _rate(strike: Floats, gap: Floats, weight: Floats, years: float) -> float | None:
    """r from C - P = D F - D K by weighted least squares over the strikes, or None."""
    if not _MIN_RATE_YEARS <= years <= _MAX_RATE_YEARS or len(strike) < 2 * _MIN_PAIRS:
        return None
    centred = strike - np.average(strike, weights=weight)
    power = float((weight * centred**2).sum())
    slope = float((weight * centred * gap).sum()) / power
    if slope >= 0 or 1.0 / np.sqrt(power) / years > _MAX_RATE_ERROR:
        return None
    rate = -float(np.log(-slope)) / years
    return rate if _RATE_BOUNDS[0] <= rate <= _RATE_BOUNDS[1] else None


def infer_carry(
    forwards: tuple[Forward, ...],
    default_rate: float = DEFAULT_RATE,
    default_dividend_yield: float = DEFAULT_DIVIDEND_YIELD,
) -> Carry:
    """Rate and dividend yield from parity where quotes allow, else the stated defaults.

    The rate is the median over the (European) expiries of 60 days to a year whose strikes
    resolve it to half a point; the dividend yield, which includes any cost of borrowing the
    shares and the error of r, is that rate less the slope of ln F over T.
    """
    rates = [f.rate for f in forwards if f.rate is not None]
    rate = float(np.median(rates)) if len(rates) >= 2 else default_rate
    rate_basis = (
        f"put-call parity over {len(rates)} expiries" if len(rates) >= 2 else "default setting"
    )
    slope = _carry_slope(forwards)
    if slope is None:
        return Carry(rate, default_dividend_yield, rate_basis, "default setting")
    basis = f"slope of the parity forwards of {len(forwards)} expiries"
    return Carry(rate, rate - slope, rate_basis, basis)


def _carry_slope(forwards: tuple[Forward, ...]) -> float | None:
    """r - q as the slope of ln F over T up to a year, or None when it is not resolved."""
    near = [f for f in forwards if f.years <= _MAX_RATE_YEARS]
    if len(near) < 2 or near[-1].years - near[0].years < _MIN_SPAN_YEARS:
        return None
    years = np.array([f.years for f in near])
    logs = np.log([f.price for f in near])
    weight = np.array([(f.price / f.error) ** 2 for f in near])
    centred = years - np.average(years, weights=weight)
    slope = float((weight * centred * logs).sum() / (weight * centred**2).sum())
    return slope if _CARRY_BOUNDS[0] <= slope <= _CARRY_BOUNDS[1] else None


def parity_spot(forwards: tuple[Forward, ...], carry: Carry) -> float | None:
    """The spot that the nearest expiry's forward implies, or None without a forward."""
    if not forwards:
        return None
    nearest = min(forwards, key=lambda f: f.years)
    growth = np.exp((carry.rate - carry.dividend_yield) * nearest.years)
    return float(nearest.price / growth)
