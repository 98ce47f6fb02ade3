"""Positions, cash and value from changes and bars: a case by hand, and what must always hold."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.model.portfolio_changes import Change, Kind
from analytics.model.sessions import sessions_between
from analytics.model.vocabulary import Bars
from analytics.portfolio.book import dividends
from analytics.portfolio.ledger import Ledger, keep_ledger
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


def ledger_of(changes: tuple[Change, ...], *bars: Bars, complete: bool = True) -> Ledger:
    return keep_ledger(changes, {b.symbol: b for b in bars}, DAYS, complete)


def convert(symbol: str, on: dt.date, number: int, **terms: object) -> Change:
    return change(Kind.CONVERT, on, number, symbol=symbol, **terms)


def without(bars: Bars, i: int) -> Bars:
    """The bars less the i-th."""
    columns = ("sessions", "open", "high", "low", "close", "adj_close", "volume", "splits")
    rest: dict[str, Any] = {name: np.delete(getattr(bars, name), i) for name in columns}
    return replace(bars, **rest)


def total(ledger: Ledger) -> float:
    return float(growth(time_weighted_returns(ledger.value, ledger.flow))[-1] - 1)


class TestByHand:
    def test_value_cash_and_shares_of_every_session(self) -> None:
        ledger = ledger_of(STORY, SPLIT)
        assert ledger.value == pytest.approx([1000, 1150, 1200, 1224, 1144])
        assert ledger.cash == pytest.approx([500, 600, 720, 744, 744])
        assert ledger.flow == pytest.approx([1000, 100, 0, 0, 0])
        assert ledger.dividends == pytest.approx([0, 0, 0, 24, 0])
        assert ledger.units == pytest.approx({"A": 80})
        assert ledger.cost == pytest.approx({"A": 400})

    def test_its_time_weighted_return(self) -> None:
        assert total(ledger_of(STORY, SPLIT)) == pytest.approx(1.05 * 1144 / 1150 - 1)

    def test_weights_are_of_the_whole_at_the_close_and_the_rest_is_cash(self) -> None:
        ledger = ledger_of((*STORY, weights({"B": 50}, day(3), 5)), SPLIT, FLAT)
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
        assert ledger_of(late, SPLIT).dividends.sum() == pytest.approx(3.0)
        too_late = (deposit(100, day(0)), buy("A", 10, day(3), 2))
        assert ledger_of(too_late, SPLIT).dividends.sum() == 0


class TestWaiting:
    def test_the_running_session_s_changes_are_still_to_come(self) -> None:
        ledger = ledger_of((*STORY, sell("A", 80, day(4), 5)), SPLIT, complete=False)
        assert ledger.units == pytest.approx({"A": 80})
        assert [why for _, why in ledger.pending] == ["takes effect at today's close"]

    def test_a_change_dated_ahead_waits_for_its_session(self) -> None:
        ahead = change(Kind.HOLD, day(4).replace(day=21))
        ledger = ledger_of((*STORY, ahead), SPLIT)
        assert [why for _, why in ledger.pending] == ["takes effect at the close of 2025-01-21"]

    def test_a_session_without_a_close_counts_the_last_one_and_says_so(self) -> None:
        ledger = ledger_of(STORY, without(SPLIT, 1))
        assert ledger.value == pytest.approx([1000, 1100, 1200, 1224, 1144])
        assert ledger.carried == pytest.approx([0, 500, 0, 0, 0])
        assert ledger.flow == pytest.approx([1000, 100, 0, 0, 0])  # a deposit needs no close
        assert ledger.last_closes == {}

    def test_a_purchase_waits_for_the_close_of_what_it_buys(self) -> None:
        story = (deposit(1000, day(0), 1), buy("A", 50, day(1), 2))
        ledger = ledger_of(story, without(SPLIT, 1))
        # 50 shares of before the split at the first close after it: 100 of today's at 6, 0.30 each
        assert ledger.cash == pytest.approx([1000, 1000, 400, 430, 430])
        assert ledger.units == pytest.approx({"A": 100})


class TestEndedListing:
    """100 shares bought at 94; the last close, of Tuesday, is 94.40; then nothing trades."""

    GONE = bars_of("GONE", [94.0, 94.4])
    MSFT = bars_of("MSFT", [400.0, 401.0, 402.0, 403.0, 404.0])
    BOUGHT = (deposit(100_000, day(0), 1), buy("GONE", 100, day(0), 2))

    def test_the_rest_has_a_value_meanwhile(self) -> None:
        ledger = ledger_of(self.BOUGHT, self.GONE)
        assert ledger.value == pytest.approx([100_000, 100_040, 100_040, 100_040, 100_040])
        assert ledger.carried == pytest.approx([0, 0, 9_440, 9_440, 9_440])
        assert ledger.last_closes == {"GONE": day(1)}

    def test_cash_paid_for_it(self) -> None:
        ledger = ledger_of((*self.BOUGHT, convert("GONE", day(3), 3, cash=95.25)), self.GONE)
        assert ledger.value == pytest.approx([100_000, 100_040, 100_040, 100_125, 100_125])
        assert ledger.cash[-1] == pytest.approx(90_600 + 9_525)
        assert not ledger.units
        assert not ledger.cost
        assert ledger.flow == pytest.approx([100_000, 0, 0, 0, 0])
        assert total(ledger) == pytest.approx(0.00125)

    def test_shares_of_the_acquirer_and_cash(self) -> None:
        # each share: 0.1 MSFT at 403 and $20; of the cost 9,400 the shares carry 40.3 / 60.3
        deal = convert("GONE", day(3), 3, into="MSFT", ratio=0.1, cash=20.0)
        ledger = ledger_of((*self.BOUGHT, deal), self.GONE, self.MSFT)
        assert ledger.units == pytest.approx({"MSFT": 10})
        assert ledger.cash[-1] == pytest.approx(90_600 + 2_000)
        assert ledger.cost["MSFT"] == pytest.approx(6_282.26, abs=0.005)
        assert ledger.value[3:] == pytest.approx([92_600 + 4_030, 92_600 + 4_040])

    def test_a_rename_keeps_shares_and_cost(self) -> None:
        deal = convert("GONE", day(2), 3, into="MSFT", ratio=1.0)
        ledger = ledger_of((*self.BOUGHT, deal), self.GONE, self.MSFT)
        assert ledger.units == pytest.approx({"MSFT": 100})
        assert ledger.cost == pytest.approx({"MSFT": 9_400})

    def test_written_off(self) -> None:
        ledger = ledger_of((*self.BOUGHT, convert("GONE", day(4), 3, cash=0.0)), self.GONE)
        assert ledger.value[-2:] == pytest.approx([100_040, 90_600])

    def test_terms_are_those_of_the_session_before_later_splits(self) -> None:
        # one GONE becomes one A of before A's 2:1 split of Wednesday
        deal = convert("GONE", day(1), 3, into="A", ratio=1.0)
        assert ledger_of((*self.BOUGHT, deal), self.GONE, SPLIT).units == pytest.approx({"A": 200})

    def test_everything_else_can_be_traded(self) -> None:
        story = (
            *self.BOUGHT,
            buy("MSFT", 10, day(3), 3),
            deposit(1_000, day(3), 4),
            withdraw(500, day(3), 5),
        )
        ledger = ledger_of(story, self.GONE, self.MSFT)
        assert ledger.pending == ()
        assert ledger.units == pytest.approx({"GONE": 100, "MSFT": 10})
        assert ledger.value[3:] == pytest.approx([100_540, 100_550])
        assert total(ledger) == pytest.approx((100_040 / 100_000) * (100_550 / 100_540) - 1)

    def test_weights_are_of_what_can_be_traded(self) -> None:
        ledger = ledger_of((*self.BOUGHT, weights({"MSFT": 50}, day(3), 3)), self.GONE, self.MSFT)
        assert ledger.units["GONE"] == 100
        assert ledger.units["MSFT"] == pytest.approx(45_300 / 403)
        assert ledger.cash[-1] == pytest.approx(45_300)
        assert ledger.left_alone == {3: ("GONE",)}

    def test_a_sale_that_finds_no_close_lapses_and_blocks_nothing(self) -> None:
        days = sessions_between(day(0), dt.date(2025, 1, 31))
        story = (*self.BOUGHT, sell("GONE", 100, day(2), 3), buy("MSFT", 1, day(3), 4))
        msft = bars_of("MSFT", [400.0] * len(days), days=days)
        bars = {"GONE": self.GONE, "MSFT": msft}
        waiting = keep_ledger(story, bars, days[:6], True)
        assert [(c.number, why) for c, why in waiting.pending] == [(3, "waits for a close of GONE")]
        assert waiting.units == pytest.approx({"GONE": 100, "MSFT": 1})
        lapsed = keep_ledger(story, bars, days, True)
        assert lapsed.pending == ()
        assert [(c.number, why) for c, why in lapsed.lapsed] == [
            (3, "no close of GONE in 5 sessions")
        ]

    def test_a_conversion_ends_the_waiting_for_what_it_converts(self) -> None:
        story = (*self.BOUGHT, sell("GONE", 100, day(2), 3), convert("GONE", day(3), 4, cash=95.0))
        ledger = ledger_of(story, self.GONE)
        assert [(c.number, why) for c, why in ledger.lapsed] == [
            (3, "GONE was converted by change 4")
        ]
        assert ledger.cash[-1] == pytest.approx(90_600 + 9_500)

    def test_a_spin_off_splits_the_cost_by_worth(self) -> None:
        part = bars_of("PART", [10.0, 10.0, 12.0, 12.0, 12.0])
        parent = bars_of("GE", [100.0, 100.0, 97.0, 97.0, 97.0])
        story = (deposit(10_000, day(0), 1), buy("GE", 100, day(0), 2))
        split = change(Kind.SPIN_OFF, day(2), 3, symbol="GE", into="PART", ratio=0.25)
        ledger = ledger_of((*story, split), parent, part)
        assert ledger.units == pytest.approx({"GE": 100, "PART": 25})
        assert ledger.value == pytest.approx([10_000] * 5)
        assert ledger.cost == pytest.approx({"GE": 9_700, "PART": 300})


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
        assert total(ledger_of(more, bars)) == pytest.approx(total(ledger_of(base, bars)), abs=1e-9)
        assert total(ledger_of(base, bars)) == pytest.approx(prices[-1] / prices[0] - 1, abs=1e-9)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(MONEY, min_size=1, max_size=5))
    def test_cash_alone_returns_nothing(self, amounts: list[float]) -> None:
        paid = tuple(deposit(a, day(i), i + 1) for i, a in enumerate(amounts))
        ledger = ledger_of((*paid, withdraw(amounts[0] / 2, day(4), 9)))
        assert total(ledger) == pytest.approx(0.0, abs=1e-9)

    @settings(max_examples=60, deadline=None)
    @given(PRICES, st.floats(0.1, 100.0), st.integers(0, 4))
    def test_a_change_in_two_halves_is_the_same_change(
        self, prices: list[float], shares: float, at: int
    ) -> None:
        bars = bars_of("A", prices, splits={2: 3.0})
        paid = deposit(1e6, day(0))
        once = ledger_of((paid, buy("A", shares, day(at), 2)), bars)
        twice = ledger_of(
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
        plain = ledger_of(story, bars_of("A", prices))
        split = ledger_of(story, bars_of("A", prices, splits={at: ratio}))
        assert split.value == pytest.approx(plain.value, rel=1e-12)
