"""The p values printed, where nothing but chance is at work: uniform, or too cautious."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from analytics.indicators.block_shuffle import chance_of_mean
from analytics.model.status import Status
from analytics.studies.hold.aftermath import after_break
from analytics.studies.hold.cells import CELLS, GAP_DOWN, TOUCH
from analytics.studies.hold.events import (
    bar_ratios,
    draw_null_at,
    draw_reaches,
    list_events,
    read_history,
)
from analytics.studies.hold.kernels import null_counts
from analytics.studies.hold.levels import OtherLevel, recipe_of
from analytics.studies.hold.study import rate_of
from analytics.watch.hit_rates import TESTED
from analytics.watch.ledger_null import ledger_null
from analytics.watch.reconstruction import reconstruct
from tests.support.builders import make_bars
from tests.unit.studies.hold.test_hold_study import random_walk, study


class TestHoldRates:
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


class TestOtherLevels:
    @staticmethod
    def p_values(word: OtherLevel, sessions: int) -> np.ndarray:
        """As `TestHoldRates.p_values`, at a level that is no average of daily closes."""
        found = []
        for seed in range(200):
            history = read_history(random_walk(sessions, seed=5000 + seed, steps=20), None)
            null, _ = draw_null_at(history, recipe_of(word), 199)
            rate = rate_of(list_events(history, recipe_of(word)), null, (TOUCH,))
            assert rate.p_value is not None
            found.append(rate.p_value)
        return np.asarray(found)

    def test_p_values_of_a_weekly_average_are_uniform_on_random_walks(self) -> None:
        assert kstest(self.p_values("40-week", sessions=4000), "uniform").pvalue > 0.01

    def test_those_of_a_week_s_low_are_never_bold(self) -> None:
        """Blocks of 20 carry whole weeks over into the paths."""
        p_values = self.p_values("week-low", sessions=2500)
        assert (p_values <= 0.05).mean() <= 0.05
        assert (p_values <= 0.10).mean() <= 0.10


class TestReach:
    def test_p_values_of_the_reach_are_uniform_on_random_walks(self) -> None:
        """Nothing but chance reaches there; blocks of 20 under a reach of 60 are no cheat."""
        found = []
        for seed in range(100):
            history = read_history(random_walk(6000, seed=9000 + seed, steps=10), None)
            null = draw_reaches(history, 50, 199)
            found.append(after_break(history, 50, list_events(history, 50), null).p_value)
        assert kstest(np.asarray(found, dtype=float), "uniform").pvalue > 0.01


class TestClaims:
    def test_chance_is_seldom_claimed_to_be_beaten(self) -> None:
        """Of 25 walks at most a few say "more often than chance" anywhere on the page."""
        claims = 0
        for seed in range(25):
            result = study(random_walk(2500, seed=700 + seed, steps=10), paths=199)
            rates = [result.touches, result.gap_downs, *(split.rate for split in result.splits)]
            claims += any([rate.beats_chance for rate in rates] + [result.after_break.beats_chance])
            claims += any(row.differs for row in result.forward_returns)
        assert claims <= 4  # 5% of 25 is 1.25; more than 4 has a chance of 0.7%


class TestReturnsAfterEvents:
    @pytest.mark.parametrize("ahead", [5, 20])
    def test_p_values_are_uniform_on_random_walks(self, ahead: int) -> None:
        """Events by the past alone, a fall of 1.5% or more, tell a walk's future nothing."""
        found = []
        for seed in range(150):
            moves = np.random.default_rng(seed).normal(0.0003, 0.012, 2500)
            close = 100 * np.exp(np.cumsum(moves))
            falls = np.flatnonzero(moves <= -0.015)
            at, last = [], -ahead
            for i in falls.tolist():
                if i - last >= ahead and i + ahead < len(close):
                    at.append(i)
                    last = i
            observed = float(np.mean([close[i + ahead] / close[i] - 1 for i in at])) * 100
            chance = chance_of_mean(observed, close, at, ahead, paths=199)
            assert chance is not None
            found.append(chance.p_value)
        assert kstest(found, "uniform").pvalue > 0.01


class TestLevelCalls:
    def test_p_values_of_four_walks_that_move_together_are_not_bold(self) -> None:
        """Calls of one session move together: p keeps its level all the same."""
        found = []
        for seed in range(1000, 1080):
            drawn = random_walk(500, seed=seed, steps=10)
            dated = make_bars(drawn.close, spread=1.0)
            whole = replace(dated, open=drawn.open, high=drawn.high, low=drawn.low)
            members = [replace(whole, symbol=f"S{i}") for i in range(3)]
            calls = [call for bars in members for call in reconstruct(bars, 250)]
            tested = [c for c in calls if c.status in TESTED and not c.gap_down]
            null = ledger_null(members, 250, focus=False, courses=99)
            assert null is not None
            counts = null.of()
            rates = counts[:, 1] / counts[:, 0]
            observed = sum(c.status is Status.HELD for c in tested) / len(tested)
            found.append((1 + (rates >= observed - 1e-12).sum()) / 100)
        assert kstest(found, "uniform").pvalue > 0.01
