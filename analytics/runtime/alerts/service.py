"""The alerts of one process: its engine and its sender, begun once and again after a fork."""

from __future__ import annotations

import atexit
import datetime as dt
import os
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from analytics.alerts.followed import Followed, followed
from analytics.alerts.model import ChannelKind
from analytics.runtime.alerts.codes import NOT_HERE, send_code
from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.engine import Engine, Published, Watched
from analytics.runtime.alerts.mail import Mail
from analytics.runtime.alerts.push import Push
from analytics.runtime.alerts.transport import Transport
from analytics.runtime.alerts.webhook import Webhook


@dataclass(frozen=True)
class Counts:
    """What this process did, and what waits in the store.

    Attributes:
        fired: notices that rules wrote.
        deliveries: (channel, "sent", "failed" or "given up") -> how many attempts ended so.
        dropped: snapshots that came faster than they could be looked at.
    """

    fired: int
    deliveries: Mapping[tuple[str, str], int]
    dropped: int


class Alerts:
    """Evaluates where the feed leads, and sends in every process.

    Args:
        engine, sender: make new ones; a process that was forked needs its own.
        mail: says whether e-mail can be sent here at all.
        transports: how each kind of channel that can be used here sends.
        chat_hosts: machines with ntfy that may be written to.
        push: Web Push, where it can be used here.
    """

    def __init__(
        self,
        engine: Callable[[], Engine],
        sender: Callable[[], Sender],
        mail: Mail,
        transports: Mapping[ChannelKind, Transport] | None = None,
        chat_hosts: Sequence[str] = (),
        push: Push | None = None,
    ) -> None:
        self.chat_hosts = chat_hosts
        self.push = push
        self._make_engine = engine
        self._make_sender = sender
        self._engine, self._sender = engine(), sender()
        self._mail = mail
        self._transports = transports or {}
        self._starting = threading.Lock()
        self._feed: Watched | None = None
        self._pid = 0
        self._closed = False
        _all.add(self)

    def refusal(self, channel: ChannelKind) -> str | None:
        """Why nothing can be sent by this kind of channel here, or None."""
        if channel == "email":
            return self._mail.refusal
        return None if channel in self._transports else NOT_HERE

    def target_refusal(self, channel: ChannelKind, target: str) -> str | None:
        """Why nothing could ever be sent to a target, or None."""
        transport = self._transports.get(channel)
        return transport.target_refusal(target) if isinstance(transport, Webhook) else None

    def send_code(
        self, subscriber: str, kind: ChannelKind, target: str, code: str, link: str = ""
    ) -> None:
        """Send the code that confirms a channel, and the link that does where there is one.

        Raises:
            BadInput: it did not arrive, and why.
        """
        now = dt.datetime.now(dt.UTC)
        send_code(self._transports, subscriber, kind, target, code, now=now, link=link)

    @property
    def counts(self) -> Counts:
        """Of this process."""
        return Counts(self._engine.fired, self._sender.counts, self._engine.dropped)

    def followed(self) -> tuple[Followed, ...]:
        """The symbols of the rules with their last prices, as this process knows them."""
        if self._feed is None:
            return ()
        return followed(self._engine.rules, self._feed.peek().content)

    def hear(self) -> None:
        """Rules were set or removed in this process: look at once."""
        self._engine.hear()

    def observe(self, snapshot: Published) -> None:
        """An observer of the feed; does not wait."""
        self._engine.observe(snapshot)

    def start(self, feed: Watched) -> None:
        """Begin; from then on the feed runs without viewers for as long as a rule stands."""
        self._feed = feed
        self.ensure()

    def ensure(self) -> None:
        """Begin in a process that was forked from one that had begun; else do nothing."""
        if self._feed is None or self._closed or self._pid == os.getpid():
            return
        with self._starting:
            if self._pid == os.getpid():
                return
            self._pid = os.getpid()
            self._engine.start(self._feed)
            self._sender.start()
            atexit.register(self.close)

    def close(self) -> None:
        """End the threads, after what is under way; what is left is due for the next process."""
        if self._closed or self._pid != os.getpid():
            return
        self._closed = True
        self._engine.stop()
        self._sender.stop()
        atexit.unregister(self.close)

    def after_fork(self) -> None:
        """In the child: nothing of the parent's threads and locks is of use there."""
        self._starting = threading.Lock()
        self._engine, self._sender = self._make_engine(), self._make_sender()


_all: weakref.WeakSet[Alerts] = weakref.WeakSet()


def _forked() -> None:
    for alerts in list(_all):
        alerts.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
