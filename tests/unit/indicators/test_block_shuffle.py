"""The null of returns after events: hand-made cases, and its calibration on random walks."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.indicators.block_shuffle import (
    chance_of,
    chance_of_mean,
    null_windows,
    shuffle_rows,
)


class TestRows:
    def test_every_row_once_in_blocks_of_the_mean_length_asked_for(self) -> None:
        drawn = next(shuffle_rows(200_000, 1, 20))
        assert np.array_equal(np.sort(drawn), np.arange(200_000))
        assert 1 / (np.diff(drawn) != 1).mean() == pytest.approx(20, rel=0.03)

    def test_the_same_seed_draws_the_same(self) -> None:
        one, again, other = (np.vstack(list(shuffle_rows(60, 3, 5, seed))) for seed in (1, 1, 2))
        assert np.array_equal(one, again)
        assert not np.array_equal(one, other)


class TestWindows:
    def test_a_constant_return_compounds_whatever_is_drawn(self) -> None:
        daily = np.full((100, 2), 0.01)
        for windows in null_windows(daily, [3, 40], 5, paths=4):
            assert windows == pytest.approx(np.full((2, 2), 1.01**5 - 1))

    def test_members_of_a_session_stay_together(self) -> None:
        rng = np.random.default_rng(1)
        moves = rng.normal(0, 0.01, 300)
        daily = np.column_stack([moves, -moves])
        for windows in null_windows(daily, [3, 90, 200], 1, paths=5):
            assert windows[:, 0] == pytest.approx(-windows[:, 1])

    def test_without_events_there_is_no_path(self) -> None:
        assert list(null_windows(np.zeros((9, 1)), [], 5)) == []


class TestChance:
    def test_by_hand(self) -> None:
        # Null mean 0; of four paths two lie at least 1 from it: (1 + 2) / (4 + 1).
        chance = chance_of(1.0, np.array([-1.0, 0.5, -0.5, 1.0]))
        assert chance is not None
        assert (chance.mean, chance.p_value, chance.paths) == (0.0, 0.6, 4)

    def test_no_path_has_no_chance(self) -> None:
        assert chance_of(1.0, np.array([np.nan])) is None

    def test_what_always_follows_is_found(self) -> None:
        moves = np.random.default_rng(5).normal(0.0, 0.01, 2500)
        at = list(range(50, 2400, 50))
        for i in at:
            moves[i + 1 : i + 6] += 0.01
        close = 100 * np.exp(np.cumsum(moves))
        observed = float(np.mean([close[i + 5] / close[i] - 1 for i in at])) * 100
        chance = chance_of_mean(observed, close, at, 5, paths=199)
        assert chance is not None
        assert chance.p_value == pytest.approx(1 / 200)
