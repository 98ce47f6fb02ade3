"""Implied volatility by strike and by expiry: smile, skew, term structure, IV30.

At the money is at the expiry's own forward. Every point is read off the smile that was fitted to
the quotes (`analytics.options.smile`); where quotes are too few for a fit, linear in strike
between the solved ones, which is said. Beyond the quotes there is no value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.numerics import ndtr
from analytics.model.vocabulary import Floats
from analytics.options.chain import CleanChain
from analytics.options.smile import WING_DELTA, SmileFit, fit_chain
from analytics.options.strikes import DAYS_PER_YEAR, Ints

IV30_DAYS = 30
SMILE_POINTS = 61
SKEW_DIRECTION = (
    "risk reversal = IV of the 25-delta call less the 25-delta put: negative, downside costs more; "
    "normalised skew = (put - call) / at-the-money: positive, downside costs more"
)
FITTED = "fitted smile"
BETWEEN_STRIKES = "linear between strikes (too few quotes for a fit)"


@dataclass(frozen=True, eq=False)
class ExpiryCurve:
    """The smile of one unexpired series and the points read off it.

    Attributes:
        morning_settled: it expires at the open of its date.
        years: T.
        rate: r to the expiry, a fraction a year.
        forward: F, dollars.
        by_parity: quotes tell the forward; else spot is carried.
        forward_error: its standard error, dollars; None where spot is carried.
        places: shape (m,), places in `CleanChain.strikes`, all strikes ascending.
        solved: shape (m,), those with an IV.
        strike, iv, call_delta: shape (solved,), at the solved strikes.
        fit: the smile fitted to the quotes; None where they are too few.
        atm_iv, call25_iv, put25_iv: fractions a year, None where the strikes do not reach.
    """

    expiry: dt.date
    morning_settled: bool
    days: int
    years: float
    rate: float
    forward: float
    by_parity: bool
    forward_error: float | None
    places: Ints
    solved: NDArray[np.bool_]
    strike: Floats
    iv: Floats
    call_delta: Floats
    fit: SmileFit | None
    atm_iv: float | None
    call25_iv: float | None
    put25_iv: float | None

    def iv_at(self, strike: float) -> float | None:
        """IV at a strike, of the fit where there is one; None beyond the quotes."""
        if self.fit is not None and self.fit.lowest <= strike <= self.fit.highest:
            return float(self.fit.iv(np.array([strike]))[0])
        if not len(self.strike) or not self.strike[0] <= strike <= self.strike[-1]:
            return None
        return float(np.interp(strike, self.strike, self.iv))


@dataclass(frozen=True)
class TermPoint:
    """At-the-money IV of one expiry, a fraction a year, and what it rests on.

    Attributes:
        settlement: "AM" (by the opening prices of its date) or "PM".
        rate: r to the expiry.
        carry: ln(F / S) / T: r less dividends and borrowing, as the quotes price them; None where
            spot is carried.
        forward_basis: where F is from.
        iv_basis: the fitted smile, or linear between strikes.
    """

    expiry: dt.date
    days: int
    years: float
    forward: float
    atm_iv: float | None
    reason: str | None = None
    settlement: str = "PM"
    rate: float | None = None
    carry: float | None = None
    forward_basis: str = ""
    iv_basis: str = FITTED


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
    settlement: str = "PM"


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
        call_delta: spot delta of the call at each (the put's is this less exp(-rT) F / S).
        half_spread_points: half of the bid-ask of the quote it was solved from, vol points; None
            for a strike that the fit does not go through.
        fit_strikes, fit_iv: the fitted smile; empty without one.
        fit_reason: why there is none.
        residual_points: root mean square distance of the fit from the mids, vol points.
        quotes, within_quotes: quotes it goes through, and those whose bid and ask it lies within.
    """

    expiry: dt.date
    days: int
    forward: float
    atm_iv: float | None
    strikes: tuple[float, ...]
    iv: tuple[float, ...]
    call_delta: tuple[float, ...]
    half_spread_points: tuple[float | None, ...] = ()
    fit_strikes: tuple[float, ...] = ()
    fit_iv: tuple[float, ...] = ()
    fit_reason: str | None = None
    residual_points: float | None = None
    quotes: int = 0
    within_quotes: int = 0
    settlement: str = "PM"


