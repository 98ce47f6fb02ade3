"""The Federal Reserve's calendars: the page of FOMC meetings, and the JSON of all its dates."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Iterator
from typing import Any

from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Event, EventKind
from analytics.sources.calendars.shape import UnknownShape

PROVIDER = "Federal Reserve"

DECISION_TIME = dt.time(14, 0)

_YEAR = re.compile(r"(\d{4}) FOMC Meetings")
_MEETING = re.compile(
    r"fomc-meeting__month[^>]*>\s*<strong>([A-Za-z/]+)</strong>.*?fomc-meeting__date[^>]*>([^<]*)<",
    re.DOTALL,
)
_DAYS = re.compile(r"(?:(\d{1,2})-)?(\d{1,2})(\*?)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2}) ([ap])\.?m\.?", re.IGNORECASE)
_DAY_LIST = re.compile(r"(?:\d{1,2}\s*-\s*)?(\d{1,2})")

_FROM_JSON = {
    "fomc meeting": (EventKind.FOMC, "FOMC decision"),
    "fomc minutes": (EventKind.RELEASE, "FOMC minutes"),
    "beige book": (EventKind.RELEASE, "Beige Book"),
}


def read_meetings(content: bytes) -> list[Event]:
    """Decisions of the page: the last day of each meeting, 14:00 New York.

    The years stand in no order, a meeting may span two months ("Apr/May", "30-1"), a star marks new
    projections, and a notation vote is no meeting.

    Raises:
        UnknownShape: no meeting can be read.
    """
    text = content.decode("utf-8", errors="replace")
    heads = list(_YEAR.finditer(text))
    events = []
    ends = [*(head.start() for head in heads[1:]), len(text)]
    for head, end in zip(heads, ends, strict=False):  # no head: no table, and still an end
        panel = text[head.end() : end]
        for month, days in _MEETING.findall(panel):
            event = _decision(int(head[1]), month, days.strip())
            if event is not None:
                events.append(event)
    if not events:
        raise UnknownShape("no meeting on the page")
    return sorted(events, key=lambda event: event.day)


def _decision(year: int, month: str, days: str) -> Event | None:
    found = _DAYS.fullmatch(days)
    if found is None:
        return None
    name = month.split("/")[-1][:3].lower()
    if name not in _MONTHS:
        return None
    with_projections = "with" if found[3] else "without"
    day = _date(year, _MONTHS.index(name) + 1, int(found[2]))
    return Event(
        day,
        EventKind.FOMC,
        "FOMC decision",
        time=_at(day, DECISION_TIME),
        detail=f"{with_projections} new projections" + (" (the dot plot)" if found[3] else ""),
        source=PROVIDER,
    )


def read_dates(content: bytes) -> list[Event]:
    """Decisions, minutes and Beige Books of the JSON.

    It begins with a byte order mark and ends with an empty object; titles come with entities, more
    blanks and other capitals; ``days`` is text and may be a span.

    Raises:
        UnknownShape: it is another document.
    """
    try:
        rows = json.loads(content.decode("utf-8-sig"))["events"]
        return list(_dated(rows))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnknownShape(str(error)) from error


def _dated(rows: list[dict[str, Any]]) -> Iterator[Event]:
    for row in rows:
        title = " ".join(html.unescape(str(row.get("title", ""))).split()).lower()
        days = _DAY_LIST.fullmatch(str(row.get("days", "")).strip())
        if title not in _FROM_JSON or days is None:
            continue
        kind, shown = _FROM_JSON[title]
        year, month = (int(part) for part in row["month"].split("-"))
        day = _date(year, month, int(days[1]))
        yield Event(day, kind, shown, time=_clock(day, str(row.get("time", ""))), source=PROVIDER)


def _clock(day: dt.date, text: str) -> dt.datetime | None:
    found = _CLOCK.search(text)
    if found is None:
        return None
    hour = int(found[1]) % 12 + (12 if found[3].lower() == "p" else 0)
    return _at(day, dt.time(hour, int(found[2])))


def _date(year: int, month: int, day: int) -> dt.date:
    """Raises UnknownShape for what is no day."""
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise UnknownShape(str(error)) from error


def _at(day: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, time, NEW_YORK).astimezone(dt.UTC)
