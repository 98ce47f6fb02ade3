"""Engine of the alerts: evaluates the rules at each snapshot, and writes down what they find.

The feed calls `Engine.observe` in the one process that leads it; everything else happens on
the engine's own thread. A notice and all its deliveries are committed in one transaction
before anything is sent, under a key that says no more than rule, session and event: of two
processes, or of a process and its successor after a crash, one writes it.
"""

from __future__ import annotations

import datetime as dt
import logging
import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

import msgspec
from cachetools import LRUCache

from analytics.alerts.evaluate import KIND, Watch, events
from analytics.alerts.model import Message
from analytics.alerts.path import Path
from analytics.alerts.rule import ScanReading, SentimentReading
from analytics.alerts.rules import StoredRule
from analytics.model.listing_calendars import calendar_of
from analytics.model.live import LiveSnapshot
from analytics.model.vocabulary import HoldlineError
from analytics.runtime.alerts.closings import Closings
from analytics.runtime.alerts.history import History
from analytics.runtime.alerts.isolation import Isolation
from analytics.runtime.alerts.joined_levels import JoinedLevels
from analytics.runtime.alerts.paths import Paths
from analytics.runtime.alerts.splits import Splits, split_message
from analytics.store.notices import utc_now
from analytics.store.records import Records
from analytics.studies.scan.scan import ScanParameters

_log = logging.getLogger(__name__)

MAX_WAITING = 400
RULES_SECONDS = 5.0
"""Rules set in another process are heard of so late."""

SENTIMENT_SECONDS = 15.0
SCAN_SECONDS = 30.0
MOST_SCANS = 32
AHEAD = dt.timedelta(minutes=1)
"""A rule set so much later than it is was set by a clock that was wrong."""


class Published(Protocol):
    """A snapshot of the feed."""

    @property
    def content(self) -> LiveSnapshot: ...  # noqa: D102


class Watched(Protocol):
    """The feed, as far as it follows symbols for rules."""

    def pin(self, symbols: Iterable[str]) -> None: ...  # noqa: D102

    def peek(self) -> Published: ...  # noqa: D102


