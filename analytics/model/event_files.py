"""Events from and to files: a reader's own CSV or ICS in, the calendar as ICS out.

Reading and writing iCalendar (RFC 5545) is the field library's work; what is judged here is
only what a calendar of days can hold.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.model.dates import day_text
from analytics.model.event_series import RepeatSpan, read_calendar
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import BadInput, Event, EventKind

if TYPE_CHECKING:
    import icalendar

LARGEST_FILE = 1_000_000
MAX_EVENTS = 2_000
MAX_COLUMNS = 50
LONGEST_TITLE = 200
FIRST_YEAR, LAST_YEAR = 1990, 2100

REPEATED = "repeating entries from"
"""Stands in the note that says between which days they are repeated: nothing is wrong then."""

NOT_ADVICE = "Not investment advice."

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class OwnEvents:
    """What a file held, and one sentence for each entry that could not be used as it stands."""

    events: tuple[Event, ...]
    notes: tuple[str, ...]


def read_own_events(content: bytes, name: str, span: RepeatSpan) -> OwnEvents:
    """Events of a ``.csv`` (date, title, and if wanted time, symbol, note) or ``.ics`` file.

    A time without a zone is New York's. An entry that cannot be read is left out and named.

    Args:
        content: of the file.
        name: of the file, which says what it is.
        span: within which repeating entries are repeated.

    Raises:
        BadInput: the file is too large, of another kind, or unreadable as a whole.
    """
    if len(content) > LARGEST_FILE:
        raise BadInput(f"{name} is larger than {LARGEST_FILE // 1000} kB.")
    kind = name.lower().rpartition(".")[2]
    if kind == "csv":
        found = _read_csv(content, name)
    elif kind in ("ics", "ical"):
        found = _from_calendar(content, name, span)
    else:
        raise BadInput(f"{name} is neither a .csv nor an .ics file.")
    if len(found.events) > MAX_EVENTS:
        raise BadInput(f"{name} holds more than {MAX_EVENTS} events.")
    return found


def _from_calendar(content: bytes, name: str, span: RepeatSpan) -> OwnEvents:
    """Of more dates than are kept those nearest to today, when it is repetition that makes them."""
    events, notes, repeated = read_calendar(content, name, span)
    if repeated:
        notes.append(f"{name}: {REPEATED} {day_text(span.first)} to {day_text(span.last)}.")
    if repeated and len(events) > MAX_EVENTS:
        notes.append(
            f"{name}: {len(events):,} dates are too many: the {MAX_EVENTS:,} nearest to "
            f"{day_text(span.today)} are taken."
        )
        events = sorted(events, key=lambda event: abs((event.day - span.today).days))[:MAX_EVENTS]
    return OwnEvents(tuple(events), tuple(notes))


def _read_csv(content: bytes, name: str) -> OwnEvents:
    events: list[Event] = []
    notes: list[str] = []
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        names = reader.fieldnames or ()
        if len(names) > MAX_COLUMNS:
            raise BadInput(f"{name} has {len(names):,} columns: {MAX_COLUMNS} at most are read.")
        header = {str(field).strip().lower() for field in names}
        if not {"date", "title"} <= header:
            raise BadInput(f"{name} line 1: the columns 'date' and 'title' are needed.")
        for raw in reader:
            if len(events) + len(notes) >= MAX_EVENTS:
                raise BadInput(f"{name} holds more than {MAX_EVENTS} events.")
            row = {str(key).strip().lower(): str(value or "").strip() for key, value in raw.items()}
            try:
                events.append(_row_event(row, name))
            except ValueError as error:
                notes.append(f"{name} line {reader.line_num}: {error}")
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{name} is not a readable CSV file ({error}).") from error
    return OwnEvents(tuple(events), tuple(notes))


def _row_event(row: dict[str, str], name: str) -> Event:
    """One line of a CSV.

    Raises:
        ValueError: what is wrong with it, as the end of a sentence.
    """
    try:
        day = dt.date.fromisoformat(row["date"])
    except ValueError:
        raise ValueError(f"{row['date'][:20]!r} is not a date such as 2025-01-29.") from None
    _check_year(day)
    if not row["title"]:
        raise ValueError("the title is empty.")
    try:
        clock = dt.time.fromisoformat(row["time"]) if row.get("time") else None
    except ValueError:
        raise ValueError(f"{row['time'][:20]!r} is not a time such as 14:00.") from None
    time = None
    if clock is not None:
        local = dt.datetime.combine(day, clock)
        time = (local if local.tzinfo else local.replace(tzinfo=NEW_YORK)).astimezone(dt.UTC)
    return Event(
        day=day,
        kind=EventKind.OWN,
        title=row["title"][:LONGEST_TITLE],
        time=time,
        symbol=row.get("symbol", "").upper()[:15],
        detail=row.get("note", "")[:LONGEST_TITLE],
        source=name,
    )


def _check_year(day: dt.date) -> None:
    """Refuse what no calendar shows.

    Raises:
        ValueError: naming the years that are accepted.
    """
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise ValueError(f"{day} is not between the years {FIRST_YEAR} and {LAST_YEAR}.")


def to_ics(events: Iterable[Event], stamp: dt.datetime, *, simulated: bool = False) -> bytes:
    """The events as an iCalendar file (RFC 5545; its name and description as RFC 7986 has them).

    Args:
        events: a time makes an event of no length, a day alone one of the whole day.
        stamp: UTC, when the file is made; the same events and stamp give the same bytes.
        simulated: the calendar, and each entry, then says so.
    """
    import icalendar  # here: no page but the calendar's pays for it

    mark = "SIMULATED - not market data. " if simulated else ""
    named = "Holdline market calendar" + (" (SIMULATED)" if simulated else "")
    about = f"{mark}{NOT_ADVICE} Times of New York are written in UTC."
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Holdline//Market calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    for name in ("name", "x-wr-calname"):
        calendar.add(name, named)
    for name in ("description", "x-wr-caldesc"):
        calendar.add(name, about)
    for event in events:
        calendar.add_component(_component(event, stamp, mark))
    return bytes(calendar.to_ical())


def _component(event: Event, stamp: dt.datetime, mark: str) -> icalendar.Event:
    import icalendar  # here: no page but the calendar's pays for it

    part = icalendar.Event()
    named = f"{event.day}|{event.kind}|{event.symbol}|{event.title}|{event.time}"
    part.add("uid", f"{hashlib.blake2b(named.encode(), digest_size=12).hexdigest()}@holdline")
    part.add("dtstamp", stamp.astimezone(dt.UTC))
    part.add("summary", event.title if event.confirmed else f"{event.title} (date estimated)")
    part.add("categories", [event.kind.value])
    if event.time is not None:
        part.add("dtstart", event.time.astimezone(dt.UTC))
    else:
        part.add("dtstart", event.day)
        part.add("dtend", event.day + _DAY)
    part.add("transp", "TRANSPARENT")
    described = "; ".join(text for text in (event.timing, event.detail, _outlook(event)) if text)
    if mark or described:
        part.add("description", f"{mark}{described}".strip())
    if event.source:
        part.add("comment", f"Source: {event.source}")
    return part


def _outlook(event: Event) -> str:
    figures = (("expected", event.expected), ("previous", event.previous), ("was", event.actual))
    parts = [
        f"{word} {value:g} {event.unit}".strip() for word, value in figures if value is not None
    ]
    return ", ".join(parts)
