"""The kernels' levels are those of the ladder, session by session."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.indicators.periods import period_numbers
from analytics.indicators.session_levels import (
    LevelRecipe,
    average_of,
    fill_levels,
    recipes,
    weekly_of,
)
from analytics.studies.supports.levels import COMPUTATIONS
from tests.support.builders import make_bars, walk

EVERY = {**recipes(), "20-DMA": average_of(20), "10-week": weekly_of(10)}


@pytest.mark.parametrize("recipe", EVERY.values(), ids=EVERY.keys())
def test_the_level_of_a_session_is_the_ladders_through_the_one_before(recipe: LevelRecipe) -> None:
    bars = make_bars(walk(340, 21), spread=0.6)
    periods = np.array([period_numbers(bars.sessions, p) for p in ("day", "week", "month")])
    out = levels_of(recipe, [bars.high, bars.low, bars.close, bars.volume], periods)
    computed = COMPUTATIONS[recipe.id.family]
    checked = 0
    for t in (*range(1, 75, 3), *range(250, 340, 3)):
        known = computed.latest(bars.upto(bars.sessions[t - 1].item()), recipe.id.parameter)
        if known is None:
            assert np.isnan(out[t])
        else:
            assert out[t] == pytest.approx(known, rel=1e-11)
            checked += 1
    assert checked >= 28


def test_rows_without_a_bar_are_as_if_they_were_not_there() -> None:
    bars = make_bars(walk(400, 22), spread=0.6)
    full = [bars.high, bars.low, bars.close, bars.volume]
    periods = np.array([period_numbers(bars.sessions, p) for p in ("day", "week", "month")])
    gaps = np.isin(np.arange(400), (100, 101, 333))
    holed = [np.where(gaps, np.nan, series) for series in full[:3]]
    volume = np.where(gaps, 0.0, full[3])
    for recipe in (average_of(20), weekly_of(10), recipes()["poc"], recipes()["month-low"]):
        out = levels_of(recipe, [*holed, volume], periods)
        dense = [series[~gaps] for series in full]
        squeezed = levels_of(recipe, dense, np.ascontiguousarray(periods[:, ~gaps]))
        np.testing.assert_allclose(out[~gaps], squeezed)


def levels_of(recipe: LevelRecipe, series: list[np.ndarray], periods: np.ndarray) -> np.ndarray:
    high, low, close, volume = series
    out = np.empty(len(close))
    codes = (recipe.kind, recipe.length, recipe.side)
    fill_levels(*codes, high, low, close, volume, periods, out)
    return out
