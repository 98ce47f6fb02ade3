"""Returns of a portfolio: time-weighted, money-weighted, against a benchmark, and how rough.

A few lines of NumPy and one root of SciPy's; the tests hold them to empyrical and pyxirr. Neither
runs in the program: empyrical knows no payments, and would bring four packages for what is one
line each here.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analytics.indicators.numerics import root
from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.vocabulary import Floats, Sessions

DAYS_A_YEAR = 365.0
MIN_FOR_VOLATILITY = 20
MIN_FOR_BETA = 60


@dataclass(frozen=True)
class Drawdown:
    """The deepest fall from a high.

    Attributes:
        pct: percent, never positive.
        peak, trough: its sessions.
        recovered: the first session at or above the peak again; None while it is under it.
    """

    pct: float
    peak: dt.date
    trough: dt.date
    recovered: dt.date | None


def time_weighted_returns(value: Floats, flow: Floats) -> Floats:
    """Return of each session but the first, a fraction, shape (n - 1,); flows at the close.

    r_t = (V_t - F_t) / V_(t-1) - 1, with V after the flow: what is paid in or out leaves it
    unchanged (GIPS 2020, "time-weighted return", with a valuation at every flow). A session
    without a value (NaN) has no return; the next one's is over both. Nothing invested earns 0.

    Args:
        value: shape (n,), after the session's flow; NaN where unknown.
        flow: shape (n,); zero where ``value`` is NaN.
    """
    out = np.full(max(len(value) - 1, 0), np.nan)
    known = np.flatnonzero(np.isfinite(value))
    for before, now in pairwise(known):
        start = value[before]
        out[now - 1] = (value[now] - flow[now]) / start - 1.0 if start > 1e-9 else 0.0
    return out


def growth(returns: Floats) -> Floats:
    """1 compounded by ``returns``, shape (n + 1,), starting at 1; NaN where a return is."""
    grown: Floats = np.cumprod(np.concatenate([[1.0], 1.0 + np.nan_to_num(returns)]))
    grown[1:][np.isnan(returns)] = np.nan
    return grown


def money_weighted_rate(days: Sequence[dt.date], paid: Sequence[float]) -> float | None:
    """XIRR: the yearly rate at which the payments are worth nothing together, a fraction.

    sum of paid_i / (1 + r)^((day_i - day_0) / 365) = 0, as spreadsheets define it. None when
    no rate does it, or the days are one.

    Args:
        days: of the payments, in any order.
        paid: by the investor (a deposit, negative) or to them (a withdrawal, what is left).
    """
    first = min(days, default=None)
    if first is None or max(days) == first or not (min(paid) < 0 < max(paid)):
        return None
    years = np.array([(day - first).days / DAYS_A_YEAR for day in days])
    amounts = np.asarray(paid, dtype=np.float64)

    def worth(log_rate: float) -> float:
        return float(np.sum(amounts * np.exp(-log_rate * years)))

    low, high = _bracket(worth, float(years.max()))
    if low is None or high is None:
        return None
    return math.expm1(root(worth, low, high))


def _bracket(worth: Callable[[float], float], years: float) -> tuple[float | None, float | None]:
    """Two log rates with the root between them, as near to 0 as can be; None, None for none."""
    here, reach = worth(0.0), min(0.5, 125.0 / years)
    while reach <= 500.0 / years:
        for end in (reach, -reach):
            if worth(end) * here <= 0:
                return min(0.0, end), max(0.0, end)
        reach *= 2
    return None, None


def over_period(rate: float, days: int) -> float:
    """A yearly rate over ``days``: below a year a yearly figure would promise too much."""
    return math.expm1(math.log1p(rate) * days / DAYS_A_YEAR)


def deepest_drawdown(sessions: Sessions, grown: Floats) -> Drawdown | None:
    """The deepest fall of a growth series below its own high; None when it never fell."""
    known = np.isfinite(grown)
    days, series = sessions[known], grown[known]
    if len(series) < 2:
        return None
    under = series / np.maximum.accumulate(series) - 1.0
    trough = int(np.argmin(under))
    if under[trough] >= 0:
        return None
    peak = int(np.argmax(series[: trough + 1]))
    after = np.flatnonzero(series[trough:] >= series[peak])
    return Drawdown(
        pct=float(under[trough]) * 100,
        peak=days[peak].astype(dt.date),
        trough=days[trough].astype(dt.date),
        recovered=days[trough + after[0]].astype(dt.date) if len(after) else None,
    )


def volatility_pct(returns: Floats) -> float | None:
    """Sample standard deviation of daily returns x sqrt(252), percent a year; None with few."""
    known = returns[np.isfinite(returns)]
    if len(known) < MIN_FOR_VOLATILITY:
        return None
    return float(np.std(known, ddof=1)) * math.sqrt(YEAR_SESSIONS) * 100


def beta(returns: Floats, benchmark: Floats) -> float | None:
    """Covariance with the benchmark / its variance, over the sessions both have.

    (Sharpe 1964, "Capital asset prices".) None with fewer than 60, or a benchmark at rest.
    """
    both = np.isfinite(returns) & np.isfinite(benchmark)
    if both.sum() < MIN_FOR_BETA:
        return None
    covariance = np.cov(returns[both], benchmark[both], ddof=1)
    return float(covariance[0, 1] / covariance[1, 1]) if covariance[1, 1] > 0 else None
