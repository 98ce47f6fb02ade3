"""Replies to pages' questions: compressed once, then sent as bytes.

Two viewers of one page at one version get the same reply. Dash would encode and compress it for
each; here it is assembled from payloads that are encoded already, in the shape that Dash gives it,
and stored as it went out. Whether it is still right is asked each time: a panel's version is that
of the answers it shows.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache
from flask import Flask, Response, g, request

from analytics.desk.desk import StandsFor
from analytics.model import access
from analytics.model.question import Answer, AsOf
from components.frame import first_answer
from components.frame.exchange import answer_id
from components.frame.page import Page
from components.frame.page_feed import PageFeed, PagePayloads
from components.frame.panels import FEEDS
from components.server.callback_check import CALLBACK_PATH
from components.server.ready_replies import CODINGS_LENGTH, LASTING, Lasting
from components.server.replies import answered, check_origin

STORED_BYTES = 6 << 20
"""Of stored replies, in each process; compressed they are a fifth of their payloads."""

Key = tuple[bytes, str]
"""A reply's: a digest of what it says, and the codings that its viewer takes."""


@dataclass(frozen=True)
class StoredReply:
    """A reply as it was sent once.

    Attributes:
        body: in the coding that ``headers`` name.
    """

    body: bytes
    headers: dict[str, str]


class PageReplies:
    """The latest replies, safe for threads.

    Args:
        most_bytes: of all bodies together; what was not asked for the longest is dropped.
    """

    def __init__(self, most_bytes: int = STORED_BYTES) -> None:
        self._stored: LRUCache[Key, StoredReply] = LRUCache(
            most_bytes, getsizeof=lambda reply: len(reply.body)
        )
        self._lock = threading.Lock()

    def get(self, key: Key) -> StoredReply | None:
        """The stored reply, if it is still there."""
        with self._lock:
            return self._stored.get(key)

    def put(self, key: Key, reply: StoredReply) -> None:
        """Store a reply; one larger than all the room is left out."""
        with self._lock, contextlib.suppress(ValueError):
            self._stored[key] = reply


Standing = Callable[[Sequence[Answer[Any]]], StandsFor | None]
"""`Desk.standing`."""


def register(
    server: Flask,
    standing: Standing,
    pages: Sequence[Page] = (),
    opened: AsOf | None = None,
) -> PageReplies:
    """Answer pages' callbacks from stored replies, and all other callbacks by Dash.

    Call it once Dash's routes are declared, and before answers are set to be compressed: what is
    stored is what went out.

    Args:
        server: of the Dash app.
        standing: tells how long answers are right.
        pages: whose first answers a GET asks for.
        opened: the moment that the process was opened on.
    """
    replies = PageReplies()
    feeds: dict[str, PageFeed] = server.extensions.get(FEEDS, {})
    by_output = {f"{answer_id(page)}.data": (answer_id(page), feed) for page, feed in feeds.items()}
    endpoint = next(
        rule.endpoint for rule in server.url_map.iter_rules() if rule.rule == CALLBACK_PATH
    )
    by_dash = server.view_functions[endpoint]

    @server.after_request
    def store(response: Response) -> Response:
        key: Key | None = g.pop("page_reply", None)
        if key is not None and response.status_code == 200:
            passed_on = ("Content-Type", "Content-Encoding", "Vary")
            headers = {
                name: response.headers[name] for name in passed_on if name in response.headers
            }
            replies.put(key, StoredReply(response.get_data(), headers))
        return response

    def answer() -> Any:
        body = g.callback_body
        known = by_output.get(body["output"])
        question = body["inputs"][0].get("value") if body["inputs"] else None
        if known is None or not isinstance(question, dict):
            return by_dash()
        name, feed = known
        answered = feed.answer(question)
        if not (feed.is_own or answered.pending):
            _note_lasting(answered, standing)
        return _reply(_by_dash(name, answered.to_json()), replies)

    server.view_functions[endpoint] = answer
    for page in pages:
        if page.key in feeds:
            _answer_first(server, page, feeds[page.key], opened, replies)
    return replies


def _answer_first(
    server: Flask, page: Page, feed: PageFeed, opened: AsOf | None, replies: PageReplies
) -> None:
    """Answer what a page's first script asks."""

    @answered
    def first() -> Response:
        check_origin()  # it computes, so no other site's page may have it asked
        state = first_answer.state_of(page, request.args, opened)
        response = _reply(feed.answer({"state": state}).to_json(), replies)
        response.headers["Cache-Control"] = "no-store"  # it depends on who asks, and when
        return response

    server.add_url_rule(first_answer.ROUTE + page.path, f"first-{page.key}", first)


def _note_lasting(answered: PagePayloads, standing: Standing) -> None:
    """Leave for the server how long this answer is right, where that can be told."""
    answers: list[Answer[Any]] = []
    for built in answered.built.values():
        if not built.answers:
            return
        answers += built.answers
    stands = standing(answers)
    if stands is not None:
        versions = {name: built.version for name, built in answered.built.items()}
        request.environ[LASTING] = Lasting(access.viewer().plan, versions, stands)


def _by_dash(output: str, body: bytes) -> bytes:
    """The reply in the shape that Dash gives it: the outputs' values by their components."""
    return b'{"multi":true,"response":{"%b":{"data":%b}}}' % (output.encode(), body)


def _reply(whole: bytes, replies: PageReplies) -> Response:
    """The reply, as it was sent before where that is stored."""
    codings = request.headers.get("Accept-Encoding", "")
    if len(codings) <= CODINGS_LENGTH:
        key = (hashlib.blake2b(whole, digest_size=16).digest(), codings)
        stored = replies.get(key)
        if stored is not None:
            return Response(stored.body, headers=stored.headers)
        g.page_reply = key
    return Response(whole, mimetype="application/json")
