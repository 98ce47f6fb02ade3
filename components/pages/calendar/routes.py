"""Routes of the calendar's page: the calendar as a file, and the reading of one.

``/calendar.ics?start=&end=&as_of=`` is the span as an iCalendar file. ``/calendar/own-events``
reads a viewer's CSV or ICS file and hands its events back: nothing of it is kept here, the
browser keeps them (``assets/pages/calendar.mjs``).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from typing import Any

from flask import Flask, Response, request

from analytics.desk.desk import Desk
from analytics.model.budgets import UPLOADS, spend
from analytics.model.event_files import OwnEvents, read_own_events, to_ics
from analytics.model.event_series import RepeatSpan
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import BadInput, Event, Freshness
from analytics.studies.calendar.events import CALENDAR, CalendarParameters
from components.pages.calendar.state import CalendarState
from components.server.replies import answered, json_body, reply

ICS_PATH = "/calendar.ics"
OWN_PATH = "/calendar/own-events"

LARGEST_UPLOAD = 150_000
"""Bytes of a viewer's file; in base64 it still fits a request."""
LONGEST_NAME = 80
MAX_NOTES = 40


def register(server: Flask, desk: Desk) -> None:
    """Declare both routes; what is wrong with a request is one sentence of JSON."""

    @server.get(ICS_PATH)
    @answered
    def calendar_file() -> Response:
        return _calendar_file(desk, CalendarState.from_query(request.query_string.decode("ascii")))

    @server.post(OWN_PATH)
    @answered
    def own_events() -> Response:
        spend(UPLOADS)
        body = json_body()
        today = desk.source.now().astimezone(NEW_YORK).date()
        name, content = file_name(body.get("name")), file_content(body.get("content"))
        return reply(to_plain(read_own_events(content, name, RepeatSpan.around(today))))


def _calendar_file(desk: Desk, state: CalendarState) -> Response:
    answer = desk.ask(CALENDAR, CalendarParameters(state.start, state.end), state.as_of)
    found = answer.result
    if found is None:
        failed = answer.freshness is Freshness.ERROR
        return reply({"error": answer.reason}, 503 if failed else 400)
    body = to_ics(found.events, answer.moment.time, simulated=answer.provenance.simulated)
    name = f"holdline-calendar-{found.start}-{found.end}.ics"
    return Response(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def file_name(given: object) -> str:
    """The file's name without a path and without what could not be printed.

    Raises:
        BadInput: it is not a text.
    """
    if not isinstance(given, str):
        raise BadInput("name is not a text.")
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[-LONGEST_NAME:]


def file_content(given: object) -> bytes:
    """The file's bytes, sent in base64.

    Raises:
        BadInput: it is not base64, or larger than `LARGEST_UPLOAD`.
    """
    if not isinstance(given, str):
        raise BadInput("content is not a text.")
    try:
        content = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("content is not base64.") from None
    if len(content) > LARGEST_UPLOAD:
        raise BadInput(f"The file is larger than {LARGEST_UPLOAD // 1000} kB.")
    return content


def to_plain(found: OwnEvents) -> dict[str, Any]:
    """As the browser keeps it: the events by day, and a sentence for each line left out."""
    notes = list(found.notes[:MAX_NOTES])
    if len(found.notes) > MAX_NOTES:
        notes.append(f"And {len(found.notes) - MAX_NOTES} more lines like these.")
    events = sorted(found.events, key=lambda event: (event.day, _clock(event.time)))
    return {"events": [_plain_event(event) for event in events], "notes": notes}


def _plain_event(event: Event) -> dict[str, str]:
    return {
        "day": event.day.isoformat(),
        "clock": _clock(event.time),
        "title": event.title,
        "symbol": event.symbol,
        "detail": event.detail,
        "source": event.source,
    }


def _clock(time: dt.datetime | None) -> str:
    return f"{time.astimezone(NEW_YORK):%H:%M}" if time else ""
