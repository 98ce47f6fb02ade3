"""Daily bars against their listing's calendar: missing sessions, holes, what was before."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.bars import LONGEST_GAP, Bars, Break, no_bar_of
from analytics.model.calendars import calendar_named
from tests.support.builders import make_bars, walk

MONDAY = dt.date(2025, 1, 27)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def bars_on(days: np.ndarray, calendar: str = "XNYS", **more: object) -> Bars:
    close = 100.0 + np.arange(len(days))
    values = {
        "open": close,
        "high": close + 1,
        "low": close - 1,
        "close": close,
        "adj_close": close * 0.9,
        "volume": np.full(len(days), 1000.0),
        "splits": np.ones(len(days)),
    }
    return Bars("TEST", days, calendar=calendar, **(values | more))  # type: ignore[arg-type]


def days_to(last: dt.date, count: int, calendar: str = "XNYS") -> np.ndarray:
    listing = calendar_named(calendar)
    return listing.sessions_between(listing.previous_session(last, count - 1), last)


def without(days: np.ndarray, *dropped: str) -> np.ndarray:
    return days[~np.isin(days, np.array(dropped, dtype="datetime64[D]"))]


class TestPrevious:
    def test_it_is_the_bar_before_over_a_weekend_and_a_holiday(self) -> None:
        bars = bars_on(days_to(day("2025-01-21"), 5))  # Friday the 17th, then a holiday
        assert bars.previous_close == bars.close[-2]
        assert bars.no_previous is None

    @pytest.mark.parametrize(
        ("dropped", "reason"),
        [
            (["2025-01-24"], "no bar of 2025-01-24"),
            (["2025-01-23", "2025-01-24"], "no bars of 2025-01-23 and 2025-01-24"),
            (
                ["2025-01-22", "2025-01-23", "2025-01-24"],
                "no bars of 2025-01-22, 2025-01-23 and 2025-01-24",
            ),
            (
                ["2025-01-17", "2025-01-21", "2025-01-22", "2025-01-23", "2025-01-24"],
                "no bars of 5 sessions between 2025-01-17 and 2025-01-24",
            ),
        ],
    )
    def test_without_its_bar_it_is_unknown_and_the_reason_names_the_day(
        self, dropped: list[str], reason: str
    ) -> None:
        bars = bars_on(without(days_to(MONDAY, 60), *dropped))
        assert bars.previous_close is None
        assert bars.no_previous == reason

    def test_a_missing_bar_further_back_does_not_matter_to_it(self) -> None:
        bars = bars_on(without(days_to(MONDAY, 60), "2025-01-23"))
        assert bars.previous_close == bars.close[-2]
        assert bars.missing.tolist() == [day("2025-01-23")]
        assert not bars.follows[-2]
        assert bars.follows[-1]

    @pytest.mark.parametrize(
        ("calendar", "last", "before"),
        [
            ("XLON", "2025-08-26", "2025-08-22"),  # over the Summer Bank Holiday
            ("XTKS", "2025-05-07", "2025-05-02"),  # over Golden Week
            ("24/7", "2025-01-27", "2025-01-26"),
            ("24/5", "2025-01-27", "2025-01-24"),
            ("CME", "2025-01-21", "2025-01-17"),  # the holiday may have a bar or not
        ],
    )
    def test_every_listing_goes_by_its_own_calendar(
        self, calendar: str, last: str, before: str
    ) -> None:
        ends = np.array([before, last], dtype="datetime64[D]")
        whole = bars_on(ends, calendar)
        assert whole.no_previous is None
        assert not whole.missing.size
        assert bars_on(ends - np.array([1, 0], "timedelta64[D]"), calendar).no_previous

    def test_the_first_bar_of_all_has_none(self) -> None:
        assert bars_on(days_to(MONDAY, 1)).no_previous == "no bar of an earlier session"

    def test_the_last_bar_on_another_basis_has_none(self) -> None:
        change = Break(MONDAY, "the jump of 2025-01-27")
        bars = bars_on(days_to(MONDAY, 5), basis_changes=(change,))
        assert bars.no_previous == "the jump of 2025-01-27"
        assert bars.unbroken.no_previous == "no bar before the jump of 2025-01-27"


class TestBreaks:
    @pytest.mark.parametrize("gap", range(1, 9))
    def test_an_average_may_reach_over_five_missing_sessions_and_not_over_six(
        self, gap: int
    ) -> None:
        days = np.delete(days_to(MONDAY, 60), np.arange(30, 30 + gap))
        bars = bars_on(days)
        if gap <= LONGEST_GAP:
            assert bars.breaks == ()
            assert bars.unbroken is bars
            return
        reason = f"the hole of {days[29]} .. {days[30]}"
        assert bars.breaks == (Break(days[30].item(), reason),)
        rest = bars.unbroken
        assert rest.sessions.tolist() == days[30:].tolist()
        assert rest.close.tolist() == bars.close[30:].tolist()
        assert rest.extent == f"{60 - 30 - gap} since {reason}"

    def test_a_closed_fortnight_is_no_hole(self) -> None:
        bars = bars_on(days_to(day("2024-10-15"), 30, "XSHG"), "XSHG")  # over the Golden Week
        assert bars.breaks == ()

    def test_unknown_holidays_make_no_hole(self) -> None:
        days = np.array(["2025-01-06", "2025-02-03"], dtype="datetime64[D]")
        bars = bars_on(days, "Africa/Cairo 1111001 10:00-14:30")
        assert bars.breaks == ()
        assert bars.no_previous is None

    def test_runs_are_all_the_bars(self) -> None:
        days = np.delete(days_to(MONDAY, 60), [*range(10, 20), *range(40, 48)])
        bars = bars_on(days, basis_changes=(Break(days[-2].item(), "a jump"),))
        runs = bars.runs()
        assert [len(run) for run in runs] == [10, 20, 10, 2]
        assert np.concatenate([run.close for run in runs]).tolist() == bars.close.tolist()

    def test_cut_before_a_break_it_is_not_known_yet(self) -> None:
        days = np.delete(days_to(MONDAY, 60), np.arange(40, 50))
        bars = bars_on(days)
        assert bars.upto(days[39].item()).breaks == ()
        assert len(bars.upto(days[39].item()).unbroken) == 40


class TestStatedClose:
    def test_it_stands_in_for_the_missing_bar(self) -> None:
        bars = bars_on(without(days_to(MONDAY, 60), "2025-01-24"))
        stated = bars.with_stated_close(day("2025-01-24"), 90.0)
        assert stated.previous_close == 90.0
        assert stated.sessions.tolist() == days_to(MONDAY, 60).tolist()
        assert np.isnan(stated.low[-2])
        assert stated.adj_close is not None
        assert stated.adj_close[-2] == pytest.approx(81.0)
        assert "the close of 2025-01-24 is the one the source states" in stated.notes[-1].text

    def test_a_bar_that_is_there_is_left_alone(self) -> None:
        bars = bars_on(days_to(MONDAY, 60))
        assert bars.with_stated_close(day("2025-01-24"), 90.0) is bars

    def test_as_of_a_day_before_it_nothing_is_said_of_it(self) -> None:
        bars = bars_on(without(days_to(MONDAY, 60), "2025-01-24"))
        stated = bars.with_stated_close(day("2025-01-24"), 90.0)
        assert stated.upto(day("2025-01-23")).notes == ()


class TestAnyBarDropped:
    @given(
        st.sampled_from(["XNYS", "XLON", "XTKS", "24/7", "24/5", "CME"]),
        st.dates(dt.date(2004, 1, 1), dt.date(2024, 1, 1)),
        st.sets(st.integers(1, 78), max_size=40),
    )
    def test_previous_and_breaks_follow_from_the_calendar(
        self, calendar: str, start: dt.date, dropped: set[int]
    ) -> None:
        listing = calendar_named(calendar)
        days = listing.sessions_between(start, start + dt.timedelta(days=200))[:80]
        required = np.array([d.item().toordinal() not in listing.optional for d in days])
        remaining = np.array([i for i in range(80) if i not in dropped])
        bars = bars_on(days[remaining], calendar)
        gaps = [int(required[a + 1 : b].sum()) for a, b in pairwise(remaining)]
        assert (bars.previous_close is None) == (gaps[-1] > 0)
        assert bars.follows[1:].tolist() == [gap == 0 for gap in gaps]
        holes = [days[remaining[i + 1]].item() for i, gap in enumerate(gaps) if gap > LONGEST_GAP]
        assert [one.session for one in bars.breaks] == holes
        assert len(bars.missing) == sum(gaps)
        assert bars.unbroken.breaks == ()
        if bars.no_previous and gaps[-1] == 1:
            gone = days[remaining[-2] + 1 : remaining[-1]]
            assert bars.no_previous == no_bar_of(gone[required[remaining[-2] + 1 : remaining[-1]]])


class TestDigest:
    def test_of_equal_bars_is_equal(self) -> None:
        bars = make_bars(walk(60))
        same = replace(bars, close=bars.close.copy(), sessions=bars.sessions.copy())
        assert same.digest == bars.digest

    @pytest.mark.parametrize("name", [spec.name for spec in fields(Bars)])
    def test_another_value_of_any_field_gives_another(self, name: str) -> None:
        bars = make_bars(walk(60))
        value = getattr(bars, name)
        other: Any
        if isinstance(value, np.ndarray):
            changed = value.copy()
            changed[7] += np.timedelta64(1, "D") if name == "sessions" else 1e-9
            other = changed
        elif isinstance(value, bool):
            other = not value
        else:
            other = "of another value"
        changes: dict[str, Any] = {name: other}
        assert replace(bars, **changes).digest != bars.digest
