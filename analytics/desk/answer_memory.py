"""Answers as they were computed, bounded by their bytes, and for how long each stands."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import itertools
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

import numpy as np
from cachetools import LRUCache

from analytics.desk.archive import Archive, ReadMark
from analytics.desk.moments import past_moment, present_moment
from analytics.model import sessions
from analytics.model.question import Answer
from analytics.model.turns import waiting
from analytics.model.vocabulary import HoldlineError, Moment
from analytics.sources.base import Source

ANSWER_BYTES = 10 << 20
"""Of answers kept, by a rough count: some 200 of what random panels asked for, 50 KiB each."""
MOST_ANSWERS = 4096
LOOKED_AT = 6
"""Of the elements of a long list, which are alike: the others are taken to be like these."""
_DEEPEST = 12

Key: TypeAlias = tuple[str, Any, dt.date | None]
"""An answer's: the question's name, its parameters, and the moment asked for."""


@dataclass(frozen=True)
class Marks:
    """What an answer stands by.

    Attributes:
        as_of: the moment asked for; None for now.
        moment: the moment it was.
        fresh_until: UTC; the earliest expiry of an input.
        forgotten: how often all answers had been dropped.
        fixed_in: the session at the source in which a past that cannot change was looked up: until
            the next one begins, which may bring a split, it is not looked at again.
        read: when the store was read for it; None where it rests on nothing that is logged there.
    """

    as_of: dt.date | None
    moment: Moment
    fresh_until: dt.datetime
    forgotten: int
    fixed_in: dt.date | None = None
    read: ReadMark | None = None


@dataclass(frozen=True, eq=False)
class Computed:
    """An answer as it was computed.

    Attributes:
        marks: None for one that is computed again at the next question.
        saved: the archive has this version already.
        size: in bytes, roughly.
    """

    answer: Answer[Any]
    marks: Marks | None
    saved: bool
    size: int


class AnswerMemory:
    """The latest answers by key, safe for threads.

    Args:
        most_bytes: of all together; what was not asked for the longest is dropped, and one larger
            than all the room is not stored.
    """

    def __init__(self, most_bytes: int = ANSWER_BYTES) -> None:
        self._stored: LRUCache[Key, Computed] = LRUCache(
            most_bytes, getsizeof=lambda computed: computed.size
        )
        self._by_answer: WeakValueDictionary[int, Computed] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._under_way: WeakValueDictionary[Key, threading.Lock] = WeakValueDictionary()
        self.forgotten = 0

    def get(self, key: Key) -> Computed | None:
        """What was computed last, whether or not it still stands."""
        with self._lock:
            return self._stored.get(key)

    def put(self, key: Key, answer: Answer[Any], marks: Marks | None, saved: bool) -> Computed:
        """Store an answer."""
        computed = Computed(answer, marks, saved, size_of(answer))
        self._put(key, computed)
        return computed

    def note_saved(self, key: Key, computed: Computed, saved: bool) -> None:
        """Store whether the archive has an answer."""
        if computed.saved is not saved:
            self._put(key, replace(computed, saved=saved))

    def _put(self, key: Key, computed: Computed) -> None:
        with self._lock:
            self._stored.pop(key, None)
            while len(self._stored) >= MOST_ANSWERS:
                self._stored.popitem()
            with contextlib.suppress(ValueError):  # larger than all the room
                self._stored[key] = computed
            self._by_answer[id(computed.answer)] = computed

    def clear(self) -> None:
        """Drop all answers; none stands any more, wherever it was handed to."""
        with self._lock:
            self.forgotten += 1
            self._stored.clear()

    def marks_of(self, answers: Iterable[Answer[Any]]) -> tuple[Marks, ...] | None:
        """What all of these answers stand by; None where one is not stored or stands by nothing."""
        found = []
        for answer in answers:
            computed = self._by_answer.get(
                id(answer)
            )  # it holds the answer, so its id is no other's
            if computed is None or computed.answer is not answer or computed.marks is None:
                return None
            found.append(computed.marks)
        return tuple(found)

    @contextlib.contextmanager
    def alone(self, key: Key) -> Iterator[None]:
        """Compute the answer of this key in no other thread meanwhile."""
        with self._lock:
            lock = self._under_way.get(key)
            if lock is None:
                lock = self._under_way[key] = threading.Lock()
        with waiting(refuse=False):
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


class Standing:
    """Whether answers stand, by what is known already: nothing is fetched for it.

    Args:
        source: whose present it is.
        archive: knows whether what was read from the store is current.
        memory: whose answers they are.
        clock: wall time, UTC.
        benchmark_session: the newest session of the benchmark as far as it is known.
    """

    def __init__(
        self,
        source: Source,
        archive: Archive,
        memory: AnswerMemory,
        clock: Callable[[], dt.datetime],
        benchmark_session: Callable[[Moment], dt.date | None],
    ) -> None:
        self._source = source
        self._archive = archive
        self._memory = memory
        self._clock = clock
        self._benchmark_session = benchmark_session

    def session_now(self) -> dt.date:
        """The session at the source, by the calendar.

        Raises:
            HoldlineError: when the source cannot tell its time.
        """
        return sessions.current_session(self._source.now())

    def holds(self, marks: Iterable[Marks], grace_seconds: float = 0.0) -> bool:
        """Whether all that these marks are of may still be given.

        Args:
            marks: of the answers.
            grace_seconds: so long after an input's expiry it still is.

        Raises:
            HoldlineError: when the source cannot tell its time; as `past_moment` for a moment.
        """
        now = self._source.now()
        present, session = present_moment(now), sessions.current_session(now)
        known = self._benchmark_session(present)
        late = self._clock() - dt.timedelta(seconds=grace_seconds)
        for mark in marks:
            if mark.forgotten != self._memory.forgotten:
                return False
            if mark.fixed_in is not None and mark.fixed_in == session:
                continue
            if late >= mark.fresh_until:
                return False
            if mark.read is not None and not self._archive.is_current(mark.read, grace_seconds):
                return False
            asked = mark.moment
            if mark.as_of is None:
                same = asked.session == (known or asked.session) and asked.phase is present.phase
            else:
                moment = past_moment(mark.as_of, self._source.latest(), self._source.name)
                same = asked.session == moment.session and asked.phase is moment.phase
            if not same:
                return False
        return True

    def holds_surely(self, marks: Iterable[Marks], grace_seconds: float) -> bool:
        """As `holds`; False where it cannot be told."""
        try:
            return self.holds(marks, grace_seconds)
        except HoldlineError:
            return False


def size_of(node: Any, left: int = _DEEPEST) -> int:
    """Bytes of an object and of what it holds; arrays whole, of long lists by their first.

    What two parts of an answer share is counted for each.
    """
    if isinstance(node, np.ndarray):
        return sys.getsizeof(node) if node.base is None else sys.getsizeof(node) + node.nbytes
    size = sys.getsizeof(node)
    if left == 0 or isinstance(node, str | bytes | int | float | None):
        return size
    if isinstance(node, dict | Mapping):
        pairs = itertools.islice(node.items(), LOOKED_AT)
        return size + _all(len(node), [size_of(pair, left - 1) for pair in pairs])
    if isinstance(node, tuple | list | Collection):
        first = itertools.islice(node, LOOKED_AT)
        return size + _all(len(node), [size_of(one, left - 1) for one in first])
    if dataclasses.is_dataclass(node):
        names = node.__dataclass_fields__
        return size + sum(size_of(getattr(node, name), left - 1) for name in names)
    return size


def _all(count: int, sizes: list[int]) -> int:
    return sum(sizes) * count // len(sizes) if sizes else 0
