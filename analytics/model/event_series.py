"""Own events out of iCalendar: moved, cancelled and repeated as the file says, in bounded time.

Which days a rule meets is the field library's work (recurring-ical-events); what is judged here is
what a calendar of days can hold. Which rules may be worked out: `analytics.model.repeat_rules`.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from analytics.model.repeat_rules import FIRST_YEAR, refused_rule, repeats, start_of
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import BadInput, Event, EventKind

if TYPE_CHECKING:
    import icalendar

MAX_ENTRIES = 5_000
LONGEST_TITLE = 200
LAST_YEAR = 2100
SECONDS = 2.0
"""How long repeating entries of one file are worked out; what is left by then is left out."""

MAX_OCCURRENCES = 2_001
MAX_DAYS = 62
"""Days that one entry is shown on."""
ROOM_FOR_DAYS = 1_000
"""Events of one file from which on each entry is shown on its first day alone."""
_DEEPEST = 8
"""Levels that components of a calendar may be nested in: RFC 5545 has three."""

_ZONE = re.compile(rb"^BEGIN:VTIMEZONE\r?$.*?^END:VTIMEZONE\r?\n?", re.MULTILINE | re.DOTALL)
_RULE_FREQUENCY = re.compile(rb"^RRULE[:;].*?FREQ=(\w+)", re.MULTILINE)

_FOLD = re.compile(rb"\r?\n[ \t]")


@dataclass(frozen=True)
class RepeatSpan:
    """The days between which repeating entries are repeated, and which of them matters most."""

    first: dt.date
    last: dt.date
    today: dt.date

    @classmethod
    def around(cls, today: dt.date) -> RepeatSpan:
        """A year back and two ahead."""
        return cls(today - dt.timedelta(days=366), today + dt.timedelta(days=731), today)


@dataclass
class _Reading:
    """One file as it is read."""

    name: str
    span: RepeatSpan
    ends: float
    events: list[Event] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    repeated: bool = False
    late: int = 0

    @property
    def has_room(self) -> bool:
        """Whether entries may still be shown on each of their days."""
        return len(self.events) < ROOM_FOR_DAYS


def read_calendar(
    content: bytes, name: str, span: RepeatSpan
) -> tuple[list[Event], list[str], bool]:
    """(events, a sentence for each entry that could not be used as it stands, any repeats).

    Cancelled entries are left out, moved ones moved, repeating ones repeated within ``span``. A
    time without a zone is the calendar's (X-WR-TIMEZONE), else New York's.

    Raises:
        BadInput: it is no iCalendar file, or too large to be one of a person.
    """
    calendars = _parse(_FOLD.sub(b"", content), name)
    reading = _Reading(name, span, time.monotonic() + SECONDS)
    if sum(len(calendar.walk("VEVENT")) for calendar in calendars) > MAX_ENTRIES:
        raise BadInput(f"{name} holds more than {MAX_ENTRIES} entries.")
    read = 0
    for calendar in calendars:
        if str(calendar.get("METHOD", "")).upper() == "CANCEL":
            reading.notes.append(f"{name} says that its entries are cancelled.")
            continue
        parts = list(enumerate(calendar.walk("VEVENT"), start=read + 1))
        read += len(parts)
        for group in _by_identity(_readable(parts, reading)):
            _read_group(group, calendar, reading)
    if reading.late:
        reading.notes.append(
            f"{name}: {reading.late} repeating entries are left out: the file takes too long."
        )
    return reading.events, reading.notes, reading.repeated


def _names_a_zone(calendar: icalendar.Calendar) -> bool:
    """Whether the calendar's own zone exists; the BLS names US-Eastern, defined in its entries."""
    try:
        ZoneInfo(str(calendar.get("X-WR-TIMEZONE", "")))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


