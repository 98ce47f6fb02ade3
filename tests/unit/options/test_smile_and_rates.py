"""Wings between strikes, the density of a smile, and the rates of the session, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from analytics.model.question import Inputs, Symbol
from analytics.model.rates import TreasuryYields
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Moment, Phase
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.options.surface import _wing
from analytics.options.variance_surface import distribution
from tests.support.small_chains import SESSION, Row, chain_of

MOMENT = Moment(session_close(SESSION), SESSION, Phase.CLOSED, live=True)
SPY = OptionsParameters(Symbol("SPY"))


class TestWing:
    """Strikes ascend: a call's delta falls on the way up, a put's on the way down."""

    CALLS = np.array([0.6, 0.4, 0.2, 0.1])
    IV = np.array([0.20, 0.22, 0.26, 0.30])

    def test_between_two_strikes_it_runs_with_delta(self) -> None:
        # 0.25 lies three quarters of the way from 0.4 to 0.2: 0.22 + 0.75 x 0.04
        assert _wing(self.CALLS, self.IV, 0.25, calls=True) == pytest.approx(0.25)
        # and for puts, mirrored
        assert _wing(self.CALLS[::-1], self.IV[::-1], 0.25, calls=False) == pytest.approx(0.25)

    def test_at_a_strike_it_is_the_strike_s(self) -> None:
        assert _wing(self.CALLS, self.IV, 0.2, calls=True) == pytest.approx(0.26)

    def test_what_no_strike_reaches_is_absent(self) -> None:
        assert _wing(self.CALLS, self.IV, 0.05, calls=True) is None
        assert _wing(self.CALLS, self.IV, 0.7, calls=True) is None


class TestDistribution:
    def test_it_is_the_slope_and_the_bend_of_the_put(self) -> None:
        """By differences of undiscounted puts, Black on w(k) = 0.02 - 0.03 k + 0.2 k^2."""
        forward, step = 100.0, 0.01
        strikes = np.array([80.0, 95.0, 100.0, 110.0])

        def put(strike: np.ndarray) -> np.ndarray:
            k = np.log(strike / forward)
            root = np.sqrt(0.02 - 0.03 * k + 0.2 * k**2)
            d1 = -k / root + root / 2
            return np.asarray(strike * norm.cdf(root - d1) - forward * norm.cdf(-d1))

        up, here, down = put(strikes + step), put(strikes), put(strikes - step)
        k = np.log(strikes / forward)
        density, below = distribution(
            k, 0.02 - 0.03 * k + 0.2 * k**2, -0.03 + 0.4 * k, np.full(4, 0.4), strikes
        )
        assert below == pytest.approx((up - down) / (2 * step), abs=1e-6)
        assert density == pytest.approx((up - 2 * here + down) / step**2, abs=1e-5)


class TestRates:
    def test_they_are_asked_for(self) -> None:
        assert OPTIONS.needs(SPY, MOMENT).rates

    def test_a_chain_is_discounted_at_the_rates_given(self) -> None:
        rows = [Row(30, call, strike) for strike in (95.0, 100.0, 105.0) for call in (True, False)]
        chain = chain_of(*rows, price=100.0, symbol="SPY")
        found = [
            OPTIONS.compute(SPY, Inputs(MOMENT, chains={"SPY": chain}, rates=rates)).rate
            for rates in (
                TreasuryYields(chain.session, {91: 1.0, 365: 1.0}),
                TreasuryYields(chain.session, {91: 6.0, 365: 6.0}),
            )
        ]
        # bond-equivalent percent, paid twice a year, as a continuous rate
        assert found == [pytest.approx(2 * math.log(1 + pct / 200)) for pct in (1, 6)]
