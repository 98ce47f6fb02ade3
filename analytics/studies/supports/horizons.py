"""Today, this week and a month, on the clock that counts sessions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from analytics.model import sessions
from analytics.model.expiries import expiry_close

MONTH_SESSIONS = 21


@dataclass(frozen=True)
class Horizon:
    """One horizon.

    Attributes:
        name: "today", "week" or "month".
        label: in words, with the date; after the close "today" is the next session.
        ends: the session at whose close it ends.
        sessions: T in sessions, a session under way counting as its remaining share.
        expiry: the first expiry at or after its end; None when the chain ends before.
    """

    name: str
    label: str
    ends: dt.date
    sessions: float
    expiry: dt.date | None


@lru_cache(maxsize=256)
def sessions_left(time: dt.datetime, last: dt.date) -> float:
    """Sessions from ``time`` to the close of ``last``; one under way counts as what is left."""
    first = sessions.session_on_or_before(time.astimezone(sessions.NEW_YORK).date())
    total = 0.0
    for day in sessions.sessions_between(first, last).tolist():
        opens, closes = sessions.session_open(day), sessions.session_close(day)
        total += max((closes - max(opens, time)) / (closes - opens), 0.0)
    return total


def sessions_to_expiry(time: dt.datetime, expiry: dt.date) -> float:
    """Sessions from ``time`` to the close at which an expiry's contracts end.

    Raises:
        ValueError: the expiry lies beyond the calendar.
    """
    return sessions_left(time, sessions.session_on_or_before(expiry))


def horizons_from(time: dt.datetime, expiries: Sequence[dt.date]) -> tuple[Horizon, ...]:
    """Today, this week and a month of sessions from ``time`` on.

    After the close the next session takes the place of today, and its week that of this week.

    Args:
        time: timezone-aware.
        expiries: that have odds, nearest first.
    """
    today = sessions.session_on_or_before(time.astimezone(sessions.NEW_YORK).date())
    running = sessions.session_close(today) > time
    first = today if running else sessions.next_session(today)
    friday = first + dt.timedelta(days=4 - first.weekday())
    week = sessions.session_on_or_before(friday)
    month = sessions.next_session(first, MONTH_SESSIONS - 1)
    ends = {
        "today": (first, f"{'today' if running else 'next session'}, {first:%a %d %b}"),
        "week": (week, f"this week, to {week:%a %d %b}" if running else f"to {week:%a %d %b}"),
        "month": (month, f"{MONTH_SESSIONS} sessions, to {month:%a %d %b}"),
    }
    found = []
    for name, (last, label) in ends.items():
        closes = sessions.session_close(last)
        expiry = next((day for day in expiries if expiry_close(day) >= closes), None)
        found.append(Horizon(name, label, last, sessions_left(time, last), expiry))
    return tuple(found)
