"""Forwards, carry and the spot of the quotes, on chains whose answer is known by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from analytics.model.sessions import NEW_YORK, session_close
from analytics.model.vocabulary import NotAvailable, OptionChain
from analytics.options.chain import clean_chain, years_to_expiry
from analytics.options.parity import strikes_of
from tests.support.small_chains import SESSION, Row, bars_of, chain_of, priced_rows

STRIKES = [95.0, 97.5, 100.0, 102.5, 105.0]
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
        )
        strikes = strikes_of(chain)
        assert strikes.strike.tolist() == [97.0, 97.5, 97.5]
        assert strikes.call.tolist() == [1, 0, -1]
        assert strikes.put.tolist() == [2, 4, 3]
        assert strikes.of_row.tolist() == [1, 0, 0, 2, 1]


class TestForward:
    def test_one_pair_by_hand(self) -> None:
        # mids 5 - 3 at strike 100, all strikes agreeing: F = 100 + 2 exp(rT)
        rows = [
            Row(32, call, strike, mid - 0.01, mid + 0.01)
            for strike in (99.0, 100.0, 101.0)
            for call, mid in ((True, 5.0 + 100 - strike), (False, 3.0))
        ]
        clean = clean_chain(chain_of(*rows, price=102.0))
        growth = np.exp(0.045 * 32 / 365)
        assert len(clean.forwards) == 1
        assert clean.forwards[0].price == pytest.approx(100 + 2 * growth, abs=0.005)
        assert clean.forwards[0].pairs == 3

    def test_one_wild_quote_does_not_move_it(self) -> None:
        rows = priced_rows(100.0, 4, STRIKES)
        wild = Row(4, True, 101.0, 9.0, 9.02)
        partner = Row(4, False, 101.0, 1.0, 1.02)
        plain = clean_chain(chain_of(*rows, price=100.0)).forwards[0].price
        mixed = clean_chain(chain_of(*rows, wild, partner, price=100.0)).forwards[0].price
        assert mixed == pytest.approx(plain, abs=0.02)

    def test_a_missing_leg_gives_no_forward(self) -> None:
        rows = [row for row in priced_rows(100.0, 4, STRIKES) if row.call]
        clean = clean_chain(chain_of(*rows, price=100.0))
        assert clean.forwards == ()
        assert clean.carry.dividend_basis == clean.carry.rate_basis == "default setting"
        assert "no pairs" in clean.spot.basis


class TestCarry:
    def test_dividend_yield_comes_from_the_slope_of_the_forwards(self) -> None:
        carry = clean_chain(parity_chain(price=100.0)).carry
        assert carry.rate == 0.045
        assert carry.dividend_yield == pytest.approx(0.02, abs=2e-4)
        assert "3 expiries" in carry.dividend_basis

    def test_the_rate_is_read_from_european_strikes_only(self) -> None:
        strikes = [92.0, 94.0, 96.0, 98.0, 100.0, 102.0, 104.0, 106.0, 108.0]
        rows = [
            row
            for days in (32, 95, 186)
            for row in priced_rows(100.0, days, strikes, rate=0.03, dividend_yield=0.01)
        ]
        index = clean_chain(chain_of(*rows, price=100.0, symbol="^TST")).carry
        assert index.rate == pytest.approx(0.03, abs=2e-4)
        assert index.dividend_yield == pytest.approx(0.01, abs=3e-4)
        stock = clean_chain(chain_of(*rows, price=100.0)).carry
        assert stock.rate == 0.045
        assert stock.rate - stock.dividend_yield == pytest.approx(0.02, abs=3e-4)


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
        start = session_close(SESSION)
        years = years_to_expiry(np.array([expiry], dtype="datetime64[D]"), start)
        seconds = (close - start).total_seconds()
        assert years[0] == pytest.approx(seconds / (365 * 86400), rel=1e-12)
