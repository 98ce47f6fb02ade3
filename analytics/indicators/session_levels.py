"""The level known before every session, of every family that bars give, as parts of kernels.

`fill_levels` is what the studies and their nulls compute levels with: one scan for a history and
for each bootstrap path. The ladder's own computations (`analytics.studies.supports.levels`) find
the same levels from whole arrays; tests hold the two against each other.

Series have a row a session of the calendar; a row without a bar is NaN throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.compiled import part
from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.levels import LevelId, dma
from analytics.model.vocabulary import Floats

Ints = NDArray[np.int64]

DMA, WEEKLY, DAY, WEEK, MONTH, VWAP, PROFILE = range(7)
"""Kinds of level. Day, week and month: the prior period's range; VWAP: from a 52-week extreme."""

LOW, HIGH, MIDDLE = range(3)
"""Sides: the low or the high of a range, its anchor or its area; the point of control."""

PROFILE_SESSIONS = 63
PROFILE_ROWS = 50
VALUE_AREA = 0.7


@dataclass(frozen=True)
class LevelRecipe:
    """A level as the kernels know it.

    Attributes:
        kind: one of `DMA` .. `PROFILE`.
        length: sessions or weeks of an average; else 0.
        side: `LOW`, `HIGH` or `MIDDLE`, of a kind that has sides.
        id: which level of the ladder it is.
    """

    kind: int
    length: int
    side: int
    id: LevelId


def recipes() -> dict[str, LevelRecipe]:
    """Every level without a length of its own, by the word that names it in parameters."""
    found = {}
    for kind, period in ((DAY, "day"), (WEEK, "week"), (MONTH, "month")):
        found[f"{period}-low"] = LevelRecipe(kind, 0, LOW, LevelId("prior-low", period))
        found[f"{period}-high"] = LevelRecipe(kind, 0, HIGH, LevelId("prior-high", period))
    for side, word in ((HIGH, "high"), (LOW, "low")):
        level = LevelId("anchored-vwap", f"52-week {word}")
        found[f"vwap-{word}"] = LevelRecipe(VWAP, 0, side, level)
        level = LevelId("volume-profile", f"value area {word}")
        found[f"value-{word}"] = LevelRecipe(PROFILE, 0, side, level)
    level = LevelId("volume-profile", "point of control")
    return found | {"poc": LevelRecipe(PROFILE, 0, MIDDLE, level)}


def average_of(sessions: int) -> LevelRecipe:
    """The N-DMA."""
    return LevelRecipe(DMA, sessions, LOW, dma(sessions))


def weekly_of(weeks: int) -> LevelRecipe:
    """The N-week average."""
    return LevelRecipe(WEEKLY, weeks, LOW, LevelId("weekly", str(weeks)))


def usual_volume(volume: Floats) -> Floats:
    """Volume over its mean of the year before: a path mixes years of other usual volumes."""
    sums = np.append(0.0, np.cumsum(volume))
    rows = np.arange(len(volume))
    first = np.maximum(rows - YEAR_SESSIONS, 0)
    mean = (sums[rows] - sums[first]) / np.maximum(rows - first, 1)
    return np.where(mean > 0, volume / np.where(mean > 0, mean, 1.0), np.minimum(volume, 1.0))


@part
def _averages(close: Floats, length: int, out: Floats) -> None:
    total, count, tail = 0.0, 0, 0
    for t in range(len(close)):
        out[t] = total / length if count == length else np.nan
        if close[t] != close[t]:
            continue
        total += close[t]
        count += 1
        if count > length:
            while close[tail] != close[tail]:
                tail += 1
            total -= close[tail]
            tail += 1
            count -= 1


@part
def _weekly(close: Floats, week: Ints, length: int, out: Floats) -> None:
    ends = np.empty(len(close))
    weeks, last = 0, np.nan
    total = 0.0
    for t in range(len(close)):
        if t > 0 and week[t] != week[t - 1]:
            if last == last:
                ends[weeks] = last
                total += last
                weeks += 1
                if weeks > length:
                    total -= ends[weeks - 1 - length]
            last = np.nan
        out[t] = total / length if weeks >= length else np.nan
        if close[t] == close[t]:
            last = close[t]


@part
def _prior(series: Floats, number: Ints, side: int, out: Floats) -> None:
    """The extreme of the last completed period."""
    known, running = np.nan, np.nan
    for t in range(len(series)):
        if t > 0 and number[t] != number[t - 1]:
            if running == running:
                known = running
            running = np.nan
        out[t] = known
        x = series[t]
        if x == x and (running != running or (x < running if side == LOW else x > running)):
            running = x


