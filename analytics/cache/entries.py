"""Entries of the cache: values with their freshness, absences, and failures."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cachetools import LRUCache

from analytics.model.vocabulary import HoldlineError, NotAvailable, SymbolNotFound

T = TypeVar("T")

ABSENCES: dict[str, type[HoldlineError]] = {
    "SymbolNotFound": SymbolNotFound,
    "NotAvailable": NotAvailable,
}
"""The answers "there is none", which are remembered as answers."""


@dataclass(frozen=True)
class Fetched(Generic[T]):
    """What a fetch returns.

    Attributes:
        value: of a type the cache's codec knows; of another type it stays in memory only.
        soft_seconds: how long it is fresh.
        hard_seconds: how long, from the same start, it is served while it is refreshed behind;
            afterwards it is fetched in the foreground.
    """

    value: T
    soft_seconds: float
    hard_seconds: float


@dataclass(frozen=True)
class Cached(Generic[T]):
    """A value as the cache gives it.

    Attributes:
        stored_at: UTC time at which the value had been fetched.
        soft_until: UTC time until which it is fresh.
        version: of the value: a fetch that brought the same has the same, in every process.
        error: the sentence of the last failed refresh since ``stored_at``, or None.
    """

    value: T
    stored_at: dt.datetime
    soft_until: dt.datetime
    version: str
    error: str | None = None


@dataclass(frozen=True, eq=False)
class Entry:
    """A value in a tier; ``size`` is its bytes when encoded."""

    cached: Cached[Any]
    hard_until: dt.datetime
    size: int

    def is_fresh(self, now: dt.datetime) -> bool:
        """Before the soft expiry, and not from the future (of a clock since set right)."""
        return self.cached.stored_at <= now < self.cached.soft_until


@dataclass(frozen=True)
class Absence:
    """The source's answer that there is no such thing."""

    kind: str
    sentence: str
    stored_at: dt.datetime
    until: dt.datetime

    def holds(self, now: dt.datetime) -> bool:
        """Whether it is still believed."""
        return self.stored_at <= now < self.until

    def error(self) -> HoldlineError:
        """The error as the fetch raised it, new for each caller."""
        return ABSENCES[self.kind](self.sentence)


@dataclass(frozen=True)
class Failure:
    """The last failed fetch, and how long the source is spared the next."""

    sentence: str
    since: dt.datetime
    until: dt.datetime
    count: int

    def holds(self, now: dt.datetime) -> bool:
        """Whether the key still backs off."""
        return self.since <= now < self.until


@dataclass(slots=True)
class Slot:
    """All that is known in memory about one key; guarded by the cache's lock."""

    entry: Entry | None = None
    absence: Absence | None = None
    failure: Failure | None = None


class Memory:
    """Slots by key, the least recently used dropped first; guarded by the cache's lock.

    Args:
        max_bytes: of the values, as encoded; one larger than that stays alone.
    """

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries

        def size(slot: Slot) -> int:
            return min(slot.entry.size, max_bytes) if slot.entry else 0

        self._slots: LRUCache[str, Slot] = LRUCache(max_bytes, getsizeof=size)

    def find(self, key: str) -> Slot | None:
        """The slot, marked as used, or None."""
        return self._slots.get(key)

    def slot(self, key: str) -> Slot:
        """The slot, made when absent."""
        return self.find(key) or self._place(key, Slot())

    def put(self, key: str, entry: Entry | None) -> Slot:
        """Replace a slot's entry."""
        slot = self._slots.pop(key, None) or Slot()
        slot.entry = entry
        return self._place(key, slot)

    def drop(self, key: str) -> None:
        """Forget a key."""
        self._slots.pop(key, None)

    def _place(self, key: str, slot: Slot) -> Slot:
        while len(self._slots) >= self._max_entries:
            self._slots.popitem()
        self._slots[key] = slot
        return slot
