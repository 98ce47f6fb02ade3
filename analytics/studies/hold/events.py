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

import numpy as np

from analytics.indicators.series import rolling_atr
from analytics.model.levels import DMA
from analytics.model.vocabulary import Bars, Floats, NotAvailable
from analytics.studies.hold.cells import CELLS, COOLDOWN_SESSIONS, MEAN_BLOCK_SESSIONS

VIX_BOUNDS = (15.0, 20.0, 30.0)
CONFIRM_ATR = 0.25
SEED = 20250127
HEADLINE_SESSIONS = tuple(int(parameter) for parameter in DMA.headline)
REACH_SESSIONS = 60


@dataclass(frozen=True, eq=False)
class History:
    """Completed bars with a range, and the VIX regime known before each open."""

    days: np.ndarray
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    vix: Floats
    regime: np.ndarray

    @property
    def digest(self) -> bytes:
        """Of everything in it: equal histories have equal ones."""
        made = hashlib.blake2b(digest_size=16)
        for series in (self.days, self.open, self.high, self.low, self.close, self.vix):
            made.update(np.ascontiguousarray(series).tobytes())
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


def list_events(history: History, sessions: int) -> list[Event]:
    """The observed events, oldest first, through the scan that the null uses."""
    from analytics.studies.hold.kernels import classify, find_events

    room = len(history.close) // COOLDOWN_SESSIONS + 1
    at, first = np.empty(room, np.int64), np.empty(room, np.int64)
    levels = np.empty(len(history.close))
    found = find_events(
        history.open, history.low, history.close, sessions, COOLDOWN_SESSIONS, at, first, levels
    )
    atr = rolling_atr(history.high, history.low, history.close)
    events = []
    for t, fresh in zip(at[:found].tolist(), first[:found].tolist(), strict=True):
        cell = classify(t, fresh, history.open[t], levels, sessions, history.regime[t])
        level = float(levels[t])
        events.append(
            Event(
                at=t,
                cell=tuple(int(i) for i in np.unravel_index(cell, CELLS)),
                level=level,
                held=bool(history.close[t] >= level),
                confirmed=_confirmed(history.close, levels, atr, t),
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


def reach_waits(history: History, sessions: int, events: Sequence[Event]) -> np.ndarray:
    """Of each event: sessions to the next lower average, or a code of `kernels`."""
    from analytics.studies.hold.kernels import reach_after_breaks

    at = np.asarray([event.at for event in events], np.int64)
    waits = np.empty(len(at), np.int64)
    lower = _lower_averages(sessions)
    reach_after_breaks(history.low, history.close, sessions, lower, REACH_SESSIONS, at, waits)
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


def _lower_averages(sessions: int) -> np.ndarray:
    """The headline averages other than the one asked about."""
    return np.asarray([n for n in HEADLINE_SESSIONS if n != sessions], np.int64)


def bar_ratios(open_: Floats, low: Floats, close: Floats) -> Floats:
    """(open, low, close) / previous close of every bar but the first, shape (n - 1, 3)."""
    return np.column_stack([open_[1:], low[1:], close[1:]]) / close[:-1, None]
