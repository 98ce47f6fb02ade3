"""Path of a price between two looks: what was passed through, not only where it stands.

Between two prices of one path the price is taken to have passed through all between them: from
610 to 590 it was within 0.5% of 600.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from analytics.model.live import LiveQuote
from analytics.model.vocabulary import MinuteBars
from analytics.watch.crossings import prints_of_minutes

MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Point:
    """A price of the path.

    Attributes:
        at: UTC, when it was seen.
        after: UTC, the earliest it can have traded: a new low of the day is as old as the last
            look at most.
        between: the prices seen before and after it, where it was passed and not seen itself.
    """

    at: dt.datetime
    price: float
    after: dt.datetime
    between: tuple[float, float] | None = None

    @property
    def is_exact(self) -> bool:
        """Whether its time is known to the minute."""
        return self.at - self.after <= MINUTE

    def is_earlier(self, time: dt.datetime) -> bool:
        """Whether it is known to have been a minute or more before a time."""
        return self.is_exact and time - self.at >= MINUTE


@dataclass(frozen=True)
class Path:
    """Prices of one symbol in one session, oldest first.

    Attributes:
        is_from_open: nothing was traded in the session before the first point.
        came_from: the price at most a minute before the first point; None where not known.
    """

    points: tuple[Point, ...] = ()
    is_from_open: bool = False
    came_from: float | None = None

    def since(self, time: dt.datetime | None) -> Path:
        """The points that cannot be from before ``time``."""
        if time is None:
            return self
        later = tuple(point for point in self.points if point.after >= time)
        dropped = [point for point in self.points if point.after < time]
        if not dropped:
            return self
        last = next((p for p in reversed(dropped) if p.at == p.after), None)
        is_near = last is not None and time - last.at <= MINUTE
        return Path(later, came_from=last.price if last is not None and is_near else None)

    def first_within(self, low: float, high: float) -> Point | None:
        """The first point in a band.

        Where the path goes across it from one point to the next, it is the edge come to first.
        """
        for before, point in pairwise((None, *self.points)):
            if point is None:
                continue
            if low <= point.price <= high:
                return point
            if before is not None and (before.price < low) != (point.price < low):
                edge = low if before.price < low else high
                return replace(point, price=edge, between=(before.price, point.price))
        return None

    def first_under(self, level: float) -> Point | None:
        """The first price under a level."""
        return next((point for point in self.points if point.price < level), None)

    def first_down_to(self, level: float) -> Point | None:
        """The first price at a level or under it."""
        return next((point for point in self.points if point.price <= level), None)

    def first_over(self, level: float) -> Point | None:
        """The first price at a level or above it."""
        return next((point for point in self.points if point.price >= level), None)

    def first_regained(self, level: float, previous_close: float) -> Point | None:
        """The first price at a level or above it after one under it.

        Args:
            previous_close: the price that a path from the open came from.
        """
        before = previous_close if self.is_from_open else self.came_from
        is_under = before is not None and before < level
        for point in self.points:
            if is_under and point.price >= level:
                return point
            is_under = point.price < level
        return None


def point_of(line: LiveQuote) -> Point:
    """Where the price stands."""
    return Point(line.time, line.price, line.time)


def path_of(line: LiveQuote, before: LiveQuote | None, opens: dt.datetime) -> Path:
    """The path from one look to the next.

    Args:
        before: the last look at the same session; None at the first.
        opens: UTC, the session's opening bell: what the day's extremes are no older than.
    """
    # of a new high and a new low the order is not known: the low last claims no level regained
    extremes = _extremes(line, before)
    if before is None:
        first = (line.open, *extremes)
        found = [Point(line.time, price, opens) for price in first if price is not None]
        return Path((*found, point_of(line)), is_from_open=True)
    start = point_of(before)
    found = [Point(line.time, price, before.time) for price in extremes if price is not None]
    return Path((start, *found, point_of(line)))


def path_of_minutes(
    minutes: MinuteBars, since: dt.datetime, until: dt.datetime, opens: dt.datetime
) -> Path:
    """The path of the minutes that begin from ``since`` on, and have begun by ``until``.

    Args:
        opens: UTC, the session's opening bell.
    """
    prints = (
        Point(seen.at.replace(microsecond=0), seen.price, seen.at.replace(microsecond=0))
        for seen in prints_of_minutes(minutes, since)
    )
    return Path(tuple(point for point in prints if point.at <= until), since <= opens)


def _extremes(line: LiveQuote, before: LiveQuote | None) -> Iterator[float | None]:
    """The day's high and low where they are news since the last look, and beyond the price."""
    high, low = line.high, line.low
    is_high = before is None or _beyond(high, before.high, 1)
    is_low = before is None or _beyond(low, before.low, -1)
    yield high if is_high and _beyond(high, line.price, 1) else None
    yield low if is_low and _beyond(low, line.price, -1) else None


def _beyond(value: float | None, known: float | None, sign: int) -> bool:
    return value is not None and known is not None and (value - known) * sign > 0
