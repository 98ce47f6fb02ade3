"""q-values by hand, and against scipy's false discovery control."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from analytics.indicators.multiple_tests import benjamini_hochberg


class TestBenjaminiHochberg:
    def test_by_hand(self) -> None:
        # Sorted: .01 x 4/1 = .04, .02 x 4/2 = .04, .03 x 4/3 = .04, .5 x 4/4 = .5.
        assert benjamini_hochberg([0.5, 0.01, 0.03, 0.02]) == pytest.approx([0.5, 0.04, 0.04, 0.04])

    def test_a_refused_rate_is_no_test(self) -> None:
        assert benjamini_hochberg([None, 0.02]) == [None, 0.02]

    @pytest.mark.parametrize("seed", range(5))
    def test_as_scipy_has_it(self, seed: int) -> None:
        p_values = np.random.default_rng(seed).uniform(0.001, 1, 17).round(2).clip(0.01)
        assert benjamini_hochberg(p_values.tolist()) == pytest.approx(
            false_discovery_control(p_values)
        )
