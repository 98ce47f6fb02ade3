"""The log-price regression channel and where the price stands in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.vocabulary import Floats


@dataclass(frozen=True)
class Channel:
    """Least-squares line through log close over the last ``sessions``.

    Attributes:
        z: residual of the last close / residual standard deviation (n - 2 degrees of freedom).
        slope_pct_a_year: growth of the line over 252 sessions, percent.
        first, last: the line's price at the window's ends (Z = 0).
        band: factor by which Z = +1 lies above the line, everywhere (log scale).
    """

    sessions: int
    z: float
    slope_pct_a_year: float
    first: float
    last: float
    band: float


def fit_channel(close: Floats, sessions: int = YEAR_SESSIONS) -> Channel | None:
    """The channel over the last ``sessions`` closes; None with fewer, or on a straight line."""
    if len(close) < sessions:
        return None
    log_close = np.log(close[-sessions:])
    x = np.arange(sessions) - (sessions - 1) / 2
    slope = float(x @ log_close / (x @ x))
    middle = float(log_close.mean())
    residual = log_close - middle - slope * x
    spread = float(np.sqrt(residual @ residual / (sessions - 2)))
    if spread < 1e-12:
        return None
    return Channel(
        sessions=sessions,
        z=float(residual[-1]) / spread,
        slope_pct_a_year=float(np.expm1(slope * YEAR_SESSIONS)) * 100,
        first=float(np.exp(middle + slope * x[0])),
        last=float(np.exp(middle + slope * x[-1])),
        band=float(np.exp(spread)),
    )
