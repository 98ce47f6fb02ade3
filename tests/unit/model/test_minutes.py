"""One-minute bars of a session, from each source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from analytics.model.vocabulary import BadInput, NotAvailable, SymbolNotFound
from analytics.sources.demo import DemoSource
from analytics.sources.files.source import FilesSource
from tests.support.loopback import bodies
from tests.support.loopback.server import YahooServer, yahoo_server

MONDAY = dt.date(2025, 1, 27)
OPENS = pd.Timestamp("2025-01-27 14:30", tz="UTC")


def clock(day: str, time: str) -> Callable[[], dt.datetime]:
    moment = dt.datetime.fromtimestamp(bodies.at(day, time), dt.UTC)
    return lambda: moment


class TestDemo:
    def test_the_minutes_make_the_day(self) -> None:
        source = DemoSource()
        frame = source.minutes("SPY", MONDAY).frame
        day = source.bars("SPY", MONDAY, upto=MONDAY).frame.iloc[-1]
        assert (len(frame), frame.index[0]) == (390, OPENS)
        assert frame["open"].iloc[0] == day["open"]
        assert frame["high"].max() == day["high"]
        assert frame["low"].min() == day["low"]
        assert frame["close"].iloc[-1] == day["close"]
        assert frame["volume"].sum() == pytest.approx(day["volume"])

    def test_each_minute_holds_its_own_ticks(self) -> None:
        frame = DemoSource().minutes("QQQ", MONDAY).frame
        assert (frame["low"] <= frame[["open", "close"]].min(axis=1)).all()
        assert (frame["high"] >= frame[["open", "close"]].max(axis=1)).all()

    def test_of_other_days_there_are_none(self) -> None:
        with pytest.raises(NotAvailable, match="minutes of 2025-01-27 alone, not of 2025-01-24"):
            DemoSource().minutes("SPY", dt.date(2025, 1, 24))
        with pytest.raises(SymbolNotFound):
            DemoSource().minutes("NOPE", MONDAY)


class TestFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for part in ("prices", "minutes"):
            (tmp_path / part).mkdir()
        (tmp_path / "prices" / "SPY.csv").write_text("date,close\n2025-01-27,10\n")
        return tmp_path

    def test_new_york_time_or_an_offset(self, folder: Path) -> None:
        (folder / "minutes" / "SPY_2025-01-27.csv").write_text(
            "Time,Open,High,Low,Close\n2025-01-27 09:30,1,3,1,2\n2025-01-27T14:31:00Z,2,2,2,2\n"
        )
        frame = FilesSource(folder).minutes("SPY", MONDAY).frame
        assert list(frame.index) == [OPENS, OPENS + pd.Timedelta(minutes=1)]
        assert frame["high"].tolist() == [3.0, 2.0]

    def test_parquet(self, folder: Path) -> None:
        table = pd.DataFrame({"time": [OPENS], "close": [2.0]})
        table.to_parquet(folder / "minutes" / "SPY_2025-01-27.parquet")
        frame = FilesSource(folder).minutes("SPY", MONDAY).frame
        assert (frame.index[0], frame["close"].tolist()) == (OPENS, [2.0])

    @pytest.mark.parametrize("text", ["time,open\n2025-01-27 09:30,1\n", "time,close\nnoon,x\n"])
    def test_an_unreadable_file_is_named(self, folder: Path, text: str) -> None:
        (folder / "minutes" / "SPY_2025-01-27.csv").write_text(text)
        with pytest.raises(NotAvailable, match=r"minutes/SPY_2025-01-27.csv: not a readable"):
            FilesSource(folder).minutes("SPY", MONDAY)

    @pytest.mark.parametrize(
        ("cell", "reason"),
        [
            ('"5,21"', "line 3: close '5,21' is not a number; use a point"),
            ('"5,021"', "line 3: close '5,021' may be 5021 or 5.021; leave out the comma"),
        ],
    )
    def test_a_comma_is_refused_by_line(self, folder: Path, cell: str, reason: str) -> None:
        text = f"time,close,volume\n2025-01-27 09:30,1,7\n2025-01-27 09:31,{cell},7\n"
        (folder / "minutes" / "SPY_2025-01-27.csv").write_text(text)
        with pytest.raises(NotAvailable, match=reason):
            FilesSource(folder).minutes("SPY", MONDAY)

    def test_no_file(self, folder: Path) -> None:
        with pytest.raises(NotAvailable, match=r"no minutes/SPY_2025-01-24.csv"):
            FilesSource(folder).minutes("SPY", dt.date(2025, 1, 24))


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning:(yfinance|pandas)")
class TestYahoo:
    @pytest.fixture
    def server(self) -> Iterator[YahooServer]:
        with yahoo_server() as running:
            yield running

    def test_whole_minutes_between_the_bells(self, server: YahooServer) -> None:
        server.bodies["chart/TEST"] = bodies.minutes(
            "2025-01-27",
            [("09:29", 8.0), ("09:30", 10.0), ("09:31", None), ("09:32", 11.0), ("16:00", 12.0)],
            market_time="16:00",
        )
        raw = server.source(clock=clock("2025-01-27", "18:00")).minutes("test", MONDAY)
        assert list(raw.frame.index) == [OPENS, OPENS + pd.Timedelta(minutes=2)]
        assert raw.frame["close"].tolist() == [10.0, 11.0]
        assert raw.frame["low"].tolist() == [9.5, 10.5]
        assert raw.last_complete
        assert "interval=1m" in server.requests[-1][1]

    def test_asked_again_yahoo_is_asked_again(self, server: YahooServer) -> None:
        source = server.source(clock=clock("2025-01-27", "10:00"))
        for last in (10.0, 11.0):
            server.bodies["chart/TEST"] = bodies.minutes("2025-01-27", [("09:30", last)])
            raw = source.minutes("TEST", MONDAY)
            assert raw.frame["close"].tolist() == [last]
            assert not raw.last_complete

    def test_a_half_day_ends_at_its_own_bell(self, server: YahooServer) -> None:
        server.bodies["chart/TEST"] = bodies.minutes(
            "2025-11-28", [("12:59", 10.0), ("13:01", 11.0)], market_time="13:01"
        )
        source = server.source(clock=clock("2025-11-28", "15:00"))
        raw = source.minutes("TEST", dt.date(2025, 11, 28))
        assert raw.frame["close"].tolist() == [10.0]
        assert raw.last_complete

    def test_what_cannot_be_answered_asks_nobody(self, server: YahooServer) -> None:
        source = server.source(clock=clock("2025-03-14", "09:00"))
        with pytest.raises(NotAvailable, match="keeps one-minute bars for 29 days"):
            source.minutes("TEST", MONDAY)
        for day in (dt.date(2025, 3, 14), dt.date(2025, 3, 9)):  # before the bell; a Sunday
            with pytest.raises(NotAvailable, match="no one-minute bars of TEST on"):
                source.minutes("TEST", day)
        with pytest.raises(BadInput):
            source.minutes("../etc", MONDAY)
        assert server.count("chart") == 0

    def test_an_unknown_symbol_and_an_empty_day(self, server: YahooServer) -> None:
        source = server.source(clock=clock("2025-01-27", "10:00"))
        with pytest.raises(NotAvailable, match="no one-minute bars of NOPE"):
            source.minutes("NOPE", MONDAY)  # whether it is known its daily bars say
        server.bodies["chart/TEST"] = bodies.minutes("2025-01-27", [("08:30", 10.0)])
        with pytest.raises(NotAvailable, match="no one-minute bars of TEST"):
            source.minutes("TEST", MONDAY)
