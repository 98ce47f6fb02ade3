"""One fetch of a key at a time, over all processes: by whoever has the key's lock."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from analytics.cache.entries import Absence, Entry, Fetched
from analytics.cache.shared_tier import SharedTier
from analytics.model.vocabulary import NotAvailable, SymbolNotFound

Fetch: TypeAlias = Callable[[], Fetched[Any]]

KEEP_SECONDS = 30 * 86_400.0
_FIRST_POLL_SECONDS = 0.005
_LAST_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Pace:
    """How patient the cache is; all in seconds.

    Attributes:
        keep: how long a value may serve as the last good one.
        absence: how long "not found" and "not available" are believed.
        back_off: the pause after a first failure; it doubles up to ``longest_back_off``.
        lock: how long a process may hold a key against the others. A killed holder delays
            them by this much; a fetch that takes longer may be made by one more process.
    """

    keep: float = KEEP_SECONDS
    absence: float = 300.0
    back_off: float = 10.0
    longest_back_off: float = 120.0
    lock: float = 6.0


USUAL_PACE = Pace()


class OneFetch:
    """Fetches values and stores them in the tier that processes share.

    Args:
        shared: that tier.
        in_memory: the value that this process has in memory, or None.
        clock: UTC now, timezone-aware.
        pace: how long a key is held against the others, and an absence believed.
    """

    def __init__(
        self,
        shared: SharedTier,
        in_memory: Callable[[str], Entry | None],
        clock: Callable[[], dt.datetime],
        pace: Pace,
    ) -> None:
        self._shared = shared
        self._in_memory = in_memory
        self._clock = clock
        self._pace = pace

    def bring(self, key: str, fetch: Fetch) -> Entry | Absence:
        """The fresh value or absence: fetched here, or by the process that was first.

        Raises:
            Exception: what ``fetch`` raises, but that there is no such thing.
        """
        token = secrets.token_bytes(16)
        outcome = self._await_lock(key, token)
        if outcome is None:
            try:
                outcome = self._fetch(key, fetch)
            finally:
                self._shared.unlock(key, token)
        return outcome

    def _await_lock(self, key: str, token: bytes) -> Entry | Absence | None:
        """Take the key's lock over all processes, or what its holder brings.

        Returns None when it is this process's turn to fetch: it has the lock, or the holder
        did not let go in time (a lock left by a clock that was ahead would never expire).
        """
        give_up = time.monotonic() + self._pace.lock
        pause = _FIRST_POLL_SECONDS
        while True:
            locked = self._shared.lock(key, token, self._pace.lock)
            found = self._answered(key)
            if found is not None and locked:
                self._shared.unlock(key, token)
            if found is not None or locked or time.monotonic() > give_up:
                return found
            time.sleep(pause)
            pause = min(2 * pause, _LAST_POLL_SECONDS)

    def _answered(self, key: str) -> Entry | Absence | None:
        """The fresh value or absence that somebody stored since it was last looked for."""
        now = self._clock()
        entry = self._in_memory(key)
        if entry is not None and entry.is_fresh(now):
            return entry
        entry = self._shared.load(key, now)
        if entry is not None and entry.is_fresh(now):
            return entry
        return self._shared.load_absence(key, now)

    def _fetch(self, key: str, fetch: Fetch) -> Entry | Absence:
        try:
            fetched = fetch()
        except (SymbolNotFound, NotAvailable) as error:
            return self._shared.keep_absence(key, error, self._clock(), self._pace.absence)
        before = self._in_memory(key)
        return self._shared.keep(
            key, fetched, self._clock(), None if before is None else before.cached
        )
