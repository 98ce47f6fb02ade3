"""Calendar entries from the exchange's own rules and prices: closures, expiries, ex-dates."""

from __future__ import annotations

import datetime as dt

import numpy as np

from analytics.model import sessions
from analytics.model.expiries import third_friday
from analytics.model.vocabulary import Bars, Event, EventKind

EXCHANGE = "New York Stock Exchange calendar"
OPTION_RULES = "listing rules of US equity options"

_SATURDAY = 5
_FRIDAY = 4
_QUARTER_MONTHS = (3, 6, 9, 12)
_LEAST_YIELD = 0.0003
_LEAST_AMOUNT = 0.02
"""Adjusted closes are rounded: what looks like a smaller dividend may be rounding."""


def closure_events(start: dt.date, end: dt.date) -> list[Event]:
    """Weekdays without a session, and sessions that close early, between two days."""
    events = []
    for day in _days(start, end):
        if day.weekday() >= _SATURDAY:
            continue
        if not sessions.is_session(day):
            name = sessions.holiday_name(day) or "special closure"
            title = f"Exchange closed: {name}"
            events.append(Event(day, EventKind.HOLIDAY, title, source=EXCHANGE))
        elif sessions.is_half_day(day):
            closes = sessions.session_close(day)
            title = f"Exchange closes at {closes.astimezone(sessions.NEW_YORK):%H:%M}"
            events.append(Event(day, EventKind.HALF_DAY, title, time=closes, source=EXCHANGE))
    return events


def expiry_events(start: dt.date, end: dt.date) -> list[Event]:
    """The week's options expiries between two days.

    Each Friday, or the session before it when the exchange is shut; the month's third Friday is
    the monthly expiry, in March, June, September and December the quarterly one, when index
    futures and options expire too.
    """
    events = []
    for friday in _days(start, end + dt.timedelta(days=7)):
        if friday.weekday() != _FRIDAY:
            continue
        day = sessions.session_on_or_before(friday)
        if not start <= day <= end or (friday - day).days > _FRIDAY:
            continue
        what = _expiry_name(friday)
        events.append(
            Event(
                day,
                EventKind.EXPIRY,
                f"Options expiry ({what})",
                time=sessions.session_close(day),
                detail=what,
                source=OPTION_RULES,
            )
        )
    return events


def _expiry_name(friday: dt.date) -> str:
    if friday != third_friday(friday.year, friday.month):
        return "weekly"
    return "quarterly" if friday.month in _QUARTER_MONTHS else "monthly"


def split_events(bars: Bars, start: dt.date, end: dt.date) -> list[Event]:
    """Splits that took effect between two days."""
    return [
        Event(
            bars.sessions[i].astype(dt.date),
            EventKind.SPLIT,
            f"{bars.symbol} split {bars.splits[i]:g} for 1",
            symbol=bars.symbol,
            actual=float(bars.splits[i]),
            unit="new shares for one",
            source="price bars",
        )
        for i in _within(bars, start, end)
        if bars.splits[i] != 1.0
    ]


def ex_dividend_events(bars: Bars, start: dt.date, end: dt.date) -> list[Event]:
    """Sessions between two days that traded without a dividend for the first time.

    Read from where the adjusted close parts from the traded one: with f = adjusted / traded,
    dividend = previous close x (1 - f before / f). Dividends under 0.03% of the price, or under
    two cents, drown in the adjusted close's rounding and are left out.
    """
    if bars.adj_close is None:
        return []
    factor = bars.adj_close / bars.close
    events = []
    for i in _within(bars, start, end):
        if i == 0 or not np.isfinite(factor[i - 1 : i + 1]).all():
            continue
        before = float(bars.close[i - 1])
        amount = before * (1 - float(factor[i - 1] / factor[i]))
        if amount >= max(_LEAST_AMOUNT, _LEAST_YIELD * before):
            events.append(
                Event(
                    bars.sessions[i].astype(dt.date),
                    EventKind.EX_DIVIDEND,
                    f"{bars.symbol} trades without its dividend",
                    symbol=bars.symbol,
                    actual=amount,
                    unit=f"{bars.currency} a share, from adjusted closes",
                    source="price bars",
                )
            )
    return events


def _within(bars: Bars, start: dt.date, end: dt.date) -> list[int]:
    days = bars.sessions
    inside = (days >= np.datetime64(start, "D")) & (days <= np.datetime64(end, "D"))
    found: list[int] = np.flatnonzero(inside).tolist()
    return found


def _days(start: dt.date, end: dt.date) -> list[dt.date]:
    return [start + dt.timedelta(days=i) for i in range((end - start).days + 1)]
