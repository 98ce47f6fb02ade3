"""Single prints that must not move a session, and real moves that must: example by example.

The close before the Monday is about 100 and the ATR about 2, so that a print is far beyond 10.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analytics.feed import baseline_of
from analytics.feed.book import QuoteBook
from analytics.feed.outcomes import Outcome
from analytics.model.vocabulary import MinuteBars, Quote
from tests.support.builders import make_bars
from tests.support.small_feeds import MONDAY, NOON, flat_baseline, tick

CLOSE = 100.0
HOURS = 3600.0
PRE = -4 * HOURS
LATE = 4 * HOURS + 30.0


def book_at(
    now: dt.datetime = NOON + dt.timedelta(hours=8),
    spread: float = 1.0,
    minutes_decide: bool = False,
) -> QuoteBook:
    made = QuoteBook(lambda: now, minutes_decide=minutes_decide)
    baseline = baseline_of(make_bars([CLOSE] * 260, spread=spread), MONDAY)
    assert baseline is not None
    made.set_baselines({"TEST": baseline})
    return made


def shown(book: QuoteBook) -> tuple[float, float | None, float | None] | None:
    """Price, low and high."""
    line = book.lines().get("TEST")
    return None if line is None else (line.quote.price, line.quote.low, line.quote.high)


def statuses(book: QuoteBook) -> list[str]:
    return [str(level.status) for level in book.lines()["TEST"].levels]


class TestAFalsePrint:
    @pytest.mark.parametrize("factor", [0.01, 0.5, 0.8, 1.2, 2.0, 10.0, 100.0])
    @pytest.mark.parametrize("clock", [0.0, LATE], ids=["in session", "after the close"])
    def test_it_moves_nothing_and_is_counted(self, factor: float, clock: float) -> None:
        book = book_at()
        book.accept([tick(CLOSE, clock), tick(101.0, clock + 1)])
        before = book.lines()
        assert book.accept([tick(CLOSE * factor, clock + 2)]) == 0
        assert book.lines() == before
        assert book.dropped == {Outcome.WAITING: 1}
        assert book.accept([tick(101.1, clock + 3)]) == 1
        assert shown(book) == (101.1, CLOSE, 101.1)

    @pytest.mark.parametrize("factor", [0.5, 2.0, 100.0])
    def test_before_the_open_as_well(self, factor: float) -> None:
        book = book_at()
        assert book.accept([tick(CLOSE * factor, PRE, pre_market=True)]) == 0
        assert book.lines() == {}
        book.accept([tick(101.0, PRE + 1, pre_market=True)])
        assert shown(book) == (101.0, None, None)

    def test_true_prices_between_refute_it_so_that_its_like_confirms_nothing(self) -> None:
        book = book_at()
        for i in range(5):
            book.accept([tick(CLOSE, 2 * i), tick(50.0, 2 * i + 1)])
        assert shown(book) == (CLOSE, CLOSE, CLOSE)

    def test_sent_again_it_confirms_nothing(self) -> None:
        book = book_at()
        book.accept([tick(CLOSE)])
        assert book.accept([tick(50.0, 1)] * 4) == 0
        assert shown(book) == (CLOSE, CLOSE, CLOSE)

    @pytest.mark.parametrize("price", [float("nan"), float("inf"), 0.0, -5.0])
    def test_what_is_no_price_is_dropped(self, price: float) -> None:
        book = book_at()
        book.accept([tick(CLOSE)])
        assert book.accept([tick(price, 1)]) == 0
        assert book.dropped == {Outcome.NO_PRICE: 1}

    @pytest.mark.parametrize("factor", [0.01, 100.0])
    def test_another_unit_is_confirmed_by_no_number_of_messages(self, factor: float) -> None:
        book = book_at()
        book.accept([tick(CLOSE)])
        for i in range(1, 6):
            wrong = tick(CLOSE * factor, i, previous_close=CLOSE * factor)
            assert book.deliver([wrong], polled=i % 2 == 0).taken == 0
        assert shown(book) == (CLOSE, CLOSE, CLOSE)
        assert "unconfirmed" in book.withheld()["TEST"]


class TestARealMove:
    @pytest.mark.parametrize("factor", [0.5, 0.83, 1.3, 3.0])
    def test_the_next_print_confirms_it(self, factor: float) -> None:
        book = book_at()
        book.accept([tick(CLOSE)])
        gap = CLOSE * factor
        assert book.accept([tick(gap, 1)]) == 0
        assert book.accept([tick(gap * 1.004, 2)]) == 1
        price, low, high = shown(book) or (None, None, None)
        assert price == pytest.approx(gap * 1.004)
        assert (low, high) == (min(CLOSE, gap), max(CLOSE, gap * 1.004))

    def test_a_gap_at_the_open_stands_with_the_second_print_and_not_with_one_unlike_it(
        self,
    ) -> None:
        book = book_at()
        opens = -2.5 * HOURS
        assert book.accept([tick(83.0, opens)]) == 0
        assert shown(book) is None
        assert book.accept([tick(84.0, opens + 1)]) == 0  # 1.2% away
        assert book.accept([tick(83.9, opens + 2)]) == 1
        assert shown(book) == (83.9, 83.9, 84.0)
        assert statuses(book) == ["under"] * 4

    def test_a_polled_quote_of_the_same_trade_confirms_it(self) -> None:
        book = book_at()
        book.accept([tick(CLOSE, 0.2)])
        book.accept([tick(83.0, 1.7)])
        # stamped in whole seconds
        assert book.deliver([tick(83.0, 1.0)], polled=True).taken == 1
        assert shown(book) == (83.0, 83.0, CLOSE)

    def test_a_polled_quote_that_contradicts_it_refutes_it(self) -> None:
        book = book_at()
        book.accept([tick(CLOSE), tick(83.0, 1)])
        book.deliver([tick(CLOSE, 2)], polled=True)
        assert book.waiting() == frozenset()
        assert book.accept([tick(83.1, 3)]) == 0

    def test_a_poll_alone_waits_too(self) -> None:
        book = book_at()
        assert book.deliver([tick(50.0)], polled=True).taken == 0
        assert book.deliver([tick(50.0)], polled=True).taken == 0  # the same trade
        assert book.deliver([tick(50.1, 15)], polled=True).taken == 1

    def test_a_reopening_after_a_halt_is_confirmed_however_late(self) -> None:
        book = book_at()
        book.accept([tick(CLOSE)])
        assert book.accept([tick(60.0, 2 * HOURS)]) == 0
        assert book.accept([tick(60.2, 2 * HOURS + 300)]) == 1
        assert shown(book) == (60.2, 60.0, CLOSE)

    def test_a_volatile_stock_is_given_five_atr(self) -> None:
        book = book_at(spread=4.0)  # an ATR of 8
        book.accept([tick(CLOSE)])
        assert book.accept([tick(65.0, 1)]) == 1
        assert book.accept([tick(24.0, 2)]) == 0


def minutes_at(seconds: float, *closes: float, low: float | None = None) -> MinuteBars:
    """Minutes from that of ``seconds`` after noon on, each opened at its own close."""
    close = np.array(closes)
    start = np.datetime64(NOON.replace(tzinfo=None), "s") + np.timedelta64(int(seconds), "s")
    times = start.astype("datetime64[m]").astype("datetime64[s]")
    lows = close if low is None else np.full_like(close, low)
    every = times + np.arange(len(close)) * np.timedelta64(60, "s")
    return MinuteBars("TEST", MONDAY, every, close, close, lows, close, np.ones_like(close))


class TestPollsWhereMinutesCanBeHad:
    """One endpoint that is wrong is wrong at every poll: another has to say so."""

    def polled(self, book: QuoteBook, price: float, seconds: float) -> int:
        return book.deliver([tick(price, seconds)], polled=True).taken

    @pytest.mark.parametrize("factor", [0.5, 0.85, 2.0])
    def test_polls_do_not_confirm_one_another(self, factor: float) -> None:
        book = book_at(minutes_decide=True)
        assert self.polled(book, CLOSE, 0.0) == 1
        for seconds in (15.0, 30.0, 45.0):
            assert self.polled(book, CLOSE * factor, seconds) == 0
        assert shown(book) == (CLOSE, CLOSE, CLOSE)

    def test_a_minute_confirms_them(self) -> None:
        book = book_at(minutes_decide=True)
        self.polled(book, CLOSE, 0.0)
        self.polled(book, 83.0, 70.0)
        book.confirm({"TEST": minutes_at(60, 83.0)})
        assert shown(book) == (83.0, 83.0, CLOSE)
        assert self.polled(book, 83.2, 85.0) == 1

    def test_a_streamed_price_is_another_source(self) -> None:
        book = book_at(minutes_decide=True)
        book.accept([tick(CLOSE), tick(83.0, 1.0)])
        assert self.polled(book, 83.1, 2.0) == 1


class TestMinutes:
    @pytest.mark.parametrize("price", [83.0, 1.0, 10_000.0])
    def test_a_minute_confirms_whatever_the_ratio(self, price: float) -> None:
        book = book_at()
        book.accept([tick(CLOSE), tick(price, 90)])
        book.confirm({"TEST": minutes_at(60, price * 1.003)})
        assert shown(book) == (price, min(price, CLOSE), max(price, CLOSE))

    def test_minutes_that_went_on_elsewhere_refute_it(self) -> None:
        book = book_at()
        book.accept([tick(CLOSE), tick(50.0, 90)])
        book.confirm({"TEST": minutes_at(60, CLOSE, CLOSE, CLOSE, low=50.0)})
        assert book.waiting() == frozenset()
        assert shown(book) == (CLOSE, CLOSE, CLOSE)

    def test_minutes_that_end_before_it_decide_nothing(self) -> None:
        book = book_at()
        book.accept([tick(CLOSE), tick(50.0, 300)])
        book.confirm({"TEST": minutes_at(60, CLOSE, CLOSE)})
        assert book.waiting() == {"TEST"}


class TestBars:
    def with_bar(self, book: QuoteBook, price: float, seconds: float, **bar: float) -> None:
        baseline = flat_baseline(CLOSE)
        sides: dict[str, Any] = {"open": CLOSE, "high": CLOSE, "low": CLOSE, **bar}
        book.set_baselines({"TEST": replace(baseline, bar=tick(price, seconds, **sides))})

    def test_the_bar_decides_what_was_before_its_time(self) -> None:
        book = book_at()
        book.accept([tick(CLOSE), tick(50.0, 60), tick(50.1, 61), tick(CLOSE, 120)])
        book.accept([tick(CLOSE, 121), tick(101.0, 600)])
        assert shown(book) == (101.0, 50.0, 101.0)  # two prints agreed
        self.with_bar(book, 100.5, 300, low=99.0, high=100.5)
        assert shown(book) == (101.0, 99.0, 101.0)

    def test_a_bar_that_is_newer_gives_the_price_and_ends_the_waiting(self) -> None:
        book = book_at()
        book.accept([tick(CLOSE), tick(83.0, 60)])
        self.with_bar(book, 83.1, 120, low=83.0)
        assert shown(book) == (83.1, 83.0, CLOSE)
        assert book.waiting() == frozenset()

    def test_a_bar_confirms_a_print_that_is_newer(self) -> None:
        book = book_at()
        book.accept([tick(CLOSE), tick(1.0, 60)])
        self.with_bar(book, 1.001, 55, low=1.0)
        assert shown(book) == (1.0, 1.0, CLOSE)


class TestWhatAMessageSaysBesideItsPrice:
    def test_its_high_and_low_make_no_status(self) -> None:
        book = book_at()
        level = 99.9  # of the 50-DMA at 100: near enough to be tested, not lost
        book.accept([tick(110.0, 0)])
        assert statuses(book) == ["above"] * 4
        book.accept([tick(110.0, i, low=level, high=500.0) for i in range(1, 5)])
        assert shown(book) == (110.0, 110.0, 110.0)
        assert statuses(book) == ["above"] * 4

    def test_its_open_counts_once_it_is_stated_twice(self) -> None:
        book = book_at()
        book.accept([tick(CLOSE, 0, open=93.0)] * 2)  # one message, twice
        assert book.lines()["TEST"].quote.open is None
        book.accept([tick(CLOSE, 1, open=99.5), tick(CLOSE, 2, open=99.5)])
        assert book.lines()["TEST"].quote.open == 99.5
        book.accept([tick(CLOSE, 3, open=97.0), tick(CLOSE, 4, open=99.5)])
        assert book.lines()["TEST"].quote.open == 99.5

    def test_its_volume_is_the_newest_message_s(self) -> None:
        book = book_at()
        book.accept([tick(CLOSE, 0, volume=1e12), tick(CLOSE, 1, volume=900.0), tick(CLOSE, 2)])
        assert book.lines()["TEST"].quote.volume == 900.0


class TestTimes:
    def test_a_time_minutes_ahead_blocks_no_true_price(self) -> None:
        now = [NOON]
        book = QuoteBook(lambda: now[0])
        baseline = baseline_of(make_bars([CLOSE] * 260), MONDAY)
        assert baseline is not None
        book.set_baselines({"TEST": baseline})
        assert book.accept([tick(CLOSE, 0)]) == 1
        assert book.accept([tick(101.0, 240)]) == 0
        assert book.dropped == {Outcome.AHEAD: 1}
        now[0] += dt.timedelta(seconds=1)
        assert book.accept([tick(100.5, 1)]) == 1

    @pytest.mark.parametrize("ahead", [1.0, 5.0, 14.0])
    def test_a_clock_that_lags_a_little_shows_its_own_time(self, ahead: float) -> None:
        now = [NOON]
        book = QuoteBook(lambda: now[0])
        baseline = baseline_of(make_bars([CLOSE] * 260), MONDAY)
        assert baseline is not None
        book.set_baselines({"TEST": baseline})
        assert book.accept([tick(101.0, ahead)]) == 1
        assert book.lines()["TEST"].quote.time == NOON
        now[0] += dt.timedelta(seconds=1)
        assert book.accept([tick(100.5, 1.0)]) == 1
        assert book.last_tick == now[0]

    def test_late_and_repeated_prints_change_nothing(self) -> None:
        book = book_at()
        prints = [tick(CLOSE, 0), tick(101.0, 1), tick(102.0, 2)]
        book.accept(prints)
        before = book.lines()
        book.take_changes()
        assert book.accept([*prints, tick(95.0, 1.5), prints[2]]) == 0
        assert book.lines() == before
        assert book.take_changes() is None
        assert book.dropped == {Outcome.REPEATED: 4, Outcome.OUT_OF_ORDER: 1}

    def test_two_prices_of_one_moment_are_both_taken_once(self) -> None:
        book = book_at()
        both = [tick(CLOSE, 0), tick(101.0, 0)]
        assert book.accept([*both, *both]) == 2
        assert shown(book) == (101.0, CLOSE, 101.0)


class TestAnotherSymbolIsLeftAlone:
    def test_what_waits_of_one_does_not_stop_the_other(self) -> None:
        book = QuoteBook(lambda: NOON + dt.timedelta(hours=8))
        baselines = {}
        for symbol in ("ONE", "TWO"):
            baseline = baseline_of(make_bars([CLOSE] * 260, symbol=symbol), MONDAY)
            assert baseline is not None
            baselines[symbol] = baseline
        book.set_baselines(baselines)
        quotes = [Quote("ONE", 50.0, NOON), Quote("TWO", CLOSE, NOON), Quote("ONE", 99.0, NOON)]
        delivery = book.deliver(quotes)
        assert (delivery.taken, dict(delivery.refused)) == (2, {Outcome.WAITING: 1})
        assert {s: line.quote.price for s, line in book.lines().items()} == {"ONE": 99, "TWO": 100}
