"""Shared parts of the tests of alerts: a store with a rule, snapshots, local receivers."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from analytics.alerts.model import LOCAL, ChannelKind, DueDelivery, Message
from analytics.alerts.rules import parse_rule
from analytics.model.live import LiveSnapshot
from analytics.store.records import Records
from tests.unit.alerts.test_rules import line, snapshot

NOW = dt.datetime(2025, 1, 27, 15, 2, tzinfo=dt.UTC)
LOSES = {"kind": "crossing", "symbol": "SPY", "does": "loses", "sessions": 50}
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef").decode()


@dataclass(frozen=True)
class Shot:
    """A snapshot of the feed, made by hand."""

    content: LiveSnapshot


UNDER = Shot(snapshot(line(595.0)))
ABOVE = Shot(snapshot(line(599.0)))


@dataclass
class Clock:
    """Wall time that stands until it is moved."""

    now: dt.datetime = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


def set_up(records: Records, kind: ChannelKind, target: str) -> None:
    """A rule on SPY's 50-DMA, and one channel."""
    records.subscriptions.add_rule(LOCAL, parse_rule(LOSES))
    records.subscriptions.add_channel(LOCAL, kind, target)


def publish(records: Records, key: str = "one", **changes: Any) -> None:
    """A notice to every channel."""
    words = {"title": "SPY closed under its 50\u2011DMA", "text": "At 590.12.", "link": "/supports"}
    records.notices.publish("preview", key, happened_at=NOW, **(words | changes))


def claimed(records: Records, kind: ChannelKind, clock: Clock) -> DueDelivery:
    """The delivery that is due now."""
    due = records.outbox.claim(kind, clock(), dt.timedelta(minutes=2))
    assert due is not None
    return due


def message(title: str = "SPY closed under its 50-DMA") -> Message:
    """A message of a rule."""
    return Message("rule", "one", title, "At 590.12.", "/supports?symbol=SPY", NOW, True)


@dataclass
class Receiver:
    """A webhook's receiver: answers with ``statuses`` in turn, the last of them for good."""

    statuses: list[int] = field(default_factory=lambda: [200])
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    stall: threading.Event | None = None
    drip: bool = False
    cut_off: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def is_signed(self, number: int, key: bytes) -> bool:
        """Whether that request's signature is right, worked out independently."""
        headers, body = self.requests[number]
        signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode()])
        digest = hmac.digest(key, signed + b"." + body, hashlib.sha256)
        return headers["webhook-signature"] == "v1," + base64.b64encode(digest).decode()


@contextmanager
def receiving(receiver: Receiver, tls: Any = None) -> Iterator[Receiver]:
    """Serve ``receiver`` on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            at = min(len(receiver.requests), len(receiver.statuses) - 1)
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.append((headers, body))
            if receiver.stall is not None:
                receiver.stall.wait(30)
                return
            self.send_response(receiver.statuses[at])
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if receiver.drip:
                self._drip()
            else:
                self.wfile.write(receiver.body)

        def _drip(self) -> None:
            ends = time.monotonic() + 30
            try:
                while time.monotonic() < ends:
                    self.wfile.write(b".")
                    time.sleep(0.05)
            except OSError:
                receiver.cut_off.set()

        def log_message(self, *words: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    scheme = "http" if tls is None else "https"
    receiver.url = f"{scheme}://localhost:{server.server_address[1]}/hook"
    try:
        yield receiver
    finally:
        if receiver.stall is not None:
            receiver.stall.set()
        server.shutdown()
        thread.join()
        server.server_close()
