"""The calendar in a line: what decides, who reports, what is released, and when."""

from __future__ import annotations

import calendar as months
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analytics.model.listings import index_weights
from analytics.model.vocabulary import Event, EventKind, Moment
from analytics.studies.calendar.events import Calendar, ahead, week_of
from analytics.studies.calendar.release_lists import WITH_PROJECTIONS

MAX_PARTS = 4
MAX_NAMES = 3
WEEK = 7

_RELEASE_NAMES = {EventKind.CPI: "CPI", EventKind.PCE: "PCE", EventKind.JOBS: "jobs"}

Day = Callable[[dt.date], str]


@dataclass(frozen=True)
class Span:
    """A span of days as the page's links name it."""

    start: dt.date
    end: dt.date


def previous_and_next(start: dt.date, end: dt.date) -> tuple[Span, Span]:
    """The spans before and after: whole months beside a month, else the same number of days."""
    if is_month(start, end):
        return month_of(start - dt.timedelta(days=1)), month_of(end + dt.timedelta(days=1))
    length = end - start + dt.timedelta(days=1)
    return Span(start - length, end - length), Span(start + length, end + length)


def month_of(day: dt.date) -> Span:
    """The calendar month that ``day`` lies in."""
    last = months.monthrange(day.year, day.month)[1]
    return Span(day.replace(day=1), day.replace(day=last))


def is_month(start: dt.date, end: dt.date) -> bool:
    """Whether the span is one whole calendar month."""
    return month_of(start) == Span(start, end)


def span_text(start: dt.date, end: dt.date) -> str:
    """``27 Jan \u2013 2 Feb 2025``, or ``January 2025``."""
    if is_month(start, end):
        return f"{start:%B %Y}"
    if start == end:
        return f"{start.day} {start:%b %Y}"
    year = f" {start.year}" if start.year != end.year else ""
    return f"{start.day} {start:%b}{year} \u2013 {end.day} {end:%b %Y}"


def finding(found: Calendar, moment: Moment) -> str:
    """``The Fed decides Wednesday; MSFT, META, TSLA report after the close; PCE Friday``.

    What is still to come is listed; of a span that is over, what was.
    """
    to_come = [event for event in found.events if ahead(event, moment)]
    events = to_come or list(found.events)
    past = not to_come
    day = _day_writer(found)
    parts = [
        *_closures(events, day),
        *_fed(events, day, past),
        *_reports(events, day, past, moment.session),
        *_releases(events, day),
    ]
    if not parts:
        parts = [f"{event.title} {day(event.day)}" for event in events[:1]]
    if not parts:
        return f"Nothing is known for {span_text(found.start, found.end)}"
    text = "; ".join(parts[:MAX_PARTS])
    return text[:1].upper() + text[1:]


def _day_writer(found: Calendar) -> Day:
    """Weekdays name the days of a week, dates those of anything longer."""
    if (found.end - found.start).days < WEEK:
        return lambda day: f"{day:%A}"
    return lambda day: f"on {day.day} {day:%b}"


def _fed(events: Sequence[Event], day: Day, past: bool) -> list[str]:
    decides = "decided" if past else "decides"
    plot = {WITH_PROJECTIONS: " with a new dot plot"}
    return [
        f"the Fed {decides} {day(event.day)}{plot.get(event.detail, '')}"
        for event in events
        if event.kind is EventKind.FOMC
    ][:1]


def _reports(events: Sequence[Event], day: Day, past: bool, session: dt.date) -> list[str]:
    """The companies that weigh most together, of those that report at one time.

    Their day goes unsaid where it is that of the Fed's decision, which is named just before.
    """
    reporting = [event for event in events if event.kind is EventKind.EARNINGS]
    if not reporting:
        return []
    together: dict[tuple[dt.date, str], list[Event]] = {}
    for event in reporting:
        together.setdefault((event.day, event.timing), []).append(event)
    beside = max(together.values(), key=lambda events: _weight(events, session))
    beside.sort(key=lambda event: size(event, session), reverse=True)
    first = beside[0]
    names = [event.symbol for event in beside]
    shown = ", ".join(names[:MAX_NAMES])
    if len(names) > MAX_NAMES:
        shown += f" and {len(names) - MAX_NAMES} more"
    verb = "reported" if past else "report" if len(names) > 1 else "reports"
    when = f" {first.timing}" if first.timing else ""
    decision = next((event.day for event in events if event.kind is EventKind.FOMC), None)
    on_day = "" if when and first.day == decision else f" {day(first.day)}"
    return [f"{shown} {verb}{on_day}{when}"]


def _weight(events: Sequence[Event], session: dt.date) -> tuple[float, float]:
    sizes = [size(event, session) for event in events]
    return sum(value for value, _ in sizes), sum(weight for _, weight in sizes)


def size(event: Event, session: dt.date) -> tuple[float, float]:
    """What earnings are ordered by: the market value, else the weight in the S&P 500 then."""
    weight = index_weights("company", session).weights_pct.get(event.symbol, 0.0)
    return event.market_cap_musd or 0.0, weight


def _releases(events: Sequence[Event], day: Day) -> list[str]:
    first: dict[EventKind, Event] = {}
    for event in events:
        if event.kind in _RELEASE_NAMES:
            first.setdefault(event.kind, event)
    in_order = sorted(first.values(), key=lambda event: event.day)
    return [f"{_RELEASE_NAMES[event.kind]} {day(event.day)}" for event in in_order]


def _closures(events: Sequence[Event], day: Day) -> list[str]:
    words = {EventKind.HOLIDAY: "the exchange is closed", EventKind.HALF_DAY: "it closes early"}
    return [f"{words[event.kind]} {day(event.day)}" for event in events if event.kind in words][:1]


def weeks(start: dt.date, end: dt.date) -> list[list[dt.date]]:
    """The weeks that touch the span, Monday to Sunday each."""
    monday = week_of(start)[0]
    count = (end - monday).days // WEEK + 1
    return [
        [monday + dt.timedelta(days=WEEK * week + day) for day in range(WEEK)]
        for week in range(count)
    ]
