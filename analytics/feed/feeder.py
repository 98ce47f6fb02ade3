"""The feed of one process: it leads and publishes, or reads what another process published.

The thread begins with the first viewer, not with the import: a server that forks its workers
has one in each, and of all these one leads.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable

from analytics.feed.leader_election import Leadership, RequestedSymbols, SharedState
from analytics.feed.leading import Leader
from analytics.feed.market import FeedPace, LiveMarket
from analytics.feed.publication import Observer, Publication
from analytics.feed.snapshot import Snapshot, encode
from analytics.model.live import FeedState, Mode
from analytics.model.vocabulary import BadInput, Phase
from analytics.sources.base import PlayClock

_log = logging.getLogger(__name__)

_PACE = FeedPace()


class Feed:
    """Live lines for all viewers of one process.

    Args:
        shared_state: shared by the processes of the deployment.
        market: where prices and bars come from.
        symbols: always followed.
        observers: called with each snapshot where, and only where, this process leads.
    """

    def __init__(
        self,
        shared_state: SharedState,
        market: LiveMarket,
        symbols: Iterable[str],
        *,
        observers: Iterable[Observer] = (),
        pace: FeedPace = _PACE,
        monotonic: Callable[[], float] = time.monotonic,
        leadership: Leadership | None = None,
    ) -> None:
        self._market = market
        self._pace = pace
        self._monotonic = monotonic
        self._leadership = leadership or Leadership(shared_state, monotonic=monotonic)
        self._requested = RequestedSymbols(shared_state, symbols)
        begins = FeedState(mode=Mode.CONNECTING if market.has_prices else Mode.NONE)
        nothing = encode(0, "", market.now(), Phase.CLOSED, begins, {}, None)
        self._publication = Publication(shared_state, nothing, observers, monotonic)
        self._ticked = threading.Event()
        self._leader = Leader(
            market, self._requested, self._publication, self._ticked.set, pace, monotonic
        )
        self._shared_at = -float("inf")
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = 0

    @property
    def exists(self) -> bool:
        """Whether the source has live prices at all."""
        return self._market.has_prices

    @property
    def streams(self) -> bool:
        """Whether the source has a stream; else its prices are polled."""
        return self._market.connect is not None

    @property
    def clock(self) -> PlayClock | None:
        """Of a simulated market."""
        return self._market.clock

    @property
    def is_leader(self) -> bool:
        """Whether this process holds the upstream connection."""
        return self._leadership.is_leader

    @property
    def age_seconds(self) -> float:
        """Since this process last had a snapshot; grows when nobody leads."""
        return self._publication.age_seconds

    def watch(self, symbols: Iterable[str] = ()) -> Snapshot:
        """The newest snapshot, for a viewer who also wants these symbols; starts the feed."""
        if self.exists:
            self._requested.ask(symbols)
            self._ensure_running()
        return self._publication.newest

    def pin(self, symbols: Iterable[str]) -> None:
        """Follow these whatever viewers ask for; with any the feed runs without viewers.

        Args:
            symbols: all that are pinned from now on; none lets those of before go.
        """
        pinned = frozenset(symbols)
        self._requested.pin(pinned)
        if pinned and self.exists:
            self._ensure_running()

    def peek(self) -> Snapshot:
        """The newest snapshot, without starting anything."""
        return self._publication.newest

    def next_after(self, sequence: int, seconds: float) -> Snapshot:
        """The newest snapshot as soon as it is not that of ``sequence``, else after a while."""
        return self._publication.next_after(sequence, seconds)

    def set_speed(self, speed: float) -> None:
        """Change the simulated market's pace for all viewers of this process; 0 pauses it.

        Raises:
            BadInput: the market is not simulated, or the speed is not 0 or 1 to 60.
        """
        if self.clock is None:
            raise BadInput("Only a simulated market has a speed.")
        self.clock.set_speed(speed)

    def play_again(self) -> None:
        """Begin the simulated market's day anew for all viewers.

        Raises:
            BadInput: the market is not simulated.
        """
        if self.clock is None:
            raise BadInput("Only a simulated market can be played again.")
        self.clock.play_again()

    def close(self) -> None:
        """End the thread, close the connection, and let another process lead."""
        self._stopped.set()
        self._ticked.set()
        thread = self._thread
        if thread is not None and self._pid == os.getpid():
            thread.join(5.0)
            atexit.unregister(self.close)

    def _ensure_running(self) -> None:
        if self._pid == os.getpid() and self._thread is not None and self._thread.is_alive():
            return
        with self._starting:
            running = self._thread is not None and self._thread.is_alive()
            if self._stopped.is_set() or (self._pid == os.getpid() and running):
                return
            self._pid = os.getpid()
            self._publication.join(self._market.now(), self._pace.alive)
            self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
            self._thread.start()
            atexit.register(self.close)

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                self._ticked.clear()
                try:
                    self.step()
                except Exception:
                    _log.exception("The live feed failed unexpectedly; it goes on.")
                    self._stopped.wait(1.0)
                self._ticked.wait(self._pace.beat)
                next_due = self._leader.published_at + self._pace.spacing
                self._stopped.wait(max(0.0, next_due - self._monotonic()))
        finally:
            self._leader.stop()
            self._leadership.resign()

    def step(self) -> None:
        """One beat: exchange what is asked, then lead or follow."""
        now = self._monotonic()
        if now - self._shared_at >= self._pace.share:
            self._shared_at = now
            self._requested.share()
        if self._leadership.step():
            self._leader.step()
            return
        self._leader.stop()
        if self._publication.read():
            self._leadership.note_activity()
