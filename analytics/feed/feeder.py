"""The feed of one process: it leads and publishes, or reads what another process published.

The thread begins with the first viewer, not with the import: a server that forks its workers
has one in each, and of all these one leads.
"""

from __future__ import annotations

import atexit
import datetime as dt
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from analytics.feed.book import QuoteBook
from analytics.feed.leader_election import Leadership, RequestedSymbols, SharedState
from analytics.feed.outcomes import Delivery
from analytics.feed.snapshot import Snapshot, encode
from analytics.feed.upstream import Connect, Poll, StreamPace, Supervisor
from analytics.model import sessions
from analytics.model.live import FeedState, Mode
from analytics.model.vocabulary import BadInput, HoldlineError, Phase, Quote
from analytics.sources.base import PlayClock
from analytics.watch.session_baseline import SessionBaseline

SNAPSHOT = "holdline/feed/snapshot"
_SNAPSHOT_KEPT = 3600.0
_STREAM_PACE = StreamPace()
BACKWARDS = dt.timedelta(seconds=30)
"""A simulated clock that goes back further plays its day again."""
AFTER_CLOSE = dt.timedelta(minutes=15)
"""Closing prices trickle in for so long."""

_log = logging.getLogger(__name__)

LoadBaselines = Callable[[tuple[str, ...]], tuple[Mapping[str, SessionBaseline], Mapping[str, str]]]
"""Baselines by symbol, and why others have none; may take seconds, never raises HoldlineError."""


Observer = Callable[[Snapshot], None]
"""Told of every snapshot by the process that leads, in the feed's own thread: it may not wait."""


@dataclass(frozen=True)
class FeedPace:
    """All in seconds.

    Attributes:
        beat: between two looks at what is to be published, or was by another process.
        spacing: the shortest time between two snapshots; a tick is published that soon.
        alive: the longest, so that followers see that the leader lives.
        share: between two exchanges of what is asked.
        baselines: between two looks at the bars beneath, at an unchanged session.
        split: between two times that bars are fetched again for a split they do not hold yet.
    """

    beat: float = 0.1
    spacing: float = 0.1
    alive: float = 5.0
    share: float = 1.0
    baselines: float = 300.0
    split: float = 60.0


