"""Mid-rank percentiles: the last value of a series that ticks, and every value before it."""

import numpy as np
import pytest
from scipy.stats import percentileofscore

from analytics.indicators.percentiles import expanding_percentile


def test_every_value_ranks_as_scipy_ranks_it_among_its_own_past() -> None:
    values = np.round(np.random.default_rng(7).normal(size=400), 1)  # with ties
    values[[0, 5, 6, 120, 399]] = np.nan
    ranks = expanding_percentile(values, 20)
    for i in range(len(values)):
        past = values[: i + 1][np.isfinite(values[: i + 1])]
        if np.isnan(values[i]) or len(past) < 20:
            assert np.isnan(ranks[i])
        else:
            assert ranks[i] == pytest.approx(percentileofscore(past, values[i], "mean"))


def test_a_series_that_ticks_ranks_only_its_own_last_value_anew() -> None:
    values = np.random.default_rng(8).normal(size=300)
    ticked = values.copy()
    for price in (-9.0, 9.0, values[10], np.nan):
        ticked[-1] = price
        ranks = expanding_percentile(ticked, 20)
        assert np.array_equal(ranks[:-1], expanding_percentile(values, 20)[:-1], equal_nan=True)
        if np.isfinite(price):
            assert ranks[-1] == pytest.approx(percentileofscore(ticked, price, "mean"))
        else:
            assert np.isnan(ranks[-1])


@pytest.mark.parametrize("count", [0, 1])
def test_too_short_a_series_has_no_rank(count: int) -> None:
    assert np.isnan(expanding_percentile(np.ones(count), 2)).all()
    assert len(expanding_percentile(np.ones(count), 2)) == count
