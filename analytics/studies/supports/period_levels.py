"""Levels of completed periods: weekly averages, and the prior day's, week's and month's range.

A period ends with the last session of it on the listing's own calendar: from the close of that
session on it is a completed one, whichever weekday that is. The running period never counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.periods import period_numbers
from analytics.indicators.series import moving_average
from analytics.model.levels import WEEKLY, LevelFamily, LevelId
from analytics.model.vocabulary import Bars, Floats

Numbers = NDArray[np.int64]


def ended_periods(bars: Bars, period: str) -> tuple[Numbers, Numbers]:
    """First and last bar of every completed period; the last bar counts as that of its session."""
    if not len(bars):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    following = np.datetime64(bars.listing.next_session(bars.last_session), "D")
    days = np.append(bars.sessions, following)
    number = period_numbers(days, period)
    last = np.flatnonzero(number[1:] != number[:-1])
    first = np.append(0, last[:-1] + 1) if last.size else np.empty(0, np.int64)
    return first, last


def weekly_path(bars: Bars, parameter: str) -> Floats:
    """The mean of the closes of the last N completed weeks, through every bar."""
    _, last = ended_periods(bars, "week")
    out = np.full(len(bars), np.nan)
    averages = moving_average(bars.close[last], int(parameter))
    for at, average in zip(last, averages, strict=True):
        out[at:] = average
    return out


def weekly_average(bars: Bars, parameter: str) -> float | None:
    """The last of `weekly_path`, or None."""
    path = weekly_path(bars, parameter)
    return float(path[-1]) if len(path) and not np.isnan(path[-1]) else None


def weekly_missing(bars: Bars, parameter: str) -> str:
    """Why there is no weekly average."""
    _, last = ended_periods(bars, "week")
    since = f" since {bars.since}" if bars.since else ""
    name = LevelId(WEEKLY.key, parameter).name
    return f"{name} needs {parameter} completed weeks (has {len(last)}{since})"


def prior_low(bars: Bars, period: str) -> float | None:
    """Lowest low of the last completed day, week or month; closes where there are no lows."""
    lows = np.where(np.isnan(bars.low), bars.close, bars.low)
    first, last = ended_periods(bars, period)
    return float(lows[first[-1] : last[-1] + 1].min()) if last.size else None


def prior_high(bars: Bars, period: str) -> float | None:
    """Highest high of the last completed day, week or month; closes where there are no highs."""
    highs = np.where(np.isnan(bars.high), bars.close, bars.high)
    first, last = ended_periods(bars, period)
    return float(highs[first[-1] : last[-1] + 1].max()) if last.size else None


def prior_missing(family: LevelFamily, period: str) -> str:
    """Why there is no prior low or high."""
    return f"{LevelId(family.key, period).name} needs one completed {period}"
