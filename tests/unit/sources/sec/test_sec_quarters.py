"""Quarters from SEC EDGAR's facts, trap by trap; the expected sums are made by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from analytics.model.vocabulary import NotAvailable, Quarter
from analytics.sources.sec.facts import UnknownShape, read_facts
from analytics.sources.sec.quarters import quarters_of
from analytics.studies.valuation.fundamentals import known_quarters
from tests.support.sec_facts import body, entry, revenue

M = 1_000_000

Q1 = ("2024-01-01", "2024-03-31")
Q2 = ("2024-04-01", "2024-06-30")
HALF = ("2024-01-01", "2024-06-30")
Q3 = ("2024-07-01", "2024-09-30")
NINE = ("2024-01-01", "2024-09-30")
YEAR = ("2024-01-01", "2024-12-31")

MAY, AUGUST, NOVEMBER, FEBRUARY = "2024-05-01", "2024-08-01", "2024-11-01", "2025-02-01"

WHOLE_YEAR = (
    entry(*Q1, 10 * M, MAY),
    entry(*Q2, 12 * M, AUGUST),
    entry(*HALF, 22 * M, AUGUST),
    entry(*Q3, 14 * M, NOVEMBER),
    entry(*NINE, 36 * M, NOVEMBER),
    entry(*YEAR, 52 * M, FEBRUARY, "10-K"),
)


def rows(answer: dict[str, Any]) -> tuple[Quarter, ...]:
    return quarters_of("SMALL", read_facts(answer))


def known(answer: dict[str, Any], day: str) -> list[tuple[str, float]]:
    """(last day, revenue in millions) of each quarter as known on a day."""
    quarters = known_quarters(rows(answer), dt.date.fromisoformat(day))
    return [(str(quarter.period_end), quarter.revenue_musd) for quarter in quarters]


class TestPeriods:
    def test_a_quarter_and_the_year_to_date_with_one_end_are_told_apart_by_length(self) -> None:
        assert known(revenue(*WHOLE_YEAR), "2024-08-01") == [
            ("2024-03-31", 10.0),
            ("2024-06-30", 12.0),
        ]

    def test_the_fourth_quarter_is_the_year_less_nine_months(self) -> None:
        assert known(revenue(*WHOLE_YEAR), "2025-02-01")[-1] == ("2024-12-31", 16.0)

    def test_a_stated_fourth_quarter_is_taken(self) -> None:
        stated = entry("2024-10-01", "2024-12-31", 15.5 * M, FEBRUARY, "10-K")
        assert known(revenue(*WHOLE_YEAR, stated), "2025-02-01")[-1] == ("2024-12-31", 15.5)

    def test_without_nine_months_there_is_no_fourth_quarter(self) -> None:
        answer = revenue(*WHOLE_YEAR[:4], WHOLE_YEAR[5])
        assert [end for end, _ in known(answer, "2025-02-01")][-1] == "2024-09-30"

    def test_weeks_of_a_53_week_year(self) -> None:
        """14 weeks more than 39 weeks: 98 days and 371 days are a quarter and a year."""
        answer = revenue(
            entry("2023-01-29", "2023-10-28", 30 * M, "2023-11-20"),
            entry("2023-01-29", "2024-02-03", 45 * M, "2024-03-01", "10-K"),
        )
        assert known(answer, "2024-03-01") == [("2024-02-03", 15.0)]

    def test_labels_come_from_the_periods(self) -> None:
        """``fy`` 1999 and ``fp`` FY stand in every entry of these bodies."""
        labels = [quarter.label for quarter in rows(revenue(*WHOLE_YEAR))]
        assert labels == ["Q1 FY2024", "Q2 FY2024", "Q3 FY2024", "Q4 FY2024"]

    def test_a_year_that_ends_after_new_year_is_named_after_the_one_before(self) -> None:
        answer = revenue(
            entry("2024-12-29", "2025-09-27", 30 * M, "2025-11-01"),
            entry("2024-12-29", "2026-01-03", 42 * M, "2026-02-20", "10-K"),
        )
        assert [quarter.label for quarter in rows(answer)] == ["Q4 FY2025"]


class TestPointInTime:
    def test_nothing_is_known_before_it_was_filed(self) -> None:
        assert known(revenue(*WHOLE_YEAR), "2024-04-30") == []

    def test_a_restatement_counts_from_its_own_day(self) -> None:
        again = entry(*Q1, 11 * M, "2025-05-01")
        answer = revenue(*WHOLE_YEAR, again)
        assert known(answer, "2025-04-30")[0] == ("2024-03-31", 10.0)
        assert known(answer, "2025-05-01")[0] == ("2024-03-31", 11.0)

    def test_a_rounding_is_no_restatement(self) -> None:
        exact = entry(*Q1, 4_462_383_000, MAY)
        rounded = entry(*Q1, 4_462_400_000, "2025-05-01")
        fixed = entry(*Q2, 100_000, "2025-05-01")  # the later filing rounds to 100,000
        [first, *_] = rows(revenue(exact, rounded, fixed))
        assert first.revenue_musd == 4462.383
        assert len([row for row in rows(revenue(exact, rounded, fixed)) if row.label == ""]) == 2

    def test_a_restated_year_is_not_booked_on_its_last_quarter(self) -> None:
        """The year grew by 8 after the fact while nine months stand as filed: not 24."""
        restated = entry(*YEAR, 60 * M, "2026-02-01", "10-K")
        assert known(revenue(*WHOLE_YEAR, restated), "2026-02-01")[-1] == ("2024-12-31", 16.0)

    def test_it_is_once_the_nine_months_were_filed_anew(self) -> None:
        nine = entry(*NINE, 40 * M, "2025-11-01")
        restated = entry(*YEAR, 60 * M, "2026-02-01", "10-K")
        assert known(revenue(*WHOLE_YEAR, nine, restated), "2026-02-01")[-1] == ("2024-12-31", 20.0)

    def test_the_filing_date_is_the_report_date(self) -> None:
        assert rows(revenue(*WHOLE_YEAR))[0].reported_on == dt.date(2024, 5, 1)


class TestMisfiled:
    def test_a_half_year_with_a_quarters_figure_is_passed_over(self) -> None:
        """As NVIDIA's of 2018-02-28: then Q3 would be nine months less a quarter."""
        wrong = entry(*HALF, 12 * M, FEBRUARY, "10-K")
        answer = revenue(*WHOLE_YEAR[:3], WHOLE_YEAR[4], wrong)
        assert dict(known(answer, "2025-02-01"))["2024-09-30"] == 14.0

    def test_a_period_that_fits_no_filing_is_left_out(self) -> None:
        answer = revenue(WHOLE_YEAR[0], WHOLE_YEAR[1], entry(*HALF, 5 * M, AUGUST), WHOLE_YEAR[4])
        assert known(answer, "2025-02-01") == [("2024-03-31", 10.0), ("2024-06-30", 12.0)]

    def test_losses_are_no_reason_for_doubt(self) -> None:
        """A half year below its first quarter, because the second lost."""
        answer = body(
            {
                "Revenues": {"USD": list(WHOLE_YEAR)},
                "GrossProfit": {
                    "USD": [
                        entry(*Q1, 5 * M, MAY),
                        entry(*Q2, -4 * M, AUGUST),
                        entry(*HALF, 1 * M, AUGUST),
                        entry(*NINE, 3 * M, NOVEMBER),
                    ]
                },
            }
        )
        assert [row.gross_profit_musd for row in rows(answer)] == [5.0, -4.0, 2.0, None]


