"""Chain hygiene: every contract without an IV is counted under the first rule it breaks."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import NotAvailable
from analytics.options import contracts
from analytics.options import volatility as rules
from analytics.options.chain import clean_chain
from analytics.options.strikes import MIN_YEARS
from tests.support.small_chains import NAN, SESSION, Row, chain_of, priced_rows, shuffled

NOON = dt.datetime(2025, 1, 6, 12, 0, tzinfo=NEW_YORK)


class TestHygiene:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (Row(-3, True, 100.0), contracts.EXPIRED),
            (Row(0, True, 100.0), contracts.EXPIRED),  # its close has passed with the session's
            (Row(4, True, 100.0, bid=0.0, ask=0.0), contracts.NO_QUOTE),
            (Row(4, True, 100.0, bid=NAN, ask=2.0), contracts.NO_QUOTE),
            (Row(4, True, 100.0, bid=2.0, ask=1.9), contracts.CROSSED),
            (Row(4, True, 90.0, bid=9.9, ask=10.0), rules.OUT_OF_BOUNDS),
            (Row(4, True, 100.0, bid=101.0, ask=102.0), rules.OUT_OF_BOUNDS),
            (Row(4, False, 110.0, bid=9.9, ask=9.96), rules.OUT_OF_BOUNDS),
            (Row(4, True, 130.0, bid=0.0, ask=0.008), rules.NO_TIME_VALUE),
            (Row(4, True, 1000.0, bid=9.0, ask=9.2), rules.IV_OUT_OF_RANGE),
        ],
    )
    def test_each_rule(self, row: Row, reason: str) -> None:
        clean = clean_chain(chain_of(row, price=100.0))
        assert clean.rejected == {reason: 1}
        assert np.isnan(clean.iv).all()
        assert np.isnan(clean.greeks.gamma).all()

    def test_counts_and_ivs_add_up_to_the_chain(self) -> None:
        rows = [
            *priced_rows(100.0, 4, [95.0, 97.5, 100.0, 102.5, 105.0]),
            Row(4, True, 101.0, bid=3.0, ask=1.0),
            Row(4, True, 130.0, bid=0.0, ask=0.008),
            Row(-3, False, 100.0),
        ]
        clean = clean_chain(chain_of(*rows, price=100.0))
        assert clean.rejected == {
            contracts.EXPIRED: 1,
            contracts.CROSSED: 1,
            rules.NO_TIME_VALUE: 1,
        }
        assert int(clean.has_iv.sum()) + sum(clean.rejected.values()) == len(rows)

    def test_a_zero_bid_is_valid_and_half_a_cent_is_enough(self) -> None:
        clean = clean_chain(chain_of(Row(4, True, 130.0, bid=0.0, ask=0.01), price=100.0))
        assert clean.rejected == {}
        assert 0.01 < clean.iv[0] < 5

    def test_an_empty_chain_is_not_available(self) -> None:
        with pytest.raises(NotAvailable, match="no contract"):
            clean_chain(chain_of(price=100.0))


class TestImpliedVol:
    def test_recovers_the_volatility_the_chain_was_made_with(self) -> None:
        rows = priced_rows(100.0, 32, [80.0, 90.0, 97.5, 100.0, 110.0, 120.0], sigma=0.55)
        clean = clean_chain(chain_of(*rows, price=100.0))
        np.testing.assert_allclose(clean.iv, 0.55, atol=2e-3)

    def test_the_out_of_the_money_leg_decides_for_the_strike(self) -> None:
        fair = priced_rows(100.0, 32, [90.0], sigma=0.4)
        wide_call = Row(32, True, 90.0, bid=9.0, ask=14.0)
        clean = clean_chain(chain_of(wide_call, fair[1], price=100.0))
        np.testing.assert_allclose(clean.iv, 0.4, atol=2e-3)

    def test_the_other_leg_serves_both_when_the_first_has_no_quote(self) -> None:
        call = priced_rows(100.0, 32, [90.0], sigma=0.4)[0]
        faulty_put = Row(32, False, 90.0, bid=0.0, ask=0.0)
        clean = clean_chain(chain_of(call, faulty_put, price=100.0))
        assert clean.iv == pytest.approx([0.4, 0.4], abs=2e-3)
        assert clean.rejected == {}

    def test_a_wide_or_stale_in_the_money_quote_costs_its_side_nothing(self) -> None:
        fair = priced_rows(100.0, 32, [90.0, 110.0], sigma=0.4)
        stale = [replace(row, bid=0.0, ask=0.0) for row in (fair[0], fair[3])]
        clean = clean_chain(chain_of(stale[0], fair[1], fair[2], stale[1], price=100.0))
        np.testing.assert_allclose(clean.iv, 0.4, atol=2e-3)

    def test_a_worthless_out_of_the_money_quote_is_not_replaced_by_the_other_leg(self) -> None:
        # a put of a fraction of a cent: its call's mid tells nothing of volatility
        call = Row(4, True, 60.0, bid=39.5, ask=41.5)
        put = Row(4, False, 60.0, bid=0.0, ask=0.005)
        clean = clean_chain(chain_of(call, put, price=100.0))
        assert clean.rejected == {rules.NO_TIME_VALUE: 2}

    def test_a_bid_above_the_asks_of_strikes_nearer_the_money_is_stale(self) -> None:
        rows = priced_rows(100.0, 32, [95.0, 100.0, 105.0, 110.0, 115.0], sigma=0.4)
        # left over from before a split: far away, and dear
        left = [Row(32, True, strike, bid=40.0, ask=41.0) for strike in (250.0, 260.0)]
        clean = clean_chain(chain_of(*rows, *left, price=100.0))
        assert clean.rejected == {rules.OUT_OF_LINE: 2}
        assert int(clean.has_iv.sum()) == len(rows)

    def test_time_is_floored_at_fifteen_minutes(self) -> None:
        last_minute = dt.datetime(2025, 1, 6, 15, 59, tzinfo=NEW_YORK)
        clean = clean_chain(chain_of(Row(0, True, 100.0), price=100.0, time=last_minute))
        assert clean.unexpired[0]
        assert clean.years[0] == MIN_YEARS == pytest.approx(15 / (60 * 24 * 365))

    def test_a_same_day_expiry_is_alive_while_the_session_runs(self) -> None:
        rows = priced_rows(100.0, 0, [], sigma=0.4)
        clean = clean_chain(chain_of(*rows, Row(0, True, 101.0, 0.2, 0.22), price=100.0, time=NOON))
        assert clean.rejected == {}
        assert clean.years[0] == pytest.approx(4 / 24 / 365)
        assert clean.days[0] == 0

    def test_time_stops_at_the_close_of_the_session(self) -> None:
        late = dt.datetime(2025, 1, 6, 21, 30, tzinfo=NEW_YORK)
        clean = clean_chain(chain_of(Row(4, True, 101.0), price=100.0, time=late))
        assert clean.years[0] == pytest.approx(4 / 365)


class TestOrderOfRows:
    @pytest.mark.parametrize("seed", range(5))
    def test_never_changes_an_answer(self, seed: int) -> None:
        rows = [
            *priced_rows(100.0, 4, [95.0, 97.5, 100.0, 102.5, 105.0]),
            *priced_rows(100.0, 32, [80.0, 90.0, 100.0, 110.0]),
            *priced_rows(100.0, 95, [80.0, 90.0, 100.0, 110.0], spread=0.1),
            Row(4, True, 101.0, bid=3.0, ask=1.0),
            Row(4, True, 100.0, bid=2.0, ask=2.2, volume=3),  # a second row of a contract
        ]
        chain = chain_of(*rows, price=100.0)
        mixed = shuffled(chain, seed)
        first, second = clean_chain(chain), clean_chain(mixed)
        assert second.spot == first.spot
        assert second.carry == first.carry
        assert second.rejected == first.rejected
        np.testing.assert_array_equal(second.iv, first.iv)
        assert second.quote_time.date() == SESSION
