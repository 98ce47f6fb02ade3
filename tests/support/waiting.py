"""Waiting in tests: a condition is polled for until a deadline; nothing sleeps for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 30.0


def until(
    done: Callable[[], object],
    what: str = "the condition",
    seconds: float = PATIENCE_SECONDS,
) -> None:
    """Return once ``done()`` is true; an AssertionError that names ``what`` after ``seconds``."""
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, f"{what} did not come about within {seconds:g} s"
        time.sleep(0.01)
