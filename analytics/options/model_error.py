"""What the European formula leaves out: early exercise, and dividends paid in lumps.

Listed options on shares and funds may be exercised early; the volatilities and greeks here are
Black-Scholes-Merton's, solved from the *out-of-the-money* quote of each strike, where early
exercise is worth least. This module bounds what that leaves in the figures:

- early exercise: the premium of the worst contracts that an IV was solved from, by Barone-Adesi
  and Whaley (1987), as in E. Haug, *The Complete Guide to Option Pricing Formulas*, 2nd ed.,
  section 3.1. Over vega it is the most by which an IV reads too high. Among
  out-of-the-money contracts of an expiry the premium over vega is largest at the money, so two
  contracts an expiry tell it; strikes that could only be solved from their in-the-money quote
  are all evaluated and told apart (`clean_chain` has dropped those it distorts most).
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

from analytics.indicators.numerics import ndtr
from analytics.options.american import exercise_error_points
from analytics.options.chain import CleanChain
from analytics.options.surface import ExpiryCurve

NEAR_DAYS = 90


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
    premium, points = exercise_error_points(
        spot, strike, years, sigma, carry.rate, carry.dividend_yield, is_call
    )
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
