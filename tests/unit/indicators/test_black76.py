"""Black 1976 against vollib (Jaeckel's own method) and QuantLib, over everything that trades."""

from __future__ import annotations

import math

import numpy as np
import pytest
import QuantLib as ql
from lets_be_rational import normalised_black_call
from vollib.black_scholes_merton.greeks.analytical import delta, gamma, theta, vega

from analytics.indicators.black76 import (
    fill_greeks,
    implied_deviation,
    normalised_price,
    solve_implied_vols,
)


def depths_and_deviations(n: int) -> tuple[np.ndarray, np.ndarray]:
    """x = -|ln(F / K)| down to ten deviations, and s from half a minute to years."""
    rng = np.random.default_rng(5)
    s = np.exp(rng.uniform(math.log(5e-4), math.log(4), n))
    depth = np.where(rng.random(n) < 0.02, 0.0, rng.uniform(0, 10, n))
    return -depth * s, s


def solved(price: np.ndarray, call: bool, forward: float, strike: np.ndarray) -> np.ndarray:
    n, vols = len(price), np.empty(len(price))
    ones = np.ones(n)
    solve_implied_vols(price, np.full(n, call), forward * ones, strike, ones, ones, vols)
    return vols


class TestImpliedVolatility:
    def test_every_price_of_vollib_is_turned_back_to_its_volatility(self) -> None:
        x, s = depths_and_deviations(20_000)
        price = np.array([normalised_black_call(*pair) for pair in zip(x, s, strict=True)])
        # below, a double holds fewer digits; above, the price no longer tells the volatility
        recoverable = (price > 1e-290) & (price < np.exp(x / 2) * (1 - 1e-10))
        strike = np.exp(-x)
        vols = solved(price * np.sqrt(strike), True, 1.0, strike)
        assert recoverable.sum() > 15_000
        assert not np.isnan(vols[recoverable]).any()
        assert np.abs(vols / s - 1)[recoverable].max() < 1e-12

    @pytest.mark.parametrize("call", [True, False])
    def test_every_price_of_quantlib_is_turned_back_to_its_volatility(self, call: bool) -> None:
        x, s = depths_and_deviations(20_000)
        kind = ql.Option.Call if call else ql.Option.Put
        strike = np.exp(-x) if call else np.exp(x)
        price = np.array(
            [ql.blackFormula(kind, float(k), 1.0, float(v)) for k, v in zip(strike, s, strict=True)]
        )
        vega = np.exp(-0.5 * ((x / s) ** 2 + s * s / 4)) * np.sqrt(strike / (2 * math.pi))
        # QuantLib's price is a difference, right to an ulp or two of the larger term; at strikes
        # thousands of times the forward its distribution function has seven digits
        sensitive = (vega > 1e-3) & (np.abs(x) < 1.6)
        error = np.abs(solved(price, call, 1.0, strike) - s)[sensitive]
        assert sensitive.sum() > 5_000
        assert error.max() < 1e-12

    def test_a_price_in_the_money_gives_the_volatility_of_its_pair(self) -> None:
        strike = np.array([80.0, 95.0, 105.0, 120.0])
        for call in (True, False):
            kind = ql.Option.Call if call else ql.Option.Put
            price = np.array([ql.blackFormula(kind, k, 100.0, 0.2) for k in strike.tolist()])
            assert solved(price, call, 100.0, strike) == pytest.approx(0.2, rel=1e-12)

    def test_from_seconds_at_five_percent_to_years_at_five_hundred(self) -> None:
        for s in (1e-5, 1e-4, 5.0, 6.0):
            for x in (0.0, -0.5 * s, -3.0 * s):
                assert implied_deviation(normalised_price(x, s), x) == pytest.approx(s, rel=1e-8)

    @pytest.mark.parametrize("price", [0.0, -1.0, math.nan, math.inf, 1.0, 2.0])
    def test_no_volatility_gives_a_price_outside_the_bounds(self, price: float) -> None:
        assert math.isnan(implied_deviation(price, 0.0))

    def test_a_dearer_option_has_a_larger_volatility(self) -> None:
        prices = np.linspace(1e-9, 0.7, 2000)
        found = [implied_deviation(price, -0.4) for price in prices.tolist()]
        assert (np.diff(found) > 0).all()


