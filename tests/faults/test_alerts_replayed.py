"""Alerts of rules that are set in the middle of a session, or of a simulated one played again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pytest

from analytics.feed import Snapshot
from analytics.model.vocabulary import MinuteBars, SourceFailure
from analytics.runtime.alerts.engine import Engine
from analytics.runtime.alerts.history import DeskHistory
from tests.faults.test_alerts_slept import TUESDAY, AlertBench
from tests.unit.runtime.test_watcher import MONDAY, new_york

AT: dict[str, Any] = {"symbol": "SPY", "at": "prior day low"}
"""Friday went from 100 to 101, its low is 99.00; the 50-DMA is 100.02."""
TOUCHES = AT | {"kind": "touch"}
LOSES = AT | {"kind": "crossing", "does": "loses"}
BEGINS = new_york("09:25", MONDAY)
CROSSED_BEFORE = (
    TOUCHES,
    LOSES,
    AT | {"kind": "near", "distance": 0.01, "unit": "pct"},
    {"kind": "crossing", "symbol": "SPY", "does": "loses", "sessions": 50},
    {"kind": "near", "symbol": "SPY", "sessions": 50, "distance": 0.01, "unit": "pct"},
)


@dataclass
class _InRun:
    watcher: Any
    engine: Engine
    speed: float
    run: str = "run"

    def see(self, shot: Snapshot) -> None:
        self.watcher.see(shot)
        content = msgspec.structs.replace(shot.content, speed=self.speed)
        self.engine.step(Snapshot(shot.sequence, msgspec.json.encode(content)), self.run)


@dataclass
class RunBench(AlertBench):
    """A simulated market; ``begins``: rules that are older than its run count from then."""

    begins: dt.datetime = BEGINS
    speed: float = 1.0

    def begin(self) -> None:
        watcher = self.start()
        engine = Engine(
            self.records,
            lambda: None,
            lambda: "run",
            monotonic=lambda: self.clock.time.timestamp() / self.speed,
            history=DeskHistory(self.desks[-1]),
            clock=self.clock,
            time_in_run=lambda run, at: max(at, self.begins) if run == "run" else None,
        )
        self.watcher = _InRun(watcher, engine, self.speed)  # type: ignore[assignment]


@pytest.mark.parametrize("bench", [AlertBench(), RunBench()], ids=["real", "simulated"])
@pytest.mark.parametrize("rule", CROSSED_BEFORE)
def test_a_rule_set_after_a_crossing_tells_nothing_of_it(
    bench: AlertBench, rule: dict[str, Any]
) -> None:
    bench = type(bench)()
    bench.begin()
    for clock, price in (("09:31", 98.5), ("09:50", 101.0), ("10:00", 101.1)):
        bench.see(clock, price)
    bench.set(rule, at="10:00:10")
    bench.see("10:01", 101.2)
    bench.see("10:02", 101.1)
    assert bench.told() == []


def test_it_tells_what_comes_after() -> None:
    bench = RunBench()
    bench.begin()
    for clock, price in (("09:31", 98.5), ("09:50", 101.0)):
        bench.see(clock, price)
    bench.set(TOUCHES, at="10:00")
    bench.see("10:01", 101.2)
    bench.see("10:02", 98.9)
    assert bench.told() == ["SPY touched its prior day low at 10:02: 98.90"]


@pytest.mark.parametrize("rule", [TOUCHES, LOSES, LOSES | {"by_close": True}])
def test_a_day_played_again_tells_nothing_of_the_day_before(rule: dict[str, Any]) -> None:
    """Monday's close is 98.5, under the level; Tuesday is what is played."""
    bench = RunBench(close=98.5, begins=new_york("09:25", TUESDAY))
    bench.set(rule, at="14:00")
    bench.begin()
    bench.wake(TUESDAY, "09:26")
    assert bench.told() == []


def test_a_run_that_is_over_tells_nothing() -> None:
    bench = RunBench()
    bench.set(TOUCHES)
    bench.begin()
    bench.watcher.run = "run before"  # type: ignore[attr-defined]
    bench.see("09:31", 98.0)
    assert bench.told() == []
    bench.watcher.run = "run"  # type: ignore[attr-defined]
    bench.see("09:32", 98.0)
    assert bench.told() == ["SPY touched its prior day low by 09:32: 98.00"]


def minutes_of_the_day() -> MinuteBars:
    """101 all morning; 98.8 at 10:17, 98.7 from then on."""
    starts = np.arange("2025-01-27T14:30", "2025-01-27T15:31", dtype="datetime64[m]")
    prices = np.array([101.0] * 47 + [98.8] + [98.7] * 13)
    zeros = np.zeros(len(prices))
    seconds = starts.astype("datetime64[s]")
    return MinuteBars("SPY", MONDAY, seconds, prices, prices, prices, prices, zeros)


class TestFoundLate:
    """A level that cannot be had until 10:29."""

    def told(self, monkeypatch: pytest.MonkeyPatch, rule: dict[str, Any]) -> list[str]:
        monkeypatch.setattr(DeskHistory, "minutes", lambda *_: minutes_of_the_day())
        bench = AlertBench()
        bench.set(rule)
        bench.begin()
        bench.source.errors["SPY"] = SourceFailure("away")
        bench.see("09:31", 101.0)
        bench.see("10:29", 98.7)
        assert bench.told() == []
        bench.source.errors.clear()
        bench.see("10:30:30", 98.7)
        return bench.told()

    def test_a_crossing_has_its_true_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.told(monkeypatch, LOSES) == [
            "SPY is under its prior day low, first at 10:17 (provisional)"
        ]

    def test_a_touch_has_its_true_time_and_price(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.told(monkeypatch, TOUCHES) == ["SPY touched its prior day low at 10:17: 98.80"]

    def test_nearness_has_its_true_time_and_price(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rule = AT | {"kind": "near", "distance": 0.4, "unit": "pct"}
        assert self.told(monkeypatch, rule) == [
            "SPY is within 0.4% of its prior day low, first at 10:17: 98.80"
        ]

    def test_a_fast_clock_does_not_wait_an_hour(self) -> None:
        """Two real seconds at 60 times the speed are two minutes of the market's."""
        bench = RunBench(speed=60.0)
        bench.set(TOUCHES)
        bench.begin()
        bench.source.errors["SPY"] = SourceFailure("away")
        bench.see("09:31", 101.0)
        bench.source.errors.clear()
        bench.see("09:34", 98.9)
        assert bench.told() == ["SPY touched its prior day low at 09:34: 98.90"]
