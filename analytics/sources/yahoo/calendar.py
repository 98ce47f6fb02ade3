"""Yahoo's calendars, as yfinance hands them over, to events."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import BadInput, Event, EventKind, parse_symbol

COMPANY_URL = "https://query2.finance.yahoo.com/v10/finance/quoteSummary/"

_SOURCE = "Yahoo"
_OPENS, _CLOSES = dt.time(9, 30), dt.time(16, 0)
_HALVES = {"BMO": "before the open", "AMC": "after the close"}

_KINDS = (
    (EventKind.FOMC, ("fed funds", "fomc")),
    (EventKind.PCE, ("pce price",)),
    (EventKind.JOBS, ("payroll", "unemployment rate")),
    (EventKind.CPI, ("cpi", "consumer price index")),
)


@dataclass(frozen=True)
class _Page:
    offset: int
    size: int = 100


PAGES = tuple(_Page(100 * i) for i in range(6))
"""A week of the whole world's releases; Yahoo gives a hundred at a time and no filter."""


def company_events(symbol: str, answer: dict[str, Any]) -> tuple[Event, ...]:
    """Earnings and ex-dividend date of a ``calendarEvents`` answer."""
    events: list[Event] = []
    for result in answer["quoteSummary"]["result"] or ():
        calendar = result.get("calendarEvents") or {}
        events += _earnings_dates(symbol, calendar.get("earnings") or {})
        if ex := calendar.get("exDividendDate"):
            title = f"{symbol} trades without its dividend"
            day = _utc(ex).date()
            events.append(Event(day, EventKind.EX_DIVIDEND, title, symbol=symbol, source=_SOURCE))
    return tuple(events)


def _earnings_dates(symbol: str, earnings: dict[str, Any]) -> list[Event]:
    """The next earnings; two dates are the ends of an estimated span, filed under the first."""
    times = [_utc(given).astimezone(NEW_YORK) for given in earnings.get("earningsDate") or ()]
    if not times:
        return []
    estimate = bool(earnings.get("isEarningsDateEstimate")) or len(times) > 1
    average = earnings.get("earningsAverage")
    span = f"estimated: {times[0].date()} to {times[-1].date()}" if len(times) > 1 else ""
    return [
        Event(
            day=times[0].date(),
            kind=EventKind.EARNINGS,
            title=f"{symbol} earnings",
            timing="" if estimate else _half(times[0].time()),
            symbol=symbol,
            detail=span,
            expected=_number(average.get("raw") if isinstance(average, dict) else average),
            unit="dollars a share",
            confirmed=not estimate,
            source=_SOURCE,
        )
    ]


def _utc(given: object) -> dt.datetime:
    """Yahoo's ``{"raw": seconds}``, or the bare seconds."""
    seconds = given["raw"] if isinstance(given, dict) else given
    return dt.datetime.fromtimestamp(float(str(seconds)), dt.UTC)


def _half(time: dt.time) -> str:
    if time >= _CLOSES:
        return "after the close"
    return "before the open" if dt.time(0) < time < _OPENS else ""


def release_events(table: pd.DataFrame) -> list[Event]:
    """US releases of yfinance's economic calendar (a row an event)."""
    events = []
    for title, row in table.iterrows():
        if row.get("Region") != "US" or pd.isna(row.get("Event Time")):
            continue
        time = _timestamp(row["Event Time"])
        period = row.get("For")
        events.append(
            Event(
                day=time.astimezone(NEW_YORK).date(),
                kind=kind_of(str(title)),
                title=f"{title} ({period})" if isinstance(period, str) and period else str(title),
                time=time,
                expected=_number(row.get("Expected")),
                previous=_number(row.get("Last")),
                actual=_number(row.get("Actual")),
                source=_SOURCE,
            )
        )
    return events


def kind_of(title: str) -> EventKind:
    """What a release is, by the words of its title."""
    lower = title.lower()
    for kind, words in _KINDS:
        if any(word in lower for word in words):
            return kind
    return EventKind.RELEASE


def earnings_events(table: pd.DataFrame) -> list[Event]:
    """Rows of yfinance's earnings calendar, with the market values it orders by."""
    events = []
    for name, row in table.iterrows():
        try:
            symbol = parse_symbol(name)
        except BadInput:
            continue
        if pd.isna(row.get("Event Start Date")):
            continue
        cap = _number(row.get("Marketcap"))
        events.append(
            Event(
                day=_timestamp(row["Event Start Date"]).astimezone(NEW_YORK).date(),
                kind=EventKind.EARNINGS,
                title=f"{symbol} earnings",
                timing=_HALVES.get(str(row.get("Timing")), ""),
                symbol=symbol,
                expected=_number(row.get("EPS Estimate")),
                actual=_number(row.get("Reported EPS")),
                unit="dollars a share",
                market_cap_musd=cap / 1e6 if cap else None,
                source=_SOURCE,
            )
        )
    return events


def _timestamp(value: Any) -> dt.datetime:
    stamp = pd.Timestamp(value)
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    time: dt.datetime = stamp.to_pydatetime()
    return time


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None
