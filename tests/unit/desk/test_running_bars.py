"""A bulk quote as the newest daily bar: when it fits the bars, and when it must not be used."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.desk.running_bars import (
    bars_since,
    rebased,
    session_begun,
    unlike_quote,
    with_quoted_previous,
    with_running_bar,
)
from analytics.model.bars import PRICES
from analytics.model.vocabulary import Bars, Quote
from tests.support.builders import FRIDAY, MONDAY, make_bars

CLOSES = [98.0, 99.0, 100.0, 101.0, 100.0]


def at(clock: str, day: dt.date = MONDAY) -> dt.datetime:
    """UTC of a New York time in winter."""
    return dt.datetime.fromisoformat(f"{day}T{clock}-05:00").astimezone(dt.UTC)


NOON = at("12:00")


def running(last_time: str = "11:00") -> Bars:
    """Bars whose newest is Monday's, still trading."""
    return replace(make_bars(CLOSES, MONDAY, complete=False), last_time=at(last_time))


def quote(price: float = 102.0, clock: str = "11:59", **more: Any) -> Quote:
    fields: dict[str, Any] = {"open": 100.5, "high": 102.5, "low": 99.5, "volume": 5000.0}
    return Quote("TEST", price, at(clock), **(fields | more))


class TestTheSessionUnderWay:
    def test_its_bar_becomes_the_quotes(self) -> None:
        before = running()
        bars = with_running_bar(before, quote(), NOON)
        assert bars is not None
        assert bars.sessions.tolist() == before.sessions.tolist()
        newest = [column[-1] for column in (bars.open, bars.high, bars.low, bars.close)]
        assert newest == [100.5, 102.5, 99.5, 102.0]
        assert bars.volume[-1] == 5000.0
        assert (bars.last_time, bars.last_complete) == (at("11:59"), False)
        for name in ("open", "high", "low", "close", "volume", "splits"):
            np.testing.assert_array_equal(getattr(bars, name)[:-1], getattr(before, name)[:-1])

    def test_a_quote_without_a_range_widens_the_bars_own(self) -> None:
        before = running()
        bars = with_running_bar(before, quote(104.0, open=None, high=None, low=None), NOON)
        assert bars is not None
        assert (bars.open[-1], bars.low[-1]) == (before.open[-1], before.low[-1])
        assert (bars.high[-1], bars.close[-1]) == (104.0, 104.0)

    def test_closes_only_stay_closes_only(self) -> None:
        nothing = np.full(len(CLOSES), np.nan)
        bars = with_running_bar(
            replace(running(), open=nothing, high=nothing, low=nothing), quote(), NOON
        )
        assert bars is not None
        assert bars.close_only
        assert bars.close[-1] == 102.0

    @pytest.mark.parametrize("clock", ["11:44", "11:45"])
    def test_an_older_quote_changes_nothing(self, clock: str) -> None:
        before = running("11:45")
        assert with_running_bar(before, quote(clock=clock), NOON) is before

    def test_an_indicated_price_changes_nothing(self) -> None:
        before = make_bars(CLOSES, FRIDAY)
        indicated = quote(90.0, "08:00", pre_market=True)
        assert with_running_bar(before, indicated, at("08:01")) is before

    @pytest.mark.parametrize(
        ("now", "last", "complete"),
        [("15:59", "15:59", False), ("16:01", "16:00", True), ("16:10", "15:48", False)],
    )
    def test_is_finished_at_the_bell(self, now: str, last: str, complete: bool) -> None:
        bars = with_running_bar(running(), quote(clock=last), at(now))
        assert bars is not None
        assert bars.last_complete is complete

    @pytest.mark.parametrize(
        ("known", "last", "now"),
        [
            pytest.param("11:00", "11:00", "11:31", id="same quote, in session"),
            pytest.param("11:00", "10:59", "11:31", id="older quote, in session"),
            pytest.param("10:00", "11:00", "11:31", id="newer quote, old itself"),
            pytest.param("15:30", "15:30", "16:20", id="no price at the bell"),
            pytest.param("15:30", "15:48", "16:20", id="newer quote, none at the bell"),
        ],
    )
    def test_a_quote_that_stands_still_is_left_to_the_bars(
        self, known: str, last: str, now: str
    ) -> None:
        assert with_running_bar(running(known), quote(clock=last), at(now)) is None

    def test_a_finished_bar_stands_however_old_its_last_price_is(self) -> None:
        before = replace(running("15:30"), last_complete=True)
        assert with_running_bar(before, quote(clock="15:30"), at("18:00")) is before

    def test_on_a_half_day_it_is_finished_at_the_early_bell(self) -> None:
        day = dt.date(2025, 11, 28)
        before = replace(make_bars(CLOSES, day, complete=False), last_time=at("12:00", day))
        closing = Quote("TEST", 101.0, at("13:00", day))
        bars = with_running_bar(before, closing, at("13:01", day))
        assert bars is not None
        assert bars.last_complete


