"""The exchange's calendar: sessions, half-days, closures, and the time to the close.

Every US listing follows the New York Stock Exchange's calendar (``XNYS``).
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import pandas as pd

from analytics.model.vocabulary import BadInput, Phase, Sessions

NEW_YORK = ZoneInfo("America/New_York")
REGULAR_MINUTES = 390
PRE_MARKET_OPENS = dt.time(4, 0)
EVENING = dt.time(20, 0)
"""When the trading day that follows begins."""


@lru_cache(maxsize=1)
def _calendar() -> exchange_calendars.ExchangeCalendar:
    return exchange_calendars.get_calendar("XNYS", start="1990-01-02")


def is_session(day: dt.date) -> bool:
    """Whether the exchange trades on ``day``."""
    return bool(_calendar().is_session(pd.Timestamp(day)))


def session_open(session: dt.date) -> dt.datetime:
    """UTC time of the opening bell of ``session``."""
    opened: dt.datetime = _calendar().session_open(pd.Timestamp(session)).to_pydatetime()
    return opened


def session_close(session: dt.date) -> dt.datetime:
    """UTC time of the closing bell of ``session``, early on a half-day."""
    closed: dt.datetime = _calendar().session_close(pd.Timestamp(session)).to_pydatetime()
    return closed


def session_on_or_before(day: dt.date) -> dt.date:
    """The newest session dated ``day`` or earlier.

    Raises:
        BadInput: for a date outside the years the calendar covers.
    """
    first, last = _calendar().first_session.date(), _calendar().last_session.date()
    if not first <= day <= last:
        raise BadInput(f"{day} lies outside the exchange's calendar, {first} to {last}.")
    session: dt.date = _calendar().date_to_session(pd.Timestamp(day), direction="previous").date()
    return session


def previous_session(session: dt.date, count: int = 1) -> dt.date:
    """The session ``count`` sessions before ``session``."""
    earlier: dt.date = _calendar().session_offset(pd.Timestamp(session), -count).date()
    return earlier


def next_session(session: dt.date, count: int = 1) -> dt.date:
    """The session ``count`` sessions after ``session``."""
    later: dt.date = _calendar().session_offset(pd.Timestamp(session), count).date()
    return later


def sessions_between(first: dt.date, last: dt.date) -> Sessions:
    """All sessions from ``first`` to ``last``, both included, as ``datetime64[D]``."""
    days = _calendar().sessions_in_range(pd.Timestamp(first), pd.Timestamp(last))
    return np.asarray(days.values, dtype="datetime64[D]")


def current_session(time: dt.datetime) -> dt.date:
    """The newest session whose opening bell has rung by ``time`` (any zone)."""
    today = time.astimezone(NEW_YORK).date()
    session = session_on_or_before(today)
    return session if session_open(session) <= time else previous_session(session)


def phase_at(time: dt.datetime) -> Phase:
    """Pre-market (from 04:00 New York on a session), open, or closed."""
    local = time.astimezone(NEW_YORK)
    if not is_session(local.date()):
        return Phase.CLOSED
    if time < session_open(local.date()):
        return Phase.PRE if local.time() >= PRE_MARKET_OPENS else Phase.CLOSED
    return Phase.OPEN if time < session_close(local.date()) else Phase.CLOSED


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
    if phase_at(time) is not Phase.OPEN:
        return None
    left = session_close(time.astimezone(NEW_YORK).date()) - time
    return -int(-left.total_seconds() // 60)


def next_open(time: dt.datetime) -> dt.datetime:
    """UTC time of the first opening bell after ``time`` (any zone)."""
    session = session_on_or_before(time.astimezone(NEW_YORK).date())
    opens = session_open(session)
    return opens if opens > time else session_open(next_session(session))


def is_half_day(session: dt.date) -> bool:
    """Whether ``session`` closes early."""
    minutes = (session_close(session) - session_open(session)).total_seconds() / 60
    return minutes < REGULAR_MINUTES


def holiday_name(day: dt.date) -> str | None:
    """Name of the yearly holiday that closes the exchange on ``day``; None for other days."""
    stamp = pd.Timestamp(day)
    named = _calendar().regular_holidays.holidays(stamp, stamp, return_name=True)
    return str(named.iloc[0]) if len(named) else None


def closure(day: dt.date) -> str | None:
    """Why the exchange does not trade on ``day``, as the end of a sentence; None on a session."""
    if is_session(day):
        return None
    if day.weekday() >= 5:
        return "the weekend"
    return holiday_name(day) or "a special closure"
