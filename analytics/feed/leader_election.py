"""Leader election: one of several processes feeds the others, and learns what they follow."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

LOCK = "holdline/feed/leader"
ASKED = "holdline/feed/asked"
_ASKED_EXPIRES_SECONDS = 900.0


class SharedState(Protocol):
    """Bytes by key that all processes of a deployment see; the cache's backend is one."""

    def get(self, key: str) -> bytes | None: ...  # noqa: D102

    def set(self, key: str, data: bytes, expire_seconds: float) -> bool: ...  # noqa: D102

    def add(self, key: str, data: bytes, expire_seconds: float) -> bool: ...  # noqa: D102

    def renew(self, key: str, data: bytes, expire_seconds: float) -> bool: ...  # noqa: D102

    def delete(self, key: str, only_if: bytes | None = None) -> None: ...  # noqa: D102


class Leadership:
    """A lock that its holder renews, and that another takes when the renewals stop.

    A killed leader is replaced within ``lasts + renew`` seconds. A lock that does not expire
    (its clock was ahead) or whose holder hangs is broken once nothing was published for
    ``patience`` seconds.
    """

    def __init__(
        self,
        shared_state: SharedState,
        *,
        lasts: float = 6.0,
        renew: float = 2.0,
        patience: float = 20.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared_state = shared_state
        self._lasts = lasts
        self._every = renew
        self._patience = patience
        self._monotonic = monotonic
        self._token = secrets.token_bytes(16)
        self._tried = -float("inf")
        self._asked_at = monotonic()
        self.is_leader = False

    def note_activity(self) -> None:
        """The leader has just published."""
        self._asked_at = self._monotonic()

    def step(self) -> bool:
        """Renew or try for the lock when that is due; whether this process leads."""
        now = self._monotonic()
        if now - self._tried < self._every:
            return self.is_leader
        self._tried = now
        if self.is_leader:
            self.is_leader = self._shared_state.renew(LOCK, self._token, self._lasts)
            if not self.is_leader:
                self._asked_at = now
            return self.is_leader
        if now - self._asked_at > self._patience:
            lock = self._shared_state.get(LOCK)
            if lock is not None:
                self._shared_state.delete(LOCK, only_if=lock)
            self._asked_at = now
        self.is_leader = self._shared_state.add(LOCK, self._token, self._lasts)
        return self.is_leader

    def resign(self) -> None:
        """Let another lead at once."""
        if self.is_leader:
            self.is_leader = False
            self._shared_state.delete(LOCK, only_if=self._token)


class RequestedSymbols:
    """The symbols to follow: the usual ones, those of rules, and those that viewers look at.

    What viewers ask for has room of its own: however much they ask, nothing else is left out.

    Args:
        always: followed whether asked or not.
        most: at most so many of ``always`` and of viewers' symbols together; the longest unasked
            are left out. Pinned symbols do not count.
        seconds: how long after the last request a symbol is followed.
        clock: wall time in seconds, comparable between processes.
    """

    def __init__(
        self,
        shared_state: SharedState,
        always: Iterable[str],
        *,
        most: int = 60,
        seconds: float = 300.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._shared_state = shared_state
        self._always = tuple(dict.fromkeys(always))
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._times: dict[str, float] = {}
        self._pinned: tuple[str, ...] = ()

    def pin(self, symbols: Iterable[str]) -> None:
        """Follow exactly these for as long as they are pinned, whatever viewers ask for.

        Of this process alone: each process that may lead pins what its own rules read.
        """
        self._pinned = tuple(sorted(set(symbols)))

    def ask(self, symbols: Iterable[str]) -> None:
        """Somebody looks at these now."""
        now = self._clock()
        with self._lock:
            for symbol in symbols:
                self._times[symbol] = now
            if len(self._times) > 2 * self._most:
                self._times = self._newest(self._times)

    def share(self) -> None:
        """Exchange with the other processes; one that overwrote another's is mended next time."""
        now = self._clock()
        theirs = self._read()
        with self._lock:
            for symbol, asked in theirs.items():
                if asked > self._times.get(symbol, 0.0):
                    self._times[symbol] = min(asked, now)
            recent = {s: t for s, t in self._times.items() if now - t < self._seconds}
            self._times = self._newest(recent)
            known = dict(self._times)
        # Not at every poll of every viewer: a tenth of the time they are followed will do.
        late = self._seconds / 10
        if any(asked > theirs.get(symbol, 0.0) + late for symbol, asked in known.items()):
            self._shared_state.set(ASKED, json.dumps(known).encode(), _ASKED_EXPIRES_SECONDS)

    def steady(self) -> tuple[str, ...]:
        """Those followed whether anybody looks or not: the usual ones, then the pinned."""
        return tuple(dict.fromkeys([*self._always, *self._pinned]))

    def symbols(self) -> tuple[str, ...]:
        """All that are followed now: the steady ones, then the newest asked."""
        now, steady = self._clock(), self.steady()
        with self._lock:
            recent = {s: t for s, t in self._times.items() if now - t < self._seconds}
        asked = [symbol for symbol in self._newest(recent) if symbol not in steady]
        room = max(0, self._most - len(self._always))
        return (*steady, *asked[:room])

    def _newest(self, times: dict[str, float]) -> dict[str, float]:
        ranked = sorted(times.items(), key=lambda item: (-item[1], item[0]))
        return dict(ranked[: self._most])

    def _read(self) -> dict[str, float]:
        data = self._shared_state.get(ASKED)
        try:
            read = json.loads(data) if data else {}
        except ValueError:
            return {}
        if not isinstance(read, dict):
            return {}
        return {s: float(t) for s, t in read.items() if isinstance(t, int | float)}
