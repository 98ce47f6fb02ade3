"""A quote states another previous close than the bars: nothing is made of the two together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from analytics.alerts.evaluate import Watch, events
from analytics.alerts.kinds.crossing import Crossing
from analytics.alerts.kinds.near import Near
from analytics.feed import FeedState, SessionBaseline, baseline_of
from analytics.feed.book import OTHER_BARS, QuoteBook
from analytics.feed.snapshot import encode
from analytics.model.question import Symbol
from analytics.model.vocabulary import Bars, Phase
from analytics.watch.live_lines import LiveLine
from analytics.watch.session_baseline import price_only_baseline
from tests.support.builders import make_bars
from tests.support.small_feeds import MONDAY, NOON, tick

BARS_CLOSE = 33.0
PRE = -4 * 3600.0
LATE = 4 * 3600.0 + 30.0


def book_on(closes: Iterable[float] = (BARS_CLOSE,) * 260) -> QuoteBook:
    made = QuoteBook(lambda: NOON + dt.timedelta(hours=8))
    rebase(made, closes)
    return made


def rebase(book: QuoteBook, closes: Iterable[float]) -> None:
    baseline = baseline_of(make_bars(list(closes), spread=0.2), MONDAY)
    assert baseline is not None
    book.set_baselines({"TEST": baseline})


def line_of(book: QuoteBook) -> LiveLine:
    return book.lines()["TEST"]


RATIOS = pytest.mark.parametrize(
    ("stated", "price"),
    [
        pytest.param(32.04, 32.2, id="103-for-100 stock dividend"),
        pytest.param(30.0, 30.2, id="11-for-10"),
        pytest.param(27.5, 27.6, id="6-for-5"),
        pytest.param(22.0, 22.4, id="3-for-2"),
        pytest.param(8.25, 8.3, id="4-for-1"),
        pytest.param(330.0, 331.0, id="1-for-10"),
        pytest.param(31.9, 32.0, id="the bar of the session before is missing"),
        pytest.param(33.1, 33.2, id="missing, and it hardly moved"),
        pytest.param(41.0, 40.0, id="missing, and it moved by a fifth"),
    ],
)


class TestTheQuotesOwnPreviousClose:
    @RATIOS
    @pytest.mark.parametrize("clock", [PRE, 0.0, LATE], ids=["before", "in session", "after"])
    def test_the_price_and_its_own_change_are_shown_without_levels(
        self, stated: float, price: float, clock: float
    ) -> None:
        book = book_on()
        quote = tick(price, clock, previous_close=stated, pre_market=clock == PRE)
        assert book.accept([quote]) == 1
        line = line_of(book)
        assert line.quote.price == price
        assert line.change_pct == pytest.approx((price - stated) / stated * 100)
        assert (line.levels, line.support, line.next_support) == ((), None, None)
        assert f"previous close is {stated:.2f}, its bars' 33.00" in book.withheld()["TEST"]
        assert book.dropped == {OTHER_BARS: 1}

    @RATIOS
    def test_no_alert_is_made_of_it(self, stated: float, price: float) -> None:
        book = book_on()
        book.accept([tick(price, previous_close=stated)])
        content = encode(1, "e", NOON, Phase.OPEN, FeedState(), book.lines(), None).content
        assert content.quotes["TEST"].withheld
        for rule in (
            Crossing(Symbol("TEST"), "loses", 50, by_close=False),
            Crossing(Symbol("TEST"), "reclaims", 50, by_close=False),
            Near(Symbol("TEST"), 50, None, 99.0, "pct"),
        ):
            assert events(Watch("someone", rule, "one"), content, set()) == ()

    def test_it_does_not_stand_still(self) -> None:
        book = book_on()
        for i in range(5):
            assert book.accept([tick(30.0 + i / 10, i, previous_close=30.0)]) == 1
        assert line_of(book).quote.price == 30.4

    def test_messages_that_state_none_do_not_bring_the_levels_back(self) -> None:
        book = book_on()
        book.accept([tick(30.2, 0, previous_close=30.0), tick(30.3, 1)])
        assert line_of(book).levels == ()
        assert line_of(book).change_pct == pytest.approx(1.0)

    def test_a_poll_states_it_where_the_stream_does_not(self) -> None:
        book = book_on()
        book.accept([tick(32.2, 0.4)])
        assert len(line_of(book).levels) == 4
        book.deliver([tick(32.2, 0.0, previous_close=32.04)], polled=True)
        assert line_of(book).levels == ()

    def test_the_levels_come_with_bars_that_agree(self) -> None:
        book = book_on()
        book.accept([tick(30.2, previous_close=30.0)])
        assert book.disagreeing() == {"TEST"}
        rebase(book, [30.0] * 260)
        assert book.disagreeing() == frozenset()
        assert book.withheld() == {}
        line = line_of(book)
        assert [level.session_level for level in line.levels] == [30.0] * 4
        assert line.change_pct == pytest.approx(100 / 150)

    def test_bars_that_still_disagree_bring_none(self) -> None:
        book = book_on()
        book.accept([tick(30.2, previous_close=30.0)])
        rebase(book, [31.0] * 260)
        assert line_of(book).levels == ()
        assert book.disagreeing() == {"TEST"}

    def test_after_the_final_bar_it_is_still_heard(self) -> None:
        book = book_on()
        baseline = baseline_of(make_bars([BARS_CLOSE] * 260 + [30.2], MONDAY), MONDAY)
        assert baseline is not None
        book.set_baselines({"TEST": baseline})
        assert len(line_of(book).levels) == 4
        book.deliver([tick(30.2, LATE, previous_close=30.0)], polled=True)
        assert line_of(book).levels == ()


class TestNoDifference:
    @pytest.mark.parametrize("stated", [33.0, 33.005, 33.01, 32.995, 32.9999999])
    def test_rounding(self, stated: float) -> None:
        book = book_on()
        book.accept([tick(33.5, previous_close=stated)])
        assert len(line_of(book).levels) == 4
        assert book.withheld() == {}

    def test_a_half_cent_of_a_split(self) -> None:
        book = book_on([33.005] * 260)
        book.accept([tick(33.5, previous_close=33.0)])
        assert len(line_of(book).levels) == 4

    @pytest.mark.parametrize("stated", [None, 0.0, -1.0, float("nan"), float("inf")])
    def test_what_is_no_close(self, stated: float | None) -> None:
        book = book_on()
        book.accept([tick(33.5, previous_close=stated)])
        assert len(line_of(book).levels) == 4


class TestOneFalseStatement:
    def test_one_message_changes_nothing_that_was_stated_before(self) -> None:
        book = book_on()
        book.accept([tick(33.1, 0, previous_close=33.0), tick(33.2, 1, previous_close=31.0)])
        assert len(line_of(book).levels) == 4
        book.accept([tick(33.2, 2, previous_close=31.0)])
        assert line_of(book).levels == ()

    def test_one_that_neither_price_nor_bars_bear_out_makes_no_change(self) -> None:
        book = book_on()
        book.accept([tick(33.1, 0, previous_close=0.33)])
        line = line_of(book)
        assert (line.quote.price, line.change_pct, line.levels) == (33.1, None, ())
        book.accept([tick(33.2, 1, previous_close=33.0)])
        assert line_of(book).change_pct == pytest.approx(0.2 / 33 * 100)
        assert len(line_of(book).levels) == 4

    def test_a_first_message_of_another_symbol_leaves_no_low(self) -> None:
        book = book_on()
        book.accept([tick(8.3, 0, previous_close=8.25)])
        book.accept([tick(33.1, i, previous_close=33.0) for i in (1, 2)])
        quote = line_of(book).quote
        assert (quote.price, quote.low, quote.high) == (33.1, 33.1, 33.1)
        assert len(line_of(book).levels) == 4

    def test_a_real_fall_keeps_its_range_for_its_previous_close_stays(self) -> None:
        book = book_on()
        book.accept([tick(33.1, 0, previous_close=33.0)])
        book.accept([tick(20.0, i, previous_close=33.0) for i in (1, 2)])
        quote = line_of(book).quote
        assert (quote.price, quote.low, quote.high) == (20.0, 20.0, 33.1)
        assert {str(level.status) for level in line_of(book).levels} == {"under"}


def without_friday() -> Bars:
    """Bars at 33 to the Thursday, that of the Friday missing; Monday's next is asked about."""
    return make_bars([BARS_CLOSE] * 260, dt.date(2025, 1, 23))


