"""Simulated implied volatility and the prices that follow from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.numerics import ndtr
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Floats
from analytics.sources.demo.scenario import RATE

_YEAR_SECONDS = 365 * 86400
_FLOOR_YEARS = 60 / _YEAR_SECONDS


@dataclass(frozen=True)
class Smile:
    """The shape of one underlying's volatility surface on the Friday.

    Attributes:
        atm: at-the-money volatility at 30 days, a fraction.
        slope: skew: rise of volatility, as a share of ``atm``, per standard deviation down.
        bend: curvature of the wings, in the same unit.
        vix_beta: how far the surface rises with VIX (power of the ratio).
        earnings: day after the next report and the move expected on it (a fraction), or None.
    """

    atm: float
    slope: float
    bend: float
    vix_beta: float = 0.7
    earnings: tuple[dt.date, float] | None = None


def years_to(expiry: NDArray[np.datetime64], time: dt.datetime) -> Floats:
    """Calendar years (365 days) from ``time`` to each expiry's closing bell, at least a minute."""
    distinct, which = np.unique(expiry, return_inverse=True)
    seconds = [(session_close(day.astype(dt.date)) - time).total_seconds() for day in distinct]
    return np.maximum(np.array(seconds) / _YEAR_SECONDS, _FLOOR_YEARS)[which]


def implied_vol(
    smile: Smile,
    spot: float,
    strike: Floats,
    years: Floats,
    expiry: NDArray[np.datetime64],
    vix_ratio: float,
) -> Floats:
    """Volatility by contract: a hyperbola (as in SVI) in standard deviations from the forward.

    The wings saturate at about four deviations, so that far strikes keep finite volatility.
    """
    term = 1.0 + 0.06 * np.log(np.clip(years, 1 / 365, 2.0) * 365 / 30)
    near = np.exp(-years * 365 / 45)
    atm = smile.atm * term * vix_ratio ** (smile.vix_beta * (0.35 + 0.65 * near))
    if smile.earnings is not None:
        day, move = smile.earnings
        after = expiry >= np.datetime64(day, "D")
        atm = np.where(after, np.sqrt(atm**2 + move**2 / np.maximum(years, 1 / 365)), atm)
    deviations = np.log(strike / (spot * np.exp(RATE * years))) / (atm * np.sqrt(years))
    z = 4.0 * np.tanh(deviations / 4.0)
    wings = smile.bend * (np.sqrt(z**2 + 0.8**2) - 0.8)
    result: Floats = atm * np.maximum(1.0 - smile.slope * z + wings, 0.35)
    return result


def black_scholes(
    spot: float,
    strike: Floats,
    years: Floats,
    vol: Floats,
    dividend_yield: float,
    is_call: NDArray[np.bool_],
) -> Floats:
    """Black-Scholes-Merton values, but never under what exercising at once would bring.

    That floor stands for the early exercise of US-style options, which would be worth a little
    more still where it is near.
    Hull, Options, Futures, and Other Derivatives, 10th ed., section 17.4.
    """
    deviation = vol * np.sqrt(years)
    forward = spot * np.exp((RATE - dividend_yield) * years)
    d1 = np.log(forward / strike) / deviation + deviation / 2
    sign = np.where(is_call, 1.0, -1.0)
    undiscounted = sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - deviation)))
    european = np.exp(-RATE * years) * undiscounted
    value: Floats = np.maximum(european, np.maximum(sign * (spot - strike), 0.0))
    return value
