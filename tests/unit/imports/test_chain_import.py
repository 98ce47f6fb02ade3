"""Files of chains into the store: what is stored, what is not and why, and each contract once."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from analytics.imports import chains as chain_import
from analytics.imports import rows as reasons
from analytics.imports.chains import DUPLICATE, OTHER_ORIGIN, Given
from analytics.imports.mapping import CBOE_EOD, OPTIONMETRICS, ORATS, YFINANCE, ChainMapping
from analytics.imports.tables import WRONG_CELLS
from analytics.model.sessions import session_close
from analytics.model.vocabulary import BadInput, OptionChain
from analytics.store.chain_format import decode_chain
from analytics.store.database import Database
from tests.support.chain_files import CBOE_HEAD, cboe_line, importer, write

DAY = dt.date(2025, 1, 6)


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database(None)
    yield opened
    opened.close()


def stored(database: Database, symbol: str = "TEST", day: dt.date = DAY) -> OptionChain:
    found = importer(database).past.chain("Yahoo", symbol, day)
    assert found is not None
    chain = decode_chain(found.data)
    assert found.contracts == len(chain)
    return chain


class TestRow:
    def test_a_contract_as_printed(self, database: Database, tmp_path: Path) -> None:
        path = write(tmp_path / "a.csv", [cboe_line("105", "P", bid="6.10", ask="6.30")])
        done = importer(database).run(path)
        assert (done.rows, done.contracts, done.rejected) == (1, 1, {})
        chain = stored(database)
        assert chain.session == DAY
        assert chain.time == session_close(DAY) - dt.timedelta(minutes=15)
        assert chain.underlying_price == 100.0
        assert (chain.strike[0], bool(chain.is_call[0])) == (105.0, False)
        assert (chain.bid[0], chain.ask[0], chain.last[0]) == (6.10, 6.30, 1.05)
        assert (chain.volume[0], chain.open_interest[0]) == (10.0, 100.0)
        assert str(chain.expiry[0]) == "2025-02-21"
        assert chain.root[0] == "TEST"

    def test_nothing_is_invented(self, database: Database, tmp_path: Path) -> None:
        line = cboe_line(bid="", ask="NaN", last="", volume="", interest="", price="")
        importer(database).run(write(tmp_path / "a.csv", [line]))
        chain = stored(database)
        for name in ("bid", "ask", "last", "volume", "open_interest", "iv", "delta", "change"):
            assert np.isnan(getattr(chain, name)[0]), name
        assert np.isnan(chain.underlying_price)

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (cboe_line(symbol=""), reasons.NO_SYMBOL),
            (cboe_line(symbol="no symbol at all"), reasons.NO_SYMBOL),
            (cboe_line(day=""), reasons.NO_DATE),
            (cboe_line(day="31/12/2024"), reasons.NO_DATE),
            (cboe_line(day="2025-01-05"), reasons.NOT_A_SESSION),
            (cboe_line(day="2027-01-05"), reasons.AHEAD),
            (cboe_line(expiry="soon"), reasons.NO_EXPIRY),
            (cboe_line(expiry="2025-01-03"), reasons.PAST_EXPIRY),
            (cboe_line("0"), reasons.NO_STRIKE),
            (cboe_line("-5"), reasons.NO_STRIKE),
            (cboe_line("NaN"), reasons.NO_STRIKE),
            (cboe_line("597;5"), reasons.NO_STRIKE),
            (cboe_line(side="X"), reasons.NO_SIDE),
            (cboe_line(side=""), reasons.NO_SIDE),
            (cboe_line(bid="-1"), reasons.NEGATIVE_PRICE),
            (cboe_line(interest="-7"), reasons.NEGATIVE_COUNT),
            (cboe_line(volume="-1"), reasons.NEGATIVE_COUNT),
            (cboe_line(bid="1.00x"), f"{reasons.UNREADABLE} in bid_1545"),
            (cboe_line() + ",surplus", WRONG_CELLS),
            ("TEST,2025-01-06", WRONG_CELLS),
        ],
    )
    def test_a_row_that_is_none_is_counted(
        self, database: Database, tmp_path: Path, line: str, reason: str
    ) -> None:
        path = write(tmp_path / "a.csv", [cboe_line("100"), line, cboe_line("101")])
        done = importer(database).run(path)
        assert done.rejected == {reason: 1}
        assert stored(database).strike.tolist() == [100.0, 101.0]

    def test_mixed_dates_are_read_where_they_can_be(
        self, database: Database, tmp_path: Path
    ) -> None:
        days = ["2025-01-06", "20250106", "01/06/2025", "06.01.2025", "2025-01-06T20:45:00Z"]
        lines = [cboe_line(str(100 + i), day=day) for i, day in enumerate(days)]
        assert importer(database).run(write(tmp_path / "a.csv", lines)).rejected == {}
        assert len(stored(database)) == len(days)

    def test_two_roots_that_share_a_strike_are_two_contracts(
        self, database: Database, tmp_path: Path
    ) -> None:
        lines = [cboe_line(symbol="^SPX", root=root) for root in ("SPX", "SPXW")]
        assert importer(database).run(write(tmp_path / "a.csv", lines)).contracts == 2
        assert sorted(stored(database, "^SPX").root.tolist()) == ["SPX", "SPXW"]

    def test_an_adjusted_contract_is_kept_apart(self, database: Database, tmp_path: Path) -> None:
        lines = [cboe_line(root=root) for root in ("TEST", "TEST1")]
        importer(database).run(write(tmp_path / "a.csv", lines))
        assert sorted(stored(database).root.tolist()) == ["TEST", "TEST1"]

    def test_an_index_has_its_caret_whoever_prints_it(
        self, database: Database, tmp_path: Path
    ) -> None:
        importer(database).run(write(tmp_path / "a.csv", [cboe_line(symbol="SPX", root="SPX")]))
        assert len(stored(database, "^SPX")) == 1

    def test_a_class_of_shares_is_named_as_elsewhere(
        self, database: Database, tmp_path: Path
    ) -> None:
        importer(database).run(write(tmp_path / "a.csv", [cboe_line(symbol="BRK.B", root="BRKB")]))
        assert len(stored(database, "BRK-B")) == 1


class TestOnce:
    LINES: ClassVar = [cboe_line(str(100 + i), side) for i in range(8) for side in "CP"]

    def test_the_same_file_again_is_not_read_again(
        self, database: Database, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "a.csv", self.LINES)
        importer(database).run(path)
        renamed = path.rename(tmp_path / "b.csv")
        again = importer(database).run(renamed)
        assert (again.rows, again.resumed_at, again.contracts) == (16, 16, 16)

    def test_the_same_rows_in_another_file_are_counted(
        self, database: Database, tmp_path: Path
    ) -> None:
        importer(database).run(write(tmp_path / "a.csv", self.LINES))
        before = importer(database).past.chain("Yahoo", "TEST", DAY)
        again = importer(database).run(write(tmp_path / "b.csv", self.LINES[::-1]))
        assert (again.contracts, again.rejected) == (0, {DUPLICATE: 16})
        assert importer(database).past.chain("Yahoo", "TEST", DAY) == before

    def test_the_order_of_files_and_rows_changes_nothing(self, tmp_path: Path) -> None:
        later = [cboe_line(str(100 + i), "C", volume="99", bid="2.00") for i in range(4)]
        one = write(tmp_path / "a.csv", self.LINES)
        two = write(tmp_path / "b.csv", later)
        found = []
        for paths in ((one, two), (two, one)):
            database = Database(None)
            for path in paths:
                importer(database).run(path)
            chain = importer(database).past.chain("Yahoo", "TEST", DAY)
            assert chain is not None
            found.append(decode_chain(chain.data))
            database.close()
        for name in ("strike", "is_call", "bid", "volume"):
            assert getattr(found[0], name).tolist() == getattr(found[1], name).tolist()
        calls = found[0].is_call & (found[0].strike < 104)
        assert found[0].volume[calls].tolist() == [99.0] * 4  # of two rows the one that traded more

    def test_a_chain_in_many_batches_is_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Database
    ) -> None:
        path = write(tmp_path / "a.csv", self.LINES)
        importer(database).run(path)
        whole = stored(database)
        monkeypatch.setattr(chain_import, "BATCH_ROWS", 1)
        monkeypatch.setattr("analytics.imports.tables.BLOCK_BYTES", 200)
        other = Database(None)
        importer(other).run(path)
        chain = stored(other)
        other.close()
        assert chain.strike.tolist() == whole.strike.tolist()
        assert chain.bid.tolist() == whole.bid.tolist()

    def test_one_origin_a_day(self, database: Database, tmp_path: Path) -> None:
        importer(database).run(write(tmp_path / "a.csv", self.LINES))
        other = replace(CBOE_EOD, name="Another vendor")
        done = importer(database, other).run(write(tmp_path / "b.csv", [cboe_line("500")]))
        assert done.rejected == {OTHER_ORIGIN: 1}
        assert len(stored(database)) == 16


class TestLayouts:
    def test_orats_a_call_and_a_put_a_row(self, database: Database, tmp_path: Path) -> None:
        head = (
            "ticker,tradeDate,expirDate,dte,strike,stockPrice,callVolume,callOpenInterest,"
            "callBidPrice,callAskPrice,putVolume,putOpenInterest,putBidPrice,putAskPrice,"
            "callMidIv,putMidIv,delta,gamma"
        )
        line = "TEST,2025-01-06,2025-02-21,46,100,101.5,11,12,3.1,3.3,21,22,1.1,1.3,0.21,0.22,0.6,1"
        importer(database, ORATS).run(write(tmp_path / "a.csv", [line], head))
        chain = stored(database)
        assert chain.is_call.tolist() == [False, True]
        assert chain.bid.tolist() == [1.1, 3.1]
        assert chain.volume.tolist() == [21.0, 11.0]
        assert chain.open_interest.tolist() == [22.0, 12.0]
        assert chain.iv.tolist() == [0.22, 0.21]
        assert np.isnan(chain.delta).all()
        assert chain.underlying_price == 101.5

    def test_optionmetrics_strikes_in_thousandths(self, database: Database, tmp_path: Path) -> None:
        head = (
            "secid,date,symbol,symbol_flag,exdate,last_date,cp_flag,strike_price,best_bid,"
            "best_offer,volume,open_interest,impl_volatility,delta,gamma,contract_size,ticker"
        )
        lines = [
            "108105,20250106,SPXW 250221C597500,1,20250221,,C,597500,1.1,1.3,5,6,0.2,0.5,0.01,100,SPX",  # noqa: E501
            "108105,20250106,SPX 250221P600000,1,20250221,,P,600000,2.1,2.3,7,8,-99.99,-99.99,-99.99,100,SPX",  # noqa: E501
        ]
        importer(database, OPTIONMETRICS).run(write(tmp_path / "a.csv", lines, head))
        chain = stored(database, "^SPX")
        by_root = dict(zip(chain.root.tolist(), chain.strike.tolist(), strict=True))
        assert by_root == {"SPX": 600.0, "SPXW": 597.5}
        put = int(np.flatnonzero(~chain.is_call)[0])
        assert np.isnan([chain.iv[put], chain.delta[put], chain.gamma[put]]).all()
        assert chain.iv[1 - put] == 0.2

    def test_yfinance_without_symbol_and_date(self, database: Database, tmp_path: Path) -> None:
        head = (
            ",contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,change,percentChange,volume,"
            "openInterest,impliedVolatility,inTheMoney,contractSize,currency"
        )
        lines = [
            "0,TEST250221C00100000,2025-01-06 20:59:00+00:00,100.0,1.2,1.1,1.3,0.1,1,,6,0.2,"
            "False,REGULAR,USD",
            "1,TEST250221P00100000,2025-01-06 20:59:00+00:00,100.0,1.2,1.1,1.3,0.1,1,4,6,0.2,"
            "False,REGULAR,CAD",
            "2,TEST7250221C00100000,2025-01-06 20:59:00+00:00,100.0,1.2,1.1,1.3,0.1,1,4,6,0.2,"
            "False,MINI,USD",
        ]
        path = write(tmp_path / "TEST_2025-01-06.csv", lines, head)
        done = importer(database, YFINANCE).run(path)
        assert done.rejected == {reasons.OTHER_CURRENCY: 1}
        chain = stored(database)
        assert sorted(chain.root.tolist()) == ["TEST", "TEST7"]
        assert sorted(chain.multiplier.tolist()) == [10.0, 100.0]
        assert str(chain.last_trade[0]) == "2025-01-06T20:59:00"
        given = Given("TEST", dt.date(2025, 1, 7))
        other = write(tmp_path / "kept.csv", lines, head)
        importer(database, YFINANCE, given).run(other)
        assert len(stored(database, day=dt.date(2025, 1, 7))) == 2

    def test_a_mapping_of_ones_own(self, database: Database, tmp_path: Path) -> None:
        columns = {"symbol": "Name", "date": "Tag", "expiry": "Verfall", "strike": "Basis"}
        columns |= {"side": "Art", "bid": "Geld", "iv": "Vola"}
        mapping = ChainMapping(
            "Terminbörse",
            {name: (column,) for name, column in columns.items()},
            date_formats=("%d.%m.%Y",),
            delimiter=";",
            decimal=",",
            iv_divisor=100.0,
            encoding="latin-1",
            skip_lines=1,
        )
        path = tmp_path / "a.csv"
        text = (
            "Kurse für Montag\nName;Tag;Verfall;Basis;Art;Geld;Vola\n"
            "TEST;06.01.2025;21.02.2025;597,5;call;1,25;21,5\n"
            "TEST;06.01.2025;21.02.2025;600;put;1.25;21,5\n"
        )
        path.write_bytes(text.encode("latin-1"))
        done = importer(database, mapping).run(path)
        assert done.rejected == {f"{reasons.UNREADABLE} in Geld": 1}
        chain = stored(database)
        assert (chain.strike[0], chain.bid[0], chain.iv[0]) == (597.5, 1.25, 0.215)


class TestFiles:
    def test_gzip_and_a_byte_order_mark(self, database: Database, tmp_path: Path) -> None:
        path = tmp_path / "a.csv.gz"
        text = f"\ufeff{CBOE_HEAD}\n{cboe_line()}\n"
        path.write_bytes(gzip.compress(text.encode("utf-8")))
        assert importer(database).run(path).contracts == 1

    @pytest.mark.parametrize("delimiter", [";", "\t", "|"])
    def test_the_delimiter_is_recognised(
        self, database: Database, tmp_path: Path, delimiter: str
    ) -> None:
        lines = [cboe_line().replace(",", delimiter)]
        path = write(tmp_path / "a.csv", lines, CBOE_HEAD.replace(",", delimiter))
        assert importer(database).run(path).contracts == 1

    def test_a_truncated_gzip_is_said_and_may_be_repaired(
        self, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("analytics.imports.tables.BLOCK_BYTES", 1 << 16)
        rng = np.random.default_rng(1)
        lines = [
            cboe_line(f"{strike / 100:.2f}", bid=f"{bid}", last=f"{last}", ask=f"{bid}")
            for strike, (bid, last) in enumerate(rng.random((20_000, 2)).tolist(), start=100)
        ]
        whole = gzip.compress("\n".join((CBOE_HEAD, *lines)).encode())
        path = tmp_path / "a.csv.gz"
        path.write_bytes(whole[: len(whole) * 3 // 4])
        done = importer(database).run(path)
        assert not done.complete
        assert "a.csv.gz cannot be read on after row" in done.reason
        assert done.contracts < len(lines)
        path.write_bytes(whole)
        repaired = importer(database).run(path)
        assert repaired.complete
        assert len(stored(database)) == len(lines)

    def test_parquet_of_other_types(self, database: Database, tmp_path: Path) -> None:
        table = pa.table(
            {
                "underlying_symbol": pa.array(["TEST", "TEST"]).dictionary_encode(),
                "quote_date": pa.array([20250106, 20250106], pa.int64()),
                "root": pa.array(["TEST", None]),
                "expiration": pa.array([dt.date(2025, 2, 21)] * 2, pa.date32()),
                "strike": pa.array([100, 101], pa.decimal128(10, 2)),
                "option_type": pa.array(["C", "P"], pa.large_string()),
                "bid_1545": pa.array(["1.00", None]),
                "ask_1545": pa.array([1.1, float("inf")], pa.float32()),
                "open_interest": pa.array([5, None], pa.int32()),
                "trade_volume": pa.array([None, None], pa.null()),
            }
        )
        path = tmp_path / "a.parquet"
        parquet.write_table(table, path)
        done = importer(database).run(path)
        assert (done.contracts, done.rejected) == (2, {})
        chain = stored(database)
        assert sorted(chain.strike.tolist()) == [100.0, 101.0]
        assert np.isnan(chain.ask).sum() == 1

    @pytest.mark.parametrize(
        ("name", "values", "said"),
        [
            ("strike", pa.array([[1.0]]), r"'strike' is of type list.*, not a number"),
            ("strike", pa.array([True]), r"'strike' is of type bool, not a number"),
            ("option_type", pa.array([{"a": 1}]), r"'option_type' is of type struct.*, not text"),
        ],
    )
    def test_a_type_that_is_none_is_said(
        self, database: Database, tmp_path: Path, name: str, values: pa.Array, said: str
    ) -> None:
        columns = {
            "underlying_symbol": pa.array(["TEST"]),
            "quote_date": pa.array(["2025-01-06"]),
            "expiration": pa.array(["2025-02-21"]),
            "strike": pa.array([1.0]),
            "option_type": pa.array(["C"]),
        }
        path = tmp_path / "a.parquet"
        parquet.write_table(pa.table(columns | {name: values}), path)
        with pytest.raises(BadInput, match=said):
            importer(database).run(path)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", r"is empty"),
            (b"PK\x03\x04rest", r"unpack it first"),
            (b"PAR1 is not enough", r"not a whole Parquet file"),
            (b"\x00\x01\x02\x03" * 9, r"not a table"),
            (b"\n\n", r"not a table"),
            ("Naïve,Größe\n1,2\n".encode("latin-1"), r"not utf-8 text"),
            (b"strike,strike\n1,2\n", r"'strike' twice"),
            (b"a,b\n1,2\n", r"no column for symbol .*underlying_symbol.* It has: a, b\."),
        ],
    )
    def test_a_file_that_is_none_is_said(
        self, database: Database, tmp_path: Path, content: bytes, said: str
    ) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(content)
        with pytest.raises(BadInput, match=said):
            importer(database).run(path)

    def test_an_absent_file(self, database: Database, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="No such file"):
            importer(database).run(tmp_path / "none.csv")


class TestPreview:
    def test_how_it_is_understood_without_writing(self, database: Database, tmp_path: Path) -> None:
        path = write(
            tmp_path / "a.csv", [cboe_line(), cboe_line("0"), cboe_line("101", bid="", ask="")]
        )
        found = importer(database).preview(path)
        assert found.columns["strike"] == "strike"
        assert found.columns["bid"] == "bid_1545"
        assert found.rejected == {reasons.NO_STRIKE: 1}
        assert (found.rows, found.unquoted) == (3, 1)
        assert [len(chain) for chain in found.chains] == [2]
        assert importer(database).past.chain("Yahoo", "TEST", DAY) is None
