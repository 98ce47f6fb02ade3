"""Guards on requests to a provider: pace, back-off and circuit breaker.

A token bucket spaces requests, a circuit breaker stops them while the provider refuses or
fails. Both are thread-safe and take their clock from outside; with a shared state all processes
of a deployment share one bucket and one breaker, which then go by the wall clock.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from analytics.model.vocabulary import SourceFailure
from analytics.sources.shared import Cell, SharedState

_SKEW_SECONDS = 60.0
"""A time further ahead than this was written by a clock since set right."""


@dataclass(frozen=True)
class Bucket:
    """Tokens left (negative: turns given ahead), and when they were last counted."""

    tokens: float
    filled_at: float


class RateLimiter:
    """A token bucket: ``burst`` requests at once, then ``per_second`` of them.

    Callers reserve their turn in the order they come and sleep until it.

    Args:
        clock: seconds; None: the wall clock with a shared state, else a monotonic one.
        shared_state: what the processes share the bucket by; None: each has its own.
    """

    def __init__(
        self,
        per_second: float = 4.0,
        burst: int = 8,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        shared_state: SharedState | None = None,
        key: str = "holdline/limits/bucket",
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock or _clock_for(shared_state)
        self._sleep = sleep
        self._bucket = Cell(Bucket(float(burst), self._clock()), shared_state, key)

    def acquire(self, max_wait: float = 60.0) -> None:
        """Take one token, sleeping until it is due.

        Raises:
            SourceFailure: at once, and without taking a token, when the turn would come later
                than ``max_wait`` seconds from now.
        """
        wait = 0.0

        def take(bucket: Bucket) -> Bucket:
            nonlocal wait
            filled = self._filled(bucket)
            wait = max(0.0, (1.0 - filled.tokens) / self._per_second)
            if wait > max_wait:
                raise SourceFailure(
                    f"More requests wait for their turn than {max_wait:.0f} s allow; "
                    "try again in a minute."
                )
            return replace(filled, tokens=filled.tokens - 1.0)

        self._bucket.change(take)
        if wait > 0.0:
            self._sleep(wait)

    def _filled(self, bucket: Bucket) -> Bucket:
        """The bucket as of now. A machine whose clock is a little behind earns nothing."""
        now = self._clock()
        since = bucket.filled_at if bucket.filled_at <= now + _SKEW_SECONDS else now
        earned = max(0.0, now - since) * self._per_second
        return Bucket(min(float(self._burst), bucket.tokens + earned), max(now, since))


@dataclass(frozen=True)
class BreakerState:
    """All that a breaker remembers; times by its clock.

    Attributes:
        failures: in a row.
        limited: it opened because of a refusal for too many requests.
        refused: the newest failure was a refusal of another kind.
        open_until: None while closed.
        trying_until: until when one caller has the sole try; a killed one loses it then.
        cool_down: seconds of the next pause after a refusal.
    """

    cool_down: float
    failures: int = 0
    limited: bool = False
    refused: bool = False
    open_until: float | None = None
    trying_until: float | None = None


class CircuitBreaker:
    """Stops asking a provider that refuses or fails, and tries again with one caller.

    It opens on the first refusal for too many requests (``cool_down`` seconds, doubled at each
    further refusal up to ``longest``), and after ``tolerated`` failures or refusals of any kind in
    a row (for ``failure_pause`` seconds). When the time is up one caller may try (half-open), for
    at most ``longest_try`` seconds; its success closes the breaker and sets every count back.

    Args:
        clock, shared_state: as `RateLimiter`'s.
    """

    def __init__(
        self,
        provider: str,
        clock: Callable[[], float] | None = None,
        *,
        cool_down: float = 60.0,
        longest: float = 900.0,
        tolerated: int = 3,
        failure_pause: float = 30.0,
        longest_try: float = 90.0,
        shared_state: SharedState | None = None,
        key: str = "holdline/limits/breaker",
    ) -> None:
        self._provider = provider
        self._clock = clock or _clock_for(shared_state)
        self._first_cool_down = cool_down
        self._longest = longest
        self._tolerated = tolerated
        self._failure_pause = failure_pause
        self._longest_try = longest_try
        self._cell = Cell(BreakerState(cool_down), shared_state, key)
        self._lock = threading.Lock()
        self._outcomes = Counter({"answered": 0, "failed": 0, "limited": 0, "refused": 0})

    @property
    def state(self) -> str:
        """``closed`` (asking), ``open`` (not asking) or ``half-open`` (one may try)."""
        state = self._cell.read()
        if state.open_until is None:
            return "closed"
        return "open" if self._left(state.open_until) > 0.0 else "half-open"

    @property
    def status(self) -> str | None:
        """Why nothing, or but one try, is asked at present, in one sentence, or None."""
        state = self._cell.read()
        return None if state.open_until is None else self._sentence(state)

    @property
    def outcomes(self) -> dict[str, int]:
        """This process's requests since the start by outcome; ``refused`` ones were not sent."""
        with self._lock:
            return dict(self._outcomes)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Run one piece of work under the breaker.

        Raises:
            SourceFailure: before the work, while the breaker is open or another caller is
                the one trying.
        """
        trying = False

        def enter(state: BreakerState) -> BreakerState:
            nonlocal trying
            self._refuse_while_open(state)
            if self._left(state.trying_until) > 0.0:
                raise SourceFailure(self._sentence(state))
            trying = state.open_until is not None
            return replace(state, trying_until=self._in(self._longest_try)) if trying else state

        self._change_or_refuse(enter)
        try:
            yield
        finally:
            if trying:
                self._cell.change(lambda state: replace(state, trying_until=None))

    def check(self) -> None:
        """Raise `SourceFailure` while open; for the later requests of a piece of work."""

        def look(state: BreakerState) -> BreakerState:
            self._refuse_while_open(state)
            return state

        self._change_or_refuse(look)

    def limited(self) -> SourceFailure:
        """Record a refusal for too many requests; returns the failure to raise."""

        def open_(state: BreakerState) -> BreakerState:
            # Answers to requests sent before it opened must not double the cool-down.
            if state.limited and self._left(state.open_until) > 0.0:
                return state
            return replace(
                state,
                open_until=self._in(state.cool_down),
                cool_down=min(self._longest, state.cool_down * 2.0),
                limited=True,
            )

        self._count("limited")
        return SourceFailure(self._sentence(self._cell.change(open_)))

    def failed(self, *, refused: bool = False) -> None:
        """Record a connection failure, a server error, or an answer without data (``refused``)."""

        def one_more(state: BreakerState) -> BreakerState:
            state = replace(state, failures=state.failures + 1, refused=refused)
            if self._left(state.open_until) > 0.0:
                return state
            if self._left(state.trying_until) > 0.0 or state.failures >= self._tolerated:
                opened = self._in(self._failure_pause)
                return replace(state, open_until=opened, limited=False, failures=0)
            return state

        self._count("failed")
        self._cell.change(one_more)

    def succeeded(self) -> None:
        """Record a good answer; one that was under way when the breaker opened does not count."""

        def close(state: BreakerState) -> BreakerState:
            if self._left(state.open_until) > 0.0:
                return state
            return BreakerState(self._first_cool_down, trying_until=state.trying_until)

        self._count("answered")
        self._cell.change(close)

    def _change_or_refuse(self, step: Callable[[BreakerState], BreakerState]) -> None:
        try:
            self._cell.change(step)
        except SourceFailure:
            self._count("refused")
            raise

    def _count(self, outcome: str) -> None:
        with self._lock:
            self._outcomes[outcome] += 1

    def _in(self, seconds: float) -> float:
        return self._clock() + seconds

    def _left(self, until: float | None) -> float:
        left = 0.0 if until is None else until - self._clock()
        farthest = max(self._longest, self._failure_pause, self._longest_try) + _SKEW_SECONDS
        return left if 0.0 < left <= farthest else 0.0

    def _refuse_while_open(self, state: BreakerState) -> None:
        if self._left(state.open_until) > 0.0:
            raise SourceFailure(self._sentence(state))

    def _sentence(self, state: BreakerState) -> str:
        left = self._left(state.open_until)
        what = "refuses requests" if state.refused else "does not answer"
        what = "is limiting requests" if state.limited else what
        when = f"next try in {-int(-left // 1)} s" if left > 0.0 else "a next try is under way"
        return f"{self._provider} {what}; {when}."


def _clock_for(shared_state: SharedState | None) -> Callable[[], float]:
    """Processes, and machines, have no monotonic clock in common."""
    return time.monotonic if shared_state is None else time.time
