from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.indicators.intervals import apart, mean_interval, wilson


class TestWilson:
    @pytest.mark.parametrize(
        ("held", "n", "low", "high"),
        [(15, 16, 0.717, 0.989), (8, 12, 0.391, 0.862), (5, 5, 0.566, 1.0)],
    )
    def test_published_fixtures(self, held: int, n: int, low: float, high: float) -> None:
        interval = wilson(held, n)
        assert interval is not None
        assert interval[0] == pytest.approx(low, abs=5e-4)
        assert interval[1] == pytest.approx(high, abs=5e-4)

    def test_without_observations_there_is_no_interval(self) -> None:
        assert wilson(0, 0) is None

    @given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
    def test_holds_the_rate_and_stays_within_zero_and_one(self, case: tuple[int, int]) -> None:
        held, n = case
        interval = wilson(held, n)
        assert interval is not None
        assert 0 <= interval[0] <= held / n + 1e-12
        assert held / n - 1e-12 <= interval[1] <= 1


class TestMeanInterval:
    def test_student_interval_by_hand(self) -> None:
        # Mean 2, sd 1, n 3: half-width 4.302653 / sqrt(3).
        interval = mean_interval([1.0, 2.0, 3.0])
        assert interval is not None
        assert interval == pytest.approx((2 - 2.484138, 2 + 2.484138), abs=1e-5)

    def test_one_value_has_none(self) -> None:
        assert mean_interval([1.0]) is None


class TestApart:
    def test_keeps_the_first_and_what_is_far_enough_from_the_last_kept(self) -> None:
        assert apart([0, 3, 5, 9, 10, 30], 5) == [0, 2, 4, 5]

    def test_nothing_in_nothing_out(self) -> None:
        assert apart([], 5) == []
