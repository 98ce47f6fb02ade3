"""Requests to the app through its event loop, as the server hands them over, without a socket."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from components.server.callback_check import CALLBACK_PATH
from components.server.serving import ASGI


@dataclass(frozen=True)
class Sent:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def payloads(self) -> dict[str, Any]:
        """Of a page's callback, by panel."""
        (output,) = json.loads(self.body)["response"].values()
        return dict(output["data"]["payloads"])


class Loop:
    """The app's event loop, and how often a request got as far as the application."""

    def __init__(self, app: Any, https: bool = False) -> None:
        self._asgi = app.server.extensions[ASGI]
        self._scheme = "https" if https else "http"
        self.reached = 0
        inner = app.server.wsgi_app

        def counted(environ: Any, start_response: Any) -> Any:
            self.reached += 1
            return inner(environ, start_response)

        app.server.wsgi_app = counted

    def call(self, body: Any, path: str = CALLBACK_PATH, **headers: str) -> Sent:
        """POST JSON to a callback; ``None`` as a header's value leaves it out."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Host": "localhost", "Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        scope = {
            "type": "http", "method": "POST", "path": path, "raw_path": path.encode(),
            "query_string": b"", "http_version": "1.1", "scheme": self._scheme,
            "server": ("localhost", 80), "client": ("127.0.0.1", 4000),
            "headers": [(k.lower().encode(), v.encode()) for k, v in given.items()],
        }  # fmt: skip
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": data, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        # A thread of its own: browser tests leave an event loop running in this one.
        with ThreadPoolExecutor(1) as aside:
            aside.submit(lambda: asyncio.run(self._asgi(scope, receive, send))).result()
        start, *rest = messages
        sent = {name.decode(): value.decode() for name, value in start["headers"]}
        return Sent(start["status"], sent, b"".join(one["body"] for one in rest))