def _parse(content: bytes, name: str) -> list[icalendar.Calendar]:
    """The calendars of a file: exports put together hold several."""
    import icalendar  # here: no page but the calendar's pays for it
    import x_wr_timezone

    depth = 0
    for line in content.upper().splitlines():
        depth += line.startswith(b"BEGIN:") - line.startswith(b"END:")
        if depth > _DEEPEST:
            raise BadInput(f"{name} is not a readable iCalendar file (too deeply nested).")
    try:
        parsed = icalendar.Calendar.from_ical(_ZONE.sub(_zone_if_yearly, content), multiple=True)
        calendars = [part for part in parsed if part.name == "VCALENDAR"]
        standard = [
            x_wr_timezone.to_standard(calendar) if _names_a_zone(calendar) else calendar
            for calendar in calendars
        ]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"{name} is not a readable iCalendar file ({error}).") from error
    if not standard:
        raise BadInput(f"{name} is not a readable iCalendar file (it holds no calendar).")
    return standard


def _zone_if_yearly(match: re.Match[bytes]) -> bytes:
    """A time zone's definition; nothing for one that changes more often than yearly."""
    frequencies = _RULE_FREQUENCY.findall(match[0])
    return match[0] if all(f.upper() == b"YEARLY" for f in frequencies) else b""


Part = tuple[int, "icalendar.Component"]


def _readable(parts: Sequence[Part], reading: _Reading) -> Iterator[Part]:
    for number, part in parts:
        starts = start_of(part)
        unnamed = not _text(part, "SUMMARY") and part.get("RECURRENCE-ID") is None
        if unnamed or starts is None:
            reading.notes.append(
                f"{reading.name} event {number}: it has no summary or no readable start."
            )
        elif not _year_fits(starts) and part.get("RRULE") is None:
            reading.notes.append(f"{reading.name} event {number}: {_year_refusal(starts)}")
        else:
            yield number, part


def _by_identity(parts: Iterator[Part]) -> list[list[Part]]:
    """Entries of one identity together: a series and what was changed of it."""
    groups: dict[object, list[Part]] = {}
    for number, part in parts:
        groups.setdefault(str(part.get("UID") or "") or number, []).append((number, part))
    return list(groups.values())


def _read_group(group: Sequence[Part], calendar: icalendar.Calendar, reading: _Reading) -> None:
    """One event, or one series with its exceptions."""
    masters = [part for part in group if part[1].get("RECURRENCE-ID") is None]
    # of several versions the highest sequence stands, of equal ones the last
    master = max(masters, key=lambda p: (_sequence(p[1]), p[0]), default=None)
    changed = [part for part in group if part[1].get("RECURRENCE-ID") is not None]
    if master is None or not repeats(master[1]):
        for _, part in [*([master] if master else []), *changed]:
            _take(part, reading)
        return
    number, part = master
    refused = refused_rule(part)
    if refused:
        title = _text(part, "SUMMARY")
        reading.notes.append(
            f"{reading.name} event {number} ({title}) repeats {refused}: only its first date is "
            "taken."
        )
        _take(part, reading)
        return
    reading.repeated = True
    if time.monotonic() > reading.ends:
        reading.late += 1
        return
    _take_series([part, *(p for _, p in changed)], number, calendar, reading)


def _take_series(
    parts: Sequence[icalendar.Component],
    number: int,
    calendar: icalendar.Calendar,
    reading: _Reading,
) -> None:
    import icalendar
    import recurring_ical_events

    alone = icalendar.Calendar()
    alone.subcomponents = [*calendar.walk("VTIMEZONE"), *parts]
    first, last = reading.span.first, reading.span.last
    try:
        found = recurring_ical_events.of(alone).between(first, last + dt.timedelta(days=1))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        reading.notes.append(f"{reading.name} event {number}: it cannot be repeated ({error}).")
        return
    title, detail = _text(parts[0], "SUMMARY"), _text(parts[0], "DESCRIPTION")
    for part in found[:MAX_OCCURRENCES]:
        event = _event(part, reading, title, detail)
        if event is not None:
            reading.events += (
                e for e in _each_day(event, part, reading.has_room) if first <= e.day <= last
            )


