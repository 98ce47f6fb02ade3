"""Model error in the IVs: that of the early-exercise premium, and lumpy dividends.

Listed options on shares and funds may be exercised early. The premium that this adds to a quote
is taken off before the solve (Ju and Zhong 1999, `analytics.indicators.early_exercise`), so what
is left is that formula's own error: within `PREMIUM_ERROR` of the premium (QuantLib's exact engine,
one day to a year, volatility 10-90%, rates and dividends to 6%). The premium is largest at the
money, so the two strikes next to the forward of each expiry tell the most.

Each expiry has its own forward from its own quotes, so a dividend in a lump shifts no IV; how far
the forwards lie from a spot carried evenly is stated, for it is what one spot-anchored forward
would have cost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.numerics import ndtr
from analytics.options.chain import CleanChain
from analytics.options.surface import ExpiryCurve

NEAR_DAYS = 90
PREMIUM_ERROR = 0.15


@dataclass(frozen=True)
class ModelError:
    """The most that early exercise leaves in the IVs of a chain, and what its forwards spare.

    Attributes:
        exercise: "European" or "American".
        early_exercise_usd: largest early-exercise premium taken off an out-of-the-money quote;
            None without any. 0 for European exercise.
        early_exercise_vol_points: largest premium / vega of them, vol points: by how much an IV
            would read too high with it left in.
        near_vol_points: the same over expiries up to 90 days.
        left_vol_points: the most that the premium's own error leaves, vol points.
        in_money_strikes: strikes whose IV had to come from an in-the-money quote.
        in_money_vol_points: largest premium / vega of those; None without any.
        forward_gap_pct: parity forward / spot carried evenly - 1, of the expiry where it is worth
            most vol points; None where no expiry has a parity forward.
        forward_vol_points: what that gap would do to the at-the-money IV of that expiry.
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
    left_vol_points: float | None = None


def bound_model_error(clean: CleanChain, curves: Sequence[ExpiryCurve]) -> ModelError:
    """Early-exercise error of the IVs of ``clean``; see `ModelError`.

    Args:
        clean: the chain.
        curves: its smiles.
    """
    european = clean.forwards.european
    vols = clean.strike_vols
    outside = np.isfinite(vols.iv) & ~vols.from_in_money
    days = (clean.strikes.expiry - np.datetime64(clean.chain.session, "D")).astype(int)
    usd, points = _largest(clean, outside)
    _, near = _largest(clean, outside & (days <= NEAR_DAYS))
    inside = int(vols.from_in_money.sum())
    _, inside_points = _largest(clean, vols.from_in_money)
    gap_pct, gap_points, expiry = _worst_forward(clean, curves)
    exercise = "European" if european else "American"
    left = None if points is None else PREMIUM_ERROR * points
    return ModelError(
        exercise=exercise,
        early_exercise_usd=usd,
        early_exercise_vol_points=points,
        near_vol_points=near,
        in_money_strikes=inside,
        in_money_vol_points=inside_points,
        forward_gap_pct=gap_pct,
        forward_vol_points=gap_points,
        forward_expiry=expiry,
        statement=_statement(exercise, points, near),
        left_vol_points=left,
    )


def _statement(exercise: str, points: float | None, near: float | None) -> str:
    said = f"{exercise} exercise, priced by Black (1976) on each expiry's own forward"
    if exercise == "American" and points is not None:
        soon = "" if near in (None, points) else f", {near:.2f} up to {NEAR_DAYS} days"
        said += (
            f"; what early exercise is worth (Ju and Zhong) is taken off the quotes first: at "
            f"most {points:.2f} vol points{soon}, known to {100 * PREMIUM_ERROR:.0f}% of itself"
        )
    return said + "."


def _largest(clean: CleanChain, which: NDArray[np.bool_]) -> tuple[float | None, float | None]:
    """Largest premium, dollars, and largest premium / vega, vol points, over some strikes."""
    if not which.any():
        return None, None
    premium, vega = clean.strike_vols.premium[which], clean.strike_vols.vega[which]
    # a hundredth of a cent of vega tells nothing of volatility
    points = 100 * premium / np.maximum(vega, 1e-4)
    return float(premium.max()), float(points.max())


def _worst_forward(
    clean: CleanChain, curves: Sequence[ExpiryCurve]
) -> tuple[float | None, float | None, dt.date | None]:
    """Gap of the parity forward in percent, its vol points at the money, and the expiry."""
    worst: tuple[float | None, float | None, dt.date | None] = (None, None, None)
    carry = clean.carry
    for curve in curves:
        if not curve.by_parity or curve.atm_iv is None:
            continue
        even = clean.spot.price * np.exp((curve.rate - carry.dividend_yield) * curve.years)
        # at the money an error dF in the forward moves an option by dF N(d1) D, with a vega of
        # F n(d1) sqrt(T) D (Hull, 10th ed., ch. 18), d1 = IV sqrt(T) / 2
        root = float(np.sqrt(curve.years))
        d1 = curve.atm_iv * root / 2
        bell = float(np.exp(-0.5 * d1 * d1) / np.sqrt(2 * np.pi))
        gap = curve.forward / float(even) - 1
        points = 100 * abs(gap) * float(ndtr(d1)) / (bell * root)
        if worst[1] is None or points > worst[1]:
            worst = (100 * gap, points, curve.expiry)
    return worst