@part
def _anchored(
    series: Floats, high: Floats, low: Floats, close: Floats, volume: Floats, side: int, out: Floats
) -> None:
    """VWAP from the extreme of ``series`` over the 252 rows before each row on."""
    n = len(close)
    money, shares = np.zeros(n + 1), np.zeros(n + 1)
    bars, anchor = 0, -1
    for t in range(n):
        out[t] = np.nan
        first = t - YEAR_SESSIONS
        if anchor >= 0 and anchor < first:  # fallen out: the extreme of what is left
            anchor = -1
            for i in range(first, t):
                x = series[i]
                if x == x and (
                    anchor < 0 or (x <= series[anchor] if side == LOW else x >= series[anchor])
                ):
                    anchor = i
        if bars >= YEAR_SESSIONS and anchor >= 0:
            traded = shares[t] - shares[anchor]
            if traded > 0.0:
                out[t] = (money[t] - money[anchor]) / traded
        x = series[t]
        money[t + 1], shares[t + 1] = money[t], shares[t]
        if x == x:
            bars += 1
            if anchor < 0 or (x <= series[anchor] if side == LOW else x >= series[anchor]):
                anchor = t
            typical = (high[t] + low[t] + close[t]) / 3.0
            money[t + 1] += typical * volume[t]
            shares[t + 1] += volume[t]


@part
def _spread_volume(
    high: float, low: float, volume: float, bottom: float, height: float, rows: Floats, bars: Ints
) -> None:
    """Add a bar's volume to ``rows``, evenly over its range; one of less than none is taken away.

    ``bars`` counts those that touch a row: one that none touches any more holds nothing, where a
    difference of sums would leave a rounding error.
    """
    if volume == 0.0:
        return
    last = len(rows) - 1
    begins, ends = (low - bottom) / height, (high - bottom) / height
    first = min(int(begins), last)
    upto = min(int(ends), last) if ends > begins else first
    each = volume / (ends - begins) if ends > begins else volume
    for row in range(first, upto + 1):
        part_of = 1.0
        if ends > begins:
            part_of = max(min(ends, row + 1.0) - max(begins, float(row)), 0.0)
        rows[row] += each * part_of
        bars[row] += 1 if volume > 0.0 else -1
        if bars[row] == 0:
            rows[row] = 0.0


@part
def _profile_level(rows: Floats, bottom: float, height: float, side: int) -> float:
    """Middle of the row with the most volume, or the edge of the 70% round it."""
    top = 0
    total = 0.0
    for row in range(len(rows)):
        total += rows[row]
        if rows[row] > rows[top]:
            top = row
    if total <= 0.0:
        return np.nan
    if side == MIDDLE:
        return bottom + (top + 0.5) * height
    lower, upper, inside = top, top, rows[top]
    while inside < VALUE_AREA * total and (lower > 0 or upper < len(rows) - 1):
        above = rows[upper + 1] if upper < len(rows) - 1 else -1.0
        below = rows[lower - 1] if lower > 0 else -1.0
        if above >= below:
            upper += 1
            inside += above
        else:
            lower -= 1
            inside += below
    return bottom + (upper + 1) * height if side == HIGH else bottom + lower * height


@part
def _profiles(high: Floats, low: Floats, volume: Floats, side: int, out: Floats) -> None:
    """The profile of the last `PROFILE_SESSIONS` bars; while their range stands, bar by bar."""
    rows, touching = np.zeros(PROFILE_ROWS), np.zeros(PROFILE_ROWS, np.int64)
    window = np.empty(len(high), np.int64)
    bars, spread = 0, -1
    bottom, height = np.nan, np.nan
    for t in range(len(high)):
        out[t] = np.nan
        if bars >= PROFILE_SESSIONS:
            if bars != spread:
                inside = window[bars - PROFILE_SESSIONS : bars]
                lowest, highest = np.inf, -np.inf
                for i in inside:
                    lowest, highest = min(lowest, low[i]), max(highest, high[i])
                tall = (highest - lowest) / PROFILE_ROWS
                if lowest == bottom and tall == height and bars == spread + 1:
                    gone, came = window[bars - PROFILE_SESSIONS - 1], window[bars - 1]
                    _spread_volume(
                        high[gone], low[gone], -volume[gone], bottom, height, rows, touching
                    )
                    _spread_volume(
                        high[came], low[came], volume[came], bottom, height, rows, touching
                    )
                else:
                    bottom, height = lowest, tall
                    rows[:] = 0.0
                    touching[:] = 0
                    if height > 0.0:
                        for i in inside:
                            _spread_volume(
                                high[i], low[i], volume[i], bottom, height, rows, touching
                            )
                spread = bars
            out[t] = _profile_level(rows, bottom, height, side) if height > 0.0 else bottom
        if high[t] == high[t]:
            window[bars] = t
            bars += 1


@part
def fill_levels(
    kind: int,
    length: int,
    side: int,
    high: Floats,
    low: Floats,
    close: Floats,
    volume: Floats,
    periods: Ints,
    out: Floats,
) -> None:
    """Fill ``out`` with the level known before each row's session, NaN where there is none.

    Args:
        kind, length, side: of a `LevelRecipe`.
        volume: shares, 0 where unknown; only its proportions matter.
        periods: shape (3, n): numbers that the sessions of one day, week and month share.
    """
    if kind == DMA:
        _averages(close, length, out)
    elif kind == WEEKLY:
        _weekly(close, periods[1], length, out)
    elif kind == VWAP:
        series = low if side == LOW else high
        _anchored(series, high, low, close, volume, side, out)
    elif kind == PROFILE:
        _profiles(high, low, volume, side, out)
    else:
        series = low if side == LOW else high
        _prior(series, periods[kind - DAY], side, out)
