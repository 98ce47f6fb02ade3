"""Prices, greeks and IV against published examples and independent libraries."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from vollib.black_scholes_merton import black_scholes_merton
from vollib.black_scholes_merton.greeks.analytical import delta, gamma, theta, vega
from vollib.black_scholes_merton.implied_volatility import implied_volatility

from analytics.model.rates import flat_curve
from analytics.options.analysis import ChainAnalysis
from analytics.options.chain import clean_chain
from analytics.options.greeks import Greeks, black_scholes_greeks, black_scholes_price
from analytics.options.implied import implied_vols
from analytics.options.model_error import bound_model_error
from analytics.options.volatility import EARLY_EXERCISE
from benchmarks.options_chain import smile, synthetic_chain
from tests.support.small_chains import Row, chain_of, priced_rows
from tests.unit.indicators.test_early_exercise import premium


def one(value: float) -> np.ndarray:
    return np.array([float(value)])


def price(
    spot: float, strike: float, years: float, sigma: float, rate: float, q: float, call: bool
) -> float:
    found = black_scholes_price(
        spot, one(strike), one(years), one(sigma), rate, q, np.array([call])
    )
    return float(found[0])


def greeks(
    spot: float, strike: float, years: float, sigma: float, rate: float, q: float, call: bool
) -> Greeks:
    return black_scholes_greeks(
        spot, one(strike), one(years), one(sigma), rate, q, np.array([call])
    )


class TestHaug:
    """E. Haug, The Complete Guide to Option Pricing Formulas, 2nd ed.; b there is r - q here."""

    def test_section_1_1_1_call_on_a_stock(self) -> None:
        assert price(60, 65, 0.25, 0.30, 0.08, 0.0, True) == pytest.approx(2.1334, abs=5e-5)

    def test_section_1_1_2_put_on_an_index_with_a_yield(self) -> None:
        assert price(100, 95, 0.5, 0.20, 0.10, 0.05, False) == pytest.approx(2.4648, abs=5e-5)

    def test_delta_of_a_futures_option(self) -> None:
        terms = (105, 100, 0.5, 0.36, 0.10, 0.10)
        assert greeks(*terms, True).delta[0] == pytest.approx(0.5946, abs=5e-5)
        assert greeks(*terms, False).delta[0] == pytest.approx(-0.3566, abs=5e-5)

    def test_gamma_and_vega_of_a_stock_option(self) -> None:
        found = greeks(55, 60, 0.75, 0.30, 0.10, 0.0, True)
        assert found.gamma[0] == pytest.approx(0.0278, abs=5e-5)
        assert found.vega[0] == pytest.approx(18.9358, abs=5e-5)

    def test_theta_of_a_put_with_a_yield(self) -> None:
        found = greeks(430, 405, 1 / 12, 0.20, 0.07, 0.05, False)
        assert found.theta[0] == pytest.approx(-31.1924, abs=5e-5)

    def test_charm_of_a_futures_put(self) -> None:
        found = greeks(105, 90, 0.25, 0.24, 0.14, 0.14, False)
        assert found.charm[0] == pytest.approx(0.3700, abs=5e-5)


@pytest.fixture(scope="module")
def cases() -> list[tuple[float, float, float, float, float, bool]]:
    rng = np.random.default_rng(5)
    return [
        (
            float(100 * np.exp(rng.normal(0, 0.25))),
            float(rng.choice([1 / 365, 7 / 365, 30 / 365, 0.5, 2.0])),
            float(rng.uniform(0.08, 1.5)),
            float(rng.uniform(0.0, 0.08)),
            float(rng.uniform(0.0, 0.05)),
            bool(rng.integers(2)),
        )
        for _ in range(400)
    ]


class TestSecondLibrary:
    """vollib, pure Python, by another author: relative error under 1e-8."""

    def test_prices_and_greeks(self, cases: list[tuple[Any, ...]]) -> None:
        compared = 0
        for strike, years, sigma, rate, q, call in cases:
            flag = "c" if call else "p"
            terms = (100.0, strike, years, rate, sigma, q)
            theirs = black_scholes_merton(flag, *terms)
            # under a cent of price, or of vega, two correct libraries differ by cancellation
            if theirs < 0.01 or vega(flag, *terms) < 1e-4:
                continue
            compared += 1
            ours = greeks(100.0, strike, years, sigma, rate, q, call)
            assert price(100.0, strike, years, sigma, rate, q, call) == pytest.approx(
                theirs, rel=1e-8
            )
            assert ours.delta[0] == pytest.approx(delta(flag, *terms), rel=1e-8)
            assert ours.gamma[0] == pytest.approx(gamma(flag, *terms), rel=1e-8)
            assert ours.vega[0] == pytest.approx(100 * vega(flag, *terms), rel=1e-8)
            assert ours.theta[0] == pytest.approx(365 * theta(flag, *terms), rel=1e-8, abs=1e-9)
        assert compared > 200

    def test_implied_vol(self, cases: list[tuple[Any, ...]]) -> None:
        compared = 0
        for strike, years, sigma, rate, q, _ in cases:
            forward = 100 * np.exp((rate - q) * years)
            call = strike >= forward  # the side an IV is solved from
            flag = "c" if call else "p"
            fair = price(100.0, strike, years, sigma, rate, q, call)
            if fair < 0.01:
                continue
            compared += 1
            theirs = implied_volatility(fair, 100.0, strike, years, rate, q, flag)
            ours = implied_vols(
                one(fair),
                np.array([call]),
                one(forward),
                one(strike),
                one(np.exp(-rate * years)),
                one(years),
            )
            assert ours[0] == pytest.approx(theirs, rel=1e-8)
            assert ours[0] == pytest.approx(sigma, rel=1e-8)
        assert compared > 200


class TestSyntheticChain:
    def test_every_recoverable_contract_of_20_000_is_solved(self) -> None:
        chain = synthetic_chain(symbol="^SYN", exact=True)
        assert len(chain) == 20_000
        clean = clean_chain(chain)
        assert clean.carry.rate == pytest.approx(0.045, abs=1e-9)
        assert clean.carry.dividend_yield == pytest.approx(0.012, abs=1e-6)
        strikes = clean.strikes
        growth = np.exp((0.045 - 0.012) * clean.years[strikes.call])
        out = np.where(strikes.strike >= 600 * growth, strikes.call, strikes.put)
        recoverable = (chain.bid + chain.ask)[out] / 2 >= 0.005
        assert recoverable.sum() > 5_500
        failures = int(np.isnan(clean.strike_iv[recoverable]).sum())
        assert failures == 0
        truth = smile(strikes.strike, clean.years[strikes.call])
        vega_cents = black_scholes_greeks(
            600.0,
            strikes.strike,
            clean.years[out],
            truth,
            0.045,
            0.012,
            np.ones(len(out), dtype=bool),
        ).vega
        # a quote's last digit is a ten-millionth of a dollar's rounding; it needs a vega to count
        meaningful = recoverable & (vega_cents > 0.5)
        error = np.abs(clean.strike_iv / truth - 1)[meaningful]
        assert meaningful.sum() > 5_000
        assert error.max() < 1e-8

    def test_no_strike_with_a_bid_is_lost_to_whole_cent_quotes(self) -> None:
        clean = clean_chain(synthetic_chain())
        strikes, chain = clean.strikes, clean.chain
        growth = np.exp((clean.carry.rate - clean.carry.dividend_yield) * clean.years[strikes.call])
        out = np.where(strikes.strike >= 600 * growth, strikes.call, strikes.put)
        worth = chain.bid[out] > 0
        assert worth.sum() > 5_000
        assert int(np.isnan(clean.strike_iv[worth]).sum()) == 0


def american_price(
    strike: float, days: int, sigma: float, rate: float, q: float, call: bool
) -> float:
    return premium(100.0, strike, days, sigma, rate, q, call)[0]


class TestAmerican:
    @pytest.mark.parametrize("q", [0.0, 0.012, 0.03])
    def test_what_is_left_in_the_ivs_of_american_quotes_is_within_the_bound(self, q: float) -> None:
        # a chain of American prices, solved as the app does
        rows, sigma, rate = [], 0.3, 0.045
        for days in (30, 91, 365):
            for row in priced_rows(
                100.0, days, list(np.arange(70.0, 131.0, 5.0)), sigma=sigma, dividend_yield=q
            ):
                mid = american_price(row.strike, days, sigma, rate, q, row.call)
                rows.append(type(row)(days, row.call, row.strike, mid - 0.001, mid + 0.001, mid))
        clean = clean_chain(chain_of(*rows, price=100.0), rates=flat_curve(rate, "set"))
        error = bound_model_error(clean, ChainAnalysis(clean).curves)
        assert error.exercise == "American"
        outside = ~clean.strike_vols.from_in_money[clean.strikes.of_row] & clean.has_iv
        assert outside.sum() > 60
        worst = 100 * float(np.abs(clean.iv[outside] - sigma).max())
        assert error.early_exercise_vol_points is not None
        assert error.left_vol_points is not None
        assert error.early_exercise_vol_points > 0.4  # there is something to take off
        assert worst <= error.left_vol_points + 0.02
        assert (error.near_vol_points or 9) < error.early_exercise_vol_points
        assert clean.carry.dividend_yield == pytest.approx(q, abs=6e-4)

    def test_an_in_money_quote_that_early_exercise_distorts_gives_no_iv(self) -> None:
        # a put 15% in the money, a year, no usable call: three vol points of it are exercise
        near = priced_rows(100.0, 30, [95.0, 97.5, 100.0, 102.5, 105.0], rate=0.06)
        mid = american_price(115.0, 365, 0.2, 0.06, 0.0, False)
        put = Row(365, False, 115.0, mid - 0.01, mid + 0.01)
        rates = flat_curve(0.06, "set")
        clean = clean_chain(chain_of(*near, put, price=100.0), rates=rates)
        assert clean.rejected == {EARLY_EXERCISE: 1}
        assert np.isnan(clean.iv[-1])
        index = clean_chain(chain_of(*near, put, price=100.0, symbol="^TEST"), rates=rates)
        assert index.rejected == {}

    def test_an_index_is_european(self) -> None:
        rows = priced_rows(100.0, 30, [95.0, 100.0, 105.0])
        clean = clean_chain(chain_of(*rows, price=100.0, symbol="^TEST"))
        error = bound_model_error(clean, ChainAnalysis(clean).curves)
        assert (error.exercise, error.early_exercise_vol_points) == ("European", 0.0)

    def test_a_lump_dividend_is_in_the_forward_and_in_no_iv(self) -> None:
        # two dollars are paid before the second expiry: its forward lies 2 dollars lower
        near = priced_rows(100.0, 18, [95.0, 97.5, 100.0, 102.5, 105.0])
        far = priced_rows(98.0, 32, [95.0, 97.5, 100.0, 102.5, 105.0])
        clean = clean_chain(chain_of(*near, *far, price=100.0, symbol="^TEST"))
        error = bound_model_error(clean, ChainAnalysis(clean).curves)
        assert clean.iv == pytest.approx(0.4, abs=2e-3)
        assert error.forward_gap_pct == pytest.approx(-2.0, abs=0.2)
        assert error.forward_expiry == dt.date(2025, 2, 7)
        # half of 2 dollars over a vega of 100 x 0.4 x sqrt(32 / 365) a point of 1.00
        assert error.forward_vol_points == pytest.approx(100 * 1.0 / (100 * 0.4 * 0.296), rel=0.1)
