"""The simulated clock: runs from the scenario's opening moment and stands still at its end."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from analytics.model.vocabulary import BadInput
from analytics.sources.demo.scenario import AGAIN, ENDS, OPENS
from analytics.sources.shared import Cell, SharedState

FASTEST = 60.0
LOOK_SECONDS = 0.2
RENEW_SECONDS = 10.0
EXPIRES_SECONDS = 60.0
"""A simulated day that no process has looked at for so long is over: the next begins anew."""


@dataclass(frozen=True)
class Running:
    """How the clock runs since it was last set.

    Attributes:
        shown: simulated time then, seconds since 1970.
        real: the real clock's reading then.
        speed: simulated seconds per real second.
        renewed: the real clock's reading when a process last said that it still looks.
        run: names the simulated day: another run of it has another name.
    """

    shown: float
    real: float
    speed: float
    renewed: float
    run: str = ""


class DemoClock:
    """Simulated time, UTC.

    Args:
        start: timezone-aware time shown at construction, or at the first construction of all
            processes that share a shared state.
        speed: simulated seconds per real second; 0 stands still.
        monotonic: the real clock, in seconds; tests pass their own. None: the wall clock with
            a shared state, for processes have no other in common, else a monotonic one.
        end: the clock never shows a later time.
        shared_state: by what the processes of a deployment play one and the same day.
    """

    def __init__(
        self,
        start: dt.datetime = OPENS,
        speed: float = 1.0,
        monotonic: Callable[[], float] | None = None,
        end: dt.datetime = ENDS,
        shared_state: SharedState | None = None,
    ) -> None:
        self._end = end.astimezone(dt.UTC).timestamp()
        self._real = monotonic or (time.monotonic if shared_state is None else time.time)
        real = self._real()
        run = secrets.token_hex(4)
        begins = Running(start.astimezone(dt.UTC).timestamp(), real, speed, real, run)
        self._cell = Cell(begins, shared_state, "holdline/demo/clock", EXPIRES_SECONDS)
        self._shares = shared_state is not None
        self._lock = threading.Lock()
        self._running = self._cell.change(self._renewed) if self._shares else begins
        self._looked = real

    @property
    def speed(self) -> float:
        """Simulated seconds per real second; 0 while paused."""
        return self._look().speed

    @property
    def run(self) -> str:
        """Names this simulated day, in all processes that share it."""
        return self._look().run

    def set_speed(self, speed: float) -> None:
        """Run faster, slower or (0) not at all, from the moment shown on, in all processes.

        Raises:
            BadInput: for a speed that is neither 0 nor from 1 to `FASTEST`.
        """
        if not (speed == 0.0 or 1.0 <= speed <= FASTEST):
            raise BadInput(f"speed is {speed:g}: 0 (pause) or a number from 1 to {FASTEST:g}.")
        real = self._real()
        changed = self._cell.change(
            lambda running: replace(
                running, shown=self._shown(running, real), real=real, speed=speed, renewed=real
            )
        )
        with self._lock:
            self._running, self._looked = changed, real

    def play_again(self) -> None:
        """Go back to shortly before the open, in all processes; a paused clock runs again."""
        real = self._real()
        begins, run = AGAIN.timestamp(), secrets.token_hex(4)
        changed = self._cell.change(
            lambda running: Running(begins, real, running.speed or 1.0, real, run)
        )
        with self._lock:
            self._running, self._looked = changed, real

    def now(self) -> dt.datetime:
        """The simulated time."""
        running = self._look()
        return dt.datetime.fromtimestamp(self._shown(running, self._real()), dt.UTC)

    def _look(self) -> Running:
        """How the clock runs, as another process may have set it a moment ago."""
        if not self._shares:
            return self._running
        real = self._real()
        with self._lock:
            if abs(real - self._looked) < LOOK_SECONDS:
                return self._running
            self._looked = real
        running = self._cell.change(self._renewed)
        with self._lock:
            self._running = running
        return running

    def _renewed(self, running: Running) -> Running:
        """The same, kept for longer when that is due."""
        real = self._real()
        if 0.0 <= real - running.renewed < RENEW_SECONDS:
            return running
        return replace(running, renewed=real)

    def _shown(self, running: Running, real: float) -> float:
        elapsed = max(0.0, real - running.real) * running.speed
        return min(running.shown + elapsed, max(running.shown, self._end))
