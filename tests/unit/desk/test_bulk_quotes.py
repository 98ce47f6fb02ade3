"""One upstream call for all symbols followed, whoever asks."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.cache.backend import Backend
from analytics.cache.disk_backend import DiskBackend
from analytics.desk.bulk_quotes import BulkQuotes
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.vocabulary import Quote, SourceFailure
from analytics.sources.base import Capabilities, Source
from tests.support.builders import Clock


@dataclass
class Quoting(Source):
    """Quotes every symbol at its own length, and counts the calls."""

    clock: Clock
    calls: list[tuple[str, ...]] = field(default_factory=list)
    error: Exception | None = None

    name = "Quoting"
    capabilities = Capabilities(remote=True, quotes=True)

    def quotes(self, symbols: tuple[str, ...]) -> tuple[Quote, ...]:
        self.calls.append(symbols)
        if self.error is not None:
            raise self.error
        return tuple(Quote(s, float(len(s)), self.clock()) for s in symbols if s != "NONE")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(clock: Clock) -> Quoting:
    return Quoting(clock)


def bulk(source: Quoting, backend: Backend | None = None) -> BulkQuotes:
    cache = Cache(backend or NoBackend(), Codec(CACHED_TYPES), clock=source.clock)
    return BulkQuotes(source, cache, source.clock)


def prices(got: Any) -> dict[str, float]:
    return {quote.symbol: quote.price for quote in got.value.quotes}


class TestOneCall:
    def test_brings_all_that_are_followed(self, source: Quoting) -> None:
        quotes = bulk(source)
        for symbol in ("CCC", "A", "BB"):
            quotes.follow(symbol)
        for symbol in ("A", "BB", "CCC"):
            got = quotes.newest(symbol)
            assert got is not None
            assert prices(got) == {"A": 1.0, "BB": 2.0, "CCC": 3.0}
        assert source.calls == [("A", "BB", "CCC")]

    def test_a_symbol_that_was_not_in_it_makes_one_more_for_all(self, source: Quoting) -> None:
        quotes = bulk(source)
        quotes.newest("A")
        quotes.newest("BB")
        quotes.newest("A")
        assert source.calls == [("A",), ("A", "BB")]

    def test_one_that_has_no_quote_is_not_asked_for_again(self, source: Quoting) -> None:
        quotes = bulk(source)
        for _ in range(3):
            got = quotes.newest("NONE")
            assert got is not None
            assert got.value.quote_of("NONE") is None
        assert len(source.calls) == 1

    def test_stands_for_about_a_minute(self, source: Quoting, clock: Clock) -> None:
        quotes = bulk(source)
        quotes.newest("A")
        clock.advance(seconds=54)
        quotes.newest("A")
        assert len(source.calls) == 1
        clock.advance(seconds=2)
        quotes.newest("A")
        assert len(source.calls) == 2

    def test_what_nobody_needs_any_more_is_left_out(self, source: Quoting, clock: Clock) -> None:
        quotes = bulk(source)
        quotes.newest("OLD")
        clock.advance(minutes=11)
        quotes.newest("NEW")
        assert source.calls[-1] == ("NEW",)

    def test_many_threads_make_one(self, source: Quoting) -> None:
        quotes = bulk(source)
        together = threading.Barrier(16)

        def ask(number: int) -> float:
            together.wait(10)
            got = quotes.newest("A")
            assert got is not None
            return prices(got)["A"]

        with ThreadPoolExecutor(16) as pool:
            assert set(pool.map(ask, range(16))) == {1.0}
        assert len(source.calls) == 1


def two_processes(source: Quoting, folder: Path) -> tuple[BulkQuotes, BulkQuotes]:
    backends = [DiskBackend(folder / "cache", allow_temporary=True) for _ in range(2)]
    return bulk(source, backends[0]), bulk(source, backends[1])


class TestProcesses:
    def test_share_the_answer_and_what_they_follow(self, source: Quoting, tmp_path: Path) -> None:
        one, other = two_processes(source, tmp_path)
        one.newest("A")
        assert other.newest("A") is not None
        assert source.calls == [("A",)]
        other.newest("BB")
        one.newest("A")
        one.newest("BB")
        assert source.calls == [("A",), ("A", "BB")]

    def test_the_next_minutes_call_serves_both(
        self, source: Quoting, clock: Clock, tmp_path: Path
    ) -> None:
        one, other = two_processes(source, tmp_path)
        one.newest("A")
        other.newest("BB")
        for _ in range(3):
            clock.advance(seconds=60)
            before = len(source.calls)
            one.newest("A")
            other.newest("BB")
            assert source.calls[before:] == [("A", "BB")]


class TestFailure:
    def test_is_not_repeated_for_a_minute(self, source: Quoting, clock: Clock) -> None:
        quotes = bulk(source)
        source.error = SourceFailure("Yahoo wants a crumb and gives none (HTTP 401).")
        assert [quotes.newest("A") for _ in range(3)] == [None] * 3
        assert len(source.calls) == 1
        source.error = None
        clock.advance(seconds=61)
        assert quotes.newest("A") is not None

    def test_a_poll_says_it(self, source: Quoting) -> None:
        source.error = SourceFailure("Yahoo does not answer.")
        with pytest.raises(SourceFailure, match="does not answer"):
            bulk(source).poll(("A",))


class TestPoll:
    def test_asks_each_time_and_serves_the_bars_too(self, source: Quoting, clock: Clock) -> None:
        quotes = bulk(source)
        quotes.follow("BB")
        for _ in range(2):
            assert [quote.symbol for quote in quotes.poll(("A",))] == ["A"]
            clock.advance(seconds=15)
        assert source.calls == [("A", "BB")] * 2
        assert quotes.newest("BB") is not None
        assert len(source.calls) == 2

    def test_ages_by_the_wall_clock(self, source: Quoting, clock: Clock) -> None:
        quotes = bulk(source)
        got = quotes.newest("A")
        assert got is not None
        clock.advance(seconds=12)
        assert quotes.age_seconds(got) == dt.timedelta(seconds=12).total_seconds()
