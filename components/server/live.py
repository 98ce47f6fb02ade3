"""The live snapshot for browsers, and what operators ask a running process.

Ticks reach the browser by polls of a small snapshot, each of which waits on the server until there
is news, or two seconds (`live_polls`); the route here answers at once, and makes what is sent.
``python -m benchmarks ticks`` measures the way from tick to client.

The body is the same bytes for all (24 KiB for 25 symbols, 6 in gzip, zipped once a change), and who
has it already gets an empty 204: behind a proxy that caches, one poll waits for all.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from functools import partial
from typing import Any

from flask import Flask, Response, g, request

from analytics.desk.desk import Desk
from analytics.feed import Feed, Snapshot
from analytics.model.budgets import POLLS, spend
from analytics.model.question import DEFAULT_BENCHMARK
from analytics.model.vocabulary import BadInput, parse_symbol
from analytics.runtime.alerts.service import Alerts
from analytics.runtime.logs import REQUESTS
from analytics.studies.supports.watchlist import WATCHLIST, WatchlistParameters
from components.server import metrics
from components.server.callback_check import CALLBACK_PATH
from components.server.operators import Operators
from components.server.ready_replies import AHEAD
from components.server.replies import answered, json_body, reply
from components.server.staff import Staff

LIVE_PATH = "/live.json"
MAX_ASKED = 24
"""Symbols one viewer may have followed beside the usual ones."""

NOTE = "note-request"
"""Under it the server's ``extensions`` hold what counts and logs a request."""

_POLLED = "public, max-age=0, s-maxage=1"
"""One answer a second for all behind a proxy; a browser asks anew each time."""

log = logging.getLogger(REQUESTS)


def _note(meter: metrics.Meter, method: str, path: str, status: int, seconds: float) -> None:
    if path == CALLBACK_PATH:
        meter.answered(status, seconds)
    fields = {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 2)}
    log.info("%s %s", method, path, extra={"fields": fields})


def register(
    server: Flask,
    desk: Desk,
    feed: Feed,
    alerts: Alerts | None = None,
    operators: Operators | None = None,
    staff: Staff | None = None,
) -> threading.Event:
    """Declare the routes; the event returned says "not ready" once it is set (a shutdown)."""
    meter = metrics.Meter()
    staff = staff or Staff(accounts=False)
    operators = operators or Operators(staff)
    draining = threading.Event()

    @server.before_request
    def started() -> None:
        g.started = time.perf_counter()

    @server.after_request
    def measured(response: Response) -> Response:
        if request.environ.get(AHEAD):
            meter.redrawn(response.status_code)
            return response
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        note(request.method, request.path, response.status_code, seconds)
        return response

    server.extensions[NOTE] = note = partial(_note, meter)

    @server.get(LIVE_PATH)
    @answered
    def live() -> Response:
        spend(POLLS)
        snapshot = feed.watch(followed_symbols(request.args.get("symbols", "")))
        return _shared(snapshot)

    @server.post("/live/clock")
    @answered
    def clock() -> Response:
        staff.require_on_a_site()  # the clock is the same for all viewers
        body = json_body()
        if body == {"again": True}:
            feed.play_again()
        else:
            feed.set_speed(_speed(body))
        return reply({"speed": feed.clock.speed if feed.clock else None})

    @server.get("/healthz")
    def health() -> Response:
        return reply({"status": "ok"})

    @server.get("/readyz")
    def ready() -> Response:
        return _ready(desk, feed, draining.is_set(), detailed=operators.is_operator())

    @server.get("/metrics")
    @answered
    def scrape() -> Response:
        operators.require()
        text = metrics.exposition(meter, desk, feed, alerts)
        return Response(
            text, content_type=metrics.CONTENT_TYPE, headers={"Cache-Control": "no-store"}
        )

    return draining


def _shared(snapshot: Snapshot) -> Response:
    """The bytes as they are; nothing (204, 304) to who has them already."""
    headers = {"ETag": snapshot.etag, "Cache-Control": _POLLED, "Vary": "Accept-Encoding"}
    if _has(snapshot):
        return Response(status=204, headers=headers)
    if request.headers.get("If-None-Match") == snapshot.etag:
        return Response(status=304, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(snapshot.zipped, mimetype="application/json", headers=headers)
    return Response(snapshot.body, mimetype="application/json", headers=headers)


def _has(snapshot: Snapshot) -> bool:
    return request.args.get("since") == str(snapshot.sequence)


def followed_symbols(text: str) -> list[str]:
    """The symbols a viewer's page shows.

    Raises:
        BadInput: one is malformed, or there are too many.
    """
    symbols = [parse_symbol(word) for word in text[:400].split(",") if word]
    if len(symbols) > MAX_ASKED:
        raise BadInput(f"At most {MAX_ASKED} symbols can be followed by one page.")
    return symbols


def _speed(body: dict[str, Any]) -> float:
    speed = body.get("speed")
    number = isinstance(speed, int | float) and not isinstance(speed, bool)
    if speed is None or not number or abs(speed) > 1e6:  # a whole number may be past all floats
        raise BadInput('The body must be JSON: {"speed": 0 to 60} or {"again": true}.')
    return float(speed)


def _ready(desk: Desk, feed: Feed, draining: bool, *, detailed: bool) -> Response:
    """503 while nothing could be answered; a cache or a feed that limps is said, not fatal.

    Strangers learn whether it is ready, not what of it is the matter.
    """
    answer = desk.ask(WATCHLIST, WatchlistParameters((DEFAULT_BENCHMARK,)))
    reason = "The process is shutting down." if draining else answer.reason
    status = 200 if reason is None else 503
    if not detailed:
        return reply({"ready": reason is None}, status)
    live = feed.peek().content.feed
    body = {
        "ready": reason is None,
        "process": os.getpid(),
        "reason": reason,
        "source": desk.source.name,
        "freshness": str(answer.freshness),
        "cache": desk.cache.status or desk.shared_state.status or "ok",
        "store": desk.store_status().reason or "ok",
        "feed": live.mode,
        "feed_reason": live.error,
    }
    return reply(body, status)
