"""The security log: who did what, from where, and how it ended.

A line for each request that changes something or was refused: edits, sign-ins, metrics that a
stranger asked for, viewers who asked too often. Panels and pages are not in it. A flood is cut
after `MOST_A_MINUTE` lines; the next minute begins with how many were left out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask, Response, request

from analytics.runtime.logs import SECURITY
from components.server.callback_check import CALLBACK_PATH
from components.server.forwarded import TrustedProxies
from components.server.operators import Operators
from components.server.staff import Staff

MOST_A_MINUTE = 120
LONGEST = 200
_READS = ("GET", "HEAD", "OPTIONS")
_REFUSALS = (401, 403, 429)

log = logging.getLogger(SECURITY)


@dataclass
class LineBudget:
    """How many lines a minute there are for."""

    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _minute: int = -1
    _lines: int = 0

    def take(self) -> tuple[bool, int]:
        """Whether there is a line, and how many the minute before went without."""
        with self._lock:
            minute, left_out = int(self.clock() // 60), 0
            if minute != self._minute:
                left_out = max(0, self._lines - MOST_A_MINUTE)
                self._minute, self._lines = minute, 0
            self._lines += 1
            return self._lines <= MOST_A_MINUTE, left_out


def register(
    server: Flask,
    staff: Staff,
    operators: Operators,
    proxies: TrustedProxies,
    budget: LineBudget | None = None,
) -> None:
    """Have every answer looked at."""
    budget = budget or LineBudget()

    @server.after_request
    def noted(response: Response) -> Response:
        refused = response.status_code in _REFUSALS
        changes = request.method not in _READS and request.path != CALLBACK_PATH
        if not (refused or changes):
            return response
        there_is_one, left_out = budget.take()
        if left_out:
            log.warning("%s lines of the minute before were left out", left_out)
        if there_is_one:
            who = "staff" if staff.is_staff() else "viewer"
            who = "scraper" if operators.shows_token() else who
            _write(who, proxies.viewer(request.environ).address, response)
        return response


def _write(who: str, address: str, response: Response) -> None:
    status = response.status_code
    outcome = "refused" if status in _REFUSALS else "done" if status < 400 else "failed"
    body = response.get_json(silent=True) if status >= 400 else None
    reason = str(body.get("error", "")) if isinstance(body, dict) else ""
    fields = {
        "who": who,
        "what": _plain(f"{request.method} {request.path}"),
        "from": _plain(address),
        "outcome": outcome,
        "status": status,
        "reason": _plain(reason),
    }
    log.info(
        "%(who)s %(what)s from %(from)s: %(outcome)s (%(status)s) %(reason)s",
        fields,
        extra={"fields": fields},
    )


def _plain(text: str) -> str:
    """On one line: a stranger's line feed must not begin a line of its own."""
    return text[:LONGEST].encode("unicode_escape").decode("ascii")
