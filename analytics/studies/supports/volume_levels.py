"""Levels of traded volume, from daily bars: anchored VWAP and the volume profile.

Both are approximations by the day: a bar's volume stands at its typical price (VWAP) or evenly
over its range (profile), for daily bars do not say at which price their shares changed hands.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from analytics.indicators.series import YEAR_SESSIONS
from analytics.indicators.session_levels import PROFILE_ROWS, PROFILE_SESSIONS, VALUE_AREA
from analytics.model.levels import ANCHORED_VWAP, LevelId
from analytics.model.vocabulary import Bars, Floats
from analytics.studies.supports.level_words import too_short

CLOSED_DAYS = 5
"""Days on end that a market may be closed: bars that begin so long after a day begin with it."""

POC, VALUE_HIGH, VALUE_LOW = "point of control", "value area high", "value area low"


@dataclass(frozen=True)
class Profile:
    """Volume by price: the row with the most, and the area round it that holds 70%."""

    point_of_control: float
    value_high: float
    value_low: float


def anchored_at(anchor: str, session: dt.date) -> LevelId:
    """The anchored VWAP from ``session`` on; ``anchor``: what was on it, or empty."""
    return LevelId(ANCHORED_VWAP.key, f"{anchor} {session}".strip())


def anchor_position(bars: Bars, parameter: str) -> int | None:
    """The bar that a VWAP is anchored at: the latest of ties; None where there is none (yet).

    52-week anchors need 252 sessions; a date's is the first bar of that day or after it, none
    where the bars begin later.
    """
    if parameter.startswith("52-week"):
        if len(bars) < YEAR_SESSIONS:
            return None
        year = slice(len(bars) - YEAR_SESSIONS, None)
        if parameter.endswith("high"):
            series = -np.where(np.isnan(bars.high), bars.close, bars.high)[year]
        else:
            series = np.where(np.isnan(bars.low), bars.close, bars.low)[year]
        return len(bars) - 1 - int(np.argmin(series[::-1]))
    day = np.datetime64(parameter.split()[-1], "D")
    if day < bars.sessions[0] - CLOSED_DAYS:
        return None
    at = int(np.searchsorted(bars.sessions, day))
    return at if at < len(bars) else None


def vwap_path(bars: Bars, parameter: str) -> Floats:
    """Volume-weighted mean of the typical prices from the newest anchor on; NaN before it."""
    out = np.full(len(bars), np.nan)
    at = anchor_position(bars, parameter) if len(bars) else None
    if at is not None:
        typical = np.where(
            np.isnan(bars.high + bars.low), bars.close, (bars.high + bars.low + bars.close) / 3
        )[at:]
        volume = np.nan_to_num(bars.volume[at:])
        total = np.cumsum(volume)
        traded = total > 0
        sums = np.cumsum((typical - typical[0]) * volume)  # offsets: equal prices average to it
        out[at:][traded] = typical[0] + sums[traded] / total[traded]
    return out


def vwap(bars: Bars, parameter: str) -> float | None:
    """The last of `vwap_path`, or None."""
    path = vwap_path(bars, parameter)
    return float(path[-1]) if len(path) and not np.isnan(path[-1]) else None


def vwap_missing(bars: Bars, parameter: str) -> str:
    """Why there is no anchored VWAP."""
    name = LevelId(ANCHORED_VWAP.key, parameter).name
    if parameter.startswith("52-week") and len(bars) < YEAR_SESSIONS:
        return too_short(name, YEAR_SESSIONS, bars)
    if not len(bars) or anchor_position(bars, parameter) is None:
        return f"{name}: {_no_anchor(bars, parameter)}"
    return f"{name}: no volume from the anchor on"


def _no_anchor(bars: Bars, parameter: str) -> str:
    """Why a day is no anchor: before all bars, no session, still to come."""
    if not len(bars):
        return "there are no bars"
    day = dt.date.fromisoformat(parameter.split()[-1])
    if day < bars.sessions[0].item():
        return f"the bars begin on {bars.sessions[0]}, after that day"
    last = bars.last_session
    if (day - last).days <= CLOSED_DAYS and bars.listing.next_session(last) > day:
        return f"{day} is no session; the nearest is {last}"
    return f"{day} is ahead of the last session, {last}"


def begins_later(bars: Bars, level: LevelId) -> str | None:
    """Where a VWAP begins whose anchor is no session; None where it begins on its day, or nowhere.

    Args:
        level: anchored at a day of the viewer's own.
    """
    at = anchor_position(bars, level.parameter) if len(bars) else None
    if at is None or level.parameter == str(bars.sessions[at]):
        return None
    return f"{level.name}: {level.parameter} is no session; it begins with {bars.sessions[at]}"


def volume_profile(bars: Bars, sessions: int = PROFILE_SESSIONS) -> Profile | None:
    """Profile of the last ``sessions`` bars in 50 rows; None with fewer, or without volume.

    The value area grows from the point of control to the neighbouring row with more volume
    (the upper one of equals) until it holds 70% of all (Steidlmayer's market profile).
    """
    if len(bars) < sessions:
        return None
    last = slice(len(bars) - sessions, None)
    low = np.where(np.isnan(bars.low), bars.close, bars.low)[last]
    high = np.where(np.isnan(bars.high), bars.close, bars.high)[last]
    volume = np.nan_to_num(bars.volume[last])
    if volume.sum() <= 0:
        return None
    bottom, top = float(low.min()), float(high.max())
    if top <= bottom:
        return Profile(bottom, bottom, bottom)
    edges = np.linspace(bottom, top, PROFILE_ROWS + 1)
    height = (top - bottom) / PROFILE_ROWS
    over = np.minimum(high[:, None], edges[1:]) - np.maximum(low[:, None], edges[:-1])
    flat = high <= low
    share = np.maximum(over, 0.0) / np.where(flat, 1.0, high - low)[:, None]
    rows = np.minimum(((low - bottom) / height).astype(int), PROFILE_ROWS - 1)
    share[flat] = np.arange(PROFILE_ROWS) == rows[flat, None]
    by_row = (share * volume[:, None]).sum(axis=0)
    first, upto = _value_area(by_row)
    middle = int(np.argmax(by_row))
    return Profile(bottom + (middle + 0.5) * height, float(edges[upto + 1]), float(edges[first]))


def _value_area(by_row: Floats) -> tuple[int, int]:
    """First and last row of the value area."""
    low = high = int(np.argmax(by_row))
    inside, wanted = by_row[low], VALUE_AREA * by_row.sum()
    while inside < wanted and (low > 0 or high < len(by_row) - 1):
        above = by_row[high + 1] if high < len(by_row) - 1 else -1.0
        below = by_row[low - 1] if low > 0 else -1.0
        if above >= below:
            high += 1
            inside += above
        else:
            low -= 1
            inside += below
    return low, high


def profile_level(bars: Bars, parameter: str) -> float | None:
    """One of the profile's three levels."""
    found = volume_profile(bars)
    if found is None:
        return None
    named = {POC: found.point_of_control, VALUE_HIGH: found.value_high, VALUE_LOW: found.value_low}
    return named[parameter]


def profile_missing(bars: Bars, parameter: str) -> str:
    """Why there is no profile."""
    if len(bars) < PROFILE_SESSIONS:
        return too_short(f"profile {parameter}", PROFILE_SESSIONS, bars)
    return f"profile {parameter}: the bars have no volume"
