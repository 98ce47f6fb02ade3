"""Admission to the processor: of requests that compute, few at once.

A request that waits for something else costs a thread and nothing more, a computing one costs a
core: so there are more threads than may compute. The servers hand a request over once its body
is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from analytics.model.turns import Turns
from components.server.forwarded import TrustedProxies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SLOW_REQUESTS = 32
"""Requests that may wait at once for a provider, a lock or a browser, in each process."""
SLOW_REQUESTS_EACH = 8
"""Of one viewer from afar; a browser sends six at once."""

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
