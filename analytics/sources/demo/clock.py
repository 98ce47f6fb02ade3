"""The simulated clock: runs from the scenario's opening moment and stands still at its end."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable

from analytics.sources.demo.scenario import ENDS, OPENS
from analytics.vocabulary import BadInput

FASTEST = 60.0


class DemoClock:
    """Simulated time, UTC.

    Args:
        start: timezone-aware time shown at construction.
        speed: simulated seconds per real second; 0 stands still.
        monotonic: the real clock, in seconds; tests pass their own.
        end: the clock never shows a later time.
    """

    def __init__(
        self,
        start: dt.datetime = OPENS,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
        end: dt.datetime = ENDS,
    ) -> None:
        self._start = start.astimezone(dt.UTC)
        self._end = end.astimezone(dt.UTC)
        self._speed = speed
        self._monotonic = monotonic
        self._began = monotonic()
        self._lock = threading.Lock()

    @property
    def speed(self) -> float:
        """Simulated seconds per real second; 0 while paused."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Run faster, slower or (0) not at all, from the moment shown on.

        Raises:
            BadInput: for a speed that is neither 0 nor from 1 to `FASTEST`.
        """
        if not (speed == 0.0 or 1.0 <= speed <= FASTEST):
            raise BadInput(f"speed is {speed:g}: 0 (pause) or a number from 1 to {FASTEST:g}.")
        with self._lock:
            shown, real = self._shown()
            self._start, self._began, self._speed = shown, real, speed

    def now(self) -> dt.datetime:
        """The simulated time."""
        with self._lock:
            return self._shown()[0]

    def _shown(self) -> tuple[dt.datetime, float]:
        """Simulated time and the real clock's reading it belongs to. Called with the lock."""
        real = self._monotonic()
        elapsed = max(0.0, real - self._began) * self._speed
        left = (self._end - self._start).total_seconds()
        return self._start + dt.timedelta(seconds=min(elapsed, max(0.0, left))), real
