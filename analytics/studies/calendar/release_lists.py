"""Dated lists of the calendar: the Federal Reserve's meetings and the statistics offices' dates.

What no source gives ships as a data file that names its public source, and a check says when
a list runs out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from analytics.model.dated_lists import DatedList, Rows, versions
from analytics.model.dates import day_text
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Event, EventKind

T = TypeVar("T")

FOMC = "fomc_meetings.csv"
RELEASES = "economic_releases.csv"

_DATA = Path(__file__).parent / "data"

DECISION_TIME = dt.time(14, 0)
WARN_DAYS = 120
"""A list that ends within this many days is said to run out."""

RENEW = "python -m analytics lists refresh takes the next ones from a file."

WITH_PROJECTIONS = "with new projections (the dot plot)"
WITHOUT_PROJECTIONS = "without new projections"


@dataclass(frozen=True)
class Meeting:
    """One FOMC meeting; the decision is released on its last day at 14:00 New York."""

    first_day: dt.date
    decision_day: dt.date
    projections: bool
    source: str


def parse_meetings(rows: Rows) -> tuple[tuple[Meeting, ...], ...]:
    """The one list of ``fomc_meetings.csv``, oldest first.

    Raises:
        ValueError, KeyError: a row cannot be read.
    """
    meetings = [
        Meeting(
            dt.date.fromisoformat(row["first_day"]),
            dt.date.fromisoformat(row["decision_day"]),
            row["projections"] == "1",
            row["source"],
        )
        for row in rows
    ]
    return (tuple(sorted(meetings, key=lambda meeting: meeting.decision_day)),)


def fomc_meetings() -> tuple[Meeting, ...]:
    """Every meeting that the shipped and the operator's list hold, oldest first."""
    return _continued(versions(FOMC, parse_meetings, _DATA), lambda one: one.decision_day)


def parse_releases(rows: Rows) -> tuple[tuple[Event, ...], ...]:
    """The one list of ``economic_releases.csv``, oldest first; raises as `parse_meetings`."""
    releases = [
        Event(
            day=dt.date.fromisoformat(row["day"]),
            kind=EventKind(row["kind"]),
            title=row["title"],
            time=at_new_york(dt.date.fromisoformat(row["day"]), dt.time.fromisoformat(row["time"])),
            source=row["source"],
        )
        for row in rows
    ]
    return (tuple(sorted(releases, key=lambda event: (event.day, event.time, event.title))),)


def _releases() -> tuple[Event, ...]:
    return _continued(versions(RELEASES, parse_releases, _DATA), lambda one: one.day)


def _continued(lists: Sequence[tuple[T, ...]], day: Callable[[T], dt.date]) -> tuple[T, ...]:
    """Each list from its first date on, the one before it up to there."""
    whole: tuple[T, ...] = ()
    for one in (one for one in lists if one):
        whole = (*(event for event in whole if day(event) < day(one[0])), *one)
    return whole


def calendar_lists() -> tuple[DatedList, ...]:
    """The lists of dates, each good to its last."""
    meetings, releases = fomc_meetings(), _releases()
    last = meetings[-1].decision_day
    return (
        DatedList("Federal Reserve meetings", last, meetings[-1].source, until=last),
        DatedList(
            "CPI, PCE, jobs and GDP dates",
            releases[-1].day,
            releases[-1].source,
            until=released_months()[1],
        ),
    )


def at_new_york(day: dt.date, time: dt.time) -> dt.datetime:
    """UTC of a New York wall-clock time."""
    return dt.datetime.combine(day, time, NEW_YORK).astimezone(dt.UTC)


def fomc_events(start: dt.date, end: dt.date) -> list[Event]:
    """Decisions between two days, those with projections marked."""
    return [
        Event(
            day=meeting.decision_day,
            kind=EventKind.FOMC,
            title="FOMC decision",
            time=at_new_york(meeting.decision_day, DECISION_TIME),
            detail=WITH_PROJECTIONS if meeting.projections else WITHOUT_PROJECTIONS,
            source=meeting.source,
        )
        for meeting in fomc_meetings()
        if start <= meeting.decision_day <= end
    ]


def release_events(start: dt.date, end: dt.date) -> list[Event]:
    """Listed releases between two days."""
    return [event for event in _releases() if start <= event.day <= end]


def list_warnings(today: dt.date, start: dt.date, end: dt.date) -> list[str]:
    """What the lists do not cover: the Fed's meetings running out, or a window outside a list.

    Args:
        today: the moment's date: a list that ends within `WARN_DAYS` of it needs renewing.
        start, end: the window shown.
    """
    first, last = fomc_meetings()[0].decision_day, fomc_meetings()[-1].decision_day
    warnings = []
    if end > last or (last - today).days < WARN_DAYS:
        warnings.append(
            f"The list of the Federal Reserve's meetings ends with {day_text(last)}: {RENEW}"
        )
    if start < first - dt.timedelta(days=first.day):
        warnings.append(
            f"The list of the Federal Reserve's meetings begins with {day_text(first)}."
        )
    return warnings


def release_warnings(today: dt.date, start: dt.date, end: dt.date) -> list[str]:
    """The same of the releases: outside the list only what the source itself gives is known."""
    first, last = released_months()
    if start >= first and end <= last and (last - today).days >= WARN_DAYS:
        return []
    return [
        f"The listed dates of CPI, PCE, jobs and GDP releases run from {first:%B %Y} to "
        f"{last:%B %Y}; outside them only the releases that the source gives are shown: {RENEW}"
    ]


def released_months() -> tuple[dt.date, dt.date]:
    """First and last day of the months whose releases are listed."""
    days = [event.day for event in _releases()]
    following = (days[-1].replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return days[0].replace(day=1), following - dt.timedelta(days=1)


def releases_cover(start: dt.date, end: dt.date) -> bool:
    """Whether the listed releases span the whole window."""
    first, last = released_months()
    return first <= start and end <= last
