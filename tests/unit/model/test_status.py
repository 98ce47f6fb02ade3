"""Every branch of the ordered status rules; exactly one holds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.model.status import (
    Status,
    is_gap_down,
    status_after_close,
    status_in_session,
    status_since_birth,
)

NAN = math.nan
L = 100.0
PRICE = st.sampled_from([90.0, 99.99, 100.0, 100.01, 100.4, 100.6, 110.0])


class TestAfterTheClose:
    @pytest.mark.parametrize(
        ("close", "previous", "low", "expected"),
        [
            (99.0, 101.0, 98.0, Status.BROKEN),
            (99.0, 100.0, 98.0, Status.BROKEN),  # the previous close was at the level
            (99.0, 99.5, 98.0, Status.BELOW),
            (101.0, 99.0, 98.0, Status.RECLAIMED),
            (100.0, 99.99, 98.0, Status.RECLAIMED),
            (101.0, 102.0, 99.0, Status.HELD),
            (101.0, 102.0, 100.0, Status.HELD),  # a touch is enough
            (100.0, 100.0, 100.0, Status.HELD),  # closing at the level holds it
            (101.0, 102.0, 100.01, Status.ABOVE),
        ],
    )
    def test_the_rule(self, close: float, previous: float, low: float, expected: Status) -> None:
        assert status_after_close(L, close, previous, low) is expected

    def test_closes_only_tell_breaks_but_not_touches(self) -> None:
        assert status_after_close(L, 101.0, 102.0, NAN) is Status.CLOSE_ONLY
        assert status_after_close(L, 99.0, 102.0, NAN) is Status.BROKEN
        assert status_after_close(L, 99.0, 98.0, NAN) is Status.BELOW
        assert status_after_close(L, 101.0, 98.0, NAN) is Status.RECLAIMED

    @settings(max_examples=60, deadline=None)
    @given(PRICE, PRICE, PRICE)
    def test_exactly_one_holds(self, close: float, previous: float, low: float) -> None:
        low = min(low, close)
        rules = {
            Status.BROKEN: close < L <= previous,
            Status.BELOW: close < L and previous < L,
            Status.RECLAIMED: close >= L > previous,
            Status.HELD: close >= L and previous >= L and low <= L,
            Status.ABOVE: close >= L and previous >= L and low > L,
        }
        holding = [status for status, holds in rules.items() if holds]
        assert holding == [status_after_close(L, close, previous, low)]


class TestInSession:
    @pytest.mark.parametrize(
        ("price", "previous", "low", "expected"),
        [
            (99.0, 101.0, 98.0, Status.UNDER),
            (99.0, 100.0, 98.0, Status.UNDER),
            (99.0, 99.0, 98.0, Status.BELOW),
            (101.0, 99.0, 98.0, Status.RECLAIMING),
            (103.0, 102.0, 100.0, Status.TESTING),  # it was touched
            (100.5, 102.0, 100.3, Status.TESTING),  # at 0.25 ATR above
            (100.51, 102.0, 100.3, Status.ABOVE),
        ],
    )
    def test_the_rule(self, price: float, previous: float, low: float, expected: Status) -> None:
        assert status_in_session(L, price, previous, low, atr=2.0) is expected

    def test_without_an_atr_only_a_touch_tests(self) -> None:
        assert status_in_session(L, 100.1, 102.0, 100.05, atr=None) is Status.ABOVE
        assert status_in_session(L, 100.1, 102.0, 99.9, atr=None) is Status.TESTING

    def test_closes_only_cannot_tell_a_touch(self) -> None:
        assert status_in_session(L, 105.0, 106.0, NAN, atr=None) is Status.CLOSE_ONLY
        assert status_in_session(L, 105.0, 106.0, NAN, atr=2.0) is Status.CLOSE_ONLY
        assert status_in_session(L, 100.2, 106.0, NAN, atr=2.0) is Status.TESTING
        assert status_in_session(L, 99.0, 106.0, NAN, atr=None) is Status.UNDER

    @settings(max_examples=60, deadline=None)
    @given(PRICE, PRICE, PRICE)
    def test_exactly_one_holds(self, price: float, previous: float, low: float) -> None:
        low = min(low, price)
        tested = low <= L or price <= L + 0.5
        rules = {
            Status.UNDER: price < L <= previous,
            Status.BELOW: price < L and previous < L,
            Status.RECLAIMING: price >= L > previous,
            Status.TESTING: price >= L and previous >= L and tested,
            Status.ABOVE: price >= L and previous >= L and not tested,
        }
        holding = [status for status, holds in rules.items() if holds]
        assert holding == [status_in_session(L, price, previous, low, atr=2.0)]


class TestGapDown:
    @pytest.mark.parametrize(
        ("opened", "previous", "expected"),
        [
            (99.0, 101.0, True),
            (100.0, 101.0, True),  # an open at the level has lost it
            (100.5, 101.0, False),
            (99.0, 100.0, False),  # the previous close was not above
            (NAN, 101.0, None),
        ],
    )
    def test_open_at_or_below_a_level_closed_above(
        self, opened: float, previous: float, expected: bool | None
    ) -> None:
        assert is_gap_down(L, opened, previous) is expected


class TestSinceBirth:
    """A level of an option chain at 100, ATR14 2: within 0.5 is near."""

    @pytest.mark.parametrize(
        ("born_at", "price", "final", "expected"),
        [
            (98.0, 97.0, False, Status.BELOW),
            (98.0, 99.6, False, Status.TESTING_FROM_BELOW),
            (98.0, 99.6, True, Status.BELOW),
            (98.0, 100.0, False, Status.OVERCOME),
            (98.0, 103.0, True, Status.OVERCOME),
            (103.0, 102.0, False, Status.ABOVE),
            (103.0, 100.5, False, Status.TESTING),
            (103.0, 100.5, True, Status.ABOVE),
            (100.0, 99.99, False, Status.UNDER),
            (100.0, 99.99, True, Status.BROKEN),
        ],
    )
    def test_it_is_told_from_where_the_price_stood_at_its_birth(
        self, born_at: float, price: float, final: bool, expected: Status
    ) -> None:
        assert status_since_birth(100.0, price, born_at, final, 2.0) is expected

    def test_without_an_atr_nothing_is_near(self) -> None:
        assert status_since_birth(100.0, 99.99, 98.0, False, None) is Status.BELOW
        assert status_since_birth(100.0, 100.0, 100.0, False, None) is Status.ABOVE
