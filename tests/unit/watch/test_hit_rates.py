"""Intervals over sessions, by hand and against a second bootstrap."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy.stats import bootstrap

from analytics.model.status import Status
from analytics.watch.hit_rates import (
    HitRate,
    beside_null,
    cluster_interval,
    corrected,
    hit_rate,
)

DAY = dt.date(2025, 1, 6)


def days(n: int) -> list[dt.date]:
    return [DAY + dt.timedelta(days=i) for i in range(n)]


class TestClustering:
    def test_four_calls_that_always_move_together_are_one(self) -> None:
        """20 sessions, 10 of them with four held calls, 10 with four broken: as one call each."""
        four = np.array([[4, 0]] * 10 + [[0, 4]] * 10)
        one = np.array([[1, 0]] * 10 + [[0, 1]] * 10)
        assert cluster_interval(four) == cluster_interval(one)
        low, high = cluster_interval(four)
        assert (low, high) == pytest.approx((0.30, 0.70), abs=0.05)  # binomial of 20 at a half

    def test_calls_that_part_within_each_session_leave_no_doubt(self) -> None:
        assert cluster_interval(np.array([[2, 2]] * 20)) == (0.5, 0.5)

    def test_as_scipy_s_paired_bootstrap_has_it(self) -> None:
        rng = np.random.default_rng(4)
        counts = np.column_stack([rng.integers(0, 5, 40), rng.integers(0, 5, 40)])
        other = bootstrap(
            (counts[:, 0], counts[:, 1]),
            lambda held, broken: held.sum() / (held.sum() + broken.sum()),
            paired=True,
            vectorized=False,
            method="percentile",
            n_resamples=2000,
            rng=1,
        ).confidence_interval
        assert cluster_interval(counts) == pytest.approx((other.low, other.high), abs=0.015)

    def test_where_every_call_held_a_session_counts_once(self) -> None:
        low, high = cluster_interval(np.array([[4, 0]] * 5))
        assert (low, high) == pytest.approx((0.566, 1.0), abs=0.001)  # Wilson of 5 of 5


class TestRate:
    def test_the_unit_is_the_session(self) -> None:
        few = [(day, Status.HELD) for day in days(9) for _ in range(4)]
        assert (hit_rate("x", few).rate_pct, hit_rate("x", few).held) == (None, 36)
        enough = [(day, Status.HELD) for day in days(10)]
        assert hit_rate("x", enough).rate_pct == 100

    def test_what_was_not_tested_is_no_session(self) -> None:
        rows = [(day, Status.HELD if i < 9 else Status.ABOVE) for i, day in enumerate(days(20))]
        assert hit_rate("x", rows).sessions == 9


class TestNull:
    RATE = HitRate("x", 6, 4, 60.0, 40.0, 80.0, 10)

    def test_mean_and_p_by_hand(self) -> None:
        # rates 50%, 70%, 60%, and a course without a test: two of three at or above 60%
        counts = np.array([[10, 5], [10, 7], [5, 3], [0, 0]], dtype=float)
        beside = beside_null(self.RATE, counts)
        assert beside.null_rate_pct == pytest.approx(60)
        assert beside.p_value == pytest.approx((1 + 2) / (3 + 1))

    def test_a_refused_rate_is_no_test(self) -> None:
        refused = HitRate("x", 2, 1, None, None, None, 3)
        assert beside_null(refused, np.array([[4.0, 2.0]])).p_value is None

    def test_q_values_over_all_that_is_shown(self) -> None:
        rates = [HitRate("a", 1, 1, 50.0, 0, 0, 10, 50.0, p) for p in (0.01, 0.04, 0.5)]
        assert [rate.q_value for rate in corrected(rates)] == pytest.approx([0.03, 0.06, 0.5])
        assert [rate.beats_chance for rate in corrected(rates)] == [True, False, False]
