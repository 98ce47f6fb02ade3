"""Ends of option contracts: at a session's open or at its close."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from analytics.model.sessions import NEW_YORK, session_close, session_on_or_before, session_open

_FRIDAY = 4
_OPEN, _CLOSE = dt.time(9, 30), dt.time(16, 0)


def third_friday(year: int, month: int) -> dt.date:
    """The third Friday of a month."""
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(_FRIDAY - first.weekday()) % 7 + 14)


def is_monthly(expiry: dt.date) -> bool:
    """Whether an expiry is its month's standard one.

    That is the third Friday, the session before it when the exchange is shut on it (Good
    Friday 2025-04-18: Thursday the 17th), or, as listed until 2015, the Saturday after.
    """
    friday = third_friday(expiry.year, expiry.month)
    return expiry in (friday, friday + dt.timedelta(days=1), _last_session(friday))


@lru_cache(maxsize=4096)
def expiry_close(day: dt.date) -> dt.datetime:
    """UTC time at which afternoon-settled options of an expiry stop trading: its session's close.

    A half-day closes early; an expiry on a holiday or a Saturday means the session before.
    Beyond the calendar's known future it is 16:00 New York on the day itself.
    """
    try:
        return session_close(session_on_or_before(day))
    except ValueError:  # exchange_calendars' DateOutOfBounds
        return dt.datetime.combine(day, _CLOSE, tzinfo=NEW_YORK).astimezone(dt.UTC)


@lru_cache(maxsize=4096)
def expiry_open(day: dt.date) -> dt.datetime:
    """UTC time at which morning-settled options of an expiry are settled: its session's open.

    They last trade the evening before. Beyond the calendar's known future it is 09:30 New York.
    """
    try:
        return session_open(session_on_or_before(day))
    except ValueError:  # exchange_calendars' DateOutOfBounds
        return dt.datetime.combine(day, _OPEN, tzinfo=NEW_YORK).astimezone(dt.UTC)


def _last_session(day: dt.date) -> dt.date:
    """The session on or before a day; the day itself beyond the calendar's known future."""
    try:
        return session_on_or_before(day)
    except ValueError:  # exchange_calendars' DateOutOfBounds
        return day
