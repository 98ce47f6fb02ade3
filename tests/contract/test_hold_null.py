"""The hold study's p values on random walks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from analytics.studies.hold.cells import CELLS, GAP_DOWN, TOUCH
from analytics.studies.hold.events import (
    bar_ratios,
    list_events,
    read_history,
)
from analytics.studies.hold.kernels import null_counts
from analytics.studies.hold.study import (
    rate_of,
)
from tests.unit.studies.hold.test_hold_study import random_walk


class TestNull:
    @staticmethod
    def p_values(level: int, sessions: int) -> list[float]:
        """One p-value for each of 200 random walks, on which nothing but chance holds."""
        found = []
        for seed in range(200):
            history = read_history(random_walk(sessions, seed=5000 + seed, steps=20), None)
            ratios = bar_ratios(history.open, history.low, history.close)
            levels = np.asarray([level], np.int64)
            null = null_counts(ratios, history.regime[1:], levels, 199, seed, 20, 10)
            rate = rate_of(list_events(history, level), null[:, 0], (TOUCH,))
            assert rate.p_value is not None
            found.append(rate.p_value)
        return found

    def test_p_values_are_uniform_on_random_walks(self) -> None:
        assert kstest(self.p_values(level=50, sessions=8000), "uniform").pvalue > 0.01

    def test_blocks_as_long_as_the_average_make_the_null_conservative_never_bold(self) -> None:
        p_values = np.asarray(self.p_values(level=20, sessions=2500))
        assert (p_values <= 0.05).mean() <= 0.05
        assert (p_values <= 0.10).mean() <= 0.10

    def test_the_same_seed_gives_the_same_counts_and_another_seed_others(self) -> None:
        history = read_history(random_walk(600, seed=1), None)
        ratios = bar_ratios(history.open, history.low, history.close)
        levels = np.asarray([20, 50], np.int64)
        one, again, other = (
            null_counts(ratios, history.regime[1:], levels, 50, seed, 20, 10) for seed in (7, 7, 8)
        )
        assert np.array_equal(one, again)
        assert not np.array_equal(one, other)

    def test_paths_without_an_event_are_left_out_and_counted(self) -> None:
        history = read_history(random_walk(70, seed=3), None)
        ratios = bar_ratios(history.open, history.low, history.close)
        null = null_counts(ratios, history.regime[1:], np.asarray([50]), 200, 1, 20, 10)
        rate = rate_of([], null[:, 0], (GAP_DOWN,))
        assert rate.null_paths_without > 0
        assert rate.null_paths + rate.null_paths_without == 200

    def test_the_p_value_counts_paths_at_or_above_the_observed_rate(self) -> None:
        history = read_history(random_walk(4000, seed=5), None)
        events = list_events(history, 20)
        null = np.zeros((4, int(np.prod(CELLS)), 2), np.int32)
        null[:, 0, 0] = 10
        null[:, 0, 1] = [0, 0, 10, 10]
        assert rate_of(events, null, (TOUCH,)).p_value == pytest.approx((1 + 2) / 5)
