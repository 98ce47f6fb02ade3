"""The day's log of one level: what is a crossing, a touch, and what is noise."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.level_calls import UNDER_AFTER, Happening, LevelCall, LevelEvent
from analytics.model.levels import dma
from analytics.model.vocabulary import MinuteBars, Quote
from analytics.watch import crossings
from analytics.watch.crossings import LevelState, Print, prints_of_minutes, prints_of_quote

MONDAY = dt.date(2025, 1, 27)
OPENS = dt.datetime(2025, 1, 27, 14, 30, tzinfo=dt.UTC)
ATR = 2.0  # so that noise is 0.1 and "away" 0.5


def call_at(level: float = 100.0, previous_close: float = 101.0) -> LevelCall:
    return LevelCall("SPY", dma(50), MONDAY, level, previous_close, OPENS)


def seen(*prices: float, every: float = 10.0) -> list[Print]:
    return [Print(OPENS + dt.timedelta(seconds=every * i), p) for i, p in enumerate(prices)]


def described(
    prints: Sequence[Print], call: LevelCall | None = None, *, final: bool = False
) -> list[tuple[str, float, int]]:
    """(what, price, seconds after the open) of the log."""
    events = crossings.events_of(call or call_at(), ATR, prints, final=final)
    return [(str(e.kind), e.price, round((e.at - OPENS).total_seconds())) for e in events]


class TestCrossings:
    def test_a_break_has_the_first_price_across_and_its_time(self) -> None:
        assert described(seen(101.0, 99.98, 99.95, 99.8)) == [("broke under", 99.98, 10)]

    def test_a_reclaim_likewise(self) -> None:
        assert described(seen(101.0, 99.0, 100.02, 100.3))[1:] == [("reclaimed", 100.02, 20)]

    def test_a_price_at_the_level_is_not_under_it(self) -> None:
        assert described(seen(101.0, *[100.0] * 20)) == []
        assert described(seen(101.0, 100.0, 99.5)) == [("broke under", 99.5, 20)]

    def test_a_minute_beyond_the_level_proves_a_crossing_within_the_noise(self) -> None:
        assert described(seen(101.0, *[99.95] * 7)) == [("broke under", 99.95, 10)]
        assert described(seen(101.0, *[99.95] * 6)) == []

    def test_back_and_forth_within_the_noise_is_one_touch(self) -> None:
        chop = [99.95, 100.05] * 30
        assert described(seen(101.0, *chop)) == [("touched", 99.95, 10)]

    def test_the_next_touch_counts_once_the_price_was_away(self) -> None:
        assert described(seen(101.0, 99.95, 100.4, 99.96, 100.6, 99.97, 100.1)) == [
            ("touched", 99.95, 10),
            ("touched", 99.97, 50),
        ]

    def test_a_touch_has_the_lowest_price_of_the_visit(self) -> None:
        assert described(seen(101.0, 100.0, 99.93, 99.99, 100.01)) == [("touched", 99.93, 20)]

    def test_a_failed_knock_from_below_is_not_written(self) -> None:
        assert described(seen(99.0, 100.05, 99.0), call_at(previous_close=99.5)) == []

    def test_without_an_atr_only_time_proves(self) -> None:
        quick = crossings.events_of(call_at(), None, seen(101.0, 90.0, 101.0), final=False)
        assert [event.kind for event in quick] == [Happening.TOUCHED]
        slow = crossings.events_of(call_at(), None, seen(101.0, *[90.0] * 7), final=False)
        assert [event.kind for event in slow] == [Happening.BROKE]


class TestOpen:
    def test_the_first_price_on_the_other_side_is_written_at_once(self) -> None:
        assert described(seen(99.99)) == [("opened under", 99.99, 0)]
        assert described(seen(100.0), call_at(previous_close=99.5)) == [("opened over", 100.0, 0)]

    def test_an_open_on_the_side_of_the_close_before_is_not(self) -> None:
        assert described(seen(100.5)) == []
        assert described(seen(99.0), call_at(previous_close=99.5)) == []


class TestClose:
    def test_the_close_decides_what_is_unproven(self) -> None:
        assert described(seen(101.0, 99.99), final=True) == [("broke under", 99.99, 10)]
        assert described(seen(101.0, 99.99, 100.0), final=True) == [("touched", 99.99, 10)]
        reclaim = described(seen(99.0, 100.01), call_at(previous_close=99.5), final=True)
        assert reclaim == [("reclaimed", 100.01, 10)]

    def test_it_adds_nothing_to_what_is_decided(self) -> None:
        assert len(described(seen(101.0, 99.0), final=True)) == 1


class TestPrints:
    def test_a_new_low_between_two_looks_is_seen(self) -> None:
        before = Quote("SPY", 101.0, OPENS, open=101.0, high=101.2, low=100.8)
        after = Quote("SPY", 101.1, OPENS + dt.timedelta(minutes=1), low=99.0, high=101.2)
        assert [p.price for p in prints_of_quote(after, before)] == [99.0, 101.1]
        assert [p.price for p in prints_of_quote(before, None)] == [101.0, 100.8, 101.2, 101.0]

    def test_a_bar_s_four_prices_in_the_usual_order(self) -> None:
        minutes = bars([(10.0, 12.0, 9.0, 11.0), (11.0, 13.0, 10.0, 10.5)])
        prices = [p.price for p in prints_of_minutes(minutes)]
        assert prices == [10.0, 9.0, 12.0, 11.0, 11.0, 13.0, 10.0, 10.5]

    def test_minutes_before_a_time_are_left_out_and_unknown_prices_skipped(self) -> None:
        minutes = bars([(10.0, 12.0, 9.0, 11.0), (np.nan, np.nan, np.nan, 10.5)])
        later = list(prints_of_minutes(minutes, OPENS + dt.timedelta(seconds=1)))
        assert later[0].at.replace(microsecond=0) == OPENS + dt.timedelta(minutes=1)
        assert [p.price for p in later] == [10.5]


def bars(rows: list[tuple[float, float, float, float]]) -> MinuteBars:
    table = np.array(rows)
    first = np.datetime64(OPENS.replace(tzinfo=None), "s")
    times = first + np.arange(len(rows)) * np.timedelta64(60, "s")
    opens, highs, lows, closes = table.T
    return MinuteBars("SPY", MONDAY, times, opens, highs, lows, closes, np.ones(len(rows)))


PRICES = st.lists(
    st.one_of(st.sampled_from([100.0, 99.95, 100.05]), st.floats(98.0, 102.0)),
    min_size=1,
    max_size=60,
)


def walk(standing: LevelState, prints: Sequence[Print]) -> tuple[LevelState, list[LevelEvent]]:
    events = []
    for one in prints:
        standing, lines = crossings.step(standing, one)
        events += [crossings.event_of(call_at(), line) for line in lines]
    return standing, events


class TestAnyDay:
    @given(PRICES, st.floats(1.0, 90.0))
    def test_lost_and_regained_take_turns_and_no_line_comes_twice(
        self, prices: list[float], every: float
    ) -> None:
        events = crossings.events_of(call_at(), ATR, seen(*prices, every=every), final=True)
        keys = [(event.at, event.kind) for event in events]
        assert len(keys) == len(set(keys))
        assert [event.at for event in events] == sorted(event.at for event in events)
        sides = [e.kind in UNDER_AFTER for e in events if e.kind != Happening.TOUCHED]
        assert all(a != b for a, b in itertools.pairwise(sides))
        assert not sides or sides[0]  # the day begins above

    @given(PRICES, st.floats(1.0, 90.0), st.integers(0, 59))
    def test_the_close_agrees_with_the_last_side(
        self, prices: list[float], every: float, cut: int
    ) -> None:
        standing, _ = walk(crossings.begin(call_at(), ATR), seen(*prices, every=every))
        decided, _ = crossings.close(standing, seen(*prices, every=every)[-1])
        # a knock that proved nothing leaves the side, so only a clear price must agree
        if abs(prices[-1] - 100.0) > 0.1:
            assert decided.under == (prices[-1] < 100.0)

    @given(PRICES, st.floats(1.0, 90.0), st.integers(0, 59))
    def test_a_restart_at_any_point_doubles_nothing(
        self, prices: list[float], every: float, cut: int
    ) -> None:
        prints = seen(*prices, every=every)
        cut = min(cut, len(prints))
        whole, first = walk(crossings.begin(call_at(), ATR), prints[:cut])
        called = call_at()
        if cut:
            called = replace(called, watched_until=OPENS)
        again = crossings.begin(called, ATR, first)
        assert (again.under, again.begun) == (whole.under, whole.begun)
        _, rest = walk(again, prints[cut:])
        keys = [(event.at, event.kind) for event in (*first, *rest)]
        assert len(keys) == len(set(keys))
        sides = [e.kind in UNDER_AFTER for e in (*first, *rest) if e.kind != Happening.TOUCHED]
        assert all(a != b for a, b in itertools.pairwise(sides))