class Engine:
    """Finds events and records them.

    Args:
        records: where rules and notices stand.
        sentiment: the index now, or None; may take seconds.
        run: names the run of a simulated market now; None for a real one.
        monotonic: seconds; tests pass their own.
        history: the past; None where nothing is known of it: no close is told then.
        clock: wall time, UTC, that rules were set by.
        scan: a scan now, or None; may take seconds.
        time_in_run: the simulated time in a run at a moment of the wall clock, None where another
            run plays: a rule that was set then counts from then. None: rules count from ever.
    """

    def __init__(
        self,
        records: Records,
        sentiment: Callable[[], SentimentReading | None],
        run: Callable[[], str] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        history: History | None = None,
        clock: Callable[[], dt.datetime] = utc_now,
        scan: Callable[[ScanParameters], ScanReading | None] | None = None,
        time_in_run: Callable[[str, dt.datetime], dt.datetime | None] | None = None,
    ) -> None:
        self._time_in_run = time_in_run
        self._records = records
        self._clock = clock
        self._scan = scan
        self._scans_read: LRUCache[ScanParameters, tuple[float, ScanReading | None]]
        self._scans_read = LRUCache(MOST_SCANS)
        minutes = None if history is None else history.minutes
        self._paths = Paths(minutes, monotonic)
        self._splits = None if history is None else Splits(history, monotonic)
        self._levels = None if history is None else JoinedLevels(history, monotonic)
        self._closings = None
        if history is not None and self._splits is not None:
            self._closings = Closings(history, self._splits, self._known, self._record, monotonic)
        self._isolation = Isolation()
        self._sentiment = sentiment
        self._run_now = run
        self._monotonic = monotonic
        self._waiting: queue.Queue[tuple[Published, str | None]] = queue.Queue(MAX_WAITING)
        self._rules: tuple[StoredRule, ...] = ()
        self._heard = False
        self._rules_at = self._reading_at = -float("inf")
        self._reading: SentimentReading | None = None
        self._fired_keys: set[str] = set()
        self._fired_on: dt.date | None = None
        self._feed: Watched | None = None
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.fired = 0
        self.dropped = 0

    def observe(self, snapshot: Published) -> None:
        """Take a snapshot from the feed's thread, without waiting."""
        try:
            self._waiting.put_nowait((snapshot, self._run_now and self._run_now()))
        except queue.Full:
            self.dropped += 1

    def start(self, feed: Watched) -> None:
        """Begin; the feed then runs, without any viewer, for as long as a rule stands."""
        self._feed = feed
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, after the event under way is written."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def _run(self) -> None:
        pending: tuple[Published, str | None] | None = None
        while not self._stopped.is_set():
            try:
                self._keep_following()
                pending = pending or self._waiting.get(timeout=0.5)
                self.step(*pending)
                pending = None
            except queue.Empty:
                continue
            except HoldlineError as error:
                _log.warning("Alerts wait for the store: %s", error)
                self._stopped.wait(RULES_SECONDS)
            except Exception:
                _log.exception("Alerts failed unexpectedly; they go on.")
                pending = None
                self._stopped.wait(1.0)

    @property
    def rules(self) -> tuple[StoredRule, ...]:
        """Those that stand, as they were read last."""
        return self._standing()

    def hear(self) -> None:
        """Have the rules read at the next look: they have changed."""
        self._heard = True

    def _keep_following(self) -> None:
        """Have the feed follow the symbols of the rules, whatever viewers look at."""
        self._renew(self._monotonic())
        if self._feed is not None:
            followed = self._standing()
            self._feed.pin(symbol for stored in followed for symbol in stored.rule.symbols)

    def _renew(self, now: float) -> None:
        """Read the rules when that is due."""
        if self._heard or now - self._rules_at >= RULES_SECONDS:
            self._heard = False
            self._rules = self._records.subscriptions.rules()
            self._rules_at = now

    def _standing(self) -> tuple[StoredRule, ...]:
        """The rules that their persons' plans include at this moment."""
        now = self._clock()
        return tuple(stored for stored in self._rules if stored.stands(now))

    def _mend_times(self, content: LiveSnapshot) -> None:
        """Have a rule that was set by a clock which was ahead count from now.

        Only once prices bear out the clock of now: it may be this one that is behind.
        """
        now = self._clock()
        if not any(stored.since > now + AHEAD for stored in self._rules):
            return
        if any(abs(now - line.time) < AHEAD for line in content.quotes.values()):
            self._records.subscriptions.mend_times(now + AHEAD)
            self._rules = self._records.subscriptions.rules()

    def step(self, snapshot: Published, run: str | None = None) -> int:
        """Evaluate every rule against a snapshot; the number of notices written.

        Args:
            run: names the run of a simulated market that it is of.

        Raises:
            HoldlineError: the store could not be used; the same snapshot can be evaluated again.
        """
        self._renew(self._monotonic())
        content = snapshot.content
        self._forget(content.at.date())
        if run is None:
            self._mend_times(content)
        watches = self._watches(run)
        if self._levels is not None:
            content = self._levels.join(content, watches, run)
        symbols = {symbol for watch in watches for symbol in watch.rule.symbols}
        looked = self._paths.look(content, symbols, run)
        written = sum(self._judge(watch, content, looked.paths, run) for watch in watches)
        self._paths.keep(looked, run)
        if self._levels is not None:
            self._levels.keep(content)
        written += self._fill(watches, content, run)
        if self._closings is not None:
            written += self._closings.step(watches, run)
        return written

    def _watches(self, run: str | None) -> list[Watch]:
        """The rules that stand, each from when it counts; none in a run that is over."""
        found = []
        for stored in self._standing():
            since = stored.since if run is None else None
            if run is not None and self._time_in_run is not None:
                since = self._time_in_run(run, stored.since)
                if since is None:
                    return []
            offer = stored.offer
            found.append(Watch(stored.subscriber, stored.rule, stored.id, since, offer.plan))
        return found

    def _judge(
        self, watch: Watch, content: LiveSnapshot, paths: Mapping[str, Path], run: str | None
    ) -> int:
        """Write down what a rule finds; one that cannot be judged stops no other."""

        def judged() -> int:
            return self._tell_found(watch, content, self._path(watch, content, paths), run)

        return self._isolation.judge(watch, judged, 0)

    def _path(
        self, watch: Watch, content: LiveSnapshot, paths: Mapping[str, Path]
    ) -> Mapping[str, Path]:
        """The paths of this look, the rule's own since it could be held against its level."""
        if self._levels is None or not watch.rule.symbols:
            return paths
        symbol = watch.rule.symbols[0]
        path = self._levels.path(watch, content.quotes.get(symbol), paths.get(symbol))
        return paths if path is None else {**paths, symbol: path}

    def _tell_found(
        self, watch: Watch, content: LiveSnapshot, paths: Mapping[str, Path], run: str | None
    ) -> int:
        """Write down what a rule finds on these paths."""
        now, written = self._in_new_shares(watch, content)
        reading = self._read_sentiment() if watch.rule.reads_sentiment else None
        found = events(
            now,
            content,
            self._fired_keys,
            paths=paths,
            sentiment=reading,
            scans=self._read_scan(watch.rule.scan),
            run=run,
        )
        return written + sum(self._record(watch.subscriber, message) for message in found)

    def _in_new_shares(self, watch: Watch, content: LiveSnapshot) -> tuple[Watch, int]:
        """The rule with a price in it as splits have changed it, which is told once."""
        written, rule = 0, watch.rule
        if self._splits is None or not rule.symbols:
            return watch, 0
        session = calendar_of(rule.symbols[0]).current_session(content.at)
        for split in self._splits.of(watch, session):
            before, rule = rule, rule.at_split(split.ratio)
            message = split_message(watch, before, rule, split)
            if message.key not in self._fired_keys:
                written += self._record(watch.subscriber, message)
        return replace(watch, rule=rule), written

    def _fill(self, watches: Sequence[Watch], content: LiveSnapshot, run: str | None) -> int:
        """Write down what minutes show of a time without looks."""
        filled = self._paths.filled(content)
        if filled is None:
            return 0
        symbol, path = filled
        seen = msgspec.structs.replace(content, quotes={symbol: self._paths.line(symbol)})
        own = [watch for watch in watches if symbol in watch.rule.symbols]
        written = sum(
            self._isolation.judge(
                watch, partial(self._tell_found, watch, seen, {symbol: path}, run), 0
            )
            for watch in own
        )
        self._paths.close_gap(symbol)
        return written

    def _record(self, subscriber: str, message: Message) -> bool:
        with self._records.database.writing() as connection:
            new = self._records.notices.record(subscriber, message, connection)
        self._fired_keys.add(message.key)
        if new:
            self.fired += 1
            _log.info("Alert: %s", message.title)
        return new

    def _known(self, subscriber: str, keys: Collection[str]) -> frozenset[str]:
        """Of these keys those whose notices the subscriber has already."""
        names = {f"{KIND}:{key}": key for key in keys}
        return frozenset(names[name] for name in self._records.notices.known(subscriber, names))

    def _forget(self, day: dt.date) -> None:
        """Keys of past days need not be remembered: the store knows them."""
        if day != self._fired_on:
            self._fired_on = day
            self._fired_keys.clear()

    def _read_scan(
        self, wanted: ScanParameters | None
    ) -> Mapping[ScanParameters, ScanReading] | None:
        """The scan that a rule reads, by what it is asked with; None where it reads none."""
        if wanted is None or self._scan is None:
            return None
        now = self._monotonic()
        at, reading = self._scans_read.get(wanted, (-float("inf"), None))
        if now - at >= SCAN_SECONDS:
            self._scans_read[wanted] = now, None  # one that fails is not asked for at each look
            reading = self._scan(wanted)
            self._scans_read[wanted] = now, reading
        return None if reading is None else {wanted: reading}

    def _read_sentiment(self) -> SentimentReading | None:
        now = self._monotonic()
        if now - self._reading_at >= SENTIMENT_SECONDS:
            self._reading_at = now
            self._reading = self._sentiment()
        return self._reading
