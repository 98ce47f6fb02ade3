"""The polled fall-back: Yahoo's bulk quotes, recorded and by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from analytics.model.vocabulary import BadInput, SourceFailure
from analytics.sources.demo import DemoClock, DemoSource
from analytics.sources.yahoo.quotes import read_quotes
from tests.support.loopback.server import Fault, YahooServer, yahoo_server
from tests.support.shared_data import SHARED
from tests.support.small_feeds import NOON, Ticker

EIGHT = dt.datetime(2025, 1, 27, 13, tzinfo=dt.UTC)


def answer(**entry: Any) -> dict[str, Any]:
    usual = {"symbol": "SPY", "regularMarketPrice": 597.1199951, "regularMarketTime": 1737997200}
    return {"quoteResponse": {"result": [usual | entry], "error": None}}


@pytest.fixture
def server() -> Any:
    with yahoo_server() as running:
        yield running


class TestReading:
    def test_the_price_is_rounded_and_the_bar_is_told(self) -> None:
        (quote,) = read_quotes(answer(regularMarketDayLow=594.64, regularMarketVolume=5), NOON)
        assert (quote.price, quote.low, quote.volume) == (597.12, 594.64, 5.0)
        assert quote.time == dt.datetime.fromtimestamp(1737997200, dt.UTC)
        assert not quote.pre_market

    def test_before_the_open_the_indicated_price_is_taken_and_marked(self) -> None:
        payload = answer(preMarketPrice=594.2, preMarketTime=int(EIGHT.timestamp()))
        (quote,) = read_quotes(payload, EIGHT)
        assert (quote.price, quote.pre_market) == (594.2, True)
        (later,) = read_quotes(payload, NOON)
        assert not later.pre_market

    def test_before_the_open_the_last_close_is_the_previous_one(self) -> None:
        friday = int(dt.datetime(2025, 1, 24, 21, tzinfo=dt.UTC).timestamp())
        payload = answer(
            regularMarketPrice=607.97,
            regularMarketTime=friday,
            regularMarketPreviousClose=609.75,  # Thursday's
            preMarketPrice=594.2,
            preMarketTime=int(EIGHT.timestamp()),
        )
        (quote,) = read_quotes(payload, EIGHT)
        assert (quote.pre_market, quote.previous_close) == (True, 607.97)
        opened = answer(regularMarketPrice=594.8, regularMarketPreviousClose=607.97)
        (quote,) = read_quotes(opened, NOON)
        assert (quote.pre_market, quote.previous_close) == (False, 607.97)

    @pytest.mark.parametrize(
        "entry",
        [
            {"regularMarketPrice": None},
            {"regularMarketPrice": -1},
            {"regularMarketPrice": "597"},
            {"regularMarketTime": None},
            {"symbol": "<b>"},
        ],
    )
    def test_an_unusable_entry_is_left_out(self, entry: dict[str, Any]) -> None:
        assert read_quotes(answer(**entry), NOON) == ()

    @pytest.mark.parametrize("shape", [None, [], {}, {"quoteResponse": {"result": None}}])
    def test_another_shape_is_a_failure(self, shape: Any) -> None:
        with pytest.raises(SourceFailure):
            read_quotes(shape, NOON)


class TestAsking:
    def test_one_request_brings_all(self, server: YahooServer) -> None:
        if not (SHARED / "yahoo").is_dir():
            pytest.skip("the shared recordings are not on this machine")
        quotes = server.source().quotes(("AAPL", "MSFT"))
        assert [(quote.symbol, quote.price) for quote in quotes] == [
            ("AAPL", 269.7),
            ("MSFT", 541.55),
        ]
        assert server.count("/v7/finance/quote") == 1

    @pytest.mark.parametrize("fault", [Fault.LIMITED, Fault.HTML_500, Fault.CUT_JSON])
    def test_a_fault_is_a_failure_and_counted(self, server: YahooServer, fault: Fault) -> None:
        server.fault = fault
        source = server.source()
        with pytest.raises(SourceFailure):
            source.quotes(("AAPL", "MSFT"))
        assert source.breaker.state == ("open" if fault is Fault.LIMITED else "closed")
        assert source.breaker.outcomes["answered"] == 0


class TestDemoStream:
    def test_a_tick_brings_each_followed_symbol_once(self) -> None:
        real = Ticker()
        source = DemoSource(clock=DemoClock(monotonic=real))
        stream = source.stream(frozenset({"SPY", "NVDA", "NOSUCH"}))
        assert [quote.symbol for quote in stream.receive(0.0).quotes] == ["NVDA", "SPY"]
        assert stream.receive(0.0).quotes == ()
        real.time += 2.0
        assert len(stream.receive(0.0).quotes) == 2

    def test_it_tells_the_bar_that_the_source_tells(self) -> None:
        source = DemoSource(clock=DemoClock(speed=0.0))
        frame = source.bars("SPY", None).frame
        quote = source.quote("SPY")
        assert quote is not None
        last = frame.iloc[-1]
        assert (quote.price, quote.low, quote.open) == (last["close"], last["low"], last["open"])
        assert quote.previous_close == frame["close"].iloc[-2]


class TestDemoClock:
    def test_a_change_of_speed_does_not_move_the_time_shown(self) -> None:
        real = Ticker()
        clock = DemoClock(monotonic=real)
        start = clock.now()
        real.time += 10
        clock.set_speed(60.0)
        assert clock.now() - start == dt.timedelta(seconds=10)
        real.time += 10
        assert clock.now() - start == dt.timedelta(seconds=610)

    def test_a_pause_stands_and_goes_on(self) -> None:
        real = Ticker()
        clock = DemoClock(monotonic=real)
        start = clock.now()
        clock.set_speed(0.0)
        real.time += 100
        assert clock.now() == start
        clock.set_speed(1.0)
        real.time += 1
        assert clock.now() - start == dt.timedelta(seconds=1)

    @pytest.mark.parametrize("speed", [-1.0, 0.5, 61.0, float("nan"), float("inf")])
    def test_other_speeds_are_refused(self, speed: float) -> None:
        with pytest.raises(BadInput):
            DemoClock().set_speed(speed)
