"""Touches of a moving average and gaps under it: the events of the hold study, and their null.

Hold rates on a driftless random walk, by what is called an event at a 50-DMA (20 walks of
20,000 sessions of 390 steps, sigma 1% a session, zero overnight gap; 95% interval over walks):

    ================================================  ==============
    event                                             close >= level
    ================================================  ==============
    low within 1% above the level, or under it        78.6% +- 0.8
    low at or under the level (`TOUCH`)               47.6% +- 0.9
    ================================================  ==============

So "it held 75% of the time" is what chance gives to a generous definition.

Calibration: on random walks of 8,000 sessions the p-values of a 50-DMA are uniform. A block as
long as the average (20 sessions for the 20-DMA) carries whole events over into the paths, which
draws the p-values towards the middle: the 20-DMA's p is conservative, never bold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from analytics.indicators.periods import period_numbers
from analytics.indicators.series import rolling_atr
from analytics.indicators.session_levels import PROFILE, VWAP, LevelRecipe, usual_volume
from analytics.model.levels import DMA
from analytics.model.vocabulary import Bars, Floats, NotAvailable
from analytics.studies.hold.cells import (
    CELL_COUNT,
    CELLS,
    COOLDOWN_SESSIONS,
    MEAN_BLOCK_SESSIONS,
)

Studied: TypeAlias = int | LevelRecipe
"""What is studied: the average over so many sessions, or the level of another family."""

VIX_BOUNDS = (15.0, 20.0, 30.0)
CONFIRM_ATR = 0.25
SEED = 20250127
HEADLINE_SESSIONS = tuple(int(parameter) for parameter in DMA.headline)
REACH_SESSIONS = 60
PROFILE_PATHS = 500
"""At most, where the level is a volume profile's: it takes forty times as long as another level. A
p of 5% is then known to 1 point (its standard error)."""


@dataclass(frozen=True, eq=False)
class History:
    """Completed bars with a range, and the VIX regime known before each open.

    Attributes:
        volume: 0 where unknown; ``periods``: of ``days``, as `fill_levels` takes them.
        begin: events count from this bar on; those before it are for the level alone.
    """

    days: np.ndarray
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    vix: Floats
    regime: np.ndarray
    volume: Floats
    periods: np.ndarray
    begin: int = 0

    @property
    def digest(self) -> bytes:
        """Of everything in it: equal histories have equal ones."""
        made = hashlib.blake2b(digest_size=16)
        prices = (self.open, self.high, self.low, self.close)
        for series in (self.days, *prices, self.vix, self.volume):
            made.update(np.ascontiguousarray(series).tobytes())
        made.update(bytes(str(self.begin), "ascii"))
        return made.digest()


def read_history(bars: Bars, vix: Bars | None) -> History:
    """Completed bars that have an open, high and low; the VIX close of the session before.

    After a missing session the open is taken as unknown: an event needs the close before it.

    Raises:
        NotAvailable: for close-only data, which cannot show a touch.
    """
    done = np.ones(len(bars), dtype=bool)
    done[-1] = bars.last_complete
    done &= np.isfinite(bars.open) & np.isfinite(bars.high) & np.isfinite(bars.low)
    if done.sum() < 2:
        raise NotAvailable(f"{bars.symbol}: close only; a touch needs highs and lows.")
    days = bars.sessions[done]
    before = np.full(len(days), np.nan)
    if vix is not None:
        at = np.searchsorted(vix.sessions, days, side="left") - 1
        before = np.where(at >= 0, vix.close[np.maximum(at, 0)], np.nan)
    regime = np.where(np.isnan(before), len(VIX_BOUNDS) + 1, np.digitize(before, VIX_BOUNDS))
    return History(
        days,
        np.where(bars.follows, bars.open, np.nan)[done],
        bars.high[done],
        bars.low[done],
        bars.close[done],
        before,
        regime.astype(np.int64),
        np.nan_to_num(bars.volume)[done],
        np.ascontiguousarray([period_numbers(days, one) for one in ("day", "week", "month")]),
    )


@dataclass(frozen=True)
class Event:
    """An observed event: its bar, class (an index into `CELLS`) and outcome."""

    at: int
    cell: tuple[int, ...]
    level: float
    held: bool
    confirmed: bool

    @property
    def kind(self) -> int:
        """`TOUCH` or `GAP_DOWN`."""
        return self.cell[0]


@dataclass(frozen=True, eq=False)
class _Scan:
    """What the scan found: the events' bars, whether each is the first since a close below, L_t.

    Attributes:
        begins: the first bar with a level.
    """

    at: np.ndarray
    first: np.ndarray
    levels: Floats
    begins: int


def _scan(history: History, level: Studied) -> _Scan:
    """Run the scan that the null uses.

    Raises:
        NotAvailable: the level needs volume, and there is none.
    """
    from analytics.studies.hold.kernels import find_events, find_events_at, first_known

    room = len(history.close) // COOLDOWN_SESSIONS + 1
    at, first = np.empty(room, np.int64), np.empty(room, np.int64)
    levels = np.empty(len(history.close))
    apart = COOLDOWN_SESSIONS
    if isinstance(level, int):
        prices = (history.open, history.low, history.close)
        found = find_events(*prices, level, apart, at, first, levels)
        return _Scan(at[:found], first[:found], levels, level)
    if level.kind in (VWAP, PROFILE) and not history.volume.any():
        raise NotAvailable(f"No volume is known, which the {level.id.name} rests on.")
    bars = (history.open, history.high, history.low, history.close, history.volume)
    codes = (level.kind, level.length, level.side)
    begin = history.begin
    found = find_events_at(*bars, history.periods, *codes, begin, apart, at, first, levels)
    return _Scan(at[:found], first[:found], levels, first_known(levels))


def list_events(history: History, level: Studied) -> list[Event]:
    """The observed events, oldest first, through the scan that the null uses.

    Raises:
        NotAvailable: the level needs volume, and there is none.
    """
    from analytics.studies.hold.kernels import classify

    scan = _scan(history, level)
    atr = rolling_atr(history.high, history.low, history.close)
    events = []
    for t, fresh in zip(scan.at.tolist(), scan.first.tolist(), strict=True):
        cell = classify(t, fresh, history.open[t], scan.levels, scan.begins, history.regime[t])
        price = float(scan.levels[t])
        events.append(
            Event(
                at=t,
                cell=tuple(int(i) for i in np.unravel_index(cell, CELLS)),
                level=price,
                held=bool(history.close[t] >= price),
                confirmed=_confirmed(history.close, scan.levels, atr, t),
            )
        )
    return events


def _confirmed(close: Floats, levels: Floats, atr: Floats, t: int) -> bool:
    """Two closes below the level of their day, or one 0.25 ATR14 (of the day before) under it."""
    if close[t] >= levels[t]:
        return False
    deep = close[t] < levels[t] - CONFIRM_ATR * atr[t - 1]  # False while ATR is NaN
    again = t + 1 < len(close) and close[t + 1] < levels[t + 1]
    return bool(deep or again)


def draw_null(history: History, lengths: tuple[int, ...], paths: int) -> np.ndarray:
    """Counts on bootstrap paths, shape (paths, lengths, `CELL_COUNT`, 2)."""
    from analytics.studies.hold.kernels import null_counts

    return null_counts(
        bar_ratios(history.open, history.low, history.close),
        history.regime[1:],
        np.asarray(lengths, np.int64),
        paths,
        SEED,
        MEAN_BLOCK_SESSIONS,
        COOLDOWN_SESSIONS,
    )


def draw_null_at(
    history: History, level: LevelRecipe, paths: int, *, reach: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """`draw_null` and `draw_reaches` at a level that is no average of daily closes.

    Args:
        paths: at most `PROFILE_PATHS` are drawn of a volume profile.
        reach: False leaves the reaches out: they stay 0.

    Returns:
        Shapes (paths, `CELL_COUNT`, 2) and (paths, 2).
    """
    from analytics.studies.hold.kernels import null_at

    if level.kind == PROFILE:
        paths = min(paths, PROFILE_PATHS)
    counts = np.zeros((paths, CELL_COUNT, 2), np.int32)
    reaches = np.zeros((paths, 2), np.int32)
    null_at(
        bar_ratios(history.open, history.low, history.close, history.high),
        usual_volume(history.volume)[1:],
        history.periods,
        history.regime[1:],
        _lower_averages(level) if reach else np.empty(0, np.int64),
        level.kind,
        level.length,
        level.side,
        history.begin,
        REACH_SESSIONS,
        SEED,
        MEAN_BLOCK_SESSIONS,
        COOLDOWN_SESSIONS,
        counts,
        reaches,
    )
    return counts, reaches


def reach_waits(history: History, level: Studied, events: Sequence[Event]) -> np.ndarray:
    """Of each event: sessions to the next lower average, or a code of `kernels`."""
    from analytics.studies.hold.kernels import reach_after_breaks, reach_from_levels

    at = np.asarray([event.at for event in events], np.int64)
    waits = np.empty(len(at), np.int64)
    into = (_lower_averages(level), REACH_SESSIONS, at, waits)
    if isinstance(level, int):
        reach_after_breaks(history.low, history.close, level, *into)
    else:
        reach_from_levels(history.low, history.close, _scan(history, level).levels, *into)
    return waits


def draw_reaches(history: History, sessions: int, paths: int) -> np.ndarray:
    """Known and reached breaks on the null's paths, shape (paths, 2)."""
    from analytics.studies.hold.kernels import null_reaches

    return null_reaches(
        bar_ratios(history.open, history.low, history.close),
        sessions,
        _lower_averages(sessions),
        REACH_SESSIONS,
        paths,
        SEED,
        MEAN_BLOCK_SESSIONS,
        COOLDOWN_SESSIONS,
    )


def _lower_averages(level: Studied) -> np.ndarray:
    """The headline averages other than the one asked about."""
    return np.asarray([n for n in HEADLINE_SESSIONS if n != level], np.int64)


def bar_ratios(open_: Floats, low: Floats, close: Floats, *more: Floats) -> Floats:
    """(open, low, close, more) / previous close of every bar but the first, shape (n - 1, k)."""
    columns = (open_, low, close, *more)
    return np.column_stack([series[1:] for series in columns]) / close[:-1, None]
