"""The New York Stock Exchange's calendar: sessions, half-days, closures, time to the close.

The market's own clock: live moments, option expiries and the day's agenda go by it. A listing's
bars go by the listing's calendar (`analytics.model.listing_calendars`).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from analytics.model.calendars import NEW_YORK, NYSE, ListingCalendar, calendar_named
from analytics.model.vocabulary import Phase, Sessions

__all__ = ["NEW_YORK"]

EVENING = dt.time(20, 0)
"""When the trading day that follows begins."""


@lru_cache(maxsize=1)
def new_york() -> ListingCalendar:
    """The calendar that every US listing follows."""
    return calendar_named(NYSE)


def is_session(day: dt.date) -> bool:
    """Whether the exchange trades on ``day``."""
    return new_york().is_session(day)


def session_open(session: dt.date) -> dt.datetime:
    """UTC time of the opening bell of ``session``."""
    return new_york().open(session)


def session_close(session: dt.date) -> dt.datetime:
    """UTC time of the closing bell of ``session``, early on a half-day."""
    return new_york().close(session)


def session_on_or_before(day: dt.date) -> dt.date:
    """The newest session dated ``day`` or earlier.

    Raises:
        BadInput: for a date outside the years the calendar covers.
    """
    return new_york().session_on_or_before(day)


def previous_session(session: dt.date, count: int = 1) -> dt.date:
    """The session ``count`` sessions before ``session``."""
    return new_york().previous_session(session, count)


def next_session(session: dt.date, count: int = 1) -> dt.date:
    """The session ``count`` sessions after ``session``."""
    return new_york().next_session(session, count)


def sessions_between(first: dt.date, last: dt.date) -> Sessions:
    """All sessions from ``first`` to ``last``, both included, as ``datetime64[D]``."""
    return new_york().sessions_between(first, last)


def current_session(time: dt.datetime) -> dt.date:
    """The newest session whose opening bell has rung by ``time`` (any zone)."""
    return new_york().current_session(time)


def phase_at(time: dt.datetime) -> Phase:
    """Pre-market (from 04:00 New York on a session), open, or closed."""
    return new_york().phase_at(time)


def trading_window(session: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """From when and until when a trade counts as of ``session``, UTC: 20:00 to 20:00 New York.

    What trades overnight or over a weekend belongs to the session that follows (Cboe's global
    trading hours of a session begin at 20:15 the evening before).
    """
    before = previous_session(session)
    start, end = (dt.datetime.combine(d, EVENING, tzinfo=NEW_YORK) for d in (before, session))
    return start.astimezone(dt.UTC), end.astimezone(dt.UTC)


def minutes_to_close(time: dt.datetime) -> int | None:
    """Whole minutes left in the session under way (rounded up), or None when none is."""
    return new_york().minutes_to_close(time)


def next_open(time: dt.datetime) -> dt.datetime:
    """UTC time of the first opening bell after ``time`` (any zone)."""
    return new_york().next_open(time)


def is_half_day(session: dt.date) -> bool:
    """Whether ``session`` closes early."""
    return new_york().is_half_day(session)


def holiday_name(day: dt.date) -> str | None:
    """Name of the yearly holiday that closes the exchange on ``day``; None for other days."""
    return new_york().holiday_name(day)


def closure(day: dt.date) -> str | None:
    """Why the exchange does not trade on ``day``, as the end of a sentence; None on a session."""
    return new_york().closure(day)
