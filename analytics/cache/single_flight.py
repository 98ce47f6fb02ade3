"""Cache with single flight: memory, then disk, then one fetch for all who ask.

A cold key asked by many threads of many processes is fetched once. A value past its soft
expiry is served and refreshed behind; past its hard expiry it is fetched while the caller
waits, and when that fails the last good value is served with the reason. A source that fails
is left alone for a while, and one that hangs frees its callers at their deadline.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from analytics.cache.backend import Backend
from analytics.cache.codec import Codec
from analytics.cache.entries import Absence, Cached, Entry, Failure, Fetched, Memory, Slot
from analytics.cache.one_fetch import USUAL_PACE, Fetch, OneFetch, Pace
from analytics.cache.shared_tier import SharedTier
from analytics.model.budgets import cold_fetch
from analytics.model.turns import TooManyWaiting, waiting
from analytics.model.vocabulary import SourceFailure

T = TypeVar("T")

log = logging.getLogger(__name__)

_ABANDON_SECONDS = 300.0
_MAX_DOUBLINGS = 16


@dataclass(eq=False)
class _InFlight:
    """One fetch under way in this process, with all who wait for it."""

    behind: bool
    started: float = field(default_factory=time.monotonic)
    future: Future[Entry | Absence] = field(default_factory=Future)


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Cache:
    """Values by key, shared by the threads of this process and by processes.

    Args:
        backend: the tier that processes share.
        codec: knows the types of the values.
        clock: UTC now, timezone-aware.
        max_entries: keys in the memory tier.
        max_bytes: of the memory tier's values, as encoded.
        max_refreshes: threads that refresh behind.
        max_flights: fetches under way at once; a caller beyond them is refused.
    """

    def __init__(
        self,
        backend: Backend,
        codec: Codec,
        *,
        clock: Callable[[], dt.datetime] = _utc_now,
        pace: Pace = USUAL_PACE,
        max_entries: int = 2048,
        max_bytes: int = 1 << 26,
        max_refreshes: int = 4,
        max_flights: int = 128,
    ) -> None:
        self._shared = SharedTier(backend, codec, pace.keep)
        self._clock = clock
        self._pace = pace
        self._memory = Memory(max_entries, max_bytes)
        self._one_fetch = OneFetch(self._shared, self._in_memory, clock, pace)
        self._flights: dict[str, _InFlight] = {}
        self._waiting_refreshes: dict[str, Fetch] = {}
        self._lookups = Counter({"hit": 0, "stale": 0, "miss": 0})
        self._refreshers = 0
        self._max_refreshes = max_refreshes
        self._max_flights = max_flights
        self._lock = threading.Lock()

    @property
    def status(self) -> str | None:
        """One sentence about what does not work at present, or None."""
        return self._shared.backend.status

    @property
    def backend(self) -> Backend:
        """The tier that processes share."""
        return self._shared.backend

    @property
    def lookups(self) -> dict[str, int]:
        """Questions since the start, by answer: ``hit``, ``stale`` (served old) or ``miss``."""
        with self._lock:
            return dict(self._lookups)

    def _count(self, how: str) -> None:
        with self._lock:
            self._lookups[how] += 1

    def get_or_fetch(
        self,
        key: str,
        fetch: Callable[[], Fetched[T]],
        deadline_seconds: float,
        *,
        in_own_thread: bool = False,
    ) -> Cached[T]:
        """The value of ``key``, fetched when it is not cached.

        Args:
            key: names the value and all that it depends on.
            fetch: called in another thread, at most once at a time over all processes.
            deadline_seconds: how long the caller waits; a late result still fills the cache.
            in_own_thread: call ``fetch`` in this one, for it waits for nothing: another thread
                would begin later than it ends.

        Raises:
            SymbolNotFound, NotAvailable: as ``fetch`` raised it, now or a short while ago.
            SourceFailure: the fetch failed or gave no answer in time, and there is no value
                from before.
            Exception: any other error of ``fetch``.
        """
        cached = self.at_hand(key, fetch)
        if cached is not None:
            return cached
        self._count("miss")
        return self._fetch_now(key, fetch, deadline_seconds, in_own_thread)

    def at_hand(self, key: str, fetch: Callable[[], Fetched[T]]) -> Cached[T] | None:
        """The value as `get_or_fetch` gives it without waiting; None where it would wait.

        Raises:
            SymbolNotFound, NotAvailable: as `get_or_fetch`.
        """
        entry, now = self._in_memory(key), self._clock()
        if entry is None or not entry.is_fresh(now):
            entry = self._recall(key, now)
        if entry is None or now >= entry.hard_until:
            return None
        fresh = entry.is_fresh(now)
        self._count("hit" if fresh else "stale")
        if not fresh:
            self._refresh_behind(key, fetch)
        return entry.cached

    def peek(self, key: str, *, of_all: bool = False) -> Cached[Any] | None:
        """The stored value, however old, without fetching; None when there is none.

        With ``of_all`` the newer of this process's and the one that the processes share.
        """
        now = self._clock()
        with self._lock:
            slot = self._memory.find(key)
            entry = self._usable(slot, now)
        if entry is None or of_all:
            shared = self._shared.load(key, now)
            if entry is None or (shared and shared.cached.stored_at >= entry.cached.stored_at):
                entry = shared
        return entry.cached if entry is not None else None

    def would_wait(self, key: str) -> bool:
        """Whether `get_or_fetch` would have to fetch while its caller waits."""
        now = self._clock()
        with self._lock:
            slot = self._memory.find(key)
            entry = self._usable(slot, now)
        entry = entry or self._shared.load(key, now)
        return entry is None or now >= entry.hard_until

    def forget(self, key: str) -> None:
        """Drop what is known of ``key``; a fetch under way will still be kept."""
        with self._lock:
            self._memory.drop(key)
            self._waiting_refreshes.pop(key, None)
        self._shared.forget(key)

    def close(self) -> None:
        """Begin no further refresh and give up the disk. Fetches under way are not waited for."""
        with self._lock:
            self._waiting_refreshes.clear()
        self._shared.backend.close()

    def _usable(self, slot: Slot | None, now: dt.datetime) -> Entry | None:
        """The slot's entry unless it is too old or from the future."""
        if slot is None or slot.entry is None:
            return None
        return slot.entry if self._shared.is_current(slot.entry.cached.stored_at, now) else None

    def _in_memory(self, key: str) -> Entry | None:
        with self._lock:
            slot = self._memory.find(key)
            return slot.entry if slot is not None else None

    def _recall(self, key: str, now: dt.datetime) -> Entry | None:
        """What memory has, or else what the disk has, which memory then has too.

        Raises:
            SymbolNotFound, NotAvailable: when that is what is remembered.
        """
        with self._lock:
            slot = self._memory.find(key)
            entry = self._usable(slot, now)
            absence = slot.absence if slot is not None else None
        if absence is not None and absence.holds(now):
            raise absence.error()
        if entry is not None:
            return entry
        found = self._shared.load(key, now)
        absence = None
        if found is None or not found.is_fresh(now):
            absence = self._shared.load_absence(key, now)
        self._remember(key, found, absence, now)
        if absence is not None:
            raise absence.error()
        return found

    def _remember(
        self, key: str, found: Entry | None, absence: Absence | None, now: dt.datetime
    ) -> None:
        """Put into memory what the disk had, unless memory has something newer by now."""
        if found is None and absence is None:
            return
        with self._lock:
            slot = self._memory.slot(key)
            usable = self._usable(slot, now)
            if found is not None and (
                usable is None or usable.cached.stored_at < found.cached.stored_at
            ):
                self._memory.put(key, found)
            if absence is not None:
                slot.absence = absence

    def _fetch_now(
        self, key: str, fetch: Fetch, deadline_seconds: float, in_own_thread: bool
    ) -> Cached[Any]:
        """Join the fetch under way or begin one, and wait; the last good value if it fails."""
        try:
            with cold_fetch(), waiting():
                return self._join_or_fetch(key, fetch, deadline_seconds, in_own_thread)
        except TooManyWaiting as error:
            with self._lock:
                slot, now = self._memory.slot(key), self._clock()
                if self._usable(slot, now) is None:
                    raise  # as what it is: it says when to ask again
                return self._last_good(slot, str(error), now)

    def _join_or_fetch(
        self, key: str, fetch: Fetch, deadline_seconds: float, in_own_thread: bool
    ) -> Cached[Any]:
        with self._lock:
            slot = self._memory.slot(key)
            now = self._clock()
            # What a fetch that ended since `_recall` brought.
            if slot.entry is not None and slot.entry.is_fresh(now):
                return slot.entry.cached
            if slot.absence is not None and slot.absence.holds(now):
                raise slot.absence.error()
            if slot.failure is not None and slot.failure.holds(now):
                return self._last_good(slot, slot.failure.sentence, now)
            in_flight = self._flights.get(key)
            joined = (
                in_flight is not None and time.monotonic() - in_flight.started < _ABANDON_SECONDS
            )
            if in_flight is None or not joined:
                if len(self._flights) >= self._max_flights:
                    return self._last_good(slot, "too many requests are under way", now)
                in_flight = self._flights[key] = _InFlight(behind=False)
                self._waiting_refreshes.pop(key, None)
        if not joined and in_own_thread:
            self._run_fetch(key, fetch, in_flight)
        elif not joined:
            threading.Thread(
                target=self._run_fetch_once,
                args=(key, fetch, in_flight),
                name=f"fetch {key}",
                daemon=True,
            ).start()
        return self._wait(key, in_flight, deadline_seconds)

    def _wait(self, key: str, in_flight: _InFlight, deadline_seconds: float) -> Cached[Any]:
        try:
            outcome = in_flight.future.result(timeout=deadline_seconds)
        except SourceFailure as error:
            failed = str(error)
        except TimeoutError:
            if in_flight.future.done() and isinstance(in_flight.future.exception(), TimeoutError):
                raise
            failed = f"no answer within {deadline_seconds:g} s"
        else:
            if isinstance(outcome, Absence):
                raise outcome.error()
            return outcome.cached
        with self._lock:
            now = self._clock()
            slot = self._memory.slot(key)
            if not in_flight.future.done():
                self._note_failure(key, failed, now)
            return self._last_good(slot, failed, now)

    def _last_good(self, slot: Slot, failed: str, now: dt.datetime) -> Cached[Any]:
        """The value from before, with the reason that it is not newer. Called with the lock."""
        entry = self._usable(slot, now)
        if entry is None:
            raise SourceFailure(failed)
        if entry.is_fresh(now):  # The fetch ended just after its caller gave up.
            return entry.cached
        return replace(entry.cached, error=failed)

    def _note_failure(self, key: str, sentence: str, now: dt.datetime) -> None:
        """Begin or lengthen the key's back-off. Called with the lock.

        Many callers of one failed fetch count once: while the key backs off already, only the
        sentence is renewed.
        """
        slot = self._memory.slot(key)
        before = slot.failure
        if before is not None and before.holds(now):
            slot.failure = replace(before, sentence=sentence)
        else:
            count = before.count + 1 if before is not None else 1
            pause = self._pace.back_off * 2 ** min(count - 1, _MAX_DOUBLINGS)
            until = now + dt.timedelta(seconds=min(pause, self._pace.longest_back_off))
            slot.failure = Failure(sentence, now, until, count)
        if slot.entry is not None:
            cached = replace(slot.entry.cached, error=sentence)
            slot.entry = replace(slot.entry, cached=cached)

    def _refresh_behind(self, key: str, fetch: Fetch) -> None:
        """Have ``key`` refreshed by one of a few threads, unless that is under way."""
        with self._lock:
            slot = self._memory.slot(key)
            backing_off = slot.failure is not None and slot.failure.holds(self._clock())
            if backing_off or key in self._flights or key in self._waiting_refreshes:
                return
            self._waiting_refreshes[key] = fetch
            if self._refreshers >= self._max_refreshes:
                return
            self._refreshers += 1
        threading.Thread(target=self._refresh, name="refresh", daemon=True).start()

    def _refresh(self) -> None:
        """Fly the refreshes that wait, first come first served, until there is none."""
        while True:
            with self._lock:
                if not self._waiting_refreshes:
                    self._refreshers -= 1
                    break
                key = next(iter(self._waiting_refreshes))
                fetch = self._waiting_refreshes.pop(key)
                if key in self._flights:
                    continue
                in_flight = self._flights[key] = _InFlight(behind=True)
            self._run_fetch(key, fetch, in_flight)
        self._shared.backend.close()

    def _run_fetch_once(self, key: str, fetch: Fetch, in_flight: _InFlight) -> None:
        self._run_fetch(key, fetch, in_flight)
        self._shared.backend.close()

    def _run_fetch(self, key: str, fetch: Fetch, in_flight: _InFlight) -> None:
        """Bring the value into both tiers and tell all who wait."""
        try:
            outcome = self._one_fetch.bring(key, fetch)
        except BaseException as error:  # Whatever it is, those who wait must hear of it.
            self._fail_waiters(key, in_flight, error)
            return
        with self._lock:
            if isinstance(outcome, Absence):
                slot = self._memory.slot(key)
                slot.absence = outcome
            else:
                slot = self._memory.put(key, outcome)
                slot.absence = None
            slot.failure = None
            self._remove_in_flight(key, in_flight)
        in_flight.future.set_result(outcome)

    def _fail_waiters(self, key: str, in_flight: _InFlight, error: BaseException) -> None:
        with self._lock:
            if isinstance(error, SourceFailure):
                self._note_failure(key, str(error), self._clock())
            elif in_flight.behind:
                self._note_failure(key, "the refresh failed unexpectedly", self._clock())
            self._remove_in_flight(key, in_flight)
        if in_flight.behind and not isinstance(error, SourceFailure):
            log.error("Refresh of %s failed.", key, exc_info=error)
        in_flight.future.set_exception(error)

    def _remove_in_flight(self, key: str, in_flight: _InFlight) -> None:
        if self._flights.get(key) is in_flight:
            del self._flights[key]
