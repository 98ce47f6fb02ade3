"""The supervisor of the upstream stream: one connection at a time, a fresh one after each fault.

A stream that drops, closes politely, falls silent or never opens ends in the same place: the
connection is thrown away, quotes are polled meanwhile, and a new one is tried after a pause
that grows until prices flow again. Silence is measured in quotes *accepted*: frames that cannot
be read, or quotes that are refused, are silence too.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from analytics.feed.outcomes import Delivery
from analytics.model.live import Mode
from analytics.model.vocabulary import HoldlineError, Quote, QuoteBatch, SourceFailure
from analytics.sources.base import Connection

_log = logging.getLogger(__name__)


Connect = Callable[[frozenset[str]], Connection]
"""Opens a connection that follows these symbols; raises SourceFailure."""

Poll = Callable[[tuple[str, ...]], tuple[Quote, ...]]
"""Asks once for the latest quotes; raises HoldlineError."""

Deliver = Callable[[tuple[Quote, ...], bool], Delivery]
"""Takes quotes, streamed or (True) polled; what became of them."""


@dataclass(frozen=True)
class StreamPace:
    """All in seconds.

    Attributes:
        wait: how long one receive waits, and so how soon a stop is noticed.
        heartbeat: between two heartbeats to the provider.
        silent: without an accepted quote for this long, quotes are polled beside the stream.
        dead: without a frame for this long, or without an accepted quote while polls bring some,
            the connection is replaced.
        poll: between two polls.
        pause, longest_pause: before a new connection; doubled at each fault in a row.
    """

    wait: float = 0.5
    heartbeat: float = 15.0
    silent: float = 8.0
    dead: float = 45.0
    poll: float = 15.0
    pause: float = 1.0
    longest_pause: float = 60.0


@dataclass
class _Silence:
    """What a stream has brought since its last accepted quote.

    Attributes:
        began: monotonic seconds.
        last_frame: monotonic seconds, of whatever kind.
        polled: polls have brought prices meanwhile.
    """

    began: float
    last_frame: float
    garbage: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    polled: bool = False

    def sentence(self, now: float) -> str:
        """As a fault is said."""
        what = [f"{self.garbage} unreadable frames"] if self.garbage else []
        what += [f"{n} quotes refused: {why}" for why, n in self.refused.most_common(2)]
        details = f" ({'; '.join(what)})" if what else ""
        return f"the stream has brought no usable price for {now - self.began:.0f} s{details}"


@dataclass(frozen=True, slots=True)
class StreamState:
    """What a health line needs to know; the counts are since the process began to lead."""

    mode: Mode = Mode.IDLE
    connected: bool = False
    reconnects: int = 0
    garbage: int = 0
    polls: int = 0
    failed_polls: int = 0
    error: str | None = None


class Supervisor:
    """Keeps prices coming in a thread of its own, from `start` to `stop`.

    Args:
        connect: opens the stream; None where a source only polls.
        poll: the fall-back; None where there is none.
        symbols: those wanted now; none yet while their bars are on the way.
        wanted: whether prices are wanted at all now (the market's hours).
    """

    def __init__(
        self,
        connect: Connect | None,
        poll: Poll | None,
        deliver: Deliver,
        symbols: Callable[[], frozenset[str]],
        wanted: Callable[[], bool],
        pace: StreamPace = StreamPace(),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._poll = poll
        self._deliver = deliver
        self._symbols = symbols
        self._wanted = wanted
        self._pace = pace
        self._monotonic = monotonic
        self._stopped = threading.Event()
        self._state = StreamState()
        self._faults = 0
        self._opened = False
        self._last_poll = -float("inf")
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> StreamState:
        """As it stands."""
        return self._state

    def start(self) -> None:
        """Begin, in a daemon thread."""
        self._thread = threading.Thread(target=self._run, name="feed-stream", daemon=True)
        self._thread.start()

    def stop(self, wait_seconds: float = 3.0) -> None:
        """End the thread and its connection."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(wait_seconds)

    def _note(self, **changes: object) -> None:
        self._state = replace(self._state, **changes)  # type: ignore[arg-type]

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._once()
            except Exception:
                # An unforeseen fault must not end the feed for the day.
                _log.exception("The live stream failed unexpectedly.")
                self._fault("the stream failed unexpectedly")

    def _once(self) -> None:
        """One connection from its opening to its end, or one pause."""
        symbols = self._symbols()
        if not self._wanted():
            self._note(mode=Mode.IDLE, connected=False, error=None)
            self._faults, self._opened = 0, False
            self._stopped.wait(self._pace.wait)
            return
        if not symbols:
            self._note(mode=Mode.CONNECTING)
            self._stopped.wait(self._pace.wait)
            return
        if self._connect is None:
            if self._poll_when_due(symbols) is not None:
                self._note(mode=Mode.POLLED, error=None)
            self._stopped.wait(self._pace.wait)
            return
        if not self._state.connected and self._state.mode is not Mode.POLLED:
            self._note(mode=Mode.CONNECTING)
        try:
            connection = self._connect(symbols)
        except SourceFailure as error:
            self._fault(str(error))
            return
        self._note(reconnects=self._state.reconnects + self._opened, connected=True)
        self._opened = True
        try:
            self._listen(connection, symbols)
        except SourceFailure as error:
            self._note(connected=False)
            self._fault(str(error))
        finally:
            self._note(connected=False)
            connection.close()

    def _listen(self, connection: Connection, followed: frozenset[str]) -> None:
        """Receive until the stop or the close of the market.

        Raises:
            SourceFailure: the connection is of no use any more.
        """
        last_beat = self._monotonic()
        silence = _Silence(last_beat, last_beat)
        while not self._stopped.is_set() and self._wanted():
            batch = connection.receive(self._pace.wait)
            now = self._monotonic()
            if batch is not None:
                silence.last_frame = now
                if self._take(batch, silence):
                    silence = _Silence(now, now)
            elif now - silence.last_frame > self._pace.dead:
                frames = now - silence.last_frame
                raise SourceFailure(f"the stream has been silent for {frames:.0f} s")
            if now - silence.began > self._pace.silent:
                self._stand_in(followed, silence, now)
            if silence.polled and now - silence.began > self._pace.dead:
                raise SourceFailure(silence.sentence(now))
            symbols = self._symbols()
            if symbols != followed or now - last_beat >= self._pace.heartbeat:
                connection.follow(symbols)
                followed, last_beat = symbols, now

    def _take(self, batch: QuoteBatch, silence: _Silence) -> bool:
        """Deliver what came; whether any of it was accepted."""
        if batch.garbage:
            silence.garbage += batch.garbage
            self._note(garbage=self._state.garbage + batch.garbage)
        if not batch.quotes:
            return False
        delivery = self._deliver(batch.quotes, False)
        silence.refused += delivery.refused
        if not delivery.taken:
            # a market that stands still repeats what is known: the stream works, and says nothing
            if delivery.known and not delivery.refused and not silence.polled:
                self._note(mode=Mode.STREAM, error=None)
            return False
        self._faults = 0
        self._note(mode=Mode.STREAM, error=None)
        return True

    def _stand_in(self, symbols: frozenset[str], silence: _Silence, now: float) -> None:
        """Poll beside a stream that brings nothing, and say so; a market may be quiet, too."""
        lives = now - silence.last_frame <= self._pace.silent
        quiet = lives and not silence.garbage and not silence.refused
        if self._poll is None:
            if not quiet:
                self._note(mode=Mode.CONNECTING, error=silence.sentence(now))
            return
        delivery = self._poll_when_due(symbols)
        if delivery is None:
            return
        silence.polled |= delivery.taken > 0
        if silence.polled or not quiet:  # else the stream has missed nothing
            self._note(mode=Mode.POLLED, error=silence.sentence(now))

    def _fault(self, reason: str) -> None:
        """Wait before the next attempt, polling meanwhile."""
        self._faults += 1
        longest = min(self._pace.pause * 2 ** min(self._faults - 1, 16), self._pace.longest_pause)
        # Spread, so that many deployments do not come back to the provider together.
        ends = self._monotonic() + longest * random.uniform(0.75, 1.25)
        self._note(error=reason)
        _log.warning("Live stream: %s; next try in about %.0f s.", reason, longest)
        while not self._stopped.is_set() and self._wanted() and self._monotonic() < ends:
            if self._poll_when_due(self._symbols()) is not None:
                self._note(mode=Mode.POLLED)
            self._stopped.wait(min(self._pace.wait, max(0.0, ends - self._monotonic())))

    def _poll_when_due(self, symbols: frozenset[str]) -> Delivery | None:
        """Poll unless that was done lately; None without an answer that can be used."""
        if self._poll is None or self._monotonic() - self._last_poll < self._pace.poll:
            return None
        self._last_poll = self._monotonic()
        try:
            quotes = self._poll(tuple(sorted(symbols)))
        except HoldlineError as error:
            failed = self._state.failed_polls + 1
            self._note(failed_polls=failed, mode=Mode.CONNECTING, error=str(error))
            return None
        delivery = self._deliver(quotes, True)
        self._note(polls=self._state.polls + 1)
        if delivery.taken or delivery.known:
            return delivery
        why = ", ".join(delivery.refused) or "none came"
        self._note(mode=Mode.CONNECTING, error=f"no polled price can be used: {why}")
        return None
