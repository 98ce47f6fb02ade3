"""The price axis of a tile: what of the day and its levels is on it, and where. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from analytics.model import sessions
from analytics.studies.supports.watchlist import WatchlistRow
from analytics.watch.day_log import LevelLog

REACH_ATR = 1.5
"""A level is on the axis if it lies within so many ATR of the day's prices; else at its edge."""

LEAST_ATR = 0.5
"""The axis spans at least this much, so that a quiet day does not look wild."""

MARGIN = 0.06


@dataclass(frozen=True)
class TileAxis:
    """Prices from ``low`` to ``high``, and the line drawn on them.

    Attributes:
        points: (place from the left edge, of one; price): the day's minutes between its bells,
            or, where there are none, the last closes; nothing while the minutes are on their way.
        passed: how much of the day is over, of one; 1 for the last closes.
        by_closes: the line is of the last closes.
    """

    low: float
    high: float
    points: tuple[tuple[float, float], ...]
    passed: float
    by_closes: bool

    def top_pct(self, price: float) -> float:
        """How far below the top a price lies, in percent; the nearer edge for one off the axis."""
        return min(100.0, max(0.0, 100 * (self.high - price) / (self.high - self.low)))

    def holds(self, price: float) -> bool:
        """Whether the price is on the axis."""
        return self.low <= price <= self.high


def tile_axis(row: WatchlistRow, log: LevelLog | None, *, waits: bool = False) -> TileAxis:
    """The axis of a symbol's tile: its line, the price and the deciding level if it is near.

    Args:
        log: with the day's minutes, where there are any.
        waits: the log is still on its way.
    """
    points, passed, by_closes = _closes(row.spark), 1.0, True
    if log is not None and len(log.prices) > 1 and log.session == row.session:
        points, passed, by_closes = *_day(log), False
    elif waits:
        points, by_closes = (), False
    prices = [row.price, *(price for _, price in points)]
    low, high = min(prices), max(prices)
    level = row.deciding
    unit = row.atr or 0.01 * row.price
    if level is not None and low - REACH_ATR * unit <= level.price <= high + REACH_ATR * unit:
        low, high = min(low, level.price), max(high, level.price)
    short = max(0.0, LEAST_ATR * unit - (high - low)) / 2
    pad = (high - low + 2 * short) * MARGIN
    return TileAxis(low - short - pad, high + short + pad, points, passed, by_closes)


def _day(log: LevelLog) -> tuple[tuple[tuple[float, float], ...], float]:
    first, last = sessions.session_open(log.session), sessions.session_close(log.session)

    def place(time: dt.datetime) -> float:
        return min(1.0, max(0.0, (time - first) / (last - first)))

    points = tuple((place(time), price) for time, price in zip(log.times, log.prices, strict=True))
    return points, 1.0 if log.final else points[-1][0]


def _closes(closes: Sequence[float]) -> tuple[tuple[float, float], ...]:
    steps = max(len(closes) - 1, 1)
    return tuple((i / steps, price) for i, price in enumerate(closes))


def apart(tops: Sequence[float], least: float) -> list[float]:
    """Places from the top, ascending, moved as little as needed to stand ``least`` apart.

    All stay half of it away from 0 and 100, as long as there is room for them.
    """
    placed: list[float] = []
    for top in tops:
        placed.append(max(top, placed[-1] + least if placed else least / 2))
    bottom = 100 - least / 2
    for i in range(len(placed) - 1, -1, -1):
        placed[i] = min(placed[i], bottom)
        bottom = placed[i] - least
    return placed
