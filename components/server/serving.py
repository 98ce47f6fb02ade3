"""The server before the application: waitress, which hands a request over when it is whole.

Half a request holds a socket and no thread, however slowly the rest comes, so a hundred of them
keep nobody waiting.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import waitress

from components.server.admission import SLOW_REQUESTS, WAITING_POLLS
from components.server.hardening import MAX_BODY
from components.server.process_limits import connections

if TYPE_CHECKING:
    import socket

    from _typeshed.wsgi import WSGIApplication

MAX_HEADERS = 32 * 1024


def open_server(application: WSGIApplication, listener: socket.socket, computing: int) -> Any:
    """A waitress server on a bound socket; `draining.run_until` runs it.

    Args:
        application: what answers.
        listener: where it listens.
        computing: requests that compute at once; polls and slow requests wait beside them.
    """
    return waitress.create_server(
        application,
        sockets=[listener],
        threads=computing + WAITING_POLLS + SLOW_REQUESTS,
        connection_limit=connections(),
        asyncore_use_poll=sys.platform != "win32",  # select() knows no socket above number 1023
        max_request_body_size=MAX_BODY + 1024,
        max_request_header_size=MAX_HEADERS,
        ident="",
        clear_untrusted_proxy_headers=False,  # they tell a viewer from afar: server/staff.py
    )
