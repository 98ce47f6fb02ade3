"""Replies to panels' callbacks: drawn, encoded and compressed once, then sent as bytes.

Two viewers of one panel at one version get the same reply. Dash builds it anew for each; here it
is made once, in the shape that Dash gives it, and stored as it went out. Whether it is still
right is asked each time: a panel's version is that of the answers it shows.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from cachetools import LRUCache
from flask import Flask, Response, g, request
from plotly.io.json import to_json_plotly

from analytics.model.turns import waiting
from components.frame.panels import PANELS
from components.frame.payloads import Panel, asked, drawn
from components.server.callback_check import CALLBACK_PATH

STORED_BYTES = 64 << 20
"""Of stored replies, in each process: some 8,000 of 8 KiB."""
CODINGS_LENGTH = 100
"""Longest Accept-Encoding by which a reply is stored; browsers send some 20 characters."""

PLAIN = "plain"
"""In place of the codings: the reply before it is compressed."""

Key = tuple[str, str, str]
"""A reply's: the callback's name, the version, and the codings that its viewer takes."""


@dataclass(frozen=True)
class StoredReply:
    """A reply as it was sent once.

    Attributes:
        body: in the coding that ``headers`` name.
    """

    body: bytes
    headers: dict[str, str]


class PanelReplies:
    """The latest replies, safe for threads.

    Args:
        most_bytes: of all bodies together; what was not asked for the longest is dropped.
    """

    def __init__(self, most_bytes: int = STORED_BYTES) -> None:
        self._stored: LRUCache[Key, StoredReply] = LRUCache(
            most_bytes, getsizeof=lambda reply: len(reply.body)
        )
        self._under_way: WeakValueDictionary[Key, threading.Lock] = WeakValueDictionary()
        self._lock = threading.Lock()

    def get(self, key: Key) -> StoredReply | None:
        """The stored reply, if it is still there."""
        with self._lock:
            return self._stored.get(key)

    def put(self, key: Key, reply: StoredReply) -> None:
        """Store a reply; one larger than all the room is left out."""
        with self._lock, contextlib.suppress(ValueError):
            self._stored[key] = reply

    @contextlib.contextmanager
    def alone(self, key: Key) -> Iterator[None]:
        """Make the reply of this key in no other thread meanwhile."""
        with self._lock:
            lock = self._under_way.get(key)
            if lock is None:
                lock = self._under_way[key] = threading.Lock()
        with waiting(refuse=False):
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def register(server: Flask) -> PanelReplies:
    """Answer panels' callbacks from stored replies, and all other callbacks by Dash.

    Call it once Dash's routes are declared, and before answers are set to be compressed: what is
    stored is what went out.
    """
    replies = PanelReplies()
    panels: dict[str, Panel[Any]] = server.extensions.get(PANELS, {})
    endpoint = next(
        rule.endpoint for rule in server.url_map.iter_rules() if rule.rule == CALLBACK_PATH
    )
    by_dash = server.view_functions[endpoint]

    @server.after_request
    def store(response: Response) -> Response:
        key: Key | None = g.pop("panel_reply", None)
        if key is not None and response.status_code == 200:
            passed_on = ("Content-Type", "Content-Encoding", "Vary")
            headers = {
                name: response.headers[name] for name in passed_on if name in response.headers
            }
            replies.put(key, StoredReply(response.get_data(), headers))
        return response

    def answer() -> Any:
        body = g.callback_body
        panel = panels.get(body["output"])
        return by_dash() if panel is None else _answer(panel, body, replies)

    server.view_functions[endpoint] = answer
    return replies


def _answer(panel: Panel[Any], body: dict[str, Any], replies: PanelReplies) -> Response:
    """The reply to a panel's callback, whose body was checked before."""
    raw, seen = body["inputs"][0].get("value"), body["state"][0].get("value")
    if raw is None:
        return _unchanged()
    question = asked(raw, panel)
    if question.version == seen:
        return _unchanged()
    name = body["output"]
    codings = request.headers.get("Accept-Encoding", "")
    if question.absence is not None or len(codings) > CODINGS_LENGTH:
        return _reply(name, drawn(question))
    key = (name, question.version, codings)
    stored = replies.get(key)
    if stored is not None:
        return Response(stored.body, headers=stored.headers)
    g.panel_reply = key
    plain = (name, question.version, PLAIN)
    with replies.alone(plain):
        stored = replies.get(plain)
        if stored is not None:
            return Response(stored.body, headers=stored.headers)
        payload = drawn(question)
        reply = _reply(name, payload)
        if payload["version"] == question.version:
            replies.put(plain, StoredReply(reply.get_data(), {"Content-Type": "application/json"}))
        else:  # it could not be drawn
            del g.panel_reply
        return reply


def _unchanged() -> Response:
    return Response(status=204)


def _reply(name: str, payload: dict[str, Any]) -> Response:
    """In the shape that Dash gives it: the outputs' values by their components."""
    panel, version = (part.removesuffix(".data") for part in name.strip(".").split("..."))
    response = {panel: {"data": payload}, version: {"data": payload["version"]}}
    return Response(
        to_json_plotly({"multi": True, "response": response}), mimetype="application/json"
    )
