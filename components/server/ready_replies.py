"""Replies to pages' questions given at once, in the event loop, for as long as they are right.

A page mostly asks what others asked a moment ago. It is then sent the application's own reply to
the same question, before a thread, Flask and Dash see the request, while its answers stand. What
many ask for is asked again as soon as it stands no more, so that no viewer waits for it.

Nothing that is one viewer's own is stored here, and a reply is given to viewers of the plan alone
that it was made for. Whatever a request has that its page would not send, it goes the usual way.
"""

from __future__ import annotations

import hashlib
import io
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from cachetools import LRUCache

from analytics.desk.desk import StandsFor
from analytics.model.access import Plan, Viewer, viewing
from components.server.callback_check import CALLBACK_PATH
from components.server.forwarded import TrustedProxies
from components.server.wsgi_in_threads import Environ, Reply, run

LASTING = "holdline.lasting"
"""Under it the application leaves a reply's `Lasting` in the WSGI environment."""

AHEAD = "holdline.ahead"
"""In the WSGI environment of a question that no viewer asked: the server redraws ahead."""

STORED_BYTES = 4 << 20
"""Of compressed replies, in each process."""
GRACE_SECONDS = 0.3
"""So long after an input's expiry a reply that many ask for is given, while it is asked again."""
MANY = 2
"""Questions for one reply from which on it is asked again ahead of the next."""
ASKED_SECONDS = 5.0
"""What nobody asked for within these is not asked again."""
MOST_RENEWED = 64
"""Replies that are kept right at once."""
LOOK_SECONDS = 0.04
MOST_VARIANTS = 4
MAX_QUESTION = 16 * 1024
CODINGS_LENGTH = 100
"""Longest Accept-Encoding by which a reply is stored; browsers send some 20 characters."""
_BESIDE = 2048
"""Bytes of a reply beside its body."""
_NOBODYS = (
    "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_NAME", "SERVER_PORT",
    "SERVER_PROTOCOL", "CONTENT_TYPE", "HTTP_HOST", "HTTP_ACCEPT_ENCODING", "wsgi.version",
    "wsgi.url_scheme", "wsgi.errors", "wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once",
)  # fmt: skip
"""What a request has that says nothing of who sends it."""


@dataclass(frozen=True)
class Lasting:
    """What the application says of a reply to a page's question that has every panel.

    Attributes:
        plan: whose viewers it is for.
        versions: of the panels asked for.
        stands: tells whether it still is what would be answered.
    """

    plan: Plan
    versions: Mapping[str, str]
    stands: StandsFor


@dataclass(frozen=True)
class _Question:
    """A page's question as it came.

    Attributes:
        digest: of all that the reply depends on, but the plan and the versions seen.
        seen: versions by panel.
    """

    digest: bytes
    seen: Mapping[str, Any]

    def changed(self, versions: Mapping[str, str]) -> frozenset[str]:
        """The panels that the viewer has not in these versions."""
        return frozenset(name for name, one in versions.items() if self.seen.get(name) != one)


@dataclass
class _Ready:
    """Replies to one question, by the panels that they bring.

    Attributes:
        asked: monotonic time of the last question; ``times``: how many since it was made.
        again: the request that brings the newest.
    """

    lasting: Lasting
    again: Environ
    replies: dict[frozenset[str], Reply] = field(default_factory=dict)
    asked: float = 0.0
    times: int = 0

    def size(self) -> int:
        """Bytes, roughly."""
        return sum(len(reply.body) + _BESIDE for reply in self.replies.values())


