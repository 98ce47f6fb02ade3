"""Contract of the transports: failures, time limits, and the name of a message."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from analytics.alerts.model import DueDelivery

TRY_SECONDS = 60.0
"""The longest one attempt may take in all; its claim lasts twice as long."""

LEASE = dt.timedelta(seconds=2 * TRY_SECONDS)

BACK_OFF_SECONDS = (10, 30, 60, 120, 300, 900, 1800)
"""Between one attempt and the next; the last of them from then on."""

GIVE_UP = dt.timedelta(hours=24)
"""After the notice was written no new attempt is begun; the first ones are made all the same."""


class SendFailure(Exception):
    """It did not arrive; the message says why in words for the log of notices.

    Attributes:
        final: trying again is of no use.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


class Transport(Protocol):
    """One way of sending."""

    def send(self, due: DueDelivery) -> None:
        """Hand the message over.

        Raises:
            SendFailure: it did not arrive, as far as is known.
        """


def message_id(due: DueDelivery) -> str:
    """The same for every attempt at one delivery, so that a receiver can drop a second one."""
    parts = (due.notice.subscriber, due.notice.message.name, due.channel, due.target)
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def next_attempt(due: DueDelivery, now: dt.datetime) -> dt.datetime | None:
    """When to try again after a failure, or None when it is time to give up.

    Each of the growing pauses is waited for first: a clock that jumps ahead ends no delivery.
    """
    waits = BACK_OFF_SECONDS[min(due.attempts, len(BACK_OFF_SECONDS)) - 1]
    again = now + dt.timedelta(seconds=waits)
    is_old = again - due.notice.recorded_at > GIVE_UP
    return None if is_old and due.attempts >= len(BACK_OFF_SECONDS) else again


@contextlib.contextmanager
def at_most(seconds: float, cut: Callable[[], None]) -> Iterator[None]:
    """Call ``cut`` (which ends the connection) when the block takes longer.

    A time-out of the socket bounds each wait for a byte, not a server that drips one a second.
    """
    bell = threading.Timer(seconds, cut)
    bell.daemon = True
    bell.start()
    try:
        yield
    finally:
        bell.cancel()
