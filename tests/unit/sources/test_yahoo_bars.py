"""Daily bars from a loopback Yahoo, through the real yfinance."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest

from analytics.model.vocabulary import BadInput, NotAvailable, SourceFailure, SymbolNotFound
from analytics.sources.base import RawBars
from analytics.sources.validate import clean_bars
from tests.support.loopback import bodies
from tests.support.loopback.server import YahooServer, yahoo_server
from tests.support.shared_data import SHARED, needs_shared_data

UTC = dt.UTC

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning:(yfinance|pandas)")


@pytest.fixture
def server() -> Iterator[YahooServer]:
    with yahoo_server() as running:
        yield running


def clock(day: str, time: str) -> Callable[[], dt.datetime]:
    """A wall clock that stands at a New York time."""
    moment = dt.datetime.fromtimestamp(bodies.at(day, time), UTC)
    return lambda: moment


def dates(raw: RawBars) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in raw.frame.index]


class TestBars:
    ROWS = (("2025-01-23", 100.0), ("2025-01-24", 25.0), ("2025-01-27", 26.0))

    def test_columns_dates_and_labels(self, server: YahooServer) -> None:
        server.bodies["chart/TEST"] = bodies.chart(list(self.ROWS), splits={"2025-01-24": (4, 1)})
        raw = server.source().bars("test", None)
        assert dates(raw) == ["2025-01-23", "2025-01-24", "2025-01-27"]
        assert raw.frame["open"].tolist() == [99.0, 24.0, 25.0]
        assert raw.frame["high"].tolist() == [102.0, 27.0, 28.0]
        assert raw.frame["low"].tolist() == [98.0, 23.0, 24.0]
        assert raw.frame["close"].tolist() == [100.0, 25.0, 26.0]
        assert raw.frame["adj_close"].tolist() == pytest.approx([99.0, 24.75, 25.74])
        assert raw.frame["volume"].tolist() == [1000, 1000, 1000]
        assert raw.frame["splits"].tolist() == [1.0, 4.0, 1.0]
        assert (raw.symbol, raw.name) == ("TEST", "Test Incorporated")
        assert (raw.currency, raw.timezone) == ("USD", "America/New_York")
        assert pd.DatetimeIndex(raw.frame.index).tz is None

    def test_one_request_a_symbol_once_the_cookie_is_there(self, server: YahooServer) -> None:
        server.bodies["chart/TEST"] = bodies.chart(list(self.ROWS))
        source = server.source()
        source.bars("TEST", None)
        first = len(server.requests)
        assert first <= 3
        source.bars("TEST", dt.date(2025, 1, 20))
        source.bars("TEST", None)
        assert len(server.requests) == first + 2

    def test_every_call_asks_beyond_now_and_none_is_answered_from_a_cache(
        self, server: YahooServer
    ) -> None:
        server.bodies["chart/TEST"] = bodies.chart(list(self.ROWS))
        source = server.source()
        for _ in range(2):
            source.bars("TEST", dt.date(2025, 1, 1), upto=dt.date(2025, 1, 24))
        query = parse_qs(urlsplit(server.requests[-1][1]).query)
        asked = dt.datetime.fromtimestamp(int(query["period2"][0]), UTC)
        assert asked > dt.datetime.now(UTC) + dt.timedelta(hours=1)
        assert server.count("chart/TEST") == 2

    def test_the_span_begins_on_the_exchanges_own_date(self, server: YahooServer) -> None:
        server.bodies["chart/7203.T"] = bodies.chart(
            list(self.ROWS), exchangeTimezoneName="Asia/Tokyo", currency="JPY"
        )
        raw = server.source().bars("7203.T", dt.date(2025, 1, 24))
        assert dates(raw) == ["2025-01-24", "2025-01-27"]
        assert (raw.timezone, raw.currency) == ("Asia/Tokyo", "JPY")
        query = parse_qs(urlsplit(server.requests[-1][1]).query)
        midnight_in_tokyo = dt.datetime(2025, 1, 23, 15, tzinfo=UTC)
        assert int(query["period1"][0]) <= midnight_in_tokyo.timestamp()

    def test_bad_rows_reach_quarantine(self, server: YahooServer) -> None:
        rows = [
            ("2025-01-21", 10.0),
            ("2025-01-22", None),
            ("2025-01-23", float("inf")),
            ("2025-01-24", -5.0),
            ("2025-01-27", 11.0),
        ]
        server.bodies["chart/TEST"] = bodies.chart(rows)
        bars, rejected = clean_bars(server.source().bars("TEST", None))
        assert bars.close.tolist() == [10.0, 11.0]
        assert rejected == {"close missing": 1, "close infinite": 1, "close not positive": 1}

    def test_many_threads_each_get_their_own_symbol(self, server: YahooServer) -> None:
        symbols = [f"T{number}" for number in range(12)]
        for number, symbol in enumerate(symbols):
            server.bodies[f"chart/{symbol}"] = bodies.chart([("2025-01-24", 10.0 + number)])
        source = server.source()
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda symbol: source.bars(symbol, None), symbols))
        assert [raw.frame["close"].item() for raw in found] == [10.0 + n for n in range(12)]

    def test_what_cannot_be_answered(self, server: YahooServer) -> None:
        source = server.source(clock=clock("2025-01-27", "12:00"))
        with pytest.raises(SymbolNotFound, match=r"^Yahoo does not know the symbol 'NOPE'\.$"):
            source.bars("NOPE", None)
        with pytest.raises(SymbolNotFound, match=r"'BRK\.B': did you mean BRK-B\?$"):
            source.bars("BRK.B", None)
        with pytest.raises(NotAvailable, match="no one-minute bars of ES=F on 2025-01-27"):
            source.minutes("ES=F", dt.date(2025, 1, 27))
        server.bodies["chart/NEW"] = bodies.empty_chart()
        with pytest.raises(NotAvailable, match="no daily bars of NEW"):
            source.bars("NEW", None)
        with pytest.raises(NotAvailable, match="it is ahead"):
            source.bars("NEW", dt.date(2025, 3, 1))
        with pytest.raises(BadInput):
            source.bars("../etc", None)

    def test_an_unknown_symbol_costs_one_request(self, server: YahooServer) -> None:
        with pytest.raises(SymbolNotFound):
            server.source().bars("NOPE", None)
        assert server.count("NOPE") == 1


class TestThePriceStatedBeside:
    """The answer states its last price once more: rows in another unit contradict it."""

    ROWS = (("2025-01-23", 100.0), ("2025-01-24", 101.0), ("2025-01-27", 102.0))

    def asked(self, server: YahooServer, factors: tuple[float, ...], price: float) -> RawBars:
        rows = [(day, close * by) for (day, close), by in zip(self.ROWS, factors, strict=True)]
        server.bodies["chart/TEST"] = bodies.chart(
            rows, market_time=bodies.at("2025-01-27", "12:00"), regularMarketPrice=price
        )
        return server.source(clock=clock("2025-01-27", "12:00")).bars("TEST", None)

    @pytest.mark.parametrize("by", [100.0, 0.01, 2.0, 0.5])
    def test_the_newest_row_alone_is_rejected_and_counted(
        self, server: YahooServer, by: float
    ) -> None:
        raw = self.asked(server, (1.0, 1.0, by), 102.0)
        assert dates(raw) == ["2025-01-23", "2025-01-24"]
        assert dict(raw.already_rejected) == {"unlike the price stated beside it": 1}

    @pytest.mark.parametrize("by", [100.0, 0.01, 2.0, 0.5])
    def test_where_all_rows_differ_the_answer_is_refused(
        self, server: YahooServer, by: float
    ) -> None:
        with pytest.raises(SourceFailure, match="in another unit or in other shares than"):
            self.asked(server, (by, by, by), 102.0)

    @pytest.mark.parametrize("price", [102.0, 75.0, 0.0, math.inf])
    def test_rows_that_agree_stand_and_no_price_tells_nothing(
        self, server: YahooServer, price: float
    ) -> None:
        assert len(self.asked(server, (1.0, 1.0, 1.0), price).frame) == 3


class TestThePriceUnlikeTheNewestBar:
    @pytest.mark.parametrize(("price", "told"), [(100.5, False), (105.0, True), (90.0, True)])
    def test_is_said(self, server: YahooServer, price: float, told: bool) -> None:
        server.bodies["chart/TEST"] = bodies.chart(
            [("2025-01-23", 99.0), ("2025-01-24", 100.0)],
            market_time=bodies.at("2025-01-24", "12:00"),
            regularMarketPrice=price,
        )
        raw = server.source(clock=clock("2025-01-24", "12:01")).bars("TEST", None)
        said = f"its newest bar ends at 100, the price stated beside the bars is {price:g}"
        assert raw.notes == ((said,) if told else ())


class TestRunningSession:
    ROWS = (("2025-01-24", 100.0), ("2025-01-27", 98.0))

    def ask(self, server: YahooServer, now: str, last: str, **more: Any) -> RawBars:
        server.bodies["chart/TEST"] = bodies.chart(
            self.ROWS, market_time=bodies.at("2025-01-27", last), **more
        )
        return server.source(clock=clock("2025-01-27", now)).bars("TEST", None)

    def test_its_bar_is_incomplete_and_timed_by_its_last_price(self, server: YahooServer) -> None:
        raw = self.ask(server, now="11:16", last="11:01")
        assert not raw.last_complete
        assert raw.last_time == dt.datetime(2025, 1, 27, 16, 1, tzinfo=UTC)

    def test_after_the_bell_the_delayed_bar_is_still_incomplete(self, server: YahooServer) -> None:
        assert not self.ask(server, now="16:05", last="15:50").last_complete

    def test_complete_with_the_price_of_the_bell(self, server: YahooServer) -> None:
        assert self.ask(server, now="16:05", last="16:00").last_complete

    def test_a_thin_listing_is_complete_once_the_delay_is_over(self, server: YahooServer) -> None:
        assert not self.ask(server, now="16:19", last="15:31").last_complete
        assert self.ask(server, now="16:20", last="15:31").last_complete

    def test_a_half_day_ends_early_whatever_yahoo_names(self, server: YahooServer) -> None:
        rows = [("2025-11-26", 100.0), ("2025-11-28", 98.0)]
        answer = bodies.chart(rows, market_time=bodies.at("2025-11-28", "13:00"))
        server.bodies["chart/TEST"] = answer
        source = server.source(clock=clock("2025-11-28", "13:20"))
        assert source.bars("TEST", None).last_complete

    def test_before_the_open_the_empty_row_is_no_bar(self, server: YahooServer) -> None:
        server.bodies["chart/TEST"] = bodies.chart(
            [("2025-01-23", 99.0), ("2025-01-24", 100.0), ("2025-01-27", None)],
            market_time=bodies.at("2025-01-24", "16:00"),
        )
        raw = server.source(clock=clock("2025-01-27", "08:00")).bars("TEST", None)
        assert dates(raw) == ["2025-01-23", "2025-01-24"]
        assert raw.last_complete
        assert raw.last_time == dt.datetime(2025, 1, 24, 21, 0, tzinfo=UTC)
        assert clean_bars(raw)[1] == {}

    @pytest.mark.parametrize("last_price", [("2025-01-24", "16:00"), ("2025-01-27", "07:59")])
    def test_before_the_open_a_price_is_no_bar(
        self, server: YahooServer, last_price: tuple[str, str]
    ) -> None:
        server.bodies["chart/TEST"] = bodies.chart(
            [("2025-01-23", 99.0), ("2025-01-24", 100.0), ("2025-01-27", 90.0)],
            market_time=bodies.at(*last_price),
        )
        raw = server.source(clock=clock("2025-01-27", "08:00")).bars("TEST", None)
        assert dates(raw) == ["2025-01-23", "2025-01-24"]
        assert clean_bars(raw)[1] == {"dated ahead": 1}

    def test_an_empty_row_of_a_past_session_is_counted(self, server: YahooServer) -> None:
        server.bodies["chart/TEST"] = bodies.chart([("2025-01-23", 99.0), ("2025-01-24", None)])
        raw = server.source(clock=clock("2025-01-27", "08:00")).bars("TEST", None)
        assert clean_bars(raw)[1] == {"close missing": 1}


@needs_shared_data
class TestRecordedAnswers:
    @pytest.mark.parametrize(
        ("symbol", "file", "first", "last", "count"),
        [
            ("AAPL", "chart_AAPL.json", "2025-04-30", "2025-10-29", 127),
            ("NVDA", "chart_NVDA_split_2021-02_2022-01.json", "2021-02-01", "2022-01-28", 252),
            ("MSFT", "chart_MSFT_dividends_2021-02_2022-01.json", "2021-02-01", "2022-01-28", 252),
        ],
    )
    def test_every_number_is_yahoos(
        self, server: YahooServer, symbol: str, file: str, first: str, last: str, count: int
    ) -> None:
        raw = server.source().bars(symbol, None)
        bars, rejected = clean_bars(raw)
        recorded = json.loads((SHARED / "yahoo" / file).read_text())["chart"]["result"][0]
        quote = recorded["indicators"]["quote"][0]
        for column in ("open", "high", "low", "close", "volume"):
            np.testing.assert_array_equal(getattr(bars, column), quote[column])
        assert bars.adj_close is not None
        adjusted = recorded["indicators"]["adjclose"][0]["adjclose"]
        np.testing.assert_array_equal(bars.adj_close, adjusted)
        assert (dates(raw)[0], dates(raw)[-1], len(bars)) == (first, last, count)
        assert rejected == {}

    def test_apples_newest_bar_is_complete_at_the_bell(self, server: YahooServer) -> None:
        raw = server.source().bars("AAPL", None)
        assert raw.last_complete
        assert raw.last_time == dt.datetime(2025, 10, 29, 20, 0, 1, tzinfo=UTC)
        assert raw.name == "Apple Inc."

    def test_a_later_market_time_is_not_put_on_an_older_bar(self, server: YahooServer) -> None:
        raw = server.source().bars("NVDA", None)
        assert raw.last_time is None
        assert raw.last_complete

    def test_nvidias_split_stands_on_its_session(self, server: YahooServer) -> None:
        splits = server.source().bars("NVDA", None).frame["splits"]
        assert splits[splits != 1.0].to_dict() == {pd.Timestamp("2021-07-20"): 4.0}

    def test_microsofts_traded_close_is_not_dividend_adjusted(self, server: YahooServer) -> None:
        frame = server.source().bars("MSFT", None).frame
        assert frame["close"].iloc[-1] == pytest.approx(308.26, abs=0.001)
        assert frame["adj_close"].iloc[-1] == pytest.approx(299.866, abs=0.001)
        ratio = frame["adj_close"] / frame["close"]
        assert ratio.round(5).nunique() == 5  # four dividends
