"""Roots: as scipy's Brent finds them, in no more evaluations than halving needs."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from scipy.optimize import brentq

from analytics.indicators.numerics import root

CASES: list[tuple[Callable[[float], float], float, float]] = [
    (lambda x: x**3 - 2 * x - 5, 2.0, 3.0),  # Wallis, 1685: 2.0945514815...
    (lambda x: math.exp(-x) - x, 0.0, 1.0),
    (lambda x: math.atan(1e6 * (x - 0.3)), -50.0, 1.0),
    (lambda x: 100.0 - 3.0 * x, 0.0, 1e6),
    (lambda x: -1.0 if x < 0.7 else 1.0, 0.0, 1.0),
]


class TestRoot:
    @pytest.mark.parametrize("case", range(len(CASES)))
    def test_it_is_the_one_that_brent_finds(self, case: int) -> None:
        function, low, high = CASES[case]
        expected = brentq(function, low, high, xtol=1e-14, rtol=1e-15)
        assert root(function, low, high) == pytest.approx(expected, rel=1e-12)
        assert root(function, high, low) == pytest.approx(expected, rel=1e-12)

    def test_nine_roots_in_one_place_are_found(self) -> None:
        assert root(lambda x: (x - 1.0) ** 9, -3.0, 6.0) == pytest.approx(1.0, abs=0.03)

    def test_wallis_s_own_digits(self) -> None:
        assert root(CASES[0][0], 2.0, 3.0) == pytest.approx(2.0945514815423265, abs=1e-15)

    def test_it_takes_few_evaluations(self) -> None:
        draw, taken = random.Random(1), []
        for _ in range(200):
            at, bend, calls = draw.uniform(-5, 5), draw.uniform(0.1, 3), 0

            def function(x: float, at: float = at, bend: float = bend) -> float:
                nonlocal calls
                calls += 1
                return math.sinh(bend * (x - at)) + (x - at)

            assert root(function, -8.0, 8.0, xtol=1e-9) == pytest.approx(at, abs=1e-9)
            taken.append(calls)
        assert max(taken) < 36  # halving: log2(16e9)
        assert sum(taken) / len(taken) < 16

    def test_an_end_may_be_the_root(self) -> None:
        assert root(lambda x: x, 0.0, 3.0) == 0.0
        assert root(lambda x: x - 3.0, 0.0, 3.0) == 3.0

    def test_without_a_change_of_sign_it_says_so(self) -> None:
        with pytest.raises(ValueError, match="no change of sign"):
            root(lambda x: x * x + 1, -1.0, 1.0)
