"""The typed reader of Yahoo's charts: the running bar, damaged rows, whom an answer is about."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.vocabulary import NotAvailable, SourceFailure
from analytics.sources.base import Opening, RawBars
from analytics.sources.validate import clean_bars
from analytics.sources.yahoo import yfinance_client
from analytics.sources.yahoo.bars import raw_bars, raw_minutes
from analytics.sources.yahoo.chart import decode, numbers, read_chart, session_dates
from analytics.sources.yahoo.source import YahooSource
from tests.support.loopback import bodies
from tests.support.loopback.server import YahooServer, yahoo_server
from tests.support.shared_data import needs_shared_data
from tests.support.waiting import until

UTC = dt.UTC
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning:(yfinance|pandas)")

ROWS = [("2025-01-23", 100.0), ("2025-01-24", 101.0), ("2025-01-27", 98.0)]
MONDAY = "2025-01-27"


def new_york(day: str, clock: str) -> dt.datetime:
    return dt.datetime.fromtimestamp(bodies.at(day, clock), UTC)


def answer(rows: Sequence[tuple[str, float | None]] = ROWS, **more: Any) -> dict[str, Any]:
    """A chart answer about TEST as parsed JSON."""
    parsed: dict[str, Any] = json.loads(bodies.chart(rows, **{"symbol": "TEST", **more}))
    return parsed


def result(parsed: dict[str, Any]) -> dict[str, Any]:
    only: dict[str, Any] = parsed["chart"]["result"][0]
    return only


def read(parsed: object, now: dt.datetime | None = None, start: dt.date | None = None) -> RawBars:
    chart = read_chart("TEST", "1d", parsed)
    return raw_bars("TEST", chart, start, now or new_york(MONDAY, "12:00"))


def days(raw: RawBars) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in raw.frame.index]


def stamp_last(parsed: dict[str, Any], clock: str, day: str = MONDAY) -> None:
    """Stamp the newest row with its last trade's time, as Yahoo does in session."""
    result(parsed)["timestamp"][-1] = bodies.at(day, clock)
    result(parsed)["meta"]["regularMarketTime"] = bodies.at(day, clock)


class TestRunningBar:
    @pytest.mark.parametrize("age", [0, 1, 3, 900])
    def test_stays_however_young_its_last_trade_is(self, age: int) -> None:
        parsed = answer()
        stamp_last(parsed, "12:00")
        now = new_york(MONDAY, "12:00") + dt.timedelta(seconds=age)
        raw = read(parsed, now)
        assert days(raw) == ["2025-01-23", "2025-01-24", "2025-01-27"]
        assert raw.frame["close"].iloc[-1] == 98.0
        assert raw.last_time == new_york(MONDAY, "12:00")
        assert not raw.last_complete

    def test_stays_when_the_exchange_is_ahead_of_this_clock(self) -> None:
        parsed = answer()
        stamp_last(parsed, "12:00")
        raw = read(parsed, new_york(MONDAY, "11:58"))
        assert days(raw)[-1] == MONDAY

    def test_before_the_open_the_newest_bar_is_fridays_and_finished(self) -> None:
        parsed = answer([*ROWS[:2], (MONDAY, None)], market_time=bodies.at("2025-01-24", "16:00"))
        raw = read(parsed, new_york(MONDAY, "08:00"))
        assert days(raw) == ["2025-01-23", "2025-01-24"]
        assert raw.last_complete
        assert clean_bars(raw)[1] == {}

    def test_after_hours_it_is_the_finished_session_at_the_bell(self) -> None:
        parsed = answer()
        stamp_last(parsed, "16:00")
        raw = read(parsed, new_york(MONDAY, "19:30"))
        assert raw.last_complete
        assert raw.last_time == new_york(MONDAY, "16:00")

    def test_on_a_half_day_it_is_finished_at_the_early_bell(self) -> None:
        parsed = answer([("2025-11-26", 100.0), ("2025-11-28", 98.0)])
        stamp_last(parsed, "13:00", "2025-11-28")
        assert read(parsed, new_york("2025-11-28", "13:05")).last_complete
        stamp_last(parsed, "12:59", "2025-11-28")
        assert not read(parsed, new_york("2025-11-28", "13:05")).last_complete

    def test_a_last_price_as_a_row_of_its_own_is_one_bar_with_the_days_range(self) -> None:
        parsed = answer([*ROWS, (MONDAY, 99.0)])
        stamp_last(parsed, "12:00")
        quote = result(parsed)["indicators"]["quote"][0]
        for name in ("open", "high", "low"):
            quote[name][-1] = 99.0
        quote["volume"][-2:] = [5000, 0]
        bars, rejected = clean_bars(read(parsed))
        assert (bars.open[-1], bars.high[-1], bars.low[-1], bars.close[-1]) == (97, 100, 96, 99)
        assert bars.volume[-1] == 5000
        assert (len(bars), rejected) == (3, {})

    def test_an_empty_row_beside_the_last_price_is_no_loss(self) -> None:
        parsed = answer([*ROWS[:2], (MONDAY, None), (MONDAY, 99.0)])
        stamp_last(parsed, "12:00")
        bars, rejected = clean_bars(read(parsed))
        assert (bars.last_session, bars.close[-1], rejected) == (dt.date(2025, 1, 27), 99.0, {})

    def test_of_two_equal_rows_of_a_past_day_the_last_counts(self) -> None:
        parsed = answer([ROWS[0], ROWS[1], ("2025-01-24", 102.0), ROWS[2]])
        bars, rejected = clean_bars(read(parsed))
        assert bars.close.tolist() == [100.0, 102.0, 98.0]
        assert rejected == {"duplicate date": 1}