class ReadyReplies:
    """The latest replies to pages' questions.

    Args:
        application: the WSGI application that answers for the viewer of the thread.
        viewer_at_hand: who sends a request, if that is known without asking the store.
        ours: whether a request that may change something is one of this site's own pages.
        proxies: tell the scheme that a viewer used.
        answered: is told of each reply from here: method, path, status and seconds.
        most_bytes: of all replies.
    """

    def __init__(
        self,
        application: Any,
        viewer_at_hand: Callable[[Environ], Viewer | None],
        ours: Callable[[Environ], bool],
        proxies: TrustedProxies,
        answered: Callable[[str, str, int, float], None] = lambda *what: None,
        most_bytes: int = STORED_BYTES,
    ) -> None:
        self._application = application
        self._viewer_at_hand = viewer_at_hand
        self._ours = ours
        self._proxies = proxies
        self._answered = answered
        self._stored: LRUCache[tuple[bytes, Plan], _Ready] = LRUCache(
            most_bytes, getsizeof=_Ready.size
        )
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._renewing: threading.Thread | None = None

    def find(self, environ: Environ, body: bytes) -> Reply | None:
        """The reply to a request, if it is there and right; asks and fetches nothing."""
        began = time.perf_counter()
        question = self._question(environ, body)
        viewer = None if question is None else self._viewer_at_hand(environ)
        if question is None or viewer is None or viewer.failure or not self._ours(environ):
            return None
        with self._lock:
            ready = self._stored.get((question.digest, viewer.plan))
        if ready is None:
            return None
        ready.asked = time.monotonic()
        ready.times += 1
        self._asked.set()
        grace = GRACE_SECONDS if ready.times > MANY else 0.0
        reply = ready.replies.get(question.changed(ready.lasting.versions))
        if reply is None or not ready.lasting.stands(grace):
            return None
        self._answered("POST", CALLBACK_PATH, reply.status, time.perf_counter() - began)
        return reply

    def keep(self, environ: Environ, body: bytes, reply: Reply) -> None:
        """Store the application's reply to a request, if it says that it lasts."""
        lasting: Lasting | None = environ.get(LASTING)
        question = None if lasting is None else self._question(environ, body)
        names = {name for name, _ in reply.headers}
        if lasting is None or question is None or reply.status != 200 or b"set-cookie" in names:
            return
        key = (question.digest, lasting.plan)
        with self._lock:
            before = self._stored.pop(key, None)
            ready = _Ready(lasting, _again(environ, body, lasting))
            if before is not None:
                ready.asked = before.asked
                if before.lasting.versions == lasting.versions:
                    ready.replies, ready.times = dict(before.replies), before.times
            if len(ready.replies) >= MOST_VARIANTS:
                ready.replies.clear()
            ready.replies[question.changed(lasting.versions)] = reply
            if ready.size() <= self._stored.maxsize:
                self._stored[key] = ready
        self._begin_renewing()

    def _question(self, environ: Environ, body: bytes) -> _Question | None:
        """What is asked; None where it is not what a page of ours asks."""
        codings = environ.get("HTTP_ACCEPT_ENCODING", "")
        if not (
            environ["REQUEST_METHOD"] == "POST"
            and environ["PATH_INFO"] == CALLBACK_PATH
            and not environ["QUERY_STRING"]
            and environ.get("CONTENT_TYPE") == "application/json"
            and len(codings) <= CODINGS_LENGTH
            and len(body) <= MAX_QUESTION
        ):
            return None
        try:
            asked = orjson.loads(body)
            value = asked["inputs"][0]["value"]
            seen = value.pop("seen", None)
            host, scheme = environ["HTTP_HOST"], self._proxies.scheme(environ)
            whole = orjson.dumps([asked, codings, host, scheme])
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
            return None
        if not _are_versions(seen):
            return None
        return _Question(hashlib.blake2b(whole, digest_size=16).digest(), seen or {})

    def _begin_renewing(self) -> None:
        if self._renewing is None or not self._renewing.is_alive():
            self._renewing = threading.Thread(target=self._renew, name="ready-replies", daemon=True)
            self._renewing.start()

    def _renew(self) -> None:
        """Ask again for what many ask for and no longer stands."""
        while True:
            self._asked.wait()
            time.sleep(LOOK_SECONDS)
            since = time.monotonic() - ASKED_SECONDS
            with self._lock:
                wanted = [item for item in self._stored.items() if item[1].asked >= since]
            if not wanted:
                self._asked.clear()
            wanted.sort(key=lambda item: -item[1].times)
            for (_, plan), ready in wanted[:MOST_RENEWED]:
                if ready.times > MANY and not ready.lasting.stands(0.0):
                    self._ask_again(ready, plan)

    def _ask_again(self, ready: _Ready, plan: Plan) -> None:
        """Have the application answer as it would a viewer of the plan who has the last reply."""
        ready.times = 0  # once more only when it was asked for again
        environ = dict(ready.again)
        body = environ["wsgi.input"].getvalue()
        environ["wsgi.input"] = io.BytesIO(body)
        environ[AHEAD] = True
        with viewing(Viewer(plan)):
            reply = run(self._application, environ)
        self.keep(environ, body, reply)


def _are_versions(seen: Any) -> bool:
    """Whether these are versions by panel, as the browser writes them."""
    if seen is None:
        return True
    if not isinstance(seen, dict):
        return False
    return all(one is None or isinstance(one, str) for one in seen.values())


def _again(environ: Environ, body: bytes, lasting: Lasting) -> Environ:
    """The same question by nobody in particular, who has what was answered."""
    asked = orjson.loads(body)
    asked["inputs"][0]["value"]["seen"] = dict(lasting.versions)
    again = orjson.dumps(asked)
    kept = {name: environ[name] for name in _NOBODYS if name in environ}
    return kept | {"wsgi.input": io.BytesIO(again), "CONTENT_LENGTH": str(len(again))}
