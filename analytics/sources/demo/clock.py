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
MOST_COURSES = 100


@dataclass(frozen=True)
class Course:
    """A time in which the clock ran at one speed.

    Attributes:
        shown: simulated time at its beginning, seconds since 1970.
        real: the real clock's reading then.
        speed: simulated seconds per real second.
    """

    shown: float
    real: float
    speed: float

    def shown_at(self, real: float, end: float) -> float:
        """Simulated time at a reading of the real clock that is in it; no later than ``end``."""
        elapsed = max(0.0, real - self.real) * self.speed
        return min(self.shown + elapsed, max(self.shown, end))


@dataclass(frozen=True)
class Running:
    """How the clock runs since it was last set.

    Attributes:
        shown: simulated time then, seconds since 1970.
        real: the real clock's reading then.
        speed: simulated seconds per real second.
        renewed: the real clock's reading when a process last said that it still looks.
        run: names the simulated day: another run of it has another name.
        began: the real clock's reading when the run began; None: when it was last set.
        before: how it ran until then, oldest first; the newest `MOST_COURSES` of this run.
    """

    shown: float
    real: float
    speed: float
    renewed: float
    run: str = ""
    began: float | None = None
    before: tuple[Course, ...] = ()

    @property
    def course(self) -> Course:
        """How it runs now."""
        return Course(self.shown, self.real, self.speed)

    def at_speed(self, speed: float, real: float, end: float) -> Running:
        """The same run at another speed from ``real`` on."""
        began = self.real if self.began is None else self.began
        before = (*self.before, self.course)[-MOST_COURSES:]
        shown = self.course.shown_at(real, end)
        return Running(shown, real, speed, real, self.run, began, before)


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
        wall: the wall clock, seconds since 1970.
    """

    def __init__(
        self,
        start: dt.datetime = OPENS,
        speed: float = 1.0,
        monotonic: Callable[[], float] | None = None,
        end: dt.datetime = ENDS,
        shared_state: SharedState | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._wall = wall
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
        changed = self._cell.change(lambda running: running.at_speed(speed, real, self._end))
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
        return _time(self._look().course.shown_at(self._real(), self._end))

    def time_in_run(self, run: str, at: dt.datetime) -> dt.datetime | None:
        """The simulated time at a moment of the wall clock, in the run of this name.

        A moment from before the run began is from before its day: None where another run plays.
        """
        running, real = self._look(), self._real()
        if running.run != run:
            return None
        then = real - max(0.0, self._wall() - at.timestamp())
        began = running.real if running.began is None else running.began
        courses = (*running.before, running.course)
        if then < began:
            return min(_time(courses[0].shown), AGAIN)
        course = next((one for one in reversed(courses) if one.real <= then), courses[0])
        return _time(course.shown_at(then, self._end))

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


def _time(shown: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(shown, dt.UTC)