class TestDamagedRows:
    @pytest.mark.parametrize(
        "word", ["NaN", "nan", "Infinity", "-Infinity", "inf", "1e999", '"Infinity"', '"n/a"',
                 "true", "[]", "{}", '"98,5"', "-98.0", "0"]
    )  # fmt: skip
    @pytest.mark.parametrize("column", ["close", "high"])
    def test_one_bad_value_costs_its_row_alone(self, word: str, column: str) -> None:
        parsed = answer()
        result(parsed)["indicators"]["quote"][0][column][1] = "@"
        body = json.dumps(parsed).replace('"@"', word).encode()
        bars, _ = clean_bars(read(decode(body)))
        assert bars.sessions.astype(str).tolist()[:1] == ["2025-01-23"]
        assert bars.close.tolist() in ([100.0, 98.0], [100.0, 101.0, 98.0])
        if column == "close":
            assert len(bars) == 2

    def test_an_empty_row_is_counted(self) -> None:
        bars, rejected = clean_bars(read(answer([ROWS[0], ("2025-01-24", None), ROWS[2]])))
        assert bars.close.tolist() == [100.0, 98.0]
        assert rejected == {"close missing": 1}

    @pytest.mark.parametrize("time", [None, "soon", 1737725400000, True])
    def test_a_row_that_does_not_say_when_is_counted(self, time: object) -> None:
        parsed = answer()
        result(parsed)["timestamp"][1] = time
        bars, rejected = clean_bars(read(parsed))
        assert bars.close.tolist() == [100.0, 98.0]
        assert rejected == {"date missing": 1}

    def test_rows_in_any_order_give_the_same_bars(self) -> None:
        straight, turned = answer(), answer()
        result(turned)["timestamp"].reverse()
        for columns in (*result(turned)["indicators"]["quote"],):
            for values in columns.values():
                values.reverse()
        result(turned)["indicators"]["adjclose"][0]["adjclose"].reverse()
        pd.testing.assert_frame_equal(read(turned).frame, read(straight).frame)

    def test_a_column_that_is_shorter_than_the_times_is_refused(self) -> None:
        parsed = answer()
        del result(parsed)["indicators"]["quote"][0]["low"][0]
        with pytest.raises(SourceFailure, match="2 values of low for 3 times"):
            read(parsed)

    def test_bytes_that_are_no_text_cost_the_name_only(self) -> None:
        body = bodies.chart(ROWS, symbol="TEST", longName="@").replace(b'"@"', b'"Caf\xe9"')
        assert read(decode(body)).frame["close"].tolist() == [100.0, 101.0, 98.0]

    @given(st.integers(0, 400))
    def test_a_body_cut_anywhere_is_never_read_as_less(self, cut: int) -> None:
        body = bodies.chart(ROWS, symbol="TEST")
        with pytest.raises(ValueError, match=r"."):
            decode(body[: max(0, len(body) - 1 - cut)])

    @given(
        st.lists(
            st.none() | st.floats() | st.integers() | st.text(max_size=3) | st.booleans(),
            max_size=8,
        )
    )
    def test_numbers_keeps_every_place(self, values: list[Any]) -> None:
        got = numbers(values)
        assert got.shape == (len(values),)
        for value, number in zip(values, got, strict=True):
            if isinstance(value, bool) or value is None:
                assert np.isnan(number)
            elif isinstance(value, int | float):
                assert number == pytest.approx(float(value), nan_ok=True)


