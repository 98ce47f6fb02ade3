"""The rate curve: the built-in table by date, and a source's own rates."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest

from analytics.model.rates import TreasuryYields, continuous, flat_curve, rate_curve


class TestTable:
    def test_a_rate_of_the_day_by_hand(self) -> None:
        # the Treasury's par curve of 2025-01-03: 4.44, 4.34, 4.25, 4.18, 4.28%
        curve = rate_curve(dt.date(2025, 1, 6))
        assert curve.day == dt.date(2025, 1, 3)
        assert curve.quarter == pytest.approx(2 * math.log(1 + 0.0434 / 2), abs=1e-9)
        one_month, year = curve.at(np.array([1 / 12, 1.0]))
        assert one_month == pytest.approx(2 * math.log(1 + 0.0444 / 2), abs=1e-9)
        assert year == pytest.approx(2 * math.log(1 + 0.0418 / 2), abs=1e-9)
        assert curve.basis == "Treasury rates of 2025-01-03, 3 days old (built-in table)"

    def test_nothing_later_than_the_day_is_used(self) -> None:
        for day in (dt.date(2023, 9, 14), dt.date(2024, 5, 31), dt.date(2026, 2, 11)):
            curve = rate_curve(day)
            assert curve.day is not None
            assert curve.day <= day

    def test_its_age_is_said(self) -> None:
        basis = rate_curve(dt.date(2026, 9, 1)).basis
        assert "days old" in basis
        assert "2026-06-08" in basis

    def test_before_the_table_its_first_row_stands_and_says_so(self) -> None:
        assert "earliest of the built-in table" in rate_curve(dt.date(2005, 1, 3)).basis

    def test_between_tenors_linear_beyond_them_level(self) -> None:
        curve = rate_curve(dt.date(2025, 1, 6))
        low, high = curve.at(np.array([0.25, 0.5]))
        assert curve.at(np.array([0.375]))[0] == pytest.approx((low + high) / 2)
        assert curve.at(np.array([1e-4]))[0] == curve.rates[0]
        assert curve.at(np.array([30.0]))[0] == curve.rates[-1]


class TestTold:
    def test_a_whole_curve_stands_for_itself(self) -> None:
        day = dt.date(2026, 10, 2)
        curve = rate_curve(day, TreasuryYields(day, {30: 4.04, 91: 4.19, 365: 4.46}))
        assert curve.years == pytest.approx((30 / 365, 91 / 365, 1.0))
        assert curve.rates == pytest.approx([continuous(r) for r in (4.04, 4.19, 4.46)])
        assert curve.basis == "Treasury rates of 2026-10-02"

    def test_the_bill_alone_sets_the_level_of_the_table_s_shape(self) -> None:
        day = dt.date(2025, 1, 6)
        table, with_bill = rate_curve(day), rate_curve(day, TreasuryYields(day, {91: 5.0}))
        assert with_bill.at(np.array([91 / 365]))[0] == pytest.approx(continuous(5.0))
        shifts = np.array(with_bill.rates) - np.array(table.rates)
        assert shifts == pytest.approx(shifts[0])
        assert with_bill.basis == "13-week Treasury bill of 2025-01-06 (4.94%)"

    def test_rates_of_an_earlier_day_say_their_age_and_who_states_them(self) -> None:
        yields = TreasuryYields(dt.date(2026, 10, 2), {30: 4.04, 91: 4.19}, "US Treasury")
        curve = rate_curve(dt.date(2026, 10, 5), yields)
        assert curve.day == dt.date(2026, 10, 2)
        assert curve.basis == "Treasury rates of 2026-10-02 (US Treasury), 3 days old"

    def test_rates_of_a_later_day_are_not_used(self) -> None:
        later = TreasuryYields(dt.date(2025, 1, 7), {30: 9.0, 91: 9.0})
        assert rate_curve(dt.date(2025, 1, 6), later) == rate_curve(dt.date(2025, 1, 6))

    def test_one_rate_is_flat(self) -> None:
        assert flat_curve(0.03, "set").at(np.array([0.01, 2.0])).tolist() == [0.03, 0.03]
