"""The chart's series: lengths, averages with their warm-up outside the window, comparison."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.indicators.series import moving_average
from analytics.model.question import Symbol
from analytics.model.vocabulary import Bars
from analytics.studies.supports.price_history import (
    PRICE_HISTORY,
    PriceHistory,
    PriceHistoryParameters,
    rebased,
)
from tests.support.builders import make_bars, walk
from tests.support.small_bars import inputs_of


def ask(*bars: Bars, compare: str | None = None, sessions: int = 504) -> PriceHistory:
    other = Symbol(compare) if compare else None
    return PRICE_HISTORY.compute(
        PriceHistoryParameters(Symbol(bars[0].symbol), other, sessions), inputs_of(*bars)
    )


class TestSeries:
    def test_every_series_has_the_window_s_length(self) -> None:
        bars = make_bars(walk(300), symbol="A")
        got = ask(bars, make_bars(walk(300, 2), symbol="B"), compare="B", sessions=100)
        series = [got.open, got.high, got.low, got.close, got.volume, got.compare, got.sessions]
        assert {len(one) for one in series} == {100}
        assert [len(one.values) for one in got.averages] == [100] * 4

    def test_averages_use_the_bars_before_the_window(self) -> None:
        bars = make_bars(walk(300), symbol="A")
        got = {one.name: one.values for one in ask(bars, sessions=100).averages}
        assert got["200-DMA"] == tuple(moving_average(bars.close, 200)[-100:])

    def test_an_average_is_absent_before_it_exists_and_without_sessions(self) -> None:
        got = {one.name: one.values for one in ask(make_bars(walk(60), symbol="A")).averages}
        assert set(got) == {"20-DMA", "50-DMA"}
        assert [x is None for x in got["50-DMA"]] == [True] * 49 + [False] * 11

    def test_closes_only_draw_a_line(self) -> None:
        bars, blank = make_bars(walk(60), symbol="A"), np.full(60, np.nan)
        got = ask(replace(bars, open=blank, high=blank, low=blank, volume=blank))
        assert (got.open, got.high, got.low) == ((), (), ())
        assert got.volume == (None,) * 60

    @pytest.mark.parametrize(("sessions", "full"), [(504, False), (505, True)])
    def test_a_long_window_asks_for_the_full_history(self, sessions: int, full: bool) -> None:
        parameters = PriceHistoryParameters(Symbol("A"), None, sessions)
        assert PRICE_HISTORY.needs(parameters, inputs_of().moment).full_history is full


class TestComparison:
    def test_scaled_to_the_first_shared_close(self) -> None:
        ours = make_bars([10.0, 20.0, 30.0], symbol="A")
        other = make_bars([2.0, 3.0], symbol="B")  # it has no bar of the first session
        scaled = rebased(ours, other, slice(None))
        assert np.isnan(scaled[0])
        assert scaled[1:].tolist() == [20.0, 30.0]

    def test_no_shared_session_gives_no_line(self) -> None:
        ours = make_bars([10.0, 20.0], symbol="A")
        old = make_bars([5.0], symbol="B", last=make_bars(walk(9)).sessions[0].astype(object))
        assert np.isnan(rebased(ours, old, slice(None))).all()

    def test_what_is_missing_is_said(self) -> None:
        got = ask(make_bars(walk(60), symbol="A"), compare="GONE")
        assert (got.compare, got.compare_missing) == ((), "GONE: no bars.")
        assert ask(make_bars(walk(60), symbol="A")).compare_missing is None
