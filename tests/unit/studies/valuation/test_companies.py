"""Symbols of one company, whatever their order, their gaps and their roundings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.question import Symbol
from analytics.model.vocabulary import BadInput, Quarter
from analytics.sources.files.source import FilesSource
from analytics.studies.valuation.companies import Company, companies
from analytics.studies.valuation.group_valuation import (
    GROUP_VALUATION,
    GroupValuation,
    GroupValuationParameters,
)
from tests.support.builders import FRIDAY, FakeSource, make_desk, make_frame
from tests.support.shared_data import CASES, needs_shared_cases

ENDS = [
    dt.date(2023, 12, 31),
    dt.date(2024, 3, 31),
    dt.date(2024, 6, 30),
    dt.date(2024, 9, 30),
]
LEN = [9_000.0, 9_100.0, 9_200.0, 9_300.0]


def quarters(
    sales: Sequence[float] = LEN, shares: float | None = 265.0, skip: Sequence[int] = ()
) -> tuple[Quarter, ...]:
    return tuple(
        Quarter(end, amount, None, reported_on=end + dt.timedelta(days=30), shares_m=shares)
        for i, (end, amount) in enumerate(zip(ENDS, sales, strict=True))
        if i not in skip
    )


def grouped(**reported: tuple[Quarter, ...]) -> set[tuple[str, ...]]:
    named = {symbol.replace("_", "-"): figures for symbol, figures in reported.items()}
    found = companies(named, named)
    for order in permutations(named):
        assert companies(order, named) == found
    return {company.symbols for company in found.values()}


def with_profit(shares: float | None) -> tuple[Quarter, ...]:
    return tuple(replace(q, gross_profit_musd=q.revenue_musd / 4) for q in quarters(shares=shares))


class TestOneCompany:
    @pytest.mark.parametrize("other", [235.0, None])
    def test_whatever_each_class_states_of_its_shares(self, other: float | None) -> None:
        assert grouped(FFA=with_profit(218.0), FFB=with_profit(other)) == {("FFA", "FFB")}

    def test_two_quarters_in_common_are_too_few_for_that(self) -> None:
        assert len(grouped(FFA=with_profit(218.0)[:2], FFB=with_profit(235.0))) == 2

    def test_two_classes(self) -> None:
        dhi = quarters([9_500.0] * 4, 325.0)
        assert grouped(LEN_B=quarters(), LEN=quarters(), DHI=dhi) == {("LEN", "LEN-B"), ("DHI",)}

    def test_three_classes(self) -> None:
        reported = quarters()
        assert grouped(XA=reported, X=reported, XAB=reported) == {("X", "XA", "XAB")}

    @pytest.mark.parametrize("skip", [(0,), (3,), (0, 1), (1, 3), (0, 1, 2)])
    def test_one_class_lacks_quarters(self, skip: tuple[int, ...]) -> None:
        assert grouped(LEN=quarters(), LEN_B=quarters(skip=skip)) == {("LEN", "LEN-B")}

    @pytest.mark.parametrize("factor", [1.0001, 0.9996, 1.004])
    def test_restated_by_a_rounding(self, factor: float) -> None:
        rounded = quarters([amount * factor for amount in LEN], 265.0 * factor)
        assert grouped(LEN=quarters(), LEN_B=rounded) == {("LEN", "LEN-B")}

    def test_one_quarter_restated_in_one_feed_first(self) -> None:
        restated = quarters([*LEN[:3], 9_900.0])
        assert grouped(LEN=quarters(), LEN_B=restated) == {("LEN", "LEN-B")}

    def test_by_the_list_without_quarters(self) -> None:
        assert companies(["GOOG", "GOOGL"], {})["GOOG"] == Company(("GOOGL", "GOOG"))


class TestTwoCompanies:
    @pytest.mark.parametrize(
        "other",
        [
            quarters([9_100.0, 9_200.0, 9_300.0, 9_400.0]),
            quarters([a * 1.02 for a in LEN]),
            quarters([*LEN[:2], 8_000.0, 8_000.0]),
            tuple(replace(q, currency="EUR") for q in quarters()),
            tuple(replace(q, period_end=q.period_end - dt.timedelta(days=31)) for q in quarters()),
            quarters(skip=(1, 2, 3))[:1] and quarters([9_030.0, 1.0, 1.0, 1.0], skip=(1, 2, 3)),
            quarters([0.0] * 4),
            quarters(shares=233.0),
            quarters(shares=None),
            (),
        ],
    )
    def test_they_differ(self, other: tuple[Quarter, ...]) -> None:
        assert grouped(A=quarters(), B=other) == {("A",), ("B",)}

    def test_two_without_sales_are_two(self) -> None:
        nothing = quarters([0.0] * 4)
        assert grouped(A=nothing, B=nothing) == {("A",), ("B",)}

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.floats(1.0, 1e6), min_size=4, max_size=4), st.floats(1.02, 50.0))
    def test_a_larger_company_is_another(self, sales: list[float], times: float) -> None:
        assert grouped(A=quarters(sales), B=quarters([a * times for a in sales])) == {
            ("A",),
            ("B",),
        }


def desk(prices: dict[str, float], reported: dict[str, tuple[Quarter, ...]]) -> Desk:
    frames = {s: make_frame([price] * 100) for s, price in ({"SPY": 1.0} | prices).items()}
    return make_desk(FakeSource(frames, reported=reported))


def ask(
    prices: dict[str, float], reported: dict[str, tuple[Quarter, ...]], first: str, second: str
) -> GroupValuation:
    made = desk(prices, reported)
    one, other = (tuple(Symbol(s) for s in names.split()) for names in (first, second))
    answer = made.ask(GROUP_VALUATION, GroupValuationParameters(one, other), FRIDAY)
    made.close()
    if answer.result is None:
        raise BadInput(answer.reason or "")
    return answer.result


PRICES = {"LEN": 130.0, "LEN-B": 125.0, "DHI": 140.0, "XOM": 105.0}
REPORTED = {
    "LEN": quarters(),
    "LEN-B": quarters(),
    "DHI": quarters([9_500.0] * 4, 325.0),
    "XOM": quarters([85_000.0] * 4, 4_400.0),
}


class TestGroups:
    @pytest.mark.parametrize("order", list(permutations(["LEN", "LEN-B", "DHI"])))
    def test_counted_once_whatever_the_order(self, order: tuple[str, ...]) -> None:
        group = ask(PRICES, REPORTED, " ".join(order), "XOM").first
        assert (group.n, group.expected) == (2, 2)
        assert group.market_cap_musd == pytest.approx(130 * 265 + 140 * 325)
        assert group.sales_ttm_musd == pytest.approx(sum(LEN) + 38_000)
        assert group.counted_once == {"LEN-B": "LEN"}
        absences = {row.symbol: row.absence for row in group.companies}
        assert absences["LEN-B"] == "n/a (counted once, as LEN)"

    def test_the_class_with_a_figure_stands_for_the_company(self) -> None:
        group = ask(PRICES, REPORTED | {"LEN": quarters(skip=(0,))}, "LEN LEN-B", "XOM").first
        assert (group.n, group.expected) == (1, 1)
        assert group.market_cap_musd == pytest.approx(125 * 265)
        assert group.counted_once == {"LEN": "LEN-B"}

    def test_one_company_in_both_of_the_reader_s_lists_is_refused(self) -> None:
        with pytest.raises(BadInput, match="LEN-B stands in both baskets, as LEN"):
            ask(PRICES, REPORTED, "LEN DHI", "LEN-B XOM")

    def test_a_default_list_yields_it(self) -> None:
        # NVDA of the default list reports what the reader's LEN reports
        group = ask(PRICES | {"NVDA": 1.0}, REPORTED | {"NVDA": quarters()}, "", "LEN")
        assert "NVDA" not in {row.symbol for row in group.first.companies}
        assert group.first.counted_once == {"NVDA": "LEN"}


@needs_shared_cases
class TestCases:
    def ask(self, case: str, first: str) -> GroupValuation:
        source = FilesSource(CASES / case)
        made = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)), deadline_seconds=60.0)
        one, other = (tuple(Symbol(s) for s in names.split()) for names in (first, "XOM"))
        answer = made.ask(GROUP_VALUATION, GroupValuationParameters(one, other))
        made.close()
        assert answer.result is not None, answer.reason
        return answer.result

    def test_14_depositary_receipts(self) -> None:
        got = self.ask("14-depositary-receipts", "BP")
        assert got.first.market_cap_musd == pytest.approx(82_500)
        assert got.first.price_to_sales == pytest.approx(0.43, abs=0.005)
        assert got.ratio == pytest.approx(1 / 3, abs=0.02)

    def test_15_share_classes_counted_twice(self) -> None:
        got = self.ask("15-share-classes-counted-twice", "LEN LEN-B DHI")
        assert got.first.n == 2
        assert got.first.counted_once == {"LEN-B": "LEN"}