class TestANewSession:
    def test_is_appended_to_the_session_before(self) -> None:
        before = make_bars(CLOSES, FRIDAY)
        bars = with_running_bar(before, quote(previous_close=100.0), NOON)
        assert bars is not None
        assert (len(bars), bars.last_session) == (len(before) + 1, MONDAY)
        assert (bars.close[-1], bars.splits[-1], bars.last_complete) == (102.0, 1.0, False)

    def test_is_not_appended_over_a_missing_one(self) -> None:
        assert with_running_bar(make_bars(CLOSES, dt.date(2025, 1, 23)), quote(), NOON) is None

    def test_is_not_appended_to_an_unfinished_bar(self) -> None:
        assert with_running_bar(make_bars(CLOSES, FRIDAY, complete=False), quote(), NOON) is None

    def test_begins_with_the_open(self) -> None:
        bars = make_bars(CLOSES, FRIDAY)
        assert session_begun(bars, at("09:29")) == FRIDAY
        assert session_begun(bars, at("09:30")) == MONDAY

    def test_follows_the_listings_own_calendar(self) -> None:
        tuesday = dt.date(2025, 2, 18)  # after Presidents' Day, on which Tokyo trades
        tokyo = replace(make_bars(CLOSES, dt.date(2025, 2, 14)), symbol="7203.T", sessions=np.array(
            ["2025-02-10", "2025-02-12", "2025-02-13", "2025-02-14", "2025-02-17"],
            dtype="datetime64[D]"), calendar="XTKS")  # fmt: skip
        time = dt.datetime(2025, 2, 18, 1, tzinfo=dt.UTC)
        bars = with_running_bar(tokyo, Quote("7203.T", 101.0, time), time)
        assert bars is not None
        assert bars.last_session == tuesday


class TestAMissingYesterday:
    def without_friday(self) -> Bars:
        bars = make_bars(CLOSES, MONDAY, complete=False)
        keep = np.arange(len(bars)) != len(bars) - 2
        columns = {n: getattr(bars, n)[keep] for n in ("sessions", *PRICES, "volume", "splits")}
        adjusted = None if bars.adj_close is None else bars.adj_close[keep]
        return replace(bars, **columns, adj_close=adjusted)

    def test_its_close_is_the_one_the_quote_states(self) -> None:
        bars = self.without_friday()
        assert bars.no_previous == "no bar of 2025-01-24"
        price, before = float(bars.close[-1]), float(bars.close[-2])
        time = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)
        stated = with_running_bar(bars, Quote("TEST", price, time, previous_close=before + 1), time)
        assert stated is not None
        assert stated.previous_close == before + 1
        assert stated.no_previous is None
        assert "the one the source states" in stated.notes[-1].text

    def test_a_quote_that_states_none_leaves_it_unknown(self) -> None:
        bars = self.without_friday()
        time = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)
        stated = with_running_bar(bars, Quote("TEST", float(bars.close[-1]), time), time)
        assert stated is not None
        assert stated.no_previous == "no bar of 2025-01-24"

    def test_a_bar_that_is_there_is_not_replaced(self) -> None:
        bars = make_bars(CLOSES, MONDAY, complete=False)
        time = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)
        quote_ = Quote("TEST", float(bars.close[-1]), time, previous_close=1.0)
        assert with_quoted_previous(bars, quote_) is bars


