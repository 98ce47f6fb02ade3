"""Cboe's daily put/call counts: read, stored, and in the sentiment index with their source."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from analytics.imports.put_call import (
    NO_COUNTS,
    ORIGIN,
    TWICE,
    WRONG_RATIO,
    import_counts,
    read_counts,
    universe_of,
)
from analytics.imports.rows import AHEAD, NO_DATE, NOT_A_SESSION
from analytics.model.question import Inputs
from analytics.model.sessions import session_close, sessions_between
from analytics.model.vocabulary import BadInput, DailyFigures, Moment, Phase, SourceFailure
from analytics.options.daily_record import OPTIONS_NAME
from analytics.options.market_put_call import MARKET_PUT_CALL, Universe
from analytics.store.database import Database
from analytics.store.imported import ImportedPast
from analytics.studies.sentiment.parts import carry_on
from analytics.studies.sentiment.put_call import put_call_history
from tests.support.chain_files import NOW

TODAY = NOW.date()
TITLE = "Cboe Exchange Traded Options,,,,\nsee www.cboe.com for terms of use,,,,\n"
FILE = f"""{TITLE}DATE,CALL,PUT,TOTAL,P/C Ratio
10/2/2019,1000,900,1900,0.90
10/03/2019,"1,000,000","1,250,000","2,250,000",1.25
10/4/2019,3000,2000,5000,0.66
"""


@pytest.fixture
def past() -> Iterator[ImportedPast]:
    database = Database(None)
    yield ImportedPast(database)
    database.close()


class TestRead:
    def test_by_hand(self) -> None:
        found, rejected = read_counts("totalpc.csv", FILE, TODAY)
        assert found == {
            dt.date(2019, 10, 2): (1000, 900),
            dt.date(2019, 10, 3): (1_000_000, 1_250_000),
            dt.date(2019, 10, 4): (3000, 2000),
        }
        assert rejected == {}

    @pytest.mark.parametrize(
        "head", ["Trade_date,Call,Put,Total,P/C Ratio", "DATE,CALLS,PUTS,TOTAL,P/C Ratio"]
    )
    def test_other_names_of_the_columns(self, head: str) -> None:
        text = FILE.replace("DATE,CALL,PUT,TOTAL,P/C Ratio", head)
        assert len(read_counts("a.csv", text, TODAY)[0]) == 3

    def test_semicolons_and_a_byte_order_mark(self) -> None:
        text = "\ufeff" + FILE.replace('"', "").replace("1,000,000", "1000000")
        text = text.replace("1,250,000", "1250000").replace("2,250,000", "2250000")
        assert len(read_counts("a.csv", text.replace(",", ";"), TODAY)[0]) == 3

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("soon,1,1,2,1.0", NO_DATE),
            ("10/5/2019,1000,900,1900,0.90", NOT_A_SESSION),
            ("10/4/2039,1000,900,1900,0.90", AHEAD),
            ("10/7/2019,0,900,900,", NO_COUNTS),
            ("10/7/2019,-5,900,900,", NO_COUNTS),
            ("10/7/2019,NaN,900,900,", NO_COUNTS),
            ("10/7/2019,1000", NO_COUNTS),
            ("10/7/2019,1000,900,1900,0.45", WRONG_RATIO),
            ("10/7/2019,1000,900,1900,n/a", WRONG_RATIO),
            ("10/4/2019,3000,2000,5000,0.67", TWICE),
        ],
    )
    def test_a_line_that_is_none_is_counted(self, line: str, reason: str) -> None:
        found, rejected = read_counts("a.csv", FILE + line + "\n", TODAY)
        assert len(found) == 3
        assert rejected == {reason: 1}

    def test_a_file_that_is_none(self) -> None:
        with pytest.raises(BadInput, match="no line with the columns DATE, CALL and PUT"):
            read_counts("a.csv", "a,b\n1,2\n", TODAY)

    def test_which_options_are_counted(self) -> None:
        assert universe_of("equitypc.csv", "") is Universe.EQUITY
        assert universe_of("pc.csv", "Cboe Index put/call\n") is Universe.INDEX
        with pytest.raises(BadInput, match="add --universe"):
            universe_of("pc.csv", "put/call")


class TestImport:
    def test_stored_once_however_often(self, past: ImportedPast, tmp_path: Path) -> None:
        path = tmp_path / "totalpc.csv"
        path.write_text(FILE)
        for _ in range(2):
            done = import_counts(past, "Yahoo", str(path), None, NOW)
        assert (done.days, done.universe) == (3, Universe.TOTAL)
        assert (done.first, done.last) == (dt.date(2019, 10, 2), dt.date(2019, 10, 4))
        rows = past.figures("Yahoo", MARKET_PUT_CALL, "TOTAL", TODAY)
        assert [row.figures["ratio"] for row in rows] == [0.9, 1.25, pytest.approx(2 / 3)]
        assert {row.origin for row in rows} == {ORIGIN}

    def test_from_an_address(self, past: ImportedPast) -> None:
        class Site(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path == "/equitypc.csv"
                self.send_response(200 if found else 403)
                self.end_headers()
                self.wfile.write(FILE.encode() if found else b"refused")

            def log_message(self, *words: object) -> None:
                """Say nothing."""

        site = HTTPServer(("127.0.0.1", 0), Site)
        serving = threading.Thread(target=site.serve_forever, daemon=True)
        serving.start()
        address = f"http://127.0.0.1:{site.server_port}"
        try:
            done = import_counts(past, "Yahoo", f"{address}/equitypc.csv", None, NOW)
            assert (done.days, done.universe) == (3, Universe.EQUITY)
            with pytest.raises(SourceFailure, match="could not be fetched: Forbidden"):
                import_counts(past, "Yahoo", f"{address}/totalpc.csv", None, NOW)
        finally:
            site.shutdown()
            site.server_close()
            serving.join()

    @pytest.mark.parametrize(("content", "said"), [(b"", "is empty"), (b" \n", "is empty")])
    def test_an_empty_file(
        self, past: ImportedPast, tmp_path: Path, content: bytes, said: str
    ) -> None:
        path = tmp_path / "totalpc.csv"
        path.write_bytes(content)
        with pytest.raises(BadInput, match=said):
            import_counts(past, "Yahoo", str(path), None, NOW)


def rows(symbol: str, days: list[dt.date], figure: str, origin: str) -> tuple[DailyFigures, ...]:
    return tuple(
        DailyFigures(symbol, day, True, session_close(day), 2, {figure: 1.0 + n}, origin)
        for n, day in enumerate(days)
    )


class TestIndex:
    DAYS = sessions_between(dt.date(2024, 1, 2), dt.date(2025, 1, 24)).astype(dt.date).tolist()

    def chosen(self, own: list[dt.date], total: list[dt.date], equity: list[dt.date]) -> str:
        moment = Moment(session_close(self.DAYS[-1]), self.DAYS[-1], Phase.CLOSED, live=False)
        history = {
            (OPTIONS_NAME, "SPY"): rows("SPY", own, "put_call_volume", ""),
            (MARKET_PUT_CALL, "TOTAL"): rows("TOTAL", total, "ratio", ORIGIN),
            (MARKET_PUT_CALL, "EQUITY"): rows("EQUITY", equity, "ratio", ORIGIN),
        }
        return put_call_history(Inputs(moment, history=history)).of

    def test_the_longest_that_reaches_the_present(self) -> None:
        days = self.DAYS
        assert self.chosen(days[-9:], days, days) == "all options, Cboe's daily counts"
        assert self.chosen(days[-9:], days[:-30], days[1:]) == (
            "options on shares, Cboe's daily counts"
        )
        assert self.chosen(days, days[5:], []) == "SPY's options"

    def test_an_archive_that_ended_stands_aside(self) -> None:
        days = self.DAYS
        assert self.chosen(days[-9:], days[:200], days[:200]) == "SPY's options"
        assert self.chosen([], days[:200], days[:100]) == "all options, Cboe's daily counts"

    def test_the_last_count_stands_in_for_three_sessions(self) -> None:
        raw = np.array([np.nan, 1.0, np.nan, np.nan, np.nan, np.nan, 2.0, np.nan])
        expected = [np.nan, 1.0, 1.0, 1.0, 1.0, np.nan, 2.0, 2.0]
        np.testing.assert_array_equal(carry_on(raw), expected)
