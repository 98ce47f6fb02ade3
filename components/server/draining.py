"""Serving until the process is told to end, and finishing what was begun."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def run_until(server: Any, to_end: Callable[[], bool], patience_seconds: float = 10.0) -> None:
    """Serve a waitress ``server`` until ``to_end`` says so, then finish what was begun.

    waitress' own ``run`` leaves answers that are ready but not yet sent; here its loop goes on,
    without new connections, until each is out or ``patience_seconds`` have passed.
    """

    def turn(seconds: float) -> None:
        server.asyncore.loop(
            timeout=seconds, use_poll=server.adj.asyncore_use_poll, map=server._map, count=1
        )

    while not to_end():
        turn(0.5)
    server.accepting = False
    gives_up = time.monotonic() + patience_seconds
    while time.monotonic() < gives_up and any(
        channel.request or channel.requests or channel.total_outbufs_len  # half, whole, answered
        for channel in list(server.active_channels.values())
    ):
        turn(0.05)
    server.task_dispatcher.shutdown(timeout=max(0.1, gives_up - time.monotonic()))
