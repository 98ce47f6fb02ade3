"""Implied volatility by strike and by expiry: smile, skew, term structure, IV30.

At the money is at the forward S exp((r - q)T). Between strikes the IV is linear in strike, for
the 25-delta points linear in spot delta; beyond the solved strikes there is no value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats
from analytics.options.chain import DAYS_PER_YEAR, CleanChain
from analytics.options.greeks import black_scholes_greeks

IV30_DAYS = 30
WING_DELTA = 0.25
SKEW_DIRECTION = (
    "risk reversal = IV of the 25-delta call less the 25-delta put: negative, downside costs more; "
    "normalised skew = (put - call) / at-the-money: positive, downside costs more"
)


@dataclass(frozen=True, eq=False)
class ExpiryCurve:
    """The smile of one unexpired expiry and the points read off it.

    Attributes:
        years: T.
        forward: S exp((r - q)T), dollars.
        places: shape (m,), places in `CleanChain.strikes`, all strikes ascending.
        solved: shape (m,), those with an IV.
        strike, iv, call_delta: shape (solved,), at the solved strikes.
        atm_iv, call25_iv, put25_iv: fractions a year, None where the strikes do not reach.
    """

    expiry: dt.date
    days: int
    years: float
    forward: float
    places: NDArray[np.int64]
    solved: NDArray[np.bool_]
    strike: Floats
    iv: Floats
    call_delta: Floats
    atm_iv: float | None
    call25_iv: float | None
    put25_iv: float | None

    def iv_at(self, strike: float) -> float | None:
        """IV at a strike, linear between the solved ones; None beyond them."""
        if not len(self.strike) or not self.strike[0] <= strike <= self.strike[-1]:
            return None
        return float(np.interp(strike, self.strike, self.iv))


@dataclass(frozen=True)
class TermPoint:
    """At-the-money IV of one expiry, a fraction a year."""

    expiry: dt.date
    days: int
    years: float
    forward: float
    atm_iv: float | None
    reason: str | None = None


@dataclass(frozen=True)
class ExpirySkew:
    """25-delta skew of one expiry; IVs are fractions a year.

    Attributes:
        risk_reversal_points: IV(25d call) - IV(25d put), vol points: negative, downside
            costs more.
        normalised_skew: (put25 - call25) / ATM: positive, downside costs more.
    """

    expiry: dt.date
    days: int
    atm_iv: float | None
    call25_iv: float | None
    put25_iv: float | None
    risk_reversal_points: float | None
    normalised_skew: float | None
    reason: str | None = None


@dataclass(frozen=True)
class Iv30:
    """IV to 30 calendar days by total variance between the expiries either side.

    Attributes:
        iv: a fraction a year; None with a ``reason``.
        before, after: the expiries used.
    """

    iv: float | None
    before: dt.date | None
    after: dt.date | None
    reason: str | None = None


@dataclass(frozen=True)
class Smile:
    """IV of one expiry by strike, column by column; IVs are fractions a year.

    Attributes:
        strikes: dollars, ascending, those with an IV.
        iv: of each.
        call_delta: spot delta of the call at each (the put's is this less exp(-qT)).
    """

    expiry: dt.date
    days: int
    forward: float
    atm_iv: float | None
    strikes: tuple[float, ...]
    iv: tuple[float, ...]
    call_delta: tuple[float, ...]


def read_curves(clean: CleanChain) -> tuple[ExpiryCurve, ...]:
    """One `ExpiryCurve` an unexpired expiry, nearest first."""
    strikes, carry = clean.strikes, clean.carry
    row = np.where(strikes.call >= 0, strikes.call, strikes.put)
    years = clean.years[row]
    delta = black_scholes_greeks(
        clean.spot.price,
        strikes.strike,
        years,
        clean.strike_iv,
        carry.rate,
        carry.dividend_yield,
        np.ones(len(strikes), dtype=bool),
    ).delta
    starts = np.flatnonzero(np.append(True, strikes.expiry[1:] != strikes.expiry[:-1]))
    curves = []
    for places in np.split(np.arange(len(strikes)), starts[1:]):
        if clean.unexpired[row[places[0]]]:
            t = float(years[places[0]])
            forward = clean.spot.price * float(np.exp((carry.rate - carry.dividend_yield) * t))
            curves.append(_curve(clean, places, delta[places], t, forward))
    return tuple(curves)


def _curve(
    clean: CleanChain, places: NDArray[np.int64], delta: Floats, years: float, forward: float
) -> ExpiryCurve:
    day: dt.date = clean.strikes.expiry[places[0]].astype(dt.date)
    iv = clean.strike_iv[places]
    solved = np.isfinite(iv)
    strike, iv, delta = clean.strikes.strike[places][solved], iv[solved], delta[solved]
    growth = float(np.exp(-clean.carry.dividend_yield * years))
    inside = len(strike) > 0 and strike[0] <= forward <= strike[-1]
    return ExpiryCurve(
        expiry=day,
        days=(day - clean.chain.session).days,
        years=years,
        forward=forward,
        places=places,
        solved=solved,
        strike=strike,
        iv=iv,
        call_delta=delta,
        atm_iv=float(np.interp(forward, strike, iv)) if inside else None,
        call25_iv=_wing(delta, iv, WING_DELTA, calls=True) if inside else None,
        put25_iv=_wing(growth - delta, iv, WING_DELTA, calls=False) if inside else None,
    )


def _wing(delta: Floats, iv: Floats, wanted: float, *, calls: bool) -> float | None:
    """IV where |delta| falls to ``wanted`` on the way out from the money, linear in delta.

    Args:
        delta: |spot delta| of the side at each solved strike, strikes ascending.
        iv: at the same strikes.
        wanted: the |delta| looked for.
        calls: out is up; for puts it is down.
    """
    if not calls:
        delta, iv = delta[::-1], iv[::-1]
    below = np.flatnonzero(delta <= wanted)
    if not len(below) or below[0] == 0:
        return None
    out = int(below[0])
    share = (delta[out - 1] - wanted) / (delta[out - 1] - delta[out])
    return float(iv[out - 1] + share * (iv[out] - iv[out - 1]))


def term_structure(curves: Sequence[ExpiryCurve]) -> tuple[TermPoint, ...]:
    """At-the-money IV by expiry, nearest first."""
    return tuple(
        TermPoint(
            expiry=curve.expiry,
            days=curve.days,
            years=curve.years,
            forward=curve.forward,
            atm_iv=curve.atm_iv,
            reason=None
            if curve.atm_iv is not None
            else "n/a (no recoverable IV either side of the forward)",
        )
        for curve in curves
    )


def skew_by_expiry(curves: Sequence[ExpiryCurve]) -> tuple[ExpirySkew, ...]:
    """25-delta risk reversal and normalised skew by expiry, nearest first."""
    return tuple(_skew(curve) for curve in curves)


def _skew(curve: ExpiryCurve) -> ExpirySkew:
    call, put, money = curve.call25_iv, curve.put25_iv, curve.atm_iv
    missing = [
        name
        for name, iv in (("25-delta call", call), ("25-delta put", put), ("at the money", money))
        if iv is None
    ]
    reversal = None if call is None or put is None else 100 * (call - put)
    skew = None if call is None or put is None or money is None else (put - call) / money
    return ExpirySkew(
        expiry=curve.expiry,
        days=curve.days,
        atm_iv=money,
        call25_iv=call,
        put25_iv=put,
        risk_reversal_points=reversal,
        normalised_skew=skew,
        reason=f"n/a (no IV: {', '.join(missing)})" if missing else None,
    )


def iv30(curves: Sequence[ExpiryCurve]) -> Iv30:
    """30-day IV: total variance IV^2 T, linear in T between the expiries either side."""
    wanted = IV30_DAYS / DAYS_PER_YEAR
    known = [(c.years, c.atm_iv, c.expiry) for c in curves if c.atm_iv is not None]
    before = max((p for p in known if p[0] <= wanted), default=None)
    after = min((p for p in known if p[0] >= wanted), default=None)
    if before is None or after is None:
        side = "up to" if before is None else "from"
        reason = f"n/a (no expiry {side} {IV30_DAYS} days has an at-the-money IV)"
        return Iv30(None, before and before[2], after and after[2], reason)
    near, far = before[1] ** 2 * before[0], after[1] ** 2 * after[0]
    span = after[0] - before[0]
    variance = near + (far - near) * (wanted - before[0]) / span if span > 0 else near
    # calendar arbitrage between the two cannot make it negative: both ends are positive
    return Iv30(float(np.sqrt(variance / wanted)), before[2], after[2])


def smiles(curves: Sequence[ExpiryCurve]) -> tuple[Smile, ...]:
    """The smile of each expiry that has one."""
    return tuple(
        Smile(
            expiry=curve.expiry,
            days=curve.days,
            forward=curve.forward,
            atm_iv=curve.atm_iv,
            strikes=tuple(curve.strike.tolist()),
            iv=tuple(curve.iv.tolist()),
            call_delta=tuple(curve.call_delta.tolist()),
        )
        for curve in curves
        if len(curve.strike)
    )
