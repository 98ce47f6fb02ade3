"""The simulated day before its open, and played again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from time import monotonic

import pytest

from analytics.assembly import open_feed
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.feed import Feed, FeedPace
from analytics.feed.baselines import BaselineRenewal
from analytics.feed.book import QuoteBook
from analytics.model.live import Mode
from analytics.model.question import Symbol
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import BadInput
from analytics.sources.demo import DemoClock, DemoSource
from analytics.watch.session_baseline import SESSION_BASELINES, SessionBaselinesParameters
from tests.support.small_feeds import MemorySharedState, friday_baseline, market_on, tick
from tests.support.waiting import until

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
        feed = Feed(MemorySharedState(), market_on(now=lambda: at(12, 0)), ())
        with pytest.raises(BadInput, match="Only a simulated market"):
            feed.play_again()

    def test_the_feed_forgets_the_prices_that_would_be_newer(self) -> None:
        clock = DemoClock(start=at(12, 10), speed=0.0, monotonic=lambda: 0.0)
        feed = Feed(MemorySharedState(), market_on(now=clock.now, clock=clock), ("TEST",))
        feed._leader.book.set_baselines({"TEST": friday_baseline()})
        assert feed._leader.book.accept([tick(100.0)]) == 1
        feed.step()
        assert feed.peek().content.feed.mode == Mode.NONE
        assert set(feed.peek().content.quotes) == {"TEST"}
        feed.play_again()
        feed.step()
        assert feed.peek().content.quotes == {}
        assert feed.peek().content.phase == "pre-market"
        feed.close()

    def test_prices_move_again_though_the_desk_has_just_seen_the_close(self) -> None:
        ahead = 0.0  # of the real clock: six seconds of it would be six minutes of the day
        clock = DemoClock(start=at(16, 1), speed=60.0, monotonic=lambda: monotonic() + ahead)
        source = DemoSource(clock=clock)
        desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)))
        feed = open_feed(desk)

        def time() -> dt.datetime | None:
            quote = feed.watch().content.quotes.get("SPY")
            return quote.time if quote else None

        try:
            until(lambda: time() == at(16, 0))
            desk.ask(SESSION_BASELINES, SessionBaselinesParameters((Symbol("SPY"),)))
            feed.play_again()
            ahead = 6.0
            until(lambda: (shown := time()) is not None and at(9, 31) < shown < at(12, 0))
        finally:
            feed.close()
            desk.close()

    def test_bars_of_the_day_before_it_began_anew_are_not_believed(self) -> None:
        clock = DemoClock(start=at(9, 40), speed=0.0, monotonic=lambda: 0.0)
        stale = replace(friday_baseline(), session=MONDAY, bar=tick(100.0, 4 * 3600))  # 16:00
        book = QuoteBook(clock.now)
        market = market_on(now=clock.now, clock=clock, baselines=lambda _: ({"TEST": stale}, {}))
        BaselineRenewal(book, market, lambda: ("TEST",), FeedPace()).load()
        assert book.lines() == {}
