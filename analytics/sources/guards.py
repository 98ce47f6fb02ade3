"""What stands between this program and a provider it must not wear out.

A token bucket spaces requests, a circuit breaker stops them while the provider refuses or
fails. Both are thread-safe and take their clock from outside.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from analytics.vocabulary import SourceFailure


class RateLimiter:
    """A token bucket: ``burst`` requests at once, then ``per_second`` of them.

    Callers reserve their turn in the order they come and sleep until it.
    """

    def __init__(
        self,
        per_second: float = 4.0,
        burst: int = 8,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._tokens = float(burst)
        self._filled_at = clock()

    def acquire(self, max_wait: float = 60.0) -> None:
        """Take one token, sleeping until it is due.

        Raises:
            SourceFailure: at once, and without taking a token, when the turn would come later
                than ``max_wait`` seconds from now.
        """
        with self._lock:
            time_now = self._clock()
            earned = (time_now - self._filled_at) * self._per_second
            self._tokens = min(float(self._burst), self._tokens + earned)
            self._filled_at = time_now
            wait = max(0.0, (1.0 - self._tokens) / self._per_second)
            if wait > max_wait:
                raise SourceFailure(
                    f"More requests wait for their turn than {max_wait:.0f} s allow; "
                    "try again in a minute."
                )
            self._tokens -= 1.0
        if wait > 0.0:
            self._sleep(wait)


class CircuitBreaker:
    """Stops asking a provider that refuses or fails, and tries again with one caller.

    It opens on the first refusal for too many requests (``cool_down`` seconds, doubled at each
    further refusal up to ``longest``), and after ``tolerated`` failures in a row (for
    ``failure_pause`` seconds). When the time is up one caller may try (half-open); its success
    closes the breaker and sets every count back.
    """

    def __init__(
        self,
        provider: str,
        clock: Callable[[], float] = time.monotonic,
        *,
        cool_down: float = 60.0,
        longest: float = 900.0,
        tolerated: int = 5,
        failure_pause: float = 30.0,
    ) -> None:
        self._provider = provider
        self._clock = clock
        self._first_cool_down = cool_down
        self._cool_down = cool_down
        self._longest = longest
        self._tolerated = tolerated
        self._failure_pause = failure_pause
        self._lock = threading.Lock()
        self._failures = 0
        self._limited = False
        self._open_until: float | None = None
        self._trying = False
        self._outcomes = Counter({"answered": 0, "failed": 0, "limited": 0, "refused": 0})

    @property
    def state(self) -> str:
        """``closed`` (asking), ``open`` (not asking) or ``half-open`` (one may try)."""
        with self._lock:
            if self._open_until is None:
                return "closed"
            return "open" if self._seconds_left() > 0.0 else "half-open"

    @property
    def status(self) -> str | None:
        """Why nothing, or but one try, is asked at present, in one sentence, or None."""
        with self._lock:
            return None if self._open_until is None else self._sentence(self._seconds_left())

    @property
    def outcomes(self) -> dict[str, int]:
        """Requests since the start by outcome; ``refused`` ones were not sent."""
        with self._lock:
            return dict(self._outcomes)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Run one piece of work under the breaker.

        Raises:
            SourceFailure: before the work, while the breaker is open or another caller is
                the one trying.
        """
        with self._lock:
            self._refuse_while_open()
            if self._trying:
                raise SourceFailure(self._sentence(0.0))
            trying = self._open_until is not None
            self._trying = trying
        try:
            yield
        finally:
            if trying:
                with self._lock:
                    self._trying = False

    def check(self) -> None:
        """Raise `SourceFailure` while open; for the later requests of a piece of work."""
        with self._lock:
            self._refuse_while_open()

    def limited(self) -> SourceFailure:
        """Record a refusal for too many requests; returns the failure to raise."""
        with self._lock:
            self._outcomes["limited"] += 1
            # Answers to requests sent before it opened must not double the cool-down.
            if not (self._limited and self._seconds_left() > 0.0):
                self._open_until = self._clock() + self._cool_down
                self._cool_down = min(self._longest, self._cool_down * 2.0)
                self._limited = True
            return SourceFailure(self._sentence(self._seconds_left()))

    def failed(self) -> None:
        """Record a connection failure or a server error."""
        with self._lock:
            self._outcomes["failed"] += 1
            self._failures += 1
            if self._seconds_left() > 0.0:
                return
            if self._trying or self._failures >= self._tolerated:
                self._open_until = self._clock() + self._failure_pause
                self._limited = False
                self._failures = 0

    def succeeded(self) -> None:
        """Record a good answer; one that was under way when the breaker opened does not count."""
        with self._lock:
            self._outcomes["answered"] += 1
            if self._seconds_left() > 0.0:
                return
            self._open_until = None
            self._failures = 0
            self._limited = False
            self._cool_down = self._first_cool_down

    def _seconds_left(self) -> float:
        return 0.0 if self._open_until is None else max(0.0, self._open_until - self._clock())

    def _refuse_while_open(self) -> None:
        left = self._seconds_left()
        if left > 0.0:
            self._outcomes["refused"] += 1
            raise SourceFailure(self._sentence(left))

    def _sentence(self, left: float) -> str:
        what = "is limiting requests" if self._limited else "does not answer"
        when = f"next try in {-int(-left // 1)} s" if left > 0.0 else "a next try is under way"
        return f"{self._provider} {what}; {when}."
