"""The simulated clock: runs from the scenario's opening moment and stands still at its end."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from analytics.sources.demo.scenario import ENDS, OPENS


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

    def now(self) -> dt.datetime:
        """The simulated time."""
        elapsed = max(0.0, self._monotonic() - self._began) * self._speed
        left = (self._end - self._start).total_seconds()
        return self._start + dt.timedelta(seconds=min(elapsed, max(0.0, left)))
