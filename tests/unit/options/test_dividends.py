"""American chains ahead of a dividend, and of shares that are hard to borrow, priced by QuantLib.

Calls near the money are then worth exercising early: they cost more than parity of European
prices has them, and with them left in, forward, at-the-money volatility and skew are off.
"""

from __future__ import annotations

import math

import numpy as np
import QuantLib as ql

from analytics.model.rates import flat_curve
from analytics.options.analysis import ChainAnalysis
from analytics.options.chain import CleanChain, clean_chain
from tests.support.small_bars import bars_of
from tests.support.small_chains import SESSION, Row, chain_of

RATE = 0.045
TODAY = ql.Date(SESSION.day, SESSION.month, SESSION.year)


def american(
    spot: float,
    strike: float,
    days: int,
    sigma: float,
    call: bool,
    *,
    borrow: float = 0.0,
    dividend: tuple[int, float] | None = None,
) -> float:
    """The price of one option by finite differences.

    Args:
        borrow: yearly cost of borrowing the shares, continuously compounded.
        dividend: days until a dividend is paid, and how much, dollars.
    """
    ql.Settings.instance().evaluationDate = TODAY
    count = ql.Actual365Fixed()
    curves = [
        ql.YieldTermStructureHandle(ql.FlatForward(TODAY, value, count)) for value in (borrow, RATE)
    ]
    vol = ql.BlackVolTermStructureHandle(
        ql.BlackConstantVol(TODAY, ql.NullCalendar(), sigma, count)
    )
    process = ql.BlackScholesMertonProcess(ql.QuoteHandle(ql.SimpleQuote(spot)), *curves, vol)
    side = ql.Option.Call if call else ql.Option.Put
    option = ql.VanillaOption(
        ql.PlainVanillaPayoff(side, strike), ql.AmericanExercise(TODAY, TODAY + days)
    )
    paid = [(TODAY + dividend[0], dividend[1])] if dividend and dividend[0] < days else []
    dates, amounts = [day for day, _ in paid], [amount for _, amount in paid]
    option.setPricingEngine(
        ql.FdBlackScholesVanillaEngine(process, ql.DividendVector(dates, amounts), 100, 200, 0)
    )
    return float(option.NPV())


def chain_at(
    spot: float,
    days: tuple[int, ...],
    sigma: float,
    borrow: float = 0.0,
    dividend: tuple[int, float] | None = None,
) -> CleanChain:
    """The chain taken at a close at ``spot``: strikes of a quarter deviation, a cent either way."""
    rows = []
    for day in days:
        step = max(round(spot * sigma * math.sqrt(day / 365) / 4 * 2) / 2, 0.5)
        for strike in (spot + step * np.arange(-10, 9)).tolist():
            for call in (True, False):
                mid = american(spot, strike, day, sigma, call, borrow=borrow, dividend=dividend)
                rows.append(Row(day, call, strike, max(mid - 0.01, 0.0), mid + 0.01))
    bars = bars_of("TEST", np.full(30, spot), last=SESSION)
    return clean_chain(chain_of(*rows), bars, flat_curve(RATE, "set"))


class TestDividend:
    def test_tomorrow_moves_the_forward_not_the_volatilities(self) -> None:
        # 1.58 a share tomorrow on 450, as SPY's of September 2023
        clean = chain_at(450.0, (4, 32), 0.13, dividend=(1, 1.58))
        near, far = clean.forwards.price.tolist()
        assert abs(near - (450.0 - 1.58) * math.exp(RATE * 4 / 365)) < 0.12
        assert abs(far - (450.0 - 1.58) * math.exp(RATE * 32 / 365)) < 0.12
        for curve in ChainAnalysis(clean).curves:
            assert curve.atm_iv is not None
            assert abs(curve.atm_iv - 0.13) < 0.006
            assert curve.call25_iv is not None
            assert curve.put25_iv is not None
            assert abs(curve.call25_iv - curve.put25_iv) < 0.006

    def test_spot_stays_the_close_and_the_forward_s_step_is_said(self) -> None:
        clean = chain_at(450.0, (4,), 0.13, dividend=(1, 1.58))
        assert clean.spot.price == 450.0
        assert "as a dividend before that expiry makes it" in clean.spot.basis


class TestBorrow:
    def test_shares_that_cost_60_percent_a_year_to_borrow(self) -> None:
        clean = chain_at(50.0, (4, 11, 25, 39), 0.9, borrow=0.6)
        assert abs(clean.carry.dividend_yield - 0.6) < 0.03
        assert clean.spot.price == 50.0
        for curve in ChainAnalysis(clean).curves:
            assert abs(curve.forward / (50 * math.exp((RATE - 0.6) * curve.days / 365)) - 1) < 2e-3
            assert curve.atm_iv is not None
            assert abs(curve.atm_iv - 0.9) < 0.012
