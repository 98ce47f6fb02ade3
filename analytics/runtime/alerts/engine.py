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
from collections.abc import Callable, Iterable
from typing import Protocol

from analytics.alerts.evaluate import Watch, events
from analytics.alerts.model import Message
from analytics.alerts.rule import SentimentReading
from analytics.alerts.rules import StoredRule
from analytics.model.live import LiveSnapshot
from analytics.model.vocabulary import HoldlineError
from analytics.store.records import Records

_log = logging.getLogger(__name__)

MAX_WAITING = 400
RULES_SECONDS = 5.0
"""Rules set in another process are heard of so late."""

SENTIMENT_SECONDS = 15.0


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
    """

    def __init__(
        self,
        records: Records,
        sentiment: Callable[[], SentimentReading | None],
        run: Callable[[], str] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records = records
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
        """As they were read last."""
        return self._rules

    def hear(self) -> None:
        """Have the rules read at the next look: they have changed."""
        self._heard = True

    def _keep_following(self) -> None:
        """Have the feed follow the symbols of the rules, whatever viewers look at."""
        self._renew(self._monotonic())
        if self._feed is not None:
            self._feed.pin(symbol for stored in self._rules for symbol in stored.rule.symbols)

    def _renew(self, now: float) -> None:
        """Read the rules when that is due."""
        if self._heard or now - self._rules_at >= RULES_SECONDS:
            self._heard = False
            self._rules = self._records.subscriptions.rules()
            self._rules_at = now

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
        reading = self._read_sentiment()
        written = 0
        for stored in self._rules:
            since = stored.since if run is None else None
            watch = Watch(stored.subscriber, stored.rule, since)
            found = events(watch, content, self._fired_keys, sentiment=reading, run=run)
            for message in found:
                written += self._record(stored.subscriber, message)
        self.fired += written
        return written

    def _record(self, subscriber: str, message: Message) -> bool:
        with self._records.database.writing() as connection:
            new = self._records.notices.record(subscriber, message, connection)
        self._fired_keys.add(message.key)
        if new:
            _log.info("Alert: %s", message.title)
        return new

    def _forget(self, day: dt.date) -> None:
        """Keys of past days need not be remembered: the store knows them."""
        if day != self._fired_on:
            self._fired_on = day
            self._fired_keys.clear()

    def _read_sentiment(self) -> SentimentReading | None:
        if not any(stored.rule.reads_sentiment for stored in self._rules):
            return None
        now = self._monotonic()
        if now - self._reading_at >= SENTIMENT_SECONDS:
            self._reading_at = now
            self._reading = self._sentiment()
        return self._reading
