"""The server before the application: uvicorn, one event loop for all connections.

Idle connections, half requests and polls that wait cost a socket and no thread; requests are
answered in threads once they are whole.
"""

from __future__ import annotations

import contextlib
import math
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from components.server.process_limits import connections

ASGI = "asgi"
"""Under it the Flask server's ``extensions`` hold the application to serve."""
MAX_HEADERS = 32 * 1024
REQUEST_SECONDS = 60.0
"""Within which a request must have come whole."""
IDLE_SECONDS = 75
"""How long a connection without a request stays: longer than nginx keeps one."""


class Connection(HttpToolsProtocol):
    """One connection: closed when a request does not come to its end, or its head is too long."""

    _in_head = True
    _head = 0
    _due = math.inf
    _look: Any = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Wait for the rest."""
        super().on_message_begin()
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Take what came, until a head has no end."""
        if self._in_head:
            if self._head > MAX_HEADERS:
                self._give_up()
                return
            self._head += len(data)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head, self._head = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._due = math.inf
        self._in_head = True
        super().on_message_complete()

    def _expect(self) -> None:
        """Give up when the request under way, or the first one, has not come whole by then.

        The look at it stays for the requests after it: a timer for each was a tenth of their cost.
        """
        self._due = self.loop.time() + REQUEST_SECONDS
        if self._look is None:
            self._look = self.loop.call_at(self._due, self._look_again)

    def _look_again(self) -> None:
        self._look = None
        if self._due <= self.loop.time():
            self._give_up()
        elif self._due < math.inf:
            self._look = self.loop.call_at(self._due, self._look_again)

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


class _Server(uvicorn.Server):
    """Ends when ``to_end`` says so; signals are the program's own."""

    def __init__(self, config: uvicorn.Config, to_end: Callable[[], bool]) -> None:
        super().__init__(config)
        self._to_end = to_end

    async def on_tick(self, counter: int) -> bool:
        """Whether to end; asked ten times a second."""
        return self._to_end() or await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the program."""
        yield


def serve(
    application: Any,
    listener: socket.socket,
    to_end: Callable[[], bool],
    patience_seconds: float = 10.0,
) -> None:
    """Serve an ASGI application on a bound socket until ``to_end`` says so.

    What was begun is then finished, within ``patience_seconds``.
    """
    config = uvicorn.Config(
        application,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=connections(),
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=int(patience_seconds),
    )
    _Server(config, to_end).run(sockets=[listener])
