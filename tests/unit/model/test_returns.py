"""Paired returns, expanding percentiles and event outcomes against hand-computed cases."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analytics.indicators.forward_returns import forward_returns, outcome
from analytics.indicators.percentiles import expanding_percentile
from analytics.model.returns import (
    completed,
    has_total_return,
    on_axis,
    paired_closes,
    paired_returns,
)
from tests.support.small_bars import bars_of, days_to


class TestPairedReturns:
    def test_a_session_that_one_lacks_is_left_out_of_both(self) -> None:
        days = days_to(dt.date(2025, 1, 24), 4)
        ours = bars_of("A", [10, 11, 12.1], sessions=days[[0, 1, 3]])
        theirs = bars_of("B", [100, 102, 104, 102], sessions=days)
        for a, b in ((ours, theirs), (theirs, ours)):
            mine, its = paired_returns(a, b, total=False)
            assert len(mine) == len(its) == 1  # from the second to the fourth are two sessions
            assert {round(mine[0], 9), round(its[0], 9)} == {0.1, 0.02}

    def test_a_holiday_of_one_exchange_is_no_missing_bar(self) -> None:
        """New York was shut on Monday 20 January 2025, London was not."""
        friday, monday, tuesday = (np.datetime64(f"2025-01-{day}") for day in (17, 20, 21))
        ours = bars_of("SPY", [10, 11], sessions=np.array([friday, tuesday]))
        theirs = bars_of("VOD.L", [100, 101, 103], sessions=np.array([friday, monday, tuesday]))
        theirs = replace(theirs, calendar="XLON")
        mine, its = paired_returns(ours, theirs, total=False)
        assert (mine.tolist(), its.tolist()) == ([pytest.approx(0.1)], [pytest.approx(0.03)])

    def test_total_return_closes_are_used_only_when_all_have_them(self) -> None:
        with_dividend = bars_of("A", [10, 9], adjusted=[9, 9])
        without = bars_of("B", [5, 5])
        assert has_total_return((with_dividend,))
        assert not has_total_return((with_dividend, without))
        _, total, _ = paired_closes(with_dividend, without, total=True)
        _, traded, _ = paired_closes(with_dividend, without, total=False)
        assert total.tolist() == [9, 9]
        assert traded.tolist() == [10, 9]

    def test_values_land_on_their_own_sessions(self) -> None:
        days = days_to(dt.date(2025, 1, 24), 4)
        placed = on_axis(days, days[[1, 3]], np.array([7.0, 8.0]))
        assert placed == pytest.approx([np.nan, 7, np.nan, 8], nan_ok=True)
        assert np.isnan(on_axis(days[:2], days[2:], np.array([1.0, 2.0]))).all()

    def test_a_running_session_is_not_complete(self) -> None:
        assert completed(bars_of("A", [1, 2, 3])) == 3
        assert completed(bars_of("A", [1, 2, 3], complete=False)) == 2


class TestExpandingPercentile:
    def test_mid_rank_by_hand(self) -> None:
        got = expanding_percentile(np.array([2.0, 1.0, 2.0, np.nan, 3.0]), fewest=2)
        # [2,1]: 0 below + half of 1, of 2; [2,1,2]: 1 + half of 2, of 3; [..,3]: 3.5 of 4
        assert got == pytest.approx([np.nan, 25.0, 200 / 3, np.nan, 87.5], nan_ok=True)

    def test_needs_the_stated_observations(self) -> None:
        got = expanding_percentile(np.arange(300.0))
        assert np.isnan(got[:251]).all()
        assert np.isfinite(got[251:]).all()

    @pytest.mark.parametrize("seed", range(5))
    def test_agrees_with_counting_and_ignores_what_comes_later(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        values = rng.integers(0, 12, 400).astype(float)
        values[rng.random(400) < 0.1] = np.nan
        got = expanding_percentile(values, fewest=20)
        for i in rng.integers(0, 400, 40):
            past = values[: i + 1][np.isfinite(values[: i + 1])]
            wanted = np.nan
            if np.isfinite(values[i]) and len(past) >= 20:
                below, equal = (past < values[i]).sum(), (past == values[i]).sum()
                wanted = 100 * (below + equal / 2) / len(past)
            assert got[i] == pytest.approx(wanted, nan_ok=True)
        cut = expanding_percentile(values[:250], fewest=20)
        np.testing.assert_array_equal(cut, got[:250])

    def test_only_order_matters(self) -> None:
        values = np.random.default_rng(3).normal(size=300)
        np.testing.assert_allclose(
            expanding_percentile(values), expanding_percentile(np.exp(3 * values))
        )


class TestOutcome:
    def test_forward_returns_end_before_the_data(self) -> None:
        got = forward_returns(np.array([100.0, 110, 121, 60.5]), 2)
        assert got == pytest.approx([0.21, -0.45, np.nan, np.nan], nan_ok=True)
        assert np.isnan(forward_returns(np.array([1.0, 2.0]), 5)).all()

    def test_overlapping_windows_count_once(self) -> None:
        got = outcome([0, 3, 5, 9, 10], [1.0, 99.0, -1.0, 99.0, 1.0], sessions=5)
        assert (got.events, got.n, got.positive) == (5, 3, 2)

    def test_under_ten_only_counts_are_given(self) -> None:
        few = outcome([i * 5 for i in range(9)], [1.0] * 9, sessions=5)
        assert (few.n, few.mean_pct, few.interval95_pct, few.positive_rate_pct) == (
            9, None, None, None,
        )  # fmt: skip

    def test_mean_interval_and_rate(self) -> None:
        values = [1.0] * 15 + [-1.0]
        got = outcome([i * 5 for i in range(16)], values, sessions=5)
        assert got.mean_pct == pytest.approx(14 / 16)
        assert got.wilson95_pct == pytest.approx((71.7, 98.9), abs=0.05)
        assert got.positive_rate_pct == pytest.approx(93.75)
        low, high = got.interval95_pct or (0, 0)
        assert (low + high) / 2 == pytest.approx(14 / 16)
        # Student t(15) 2.1314 x sd 0.5 / sqrt(16)
        assert high - low == pytest.approx(2 * 2.1314 * 0.5 / 4, rel=1e-4)
