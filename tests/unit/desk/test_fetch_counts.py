"""Fetches counted at the source: nothing is renewed that cannot change."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from typing import Any

import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.archive import Archive
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.question import Needs, Symbol
from analytics.model.vocabulary import SourceFailure
from analytics.sources.demo import DemoClock, DemoSource
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from analytics.studies.supports.watchlist import WATCHLIST, WatchlistParameters
from tests.support.builders import FRIDAY, MONDAY, Clock, FakeSource, make_desk, make_frame, walk

SPY = SupportsParameters(Symbol("SPY"))
AAA = WatchlistParameters((Symbol("AAA"),))
MONDAY_NOON = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)
FRIDAY_EVENING = dt.datetime(2025, 1, 24, 23, tzinfo=dt.UTC)


def source_of(last: dt.date, at: dt.datetime) -> tuple[FakeSource, Clock, Desk]:
    clock = Clock(at)
    frames = {name: make_frame(walk(260, seed), last) for seed, name in enumerate(("SPY", "AAA"))}
    source = FakeSource(frames, clock)
    return source, clock, make_desk(source)


def settle() -> None:
    for thread in threading.enumerate():
        if thread.name == "refresh" or thread.name.startswith("fetch "):
            thread.join(20)


def asked_through(desk: Desk, clock: Clock, hours: int, as_of: dt.date | None = None) -> None:
    """Ask every half hour."""
    for _ in range(2 * hours):
        desk.ask(SUPPORTS, SPY, as_of)
        settle()
        clock.advance(minutes=30)


class TestFixedPast:
    def test_it_is_fetched_and_computed_once_a_session(self) -> None:
        source, clock, desk = source_of(MONDAY, MONDAY_NOON)
        first = desk.ask(SUPPORTS, SPY, FRIDAY)
        asked_through(desk, clock, 20, FRIDAY)  # until Tuesday 08:00, in New York
        assert source.calls == {"SPY": 1}
        assert desk.ask(SUPPORTS, SPY, FRIDAY) is first

    def test_the_next_session_may_bring_a_split(self) -> None:
        source, clock, desk = source_of(MONDAY, MONDAY_NOON)
        desk.ask(SUPPORTS, SPY, FRIDAY)
        clock.advance(hours=22)  # Tuesday 10:00
        desk.ask(SUPPORTS, SPY, FRIDAY)
        settle()
        assert source.calls["SPY"] == 2

    def test_a_close_of_minutes_ago_is_looked_at_again(self) -> None:
        source, clock, desk = source_of(MONDAY, dt.datetime(2025, 1, 27, 21, 5, tzinfo=dt.UTC))
        asked_through(desk, clock, 1, MONDAY)
        assert source.calls["SPY"] > 1

    def test_what_failed_is_asked_for_again(self) -> None:
        source, clock, desk = source_of(MONDAY, MONDAY_NOON)
        source.errors["AAA"] = SourceFailure("Fake gives no answer.")
        asked = WatchlistParameters((Symbol("SPY"), Symbol("AAA")))
        assert "AAA" in desk.ask(WATCHLIST, asked, FRIDAY).provenance.missing
        del source.errors["AAA"]
        clock.advance(minutes=5)
        assert not desk.ask(WATCHLIST, asked, FRIDAY).provenance.missing


class TestOnThisMachine:
    def test_a_table_is_made_once_a_pace_whenever_its_symbols_were_first_asked_for(self) -> None:
        source, clock, desk = source_of(MONDAY, MONDAY_NOON)
        source.capabilities = replace(source.capabilities, remote=False)  # a pace of 60 s
        clock.advance(seconds=10)
        desk.ask(SUPPORTS, SPY)
        clock.advance(seconds=25)
        desk.ask(WATCHLIST, AAA)
        clock.advance(seconds=25)
        both = WatchlistParameters((Symbol("SPY"), Symbol("AAA")))
        answers = {}
        for _ in range(12 * 5):  # five minutes, every five seconds
            answer = desk.ask(WATCHLIST, both)
            answers[id(answer)] = answer
            clock.advance(seconds=5)
        assert len(answers) == 5
        assert source.calls == {"SPY": 6, "AAA": 6}


class TestSimulatedDay:
    """A simulated clock runs ahead of the cache's, and back: what is kept is of its own day."""

    NEEDS = Needs(bars=(Symbol("SPY"),), full_history=True)

    @pytest.fixture(autouse=True)
    def _played(self) -> None:
        self.seconds = 0.0
        before_the_open = dt.datetime(2025, 1, 27, 14, 26, tzinfo=dt.UTC)
        self.clock = DemoClock(before_the_open, monotonic=lambda: self.seconds)
        source = DemoSource(clock=self.clock)
        archive = Archive(None, source, source.now, run=lambda: self.clock.run)
        self.desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)), 60.0, archive=archive)

    def test_a_whole_history_has_the_session_as_soon_as_it_opens(self) -> None:
        assert self.desk.inputs(self.NEEDS).bars["SPY"].last_session == FRIDAY
        self.seconds += 300
        assert self.desk.inputs(self.NEEDS).bars["SPY"].last_session == MONDAY

    def test_nothing_of_the_run_before_is_in_the_next(self) -> None:
        self.seconds += 6 * 3600
        late = self.desk.inputs(self.NEEDS).bars["SPY"]
        self.clock.play_again()
        self.seconds += 600
        early = self.desk.inputs(self.NEEDS).bars["SPY"]
        assert early.last_time is not None
        assert late.last_time is not None
        assert early.last_time < late.last_time
        assert early.volume[-1] < late.volume[-1]