class TestWhomItIsAbout:
    @pytest.mark.parametrize("other", ["ZZZ", "TEST.L", "", None])
    def test_another_symbol_is_refused_by_name(self, other: str | None) -> None:
        with pytest.raises(SourceFailure, match="it is not used"):
            read(answer(symbol=other))

    def test_the_sentence_names_both(self) -> None:
        with pytest.raises(SourceFailure) as caught:
            read(answer(symbol="ZZZ"))
        assert str(caught.value) == (
            "Yahoo's answer to the question about TEST is an answer about ZZZ: it is not used."
        )

    def test_small_letters_are_no_other_symbol(self) -> None:
        assert len(read(answer(symbol="test")).frame) == 3

    def test_other_intervals_are_refused(self) -> None:
        with pytest.raises(SourceFailure, match="1mo bars of TEST where 1d bars"):
            read(answer(dataGranularity="1mo"))

    def test_a_zone_that_is_none_is_refused(self) -> None:
        with pytest.raises(SourceFailure, match="names a time zone that is none"):
            read(answer(exchangeTimezoneName="Mars/Olympus"))

    def test_no_rows(self) -> None:
        with pytest.raises(NotAvailable):
            read({"chart": {"result": [], "error": None}})
        with pytest.raises(NotAvailable):
            read(json.loads(bodies.empty_chart().replace(b"{asked}", b"TEST")))


class TestWhatItStates:
    def test_the_listings_own_facts_travel_with_the_bars(self) -> None:
        raw = read(
            answer(
                exchangeTimezoneName="Europe/London",
                currency="GBp",
                exchangeName="LSE",
                priceHint=4,
                previousClose=100.5,
                instrumentType="ETF",
            )
        )
        assert (raw.timezone, raw.currency, raw.exchange) == ("Europe/London", "GBp", "LSE")
        assert (raw.price_hint, raw.previous_close, raw.instrument) == (4, 100.5, "ETF")
        assert raw.trading_period == (new_york(MONDAY, "09:30"), new_york(MONDAY, "16:00"))

    def test_the_close_before_the_span_is_not_the_previous_close(self) -> None:
        assert read(answer(chartPreviousClose=55.0)).previous_close is None

    def test_splits_and_dividends_stand_on_their_session(self) -> None:
        parsed = answer(splits={"2025-01-24": (3, 2)})
        dividend = {"amount": 0.26, "date": bodies.at(MONDAY)}
        result(parsed)["events"]["dividends"] = {str(dividend["date"]): dividend}
        frame = read(parsed).frame
        assert frame["splits"].tolist() == [1.0, 1.5, 1.0]
        assert frame["dividends"].tolist() == [0.0, 0.0, 0.26]

    def test_a_split_on_a_day_without_a_row_goes_to_the_next(self) -> None:
        parsed = answer(splits={"2025-01-25": (4, 1), "2025-02-03": (2, 1)})
        assert read(parsed).frame["splits"].tolist() == [1.0, 1.0, 4.0]

    def test_a_split_that_is_sent_twice_counts_once(self) -> None:
        parsed = answer(splits={"2025-01-24": (4, 1)})
        sent = result(parsed)["events"]["splits"]
        (split,) = sent.values()
        sent["again"] = split | {"date": split["date"] + 60}
        assert read(parsed).frame["splits"].tolist() == [1.0, 4.0, 1.0]

    @pytest.mark.parametrize("ratio", [(0, 1), (4, 0), (-4, 1)])
    def test_a_ratio_that_cannot_be_is_no_split(self, ratio: tuple[int, int]) -> None:
        assert read(answer(splits={"2025-01-24": ratio})).frame["splits"].tolist() == [1.0] * 3


class TestDates:
    @pytest.mark.parametrize(
        ("zone", "instant", "date"),
        [
            ("America/New_York", "2025-01-27T14:30", "2025-01-27"),
            ("Asia/Tokyo", "2025-02-18T00:00", "2025-02-18"),
            ("Australia/Sydney", "2025-01-27T23:00", "2025-01-28"),
            ("Europe/London", "2025-03-31T07:00", "2025-03-31"),
            ("Europe/London", "2025-03-30T23:00", "2025-03-31"),  # currencies: London's midnight
            ("UTC", "2025-01-26T00:00", "2025-01-26"),  # crypto: a Sunday has one
            ("America/Sao_Paulo", "2022-01-03T02:00", "2022-01-03"),  # 23:00 the day before
        ],
    )
    def test_an_instant_is_dated_in_the_listings_zone(
        self, zone: str, instant: str, date: str
    ) -> None:
        time = dt.datetime.fromisoformat(instant).replace(tzinfo=UTC).timestamp()
        times = np.array([int(time)], dtype=np.int64)
        assert session_dates(times, ZoneInfo(zone), running=None).astype(str).tolist() == [date]

    def test_a_last_price_at_ten_in_the_evening_is_of_that_day(self) -> None:
        time = int(dt.datetime(2025, 1, 26, 22, tzinfo=UTC).timestamp())
        times = np.array([time], dtype=np.int64)
        assert session_dates(times, ZoneInfo("UTC"), running=time).astype(str) == ["2025-01-26"]

    @given(st.dates(dt.date(1995, 1, 1), dt.date(2035, 12, 31)), st.integers(0, 21))
    def test_every_hour_before_ten_in_the_evening_keeps_its_date(
        self, day: dt.date, hour: int
    ) -> None:
        zone = ZoneInfo("Europe/Berlin")
        local = dt.datetime(day.year, day.month, day.day, hour, tzinfo=zone)
        times = np.array([int(local.timestamp())], dtype=np.int64)
        expected = dt.datetime.fromtimestamp(local.timestamp(), zone).date()
        assert session_dates(times, zone, running=None).tolist() == [expected]


