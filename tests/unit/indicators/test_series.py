"""Elementary series, by hand, against pandas and against loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.indicators.series import (
    average_true_range,
    daily_sigma,
    distance_pct,
    drawdown_from_high,
    latest_dma,
    moving_average,
    rolling_atr,
    rolling_high,
    true_range,
)
from tests.support.builders import walk

PRICES = arrays(np.float64, st.integers(1, 60), elements=st.floats(0.01, 5000))
WINDOWS = st.integers(1, 25)
modest = settings(max_examples=60, deadline=None)


class TestMovingAverage:
    def test_mean_of_the_last_n(self) -> None:
        assert latest_dma(np.array([1.0, 2, 3, 4]), 3) == 3.0

    def test_never_a_partial_mean(self) -> None:
        close = np.arange(1.0, 51.0)
        assert latest_dma(close[:49], 50) is None
        assert latest_dma(close, 50) == 25.5
        assert np.isnan(moving_average(close, 50)).tolist() == [True] * 49 + [False]
        assert np.isnan(moving_average(close[:49], 50)).all()

    @pytest.mark.parametrize("sessions", [19, 20, 49, 50, 99, 100, 200])
    def test_an_unmoved_price_is_exactly_its_own_average(self, sessions: int) -> None:
        for price in (0.1, 33.33, 100.1, 607.97):
            assert latest_dma(np.full(250, price), sessions) == price
            assert moving_average(np.full(250, price), sessions)[-1] == price

    @modest
    @given(PRICES, WINDOWS)
    def test_equals_pandas(self, close: np.ndarray, sessions: int) -> None:
        expected = pd.Series(close).rolling(sessions).mean().to_numpy()
        np.testing.assert_allclose(
            moving_average(close, sessions), expected, rtol=1e-9, atol=close.max() * 1e-11
        )

    @modest
    @given(PRICES, WINDOWS)
    def test_its_end_is_the_latest(self, close: np.ndarray, sessions: int) -> None:
        latest = latest_dma(close, sessions)
        end = moving_average(close, sessions)[-1]
        # running sums carry the rounding of the largest price they have met
        if latest is None:
            assert np.isnan(end)
        else:
            assert end == pytest.approx(latest, rel=1e-9, abs=close.max() * 1e-11)

    @modest
    @given(arrays(np.float64, 25, elements=st.floats(0.01, 5000)), st.floats(0.0, 1.0))
    def test_one_more_lower_close_never_raises_it(self, close: np.ndarray, share: float) -> None:
        lower = close[-20:].min() * share
        before, after = latest_dma(close, 20), latest_dma(np.append(close, lower), 20)
        assert before is not None
        assert after is not None
        assert after <= before * (1 + 1e-12)

    def test_a_panel_is_its_columns(self) -> None:
        panel = np.column_stack([walk(120, 1), walk(120, 2)])
        for one in range(2):
            np.testing.assert_allclose(
                moving_average(panel, 50)[:, one], moving_average(panel[:, one], 50), rtol=1e-12
            )


class TestHighsAndDrawdowns:
    @modest
    @given(PRICES, WINDOWS)
    def test_rolling_high_equals_the_naive_one(self, close: np.ndarray, sessions: int) -> None:
        naive = [close[max(0, i + 1 - sessions) : i + 1].max() for i in range(len(close))]
        assert rolling_high(close, sessions).tolist() == naive

    def test_a_panel_is_its_columns(self) -> None:
        panel = np.column_stack([walk(700, 1), walk(700, 2)])
        for one in range(2):
            assert (rolling_high(panel)[:, one] == rolling_high(panel[:, one])).all()

    @modest
    @given(PRICES, WINDOWS)
    def test_a_drawdown_is_never_positive(self, close: np.ndarray, sessions: int) -> None:
        depth = drawdown_from_high(close, sessions)
        assert (depth <= 0).all()
        assert depth[int(np.argmax(close))] == 0

    def test_by_hand_and_the_high_leaves_the_window(self) -> None:
        depth = drawdown_from_high(np.array([10.0, 8, 9, 9]), 3)
        assert depth == pytest.approx([0, -0.2, -0.1, 0])


class TestTrueRange:
    def test_a_gap_counts(self) -> None:
        high, low = np.array([10.0, 15, 9]), np.array([9.0, 14, 8])
        close = np.array([9.5, 14.5, 8.5])
        assert true_range(high, low, close).tolist() == [5.5, 6.5]

    def test_wilder_by_hand(self) -> None:
        close = np.full(17, 10.0)
        half = np.array([1.0] * 15 + [8.0, 1.0])  # true range 2, 14 times; then 16; then 2
        got = average_true_range(close + half, close - half, close)
        first = 2 + (16 - 2) / 14
        assert got == pytest.approx(first + (2 - first) / 14)

    def test_needs_fourteen_true_ranges(self) -> None:
        close = np.full(15, 10.0)
        assert average_true_range(close + 1, close - 1, close) == pytest.approx(2.0)
        assert average_true_range(close[:14] + 1, close[:14] - 1, close[:14]) is None

    def test_closes_only_have_none(self) -> None:
        blank = np.full(100, np.nan)
        assert average_true_range(blank, blank, np.full(100, 5.0)) is None

    def test_a_bar_without_a_range_is_left_out(self) -> None:
        close, half = walk(40), np.linspace(1, 2, 40)
        high, low = close + half, close - half
        remaining = np.arange(40) != 20
        expected = average_true_range(high[remaining], low[remaining], close[remaining])
        high[20] = np.nan
        assert average_true_range(high, low, close) == expected

    def test_the_series_ends_at_the_latest(self) -> None:
        close = walk(60)
        series = rolling_atr(close + 1, close - 1, close)
        assert np.isnan(series[:14]).all()
        for n in (15, 16, 40, 60):
            part = average_true_range(close[:n] + 1, close[:n] - 1, close[:n])
            assert series[n - 1] == pytest.approx(part, rel=1e-12)


class TestSigmaAndDistance:
    def test_sample_deviation_of_twenty_log_returns(self) -> None:
        close = walk(40)
        expected = pd.Series(np.log(close)).diff().tail(20).std()
        assert daily_sigma(close) == pytest.approx(expected, rel=1e-9)

    def test_needs_twenty_one_closes_that_move(self) -> None:
        assert daily_sigma(walk(20)) is None
        assert daily_sigma(walk(21)) is not None
        assert daily_sigma(np.full(30, 5.0)) is None

    def test_negative_below(self) -> None:
        assert distance_pct(98.0, 100.0) == pytest.approx(-2.0)
        assert distance_pct(105.0, 100.0) == pytest.approx(5.0)