class TestFinishedSession:
    def test_its_bars_are_fetched_once_until_the_next_open(self) -> None:
        source, clock, desk = source_of(FRIDAY, FRIDAY_EVENING)
        asked_through(desk, clock, 62)  # until Monday 08:00
        assert source.calls == {"SPY": 1}
        clock.advance(hours=2)
        desk.ask(SUPPORTS, SPY)
        assert source.calls["SPY"] == 2

    def test_a_bar_that_the_provider_left_out_is_asked_for_each_hour(self) -> None:
        source, clock, desk = source_of(FRIDAY - dt.timedelta(days=1), FRIDAY_EVENING)
        asked_through(desk, clock, 10)
        assert 5 <= source.calls["SPY"] <= 11
        source.frames = {name: make_frame(walk(261, 0), FRIDAY) for name in source.frames}
        asked_through(desk, clock, 2)
        assert desk.ask(SUPPORTS, SPY).moment.session == FRIDAY


class TestLiveAsk:
    def test_a_fresh_answer_needs_no_bars_of_the_benchmark(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, _, desk = source_of(MONDAY, MONDAY_NOON)
        asked: list[str] = []
        get = desk.cache.get_or_fetch

        def noted(key: str, *rest: Any, **how: Any) -> Any:
            asked.append(key)
            return get(key, *rest, **how)

        monkeypatch.setattr(desk.cache, "get_or_fetch", noted)
        first = desk.ask(WATCHLIST, AAA)
        assert any("|SPY|" in key for key in asked)
        asked.clear()
        assert desk.ask(WATCHLIST, AAA) is first
        assert asked == []

    def test_a_newer_session_of_the_benchmark_ends_it(self) -> None:
        source, _, desk = source_of(FRIDAY, dt.datetime(2025, 1, 27, 14, 45, tzinfo=dt.UTC))
        assert desk.ask(WATCHLIST, AAA).moment.session == FRIDAY
        source.frames = {name: make_frame(walk(261), MONDAY) for name in source.frames}
        desk.forget_bars(["SPY", "AAA"])
        assert desk.ask(SUPPORTS, SPY).moment.session == MONDAY
        assert desk.ask(WATCHLIST, AAA).moment.session == MONDAY