class TestNoBarOfYesterday:
    def book(self) -> QuoteBook:
        made = QuoteBook(lambda: NOON + dt.timedelta(hours=8))
        assert baseline_of(without_friday(), MONDAY) is None
        alone = price_only_baseline(without_friday(), MONDAY)
        assert alone is not None
        made.set_baselines({"TEST": alone})
        return made

    @pytest.mark.parametrize(("stated", "price"), [(31.9, 32.0), (33.0, 33.2), (41.0, 40.0)])
    def test_the_quotes_own_change_is_shown_without_levels(
        self, stated: float, price: float
    ) -> None:
        """Also where yesterday's close was that of the day before: the level lacks a session."""
        book = self.book()
        book.accept([tick(price, previous_close=stated)])
        line = line_of(book)
        assert line.change_pct == pytest.approx((price - stated) / stated * 100)
        assert line.levels == ()
        assert "no bar of 2025-01-24" in book.withheld()["TEST"]
        assert book.disagreeing() == {"TEST"}

    def test_without_a_stated_close_there_is_no_change(self) -> None:
        book = self.book()
        book.accept([tick(32.0)])
        line = line_of(book)
        assert (line.quote.price, line.change_pct, line.levels) == (32.0, None, ())

    def test_a_false_price_waits_all_the_same(self) -> None:
        book = self.book()
        assert book.accept([tick(16.0)]) == 0

    def test_with_the_bar_come_the_levels(self) -> None:
        book = self.book()
        book.accept([tick(32.0, previous_close=31.9)])
        rebase(book, [BARS_CLOSE] * 259 + [31.9])
        assert len(line_of(book).levels) == 4


