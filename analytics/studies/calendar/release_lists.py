"""Dated lists of the calendar: the Federal Reserve's meetings and the statistics offices' dates.

What no source gives ships as a data file that names its public source, and a check says when
a list runs out.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Event, EventKind

_DATA = Path(__file__).parent / "data"

DECISION_TIME = dt.time(14, 0)
WARN_DAYS = 120
"""A list that ends within this many days is said to run out."""

WITH_PROJECTIONS = "with new projections (the dot plot)"
WITHOUT_PROJECTIONS = "without new projections"


@dataclass(frozen=True)
class Meeting:
    """One FOMC meeting; the decision is released on its last day at 14:00 New York."""

    first_day: dt.date
    decision_day: dt.date
    projections: bool
    source: str


@lru_cache(maxsize=1)
def fomc_meetings() -> tuple[Meeting, ...]:
    """Every meeting the list holds, oldest first."""
    with (_DATA / "fomc_meetings.csv").open(newline="", encoding="utf-8") as lines:
        return tuple(
            Meeting(
                dt.date.fromisoformat(row["first_day"]),
                dt.date.fromisoformat(row["decision_day"]),
                row["projections"] == "1",
                row["source"],
            )
            for row in csv.DictReader(lines)
        )


@lru_cache(maxsize=1)
def _releases() -> tuple[Event, ...]:
    with (_DATA / "economic_releases.csv").open(newline="", encoding="utf-8") as lines:
        return tuple(
            Event(
                day=dt.date.fromisoformat(row["day"]),
                kind=EventKind(row["kind"]),
                title=row["title"],
                time=at_new_york(
                    dt.date.fromisoformat(row["day"]), dt.time.fromisoformat(row["time"])
                ),
                source=row["source"],
            )
            for row in csv.DictReader(lines)
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
            f"The list of the Federal Reserve's meetings ends with {last}: "
            "analytics/studies/calendar/data/fomc_meetings.csv needs the next ones."
        )
    if start < first - dt.timedelta(days=first.day):
        warnings.append(f"The list of the Federal Reserve's meetings begins with {first}.")
    return warnings


def release_warnings(today: dt.date, start: dt.date, end: dt.date) -> list[str]:
    """The same of the releases: outside the list only what the source itself gives is known."""
    first, last = released_months()
    if start >= first and end <= last and (last - today).days >= WARN_DAYS:
        return []
    return [
        f"The shipped dates of CPI, PCE, jobs and GDP releases run from {first:%B %Y} to "
        f"{last:%B %Y}; outside them only the releases that the source gives are shown "
        "(analytics/studies/calendar/data/economic_releases.csv needs the next ones)."
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
