"""A data folder of many files: listed once for all symbols, and read anew where it changed."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.model.vocabulary import NotAvailable
from analytics.sources.files import data_folder
from analytics.sources.files.data_folder import DataFolder
from analytics.sources.files.price_tables import PriceTable
from analytics.sources.files.source import FilesSource

ROWS = "date,open,high,low,close\n2025-01-23,10,12,9,11\n2025-01-24,11,13,10,12\n"


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    folder = tmp_path / "prices"
    folder.mkdir()
    for name in ("SPY", "AAA", "BBB"):
        (folder / f"{name}.csv").write_text(ROWS)
    return folder


def settled(folder: Path) -> None:
    """Some seconds ago it was changed, as far as the file system tells."""
    then = time.time() - 10
    os.utime(folder, (then, then))


def folder_of(prices: Path) -> DataFolder:
    return DataFolder(prices.parent, lambda: dt.date(2025, 1, 24))


class TestListing:
    def test_is_made_once_for_all_symbols(
        self, prices: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settled(prices)
        listed: list[Path] = []
        glob = Path.glob

        def noted(self: Path, pattern: str) -> Iterator[Path]:
            listed.append(self)
            return iter(list(glob(self, pattern)))

        monkeypatch.setattr(Path, "glob", noted)
        source = FilesSource(prices.parent)
        for symbol in ("SPY", "AAA", "BBB") * 5:
            source.bars(symbol, None)
            source.now()
        assert listed.count(prices) == 1

    def test_a_file_more_or_less_is_seen_at_once(self, prices: Path) -> None:
        folder = folder_of(prices)
        assert "CCC" not in folder.own_price_files
        (prices / "CCC.csv").write_text(ROWS)
        assert [path.name for path in folder.own_price_files["CCC"]] == ["CCC.csv"]
        settled(prices)
        assert "CCC" in folder.own_price_files
        (prices / "CCC.csv").unlink()
        assert "CCC" not in folder.own_price_files
        assert folder.files("minutes") == ()

    def test_tables_of_many_are_apart(self, prices: Path) -> None:
        (prices / "all_close.csv").write_text("date,QQQ\n2025-01-24,5\n")
        folder = folder_of(prices)
        assert [path.name for path in folder.wide_price_files] == ["all_close.csv"]
        assert "ALL_CLOSE" not in folder.own_price_files


class TestTables:
    def test_a_changed_file_is_read_again(self, prices: Path) -> None:
        folder, path = folder_of(prices), prices / "AAA.csv"
        first = folder.table(path)
        assert folder.table(path) is first
        assert folder.newest_session(path) == ("AAA", dt.date(2025, 1, 24))
        path.write_text(ROWS.rpartition("2025-01-24")[0])
        os.utime(path, (2_000_000_000, 2_000_000_000))
        assert folder.table(path) is not first
        assert folder.newest_session(path) == ("AAA", dt.date(2025, 1, 23))

    def test_those_read_longest_ago_are_let_go(
        self, prices: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(data_folder, "TABLE_BYTES", 200)  # a table has 2 rows of 5 numbers
        folder = folder_of(prices)
        first = folder.table(prices / "AAA.csv")
        assert isinstance(first, PriceTable)
        for name in ("BBB", "SPY"):
            folder.table(prices / f"{name}.csv")
        again = folder.table(prices / "AAA.csv")
        assert again is not first
        assert isinstance(again, PriceTable)
        assert again.frame.equals(first.frame)

    def test_one_that_cannot_be_read_is_no_session(self, prices: Path) -> None:
        (prices / "BAD.csv").write_text("date,open\n2025-01-24,1\n")
        folder = folder_of(prices)
        assert isinstance(folder.table(prices / "BAD.csv"), NotAvailable)
        assert folder.newest_session(prices / "BAD.csv") is None
