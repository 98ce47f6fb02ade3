"""The newest notices for every open page, ``GET /notices.json``: each viewer's own."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from cachetools import LRUCache
from flask import Flask, Response, request

from analytics.alerts.model import Notice, for_viewer
from analytics.desk.desk import Desk
from analytics.model import access
from analytics.model.access import LOCAL
from analytics.model.vocabulary import HoldlineError
from components.server.replies import reply

MAX_SENT = 20
READ_SECONDS = 1.0

MOST_FOLLOWING = 4096
"""Of so many people the newest notices are remembered for a second."""

_POLLED = "public, max-age=1"
_OWN = "private, no-store"


def register(server: Flask, desk: Desk) -> None:
    """Declare the route."""
    newest = _NewestOfAll(desk)

    @server.get("/notices.json")
    def notices() -> Response:
        own = access.viewer().subscriber
        since, name = request.args.get("since", ""), _called(own)
        number = int(since) if since.isdecimal() and len(since) < 10 else None
        if request.args.get("of", "") != name:
            number = None  # the browser's number is of whoever was signed in before
        return _notices_reply(None if own is None else newest.of(own), number, name)


def _called(own: str | None) -> str:
    """Names a subscriber to their browser; "" for a stranger, and where there is but one."""
    if own is None or own == LOCAL:
        return ""
    return hashlib.blake2b(own.encode(), digest_size=6).hexdigest()


class _NewestOfAll:
    """The newest notices of whoever looks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._known: LRUCache[str, _Newest] = LRUCache(MOST_FOLLOWING)

    def of(self, own: str) -> _Newest:
        """One subscriber's."""
        with self._lock:
            found = self._known.get(own)
            if found is None:
                found = self._known[own] = _Newest(self._desk, own)
            return found


class _Newest:
    """The newest notices of one subscriber, read from the store once a second at most.

    One request reads; the others take meanwhile what is known, so that a store that answers
    slowly holds up one thread and not all.
    """

    def __init__(self, desk: Desk, own: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._own = own
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._notices: tuple[Notice, ...] = ()
        self._error: HoldlineError | None = None

    def read(self) -> tuple[Notice, ...]:
        """Oldest first.

        Raises:
            HoldlineError: the store cannot be read.
        """
        known = self._read_at
        due = known is None or self._clock() - known >= READ_SECONDS
        if due and self._lock.acquire(blocking=known is None):
            try:
                if self._read_at == known:  # nobody else has read while this one waited
                    self._look()
            finally:
                self._lock.release()
        if self._error is not None:
            raise self._error
        return self._notices

    def _look(self) -> None:
        try:
            self._notices = self._desk.records.notices.since(self._own, 0, MAX_SENT)
            self._error = None
        except HoldlineError as error:
            self._error = error
        self._read_at = self._clock()


def _notices_reply(newest: _Newest | None, since: int | None, of: str) -> Response:
    """What is new after ``since``; who names no number learns only the newest one.

    Args:
        newest: the viewer's own; None for a stranger.
        of: whose they are, for the browser that may have another's number.
    """
    headers = {"Cache-Control": _OWN if newest is None or of else _POLLED}
    try:
        notices = for_viewer(newest.read()) if newest is not None else ()
    except HoldlineError as error:
        return reply({"error": str(error)}, 503)
    number = notices[-1].number if notices else 0
    if since == number:
        return Response(status=204, headers=headers)
    # A number from beyond the newest is of a store that is no longer there.
    known = since is not None and since <= number
    fresh = [_plain(notice) for notice in notices if known and notice.number > (since or 0)]
    return Response(
        json.dumps({"newest": number, "notices": fresh} | ({"of": of} if of else {})),
        mimetype="application/json",
        headers=headers,
    )


def _plain(notice: Notice) -> dict[str, Any]:
    message = notice.message
    return {
        "number": notice.number,
        "kind": message.kind,
        "title": message.title,
        "text": message.text,
        "link": message.link,
        "at": message.happened_at.isoformat(),
        "simulated": message.simulated,
    }
