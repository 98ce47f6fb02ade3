"""Forwards, carry and the spot of the quotes, on chains whose answer is known by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analytics.model.sessions import NEW_YORK, session_close
from analytics.model.vocabulary import NotAvailable, OptionChain
from analytics.options.chain import clean_chain
from analytics.options.contracts import clean_contracts
from analytics.options.strikes import strikes_of
from tests.support.small_chains import RATES, SESSION, Row, bars_of, chain_of, priced_rows

STRIKES = [95.0, 97.5, 100.0, 102.5, 105.0]
ROOTS = ("SPX", "SPXW")
EARLIER = dt.date(2025, 1, 3)


def parity_chain(**keywords: object) -> OptionChain:
    rows = [
        row
        for days in (4, 32, 95)
        for row in priced_rows(100.0, days, STRIKES, dividend_yield=0.02)
    ]
    return chain_of(*rows, **keywords)  # type: ignore[arg-type]


class TestPairs:
    def test_calls_and_puts_are_paired_by_strike_not_by_place(self) -> None:
        chain = chain_of(
            Row(4, True, 97.5),
            Row(4, True, 97.0),
            Row(4, False, 97.0),
            Row(11, False, 97.5),
            Row(4, False, 97.5),
            price=100.0,
        )
        contracts = clean_contracts(chain, 100.0)
        strikes = strikes_of(contracts)
        assert strikes.strike.tolist() == [97.0, 97.5, 97.5]
        assert strikes.of_series.tolist() == [0, 0, 1]
        assert strikes.starts.tolist() == [0, 2]
        assert strikes.stops.tolist() == [2, 3]
        for place, (call, put) in enumerate(zip(strikes.call, strikes.put, strict=True)):
            for row, side in ((call, True), (put, False)):
                if row >= 0:
                    assert contracts.chain.is_call[row] == side
                    assert contracts.chain.strike[row] == strikes.strike[place]
        assert strikes.call[2] == -1

    def test_two_series_of_one_date_and_strike_stand_apart(self) -> None:
        chain = chain_of(
            *(replace(row, root=root) for row in priced_rows(100.0, 46, STRIKES) for root in ROOTS),
            price=100.0,
            symbol="^SPX",
        )
        clean = clean_chain(chain)
        assert len(clean.strikes) == 2 * len(STRIKES)
        assert clean.strikes.series_morning.tolist() == [True, False]
        hours = np.diff(clean.strikes.series_years) * 365 * 24
        assert hours[0] == pytest.approx(6.5)  # from 09:30 to 16:00
        assert clean.has_iv.all()


class TestForward:
    def test_one_pair_by_hand(self) -> None:
        # mids 5 - 3 at strike 100, all strikes agreeing: F = 100 + 2 exp(rT)
        rows = [
            Row(32, call, strike, mid - 0.01, mid + 0.01)
            for strike in (99.0, 100.0, 101.0)
            for call, mid in ((True, 5.0 + 100 - strike), (False, 3.0))
        ]
        forwards = clean_chain(chain_of(*rows, price=102.0, symbol="^TEST")).forwards
        growth = np.exp(float(RATES.at(np.array([32 / 365]))[0]) * 32 / 365)
        assert forwards.price[0] == pytest.approx(100 + 2 * growth, abs=0.005)
        assert forwards.pairs[0] == 3

    def test_each_expiry_has_its_own(self) -> None:
        # a dividend of two dollars goes ex between the two
        rows = [*priced_rows(100.0, 4, STRIKES), *priced_rows(98.0, 11, STRIKES)]
        forwards = clean_chain(chain_of(*rows, price=100.0, symbol="^TEST")).forwards
        assert forwards.price == pytest.approx([100.0, 98.0], abs=0.15)

    def test_one_wild_quote_does_not_move_it(self) -> None:
        rows = priced_rows(100.0, 4, STRIKES)
        wild = Row(4, True, 101.0, 9.0, 9.02)
        partner = Row(4, False, 101.0, 1.0, 1.02)
        plain = clean_chain(chain_of(*rows, price=100.0)).forwards.price[0]
        mixed = clean_chain(chain_of(*rows, wild, partner, price=100.0)).forwards.price[0]
        assert mixed == pytest.approx(plain, abs=0.02)

    @pytest.mark.parametrize("spread", [0.02, 6.0])
    def test_without_a_pair_that_tells_it_spot_is_carried(self, spread: float) -> None:
        both = spread > 1  # quotes three dollars either side of the fair price tell nothing
        rows = [r for r in priced_rows(100.0, 39, STRIKES, spread=spread) if both or r.call]
        clean = clean_chain(chain_of(*rows, price=100.0))
        assert not clean.forwards.by_parity.any()
        growth = np.exp(clean.forwards.rate[0] * 39 / 365)
        assert clean.forwards.price[0] == pytest.approx(100 * growth)
        assert "default setting" in clean.carry.dividend_basis
        assert "no pairs" in clean.spot.basis

    def test_parity_holds_after_the_solve(self) -> None:
        # C - P of the strike's one volatility on the forward is the quotes' own
        rows = [r for days in (4, 32, 95) for r in priced_rows(100.0, days, STRIKES)]
        clean = clean_chain(chain_of(*rows, price=100.0, symbol="^TEST"))
        chain, strikes, forwards = clean.chain, clean.strikes, clean.forwards
        series = strikes.of_series
        discount = np.exp(-forwards.rate * strikes.series_years)[series]
        stated = discount * (forwards.price[series] - strikes.strike)
        mid = (chain.bid + chain.ask) / 2
        quoted = mid[strikes.call] - mid[strikes.put]
        np.testing.assert_allclose(quoted, stated, atol=0.01)
        assert clean.iv[strikes.call] == pytest.approx(clean.iv[strikes.put])


class TestRates:
    def test_the_carry_comes_from_the_slope_of_the_forwards(self) -> None:
        carry = clean_chain(parity_chain(price=100.0, symbol="^TEST")).carry
        assert carry.rate == pytest.approx(RATES.quarter)
        assert carry.carry == pytest.approx(carry.rate - 0.02, abs=2e-3)
        assert carry.dividend_yield == pytest.approx(0.02, abs=2e-3)
        assert carry.dividend_basis == "carry r - q by put-call parity over 3 expiries"

    def test_the_rate_is_read_from_european_strikes_only(self) -> None:
        strikes = [92.0, 94.0, 96.0, 98.0, 100.0, 102.0, 104.0, 106.0, 108.0]
        rows = [
            row
            for days in (32, 95, 186)
            for row in priced_rows(100.0, days, strikes, rate=0.03, dividend_yield=0.01)
        ]
        index = clean_chain(chain_of(*rows, price=100.0, symbol="^TST"))
        assert index.carry.rate == pytest.approx(0.03, abs=2e-4)
        assert index.carry.dividend_yield == pytest.approx(0.01, abs=3e-4)
        assert "put-call parity" in index.carry.rate_basis
        stock = clean_chain(chain_of(*rows, price=100.0)).carry
        assert stock.rate == pytest.approx(RATES.quarter)
        assert stock.carry == pytest.approx(0.02, abs=4e-3)

    def test_each_expiry_is_discounted_at_its_own_rate(self) -> None:
        clean = clean_chain(parity_chain(price=100.0))
        assert clean.forwards.rate == pytest.approx(RATES.at(clean.strikes.series_years))


class TestSpot:
    def test_regular_close_for_a_chain_taken_after_it(self) -> None:
        late = session_close(SESSION) + dt.timedelta(hours=5)
        spot = clean_chain(
            parity_chain(price=100.9, time=late), bars_of({EARLIER: 98.0, SESSION: 100.1})
        ).spot
        assert spot.price == 100.1
        assert spot.change == pytest.approx(2.1)
        assert "regular close" in spot.basis
        assert spot.parity_gap_pct == pytest.approx(-0.1, abs=0.02)

    def test_parity_wins_over_an_after_hours_price_and_says_so(self) -> None:
        late = session_close(SESSION) + dt.timedelta(hours=5)
        spot = clean_chain(parity_chain(price=100.9, time=late)).spot
        assert spot.price == pytest.approx(100.0, abs=0.02)
        assert "put-call parity" in spot.basis
        assert "100.90" in spot.basis
        assert spot.change is None
        assert spot.change_reason == "n/a (no bars of TEST)"

    def test_the_printed_price_while_the_session_runs(self) -> None:
        noon = dt.datetime(2025, 1, 6, 12, 0, tzinfo=NEW_YORK)
        spot = clean_chain(
            chain_of(Row(4, True, 100.0), price=100.2, time=noon),
            bars_of({EARLIER: 98.0, SESSION: 103.0}),
        ).spot
        assert spot.price == 100.2
        assert spot.change == pytest.approx(2.2)

    def test_the_change_needs_the_session_just_before(self) -> None:
        spot = clean_chain(
            chain_of(Row(4, True, 100.0)), bars_of({dt.date(2025, 1, 2): 98.0, SESSION: 100.0})
        ).spot
        assert spot.change is None
        assert spot.change_reason == "n/a (no close of TEST on 2025-01-03)"

    def test_without_any_price_there_is_no_answer(self) -> None:
        with pytest.raises(NotAvailable, match="underlying's price"):
            clean_chain(chain_of(Row(4, True, 100.0)))


class TestTime:
    @pytest.mark.parametrize(
        ("expiry", "close"),
        [
            ("2025-01-10", dt.datetime(2025, 1, 10, 16, 0, tzinfo=NEW_YORK)),
            ("2025-11-28", dt.datetime(2025, 11, 28, 13, 0, tzinfo=NEW_YORK)),  # a half-day
            (
                "2025-01-09",
                dt.datetime(2025, 1, 8, 16, 0, tzinfo=NEW_YORK),
            ),  # closed: the session before
            ("2099-01-16", dt.datetime(2099, 1, 16, 16, 0, tzinfo=NEW_YORK)),  # beyond the calendar
        ],
    )
    def test_runs_to_the_close_of_the_expiry(self, expiry: str, close: dt.datetime) -> None:
        days = (dt.date.fromisoformat(expiry) - SESSION).days
        clean = clean_chain(chain_of(Row(days, True, 100.0), price=100.0))
        seconds = (close - session_close(SESSION)).total_seconds()
        assert clean.years[0] == pytest.approx(seconds / (365 * 86400), rel=1e-12)
