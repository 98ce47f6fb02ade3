"""Forwards from pairs of quotes: by hand, from American prices, and with wild quotes among them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analytics.indicators.parity_forward import fit_forwards
from tests.unit.indicators.test_early_exercise import premium


def forward_of(
    strike: list[float],
    call: list[float],
    put: list[float],
    spread: list[float],
    years: float = 0.1,
    rate: float = 0.04,
    *,
    american: bool = False,
) -> tuple[float, float, int]:
    found = np.empty((4, 1))
    fit_forwards(
        np.array([0]),
        np.array([len(strike)]),
        np.array(strike),
        np.array(call),
        np.array(put),
        np.array(spread),
        np.array([years]),
        np.array([float(rate)]),
        0.0,
        american,
        found,
    )
    return float(found[0, 0]), float(found[1, 0]), int(found[2, 0])


class TestByHand:
    def test_one_pair(self) -> None:
        # F = 100 + exp(0.004) x (5 - 3) = 102.008016
        forward, error, pairs = forward_of([100.0], [5.0], [3.0], [0.04])
        assert forward == pytest.approx(100 + 2 * math.exp(0.004))
        assert pairs == 1
        assert error == pytest.approx(0.01)  # a quarter of the spread

    def test_tight_pairs_weigh_more(self) -> None:
        # guesses 100 and 101 without a rate; spreads 0.04 and 0.08 weigh 4 to 1
        forward, *_ = forward_of([100.0, 101.0], [2.0, 2.0], [2.0, 2.0], [0.04, 0.08], rate=0.0)
        assert forward == pytest.approx(100.0)  # a dollar apart: the tighter stands alone
        forward, *_ = forward_of([100.0, 100.03], [2.0, 2.0], [2.0, 2.0], [0.04, 0.08], rate=0.0)
        assert forward == pytest.approx((4 * 100 + 100.03) / 5)

    def test_without_a_pair_there_is_none(self) -> None:
        forward, _, pairs = forward_of([100.0], [math.nan], [3.0], [0.04])
        assert math.isnan(forward)
        assert pairs == 0

    def test_one_wild_quote_moves_nothing(self) -> None:
        strike = [98.0, 99.0, 100.0, 101.0, 102.0]
        call = [100 - k + 3.0 for k in strike]
        plain, *_ = forward_of(strike, call, [3.0] * 5, [0.04] * 5, rate=0.0)
        call[2] += 0.9
        wild, *_ = forward_of(strike, call, [3.0] * 5, [0.04] * 5, rate=0.0)
        assert plain == pytest.approx(100.0)
        assert wild == pytest.approx(100.0)

    def test_only_pairs_near_the_money_count(self) -> None:
        strike = [60.0, 100.0, 150.0]
        forward, _, pairs = forward_of(
            strike, [41.0, 3.0, 1.0], [0.5, 3.0, 52.0], [0.04] * 3, rate=0
        )
        assert pairs == 1
        assert forward == pytest.approx(100.0)


class TestEarlyExercise:
    @pytest.mark.parametrize("days", [7, 30, 90])
    def test_american_prices_give_the_true_forward(self, days: int) -> None:
        rate, years = 0.045, days / 365
        strike = [94.0 + i for i in range(13)]
        call, put = (
            [premium(100, k, days, 0.2, rate, 0.0, side)[0] for k in strike]
            for side in (True, False)
        )
        truth = 100 * math.exp(rate * years)
        plain, *_ = forward_of(strike, call, put, [0.04] * 13, years, rate)
        found, *_ = forward_of(strike, call, put, [0.04] * 13, years, rate, american=True)
        assert truth - plain > 0.002 * days / 7  # the put's premium drags it down
        assert abs(found - truth) < 0.15 * (truth - plain)


class TestDividendAhead:
    """Strikes 95 to 110, forward 100, calls near the money dear by what exercise is worth."""

    STRIKE = (95.0, 97.5, 100.0, 102.5, 105.0, 107.5, 110.0)
    CALL = (6.35, 4.4, 2.8, 1.65, 0.85, 0.5, 0.3)
    DEAR = (0.60, 0.50, 0.40, 0.20, 0.0, 0.0, 0.0)

    def forward(self, dear: list[float], wrong: float = 0.0) -> float:
        put = [c - (100.0 - k) for c, k in zip(self.CALL, self.STRIKE, strict=True)]
        call = [c + more for c, more in zip(self.CALL, dear, strict=True)]
        put[5] += wrong
        return forward_of(list(self.STRIKE), call, put, [0.04] * 7, 0.02, 0.0, american=True)[0]

    def test_the_pairs_that_nobody_exercises_tell_it(self) -> None:
        assert self.forward([0.0] * 7) == pytest.approx(100.0, abs=0.01)
        assert self.forward(list(self.DEAR)) == pytest.approx(100.0, abs=0.01)

    def test_one_stale_put_out_there_tells_nothing(self) -> None:
        assert self.forward([0.0] * 7, wrong=3.0) == pytest.approx(100.0, abs=0.01)
