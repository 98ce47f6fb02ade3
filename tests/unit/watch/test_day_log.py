"""The log from minutes is made once a minute, however often prices tick within it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.question import Symbol
from analytics.sources.demo.clock import DemoClock
from analytics.sources.demo.source import DemoSource
from analytics.watch import crossings, day_log
from analytics.watch.day_log import LEVEL_LOG, LevelLog, LevelLogParameters

TEN = dt.datetime(2025, 1, 27, 15, tzinfo=dt.UTC)


class Reader:
    """Asks for SPY's log of a simulated Monday whose clock is moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made = 0
        self.seconds = 0.0
        prints = crossings.prints_of_minutes

        def counted(*asked: Any) -> Any:
            self.made += 1
            return prints(*asked)

        monkeypatch.setattr(day_log, "prints_of_minutes", counted)
        self._source = DemoSource(clock=DemoClock(TEN, monotonic=lambda: self.seconds))

    def at(self, seconds: float) -> LevelLog:
        """So long after ten, from inputs that are fetched anew."""
        self.seconds = seconds
        desk = Desk(self._source, Cache(NoBackend(), Codec(CACHED_TYPES)))
        answer = desk.ask(LEVEL_LOG, LevelLogParameters(Symbol("SPY")))
        assert answer.result is not None, answer.reason
        return answer.result


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    day_log._events.cache_clear()
    return Reader(monkeypatch)


def test_ticks_within_a_minute_find_it_made(reader: Reader) -> None:
    logs = [reader.at(seconds) for seconds in (2, 10, 30, 58)]
    assert reader.made == 1
    assert len({log.lines for log in logs}) == 1
    assert len({log.price for log in logs}) > 1  # which moves all the while


def test_the_next_minute_is_looked_at(reader: Reader) -> None:
    before = reader.at(58)
    after = reader.at(62)
    assert reader.made == 2
    assert len(after.times) == len(before.times) + 1