class TestConcepts:
    def test_revenue_is_merged_by_period_over_the_names(self) -> None:
        """Nine months under one name, the year under another."""
        answer = body(
            {
                "Revenues": {"USD": [WHOLE_YEAR[5]]},
                "RevenueFromContractWithCustomerExcludingAssessedTax": {
                    "USD": list(WHOLE_YEAR[:5])
                },
            }
        )
        assert [row.revenue_musd for row in rows(answer)] == [10.0, 12.0, 14.0, 16.0]

    def test_of_two_names_in_one_filing_total_revenues_count(self) -> None:
        answer = body(
            {
                "SalesRevenueNet": {"USD": [entry(*Q1, 9 * M, MAY)]},
                "Revenues": {"USD": [entry(*Q1, 10 * M, MAY)]},
            }
        )
        assert [row.revenue_musd for row in rows(answer)] == [10.0]

    def test_without_a_stated_gross_profit_it_is_revenue_less_its_cost(self) -> None:
        costs = [entry(*Q1, 4 * M, MAY), entry(*NINE, 15 * M, NOVEMBER)]
        costs.append(entry(*YEAR, 22 * M, FEBRUARY, "10-K"))
        answer = body({"Revenues": {"USD": list(WHOLE_YEAR)}, "CostOfRevenue": {"USD": costs}})
        assert [row.gross_profit_musd for row in rows(answer)] == [6.0, None, None, 9.0]

    def test_cash_flows_are_differences_of_the_year_to_date(self) -> None:
        """Apple's of fiscal 2025: 23,606 / 49,504 / 70,579 / 90,711."""
        spent = [23_606, 49_504, 70_579, 90_711]
        spans = (Q1, HALF, NINE, YEAR)
        filed = (MAY, AUGUST, NOVEMBER, FEBRUARY)
        paid = [entry(*s, v * M, f) for s, v, f in zip(spans, spent, filed, strict=True)]
        answer = body(
            {
                "Revenues": {"USD": list(WHOLE_YEAR)},
                "PaymentsForRepurchaseOfCommonStock": {"USD": paid},
            }
        )
        found = [row.repurchases_musd for row in rows(answer)]
        assert found == [23_606, 25_898, 21_075, 20_132]

    def test_an_entry_without_a_frame_is_read(self) -> None:
        """Year-to-date periods never have one; only the last filing of a period does."""
        framed = [
            {**one, "frame": "CY2024"} if one["end"] == YEAR[1] else one for one in WHOLE_YEAR
        ]
        assert known(revenue(*framed), "2025-02-01")[-1] == ("2024-12-31", 16.0)

    def test_an_8_k_is_not_read(self) -> None:
        later = entry(*YEAR, 70 * M, "2025-04-01", "8-K")
        assert known(revenue(*WHOLE_YEAR, later), "2025-04-01")[-1] == ("2024-12-31", 16.0)

    def test_currencies_are_not_mixed(self) -> None:
        """A convenience translation of the newest year alone."""
        answer = body(
            {"Revenues": {"TWD": list(WHOLE_YEAR), "USD": [entry(*YEAR, 2 * M, FEBRUARY, "10-K")]}}
        )
        assert {(row.revenue_musd, row.currency) for row in rows(answer)} == {
            (10.0, "TWD"),
            (12.0, "TWD"),
            (14.0, "TWD"),
            (16.0, "TWD"),
        }

    def test_earnings_per_share_are_not_read(self) -> None:
        """Splits restate them: 11.93 and 1.19 are one year of NVIDIA's."""
        answer = body(
            {
                "Revenues": {"USD": list(WHOLE_YEAR)},
                "EarningsPerShareDiluted": {"USD/shares": [entry(*YEAR, 11.93, FEBRUARY, "10-K")]},
            }
        )
        assert rows(answer) == rows(revenue(*WHOLE_YEAR))


