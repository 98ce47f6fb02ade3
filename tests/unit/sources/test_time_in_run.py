"""The simulated time at a moment of the wall clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from analytics.model.sessions import NEW_YORK
from analytics.sources.demo import DemoClock
from tests.support.small_feeds import MemorySharedState

SET_UP = 1_800_000_000.0
"""Of the wall clock when the simulated day begins."""


@dataclass
class Real:
    """Both real clocks of the machine."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return 50.0 + self.seconds

    def wall(self) -> float:
        return SET_UP + self.seconds

    def after(self, seconds: float) -> dt.datetime:
        return dt.datetime.fromtimestamp(SET_UP + seconds, dt.UTC)


def at(clock: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2025-01-27T{clock}").replace(tzinfo=NEW_YORK)


@pytest.fixture(params=[False, True], ids=["one process", "several"])
def day(request: pytest.FixtureRequest) -> tuple[DemoClock, Real]:
    """Ten seconds at 1x from 10:00 on, twenty at 60x, thirty paused, then 1x."""
    real = Real()
    shared = MemorySharedState() if request.param else None
    clock = DemoClock(at("10:00"), 1.0, real.monotonic, shared_state=shared, wall=real.wall)
    for seconds, speed in ((10.0, 60.0), (30.0, 0.0), (60.0, 1.0)):
        real.seconds = seconds
        clock.set_speed(speed)
    real.seconds = 100.0
    return clock, real


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1.0, "09:25:00"),
        (0.0, "10:00:00"),
        (4.0, "10:00:04"),
        (10.0, "10:00:10"),
        (20.0, "10:10:10"),
        (30.0, "10:20:10"),
        (45.0, "10:20:10"),
        (61.0, "10:20:11"),
        (100.0, "10:20:50"),
        (999.0, "10:20:50"),
    ],
)
def test_it_is_what_the_clock_showed_then(
    day: tuple[DemoClock, Real], seconds: float, shown: str
) -> None:
    clock, real = day
    assert clock.time_in_run(clock.run, real.after(seconds)) == at(shown)


def test_a_day_played_again_has_nothing_of_the_run_before(day: tuple[DemoClock, Real]) -> None:
    clock, real = day
    before = clock.run
    clock.play_again()
    assert clock.time_in_run(before, real.after(4.0)) is None
    assert clock.time_in_run(clock.run, real.after(4.0)) == at("09:25:00")
    real.seconds = 130.0
    assert clock.time_in_run(clock.run, real.after(110.0)) == at("09:25:10")


def test_times_stay_known_over_very_many_changes_of_speed() -> None:
    """The oldest are let go: what was set then counts from what is known, and no earlier."""
    real = Real()
    clock = DemoClock(at("10:00"), 1.0, real.monotonic, wall=real.wall)
    for change in range(1, 301):
        real.seconds = float(change)
        clock.set_speed(1.0)
    assert clock.time_in_run(clock.run, real.after(250.5)) == at("10:04:10.500000")
    early = clock.time_in_run(clock.run, real.after(10.0))
    assert early is not None
    assert at("10:00:10") <= early <= at("10:03:21")
