"""Turns at computing: few at once, and given up by whoever only waits.

A request that computes costs a core, one that waits for a provider, a lock or another program
costs nothing. `Turns` lets few compute at once; what waits says so with `waiting`, and its turn
goes to another meanwhile. Only so many may wait at once, of each client fewer, so that whoever
asks for what takes long cannot keep the others from what is there.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator

from analytics.model.vocabulary import SourceFailure

_mine = threading.local()


class TooManyWaiting(SourceFailure):
    """No more requests may wait: this one is refused at once, and may be sent again.

    Attributes:
        retry_after: seconds after which it may.
    """

    retry_after = 5


class Turns:
    """Lets ``most`` threads compute at once.

    Args:
        most: threads that compute at once.
        waiting: threads that may wait at once, all clients together.
        waiting_each: of one client.
    """

    def __init__(self, most: int, waiting: int, waiting_each: int) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._waiting = waiting
        self._waiting_each = waiting_each
        self._waits = Counter[str]()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def turn(self, client: str, limited: bool = True) -> Iterator[None]:
        """Compute in turn, in this thread.

        Args:
            client: for whom; what it may have waiting at once is counted by this name.
            limited: whether the limit of one client holds for this one.
        """
        self._free.acquire()
        _mine.turn = _Turn(self, client, limited)
        try:
            yield
        finally:
            _mine.turn = None
            self._free.release()

    def _count_one_more(self, client: str, limited: bool) -> None:
        with self._lock:
            if self._waits.total() >= self._waiting:
                raise TooManyWaiting(
                    "the server has too many slow requests under way; try again in a moment"
                )
            if limited and self._waits[client] >= self._waiting_each:
                raise TooManyWaiting(
                    f"{self._waiting_each} slow requests of yours are under way already; "
                    "try again in a moment"
                )
            self._waits[client] += 1

    def _count_one_less(self, client: str) -> None:
        with self._lock:
            self._waits[client] -= 1
            self._waits += Counter()  # drops the names that wait no more


class _Turn:
    """One thread's turn; `waiting` gives it up for a while."""

    def __init__(self, turns: Turns, client: str, limited: bool) -> None:
        self._turns = turns
        self._client = client
        self._limited = limited
        self._waits = False

    def another(self) -> contextlib.AbstractContextManager[None]:
        return self._turns.turn(self._client, self._limited)

    @contextlib.contextmanager
    def given_up(self, refuse: bool) -> Iterator[None]:
        if self._waits:  # a wait within a wait
            yield
            return
        if refuse:
            self._turns._count_one_more(self._client, self._limited)
        self._turns._free.release()
        self._waits = True
        try:
            yield
        finally:
            self._waits = False
            if refuse:
                self._turns._count_one_less(self._client)
            self._turns._free.acquire()


@contextlib.contextmanager
def waiting(*, refuse: bool = True) -> Iterator[None]:
    """Give this thread's turn, if it has one, to another while it waits.

    Args:
        refuse: where so many wait already; else the wait is short and not counted.

    Raises:
        TooManyWaiting: when so many wait already; nothing was waited for.
    """
    turn: _Turn | None = getattr(_mine, "turn", None)
    if turn is None:
        yield
        return
    with turn.given_up(refuse):
        yield


def same_turn() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """A turn like this thread's, for another thread that computes on its behalf."""
    turn: _Turn | None = getattr(_mine, "turn", None)
    return contextlib.nullcontext if turn is None else turn.another
