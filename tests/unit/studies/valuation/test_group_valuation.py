"""Price to sales of two groups, worked out by hand."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import analytics
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.baskets import default_basket, share_class
from analytics.model.question import Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import BadInput, Bars, Moment, NotAvailable, Phase, Quarter
from analytics.sources.demo import DemoSource
from analytics.sources.demo.scenario import FRIDAY
from analytics.sources.files.source import FilesSource
from analytics.studies.valuation.company_value import company_ps
from analytics.studies.valuation.group_valuation import (
    GROUP_VALUATION,
    GroupValuation,
    GroupValuationParameters,
)
from analytics.studies.valuation.share_units import Unit, shares_today
from tests.support.builders import make_bars

DAY = FRIDAY
MOMENT = Moment(session_close(DAY), DAY, Phase.CLOSED, False)
ORDINARY = Unit("ordinary")
ENDS = [dt.date(2023, 12, 31), dt.date(2024, 3, 31), dt.date(2024, 6, 30), dt.date(2024, 9, 30)]


def bars(symbol: str, price: float, days: int = 300) -> Bars:
    return make_bars([price] * days, DAY, symbol=symbol)


def quarters(
    sales: float, shares: float | None = 10.0, count: int = 4, season: float = 0.0
) -> tuple[Quarter, ...]:
    """Quarters whose sales go up and down by ``season``, so that companies can be told apart."""
    return tuple(
        Quarter(
            end,
            sales + season * (-1) ** i,
            None,
            reported_on=end + dt.timedelta(days=30),
            shares_m=shares,
        )
        for i, end in enumerate(ENDS[4 - count :])
    )


def demo_desk() -> Desk:
    return Desk(DemoSource(), Cache(NoBackend(), Codec(CACHED_TYPES)), deadline_seconds=60.0)


def ask(
    market: dict[str, Bars], reported: dict[str, tuple[Quarter, ...]], *lists: str
) -> GroupValuation:
    first, second = (tuple(Symbol(s) for s in names.split()) for names in lists)
    absent = {("quarters", s): NotAvailable(f"{s}: none.") for s in market if s not in reported}
    inputs = Inputs(MOMENT, bars=market, quarters=reported, absent=absent)
    return GROUP_VALUATION.compute(GroupValuationParameters(first, second, quarters=1), inputs)


def with_profit(reported: tuple[Quarter, ...]) -> tuple[Quarter, ...]:
    return tuple(replace(quarter, gross_profit_musd=20.0) for quarter in reported)


class TestFiguresThatCannotBe:
    """They are n/a by name; the rest of the group stands."""

    def absence(self, price: float, reported: tuple[Quarter, ...]) -> str | None:
        got = ask({"A": bars("A", price)}, {"A": reported}, "A", "")
        return got.first.companies[0].absence

    def test_shares_counted_singly(self) -> None:
        sentence = self.absence(100.0, quarters(5_000.0, shares=260_000_000.0))
        assert sentence is not None
        assert sentence.startswith(
            "n/a (market value of 2.6e+04 trillion USD: shares, sales or prices"
        )

    def test_sales_in_thousands(self) -> None:
        sentence = self.absence(100.0, quarters(8_700_000.0))
        assert sentence is not None
        assert sentence.startswith("n/a (sales of 34.8 trillion USD: shares, sales or prices")

    def test_quarters_of_two_years_ago(self) -> None:
        old = tuple(
            replace(q, period_end=q.period_end - dt.timedelta(days=730), reported_on=None)
            for q in quarters(100.0)
        )
        assert self.absence(100.0, old) == "n/a (the newest quarter known is to 2022-10-01)"

    def test_classes_that_each_state_their_own_shares(self) -> None:
        market = {symbol: bars(symbol, 50.0) for symbol in ("FFA", "FFB", "C")}
        reported = {
            "FFA": with_profit(quarters(100.0, shares=218.0)),
            "FFB": with_profit(quarters(100.0, shares=235.0)),
            "C": quarters(300.0),
        }
        got = ask(market, reported, "FFA FFB C", "").first
        assert (got.n, got.sales_ttm_musd) == (1, 1200.0)
        assert got.counted_once == {"FFB": "FFA"}
        absences = {row.symbol: row.absence for row in got.companies}
        assert absences["FFA"] == "n/a (its classes state 218 m and 235 m shares)"


class TestGroups:
    def test_sum_over_sum_with_the_median_beside_it(self) -> None:
        # caps 1000 and 200, sales 100 and 100: group 1200 / 200, ratios 10 and 2
        got = ask(
            {"A": bars("A", 100.0), "B": bars("B", 20.0), "C": bars("C", 15.0)},
            {"A": quarters(25.0), "B": quarters(25.0, season=1), "C": quarters(25.0, season=2)},
            "A B",
            "C",
        )
        assert got.first.price_to_sales == pytest.approx(6.0)
        assert got.first.median_price_to_sales == pytest.approx(6.0)
        assert got.second.price_to_sales == pytest.approx(1.5)
        assert got.ratio == pytest.approx(4.0)
        assert [(row.symbol, row.price_to_sales) for row in got.first.companies] == [
            ("A", pytest.approx(10.0)),
            ("B", pytest.approx(2.0)),
        ]

    def test_the_group_is_not_the_mean_of_ratios(self) -> None:
        got = ask(
            {"A": bars("A", 100.0), "B": bars("B", 20.0), "C": bars("C", 5.0)},
            {"A": quarters(25.0), "B": quarters(225.0), "C": quarters(25.0, season=2)},
            "A B",
            "C",
        )
        assert got.first.price_to_sales == pytest.approx(1200 / 1000)

    def test_share_classes_of_one_company_count_once(self) -> None:
        market = {s: bars(s, 100.0) for s in ("GOOGL", "GOOG", "C")}
        reported = {s: quarters(25.0) for s in ("GOOGL", "GOOG")} | {"C": quarters(25.0, season=1)}
        got = ask(market, reported, "GOOGL GOOG", "C")
        assert (got.first.n, got.first.expected) == (1, 1)
        assert got.first.market_cap_musd == pytest.approx(1000.0)
        assert got.first.companies[1].absence == "n/a (counted once, as GOOGL)"

    def test_a_company_may_not_stand_in_both(self) -> None:
        market = {s: bars(s, 100.0) for s in ("GOOGL", "GOOG")}
        with pytest.raises(BadInput, match="GOOG stands in both baskets"):
            ask(market, {}, "GOOGL", "GOOG")

    def test_an_own_list_takes_its_companies_out_of_the_other_default(self) -> None:
        desk = demo_desk()
        mine = GroupValuationParameters(first=(Symbol("AAPL"),))
        got = desk.ask(GROUP_VALUATION, mine, DAY).result
        desk.close()
        assert got is not None
        assert "AAPL" not in {row.symbol for row in got.second.companies}


class TestAbsences:
    def test_each_company_says_why_it_does_not_count(self) -> None:
        market = {s: bars(s, 100.0) for s in ("A", "THREE", "NONE", "NOSHARES")}
        market["EURO"] = replace(bars("EURO", 100.0), currency="EUR")
        reported = {
            "A": quarters(25.0),
            "THREE": quarters(30.0, count=3),
            "NOSHARES": quarters(40.0, shares=None),
            "EURO": quarters(50.0),
        }
        got = ask(market, reported, "THREE NONE NOSHARES EURO GONE", "A")
        absences = {row.symbol: row.absence for row in got.first.companies}
        assert absences == {
            "THREE": "n/a (needs 4 quarters, has 3)",
            "NONE": "n/a (none)",
            "NOSHARES": "n/a (no share count for the quarter to 2024-09-30)",
            "EURO": "n/a (price in EUR, sales in USD, group in USD)",
            "GONE": "n/a (no bars)",
        }
        assert got.first.price_to_sales is None
        assert got.first.n == 0
        assert got.ratio is None
        assert got.second.price_to_sales == pytest.approx(10.0)


class TestSplits:
    def split(self, on: dt.date, ratio: float = 10.0) -> Bars:
        plain = bars("A", 100.0)
        splits = plain.splits.copy()
        splits[plain.sessions == np.datetime64(on, "D")] = ratio
        return replace(plain, splits=splits)

    def test_a_split_after_the_report_is_applied_and_one_before_is_not(self) -> None:
        known = quarters(25.0)  # the last one reported on 2024-10-30
        assert shares_today("A", known, self.split(dt.date(2024, 10, 31)), ORDINARY)[0] == 100.0
        assert shares_today("A", known, self.split(dt.date(2024, 10, 29)), ORDINARY)[0] == 10.0

    def test_before_a_split_the_company_is_worth_the_same(self) -> None:
        market = self.split(dt.date(2025, 1, 6))
        inputs = Inputs(MOMENT, bars={"A": market}, quarters={"A": quarters(25.0)})
        after = company_ps("A", inputs, DAY, "USD", ORDINARY).market_cap_musd
        before = company_ps("A", inputs, dt.date(2025, 1, 3), "USD", ORDINARY)
        assert before.price == pytest.approx(1000.0)
        assert before.market_cap_musd == pytest.approx(after)

    def test_an_assumed_report_date_with_a_split_before_it_tells_nothing(self) -> None:
        known = tuple(replace(q, reported_on=None) for q in quarters(25.0))
        got, why = shares_today("A", known, self.split(dt.date(2024, 10, 31)), ORDINARY)
        assert got is None
        assert why == "n/a (a split between the quarter's end and its assumed report date)"

    def test_counts_on_two_bases_tell_nothing(self) -> None:
        known = [replace(q, reported_on=None) for q in quarters(25.0)]
        known[-1] = replace(known[-1], shares_m=100.0)  # restated for a split still to come
        got, why = shares_today("A", known, self.split(dt.date(2024, 12, 2)), ORDINARY)
        assert got is None
        assert why == "n/a (two quarters' share counts lie on different split bases)"


class TestHistory:
    def test_a_quarter_end_uses_what_was_reported_by_then(self) -> None:
        late = [replace(q, reported_on=q.period_end + dt.timedelta(days=93)) for q in quarters(25)]
        market = {s: bars(s, 100.0) for s in ("A", "C")}
        got = ask(market, {"A": tuple(late), "C": quarters(25.0, season=1)}, "A", "C")
        [point] = got.history
        assert point.session == dt.date(2024, 12, 31)
        assert point.second_price_to_sales == pytest.approx(10.0)
        assert point.first_price_to_sales is None
        assert point.ratio is None
        assert point.absence == "A: A n/a (needs 4 quarters, has 3)"


class TestLists:
    def test_apple_is_not_an_ai_stock_and_no_company_is_in_both(self) -> None:
        first, second = (default_basket(side, DAY) for side in ("first", "second"))
        assert "AAPL" not in first.symbols
        assert "AAPL" in second.symbols
        companies = [share_class(s).company for s in (*first.symbols, *second.symbols)]
        assert len(companies) == len(set(companies))

    def test_class_a_equivalents_become_the_class_that_trades(self) -> None:
        assert share_class("BRK-B").shares_m(1.44) == pytest.approx(2160.0)
        assert share_class("BRK-B").shares_m(2157.0) == 2157.0
        assert share_class("BRK-A").shares_m(1.44) == 1.44

    def test_every_row_names_its_source(self) -> None:
        folder = Path(analytics.__file__).parent / "model" / "data"
        for name in ("valuation_baskets.csv", "share_classes.csv"):
            with (folder / name).open(newline="", encoding="utf-8") as lines:
                assert all(row["source"] for row in csv.DictReader(lines))


class TestDemo:
    def test_nvidia_is_valued_at_its_published_sales_and_shares(self) -> None:
        desk = demo_desk()
        got = desk.ask(GROUP_VALUATION, GroupValuationParameters(), DAY).result
        desk.close()
        assert got is not None
        nvidia = next(row for row in got.first.companies if row.symbol == "NVDA")
        assert nvidia.sales_ttm_musd == 22103 + 26044 + 30040 + 35082
        assert nvidia.market_cap_musd == pytest.approx(142.62 * 24533)
        assert got.first.n == got.first.expected == 8
        assert got.second.n == got.second.expected == 14
        # across the 10-for-1 split of June 2024 the group's figure does not jump
        values = [p.first_price_to_sales for p in got.history if p.first_price_to_sales]
        assert len(values) == 5
        assert max(values) < 2 * min(values)


class TestFiles:
    def test_share_counts_are_an_optional_column(self, tmp_path: Path) -> None:
        for part in ("prices", "fundamentals"):
            (tmp_path / part).mkdir()
        (tmp_path / "prices" / "SPY.csv").write_text("date,close\n2025-01-24,1\n")
        table = "period_end,revenue_musd,gross_profit_musd,shares_m\n2024-09-30,5,1,7.5\n"
        (tmp_path / "fundamentals" / "A_quarterly.csv").write_text(table + "2024-12-31,5,1,\n")
        assert [q.shares_m for q in FilesSource(tmp_path).quarters("A")] == [7.5, None]
