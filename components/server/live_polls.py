"""Polls of the live snapshot that wait for news, all in one event loop, without a thread each.

A poll that has the newest snapshot waits until there is another, two seconds at most. What is
sent then is the same for all, so it is made once, by the application's own route, and stored.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qs

from cachetools import LRUCache

from analytics.feed import Feed, Snapshot
from analytics.model.budgets import POLLS
from analytics.model.vocabulary import BadInput
from components.server.budgets import Client, Counts, household
from components.server.forwarded import TrustedProxies
from components.server.live import LIVE_PATH, followed_symbols
from components.server.wsgi_in_threads import (
    Environ,
    Receive,
    Reply,
    Scope,
    Send,
    WsgiInThreads,
    environ_of,
)

WAIT_SECONDS = 2.0
"""The longest a poll waits: a proxy that lets one ask for many has the others wait as long."""
_LOOK_SECONDS = 0.5
"""How soon the polls that wait notice that the process is to end."""
_STORED = 32

Key = tuple[int, bool, bool, str]
"""A reply's: the snapshot's sequence, whether zipped, whether the viewer has it, by which ETag."""


class LivePolls:
    """Answers polls of the snapshot; everything else it hands to ``others``.

    Args:
        others: the application's own routes.
        feed: what is polled.
        client_of: whose budget a request is on; None: nobody's.
        ending: once it says so nobody waits any more.
        ours: whether a request is one that this site's own page sends, or a program; the
            application's own routes refuse any other.
    """

    def __init__(
        self,
        others: WsgiInThreads,
        feed: Feed,
        client_of: Callable[[Environ], Client | None],
        ending: Callable[[], bool],
        ours: Callable[[Environ], bool] = lambda environ: True,
    ) -> None:
        self._others = others
        self._feed = feed
        self._client_of = client_of
        self._ending = ending
        self._ours = ours
        self._stored: LRUCache[Key, Reply] = LRUCache(_STORED)
        self._making: dict[Key, asyncio.Task[Reply]] = {}
        self._news: asyncio.Future[None] | None = None
        self._watcher: threading.Thread | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"] == LIVE_PATH and scope["method"] == "GET":
            reply = await self._poll(environ_of(scope))
            await reply.send(send)
        else:
            await self._others(scope, receive, send)

    async def _poll(self, environ: Environ) -> Reply:
        if not self._ours(environ):
            return await self._others.reply(environ)
        asked = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
        client = self._client_of(environ)
        try:
            symbols = followed_symbols(asked.get("symbols", [""])[0])
        except BadInput:
            return await self._others.reply(environ)
        if client is not None and client.left(POLLS):
            return await self._others.reply(environ)
        if client is not None:
            client.spend(POLLS)
        newest = self._feed.watch(symbols)
        since = asked.get("since", [""])[0]
        if "wait" in asked and since == str(newest.sequence):
            newest = await self._news_after(newest.sequence)
        zipped = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        has = since == str(newest.sequence)
        etag = newest.etag if environ.get("HTTP_IF_NONE_MATCH") == newest.etag else ""
        return await self._reply((newest.sequence, zipped, has, etag))

    async def _news_after(self, sequence: int) -> Snapshot:
        """The first snapshot after this one, or this one after a while."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + WAIT_SECONDS
        self._watch(loop)
        while not self._ending():
            newest, left = self._feed.peek(), ends - loop.time()
            if newest.sequence != sequence or left <= 0:
                break
            if self._news is None or self._news.done():
                self._news = loop.create_future()
            await asyncio.wait([self._news], timeout=left)
        return self._feed.peek()

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have one thread wait for news, for all polls."""
        if self._watcher is None or not self._watcher.is_alive():
            self._watcher = threading.Thread(
                target=self._wait_for_news, args=(loop,), name="live-polls", daemon=True
            )
            self._watcher.start()

    def _wait_for_news(self, loop: asyncio.AbstractEventLoop) -> None:
        sequence = self._feed.peek().sequence
        while not loop.is_closed():
            newest = self._feed.next_after(sequence, _LOOK_SECONDS).sequence
            if newest != sequence or self._ending():
                sequence = newest
                try:
                    loop.call_soon_threadsafe(self._wake)
                except RuntimeError:  # closed meanwhile
                    return
            if self._ending():
                return

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def _reply(self, key: Key) -> Reply:
        """The route's reply, made once for all who ask for the same."""
        stored = self._stored.get(key)
        if stored is not None:
            return stored
        making = self._making.get(key)
        if making is None:
            making = self._making[key] = asyncio.ensure_future(self._make(key))
            making.add_done_callback(partial(self._made, key))
        return await making

    async def _make(self, key: Key) -> Reply:
        sequence, zipped, has, etag = key
        headers = [(b"host", b"localhost")]
        headers += [(b"accept-encoding", b"gzip")] if zipped else []
        headers += [(b"if-none-match", etag.encode())] if etag else []
        query = f"since={sequence}" if has else ""
        scope = {
            "type": "http", "method": "GET", "path": LIVE_PATH, "query_string": query.encode(),
            "http_version": "1.1", "headers": headers, "client": ("127.0.0.1", 0),
        }  # fmt: skip
        return await self._others.reply(environ_of(scope), quick=True)

    def _made(self, key: Key, making: asyncio.Task[Reply]) -> None:
        self._making.pop(key, None)
        if making.cancelled() or making.exception() is not None:
            return
        if self._feed.peek().sequence == key[0]:  # else it may be the next one's
            self._stored[key] = making.result()


def client_of(proxies: TrustedProxies, counts: Counts) -> Callable[[Environ], Client | None]:
    """Whose budget a request is on; None: it came from this machine."""

    def of(environ: Environ) -> Client | None:
        viewer = proxies.viewer(environ)
        return None if viewer.here else Client(counts, household(viewer.address))

    return of
