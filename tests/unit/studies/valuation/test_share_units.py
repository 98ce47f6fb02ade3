"""Receipts and ordinary shares: what one traded unit stands for, and when that is not known."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import analytics
from analytics.model.receipts import listed_receipt, looks_like_receipt, receipts_list
from analytics.model.vocabulary import Bars, MarketValue, Quarter
from analytics.sources.files.source import FilesSource
from analytics.sources.yahoo.quotes import read_market_values
from analytics.studies.valuation.share_units import (
    Unit,
    ordinary_per_unit,
    shares_today,
    unchecked_ratio,
    unit_of,
)
from tests.support.builders import make_bars

DAY = dt.date(2025, 1, 24)
ENDS = [dt.date(2023, 12, 31), dt.date(2024, 3, 31), dt.date(2024, 6, 30), dt.date(2024, 9, 30)]


def bars(symbol: str, price: float = 30.0, name: str = "") -> Bars:
    return replace(make_bars([price] * 300, DAY, symbol=symbol), name=name)


def quarters(shares: float = 16_500.0, **more: object) -> tuple[Quarter, ...]:
    made = [Quarter(end, 48_000.0, None, reported_on=end, shares_m=shares) for end in ENDS]
    return tuple(replace(quarter, **more) for quarter in made)  # type: ignore[arg-type]


def market_cap_m(
    symbol: str, market_value: MarketValue | None = None, name: str = "", **more: object
) -> float | str:
    """Market value of 16,500 million reported shares at 30 a unit; or why there is none."""
    prices, reported = bars(symbol, name=name), quarters(**more)  # type: ignore[arg-type]
    unit = unit_of(symbol, reported, prices, market_value)
    shares, absence = shares_today(symbol, reported, prices, unit)
    return absence or "" if shares is None else shares * 30.0


class TestTwoQuarters:
    @pytest.mark.parametrize("newest", [16_500_000.0, 16.5, 3_000.0])
    def test_a_count_in_another_unit_than_the_quarter_before_tells_nothing(
        self, newest: float
    ) -> None:
        reported = (*quarters()[:-1], replace(quarters()[-1], shares_m=newest))
        got, why = shares_today("XOM", reported, bars("XOM"), Unit("ordinary"))
        assert got is None
        assert str(why).startswith("n/a (shares of another unit: two quarters' counts are ")

    def test_new_shares_and_a_restated_split_are_no_other_unit(self) -> None:
        reported = (*quarters()[:-1], replace(quarters()[-1], shares_m=30_000.0))
        assert shares_today("XOM", reported, bars("XOM"), Unit("ordinary"))[0] == 30_000.0
        prices = bars("XOM")
        splits = prices.splits.copy()
        splits[prices.sessions == np.datetime64("2024-09-20")] = 10.0
        split = replace(prices, splits=splits)
        assert shares_today("XOM", quarters(), split, Unit("ordinary"))[0] == 16_500.0
        tenfold = (*quarters(1_650.0)[:-1], quarters()[-1])
        assert shares_today("XOM", tenfold, split, Unit("ordinary"))[0] == 16_500.0


class TestByTheList:
    def test_six_ordinary_shares_a_receipt(self) -> None:
        assert market_cap_m("BP") == pytest.approx(82_500)

    @pytest.mark.parametrize(("symbol", "checked"), [("BP", True), ("HSBC", False), ("UBS", False)])
    def test_a_ratio_that_nobody_read_in_a_filing_is_marked(
        self, symbol: str, checked: bool
    ) -> None:
        sentence = unchecked_ratio(symbol, quarters(), Unit("ordinary"))
        assert (sentence is None) is checked
        assert checked or "not checked against a filing" in str(sentence)
        assert unchecked_ratio(symbol, quarters(receipt_ratio=4.0), Unit("ordinary")) is None
        assert unchecked_ratio(symbol, quarters(), Unit("traded")) is None

    def test_half_an_ordinary_share(self) -> None:
        assert market_cap_m("AZN") == pytest.approx(16_500 * 2 * 30)

    def test_a_foreign_company_s_own_shares(self) -> None:
        assert market_cap_m("UBS", form="20-F") == pytest.approx(495_000)

    def test_a_receipt_of_an_unchecked_ratio(self) -> None:
        assert market_cap_m("KEP") == "n/a (receipt ratio unknown)"

    def test_the_ratio_is_that_of_the_report_s_date_and_its_change_is_in_the_bars(self) -> None:
        # Ryanair's ADS went from five ordinary shares to two on 30 September 2024: 2.5 for one
        prices = bars("RYAAY")
        splits = prices.splits.copy()
        splits[prices.sessions == np.datetime64("2024-09-30")] = 2.5
        prices = replace(prices, splits=splits)
        known = quarters(1_000.0)[:3]
        unit = unit_of("RYAAY", known, prices, None)
        assert ordinary_per_unit("RYAAY", known, unit) == 5
        assert shares_today("RYAAY", known, prices, unit)[0] == pytest.approx(1_000 / 2)
        later = [
            replace(quarter, reported_on=dt.date(2024, 11, 4)) for quarter in quarters(1_000.0)
        ]
        assert shares_today("RYAAY", later, prices, unit)[0] == pytest.approx(1_000 / 2)

    def test_every_row_names_its_source_and_spans_do_not_overlap(self) -> None:
        path = Path(analytics.__file__).parent / "model" / "data" / "receipts.csv"
        with path.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        assert all(row["source"] for row in rows)
        first = dt.date(1990, 1, 1)
        for row in rows:
            found = [
                day
                for day in (first + dt.timedelta(days=30 * i) for i in range(450))
                if listed_receipt(row["symbol"], day) is not None
            ]
            assert found
        assert len({(r["symbol"], r["valid_from"]) for r in rows}) == len(rows)
        ended = {r["symbol"]: r["valid_to"] for r in rows if r["valid_to"]}
        begun = {r["symbol"]: r["valid_from"] for r in rows if r["valid_from"]}
        for symbol, day in ended.items():
            assert dt.date.fromisoformat(begun[symbol]) - dt.date.fromisoformat(day) == (
                dt.timedelta(days=1)
            )

    def test_figures_on_the_list_say_its_age_after_four_hundred_days(self) -> None:
        assert receipts_list(("AAPL",)) == ()
        [listed] = receipts_list(("AAPL", "BP"))
        assert listed.age_note(listed.dated + dt.timedelta(days=400)) == ""
        assert "401 days old" in listed.age_note(listed.dated + dt.timedelta(days=401))


class TestWhatLooksLikeOne:
    @pytest.mark.parametrize(
        ("symbol", "name", "form", "looks"),
        [
            ("XYZ", "Example plc Sponsored ADR", "", True),
            ("XYZ", "Example plc American Depositary Shares", "", True),
            ("XYZ", "Example (ADS)", "", True),
            ("XYZ", "Adsit Badrock Inc.", "", False),
            ("XYZ", "Example plc", "20-F", True),
            ("XYZ", "Example plc", "6-K", True),
            ("XYZ", "Example plc", "40-F/A", True),
            ("XYZ", "Example Inc.", "10-Q", False),
            ("EXMPY", "", "", True),
            ("EXMPF", "", "", False),
            ("BP", "", "", True),
            ("AAPL", "Apple Inc.", "", False),
        ],
    )
    def test_it(self, symbol: str, name: str, form: str, looks: bool) -> None:
        assert looks_like_receipt(symbol, name, form) is looks

    @pytest.mark.parametrize("more", [{"name": "Example ADR"}, {"form": "20-F"}])
    def test_without_a_ratio_there_is_no_figure(self, more: dict[str, str]) -> None:
        assert market_cap_m("XYZ", **more) == "n/a (receipt ratio unknown)"  # type: ignore[arg-type]

    def test_a_ratio_of_the_source_s_own_goes_first(self) -> None:
        assert market_cap_m("XYZ", name="Example ADR", receipt_ratio=3.0) == pytest.approx(165_000)
        assert market_cap_m("BP", receipt_ratio=12.0) == pytest.approx(41_250)


class TestAgainstTheSourcesMarketValue:
    def test_it_confirms_the_ratio(self) -> None:
        assert market_cap_m("BP", MarketValue("BP", 85_000.0)) == pytest.approx(82_500)

    def test_counts_that_are_receipts_already(self) -> None:
        assert market_cap_m("BP", MarketValue("BP", 495_000.0)) == pytest.approx(495_000)

    def test_it_tells_the_unit_of_a_receipt_without_a_ratio(self) -> None:
        quoted = MarketValue("XYZ", 500_000.0, name="Example ADR")
        assert market_cap_m("XYZ", quoted) == pytest.approx(495_000)
        quoted = MarketValue("XYZ", 82_500.0, name="Example ADR")
        assert market_cap_m("XYZ", quoted) == "n/a (receipt ratio unknown)"

    def test_a_contradiction_is_no_figure(self) -> None:
        assert market_cap_m("AAPL", MarketValue("AAPL", 82_500.0)) == (
            "n/a (shares of another unit: 495.0 bn USD by the share count, 82.5 bn by the source)"
        )
        assert "another unit" in str(market_cap_m("BP", MarketValue("BP", 20_000.0)))

    def test_one_in_another_currency_says_nothing(self) -> None:
        assert market_cap_m("BP", MarketValue("BP", 65_000.0, "GBP")) == pytest.approx(82_500)

    def test_what_it_found_holds_for_earlier_quarters(self) -> None:
        unit = unit_of("BP", quarters(), bars("BP"), MarketValue("BP", 495_000.0))
        assert unit == Unit("traded")
        assert ordinary_per_unit("BP", quarters()[:2], unit) == 1.0


class TestSources:
    def test_yahoo_s_bulk_quote(self) -> None:
        entry = {"symbol": "BP", "quoteType": "EQUITY", "marketCap": 82.5e9, "currency": "USD"}
        answer = {
            "quoteResponse": {
                "result": [
                    entry | {"longName": "BP p.l.c.", "shortName": "BP p.l.c. ADR"},
                    entry | {"symbol": "SPY", "quoteType": "ETF"},
                    entry | {"symbol": "NONE", "marketCap": None},
                    entry | {"symbol": "BAD", "marketCap": "Infinity"},
                ]
            }
        }
        assert read_market_values(answer) == (
            MarketValue("BP", 82_500.0, "USD", "BP p.l.c. / BP p.l.c. ADR"),
        )

    def test_files(self, tmp_path: Path) -> None:
        for part in ("prices", "fundamentals"):
            (tmp_path / part).mkdir()
        (tmp_path / "prices" / "SPY.csv").write_text("date,close\n2025-01-24,1\n")
        (tmp_path / "fundamentals" / "A_quarterly.csv").write_text(
            "period_end,revenue_musd,gross_profit_musd,shares_m,receipt_ratio,form\n"
            "2024-09-30,5,1,7.5,6,20-F\n"
        )
        (tmp_path / "fundamentals" / "market_values.csv").write_text(
            "symbol,market_value_musd,name\nA,82500,Example ADR\nB,1,\n"
        )
        source = FilesSource(tmp_path)
        [quarter] = source.quarters("A")
        assert (quarter.receipt_ratio, quarter.form) == (6.0, "20-F")
        assert source.market_values(("A",)) == (MarketValue("A", 82_500.0, name="Example ADR"),)
