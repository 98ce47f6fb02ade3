"""Public providers on the loopback: recorded bodies by path, and every way to fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW_SECONDS = 1.5


class Trouble(Enum):
    """A way for every address to fail."""

    FORBIDDEN = auto()
    NOT_FOUND = auto()
    LIMITED = auto()
    BROKEN = auto()
    WEB_PAGE = auto()
    CUT_OFF = auto()
    CUT_JSON = auto()
    SLOW = auto()
    DRIP = auto()
    ELSEWHERE = auto()
    ROUND_IN_CIRCLES = auto()
    HUGE = auto()


PAGE = b"<!DOCTYPE html><html><title>Maintenance</title></html>"

_STATUS = {
    Trouble.FORBIDDEN: (403, PAGE),
    Trouble.NOT_FOUND: (404, PAGE),
    Trouble.LIMITED: (429, b"Too many requests"),
    Trouble.BROKEN: (503, PAGE),
    Trouble.WEB_PAGE: (200, PAGE),
    Trouble.CUT_JSON: (200, b'{"facts": {"us-gaap": {"Reve'),
}


class ProviderServer:
    """Answers paths (with their query, else without) by `bodies`.

    Attributes:
        url: where it listens.
        bodies: path -> answer; any other path is 404.
        trouble: how every address fails now; None: none does.
        etag: sent with every body; a request that names it is answered 304; empty: none.
        requests: (path with query, headers) of each request so far.
    """

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.trouble: Trouble | None = None
        self.etag = ""
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.released = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    def start(self) -> None:
        """Serve until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Let slow answers go, and end."""
        self.released.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def paths(self) -> list[str]:
        """What was asked so far."""
        return [path for path, _ in self.requests]


def _handler(server: ProviderServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            trouble = server.trouble
            if trouble in _STATUS:
                self._send(*_STATUS[trouble])
            elif trouble is Trouble.SLOW:
                server.released.wait(SLOW_SECONDS)
                self._send(200, b"{}")
            elif trouble is Trouble.DRIP:
                self._drip()
            elif trouble is Trouble.CUT_OFF:
                self._cut_off()
            elif trouble is Trouble.HUGE:
                self._send(200, b"[" + b" " * (2 << 20) + b"]")
            elif trouble is Trouble.ELSEWHERE:
                self._send(302, b"", location="http://169.254.1.1/")
            elif trouble is Trouble.ROUND_IN_CIRCLES:
                self._send(302, b"", location=self.path)
            else:
                self._answer()

        def _answer(self) -> None:
            body = server.bodies.get(self.path, server.bodies.get(self.path.partition("?")[0]))
            if body is None:
                self._send(404, PAGE)
            elif server.etag and self.headers.get("If-None-Match") == server.etag:
                self._send(304, b"")
            else:
                self._send(200, body)

        def _send(self, status: int, body: bytes, location: str = "") -> None:
            self.send_response(status)
            if server.etag:
                self.send_header("Etag", server.etag)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _drip(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(1000):
                try:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                except OSError:
                    return
                if server.released.wait(0.05):
                    return

        def _cut_off(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"facts": ')
            self.wfile.flush()
            time.sleep(0.01)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    return Handler


@contextmanager
def provider_server() -> Iterator[ProviderServer]:
    """A server that runs until the block ends."""
    server = ProviderServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