class TestMinutes:
    def test_the_newest_price_is_no_minute(self) -> None:
        parsed = json.loads(
            bodies.minutes(MONDAY, [("09:30", 1.0), ("09:31", 2.0), ("09:31:40", 2.5)])
            .replace(b"{asked}", b"TEST")
        )  # fmt: skip
        chart = read_chart("TEST", "1m", parsed)
        raw = raw_minutes(
            "TEST", chart, new_york(MONDAY, "09:30"), new_york(MONDAY, "16:00")
        )  # fmt: skip
        assert raw.frame["close"].tolist() == [1.0, 2.0]
        assert not raw.last_complete


class TestAgainstYfinance:
    """yfinance's own reader, asked up to tomorrow so that it keeps the running bar."""

    @pytest.fixture
    def server(self) -> Iterator[YahooServer]:
        with yahoo_server() as running:
            yield running

    def both(self, server: YahooServer, symbol: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        ours = server.source().bars(symbol, None).frame
        ticker = yfinance_client.ticker(server.session(), symbol)
        theirs = ticker.history(
            start="2000-01-01",
            end=dt.datetime.now(UTC) + dt.timedelta(days=1),
            auto_adjust=False,
            keepna=True,
        )
        return ours, theirs

    def hold_together(self, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
        assert [f"{day:%Y-%m-%d}" for day in theirs.index] == [
            f"{day:%Y-%m-%d}" for day in ours.index
        ]
        names = ("open", "high", "low", "close", "adj_close", "volume", "dividends")
        columns = ("Open", "High", "Low", "Close", "Adj Close", "Volume", "Dividends")
        for name, column in zip(names, columns, strict=True):
            np.testing.assert_array_equal(ours[name], theirs[column].to_numpy(dtype=float), name)
        splits = theirs["Stock Splits"].replace(0.0, 1.0)
        np.testing.assert_array_equal(ours["splits"], splits)

    def test_on_a_small_answer(self, server: YahooServer) -> None:
        server.bodies["chart/TEST"] = bodies.chart(ROWS, splits={"2025-01-24": (4, 1)})
        self.hold_together(*self.both(server, "TEST"))

    @needs_shared_data
    @pytest.mark.parametrize("symbol", ["AAPL", "NVDA", "MSFT"])
    def test_on_recorded_answers(self, server: YahooServer, symbol: str) -> None:
        ours, theirs = self.both(server, symbol)
        assert len(ours) > 100
        self.hold_together(ours, theirs)


class TestTheLeanedOnParts:
    def test_the_installed_release_has_them_all(self) -> None:
        assert yfinance_client.missing_parts() == ()
        assert yfinance_client.missing_parts_sentence() is None

    def test_each_part_has_a_name(self) -> None:
        assert set(yfinance_client.PARTS) >= {
            "Ticker._tz",
            "data.YfData.get",
            "data.YfData.cache_get.cache_clear",
            "WebSocket._connect",
            "WebSocket._ws",
            "pricing_pb2.PricingData",
            "config.debug.hide_exceptions",
        }

    def test_the_start_says_what_is_missing(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        import yfinance

        monkeypatch.delattr(yfinance.data.YfData, "get")
        source = YahooSource.open(Opening())
        until(lambda: source.status is not None)
        assert source.status is not None
        assert "lacks data.YfData.get, which Holdline uses" in source.status
        until(lambda: source.status in caplog.messages)

    @pytest.mark.parametrize("part", ["data.YfData.get", "Search", "WebSocket._connect"])
    def test_a_release_without_one_is_told_by_name(
        self, part: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import yfinance

        break_it: dict[str, Callable[[], None]] = {
            "data.YfData.get": lambda: monkeypatch.delattr(yfinance.data.YfData, "get"),
            "Search": lambda: monkeypatch.setattr(yfinance, "Search", type("Search", (), {})),
            "WebSocket._connect": lambda: monkeypatch.setattr(
                yfinance.WebSocket, "subscribe", lambda self, symbols: None
            ),
        }
        break_it[part]()
        sentence = yfinance_client.missing_parts_sentence()
        assert sentence is not None
        assert part in sentence