class TestWhatDoesNotFit:
    @pytest.mark.parametrize(
        "odd",
        [
            quote(10200.0, high=10200.0, low=10200.0),
            quote(51.0, high=52.0, low=50.0),
            quote(102.0, high=101.0),
            quote(102.0, low=103.0),
            quote(102.0, high=99.0, low=100.0),
            quote(102.0, previous_close=50.5),
            quote(102.0, previous_close=104.1),
            quote(102.0, previous_close=100.6),
            quote(85.0, low=85.0),
            quote(102.0, high=53_754.0),
            quote(102.0, low=51.0),
            quote(clock="12:01"),
        ],
        ids=[
            "x100",
            "halved",
            "above-high",
            "under-low",
            "crossed",
            "split",
            "other-day",
            "another-day-close-by",
            "one-print-down-15%",
            "false-high",
            "false-low",
            "a-minute-ahead",
        ],
    )
    def test_is_left_to_the_bars_themselves(self, odd: Quote) -> None:
        assert with_running_bar(running(), odd, NOON) is None

    def test_a_price_from_long_after_the_bell_is_no_closing_price(self) -> None:
        sunday = dt.date(2025, 1, 26)
        late = Quote("TEST", 101.0, at("18:00", sunday))
        assert with_running_bar(make_bars(CLOSES, FRIDAY), late, at("18:01", sunday)) is None

    @given(
        st.lists(st.tuples(st.floats(98.0, 102.0), st.integers(1, 359)), min_size=1, max_size=12)
    )
    def test_the_order_of_polls_never_changes_the_last_word(
        self, polls: list[tuple[float, int]]
    ) -> None:
        start = replace(make_bars(CLOSES, MONDAY, complete=False), last_time=at("09:30"))
        latest = max(polls, key=lambda poll: poll[1])[1]
        bars = start
        for price, minute in polls:
            time = at("09:30") + dt.timedelta(minutes=minute)
            newest = Quote("TEST", price, time, 100.0, 102.5, 97.5)
            bars = with_running_bar(bars, newest, at("16:00")) or bars
        assert bars.last_time == at("09:30") + dt.timedelta(minutes=latest)
        assert bars.close[-1] == next(price for price, minute in polls if minute == latest)
        assert len(bars) == len(start)


class TestAPreviousSessionThatIsMissing:
    def test_the_quotes_own_word_stands_in_for_it(self) -> None:
        days = ["2025-01-21", "2025-01-22", "2025-01-23", "2025-01-27"]  # Friday's is not there
        gap = replace(
            make_bars(CLOSES[:4], MONDAY, complete=False),
            sessions=np.array(days, dtype="datetime64[D]"),
            last_time=at("11:00"),
        )
        assert gap.previous_close is None
        bars = with_running_bar(gap, quote(previous_close=120.0), NOON)
        assert bars is not None
        assert bars.close[-1] == 102.0
        assert bars.previous_close == 120.0


class TestSince:
    def test_cuts_every_column(self) -> None:
        bars = bars_since(make_bars(CLOSES, FRIDAY), dt.date(2025, 1, 23))
        assert bars is not None
        assert bars.close.tolist() == CLOSES[-2:]
        assert len(bars.splits) == len(bars.volume) == len(bars.sessions) == 2
        assert bars_since(bars, dt.date(2025, 1, 25)) is None


class TestOtherUnits:
    """Bars fetched anew, held against those of before and against a quote."""

    @pytest.mark.parametrize("factor", [0.01, 0.5, 2.0, 100.0])
    def test_bars_in_another_unit_than_before(self, factor: float) -> None:
        before, after = make_bars(CLOSES, FRIDAY), make_bars(CLOSES, MONDAY)
        moved = replace(after, close=after.close * factor)
        same = make_bars(CLOSES[:-1], FRIDAY)
        assert rebased(moved, replace(same, close=same.close)) == pytest.approx(factor)
        assert rebased(after, same) is None
        assert rebased(before, before) is None

    def test_a_stated_split_explains_it(self) -> None:
        before = make_bars(CLOSES[:-1], FRIDAY)
        after = make_bars(CLOSES, MONDAY)
        splits = after.splits.copy()
        splits[-1] = 4.0
        assert rebased(replace(after, close=after.close / 4.0, splits=splits), before) is None

    def test_too_few_sessions_in_common_tell_nothing(self) -> None:
        before = make_bars(CLOSES[:1], dt.date(2025, 1, 2))
        assert rebased(make_bars(CLOSES, MONDAY), before) is None

    def test_a_quote_in_another_unit_is_said(self) -> None:
        bars = running()
        stated = float(bars.close[-2]) / 100.0
        note = unlike_quote(bars, quote(previous_close=stated))
        assert note is not None
        assert note.text.startswith(f"TEST: its quote states a previous close of {stated:g} where")
        assert unlike_quote(bars, quote(previous_close=float(bars.close[-2]) * 1.1)) is None
        assert unlike_quote(bars, quote()) is None