class TestGreeks:
    def test_against_vollib(self) -> None:
        rng = np.random.default_rng(8)
        n = 300
        strike = 100 * np.exp(rng.normal(0, 0.1, n))
        years = rng.choice([1 / 365, 7 / 365, 30 / 365, 1.0], n)
        sigma, rate = rng.uniform(0.1, 0.9, n), rng.uniform(0, 0.06, n)
        dividend = 0.017
        call = rng.random(n) < 0.5
        forward = 100 * np.exp((rate - dividend) * years)
        greeks = np.empty((6, n))
        fill_greeks(100.0, forward, strike, years, sigma, rate, dividend, call, greeks)
        for i in range(n):
            flag = "c" if call[i] else "p"
            terms = (100.0, strike[i], years[i], rate[i], sigma[i], dividend)
            assert greeks[0, i] == pytest.approx(delta(flag, *terms), abs=1e-10)
            assert greeks[1, i] == pytest.approx(gamma(flag, *terms), abs=1e-10)
            assert greeks[2, i] == pytest.approx(100 * vega(flag, *terms), abs=1e-8)
            assert greeks[3, i] == pytest.approx(365 * theta(flag, *terms), abs=1e-7)

    @pytest.mark.parametrize("call", [True, False])
    def test_vanna_and_charm_are_what_delta_does(self, call: bool) -> None:
        def delta_of(sigma: float, years: float) -> float:
            found = np.empty((6, 1))
            forward = np.array([100 * math.exp(0.025 * years)])
            one = np.ones(1)
            fill_greeks(
                100.0,
                forward,
                103 * one,
                years * one,
                sigma * one,
                0.045 * one,
                0.02,
                np.array([call]),
                found,
            )
            return float(found[0, 0])

        found, one, h = np.empty((6, 1)), np.ones(1), 1e-5
        forward = np.array([100 * math.exp(0.025 * 0.3)])
        fill_greeks(
            100.0,
            forward,
            103 * one,
            0.3 * one,
            0.4 * one,
            0.045 * one,
            0.02,
            np.array([call]),
            found,
        )
        by_sigma = (delta_of(0.4 + h, 0.3) - delta_of(0.4 - h, 0.3)) / (2 * h)
        by_time = (delta_of(0.4, 0.3 - h) - delta_of(0.4, 0.3 + h)) / (2 * h)
        assert found[4, 0] == pytest.approx(by_sigma, rel=1e-6)
        assert found[5, 0] == pytest.approx(by_time, rel=1e-6)

    def test_without_a_volatility_there_are_none(self) -> None:
        found, one = np.empty((6, 1)), np.ones(1)
        fill_greeks(
            100.0, 100 * one, 100 * one, one, np.nan * one, 0.0 * one, 0.0, one == one, found
        )
        assert np.isnan(found).all()


class TestInterpreted:
    """Until the kernels are compiled they are interpreted: the answers are the same."""

    def test_the_same_volatilities_and_greeks(self) -> None:
        x, s = depths_and_deviations(300)
        price = np.array(
            [normalised_price(*pair) for pair in zip(x.tolist(), s.tolist(), strict=True)]
        )
        strike, ones, call = np.exp(-x), np.ones(300), np.ones(300, bool)
        machine, plain = np.empty(300), np.empty(300)
        columns = (price * np.sqrt(strike), call, ones, strike, ones, ones)
        solve_implied_vols(*columns, machine)
        solve_implied_vols.interpreted(*columns, plain)
        np.testing.assert_allclose(machine, plain, rtol=1e-12)
        both = np.empty((2, 6, 300))
        sigma = np.maximum(s, 0.05)
        rest = (strike, ones, sigma, 0.04 * ones, 0.01, call)
        fill_greeks(1.0, ones, *rest, both[0])
        fill_greeks.interpreted(1.0, ones, *rest, both[1])
        np.testing.assert_allclose(both[0], both[1], rtol=1e-12, atol=1e-300)
