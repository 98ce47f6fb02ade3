"""The simulated day before its open, and played again."""

from __future__ import annotations

import datetime as dt

import pytest

from analytics.feed import Feed
from analytics.feed.upstream import Mode
from analytics.sessions import NEW_YORK
from analytics.sources.demo import DemoClock, DemoSource
from analytics.vocabulary import BadInput
from tests.small_feeds import MemoryBoard, bases_of, friday_basis, tick

MONDAY = dt.date(2025, 1, 27)


def at(hour: int, minute: int) -> dt.datetime:
    return dt.datetime(2025, 1, 27, hour, minute, tzinfo=NEW_YORK).astimezone(dt.UTC)


def price_at(hour: int, minute: int, symbol: str = "SPY") -> float:
    quote = DemoSource(clock=DemoClock(start=at(hour, minute), speed=0.0)).quote(symbol)
    assert quote is not None
    assert quote.pre_market
    assert (quote.open, quote.high, quote.low) == (None, None, None)
    return quote.price


class TestIndicated:
    def test_it_comes_to_the_open_s_price_by_the_bell(self) -> None:
        opened = DemoSource().minutes("SPY", MONDAY).frame["open"].iloc[0]
        assert price_at(9, 29) == pytest.approx(opened, rel=1e-3)
        assert price_at(8, 0) == pytest.approx(opened, rel=6e-3)

    def test_before_the_pre_market_there_is_none(self) -> None:
        source = DemoSource(clock=DemoClock(start=at(3, 59), speed=0.0))
        assert source.quote("SPY") is None


class TestPlayAgain:
    def test_the_clock_goes_back_to_before_the_open_and_runs(self) -> None:
        clock = DemoClock(start=at(16, 4), speed=0.0, monotonic=lambda: 0.0)
        clock.play_again()
        assert clock.now() == at(9, 25)
        assert clock.speed == 1.0

    def test_it_keeps_a_speed_that_was_chosen(self) -> None:
        clock = DemoClock(speed=60.0, monotonic=lambda: 0.0)
        clock.play_again()
        assert clock.speed == 60.0

    def test_a_real_market_cannot(self) -> None:
        feed = Feed(MemoryBoard(), bases_of, lambda: at(12, 0), ())
        with pytest.raises(BadInput, match="Only a simulated market"):
            feed.play_again()

    def test_the_feed_forgets_the_prices_that_would_be_newer(self) -> None:
        clock = DemoClock(start=at(12, 10), speed=0.0, monotonic=lambda: 0.0)
        feed = Feed(MemoryBoard(), bases_of, clock.now, ("TEST",), clock=clock)
        feed._book.set_bases({"TEST": friday_basis()})
        assert feed._book.accept([tick(100.0)]) == 1
        feed.step()
        assert feed.peek().content["feed"]["mode"] == Mode.NONE
        assert set(feed.peek().content["quotes"]) == {"TEST"}
        feed.play_again()
        feed.step()
        assert feed.peek().content["quotes"] == {}
        assert feed.peek().content["phase"] == "pre-market"
        feed.close()
