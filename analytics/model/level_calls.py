"""Level calls: a level as called before the close, and what happened at it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from analytics.model.levels import LevelId
from analytics.model.status import Status


class Happening(StrEnum):
    """One line of the day's log; `analytics.watch.crossings` says when each is written."""

    OPENED_UNDER = "opened under"
    OPENED_OVER = "opened over"
    TOUCHED = "touched"
    BROKE = "broke under"
    RECLAIMED = "reclaimed"
    RESUMED = "watched again"


UNDER_AFTER = {Happening.OPENED_UNDER, Happening.BROKE}
OVER_AFTER = {Happening.OPENED_OVER, Happening.RECLAIMED, Happening.TOUCHED}


@dataclass(frozen=True, slots=True)
class LevelCall:
    """A level as it was known before the session's close; from ``status`` on what it came to.

    Attributes:
        price: the level known before the open (`session_level`).
        previous_close: the close before the session.
        called_at: UTC; before the session's close.
        watched_until: UTC; the newest price the day's log has seen, or None.
        status: of the close; None until it is scored.
        gap_down: open <= level < previous close; None until scored, or without an open.
        open, low, close: of the session's final bar; None until scored, or not stated.
        scored_at: UTC.
    """

    symbol: str
    level: LevelId
    session: dt.date
    price: float
    previous_close: float
    called_at: dt.datetime
    watched_until: dt.datetime | None = None
    status: Status | None = None
    gap_down: bool | None = None
    open: float | None = None
    low: float | None = None
    close: float | None = None
    scored_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class LevelEvent:
    """One line of the day's log.

    Attributes:
        at: UTC, of the first price across; from minute bars its minute.
        price: that first price; of a touch the lowest.
        level_price: the level known before the open.
    """

    symbol: str
    level: LevelId
    session: dt.date
    at: dt.datetime
    kind: Happening
    price: float
    level_price: float