class Feed:
    """Live lines for all viewers of one process.

    Args:
        shared_state: shared by the processes of the deployment.
        baselines: what new prices are held against.
        now: the source's clock, UTC.
        symbols: always followed.
        connect, poll: the source's stream and its fall-back; without both there is no feed.
        clock: of a simulated market.
        observers: told of each snapshot where, and only where, this process leads.
        forget: has the bars of symbols fetched anew, which a split, or a simulated day that
            begins anew, has made worthless.
    """

    def __init__(
        self,
        shared_state: SharedState,
        baselines: LoadBaselines,
        now: Callable[[], dt.datetime],
        symbols: Iterable[str],
        connect: Connect | None = None,
        poll: Poll | None = None,
        clock: PlayClock | None = None,
        pace: FeedPace = FeedPace(),
        stream_pace: StreamPace = _STREAM_PACE,
        monotonic: Callable[[], float] = time.monotonic,
        leadership: Leadership | None = None,
        observers: Iterable[Observer] = (),
        forget: Callable[[Iterable[str]], None] | None = None,
    ) -> None:
        self._shared_state = shared_state
        self._baselines = baselines
        self._now = now
        self._connect = connect
        self._poll = poll
        self.clock = clock
        self._pace = pace
        self._stream_pace = stream_pace
        self._monotonic = monotonic
        self._leadership = leadership or Leadership(shared_state, monotonic=monotonic)
        self._asked = RequestedSymbols(shared_state, symbols)
        self._observers = tuple(observers)
        self._forget = forget
        self._book = QuoteBook(now)
        self._latest = now()
        self._missing: Mapping[str, str] = {}
        self._known: Mapping[str, SessionBaseline] = {}
        self._supervisor: Supervisor | None = None
        self._epoch = secrets.token_hex(4)
        self._published: tuple[object, ...] = ()
        self._published_at = self._shared_at = self._based_at = -float("inf")
        self._forgot_at = -float("inf")
        self._based_on: tuple[object, ...] = ()
        self._basing: threading.Thread | None = None
        begins = FeedState(mode=Mode.CONNECTING if self.exists else Mode.NONE)
        self._snapshot = encode(0, self._epoch, now(), Phase.CLOSED, begins, {}, None)
        self._received_at = monotonic()
        self._news = threading.Condition()
        self._ticked = threading.Event()
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pid = 0

    @property
    def exists(self) -> bool:
        """Whether the source has live prices at all."""
        return self._connect is not None or self._poll is not None

    @property
    def streams(self) -> bool:
        """Whether the source has a stream; else its prices are polled."""
        return self._connect is not None

    @property
    def leads(self) -> bool:
        """Whether this process holds the upstream connection."""
        return self._leadership.leads

    @property
    def age_seconds(self) -> float:
        """Since this process last had a snapshot; grows when nobody leads."""
        return max(0.0, self._monotonic() - self._received_at)

    def watch(self, symbols: Iterable[str] = ()) -> Snapshot:
        """The newest snapshot, for a viewer who also wants these symbols; starts the feed."""
        if self.exists:
            self._asked.ask(symbols)
            self._ensure_running()
        return self._snapshot

    def peek(self) -> Snapshot:
        """The newest snapshot, without starting anything."""
        return self._snapshot

    def next_after(self, sequence: int, seconds: float) -> Snapshot:
        """The newest snapshot as soon as it is not that of ``sequence``, else after a while."""
        with self._news:
            self._news.wait_for(lambda: self._snapshot.sequence != sequence, seconds)
        return self._snapshot

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
            self._join()
            self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
            self._thread.start()
            atexit.register(self.close)

    def _join(self) -> None:
        """Begin with what another process publishes, unless it is of a deployment long gone."""
        data = self._shared_state.get(SNAPSHOT)
        read = None if data is None else Snapshot.from_bytes(data)
        if read is None:
            return
        published = read.content.at
        pace = max(1.0, read.content.speed or 1.0)  # simulated seconds pass faster
        if abs((self._now() - published).total_seconds()) < 3 * self._pace.alive * pace:
            self._show(read)

    def _show(self, snapshot: Snapshot) -> None:
        """Make it the newest, and wake those who wait for it."""
        self._received_at = self._monotonic()
        with self._news:
            self._snapshot = snapshot
            self._news.notify_all()

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
                next_due = self._published_at + self._pace.spacing
                self._stopped.wait(max(0.0, next_due - self._monotonic()))
        finally:
            self._stop_stream()
            self._leadership.resign()

    def step(self) -> None:
        """One beat: lead or follow, exchange what is asked, publish or read."""
        now = self._monotonic()
        if now - self._shared_at >= self._pace.share:
            self._shared_at = now
            self._asked.share()
        if not self._leadership.step():
            self._stop_stream()
            self._read()
            return
        if self._supervisor is None:
            self._become_leader()
        self._notice_replay()
        self._renew_bases(now)
        self._publish(now)

    def _notice_replay(self) -> None:
        """Forget the prices of a simulated day that begins anew: the old ones would be newer."""
        time = self._now()
        if self.clock is not None and time < self._latest - BACKWARDS:
            self._book.clear()
            if self._forget is not None:
                self._forget(self._asked.symbols())
            self._known, self._based_at = {}, -float("inf")
            self._latest = time
        self._latest = max(self._latest, time)

    def _become_leader(self) -> None:
        """Open the stream, and go on from the sequence that the last leader published."""
        self._read()
        self._supervisor = Supervisor(
            self._connect,
            self._poll,
            self._accept,
            lambda: frozenset(self._asked.symbols() if self._book.follows else ()),
            self._hours,
            self._stream_pace,
            self._monotonic,
        )
        self._supervisor.start()

    def _accept(self, quotes: Iterable[Quote], polled: bool) -> Delivery:
        delivery = self._book.deliver(quotes, polled=polled)
        self._ticked.set()
        return delivery

    def _stop_stream(self) -> None:
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.stop()
            self._published = ()
            self._based_at = -float("inf")

    def _hours(self) -> bool:
        """Whether prices move now, or closing prices may still come in."""
        now = self._now()
        if sessions.phase_at(now) is not Phase.CLOSED:
            return True
        closed = sessions.session_close(sessions.current_session(now))
        return dt.timedelta(0) <= now - closed < AFTER_CLOSE

    def _read(self) -> None:
        data = self._shared_state.get(SNAPSHOT)
        if data is None:
            return
        read = Snapshot.from_bytes(data)
        if read is not None and read.etag != self._snapshot.etag:
            self._show(read)
            self._leadership.note_activity()

    def _renew_bases(self, now: float) -> None:
        """Have the bars looked at again, in a thread: they may take seconds to come."""
        time = self._now()
        grounds = (
            frozenset(self._asked.symbols()),
            sessions.phase_at(time),
            sessions.current_session(time),
        )
        self._forget_split(now)
        due = grounds != self._based_on or now - self._based_at >= self._pace.baselines
        if not due or (self._basing is not None and self._basing.is_alive()):
            return
        self._based_on, self._based_at = grounds, now
        self._basing = threading.Thread(target=self._rebase, name="feed-baselines", daemon=True)
        self._basing.start()

    def _forget_split(self, now: float) -> None:
        """After a split have the bars fetched again, which still count in the old shares."""
        if self._forget is None or now - self._forgot_at < self._pace.split:
            return
        split = self._book.disagreeing()
        if split:
            _log.warning(
                "Quotes state another previous close than the bars of %s: fetched again.",
                ", ".join(sorted(split)),
            )
            self._forget(split)
            self._forgot_at, self._based_at = now, -float("inf")

    def _rebase(self) -> None:
        try:
            found, self._missing = self._baselines(self._asked.symbols())
        except HoldlineError as error:
            _log.warning("The feed's bars could not be had: %s", error)
            self._based_at = self._monotonic() - self._pace.baselines + 10.0
            return
        if self.clock is not None and _reach_past(found, self._now()):
            self._based_at = self._monotonic() - self._pace.baselines + 1.0
            return
        baselines = {**self._lagging(found), **found}
        self._book.set_baselines(baselines)
        self._known = baselines

    def _lagging(self, baselines: Mapping[str, SessionBaseline]) -> dict[str, SessionBaseline]:
        """Known baselines of the same session that are absent now.

        Around the open one symbol's bar of the day reaches the source later than another's.
        """
        running = {baseline.session for baseline in baselines.values()}
        wanted = set(self._asked.symbols())
        return {
            symbol: baseline
            for symbol, baseline in self._known.items()
            if symbol in wanted and symbol not in baselines and baseline.session in running
        }

    def _publish(self, now: float) -> None:
        changed = self._book.take_changes()
        state = self._state()
        time = self._now()
        phase = sessions.phase_at(time)
        speed = None if self.clock is None else self.clock.speed
        outline = (state.mode, state.connected, state.reconnects, phase, speed)
        quiet = changed is None and outline == self._published
        if quiet and now - self._published_at < self._pace.alive:
            return
        self._published, self._published_at = outline, now
        lines = self._book.lines() if changed is None else changed
        self._show(
            encode(self._snapshot.sequence + 1, self._epoch, time, phase, state, lines, speed)
        )
        self._shared_state.set(SNAPSHOT, self._snapshot.to_bytes(), _SNAPSHOT_KEPT)
        for observer in self._observers:
            try:
                observer(self._snapshot)
            except Exception:
                _log.exception("An observer of the feed failed; the feed goes on.")

    def _state(self) -> FeedState:
        if self._supervisor is None:
            return FeedState()
        stream = self._supervisor.state
        return FeedState(
            mode=stream.mode if self.exists else Mode.NONE,
            connected=stream.connected,
            last_tick=self._book.last_tick,
            reconnects=stream.reconnects,
            garbage=stream.garbage,
            dropped=self._book.dropped,
            polls=stream.polls,
            followed=len(self._asked.symbols()),
            missing={**self._missing, **self._book.withheld()},
            error=stream.error,
        )


def _reach_past(baselines: Mapping[str, SessionBaseline], time: dt.datetime) -> bool:
    """Whether they are of a simulated day that has begun anew since they were fetched."""
    return any(
        baseline.bar is not None and baseline.bar.time > time for baseline in baselines.values()
    )
