"""The implied open: by hand, and each reason for which there is none."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.sessions import session_open
from analytics.model.vocabulary import Bars, Moment, Phase
from analytics.studies.overnight.implied_open import (
    ImpliedOpen,
    OpenSide,
    implied_open,
    quarterly_expiry,
)
from tests.support.small_bars import LAST, bars_of

MONDAY = dt.date(2025, 1, 27)
EARLY = session_open(MONDAY) - dt.timedelta(minutes=30)
MOMENT = Moment(EARLY, LAST, Phase.PRE, True)


def fund(closes: list[float] | None = None, last: dt.date = LAST) -> Bars:
    """SPY: a hundred closes at 597, the last at 600: its 50-DMA is (49 x 597 + 600) / 50."""
    return bars_of("SPY", closes or [597.0] * 99 + [600.0], last=last)


def future(
    price: float,
    settlement: float = 6000.0,
    *,
    friday: dt.date = LAST,
    monday: dt.date = MONDAY,
    time: dt.datetime = EARLY,
) -> Bars:
    """ES=F: its settlement of the Friday, and the price of the session after it."""
    days = np.array([friday - dt.timedelta(days=1), friday, monday], "datetime64[D]")
    made = bars_of("ES=F", [5990.0, settlement, price], sessions=days, complete=False)
    return replace(made, calendar="CME", last_time=time)


def implied(own: Bars, other: Bars, moment: Moment = MOMENT) -> ImpliedOpen:
    return implied_open("SPY", "ES=F", {"SPY": own, "ES=F": other}, {}, moment)


class TestPrice:
    def test_the_close_moves_as_the_future_has_since_its_settlement(self) -> None:
        found = implied(fund(), future(5940.0))
        assert found.price == pytest.approx(594.0)
        assert found.change_pct == pytest.approx(-1.0)
        assert (found.session, found.close_of, found.reason) == (MONDAY, LAST, None)

    def test_the_level_is_the_one_for_the_session_that_opens(self) -> None:
        level = implied(fund(), future(5940.0)).levels[0]
        assert level.name == "50-DMA"
        assert level.price == pytest.approx((49 * 597 + 600) / 50)
        assert level.distance_pct == pytest.approx((597.06 / 594.0 - 1) * 100)

    @pytest.mark.parametrize(
        ("last", "price", "side"),
        [
            (600.0, 5940.0, OpenSide.GAP_UNDER),
            (600.0, 5995.0, OpenSide.ABOVE),
            (590.0, 6200.0, OpenSide.GAP_OVER),
            (590.0, 6010.0, OpenSide.BELOW),
        ],
    )
    def test_its_side_of_a_level_beside_that_of_the_close(
        self, last: float, price: float, side: OpenSide
    ) -> None:
        found = implied(fund([597.0] * 99 + [last]), future(price))
        assert found.levels[0].side is side

    @given(price=st.floats(5600.0, 6400.0), unit=st.floats(0.01, 100.0))
    def test_it_does_not_depend_on_the_futures_unit(self, price: float, unit: float) -> None:
        one = implied(fund(), future(price))
        other = implied(fund(), future(price * unit, 6000.0 * unit))
        assert one.price == pytest.approx(other.price)
        assert one.price == pytest.approx(600.0 * price / 6000.0)


class TestAbsence:
    def test_while_the_fund_trades(self) -> None:
        trading = replace(fund(last=MONDAY), last_complete=False)
        opened = Moment(session_open(MONDAY), MONDAY, Phase.OPEN, True)
        assert implied(trading, future(5940.0), opened).reason == "New York trades now"

    def test_without_a_price_after_the_funds_close(self) -> None:
        settled = bars_of("ES=F", [5990.0, 6000.0])
        found = implied(fund(), settled)
        assert found.reason == "ES=F has no price after SPY's close of 24 Jan 2025"
        assert found.price is None

    def test_without_the_settlement_of_the_funds_session(self) -> None:
        thursday = LAST - dt.timedelta(days=1)
        found = implied(fund(), future(5940.0, friday=thursday))
        assert "no bar" in (found.reason or "")
        assert found.price is None

    def test_beyond_the_overnight_limit(self) -> None:
        found = implied(fund(), future(5500.0))
        assert "beyond the overnight limit of 7%" in (found.reason or "")
        assert (found.price, found.change_pct) == (None, None)

    def test_with_a_price_that_stands_still(self) -> None:
        found = implied(fund(), future(5940.0, time=EARLY - dt.timedelta(minutes=47)))
        assert found.reason == "ES=F has had no price for 47 minutes"

    def test_around_a_quarterly_expiry(self) -> None:
        thursday, friday = dt.date(2024, 12, 19), dt.date(2024, 12, 20)
        early = session_open(friday) - dt.timedelta(minutes=30)
        other = future(5940.0, friday=thursday, monday=friday, time=early)
        found = implied(fund(last=thursday), other, Moment(early, thursday, Phase.PRE, True))
        assert found.reason == "ES=F changes its contract around the expiry of 20 Dec 2024"

    def test_without_bars_it_says_whose(self) -> None:
        missing = {"ES=F": "no prices of ES=F."}
        found = implied_open("SPY", "ES=F", {"SPY": fund()}, missing, MOMENT)
        assert found.reason == "no prices of ES=F."


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2024, 12, 20), (2025, 3, 21), (2025, 6, 20), (2024, 3, 15)]
)
def test_index_futures_expire_on_the_third_friday(year: int, month: int, day: int) -> None:
    assert quarterly_expiry(year, month) == dt.date(year, month, day)
