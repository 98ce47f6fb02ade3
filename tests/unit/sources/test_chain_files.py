"""Reading option chains from files: what is kept as printed, and what is refused with a name."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.model.vocabulary import NotAvailable
from analytics.options.contracts import clean_contracts
from analytics.sources.files.chains import read_cboe_chain, read_yahoo_chain
from tests.support.shared_data import SHARED, needs_shared_data

SIDE = "Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
CBOE = "\n".join(
    (
        "",
        "Test Corporation,Last: 1,150.28,Change:  4.96",
        '"Date: July 7, 2025 at 9:30 PM EDT",Bid: 150.28,Size: 2*3,"Volume: 265,377,359"',
        f"Expiration Date,Calls,{SIDE},Strike,Puts,{SIDE}",
        "Fri Jul 11 2025,TEST250711C00097500,5.1,0.5,5,5.2,8,0.41,0.7,0.02,115,97.50,"
        "TEST250711P00097500,2,-0.1,1.9,2.1,81,0,-0.3,0.02,4045",
        "Thu Jul 17 2025,TEST250717C00100000,3,0,2.9,3.1,,0.4,0.5,0.03,7,100.00,"
        "TEST250717P00100000,3,0,2.9,3.1,0,0.4,-0.5,0.03,9",
        "",
    )
)
YAHOO = "\n".join(
    (
        "contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,change,percentChange,volume,"
        "openInterest,impliedVolatility,inTheMoney,optionType,expirationDate,underlyingPrice",
        "TEST260211C00097500,2026-02-09 16:14:42+00:00,97.5,3.5,3.4,3.6,0.0,0.0,,"
        "7.0,4.9,True,call,2026-02-11,98.79",
        "TEST260211P00097500,2026-02-11 16:30:38+00:00,97.5,1.5,1.4,1.6,-0.2,-3.0,5.0,"
        ",0.00001,False,put,2026-02-11,98.79",
        "TEST260220P00090000,,90.0,0.5,0,0,0.0,0.0,,,0.5,False,put,2026-02-20,98.79",
        "",
    )
)


@pytest.fixture
def cboe(tmp_path: Path) -> Path:
    path = tmp_path / "TEST_2025-07-07_cboe.csv"
    path.write_text(CBOE)
    return path


@pytest.fixture
def yahoo(tmp_path: Path) -> Path:
    path = tmp_path / "TEST_2026-02-11_yahoo.csv"
    path.write_text(YAHOO)
    return path


class TestCboe:
    def test_a_row_is_a_call_and_the_put_of_its_strike(self, cboe: Path) -> None:
        chain = read_cboe_chain(cboe)
        assert chain.symbol == "TEST"
        assert chain.vendor == "Cboe"
        assert chain.strike.tolist() == [97.5, 100.0, 97.5, 100.0]
        assert chain.is_call.tolist() == [True, True, False, False]
        assert chain.expiry.astype(str).tolist() == ["2025-07-11", "2025-07-17"] * 2
        assert chain.bid.tolist() == [5.0, 2.9, 1.9, 2.9]
        assert chain.change.tolist() == [0.5, 0.0, -0.1, 0.0]
        assert chain.open_interest.tolist() == [115, 7, 4045, 9]
        assert chain.delta.tolist() == [0.7, 0.5, -0.3, -0.5]

    def test_time_session_and_price_of_the_header(self, cboe: Path) -> None:
        chain = read_cboe_chain(cboe)
        assert chain.time == dt.datetime(2025, 7, 8, 1, 30, tzinfo=dt.UTC)
        assert chain.session == dt.date(2025, 7, 7)
        assert chain.underlying_price == 1150.28
        cboe.write_text(CBOE.replace("1,150.28,Change", "150.2802,Change"))
        assert read_cboe_chain(cboe).underlying_price == 150.2802

    @pytest.mark.parametrize(
        ("printed", "session"),
        [
            ("July 7, 2025 at 9:30 PM", "2025-07-07"),
            ("July 8, 2025 at 8:30 AM", "2025-07-07"),  # before the open: still Monday's
            ("July 5, 2025 at 8:30 AM", "2025-07-03"),  # a Saturday after a holiday
            ("July 7, 2025 at 9:30 AM", "2025-07-07"),
        ],
    )
    def test_the_header_s_session_must_be_the_one_asked(
        self, cboe: Path, printed: str, session: str
    ) -> None:
        cboe.write_text(CBOE.replace("July 7, 2025 at 9:30 PM", printed))
        day = dt.date.fromisoformat(session)
        assert read_cboe_chain(cboe, day).session == day
        with pytest.raises(NotAvailable, match=f"it is the chain of {session}, not of 2025-07-09"):
            read_cboe_chain(cboe, dt.date(2025, 7, 9))

    def test_no_trade_times_and_no_iv_where_zero_is_printed(self, cboe: Path) -> None:
        chain = read_cboe_chain(cboe)
        assert np.isnat(chain.last_trade).all()
        np.testing.assert_array_equal(chain.iv, [0.41, 0.4, np.nan, 0.4])
        np.testing.assert_array_equal(chain.volume, [8, np.nan, 81, 0])

    def test_the_same_table_as_parquet(self, cboe: Path, tmp_path: Path) -> None:
        path = tmp_path / "TEST_2025-07-07_cboe.parquet"
        pd.read_csv(cboe, skiprows=3).to_parquet(path)
        chain, printed = read_cboe_chain(path), read_cboe_chain(cboe)
        for name in ("strike", "expiry", "is_call", "bid", "ask", "volume", "open_interest"):
            np.testing.assert_array_equal(getattr(chain, name), getattr(printed, name))
        assert chain.session == printed.session
        assert chain.time == dt.datetime(2025, 7, 7, 20, 0, tzinfo=dt.UTC)
        assert np.isnan(chain.underlying_price)

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            (",115,97.50,", ",115,x7.50,", r"line 5: Strike 'x7.50' is not a number"),
            (",115,97.50,", ",115,,", r"line 5: Strike is '', not a price above zero"),
            (",2.9,3.1,,", ",2.9,inf,,", r"line 6: Ask 'inf' is not a number"),
            ("Thu Jul 17 2025", "Thu Jul 37 2025", r"line 6: Expiration Date is .*not a date"),
            (",4045\n", "\n", r"line 5: 21 cells where 22 are expected"),
            ("Strike,Puts", "Puts,Strike", r"line 4: not the columns of a Cboe chain"),
            ("Date: July 7, 2025 at", "Date:", r"no 'Date: ... at ...'"),
            ("July 7", "Xuly 7", r"is not a time"),
            ("Expiration Date,Calls", "Ablauf,Calls", r"not a Cboe chain"),
        ],
    )
    def test_a_malformed_file_is_named_with_line_and_reason(
        self, cboe: Path, old: str, new: str, reason: str
    ) -> None:
        assert old in CBOE
        cboe.write_text(CBOE.replace(old, new))
        with pytest.raises(NotAvailable, match=rf"TEST_2025-07-07_cboe.csv.*{reason}"):
            read_cboe_chain(cboe)

    def test_an_empty_table_is_refused(self, cboe: Path) -> None:
        cboe.write_text("\n".join(CBOE.splitlines()[:4]))
        with pytest.raises(NotAvailable, match="holds no contract"):
            read_cboe_chain(cboe)

    def test_the_symbol_comes_from_the_contracts_when_the_name_has_none(
        self, cboe: Path, tmp_path: Path
    ) -> None:
        other = cboe.rename(tmp_path / "quotedata.csv")
        assert read_cboe_chain(other).symbol == "TEST"


class TestYahoo:
    def test_a_row_is_a_contract(self, yahoo: Path) -> None:
        chain = read_yahoo_chain(yahoo)
        assert chain.is_call.tolist() == [True, False, False]
        assert chain.strike.tolist() == [97.5, 97.5, 90.0]
        assert chain.underlying_price == 98.79
        np.testing.assert_array_equal(chain.volume, [np.nan, 5, np.nan])
        np.testing.assert_array_equal(chain.open_interest, [7, np.nan, np.nan])
        assert np.isnan(chain.delta).all()

    def test_time_is_the_newest_trade(self, yahoo: Path) -> None:
        chain = read_yahoo_chain(yahoo)
        assert chain.time == dt.datetime(2026, 2, 11, 16, 30, 38, tzinfo=dt.UTC)
        assert chain.session == dt.date(2026, 2, 11)
        assert np.isnat(chain.last_trade).tolist() == [False, False, True]
        assert chain.last_trade[0] == np.datetime64("2026-02-09T16:14:42")

    def test_a_contract_s_symbol_tells_what_it_is(self, yahoo: Path) -> None:
        text = YAHOO.replace("00:00,97.5,1.5", "00:00,98.5,1.5").replace(
            "put,2026-02-11", "call,2026-02-12"
        )
        yahoo.write_text(text.replace("TEST260211C", "TEST1260211C"))
        chain = read_yahoo_chain(yahoo)
        assert chain.root.tolist() == ["TEST1", "TEST", "TEST"]
        assert chain.is_call.tolist() == [True, False, False]
        assert chain.strike.tolist() == [97.5, 97.5, 90.0]
        assert chain.expiry.astype(str).tolist() == ["2026-02-11", "2026-02-11", "2026-02-20"]

    @pytest.mark.parametrize(
        ("size", "shares"), [("REGULAR", 100), ("MINI", 10), ("", 100), ("50", 50)]
    )
    def test_the_size_of_a_contract(self, yahoo: Path, size: str, shares: float) -> None:
        pd.read_csv(yahoo).assign(contractSize=size).to_csv(yahoo, index=False)
        assert read_yahoo_chain(yahoo).multiplier.tolist() == [shares] * 3

    def test_an_unknown_size_is_refused(self, yahoo: Path) -> None:
        pd.read_csv(yahoo).assign(contractSize="JUMBO").to_csv(yahoo, index=False)
        with pytest.raises(NotAvailable, match="line 2: contractSize is 'JUMBO'"):
            read_yahoo_chain(yahoo)

    def test_without_a_trade_the_name_tells_the_session(self, yahoo: Path) -> None:
        frame = pd.read_csv(yahoo).assign(lastTradeDate=None)
        frame.to_csv(yahoo, index=False)
        assert read_yahoo_chain(yahoo).session == dt.date(2026, 2, 11)

    def test_times_as_unix_seconds(self, yahoo: Path, tmp_path: Path) -> None:
        expected = read_yahoo_chain(yahoo)
        text = YAHOO.replace("2026-02-09 16:14:42+00:00", "1770653682")
        text = text.replace("2026-02-11 16:30:38+00:00", "1770827438")
        yahoo.write_text(text.replace("2026-02-20,", "1771545600,"))
        chain = read_yahoo_chain(yahoo)
        np.testing.assert_array_equal(chain.last_trade, expected.last_trade)
        np.testing.assert_array_equal(chain.expiry, expected.expiry)
        yahoo.write_text(text.replace("1770653682", "1770653682000"))
        np.testing.assert_array_equal(read_yahoo_chain(yahoo).last_trade, expected.last_trade)
        seconds = pd.read_csv(yahoo).assign(
            lastTradeDate=pd.array([1770653682, 1770827438, None], "Int64")
        )
        path = tmp_path / "TEST_2026-02-11_yahoo.parquet"
        seconds.to_parquet(path)
        np.testing.assert_array_equal(read_yahoo_chain(path).last_trade, expected.last_trade)

    @pytest.mark.parametrize("typed", [False, True])
    def test_the_same_table_as_parquet(self, yahoo: Path, tmp_path: Path, typed: bool) -> None:
        frame = pd.read_csv(yahoo)
        if typed:
            frame["lastTradeDate"] = pd.to_datetime(frame["lastTradeDate"], utc=True)
            frame["expirationDate"] = pd.to_datetime(frame["expirationDate"]).dt.date
        path = tmp_path / "TEST_2026-02-11_yahoo.parquet"
        frame.to_parquet(path)
        chain, printed = read_yahoo_chain(path), read_yahoo_chain(yahoo)
        for name, value in vars(printed).items():
            np.testing.assert_array_equal(getattr(chain, name), value)

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            (",call,", ",cal,", r"line 2: optionType is 'cal', neither call nor put"),
            ("-02-11 16:30:38+00:00", "-42-11", r"line 3: lastTradeDate is '2026-42-11'"),
            (",-0.2,", ",n/a,", r"line 3: change 'n/a' is not a number"),
            ("90.0,0.5", "-90.0,0.5", r"line 4: strike is '-90.0', not a price above zero"),
            ("put,2026-02-20", "put,", r"line 4: expirationDate is '', not a date"),
            ("optionType", "kind", r"no column 'optionType'"),
            ("2026-02-09 16:14:42+00:00", "09/02/2026", r"line 2: lastTradeDate is '09/02/2026'"),
            (",", ";", "cells are separated by ';'; use ',' and decimal points"),
        ],
    )
    def test_a_malformed_file_is_named_with_line_and_reason(
        self, yahoo: Path, old: str, new: str, reason: str
    ) -> None:
        assert old in YAHOO
        yahoo.write_text(YAHOO.replace(old, new))
        with pytest.raises(NotAvailable, match=rf"TEST_2026-02-11_yahoo.csv.*{reason}"):
            read_yahoo_chain(yahoo)

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"PAR1 no"])
    @pytest.mark.parametrize("suffix", [".csv", ".parquet"])
    def test_what_is_no_table_is_refused(self, tmp_path: Path, content: bytes, suffix: str) -> None:
        path = tmp_path / f"TEST_2026-02-11_yahoo{suffix}"
        path.write_bytes(content)
        with pytest.raises(NotAvailable, match=path.name):
            read_yahoo_chain(path)


@needs_shared_data
class TestRecorded:
    def test_cboe(self) -> None:
        chain = read_cboe_chain(SHARED / "chains" / "NVDA_2025-01-06_cboe.csv")
        assert len(chain) == 1086
        assert chain.underlying_price == 150.2802
        assert chain.session == dt.date(2025, 1, 6)

    def test_cboe_as_saved_in_brazil(self, tmp_path: Path) -> None:
        recorded = SHARED / "providers" / "cboe" / "quotedata-SPX-2025-09-05.csv"
        path = tmp_path / "^SPX_2025-09-05_cboe.csv"
        path.symlink_to(recorded)
        chain = read_cboe_chain(path)
        assert chain.time == dt.datetime(2025, 9, 5, 14, 16, tzinfo=dt.UTC)
        assert len(chain) == 1696 + 2840
        assert (chain.root == "SPX").sum() == 1696
        found = clean_contracts(chain)
        assert len(found) == len(chain)
        assert found.morning_settled.sum() == 1696

    def test_yahoo(self) -> None:
        chain = read_yahoo_chain(SHARED / "chains" / "NVDA_2026-02-11_yahoo.csv")
        assert len(chain) == 3802
        assert int(np.isnan(chain.volume).sum()) == 77