COVER = {"end": "2024-04-20", "val": 5 * M, "accn": f"filing of {MAY}", "form": "10-Q"}


class TestShares:
    def shares(self, *covers: dict[str, Any], **concepts: Any) -> list[float | None]:
        cover = {"EntityCommonStockSharesOutstanding": {"units": {"shares": list(covers)}}}
        answer = body(
            {"Revenues": {"USD": list(WHOLE_YEAR[:3])}, **concepts}, taxonomies={"dei": cover}
        )
        return [row.shares_m for row in rows(answer)]

    def test_of_the_cover_of_the_filing_that_reports_the_quarter(self) -> None:
        assert self.shares(COVER) == [5.0, None]

    def test_a_filing_that_repeats_its_count_states_it_once(self) -> None:
        assert self.shares(COVER, COVER) == [5.0, None]

    def test_two_counts_of_one_filing_are_none(self) -> None:
        assert self.shares(COVER, {**COVER, "val": 6 * M}) == [None, None]

    def test_without_a_cover_count_the_average_of_the_quarter(self) -> None:
        average = {"shares": [entry(*Q1, 7 * M, MAY), entry(*HALF, 6 * M, AUGUST)]}
        average["shares"].append(entry(*Q2, 8 * M, AUGUST))
        found = self.shares(WeightedAverageNumberOfSharesOutstandingBasic=average)
        assert found == [7.0, 8.0]


class TestFilers:
    def test_a_yearly_filer_has_no_quarters_and_the_reason_is_said(self) -> None:
        ifrs = {"Revenue": {"label": None, "units": {"USD": [entry(*YEAR, M, FEBRUARY, "20-F")]}}}
        answer = body({}, taxonomies={"ifrs-full": ifrs})
        with pytest.raises(NotAvailable, match="by the year only: it files form 20-F"):
            rows(answer)

    def test_the_filer_may_be_written_as_text(self) -> None:
        assert read_facts({**revenue(*WHOLE_YEAR), "cik": "0001997711"}).cik == 1_997_711

    @pytest.mark.parametrize(
        "answer",
        [{}, [], {"cik": "x", "facts": {}}, revenue({**WHOLE_YEAR[0], "val": None})],
    )
    def test_another_shape_is_refused(self, answer: Any) -> None:
        with pytest.raises(UnknownShape):
            read_facts(answer)
