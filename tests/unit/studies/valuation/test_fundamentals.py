from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from analytics.model.question import Inputs, Symbol
from analytics.model.vocabulary import Moment, NotAvailable, Phase, Quarter
from analytics.studies.valuation.fundamentals import (
    VALUATION,
    ValuationParameters,
    gross_margins,
    known_on,
    known_quarters,
    quarter_rows,
    repurchases_ttm,
    revenue_ttm,
)
from tests.support.shared_data import SHARED, needs_shared_data

ENDS = [dt.date(2023 + q // 4, 3 * (q % 4) + 3, 28) for q in range(9)]


def quarters(count: int = 9, **overrides: object) -> list[Quarter]:
    return [
        Quarter(end, 100.0 + 10 * i, 50.0 + 6 * i, f"Q{i % 4 + 1}", **overrides)  # type: ignore[arg-type]
        for i, end in enumerate(ENDS[:count])
    ]


def moment(day: dt.date) -> Moment:
    return Moment(dt.datetime.combine(day, dt.time(21), dt.UTC), day, Phase.CLOSED, False)


class TestPointInTime:
    def test_a_quarter_counts_from_its_report_date_on(self) -> None:
        quarter = Quarter(dt.date(2024, 10, 27), 1.0, 0.5, reported_on=dt.date(2024, 11, 20))
        assert known_quarters([quarter], dt.date(2024, 11, 19)) == ()
        assert known_quarters([quarter], dt.date(2024, 11, 20)) == (quarter,)

    def test_without_one_it_is_assumed_45_days_on_and_90_for_a_years_last(self) -> None:
        third = Quarter(dt.date(2024, 10, 27), 1.0, 0.5, "FY2025Q3")
        last = Quarter(dt.date(2025, 1, 26), 1.0, 0.5, "FY2025Q4")
        assert known_on(third) == (dt.date(2024, 12, 11), True)
        assert known_on(last) == (dt.date(2025, 4, 26), True)

    def test_nothing_reported_yet_is_said(self) -> None:
        inputs = Inputs(moment(dt.date(2020, 1, 2)), quarters={"T": tuple(quarters())})
        with pytest.raises(NotAvailable, match="no quarter had been reported by 2020-01-02"):
            VALUATION.compute(ValuationParameters(Symbol("T")), inputs)


class TestMargins:
    def test_mean_and_pooled_over_the_last_eight_by_hand(self) -> None:
        last = quarters()[1:]
        mean, pooled, absence = gross_margins(quarters())
        by_quarter = [(50 + 6 * i) / (100 + 10 * i) for i in range(1, 9)]
        assert mean == pytest.approx(100 * sum(by_quarter) / 8)
        assert pooled == pytest.approx(
            100 * sum(q.gross_profit_musd or 0 for q in last) / sum(q.revenue_musd for q in last)
        )
        assert absence is None

    def test_five_quarters_are_not_eight(self) -> None:
        assert gross_margins(quarters(5)) == (None, None, "n/a (needs 8 quarters, has 5)")

    def test_a_hole_among_them_is_noticed(self) -> None:
        known = quarters()
        del known[3]
        assert gross_margins(known)[2] == "n/a (a quarter is missing among the last eight)"

    def test_a_quarter_stated_twice_counts_once_as_reported_last(self) -> None:
        known = quarters()
        older = replace(known[4], revenue_musd=1.0, gross_profit_musd=1.0)
        later = dt.date(2026, 1, 1)
        for rows in ([older, *known], [*known[:5], older, *known[5:]][::-1]):
            assert gross_margins(known_quarters(rows, later)) == gross_margins(known)

    def test_a_quarter_without_profit_is_not_counted(self) -> None:
        known = quarters()
        known[-1] = Quarter(ENDS[8], 180.0, None)
        assert gross_margins(known)[2] == "n/a (needs 8 quarters, has 7)"


class TestSales:
    def test_the_last_four_quarters_are_added(self) -> None:
        assert revenue_ttm(quarters()) == (150.0 + 160 + 170 + 180, None)

    def test_three_quarters_are_too_few(self) -> None:
        assert revenue_ttm(quarters(3)) == (None, "n/a (needs 4 quarters, has 3)")

    def test_a_missing_quarter_is_noticed(self) -> None:
        known = quarters()
        del known[-2]
        assert revenue_ttm(known)[1] == "n/a (a quarter is missing among the last four)"

    def test_two_currencies_are_never_added(self) -> None:
        known = [*quarters(8), Quarter(ENDS[8], 180.0, 90.0, currency="EUR")]
        assert revenue_ttm(known)[1] == "n/a (the quarters are in different currencies)"

    def test_growth_over_a_year_and_a_quarter(self) -> None:
        row = quarter_rows(quarters())[4]
        assert row.growth_year_pct == pytest.approx(40.0)
        assert row.growth_quarter_pct == pytest.approx((140 / 130 - 1) * 100)
        assert quarter_rows(quarters())[3].growth_year_pct is None


@needs_shared_data
class TestRecordedNvidia:
    def test_the_published_margins(self) -> None:
        from analytics.sources.files.source import FilesSource

        known = FilesSource(Path(SHARED)).quarters("NVDA")
        inputs = Inputs(moment(dt.date(2025, 1, 27)), quarters={"NVDA": known})
        result = VALUATION.compute(ValuationParameters(Symbol("NVDA")), inputs)
        assert len(result.quarters) == 8
        assert result.quarters[0].revenue_musd == 6051
        assert result.quarters[-1].revenue_musd == 35082
        assert result.gross_margin_mean_pct == pytest.approx(71.9998, abs=5e-5)
        assert result.gross_margin_latest_pct == pytest.approx(74.557, abs=5e-4)
        assert result.gross_margin_pooled_pct == pytest.approx(74.16, abs=5e-3)


class TestBuybacks:
    def test_of_four_quarters_by_hand(self) -> None:
        spent = [replace(q, repurchases_musd=10.0 * i) for i, q in enumerate(quarters(5))]
        assert repurchases_ttm(spent) == (10.0 + 20 + 30 + 40, None)

    def test_a_quarter_that_does_not_state_them_is_not_nothing(self) -> None:
        spent = [replace(q, repurchases_musd=10.0) for q in quarters(5)]
        spent[-2] = replace(spent[-2], repurchases_musd=None)
        assert repurchases_ttm(spent) == (None, "n/a (needs 4 quarters that state them, has 3)")

    def test_none_at_all(self) -> None:
        assert repurchases_ttm(quarters()) == (None, "n/a (its quarters state no buy-backs)")

    def test_too_few_quarters(self) -> None:
        assert repurchases_ttm(quarters(2))[1] == "n/a (needs 4 quarters, has 2)"
