"""A folder as a source: what is read, what is named as unreadable, and that the rest is served."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.vocabulary import BadInput, NotAvailable, SymbolMatch, SymbolNotFound
from analytics.sources.files.source import FilesSource
from analytics.studies.calendar.events import CALENDAR, CalendarParameters
from tests.support.shared_data import SHARED, needs_shared_data

SPY = """date,open,high,low,close,adj_close,volume
2025-01-22,10,12,9,11,10.5,100
2025-01-23,11,13,10,12,11.5,200
2025-01-24,12,14,11,13,12.5,300
"""
WIDE = """date,SPY,QQQ,VIX
2025-01-23,1,5,
2025-01-24,2,6,15.5
"""
CHAIN = (
    "contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,change,volume,openInterest,"
    "impliedVolatility,optionType,expirationDate,underlyingPrice\n"
    "SPY250131C00600000,2025-01-24 20:59:00+00:00,600,8,7.9,8.1,0.5,10,20,"
    "0.15,call,2025-01-31,607\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("prices", "chains", "fundamentals"):
        (tmp_path / part).mkdir()
    (tmp_path / "prices" / "SPY.csv").write_text(SPY)
    return tmp_path


def closes(source: FilesSource, symbol: str) -> list[float]:
    got: list[float] = source.bars(symbol, None).frame["close"].tolist()
    return got


class TestOpening:
    def test_a_folder_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match=r"the data folder .*nowhere' does not exist"):
            FilesSource(tmp_path / "nowhere")

    def test_a_folder_without_prices(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match=r"has no prices: prices/SYMBOL.csv"):
            FilesSource(tmp_path)


class TestPrices:
    def test_a_file_of_one_symbol(self, folder: Path) -> None:
        raw = FilesSource(folder).bars("SPY", None)
        assert raw.frame.loc["2025-01-23"].to_dict() == {
            "open": 11.0,
            "high": 13.0,
            "low": 10.0,
            "close": 12.0,
            "adj_close": 11.5,
            "volume": 200.0,
        }
        assert raw.already_rejected == ()

    def test_from_a_start(self, folder: Path) -> None:
        frame = FilesSource(folder).bars("SPY", dt.date(2025, 1, 23)).frame
        assert frame.index[0] == pd.Timestamp("2025-01-23")

    def test_headings_as_other_programs_write_them(self, folder: Path) -> None:
        text = SPY.replace(
            "date,open,high,low,close,adj_close", "Date,Open,High,Low,Close,Adj Close"
        )
        (folder / "prices" / "QQQ.csv").write_text(text)
        frame = FilesSource(folder).bars("QQQ", None).frame
        assert frame["adj_close"].tolist() == [10.5, 11.5, 12.5]

    def test_columns_in_any_order_and_splits_as_people_write_them(self, folder: Path) -> None:
        (folder / "prices" / "QQQ.csv").write_text(
            ",Stock Splits,Close,Date\n0,0,10,2025-01-22\n1,3:2,11,2025-01-23\n"
            "2,1-for-10,12,2025-01-24\n3,4/1,13,2025-01-27\n4,2 for 1,14,2025-01-28\n"
        )
        frame = FilesSource(folder).bars("QQQ", None).frame
        assert frame["splits"].tolist() == [0.0, 1.5, 0.1, 4.0, 2.0]
        assert frame["close"].tolist() == [10.0, 11.0, 12.0, 13.0, 14.0]

    def test_a_wide_file_has_closes_only_and_empty_cells_stay_absent(self, folder: Path) -> None:
        (folder / "prices" / "traded_close.csv").write_text(WIDE)
        source = FilesSource(folder)
        assert closes(source, "QQQ") == [5.0, 6.0]
        assert list(source.bars("QQQ", None).frame) == ["close"]
        vix = source.bars("VIX", None).frame
        assert vix.index.tolist() == [pd.Timestamp("2025-01-24")]

    def test_a_file_of_its_own_wins_over_a_wide_one(self, folder: Path) -> None:
        (folder / "prices" / "all_close.csv").write_text(WIDE)
        assert closes(FilesSource(folder), "SPY") == [11.0, 12.0, 13.0]

    def test_an_index_may_be_filed_without_its_caret(self, folder: Path) -> None:
        (folder / "prices" / "all_close.csv").write_text(WIDE)
        raw = FilesSource(folder).bars("^VIX", None)
        assert (raw.symbol, raw.frame["close"].tolist()) == ("^VIX", [15.5])

    def test_an_unknown_symbol(self, folder: Path) -> None:
        with pytest.raises(SymbolNotFound, match="no prices of 'ZZZ'"):
            FilesSource(folder).bars("ZZZ", None)

    def test_parquet_likewise(self, folder: Path) -> None:
        days = pd.to_datetime(["2025-01-23", "2025-01-24"])
        long = pd.DataFrame({"Date": days, "Close": [3.0, 4.0], "open": [3.0, 3.5], "name": "Q"})
        long.to_parquet(folder / "prices" / "QQQ.parquet")
        pd.DataFrame({"IWM": [7.0, np.nan]}, index=days).to_parquet(
            folder / "prices" / "more_close.parquet"
        )
        source = FilesSource(folder)
        assert closes(source, "QQQ") == [3.0, 4.0]
        assert closes(source, "IWM") == [7.0]

    def test_parquet_without_dates_is_not_read_as_1970(self, folder: Path) -> None:
        pd.DataFrame({"close": [3.0, 4.0]}).to_parquet(folder / "prices" / "QQQ.parquet")
        with pytest.raises(NotAvailable, match=r"QQQ.parquet.*there is no 'date' column"):
            FilesSource(folder).bars("QQQ", None)

    def test_thousands_that_cannot_be_mistaken_and_columns_of_no_use(self, folder: Path) -> None:
        (folder / "prices" / "QQQ.csv").write_text(
            "date,name,close,volume\n"
            '2025-01-23,Invesco,"1,234.5","1,234"\n2025-01-24,Invesco,1235,"46,123,400"\n'
        )
        frame = FilesSource(folder).bars("QQQ", None).frame
        assert frame["close"].tolist() == [1234.5, 1235.0]
        assert frame["volume"].tolist() == [1234.0, 46_123_400.0]

    def test_a_changed_file_is_read_again(self, folder: Path) -> None:
        source = FilesSource(folder)
        assert closes(source, "SPY")[-1] == 13.0
        path = folder / "prices" / "SPY.csv"
        path.write_text(SPY.replace("14,11,13,", "14,11,13.5,"))
        os.utime(path, (2_000_000_000, 2_000_000_000))
        assert closes(source, "SPY")[-1] == 13.5

    def test_symbols_and_their_search(self, folder: Path) -> None:
        (folder / "prices" / "all_close.csv").write_text(WIDE)
        source = FilesSource(folder)
        assert source.symbols() == {"SPY", "QQQ", "VIX"}
        assert source.search("q") == (SymbolMatch("QQQ"),)
        assert source.search("p") == (SymbolMatch("SPY"),)


class TestSeveralFiles:
    def test_two_of_one_kind_that_disagree_are_said(self, folder: Path) -> None:
        (folder / "prices" / "close_a.csv").write_text(WIDE)
        (folder / "prices" / "close_b.csv").write_text(WIDE.replace(",6,", ",12,"))
        source = FilesSource(folder)
        assert closes(source, "QQQ") == [5.0, 6.0]
        assert source.bars("QQQ", None).notes == (
            "prices/close_b.csv states other closes than prices/close_a.csv, which counts",
        )
        assert source.bars("VIX", None).notes == ()  # on it they agree
        assert source.bars("SPY", None).notes == ()  # its own file wins over both

    def test_one_that_goes_on_after_the_benchmark_s_is_said(self, folder: Path) -> None:
        (folder / "prices" / "QQQ.csv").write_text(SPY + "2025-01-27,12,14,11,13,12.5,300\n")
        assert FilesSource(folder).bars("QQQ", None).notes == (
            "its file goes on to 2025-01-27; SPY's ends on 2025-01-24, where the desk stands "
            "without an as-of date",
        )

    def test_a_market_around_the_clock_goes_on_over_the_weekend(self, folder: Path) -> None:
        (folder / "prices" / "BTC-USD.csv").write_text(SPY + "2025-01-25,12,14,11,13,12.5,300\n")
        assert FilesSource(folder).bars("BTC-USD", None).notes == ()


class TestUnreadable:
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("2025-01-23,11,13,10,oops,11.5,200", "line 3: close 'oops' is not a number"),
            ("2025-01-23,11,13", "line 3: 3 fields where 7 are expected"),
            ("2025-01-23,11,13,10,12,11.5,200,9", "line 3: 8 fields where 7 are expected"),
            ("23.01.2025,11,13,10,12,11.5,200", "line 3: '23.01.2025' is not a date"),
            ('2025-01-23,11,13,10,"12,5",11.5,200', "line 3: close '12,5' is not a number; use a"),
            ('2025-01-23,11,13,10,"1,205",11.5,200', "line 3: close '1,205' may be 1205 or 1.205"),
            ("2025-01-23,11,13,10,$12,11.5,200", "line 3: close '$12' is not a number; leave out"),
            ("2025-01-23,11,13,10,inf,11.5,200", "line 3: close 'inf' is not a number"),
            ("2025-01-23,11,13,10,1_2,11.5,200", "line 3: close '1_2' is not a number"),
        ],
    )
    def test_a_bad_line_is_named_and_the_rest_is_served(
        self, folder: Path, line: str, reason: str
    ) -> None:
        text = SPY.replace("2025-01-23,11,13,10,12,11.5,200", line)
        (folder / "prices" / "SPY.csv").write_text(text)
        source = FilesSource(folder)
        raw = source.bars("SPY", None)
        assert raw.frame["close"].tolist() == [11.0, 13.0]
        ((sentence, count),) = raw.already_rejected
        assert sentence.startswith(f"unreadable: prices/SPY.csv {reason}")
        assert count == 1
        assert source.problems()[0].startswith(f"prices/SPY.csv {reason}")

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"date,open\n2025-01-24,5\n", "line 1: there is no 'close' column"),
            (b"day,close\n2025-01-24,5\n", "line 1: there is no 'date' column"),
            (b"", "line 1: there is no 'date' column"),
            (b"date\tclose\n2025-01-24\t5.5\n", "cells are separated by tabs"),
            (b"date,close,splits\n2025-01-24,5.5,two\n", "line 2: splits 'two' is not a number"),
            (
                b"date,close\n01/23/2025,5\n01/24/2025,6\n",
                "none of its 2 lines can be read (line 2: '01/23/2025' is not a date",
            ),
            (b"date,close,close\n2025-01-24,5,6\n", "line 1: the column 'close' stands twice"),
            (b"date,close\n2025-01-24,\xff\xfe5\n", "not a readable CSV file"),
            (b"date;close\n2025-01-24;5,5\n", "cells are separated by ';'"),
            (
                b'date,open,close\n2025-01-23,5,"5,1"\n2025-01-24,5,"5,21"\n',
                "column close: none of the 2 cells is a number (line 2: '5,1' is not a number",
            ),
        ],
    )
    def test_a_hopeless_file_is_named_and_the_others_serve(
        self, folder: Path, content: bytes, reason: str
    ) -> None:
        (folder / "prices" / "QQQ.csv").write_bytes(content)
        source = FilesSource(folder)
        with pytest.raises(NotAvailable) as caught:
            source.bars("QQQ", None)
        assert "prices/QQQ.csv" in str(caught.value)
        assert reason in str(caught.value)
        assert len(closes(source, "SPY")) == 3
        assert len(source.problems()) == 1

    def test_an_unreadable_volume_or_open_costs_no_bar(self, folder: Path) -> None:
        text = (
            "date,open,close,volume\n2025-01-22,x,12,n/a\n2025-01-23,12,13,1.2M\n2025-01-24,1,1,9\n"
        )
        (folder / "prices" / "QQQ.csv").write_text(text)
        source = FilesSource(folder)
        raw = source.bars("QQQ", None)
        assert raw.already_rejected == ()
        assert raw.frame["close"].tolist() == [12.0, 13.0, 1.0]
        assert np.isnan(raw.frame["open"].tolist()[0])
        assert raw.notes == (
            "prices/QQQ.csv line 2: open 'x' is not a number: taken as unknown",
            "prices/QQQ.csv line 2: volume 'n/a' is not a number, and so 1 more: taken as unknown",
        )
        assert len(source.problems()) == 3

    def test_a_cell_of_a_wide_file_concerns_its_own_symbol(self, folder: Path) -> None:
        (folder / "prices" / "all_close.csv").write_text(WIDE.replace("1,5,", "1,-,"))
        source = FilesSource(folder)
        qqq, vix = source.bars("QQQ", None), source.bars("VIX", None)
        assert qqq.frame["close"].tolist() == [6.0]
        sentence = "unreadable: prices/all_close.csv line 2: QQQ '-' is not a number"
        assert qqq.already_rejected == ((sentence, 1),)
        assert vix.already_rejected == ()

    @pytest.mark.parametrize("day", ["2052-01-24", "2025-02-24", "2199-01-04"])
    def test_a_date_that_lies_ahead_moves_nothing(self, folder: Path, day: str) -> None:
        (folder / "prices" / "SPY.csv").write_text(SPY + f"{day},12,14,11,13,12.5,300\n")
        source = FilesSource(folder, today=lambda: dt.date(2025, 1, 26))
        assert source.latest() == source.now() == dt.datetime(2025, 1, 24, 21, tzinfo=dt.UTC)
        sentence = f"unreadable: prices/SPY.csv line 5: {day} lies ahead"
        assert source.bars("SPY", None).already_rejected == ((sentence, 1),)

    def test_where_all_lies_ahead_it_is_the_clock_that_is_wrong(self, folder: Path) -> None:
        days = [f"2025-01-{day}" for day in range(10, 18)]
        text = "date,close\n" + "".join(f"{day},5\n" for day in days)
        (folder / "prices" / "SPY.csv").write_text(text)
        source = FilesSource(folder, today=lambda: dt.date(1990, 1, 26))
        assert len(closes(source, "SPY")) == 8

    def test_not_parquet_at_all(self, folder: Path) -> None:
        (folder / "prices" / "QQQ.parquet").write_bytes(b"no")
        with pytest.raises(NotAvailable, match=r"prices/QQQ.parquet: not a readable Parquet"):
            FilesSource(folder).bars("QQQ", None)


class TestItsClock:
    def test_it_stands_at_the_close_of_the_benchmark_s_last_session(self, folder: Path) -> None:
        later = SPY + "2025-01-27,12,14,11,13,12.5,300\n"
        (folder / "prices" / "QQQ.csv").write_text(later)
        source = FilesSource(folder)
        assert source.now() == dt.datetime(2025, 1, 24, 21, tzinfo=dt.UTC)
        assert source.latest() == dt.datetime(2025, 1, 27, 21, tzinfo=dt.UTC)

    def test_without_the_benchmark_at_the_newest_session(self, folder: Path) -> None:
        (folder / "prices" / "SPY.csv").rename(folder / "prices" / "QQQ.csv")
        assert FilesSource(folder).now() == dt.datetime(2025, 1, 24, 21, tzinfo=dt.UTC)

    @pytest.mark.parametrize(
        ("symbol", "day", "closes_at"),
        [
            ("RY.TO", "2025-07-04", "2025-07-04T20:00"),  # New York is shut
            ("7203.T", "2025-01-20", "2025-01-20T06:30"),
            ("VOD.L", "2025-07-03", "2025-07-03T15:30"),
        ],
    )
    def test_without_it_at_the_newest_listing_s_own_close(
        self, tmp_path: Path, symbol: str, day: str, closes_at: str
    ) -> None:
        (tmp_path / "prices").mkdir()
        (tmp_path / "prices" / f"{symbol}.csv").write_text(f"date,close\n{day},5\n")
        now = FilesSource(tmp_path).now()
        assert now == dt.datetime.fromisoformat(closes_at).replace(tzinfo=dt.UTC)

    @pytest.mark.parametrize("day", ["2025-01-25", "2025-02-17", "2025-01-09"])
    def test_a_row_of_a_closed_day_does_not_move_it(self, folder: Path, day: str) -> None:
        """The day before it is Thursday the 23rd, the newest that is a session."""
        (folder / "prices" / "SPY.csv").write_text(SPY.replace("2025-01-24", day))
        assert FilesSource(folder).now() == dt.datetime(2025, 1, 23, 21, tzinfo=dt.UTC)

    def test_no_readable_price_is_said(self, folder: Path) -> None:
        (folder / "prices" / "SPY.csv").write_bytes(b"nothing")
        with pytest.raises(NotAvailable, match=r"prices/SPY.csv line 1"):
            FilesSource(folder).now()

    @pytest.mark.parametrize("rows", ["2025-01-25,5\n2025-01-26,5\n", ""])
    def test_nothing_but_closed_days_is_said(self, folder: Path, rows: str) -> None:
        (folder / "prices" / "SPY.csv").unlink()
        (folder / "prices" / "VOD.L.csv").write_text(f"date,close\n{rows}")
        sentence = r"prices/VOD.L.csv has no row of a session of the London Stock Exchange\."
        with pytest.raises(NotAvailable, match=sentence):
            FilesSource(folder).now()

    def test_a_later_chain_can_be_asked_about(self, folder: Path) -> None:
        (folder / "chains" / "SPY_2025-02-03_yahoo.csv").write_text(CHAIN)
        assert FilesSource(folder).latest() == dt.datetime(2025, 2, 3, 21, tzinfo=dt.UTC)

    def test_a_chain_file_with_an_impossible_date_is_left_alone(self, folder: Path) -> None:
        (folder / "chains" / "SPY_2025-02-30_yahoo.csv").write_text(CHAIN)
        assert FilesSource(folder).latest() == dt.datetime(2025, 1, 24, 21, tzinfo=dt.UTC)


class TestChains:
    def test_of_exactly_that_session(self, folder: Path) -> None:
        (folder / "chains" / "SPY_2025-01-24_yahoo.csv").write_text(CHAIN)
        source = FilesSource(folder)
        for session in (None, dt.date(2025, 1, 24)):
            chain = source.chain("SPY", session)
            assert (chain.symbol, chain.session) == ("SPY", dt.date(2025, 1, 24))
            assert chain.strike.tolist() == [600.0]

    def test_another_session_says_what_is_recorded(self, folder: Path) -> None:
        (folder / "chains" / "SPY_2025-01-24_yahoo.csv").write_text(CHAIN)
        source = FilesSource(folder)
        with pytest.raises(NotAvailable) as caught:
            source.chain("SPY", dt.date(2025, 1, 23))
        assert str(caught.value) == (
            "no SPY chain of 2025-01-23 in the folder (recorded: 2025-01-24)."
        )
        with pytest.raises(NotAvailable, match=r"recorded: none"):
            source.chain("QQQ", None)


class TestOwnEvents:
    SPAN = (dt.date(2025, 1, 20), dt.date(2025, 2, 28))
    ICS = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nSUMMARY:Dinner\n"
        "DTSTART;VALUE=DATE:20250203\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nSUMMARY:Never\n"
        "DTSTART;VALUE=DATE:20250231\nEND:VEVENT\nEND:VCALENDAR\n"
    )

    def test_what_cannot_be_read_is_named_and_the_rest_is_served(self, folder: Path) -> None:
        (folder / "events").mkdir()
        (folder / "events" / "a.csv").write_text("day,what\n2025-02-03,Talk\n")
        (folder / "events" / "b.ICS").write_text(self.ICS)
        source = FilesSource(folder)
        assert [event.title for event in source.agenda(*self.SPAN)] == ["Dinner"]
        assert source.agenda_notes(*self.SPAN) == (
            "events/a.csv line 1: the columns 'date' and 'title' are needed.",
            "events/b.ICS event 2: it has no summary or no readable start.",
        )
        desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES), clock=source.now))
        answer = desk.ask(CALENDAR, CalendarParameters(start=self.SPAN[0], end=self.SPAN[1]))
        assert answer.provenance.notes[:2] == source.agenda_notes(*self.SPAN)
        desk.close()

    def test_a_series_that_is_read_as_it_stands_needs_no_note(self, folder: Path) -> None:
        (folder / "events").mkdir()
        weekly = "DTSTART;VALUE=DATE:20250203\nRRULE:FREQ=WEEKLY;COUNT=3"
        text = self.ICS.replace("DTSTART;VALUE=DATE:20250203", weekly)
        (folder / "events" / "b.ics").write_text(text)
        source = FilesSource(folder)
        assert [event.day.day for event in source.agenda(*self.SPAN)] == [3, 10, 17]
        assert len(source.agenda_notes(*self.SPAN)) == 1

    def test_nothing_but_unreadable_files_is_no_empty_calendar(self, folder: Path) -> None:
        (folder / "events").mkdir()
        (folder / "events" / "b.ics").write_text("BEGIN:VCALENDAR")
        with pytest.raises(NotAvailable, match=r"events/b.ics is not a readable iCalendar file"):
            FilesSource(folder).agenda(*self.SPAN)


class TestQuarters:
    def test_oldest_first(self, folder: Path) -> None:
        (folder / "fundamentals" / "SPY_quarterly_x.csv").write_text(
            "period_end,revenue_musd,gross_profit_musd,report_date\n"
            "2024-10-27,35082,26156,2024-11-20\n2024-07-28,30040,,\n"
        )
        first, second = FilesSource(folder).quarters("SPY")
        assert (first.period_end, first.gross_profit_musd) == (dt.date(2024, 7, 28), None)
        assert second.reported_on == dt.date(2024, 11, 20)

    def test_absent_and_unreadable(self, folder: Path) -> None:
        source = FilesSource(folder)
        with pytest.raises(NotAvailable, match="no quarterly fundamentals of SPY"):
            source.quarters("SPY")
        (folder / "fundamentals" / "SPY_quarterly.csv").write_text("a,b\n1,2\n")
        with pytest.raises(NotAvailable, match="it needs period_end"):
            source.quarters("SPY")

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ('2024-10-27,"35082,5",26156', "line 3: revenue_musd '35082,5' is not a number"),
            ('2024-10-27,"35,082",26156', "line 3: revenue_musd '35,082' may be 35082 or 35.082"),
            ("2024-10-27,35082,$26156", "line 3: gross_profit_musd .* leave out the"),
            ("2024-10-27,,26156", "line 3: revenue_musd is empty"),
        ],
    )
    def test_a_cell_that_is_no_number(self, folder: Path, row: str, reason: str) -> None:
        (folder / "fundamentals" / "SPY_quarterly.csv").write_text(
            f"period_end,revenue_musd,gross_profit_musd\n2024-07-28,30040,22574\n{row}\n"
        )
        with pytest.raises(NotAvailable, match=reason):
            FilesSource(folder).quarters("SPY")


@needs_shared_data
class TestRecordedFolder:
    def test_every_file_is_readable(self) -> None:
        source = FilesSource(SHARED)
        assert source.problems() == ()
        assert {"SPY", "XLRE", "BRK-B", "VIX"} <= source.symbols()

    def test_the_empty_cells_of_vix_stay_absent(self, tmp_path: Path) -> None:
        wide = next((SHARED / "prices").glob("traded_close*.csv"))
        (tmp_path / "prices").mkdir()
        (tmp_path / "prices" / wide.name).symlink_to(wide)
        source = FilesSource(tmp_path)
        assert len(closes(source, "SPY")) == 130
        assert len(closes(source, "VIX")) == 128
