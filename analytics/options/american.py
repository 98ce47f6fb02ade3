"""What the European formula leaves out: early exercise, and dividends paid in lumps.

Listed options on shares and funds may be exercised early; the volatilities and greeks here are
Black-Scholes-Merton's, solved from the *out-of-the-money* quote of each strike, where early
exercise is worth least. This module bounds what that leaves in the figures:

- early exercise: the premium of the worst contracts that an IV was solved from, by Barone-Adesi
  and Whaley (1987), as in E. Haug, *The Complete Guide to Option Pricing Formulas*, 2nd ed.,
  section 3.1. Over vega it is the most by which an IV reads too high. Among
  out-of-the-money contracts of an expiry the premium over vega is largest at the money, so two
  contracts an expiry tell it; strikes that could only be solved from their in-the-money quote
  are all evaluated and told apart.
- dividends: q is spread evenly over time. Where the quotes of an expiry imply another forward
  than S exp((r - q)T) (a dividend in a lump, hard-to-borrow shares), the gap at the money over
  vega is the error in that expiry's IV.

Both are first-order estimates; the tests hold them against QuantLib's American engines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from analytics.options.chain import CleanChain
from analytics.options.greeks import black_scholes_greeks, black_scholes_price
from analytics.options.surface import ExpiryCurve
from analytics.vocabulary import Floats

_BISECTIONS = 40
NEAR_DAYS = 90
_LEAST_RATE = 1e-9


@dataclass(frozen=True)
class ModelError:
    """The most that early exercise and lumpy dividends leave in the IVs of a chain.

    Attributes:
        exercise: "European" or "American".
        early_exercise_usd: largest early-exercise premium of a contract an out-of-the-money
            IV was solved from; None without any. 0 for European exercise.
        early_exercise_vol_points: largest premium / vega of them, in vol points.
        near_vol_points: the same over expiries up to 90 days.
        in_money_strikes: strikes whose IV had to come from an in-the-money quote.
        in_money_vol_points: the same bound over those strikes; None without any.
        forward_gap_pct: parity forward / model forward - 1 of the expiry where it costs the
            most vol points; None where no expiry has a parity forward.
        forward_vol_points: what that gap does to the at-the-money IV of that expiry.
        forward_expiry: that expiry.
        statement: the above in words, for the screen.
    """

    exercise: str
    early_exercise_usd: float | None
    early_exercise_vol_points: float | None
    near_vol_points: float | None
    in_money_strikes: int
    in_money_vol_points: float | None
    forward_gap_pct: float | None
    forward_vol_points: float | None
    forward_expiry: dt.date | None
    statement: str


def early_exercise_premium(
    spot: float,
    strike: Floats,
    years: Floats,
    sigma: Floats,
    rate: float,
    dividend_yield: float,
    is_call: NDArray[np.bool_],
) -> Floats:
    """American less European price, dollars, by Barone-Adesi and Whaley (1987).

    Haug, 2nd ed., section 3.1, with cost of carry b = r - q. A call without a dividend yield
    and a put without a rate are worth nothing more for early exercise.

    Args:
        spot: dollars.
        strike, years, sigma: shape (n,); T > 0, volatility a fraction a year.
        rate, dividend_yield: r and q, fractions a year.
        is_call: shape (n,).
    """
    premium = np.zeros(len(strike))
    # without a yield a call is best held to the end; so is a put without a rate
    pays = np.where(is_call, dividend_yield > 0, rate > 0)
    if pays.any():
        premium[pays] = _premium(
            spot, strike[pays], years[pays], sigma[pays], rate, dividend_yield, is_call[pays]
        )
    return premium


def _premium(
    spot: float,
    strike: Floats,
    years: Floats,
    sigma: Floats,
    rate: float,
    dividend_yield: float,
    is_call: NDArray[np.bool_],
) -> Floats:
    """`early_exercise_premium` of contracts that may be worth exercising."""
    side = np.where(is_call, 1.0, -1.0)
    variance = sigma**2
    drift = 2 * (rate - dividend_yield) / variance - 1
    r = max(rate, _LEAST_RATE)
    power = (side * np.sqrt(drift**2 + 8 * r / variance / -np.expm1(-r * years)) - drift) / 2
    forever = (side * np.sqrt(drift**2 + 8 * r / variance) - drift) / 2
    growth = np.exp(-dividend_yield * years)
    deviation = sigma * np.sqrt(years)

    def gain(price: Floats) -> Floats:
        """What the premium adds at a critical price (Haug's A1 and A2)."""
        d1 = (np.log(price / strike) + (rate - dividend_yield) * years) / deviation
        return side * price / power * (1 - growth * ndtr(side * (d1 + deviation / 2)))

    def european(price: Floats | float) -> Floats:
        return black_scholes_price(price, strike, years, sigma, rate, dividend_yield, is_call)

    # the critical price lies between the strike and where a perpetual option is exercised
    held, exercised = strike.astype(float), strike / (1 - 1 / forever)
    for _ in range(_BISECTIONS):
        critical = (held + exercised) / 2
        stops = side * (critical - strike) >= european(critical) + gain(critical)
        exercised = np.where(stops, critical, exercised)
        held = np.where(stops, held, critical)
    beyond = side * (spot - critical) >= 0
    ratio = np.where(beyond, 1.0, spot / critical)
    waiting = gain(critical) * ratio**power
    found: Floats = np.maximum(
        np.where(beyond, side * (spot - strike) - european(spot), waiting), 0.0
    )
    return found


def bound_model_error(clean: CleanChain, curves: Sequence[ExpiryCurve]) -> ModelError:
    """Early-exercise and dividend error of the IVs of ``clean``; see `ModelError`.

    Args:
        clean: the chain.
        curves: its smiles.
    """
    american = not clean.chain.symbol.startswith("^")
    money = _at_the_money(clean)
    near = money[clean.days[_a_leg(clean)[money]] <= NEAR_DAYS]
    usd, points = _worst(clean, money) if american else (0.0, 0.0)
    _, near_points = _worst(clean, near) if american else (0.0, 0.0)
    inside = np.flatnonzero(clean.from_in_money)
    _, inside_points = _worst(clean, inside, in_money=True) if american else (0.0, 0.0)
    gap_pct, gap_points, expiry = _worst_forward(clean, curves)
    exercise = "American" if american else "European"
    return ModelError(
        exercise=exercise,
        early_exercise_usd=usd,
        early_exercise_vol_points=points,
        near_vol_points=near_points,
        in_money_strikes=len(inside),
        in_money_vol_points=inside_points if len(inside) else None,
        forward_gap_pct=gap_pct,
        forward_vol_points=gap_points,
        forward_expiry=expiry,
        statement=_statement(exercise, points, near_points, gap_pct, gap_points, expiry),
    )


def _statement(
    exercise: str,
    points: float | None,
    near_points: float | None,
    gap_pct: float | None,
    gap_points: float | None,
    expiry: dt.date | None,
) -> str:
    said = f"{exercise} exercise, priced by Black-Scholes-Merton from out-of-the-money quotes"
    if exercise == "American" and points is not None:
        near = (
            "" if near_points in (None, points) else f", {near_points:.2f} up to {NEAR_DAYS} days"
        )
        said += (
            f": the early exercise left out raises an IV by at most {points:.2f} vol points"
            f"{near} (Barone-Adesi and Whaley)"
        )
    said += "; dividends as an even yield"
    if gap_pct is not None and gap_points is not None:
        said += (
            f": forwards differ from the quotes' by at most {gap_points:.2f} vol points "
            f"({gap_pct:+.2f}%, {expiry})"
        )
    return said + "."


def _at_the_money(clean: CleanChain) -> NDArray[np.int64]:
    """Places in ``clean.strikes``: of each expiry the solved strikes next to the forward."""
    solved = np.flatnonzero(np.isfinite(clean.strike_iv) & ~clean.from_in_money)
    rows = _a_leg(clean)[solved]
    carry = clean.carry
    forward = clean.spot.price * np.exp((carry.rate - carry.dividend_yield) * clean.years[rows])
    strike, expiry = clean.strikes.strike[solved], clean.strikes.expiry[solved]
    above = strike >= forward
    first_call = above & np.append(True, (expiry[1:] != expiry[:-1]) | ~above[:-1])
    last_put = ~above & np.append((expiry[1:] != expiry[:-1]) | above[1:], True)
    return solved[first_call | last_put]


def _a_leg(clean: CleanChain) -> NDArray[np.int64]:
    """A row of the chain for each strike, whichever leg it has."""
    return np.where(clean.strikes.call >= 0, clean.strikes.call, clean.strikes.put)


def _worst(
    clean: CleanChain, places: NDArray[np.int64], in_money: bool = False
) -> tuple[float | None, float | None]:
    """Largest premium, dollars, and largest premium / vega, vol points, over ``places``."""
    if not len(places):
        return None, None
    carry, spot = clean.carry, clean.spot.price
    years = clean.years[_a_leg(clean)[places]]
    strike, sigma = clean.strikes.strike[places], clean.strike_iv[places]
    forward = spot * np.exp((carry.rate - carry.dividend_yield) * years)
    is_call = (strike >= forward) ^ in_money
    terms = (spot, strike, years, sigma, carry.rate, carry.dividend_yield, is_call)
    premium = early_exercise_premium(*terms)
    vega = black_scholes_greeks(*terms).vega
    # no IV may be above 500%, so no error counts for more
    points = np.minimum(100 * premium / np.maximum(vega, 1e-12), 500.0)
    return float(premium.max()), float(points.max())


def _worst_forward(
    clean: CleanChain, curves: Sequence[ExpiryCurve]
) -> tuple[float | None, float | None, dt.date | None]:
    """Gap of the parity forward in percent, its vol points at the money, and the expiry."""
    worst: tuple[float | None, float | None, dt.date | None] = (None, None, None)
    implied = {forward.years: forward.price for forward in clean.forwards}
    for curve in curves:
        price = implied.get(curve.years)
        if price is None or curve.atm_iv is None:
            continue
        # at the money an error dF in the forward moves an option by dF N(d1) D, with a vega of
        # F n(d1) sqrt(T) D (Hull, 10th ed., ch. 18), d1 = IV sqrt(T) / 2
        root = float(np.sqrt(curve.years))
        d1 = curve.atm_iv * root / 2
        density = float(np.exp(-0.5 * d1 * d1) / np.sqrt(2 * np.pi))
        gap = price / curve.forward - 1
        points = 100 * abs(gap) * float(ndtr(d1)) / (density * root)
        if worst[1] is None or points > worst[1]:
            worst = (100 * gap, points, curve.expiry)
    return worst
