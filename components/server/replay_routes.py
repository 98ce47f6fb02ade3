"""Stepping through the past: which moment comes next is the calendar's business, not the page's."""

from __future__ import annotations

from flask import Flask, Response, request

from analytics.desk import replay
from analytics.desk.desk import Desk
from analytics.model import sessions
from analytics.model.parameters import as_of_text, parse_as_of
from analytics.model.vocabulary import BadInput
from components.server.replies import answered, reply

LONGEST_SEARCH = 5
"""Sessions looked through for the newest with one-minute bars."""


def register(server: Flask, desk: Desk) -> None:
    """Declare ``/replay/step`` and ``/replay/start``.

    Both answer ``{"as_of": moment or null}``: null beyond the newest moment there is.
    """

    @server.get("/replay/step")
    @answered
    def step() -> Response:
        as_of = parse_as_of("as_of", request.args.get("as_of", ""))
        count, unit = _size(request.args.get("by", ""))
        to = desk.step(as_of, count, unit)
        return reply({"as_of": None if to is None else as_of_text(to)})

    @server.get("/replay/start")
    @answered
    def start() -> Response:
        return reply({"as_of": newest_with_minutes(desk)})


def newest_with_minutes(desk: Desk) -> str | None:
    """The first minute of the newest session that can be replayed; None without one."""
    session = desk.moment().session
    for _ in range(LONGEST_SEARCH):
        first = replay.first_minute(session)
        if first <= desk.source.latest() and desk.has_minutes(session):
            return as_of_text(first)
        session = sessions.previous_session(session)
    return None


def _size(text: str) -> tuple[int, replay.StepUnit]:
    """``5m`` is five minutes on, ``-1s`` one session back.

    Raises:
        BadInput: anything else.
    """
    unit: replay.StepUnit = "sessions" if text.endswith("s") else "minutes"
    try:
        if text[-1:] not in ("m", "s") or len(text) > 5:
            raise ValueError
        return int(text[:-1]), unit
    except ValueError:
        raise BadInput(
            f"by is {text[:20]!r}: minutes such as 5m or -5m, or sessions such as 1s, are accepted."
        ) from None
