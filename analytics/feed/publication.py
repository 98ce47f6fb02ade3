"""The newest snapshot: published by one process, read by the others, awaited by viewers."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterable

from analytics.feed.leader_election import SharedState
from analytics.feed.snapshot import Snapshot

SNAPSHOT = "holdline/feed/snapshot"
_EXPIRES_SECONDS = 3600.0

_log = logging.getLogger(__name__)

Observer = Callable[[Snapshot], None]
"""Called with every snapshot where a process leads, in the feed's own thread: it may not wait."""


class Publication:
    """One process's view of what the leading process publishes.

    Args:
        shared_state: shared by the processes of the deployment.
        begins: stands until there is anything.
        observers: called with each snapshot that this process publishes.
    """

    def __init__(
        self,
        shared_state: SharedState,
        begins: Snapshot,
        observers: Iterable[Observer] = (),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared_state = shared_state
        self._observers = tuple(observers)
        self._monotonic = monotonic
        self._newest = begins
        self._received_at = monotonic()
        self._news = threading.Condition()

    @property
    def newest(self) -> Snapshot:
        """As it stands."""
        return self._newest

    @property
    def age_seconds(self) -> float:
        """Since this process last had a snapshot; grows when nobody leads."""
        return max(0.0, self._monotonic() - self._received_at)

    def next_after(self, sequence: int, seconds: float) -> Snapshot:
        """The newest snapshot as soon as it is not that of ``sequence``, else after a while."""
        with self._news:
            self._news.wait_for(lambda: self._newest.sequence != sequence, seconds)
        return self._newest

    def show(self, snapshot: Snapshot) -> None:
        """Make it the newest, and wake those who wait for it."""
        self._received_at = self._monotonic()
        with self._news:
            self._newest = snapshot
            self._news.notify_all()

    def publish(self, snapshot: Snapshot) -> None:
        """Show it here, to the other processes and to the observers."""
        self.show(snapshot)
        self._shared_state.set(SNAPSHOT, snapshot.to_bytes(), _EXPIRES_SECONDS)
        for observer in self._observers:
            try:
                observer(snapshot)
            except Exception:
                _log.exception("An observer of the feed failed; the feed goes on.")

    def read(self) -> bool:
        """Show what another process has published since; whether there was anything new."""
        published = self._published()
        if published is None or published.etag == self._newest.etag:
            return False
        self.show(published)
        return True

    def join(self, now: dt.datetime, alive_seconds: float) -> None:
        """Begin with what another process publishes, unless it is of a deployment long gone.

        Args:
            now: the source's clock, UTC.
            alive_seconds: the longest time between two snapshots.
        """
        published = self._published()
        if published is None:
            return
        content = published.content
        speed = max(1.0, content.speed or 1.0)  # simulated seconds pass faster
        if abs((now - content.at).total_seconds()) < 3 * alive_seconds * speed:
            self.show(published)

    def _published(self) -> Snapshot | None:
        data = self._shared_state.get(SNAPSHOT)
        return None if data is None else Snapshot.from_bytes(data)
