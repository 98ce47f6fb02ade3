"""Admission to the server's threads: of polls that wait for news, and of all that computes.

A waiting poll costs a thread and nothing else, a computing request costs a core: so there are
many threads, and few of them may compute at once. Who finds no place to wait is answered at once
and comes back in a second. The servers hand a request over once its body is there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from analytics.feed import Feed, Snapshot
from analytics.model.turns import Turns
from components.server.forwarded import TrustedProxies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

WAITING_POLLS = 64
"""Places for polls that wait, in each process."""

SLOW_REQUESTS = 32
"""Requests that may wait at once for a provider, a lock or a browser, in each process."""
SLOW_REQUESTS_EACH = 8
"""Of one viewer from afar; a browser sends six at once."""

WAIT_SECONDS = 2.0
"""The longest a poll waits: a proxy that lets one ask for many has the others wait as long."""

_LOOK_SECONDS = 0.5
"""How soon a poll that waits notices that the process is to end."""

_AT_ONCE = ("/live.json", "/healthz")


class Admission:
    """Lets ``most`` requests compute at once; the others wait for their turn.

    A request's turn is given up while it waits for something
    else (`analytics.model.turns`).

    Args:
        application: the WSGI application behind it.
        most: how many.
        proxies: tell who asks.
    """

    def __init__(
        self, application: WSGIApplication, most: int, proxies: TrustedProxies | None = None
    ) -> None:
        self._application = application
        self._proxies = proxies or TrustedProxies.of()
        self._turns = Turns(most, SLOW_REQUESTS, SLOW_REQUESTS_EACH)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, in turn; polls and the process's health need none."""
        if environ.get("PATH_INFO") in _AT_ONCE:
            return self._application(environ, start_response)
        viewer = self._proxies.viewer(environ)
        with self._turns.turn(viewer.address, limited=not viewer.here):
            return self._application(environ, start_response)


class WaitingRoom:
    """Places for polls that wait for the next snapshot.

    Args:
        feed: what they wait for.
        ending: once it is set nobody waits any more.
        places: how many may wait at once.
    """

    def __init__(self, feed: Feed, ending: Callable[[], bool], places: int = WAITING_POLLS) -> None:
        self._feed = feed
        self._ending = ending
        self._places = threading.BoundedSemaphore(places)

    def news_after(self, snapshot: Snapshot) -> Snapshot | None:
        """The first snapshot after this one, or this one after a while; None: there is no place."""
        if self._ending() or not self._places.acquire(blocking=False):
            return None
        try:
            ends = time.monotonic() + WAIT_SECONDS
            newest = snapshot
            while newest.sequence == snapshot.sequence and not self._ending():
                left = ends - time.monotonic()
                if left <= 0:
                    break
                newest = self._feed.next_after(snapshot.sequence, min(left, _LOOK_SECONDS))
            return newest
        finally:
            self._places.release()
