"""Implied volatility and greeks against published worked examples and finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.options.greeks import black_scholes_greeks, black_scholes_price
from analytics.options.implied import implied_vols


def one(value: float) -> np.ndarray:
    return np.array([value])


class TestPrices:
    def test_hull_example_15_6(self) -> None:
        # Hull, 10th ed., example 15.6: S 42, K 40, r 10%, sigma 20%, T 0.5
        for call, printed in ((True, 4.76), (False, 0.81)):
            price = black_scholes_price(
                42.0, one(40), one(0.5), one(0.2), 0.10, 0.0, np.array([call])
            )
            assert price[0] == pytest.approx(printed, abs=0.005)

    def test_hull_example_17_1_with_a_dividend_yield(self) -> None:
        # Hull, 10th ed., example 17.1: index 930, K 900, r 8%, sigma 20%, q 3%, two months
        price = black_scholes_price(
            930.0, one(900), one(2 / 12), one(0.2), 0.08, 0.03, np.array([True])
        )
        assert price[0] == pytest.approx(51.83, abs=0.005)

    @pytest.mark.parametrize("dividend_yield", [0.0, 0.03])
    def test_put_call_parity(self, dividend_yield: float) -> None:
        strikes = np.array([60.0, 97.5, 100.0, 180.0])
        years, sigma = np.full(4, 0.7), np.full(4, 0.35)
        call, put = (
            black_scholes_price(
                100.0, strikes, years, sigma, 0.045, dividend_yield, np.full(4, side)
            )
            for side in (True, False)
        )
        forward = 100 * np.exp(-dividend_yield * 0.7) - strikes * np.exp(-0.045 * 0.7)
        np.testing.assert_allclose(call - put, forward, rtol=0, atol=1e-12)


class TestGreeks:
    def test_hull_example_19_1_and_its_sequels(self) -> None:
        # Hull, 10th ed., examples 19.1, 19.2, 19.4 and 19.6: S 49, K 50, r 5%, 20%, 20 weeks
        greeks = black_scholes_greeks(
            49.0, one(50), one(0.3846), one(0.2), 0.05, 0.0, np.array([True])
        )
        assert greeks.delta[0] == pytest.approx(0.522, abs=0.0005)
        assert greeks.theta[0] == pytest.approx(-4.31, abs=0.005)
        assert greeks.gamma[0] == pytest.approx(0.066, abs=0.0005)
        assert greeks.vega[0] == pytest.approx(12.1, abs=0.05)

    @pytest.mark.parametrize("call", [True, False])
    def test_every_greek_is_the_derivative_it_claims(self, call: bool) -> None:
        strikes = np.array([70.0, 97.5, 100.0, 130.0])
        side = np.full(4, call)

        def price(spot: float = 100.0, years: float = 0.5, sigma: float = 0.3) -> np.ndarray:
            return black_scholes_price(
                spot, strikes, np.full(4, years), np.full(4, sigma), 0.045, 0.02, side
            )

        def delta(spot: float = 100.0, years: float = 0.5, sigma: float = 0.3) -> np.ndarray:
            return black_scholes_greeks(
                spot, strikes, np.full(4, years), np.full(4, sigma), 0.045, 0.02, side
            ).delta

        greeks = black_scholes_greeks(
            100.0, strikes, np.full(4, 0.5), np.full(4, 0.3), 0.045, 0.02, side
        )
        h = 1e-4
        numeric = {
            "delta": (price(spot=100 + h) - price(spot=100 - h)) / (2 * h),
            "gamma": (delta(spot=100 + h) - delta(spot=100 - h)) / (2 * h),
            "vega": (price(sigma=0.3 + h) - price(sigma=0.3 - h)) / (2 * h),
            "theta": (price(years=0.5 - h) - price(years=0.5 + h)) / (2 * h),
            "vanna": (delta(sigma=0.3 + h) - delta(sigma=0.3 - h)) / (2 * h),
            "charm": (delta(years=0.5 - h) - delta(years=0.5 + h)) / (2 * h),
        }
        for name, expected in numeric.items():
            np.testing.assert_allclose(getattr(greeks, name), expected, rtol=1e-5, atol=1e-8)

    def test_without_an_iv_there_is_no_greek(self) -> None:
        greeks = black_scholes_greeks(
            100.0, one(100), one(0.5), one(float("nan")), 0.045, 0.0, np.array([True])
        )
        assert all(np.isnan(values[0]) for values in vars(greeks).values())


class TestImpliedVol:
    def test_every_recoverable_contract_of_a_wide_chain_is_solved(self) -> None:
        rng = np.random.default_rng(7)
        n = 4000
        years = rng.choice([1 / 365 / 12, 1 / 365, 7 / 365, 30 / 365, 1.0, 2.5], n)
        sigma = rng.uniform(0.05, 2.0, n)
        strike = 100 * np.exp(rng.normal(0, 0.6, n) * np.sqrt(years))
        call = strike >= 100
        discount = np.exp(-0.045 * years)
        # with q = r the forward is the spot
        price = black_scholes_price(100.0, strike, years, sigma, 0.045, 0.045, call)
        worth = price >= 0.005
        assert worth.sum() > 3000
        solved = implied_vols(price, call, np.full(n, 100.0), strike, discount, years)
        unsolved = int(np.isnan(solved[worth]).sum())
        assert unsolved == 0
        assert np.abs(solved[worth] / sigma[worth] - 1).max() < 1e-8

    def test_hull_section_15_11(self) -> None:
        # Hull, 10th ed., section 15.11: C 1.875, S 21, K 20, r 10%, T 0.25 -> 23.5%
        solved = implied_vols(
            one(1.875),
            np.array([True]),
            one(21 * np.exp(0.025)),
            one(20),
            one(np.exp(-0.025)),
            one(0.25),
        )
        assert solved[0] == pytest.approx(0.235, abs=0.0005)

    @pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), 4.0, 150.0])
    def test_a_price_without_a_volatility_is_blank(self, price: float) -> None:
        # strike 95, forward 100: below 5 and above 100 no volatility gives the price
        solved = implied_vols(one(price), np.array([True]), one(100), one(95), one(1.0), one(0.5))
        assert np.isnan(solved[0])
