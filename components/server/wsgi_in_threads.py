"""The WSGI application answered in threads of the event loop's: a request begins when it is whole.

Half a body waits in the loop and holds no thread, however slowly the rest comes.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from components.server.hardening import MAX_BODY

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Environ = dict[str, Any]

QUICK = ("/healthz",)
"""Answered beside the others, so that a busy process does not look like a dead one."""
_QUICK_THREADS = 2
_ADDED_UP = "HTTP_COOKIE"


class TooLarge(Exception):
    """The request's body is larger than `MAX_BODY`."""


@dataclass(frozen=True)
class Reply:
    """A whole answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def send(self, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class Ready(Protocol):
    """Replies that need no thread."""

    def find(self, environ: Environ, body: bytes) -> Reply | None:
        """The reply to a request, if there is one; called in the event loop."""

    def keep(self, environ: Environ, body: bytes, reply: Reply) -> None:
        """Take the application's reply to a request."""


class WsgiInThreads:
    """A WSGI application for an ASGI server.

    Args:
        application: it.
        threads: that answer requests; more wait for one in the order they came.
        ready: replies of before; None: each request is answered anew.
    """

    def __init__(self, application: Any, threads: int, ready: Ready | None = None) -> None:
        self._application = application
        self._ready = ready
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="answer")
        self._quick = ThreadPoolExecutor(_QUICK_THREADS, thread_name_prefix="quick")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request once its body is there."""
        try:
            body = await _whole_body(scope, receive)
        except TooLarge:
            await _TOO_LARGE.send(send)
            return
        if body is None:
            return
        environ = environ_of(scope, body)
        reply = self._ready.find(environ, body) if self._ready else None
        if reply is None:
            reply = await self.reply(environ, quick=scope["path"] in QUICK)
            if self._ready:
                self._ready.keep(environ, body, reply)
        await reply.send(send)

    async def reply(self, environ: Environ, *, quick: bool = False) -> Reply:
        """The application's answer, made in a thread."""
        pool = self._quick if quick else self._pool
        return await asyncio.get_running_loop().run_in_executor(
            pool, run, self._application, environ
        )

    def close(self) -> None:
        """Begin nothing more; what is under way is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._quick.shutdown(wait=False, cancel_futures=True)


def run(application: Any, environ: Environ) -> Reply:
    """A WSGI application's whole answer."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc: Any = None) -> Any:
        started[:] = [status, headers]
        return None

    chunks: Iterable[bytes] = application(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = started
    encoded = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]
    return Reply(int(status[:3]), encoded, body)


def environ_of(scope: Scope, body: bytes = b"") -> Environ:
    """The WSGI environment of a request (PEP 3333)."""
    host, port = scope.get("server") or ("localhost", 80)
    client = scope.get("client")
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REQUEST_URI": scope.get("raw_path", b"").decode("latin-1") or quote(scope["path"]),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0] if client else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        if b"_" in raw_name or name == "TRANSFER_ENCODING":
            continue  # a name with an underline would pass for another's
        key = name if name in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        between = "; " if key == _ADDED_UP else ","
        environ[key] = f"{environ[key]}{between}{value}" if key in environ else value
    if body and "CONTENT_LENGTH" not in environ:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


async def _whole_body(scope: Scope, receive: Receive) -> bytes | None:
    """The request's body; None when the client went away.

    Raises:
        TooLarge: unread, or not read to its end.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > MAX_BODY:
            raise TooLarge
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise TooLarge
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


_TOO_LARGE = Reply(
    413,
    [(b"content-type", b"application/json"), (b"connection", b"close")],
    json.dumps({"error": f"The request is larger than {MAX_BODY // 1024} KiB."}).encode(),
)
