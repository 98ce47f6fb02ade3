"""Counts over members by session: above their average, at 52-week highs, at 52-week lows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.series import YEAR_SESSIONS, rolling_high
from analytics.model.vocabulary import Bars, Floats, Sessions
from analytics.studies.deciding_average import deciding_averages

Counts = NDArray[np.int64]
Listed: TypeAlias = Callable[[str, Sessions], NDArray[np.bool_]]
"""(symbol, sessions) -> on which of them it was a member."""

NET_SESSIONS = 20


def always(_: str, sessions: Sessions) -> NDArray[np.bool_]:
    """A member on every session, as of a list that is followed back in time."""
    return np.ones(len(sessions), dtype=bool)


@dataclass(frozen=True, eq=False)
class AboveCounts:
    """By session: members whose close is above their N-DMA, of those that have one."""

    above: Counts
    of: Counts

    @property
    def share_pct(self) -> Floats:
        """Percent; NaN where no member has the average."""
        return _ratio_pct(self.above, self.of)


@dataclass(frozen=True, eq=False)
class HighLowCounts:
    """By session: members at new 52-week highs and lows, of those with 252 sessions."""

    highs: Counts
    lows: Counts
    of: Counts

    @property
    def net_pct(self) -> Floats:
        """Highs minus lows, percent of members; NaN where no member has 252 sessions."""
        return _ratio_pct(self.highs - self.lows, self.of)

    @property
    def net_20_pct(self) -> Floats:
        """Mean of the last 20 sessions' ``net_pct``; NaN unless all twenty exist."""
        return trailing_mean(self.net_pct, NET_SESSIONS)


def union_axis(members: Sequence[Bars]) -> Sessions:
    """Every session on which any member has a bar."""
    if not members:
        return np.empty(0, dtype="datetime64[D]")
    return np.unique(np.concatenate([bars.sessions for bars in members]))


def above_average(
    members: Sequence[Bars], axis: Sessions, sessions: int, listed: Listed = always
) -> AboveCounts:
    """Count on each session of ``axis`` (traded closes, each member's own bars).

    A member without a bar that session, or without ``sessions`` closes yet, is not counted, nor
    one that was none on that session.
    """
    above, of = _zeros(axis), _zeros(axis)
    for bars in members:
        average, counts = deciding_averages(bars, sessions), listed(bars.symbol, bars.sessions)
        _count(above, axis, bars.sessions, (bars.close > average) & counts)
        _count(of, axis, bars.sessions, np.isfinite(average) & counts)
    return AboveCounts(above, of)


def highs_and_lows(
    members: Sequence[Bars], axis: Sessions, listed: Listed = always
) -> HighLowCounts:
    """Count new highs and lows on each session of ``axis``; see `at_extremes`."""
    highs, lows, of = _zeros(axis), _zeros(axis), _zeros(axis)
    for bars in members:
        if len(bars) < YEAR_SESSIONS:
            continue
        days = bars.sessions[YEAR_SESSIONS - 1 :]
        high, low = at_extremes(*year_range(bars))
        counts = listed(bars.symbol, days)
        _count(highs, axis, days, high & counts)
        _count(lows, axis, days, low & counts)
        _count(of, axis, days, counts)
    return HighLowCounts(highs, lows, of)


def year_range(bars: Bars) -> tuple[Floats, Floats]:
    """Highs and lows by session, closes where there are none (methods, "Highs and lows")."""
    high = np.where(np.isnan(bars.high), bars.close, bars.high)
    return high, np.where(np.isnan(bars.low), bars.close, bars.low)


def at_extremes(high: Floats, low: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """From the 252nd session on: is its high (low) that of the 252? A tie with an older one is."""
    before = YEAR_SESSIONS - 1
    highest = rolling_high(high, before)[before - 1 : -1]
    lowest = -rolling_high(-low, before)[before - 1 : -1]
    return high[before:] >= highest, low[before:] <= lowest


def trailing_mean(values: Floats, sessions: int) -> Floats:
    """Mean of the last ``sessions`` values, shape of ``values``; NaN where one is missing.

    Each window is summed by itself and rounded to 1e-12: running sums would leave noise that
    tells equal windows apart when they are ranked.
    """
    out = np.full(values.shape, np.nan)
    if len(values) >= sessions:
        windows = np.lib.stride_tricks.sliding_window_view(values, sessions)
        out[sessions - 1 :] = np.round(windows.mean(axis=1), 12)
    return out


def _zeros(axis: Sessions) -> Counts:
    return np.zeros(len(axis), dtype=np.int64)


def _count(into: Counts, axis: Sessions, days: Sessions, hit: NDArray[np.bool_]) -> None:
    wanted = days[hit]
    at = np.searchsorted(axis, wanted)
    at = at[(at < len(axis)) & (axis[np.minimum(at, len(axis) - 1)] == wanted)]
    into[at] += 1


def _ratio_pct(part: Counts, of: Counts) -> Floats:
    return np.where(of > 0, part / np.maximum(of, 1) * 100, np.nan)