def read_curves(clean: CleanChain) -> tuple[ExpiryCurve, ...]:
    """One `ExpiryCurve` an unexpired series, nearest first."""
    strikes, forwards = clean.strikes, clean.forwards
    smiles = fit_chain(clean)
    series = strikes.of_series
    growth = np.exp(-forwards.rate * strikes.series_years) * forwards.price / clean.spot.price
    deviation = clean.strike_iv * np.sqrt(strikes.series_years)[series]
    d1 = np.log(forwards.price[series] / strikes.strike) / deviation + deviation / 2
    delta = growth[series] * ndtr(d1)
    curves = [
        _curve(clean, e, delta, float(growth[e]), smiles.fits[e], smiles.points[:, e])
        for e in np.flatnonzero(strikes.series_unexpired).tolist()
    ]
    return tuple(sorted(curves, key=lambda curve: (curve.years, curve.expiry)))


def _curve(
    clean: CleanChain,
    e: int,
    delta: Floats,
    growth: float,
    fit: SmileFit | None,
    points: Floats,
) -> ExpiryCurve:
    strikes, forwards = clean.strikes, clean.forwards
    here = slice(strikes.starts[e], strikes.stops[e])
    day: dt.date = strikes.series_expiry[e].astype(dt.date)
    solved = np.isfinite(clean.strike_iv[here])
    strike, iv = strikes.strike[here][solved], clean.strike_iv[here][solved]
    delta, forward = delta[here][solved], float(forwards.price[e])
    if fit is not None:
        atm, call, put = (None if np.isnan(point) else float(point) for point in points)
    elif len(strike) and strike[0] <= forward <= strike[-1]:
        atm = float(np.interp(forward, strike, iv))
        call = _wing(delta, iv, WING_DELTA, calls=True)
        put = _wing(growth - delta, iv, WING_DELTA, calls=False)
    else:
        atm = call = put = None
    by_parity = bool(forwards.by_parity[e])
    return ExpiryCurve(
        expiry=day,
        morning_settled=bool(strikes.series_morning[e]),
        days=(day - clean.chain.session).days,
        years=float(strikes.series_years[e]),
        rate=float(forwards.rate[e]),
        forward=forward,
        by_parity=by_parity,
        forward_error=float(forwards.error[e]) if by_parity else None,
        places=np.arange(here.start, here.stop),
        solved=solved,
        strike=strike,
        iv=iv,
        call_delta=delta,
        fit=fit,
        atm_iv=atm,
        call25_iv=call,
        put25_iv=put,
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


def term_structure(curves: Sequence[ExpiryCurve], spot: float) -> tuple[TermPoint, ...]:
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
            settlement=settlement(curve),
            rate=curve.rate,
            carry=float(np.log(curve.forward / spot) / curve.years) if curve.by_parity else None,
            forward_basis="put-call parity"
            if curve.by_parity
            else "spot carried at r - q (no pair is quoted)",
            iv_basis=FITTED if curve.fit is not None else BETWEEN_STRIKES,
        )
        for curve in curves
    )


def settlement(curve: ExpiryCurve) -> str:
    """ "AM" for a series settled by its date's opening prices, else "PM"."""
    return "AM" if curve.morning_settled else "PM"


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
        settlement=settlement(curve),
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
    return tuple(_smile(curve) for curve in curves if len(curve.strike))


def _smile(curve: ExpiryCurve) -> Smile:
    half = np.full(len(curve.places), np.nan)
    fit = curve.fit
    drawn = np.array([])
    if fit is not None:
        half[fit.places - curve.places[0]] = fit.half_spread
        drawn = np.geomspace(fit.lowest, fit.highest, SMILE_POINTS)
    spreads = half[curve.solved].tolist()
    return Smile(
        expiry=curve.expiry,
        days=curve.days,
        forward=curve.forward,
        atm_iv=curve.atm_iv,
        strikes=tuple(curve.strike.tolist()),
        iv=tuple(curve.iv.tolist()),
        call_delta=tuple(curve.call_delta.tolist()),
        half_spread_points=tuple(None if s != s else s for s in spreads),
        fit_strikes=tuple(drawn.tolist()),
        fit_iv=tuple(fit.iv(drawn).tolist()) if fit is not None else (),
        fit_reason=None if fit is not None else "n/a (too few quotes for a smile)",
        residual_points=None if fit is None else fit.residual_points,
        quotes=0 if fit is None else len(fit.knots),
        within_quotes=0 if fit is None else fit.within,
        settlement=settlement(curve),
    )
