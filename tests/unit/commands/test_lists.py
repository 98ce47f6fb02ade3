"""``python -m analytics lists``: shown with their age, renewed from three places, or refused."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.commands import lists
from analytics.desk.list_refresh import from_holdings, from_market_values, known_symbols
from analytics.desk.lists import KINDS, read_list, write_list
from analytics.model import dated_lists
from analytics.model.dated_lists import SHIPPED
from analytics.model.fund_holdings import FundHolding, FundHoldings
from analytics.model.listings import (
    group,
    index_weights,
    members,
    sector_fund,
    ten_largest,
)
from analytics.model.vocabulary import BadInput, HoldlineError, MarketValue

TODAY = dt.date(2026, 11, 27)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HOLDLINE_HOME", str(tmp_path))
    monkeypatch.delenv("HOLDLINE_SOURCE", raising=False)
    yield tmp_path
    dated_lists.use_folder(None)


def run(*words: str) -> str:
    said: list[str] = []
    assert lists.run(words, said.append) == 0
    return "\n".join(said)


class TestShow:
    def test_each_with_its_age_and_source(self) -> None:
        shown = json.loads(run("show", "--json"))
        by_name = {one["name"]: one for one in shown["lists"]}
        assert by_name["ten-largest"]["age"].startswith("list of 1 Jan 2025, ")
        assert by_name["members"]["dated"] == "2024-12-23"
        assert set(by_name) <= set(KINDS)
        assert all(one["source"] and not one["refreshed"] for one in shown["lists"])
        assert "ten largest companies: list of 1 Jan 2025" in run("show")


def values(**changed: float) -> list[MarketValue]:
    """Every member worth what its place says, less by one for each."""
    ranked = known_symbols(TODAY)
    worth = {s: 5_000_000.0 - 1_000.0 * i for i, s in enumerate(sorted(ranked))} | changed
    return [MarketValue(symbol.replace("_", "-"), value) for symbol, value in worth.items()]


class TestFromMarketValues:
    def rank(self, market_values: list[MarketValue]) -> list[str]:
        made = from_market_values(market_values, TODAY, "Yahoo", TODAY)
        return made.rows["ten-largest"][0]["symbols"].split()

    def test_the_ten_largest_in_order(self) -> None:
        ten = self.rank(values(NVDA=9e6, AAPL=8e6))
        assert ten[:2] == ["NVDA", "AAPL"]
        assert len(ten) == 10

    def test_classes_that_each_carry_the_company_s_value_are_not_added(self) -> None:
        assert self.rank(values(GOOGL=6e6, GOOG=6.1e6, NVDA=9e6))[:2] == ["NVDA", "GOOGL"]

    def test_classes_that_carry_their_own_are(self) -> None:
        assert self.rank(values(GOOGL=6e6, GOOG=4e6, NVDA=9e6))[:2] == ["GOOGL", "NVDA"]

    def test_too_few_values_are_refused(self) -> None:
        with pytest.raises(BadInput, match="gave market values of 400 of 503 companies"):
            self.rank(values()[:400])

    def test_one_of_the_ten_without_a_value_is_refused(self) -> None:
        with pytest.raises(BadInput, match="gave no market value of MSFT"):
            self.rank([one for one in values() if one.symbol != "MSFT"])

    def test_others_missing_are_said(self) -> None:
        market_values = [one for one in values() if one.symbol not in ("ZTS", "ZBRA")]
        made = from_market_values(market_values, TODAY, "Yahoo", TODAY)
        [note] = made.notes
        assert note.startswith("2 members have no market value: ")

    def test_the_whole_command(self, tmp_path: Path) -> None:
        folder = tmp_path / "data"
        for part in ("prices", "fundamentals"):
            (folder / part).mkdir(parents=True)
        (folder / "prices" / "SPY.csv").write_text("date,close\n2026-11-27,1\n")
        rows = [f"{one.symbol},{one.value_m}" for one in values(NVDA=9e6)]
        text = "\n".join(["symbol,market_value_musd", *rows])
        (folder / "fundamentals" / "market_values.csv").write_text(text)
        said = run("refresh", "--source", "files", "--data", str(folder))
        assert "ten-largest: 1 row written to" in said
        listing = ten_largest(TODAY)
        assert (listing.symbols[0], listing.valid_from) == ("NVDA", TODAY)
        assert "Market values at Files on 27 Nov 2026" in listing.source
        assert group("ten", TODAY).lists[0].age_note(TODAY) == ""
        assert ten_largest(dt.date(2025, 1, 24)).symbols[0] == "AAPL"

    def test_a_source_without_them_says_what_else_there_is(self) -> None:
        with pytest.raises(HoldlineError, match="has no market values: --holdings or --file"):
            run("refresh", "--source", "demo")


def holdings(*, sectors: bool = True) -> FundHoldings:
    """3% for Alphabet's and Fox's classes each, 2% for ten others, 0.138% for the rest."""
    funds = {symbol: sector_fund(symbol) or "" for symbol in members(TODAY).listing.symbols}
    heavy = dict.fromkeys(("GOOGL", "GOOG", "FOXA", "FOX"), 3.0)
    heavy |= dict.fromkeys(
        ["AAPL", "NVDA", "MSFT", "AMZN", "META", "TSLA", "AVGO", "WMT", "JPM", "V"], 2.0
    )
    rows = [
        FundHolding(s, f"{s} Inc", heavy.get(s, 0.138), f if sectors else "")
        for s, f in funds.items()
    ]
    return FundHoldings(dt.date(2026, 11, 26), tuple(rows), ())


class TestFromHoldings:
    def test_members_weights_and_the_ten(self) -> None:
        made = from_holdings(holdings(), TODAY, "ivv.csv", None)
        assert len([r for r in made.rows["weights"] if r["kind"] == "sector"]) == 11
        ten = made.rows["ten-largest"][0]["symbols"].split()
        assert ten[:3] == ["FOXA", "GOOGL", "AAPL"]

    def test_sectors_the_file_lacks_are_those_known(self) -> None:
        made = from_holdings(holdings(sectors=False), TODAY, "spy.csv", None)
        assert {row["sector"] for row in made.rows["members"]} == {
            "XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY",
        }  # fmt: skip

    def test_a_member_without_a_sector_is_said_and_belongs_to_none(self, home: Path) -> None:
        read = holdings()
        new = FundHolding("NEWCO", "New Co", 0.01, "")
        read = FundHoldings(read.dated, (*read.holdings, new), ())
        made = from_holdings(read, TODAY, "spy.csv", None)
        assert "No sector is known of NEWCO." in made.notes
        assert not [r for r in made.rows["weights"] if r["kind"] == "sector"]
        dated_lists.use_folder(home / "lists")
        write_list(home / "lists", KINDS["members"], made.rows["members"])
        assert "NEWCO" in members(TODAY).listing.symbols
        assert sector_fund("NEWCO") is None

    def test_a_small_fund_is_refused(self) -> None:
        read = holdings()
        small = FundHoldings(read.dated, read.holdings[:100], ())
        with pytest.raises(BadInput, match="100 members where 480 to 520 are expected"):
            from_holdings(small, TODAY, "dia.csv", None)

    def test_a_day_ahead_and_no_day_are_refused(self) -> None:
        with pytest.raises(BadInput, match="27 Nov 2027, which lies ahead"):
            from_holdings(holdings(), TODAY, "x.csv", dt.date(2027, 11, 27))
        read = holdings()
        with pytest.raises(BadInput, match="--date DATE does"):
            from_holdings(FundHoldings(None, read.holdings, ()), TODAY, "x.csv", None)

    def test_the_whole_command(self, tmp_path: Path) -> None:
        path = tmp_path / "ivv.csv"
        with path.open("w", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["Fund Holdings as of", "Nov 25, 2026"])
            writer.writerow(["Ticker", "Name", "Sector", "Asset Class", "Weight (%)"])
            for one in holdings().holdings:
                heavy = 7.0 if one.symbol == "NVDA" else one.weight_pct
                ticker = one.symbol.replace("-", "")
                writer.writerow([ticker, one.name, "", "Equity", heavy])
        said = run("refresh", "--holdings", str(path))
        assert said.count("written to") == 3
        assert ten_largest(TODAY).symbols[0] == "NVDA"
        assert members(TODAY).listing.valid_from == dt.date(2026, 11, 25)
        assert "BRK-B" in members(TODAY).listing.symbols
        assert index_weights("company", TODAY).weights_pct["NVDA"] == 7.0
        assert group("sp500", TODAY).lists[0].age_note(TODAY) == ""


class TestFromAFile:
    def test_every_shipped_list_is_accepted_as_it_ships(self) -> None:
        for kind in KINDS.values():
            paths = [*SHIPPED.glob(kind.file), *Path("analytics").rglob(f"data/{kind.file}")]
            assert read_list(kind, paths[0].read_text(encoding="utf-8"), TODAY)

    def test_rows_of_another_date_stay(self, home: Path) -> None:
        path = home / "own.csv"
        for day, first in (("2026-05-01", "AAPL"), ("2026-10-01", "NVDA")):
            path.write_text(f"valid_from,symbols,source\n{day},{first} B C D E F G H I J,me\n")
            run("refresh", "--list", "ten-largest", "--file", str(path))
        assert ten_largest(dt.date(2026, 6, 1)).symbols[0] == "AAPL"
        assert ten_largest(TODAY).symbols[0] == "NVDA"
        path.write_text("valid_from,symbols,source\n2026-10-01,MSFT B C D E F G H I J,me\n")
        run("refresh", "--list", "ten-largest", "--file", str(path))
        assert ten_largest(TODAY).symbols[0] == "MSFT"
        assert len((home / "lists" / "ten_largest.csv").read_text().splitlines()) == 3

    def test_an_older_list_is_said_to_change_nothing(self, home: Path) -> None:
        path = home / "own.csv"
        path.write_text("valid_from,symbols,source\n2024-05-01,A B C D E F G H I J,me\n")
        said = run("refresh", "--list", "ten-largest", "--file", str(path))
        assert "the list of 1 Jan 2025 is newer and stays in use" in said

    @pytest.mark.parametrize(
        ("name", "text", "sentence"),
        [
            ("ten-largest", "", "lacks the column 'valid_from'"),
            ("ten-largest", "valid_from,symbols,source\n", "has no row"),
            ("ten-largest", "valid_from,symbols,source\n2026-01-01,A B,me\n", "2 companies where"),
            (
                "ten-largest",
                "valid_from,symbols,source\n2026-01-01,GOOG GOOGL B C D E F G H I,me\n",
                "9 companies where ten",
            ),
            (
                "ten-largest",
                "valid_from,symbols,source\n2026-01-01,A A B C D E F G H I J,me\n",
                "a symbol stands twice",
            ),
            (
                "ten-largest",
                "valid_from,symbols,source\n2026-01-01,a B C D E F G H I J,me\n",
                "'a' is not written as a symbol",
            ),
            (
                "ten-largest",
                "valid_from,symbols,source\n1.1.2026,A B C D E F G H I J,me\n",
                "cannot be used",
            ),
            (
                "ten-largest",
                "valid_from,symbols,source\n2030-01-01,A B C D E F G H I J,me\n",
                "which lies ahead",
            ),
            (
                "ten-largest",
                "valid_from,symbols,source\n2026-01-01,A B C D E F G H I J,\n",
                "without its source",
            ),
            (
                "weights",
                "as_of,kind,symbol,name,weight_pct,source\n2026-01-01,company,A,a,nan,me\n",
                "not above 0",
            ),
            (
                "weights",
                "as_of,kind,symbol,name,weight_pct,source\n2026-01-01,sector,XLK,T,99.5,me\n",
                "the sectors are",
            ),
            (
                "receipts",
                "symbol,valid_from,valid_to,ordinary_per_receipt,checked,source\n"
                "BP,,,-6,2026-01-01,me\n",
                "ordinary shares a receipt",
            ),
            (
                "members",
                "valid_from,sector,symbols,source\n2026-01-01,XLK,AAPL,me\n",
                "1 members where",
            ),
            ("fed-meetings", "first_day,decision_day,projections,source\nx,y,0,me\n", "cannot be"),
            ("ten-largest", '"valid_from', "not CSV|lacks the column"),
        ],
    )
    def test_what_is_wrong_is_refused_in_one_sentence_and_nothing_written(
        self, home: Path, name: str, text: str, sentence: str
    ) -> None:
        path = home / "own.csv"
        path.write_text(text)
        with pytest.raises(BadInput, match=sentence):
            run("refresh", "--list", name, "--file", str(path))
        assert not (home / "lists").exists()

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["refresh", "--list", "ten-largest"], "belong together"),
            (["refresh", "--list", "twenty", "--file", "x"], "invalid choice"),
            (["refresh", "--holdings", "nowhere.csv"], "cannot be read"),
            ([], "required"),
        ],
    )
    def test_what_is_asked_wrongly(self, words: list[str], sentence: str) -> None:
        with pytest.raises(BadInput, match=sentence):
            run(*words)

    def test_a_folder_that_cannot_be_written_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(BadInput, match="cannot be written"):
            write_list(tmp_path / "file" / "lists", KINDS["ten-largest"], ())
