"""Positions, cash and value from changes and bars: a case by hand, and what must always hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.model.portfolio_changes import Change, Kind
from analytics.model.vocabulary import Bars
from analytics.portfolio.ledger import Ledger, dividends, keep_ledger
from analytics.portfolio.performance import growth, time_weighted_returns
from tests.support.small_portfolios import (
    DAYS,
    bars_of,
    buy,
    change,
    day,
    deposit,
    sell,
    weights,
    withdraw,
)

# traded: 10, 11, then 2:1, 6, 6 less a dividend of 0.30, 5
SPLIT = bars_of("A", [5, 5.5, 6, 6, 5], splits={2: 2.0}, dividends={3: 0.30})
FLAT = bars_of("B", [20, 20, 20, 20, 20])
STORY = (
    deposit(1000, day(0), 1),
    buy("A", 50, day(0), 2),
    deposit(100, day(1), 3),
    sell("A", 20, day(2), 4),
)


def kept(changes: tuple[Change, ...], *bars: Bars, complete: bool = True) -> Ledger:
    return keep_ledger(changes, {b.symbol: b for b in bars}, DAYS, complete)


def total(ledger: Ledger) -> float:
    return float(growth(time_weighted_returns(ledger.value, ledger.flow))[-1] - 1)


class TestByHand:
    def test_value_cash_and_shares_of_every_session(self) -> None:
        ledger = kept(STORY, SPLIT)
        assert ledger.value == pytest.approx([1000, 1150, 1200, 1224, 1144])
        assert ledger.cash == pytest.approx([500, 600, 720, 744, 744])
        assert ledger.flow == pytest.approx([1000, 100, 0, 0, 0])
        assert ledger.dividends == pytest.approx([0, 0, 0, 24, 0])
        assert ledger.units == pytest.approx({"A": 80})
        assert ledger.cost == pytest.approx({"A": 400})

    def test_its_time_weighted_return(self) -> None:
        assert total(kept(STORY, SPLIT)) == pytest.approx(1.05 * 1144 / 1150 - 1)

    def test_weights_are_of_the_whole_at_the_close_and_the_rest_is_cash(self) -> None:
        ledger = kept((*STORY, weights({"B": 50}, day(3), 5)), SPLIT, FLAT)
        assert ledger.units == pytest.approx({"B": 612 / 20})
        assert ledger.value[3:] == pytest.approx([1224, 1224])
        assert ledger.cash[3] == pytest.approx(612)


class TestDividends:
    def test_the_amount_is_read_back_from_the_total_return_closes(self) -> None:
        assert dividends(SPLIT) == pytest.approx([0, 0, 0, 0.30, 0])

    def test_rounding_is_no_dividend(self) -> None:
        bars = bars_of("A", [217.96, 218.24, 222.08, 218.36, 219.86], dividends={3: 0.25})
        assert bars.adj_close is not None
        rounded = replace(bars, adj_close=np.round(bars.adj_close, 4))
        assert dividends(rounded) == pytest.approx([0, 0, 0, 0.25, 0], abs=1e-4)
        assert np.count_nonzero(dividends(rounded)) == 1

    def test_without_total_return_closes_there_are_none(self) -> None:
        assert not dividends(replace(SPLIT, adj_close=None)).any()

    def test_what_is_bought_at_the_close_before_the_ex_date_is_paid(self) -> None:
        late = (deposit(100, day(0)), buy("A", 10, day(2), 2))
        assert kept(late, SPLIT).dividends.sum() == pytest.approx(3.0)
        too_late = (deposit(100, day(0)), buy("A", 10, day(3), 2))
        assert kept(too_late, SPLIT).dividends.sum() == 0


class TestWaiting:
    def test_the_running_session_s_changes_are_still_to_come(self) -> None:
        ledger = kept((*STORY, sell("A", 80, day(4), 5)), SPLIT, complete=False)
        assert ledger.units == pytest.approx({"A": 80})
        assert [why for _, why in ledger.pending] == ["takes effect at today's close"]

    def test_a_change_dated_ahead_waits_for_its_session(self) -> None:
        ahead = change(Kind.HOLD, day(4).replace(day=21))
        ledger = kept((*STORY, ahead), SPLIT)
        assert [why for _, why in ledger.pending] == ["takes effect at the close of 2025-01-21"]

    def test_without_a_close_nothing_is_carried_out_and_nothing_valued(self) -> None:
        gap = replace(
            SPLIT,
            **{
                name: np.delete(getattr(SPLIT, name), 1)
                for name in ("sessions", "open", "high", "low", "close", "adj_close", "volume")
            },
            splits=np.delete(SPLIT.splits, 1),
        )
        ledger = kept(STORY, gap)
        assert np.isnan(ledger.value[1])
        assert ledger.flow == pytest.approx([1000, 0, 100, 0, 0])  # the deposit came a day later
        assert ledger.value[2:] == pytest.approx([1200, 1224, 1144])

    def test_a_listing_that_ended_leaves_the_whole_without_a_value(self) -> None:
        ended = bars_of("A", [5, 5.5, 6])
        ledger = kept(STORY[:2], ended)
        assert ledger.unpriced == ("A",)
        assert np.isnan(ledger.value[3:]).all()


PRICES = st.lists(st.floats(1.0, 500.0), min_size=5, max_size=5)
MONEY = st.floats(1.0, 1e6)


class TestAlways:
    @settings(max_examples=60, deadline=None)
    @given(PRICES, MONEY, st.integers(0, 4))
    def test_a_payment_does_not_change_the_time_weighted_return(
        self, prices: list[float], amount: float, at: int
    ) -> None:
        bars = bars_of("A", prices)
        base = (deposit(1000, day(0)), weights({"A": 100}, day(0), 2))
        more = (*base, deposit(amount, day(at), 3), weights({"A": 100}, day(at), 4))
        assert total(kept(more, bars)) == pytest.approx(total(kept(base, bars)), abs=1e-9)
        assert total(kept(base, bars)) == pytest.approx(prices[-1] / prices[0] - 1, abs=1e-9)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(MONEY, min_size=1, max_size=5))
    def test_cash_alone_returns_nothing(self, amounts: list[float]) -> None:
        paid = tuple(deposit(a, day(i), i + 1) for i, a in enumerate(amounts))
        ledger = kept((*paid, withdraw(amounts[0] / 2, day(4), 9)))
        assert total(ledger) == pytest.approx(0.0, abs=1e-9)

    @settings(max_examples=60, deadline=None)
    @given(PRICES, st.floats(0.1, 100.0), st.integers(0, 4))
    def test_a_change_in_two_halves_is_the_same_change(
        self, prices: list[float], shares: float, at: int
    ) -> None:
        bars = bars_of("A", prices, splits={2: 3.0})
        paid = deposit(1e6, day(0))
        once = kept((paid, buy("A", shares, day(at), 2)), bars)
        twice = kept(
            (paid, buy("A", shares / 2, day(at), 2), buy("A", shares / 2, day(at), 3)), bars
        )
        assert twice.value == pytest.approx(once.value, rel=1e-12)
        assert twice.units == pytest.approx(once.units, rel=1e-12)

    @settings(max_examples=30, deadline=None)
    @given(PRICES, st.sampled_from([2.0, 3.0, 4.0, 0.5]), st.integers(1, 4))
    def test_a_split_makes_nobody_richer(self, prices: list[float], ratio: float, at: int) -> None:
        story = (
            deposit(1000, day(0)),
            weights({"A": 60}, day(0), 2),
            weights({"A": 90}, day(3), 3),
        )
        plain = kept(story, bars_of("A", prices))
        split = kept(story, bars_of("A", prices, splits={at: ratio}))
        assert split.value == pytest.approx(plain.value, rel=1e-12)
