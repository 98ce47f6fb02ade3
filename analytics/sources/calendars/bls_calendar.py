"""The Bureau of Labor Statistics' release schedule, an iCalendar."""

from __future__ import annotations

import datetime as dt
import re

from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Event, EventKind
from analytics.sources.calendars.shape import UnknownShape

PROVIDER = "Bureau of Labor Statistics"

_TAKEN = {
    "Employment Situation": (EventKind.JOBS, "Employment report"),
    "Consumer Price Index": (EventKind.CPI, "Consumer prices (CPI)"),
    "Producer Price Index": (EventKind.RELEASE, "Producer prices (PPI)"),
    "Job Openings and Labor Turnover Survey": (EventKind.RELEASE, "Job openings (JOLTS)"),
    "Employment Cost Index": (EventKind.RELEASE, "Employment cost index"),
    "Productivity and Costs": (EventKind.RELEASE, "Productivity and costs"),
}
"""Of some thirty releases those that move markets; by their whole title."""

_OF_MONTH = re.compile(r"(?P<title>.+?)(?: for (?P<period>.+))?")


def read_schedule(content: bytes) -> list[Event]:
    """The releases that are taken, by day.

    Times are Eastern in a zone of the file's own ("US-Eastern"); entries get new identities at each
    issue, so a release is known by its title and time.

    Raises:
        UnknownShape: it is no calendar, or holds none of them.
    """
    import icalendar

    try:
        calendar = icalendar.Calendar.from_ical(content)
        found = {}
        for part in calendar.walk("VEVENT"):
            event = _event(str(part.get("SUMMARY", "")), part.decoded("DTSTART"))
            if event is not None:
                found[event.title, event.time] = event
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnknownShape(str(error)) from error
    if not found:
        raise UnknownShape("none of the releases")
    return sorted(found.values(), key=lambda event: (event.day, event.title))


def _event(summary: str, starts: dt.datetime | dt.date) -> Event | None:
    words = _OF_MONTH.fullmatch(" ".join(summary.split()))
    if words is None or words["title"] not in _TAKEN or not isinstance(starts, dt.datetime):
        return None
    kind, title = _TAKEN[words["title"]]
    # the wall clock is Eastern whatever the zone is called
    time = starts.replace(tzinfo=NEW_YORK).astimezone(dt.UTC)
    shown = f"{title}, {words['period']}" if words["period"] else title
    return Event(starts.date(), kind, shown, time=time, source=PROVIDER)