class TestExDividend:
    def bars(self, *, opened: bool) -> Bars:
        """A dividend of 0.33 goes off on the Monday; the adjusted closes before it know."""
        closes = [BARS_CLOSE] * 260 + ([32.8] if opened else [])
        bars = make_bars(closes, MONDAY if opened else dt.date(2025, 1, 24), complete=not opened)
        factor = np.where(bars.sessions < np.datetime64(MONDAY), 0.99, 1.0)
        return replace(bars, adj_close=bars.close * factor)

    @pytest.mark.parametrize("opened", [True, False])
    @pytest.mark.parametrize("stated", [33.0, 32.67])
    def test_the_close_with_or_without_it_is_the_bars(self, stated: float, opened: bool) -> None:
        book = QuoteBook(lambda: NOON + dt.timedelta(hours=8))
        baseline = baseline_of(self.bars(opened=opened), MONDAY)
        assert baseline is not None
        book.set_baselines({"TEST": baseline})
        book.accept([tick(32.7, previous_close=stated)])
        line = line_of(book)
        assert len(line.levels) == 4
        assert line.change_pct == pytest.approx((32.7 - 33.0) / 33.0 * 100)

    def test_another_close_is_not(self) -> None:
        book = QuoteBook(lambda: NOON + dt.timedelta(hours=8))
        baseline = baseline_of(self.bars(opened=True), MONDAY)
        assert baseline is not None
        book.set_baselines({"TEST": baseline})
        book.accept([tick(32.7, previous_close=32.5)])
        assert line_of(book).levels == ()


class TestOtherMarkets:
    def baseline(self, calendar: str, session: dt.date = MONDAY) -> SessionBaseline:
        return SessionBaseline("TEST", session, 100.0, 1.0, (), calendar=calendar)

    @pytest.mark.parametrize("calendar", ["24/7", "24/5", "CME"])
    def test_a_close_of_another_hour_is_no_difference_but_another_unit_is(
        self, calendar: str
    ) -> None:
        assert self.baseline(calendar).is_previous_close(100.4)
        assert not self.baseline(calendar).is_previous_close(10_040.0)
        assert not self.baseline(calendar).is_previous_close(50.0)

    @pytest.mark.parametrize(
        ("calendar", "time", "belongs"),
        [
            ("XLON", "2025-01-27T08:00:01Z", True),
            ("XLON", "2025-01-26T23:59:59Z", False),
            ("XTKS", "2025-01-27T00:00:01Z", True),  # 09:00 in Tokyo
            ("XTKS", "2025-01-27T15:00:01Z", False),  # Tuesday there
            ("24/7", "2025-01-27T00:00:00Z", True),
            ("24/7", "2025-01-26T23:59:59Z", False),
            ("CME", "2025-01-26T23:30:00Z", True),  # the evening before
            ("CME", "2025-01-27T23:30:00Z", False),
            ("XNYS", "2025-01-27T09:00:00Z", True),  # before the open
            ("XNYS", "2025-01-28T04:59:00Z", True),
            ("XNYS", "2025-01-28T05:00:00Z", False),
        ],
    )
    def test_prices_belong_to_the_listings_own_session(
        self, calendar: str, time: str, belongs: bool
    ) -> None:
        assert self.baseline(calendar).has(dt.datetime.fromisoformat(time)) is belongs


def test_another_day_begins_without_what_was_stated() -> None:
    book = book_on()
    book.accept([tick(30.2, previous_close=30.0)])
    tuesday = baseline_of(make_bars([BARS_CLOSE] * 260, MONDAY), dt.date(2025, 1, 28))
    assert tuesday is not None
    book.set_baselines({"TEST": tuesday})
    book.accept([replace(tick(33.1, 86_400 - 60), symbol="TEST")])
    assert book.disagreeing() == frozenset()
