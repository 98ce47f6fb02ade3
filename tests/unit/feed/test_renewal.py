"""Renewal of bars, and the second source of a price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from analytics.feed import FeedPace, SessionBaseline
from analytics.feed.baselines import BaselineRenewal
from analytics.feed.book import QuoteBook
from analytics.feed.second_source import SecondSource
from analytics.model.vocabulary import MinuteBars, Quote, SourceFailure
from tests.support.small_feeds import CLOSES, NOON, Ticker, baselines_of, market_on, tick
from tests.unit.feed.test_tape import minutes_at

CLOSE = float(CLOSES[-1])
HOUR = 3600.0


@dataclass
class Bench:
    """A book and its bars on a clock moved by hand; what is loaded in a thread is awaited."""

    clock: Ticker = field(default_factory=Ticker)
    loads: list[float] = field(default_factory=list)
    forgotten: list[tuple[float, str]] = field(default_factory=list)
    error: Exception | None = None
    speed: float | None = None

    def __post_init__(self) -> None:
        now = lambda: NOON + dt.timedelta(hours=8)  # noqa: E731
        self.book = QuoteBook(now)
        clock = None if self.speed is None else self
        market = market_on(now=lambda: NOON, baselines=self.load, forget=self.forget, clock=clock)
        self.renewal = BaselineRenewal(self.book, market, lambda: ("TEST",), FeedPace(), self.clock)

    def load(self, symbols: tuple[str, ...]) -> tuple[dict[str, SessionBaseline], dict[str, str]]:
        self.loads.append(self.clock.time - 1000)
        if self.error is not None:
            raise self.error
        return baselines_of(symbols)

    def forget(self, symbols: Iterable[str]) -> None:
        self.forgotten += [(self.clock.time - 1000, symbol) for symbol in symbols]

    def run(self, seconds: float, step: float = 1.0) -> None:
        ends = self.clock.time + seconds
        while self.clock.time < ends:
            self.renewal.step()
            for group in self.renewal._groups:
                if group.loading is not None:
                    group.loading.join()
            self.clock.time += step


class TestBaselines:
    def test_they_are_looked_at_every_five_minutes(self) -> None:
        bench = Bench()
        bench.run(900)
        assert bench.loads == [0, 300, 600]

    def test_a_failure_is_tried_again_soon(self) -> None:
        bench = Bench(error=SourceFailure("away"))
        bench.run(25)
        assert bench.loads == [0, 10, 20]

    @pytest.mark.parametrize(("speed", "every"), [(1.0, 300), (10.0, 30), (60.0, 5), (0.0, 300)])
    def test_a_fast_simulation_is_followed(self, speed: float, every: int) -> None:
        bench = Bench(speed=speed)
        bench.run(2 * every + 1)
        assert bench.loads == [0, every, 2 * every]

    def test_bars_that_quotes_disagree_with_are_fetched_again_ever_more_rarely(self) -> None:
        bench = Bench()
        bench.run(1)
        bench.book.accept([tick(CLOSE, previous_close=CLOSE * 0.97)])
        bench.run(2 * HOUR)
        times = [time for time, _ in bench.forgotten]
        assert times == [1, 61, 181, 421, 901, 1801 + 60, 3601 + 60, 5401 + 60]
        assert set(times) <= set(bench.loads)

    def test_once_they_agree_the_next_difference_is_looked_at_at_once(self) -> None:
        bench = Bench()
        bench.run(1)
        bench.book.accept([tick(CLOSE, previous_close=CLOSE * 0.97)])
        bench.run(10)
        bench.book.accept([tick(CLOSE, s, previous_close=CLOSE) for s in (1, 2)])
        bench.run(10)
        bench.book.accept([tick(CLOSE, s, previous_close=CLOSE * 0.9) for s in (3, 4)])
        bench.run(1)
        assert [time for time, _ in bench.forgotten] == [1, 21]


@dataclass
class Looking:
    """A price that waits, and what is asked about it."""

    clock: Ticker = field(default_factory=Ticker)
    polled: Any = ()
    minutes: Any = None
    asked: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = QuoteBook(lambda: NOON + dt.timedelta(hours=8))
        self.book.set_baselines(baselines_of(("TEST", "ELSE"))[0])
        self.book.accept([tick(CLOSE), tick(CLOSE, symbol="ELSE")])
        market = market_on(
            poll=self.poll, minutes=self.ask_minutes if self.minutes is not None else None
        )
        self.source = SecondSource(self.book, market, 15.0, lambda: None, self.clock)

    def poll(self, symbols: tuple[str, ...]) -> tuple[Quote, ...]:
        self.asked.append((self.clock.time - 1000, f"poll {','.join(symbols)}"))
        if isinstance(self.polled, Exception):
            raise self.polled
        return tuple(self.polled)

    def ask_minutes(self, symbols: tuple[str, ...]) -> dict[str, MinuteBars]:
        self.asked.append((self.clock.time - 1000, f"minutes {','.join(symbols)}"))
        return {"TEST": self.minutes}

    def run(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.source.step()
            if self.source._looking is not None:
                self.source._looking.join()
            self.clock.time += 1.0


class TestSecondSource:
    def test_nothing_is_asked_while_nothing_waits(self) -> None:
        bench = Looking()
        bench.run(60)
        assert bench.asked == []

    def test_a_poll_of_the_symbol_alone_confirms_a_real_move(self) -> None:
        bench = Looking(polled=[tick(50.0, 1)])
        bench.book.accept([tick(50.0, 1)])
        bench.run(60)
        assert bench.asked == [(0, "poll TEST")]
        assert bench.book.lines()["TEST"].quote.price == 50.0

    def test_minutes_are_asked_where_the_poll_says_nothing(self) -> None:
        bench = Looking(minutes=minutes_at(0, 50.1))
        bench.book.accept([tick(50.0, 1)])
        bench.run(60)
        assert bench.asked == [(0, "poll TEST"), (0, "minutes TEST")]
        assert bench.book.lines()["TEST"].quote.price == 50.0

    def test_without_an_answer_it_is_asked_ever_more_rarely(self) -> None:
        bench = Looking(polled=SourceFailure("away"))
        bench.book.accept([tick(50.0, 1)])
        bench.run(400)
        assert [time for time, _ in bench.asked] == [0, 15, 45, 105, 225]

    def test_another_symbol_that_waits_is_asked_about_in_time(self) -> None:
        bench = Looking()
        bench.book.accept([tick(50.0, 1)])
        bench.run(400)
        before = len(bench.asked)
        bench.book.accept([tick(50.0, 1, symbol="ELSE")])
        bench.clock.time += 300
        bench.run(20)
        assert bench.asked[before:][:2] == [(700, "poll ELSE,TEST"), (715, "poll ELSE,TEST")]