def _take(part: icalendar.Component, reading: _Reading) -> None:
    event = _event(part, reading)
    if event is not None:
        reading.events += _each_day(event, part, reading.has_room)


def _each_day(event: Event, part: icalendar.Component, room: bool) -> list[Event]:
    """The event on each of the days it goes on; one that ends within a day and a night is one.

    Of a longer one than `MAX_DAYS`, or without ``room`` for more, only the first day, with its end.
    """
    last = _last_day(event, part)
    count = (last - event.day).days + 1
    if count < 2:
        return [event]
    if count > MAX_DAYS or not room:
        return [replace(event, detail=_joined(f"until {last}", event.detail))]
    days = []
    for number in range(count):
        detail = _joined(f"day {number + 1} of {count}", event.detail)
        day = event.day + dt.timedelta(days=number)
        days.append(replace(event, day=day, time=None if number else event.time, detail=detail))
    return days


def _last_day(event: Event, part: icalendar.Component) -> dt.date:
    """The last day that an entry goes on, by New York's date; its only one where it says no end."""
    try:
        end = getattr(part.get("DTEND"), "dt", None)
        length = getattr(part.get("DURATION"), "dt", None)
    except ValueError:  # icalendar's BrokenCalendarProperty
        return event.day
    starts = start_of(part)
    if end is None and isinstance(length, dt.timedelta) and starts is not None:
        end = starts + length
    if not isinstance(end, dt.date) or not _year_fits(end):
        return event.day
    if not isinstance(end, dt.datetime):
        return max(end - dt.timedelta(days=1), event.day)
    if event.time is None:
        return event.day
    aware = (end if end.tzinfo else end.replace(tzinfo=NEW_YORK)).astimezone(NEW_YORK)
    if aware - event.time < dt.timedelta(days=1):
        return event.day
    return (aware - dt.timedelta(seconds=1)).date()


def _joined(first: str, then: str) -> str:
    return "; ".join(filter(None, (first, then)))[:LONGEST_TITLE]


def _event(
    part: icalendar.Component, reading: _Reading, title: str = "", detail: str = ""
) -> Event | None:
    """One date of an entry; None for one that is cancelled or of no year shown.

    Args:
        part: of the calendar.
        reading: its file.
        title, detail: of the series, for a changed date without its own.
    """
    starts = start_of(part)
    if starts is None or not _year_fits(starts) or _is_cancelled(part):
        return None
    moment = None
    detail = _text(part, "DESCRIPTION") or detail
    if isinstance(starts, dt.datetime):
        zone = part["DTSTART"].params.get("TZID")
        if starts.tzinfo is None and zone:
            detail = "; ".join(
                filter(None, (f"its time zone {str(zone)[:40]!r} is not known", detail))
            )
        else:
            aware = starts if starts.tzinfo else starts.replace(tzinfo=NEW_YORK)
            moment = aware.astimezone(dt.UTC)
    day = starts.date() if isinstance(starts, dt.datetime) else starts
    return Event(
        day=moment.astimezone(NEW_YORK).date() if moment else day,
        kind=EventKind.OWN,
        title=_text(part, "SUMMARY") or title,
        time=moment,
        detail=detail[:LONGEST_TITLE],
        source=reading.name,
    )


def _is_cancelled(part: icalendar.Component) -> bool:
    return str(part.get("STATUS", "")).upper() == "CANCELLED"


def _sequence(part: icalendar.Component) -> int:
    try:
        return int(part.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0


def _text(part: icalendar.Component, name: str) -> str:
    """A property's text; the first one where a file gives several."""
    given = part.get(name, "")
    first = given[0] if isinstance(given, list) and given else given
    return str(first).strip()[:LONGEST_TITLE]


def _year_fits(day: dt.date) -> bool:
    return FIRST_YEAR <= day.year < LAST_YEAR


def _year_refusal(day: dt.date) -> str:
    shown = day.date() if isinstance(day, dt.datetime) else day
    return f"{shown} is not between the years {FIRST_YEAR} and {LAST_YEAR}."
