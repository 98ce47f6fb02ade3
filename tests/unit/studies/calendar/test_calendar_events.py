"""The calendar: the Fed's meetings, closures, expiries, ex-dates, earnings by size, outcomes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.question import AGENDA, Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import BadInput, Event, EventKind, Moment, Phase
from analytics.sources.demo import DemoSource
from analytics.studies.calendar.events import (
    CALENDAR,
    Calendar,
    CalendarParameters,
    arrange,
    week_of,
)
from analytics.studies.calendar.exchange_rules import (
    closure_events,
    ex_dividend_events,
    expiry_events,
    split_events,
)
from analytics.studies.calendar.release_lists import fomc_meetings, list_warnings
from tests.support.builders import FakeSource, make_bars, make_desk, make_frame, walk

D = dt.date
FRIDAY = D(2025, 1, 24)
MONDAY = D(2025, 1, 27)


def moment(day: dt.date) -> Moment:
    return Moment(session_close(day), day, Phase.CLOSED, False)


def calendar(
    start: dt.date, end: dt.date, *events: Event, day: dt.date = FRIDAY, symbols: str = "SPY"
) -> Calendar:
    asked = CalendarParameters(start, end, tuple(Symbol(s) for s in symbols.split()))
    inputs = Inputs(moment(day), events={AGENDA: events})
    return CALENDAR.compute(asked, inputs)


def days_of(found: Calendar, kind: EventKind) -> list[dt.date]:
    return [event.day for event in found.events if event.kind is kind]


class TestMeetings:
    def test_eight_decisions_a_year_four_with_projections(self) -> None:
        for year in (2024, 2025, 2026, 2027):
            meetings = [m for m in fomc_meetings() if m.decision_day.year == year]
            assert len(meetings) == 8
            months = [m.decision_day.month for m in meetings if m.projections]
            assert months == [3, 6, 9, 12]
            assert all((m.decision_day - m.first_day).days == 1 for m in meetings)
            assert all("federalreserve.gov" in m.source for m in meetings)

    def test_january_has_a_decision_at_two_without_projections(self) -> None:
        found = calendar(*week_of(MONDAY))
        [fomc] = [e for e in found.events if e.kind is EventKind.FOMC]
        assert fomc.day == D(2025, 1, 29)
        assert fomc.time == dt.datetime(2025, 1, 29, 19, 0, tzinfo=dt.UTC)
        assert fomc.detail == "without new projections"

    def test_march_brings_the_dot_plot_in_summer_time(self) -> None:
        found = calendar(D(2025, 3, 17), D(2025, 3, 23))
        [fomc] = [e for e in found.events if e.kind is EventKind.FOMC]
        assert fomc.detail == "with new projections (the dot plot)"
        assert fomc.time == dt.datetime(2025, 3, 19, 18, 0, tzinfo=dt.UTC)

    def test_it_warns_before_the_list_runs_out(self) -> None:
        assert list_warnings(D(2027, 8, 1), D(2027, 8, 1), D(2027, 8, 7)) == []
        [warned] = list_warnings(D(2027, 9, 1), D(2027, 9, 1), D(2027, 9, 7))
        assert warned.startswith("The list of the Federal Reserve's meetings ends with 8 Dec 2027")
        [beyond] = list_warnings(FRIDAY, D(2028, 1, 1), D(2028, 1, 7))
        assert "takes the next ones" in beyond
        [before] = list_warnings(FRIDAY, D(2020, 1, 1), D(2020, 1, 7))
        assert before.endswith("begins with 31 Jan 2024.")


class TestClosures:
    @pytest.mark.parametrize(
        ("day", "title"),
        [
            (D(2025, 1, 9), "Exchange closed: special closure"),
            (D(2025, 1, 20), "Exchange closed: Dr. Martin Luther King Jr. Day"),
            (D(2025, 4, 18), "Exchange closed: Good Friday"),
            (D(2025, 11, 28), "Exchange closes at 13:00"),
        ],
    )
    def test_holidays_and_half_days(self, day: dt.date, title: str) -> None:
        assert [event.title for event in closure_events(day, day)] == [title]

    def test_a_weekend_and_a_session_are_no_closures(self) -> None:
        assert closure_events(D(2025, 1, 24), D(2025, 1, 26)) == []


class TestExpiries:
    def test_weekly_monthly_and_quarterly(self) -> None:
        found = expiry_events(D(2025, 3, 1), D(2025, 4, 30))
        details = {event.day: event.detail for event in found}
        assert details == {
            D(2025, 3, 7): "weekly",
            D(2025, 3, 14): "weekly",
            D(2025, 3, 21): "quarterly",
            D(2025, 3, 28): "weekly",
            D(2025, 4, 4): "weekly",
            D(2025, 4, 11): "weekly",
            D(2025, 4, 17): "monthly",  # Good Friday: the Thursday before
            D(2025, 4, 25): "weekly",
        }

    def test_a_half_day_expires_at_its_own_close(self) -> None:
        [event] = expiry_events(D(2025, 11, 24), D(2025, 11, 30))
        assert event.time == dt.datetime(2025, 11, 28, 18, 0, tzinfo=dt.UTC)

    def test_a_window_that_ends_before_a_shut_friday_still_has_its_thursday(self) -> None:
        assert [e.day for e in expiry_events(D(2025, 4, 14), D(2025, 4, 17))] == [D(2025, 4, 17)]


class TestPriceEvents:
    def test_an_ex_dividend_is_read_from_the_adjusted_close(self) -> None:
        bars = make_bars([100.0] * 30, FRIDAY, symbol="A")
        adjusted = np.where(np.arange(30) < 27, 99.0, 100.0)  # 1 dollar at the third last
        [event] = ex_dividend_events(replace(bars, adj_close=adjusted), D(2025, 1, 13), FRIDAY)
        assert event.day == D(2025, 1, 22)
        assert event.actual == pytest.approx(1.0)

    def test_rounding_is_no_dividend(self) -> None:
        bars = make_bars([100.0] * 30, FRIDAY, symbol="A")
        noisy = np.round(bars.close * 0.987654 + np.tile([0.0, 0.004], 15), 2)
        assert ex_dividend_events(replace(bars, adj_close=noisy), D(2025, 1, 2), FRIDAY) == []

    def test_a_split_stands_on_its_session(self) -> None:
        bars = make_bars([100.0] * 30, FRIDAY, symbol="A")
        splits = bars.splits.copy()
        splits[-2] = 10.0
        [event] = split_events(replace(bars, splits=splits), *week_of(FRIDAY))
        assert (event.day, event.title) == (D(2025, 1, 23), "A split 10 for 1")


class TestReleases:
    def test_the_listed_ones_around_january_2025(self) -> None:
        found = calendar(D(2024, 12, 1), D(2025, 2, 28))
        assert days_of(found, EventKind.PCE) == [D(2024, 12, 20), D(2025, 1, 31), D(2025, 2, 28)]
        assert days_of(found, EventKind.CPI) == [D(2024, 12, 11), D(2025, 1, 15), D(2025, 2, 12)]
        assert days_of(found, EventKind.JOBS) == [D(2024, 12, 6), D(2025, 1, 10), D(2025, 2, 7)]

    def test_the_source_s_own_entry_replaces_the_listed_one(self) -> None:
        at = dt.datetime(2025, 1, 31, 13, 30, tzinfo=dt.UTC)
        release = Event(
            D(2025, 1, 31), EventKind.PCE, "Core PCE", at,
            expected=2.8, previous=2.8, actual=2.7,
        )  # fmt: skip
        found = calendar(*week_of(MONDAY), release)
        [pce] = [e for e in found.events if e.kind is EventKind.PCE]
        assert (pce.title, pce.expected) == ("Core PCE", 2.8)
        assert pce.actual is None, "it comes out after the moment"
        later = calendar(*week_of(MONDAY), release, day=D(2025, 1, 31))
        assert [e.actual for e in later.events if e.kind is EventKind.PCE] == [2.7]

    def test_without_a_list_or_a_source_it_says_so(self) -> None:
        desk = make_desk(FakeSource({"SPY": make_frame(walk(100))}))
        asked = CalendarParameters(D(2025, 11, 3), D(2025, 11, 9), (Symbol("SPY"), Symbol("MSFT")))
        got = desk.ask(CALENDAR, asked, FRIDAY)
        desk.close()
        assert got.result is not None
        assert got.result.absences == {
            "earnings of MSFT": "Fake has no calendar of companies.",
            "releases": "Fake has no calendar of the market.",
        }
        assert "AGENDA" not in got.provenance.missing
        assert AGENDA not in got.provenance.missing


class TestEarnings:
    def test_the_largest_come_first_whatever_the_order_given(self) -> None:
        day = D(2025, 1, 29)
        sizes = {"SMALL": 10.0, "LARGE": 30.0, "MIDDLE": 20.0}
        given = [
            Event(day, EventKind.EARNINGS, s, symbol=s, market_cap_musd=cap)
            for s, cap in sizes.items()
        ]
        found = calendar(*week_of(MONDAY), *given)
        assert [(d.day, d.symbols) for d in found.earnings] == [(day, ("LARGE", "MIDDLE", "SMALL"))]

    def test_without_sizes_the_index_weights_order_them(self) -> None:
        day = D(2025, 1, 29)
        given = [Event(day, EventKind.EARNINGS, s, symbol=s) for s in ("TSLA", "ZZZ", "MSFT")]
        assert calendar(*week_of(MONDAY), *given).earnings[0].symbols == ("MSFT", "TSLA", "ZZZ")

    def test_two_classes_of_a_company_report_once(self) -> None:
        goog, googl = (
            Event(MONDAY, EventKind.EARNINGS, f"{s} earnings", symbol=s) for s in ("GOOG", "GOOGL")
        )
        for order in ([goog, googl], [googl, goog]):
            assert [event.symbol for event in arrange(order, MONDAY)] == ["GOOGL"]
        assert [event.symbol for event in arrange([goog], MONDAY)] == ["GOOG"]

    def test_one_company_told_twice_is_one_entry_with_what_both_know(self) -> None:
        day = D(2025, 1, 29)
        one = Event(day, EventKind.EARNINGS, "MSFT earnings", symbol="MSFT", expected=3.1)
        two = replace(one, expected=None, timing="after the close", market_cap_musd=5.0)
        [merged] = arrange([one, two], one.day)
        assert (merged.expected, merged.timing, merged.market_cap_musd) == (
            3.1,
            "after the close",
            5.0,
        )

    def test_the_demo_s_week_has_the_published_dates(self) -> None:
        desk = Desk(DemoSource(), Cache(NoBackend(), Codec(CACHED_TYPES)), deadline_seconds=60.0)
        got = desk.ask(CALENDAR, CalendarParameters(), MONDAY).result
        desk.close()
        assert got is not None
        assert (got.start, got.end) == (MONDAY, D(2025, 2, 2))
        by_day = {one.day: one.symbols for one in got.earnings}
        assert by_day[D(2025, 1, 29)][:3] == ("MSFT", "META", "TSLA")
        assert by_day[D(2025, 1, 30)][0] == "AAPL"


class TestWindow:
    def test_the_default_is_the_week_of_the_session(self) -> None:
        got = CALENDAR.compute(CalendarParameters(), Inputs(moment(FRIDAY)))
        assert (got.start, got.end) == (D(2025, 1, 20), D(2025, 1, 26))

    def test_an_upside_down_or_endless_window_is_refused(self) -> None:
        for start, end in ((D(2025, 1, 2), D(2025, 1, 1)), (D(2024, 1, 1), D(2026, 1, 1))):
            with pytest.raises(BadInput, match="a span of 1 to 371 days"):
                calendar(start, end)

    def test_days_beyond_the_exchange_s_calendar_are_refused(self) -> None:
        for year in (1980, 2090):
            with pytest.raises(BadInput, match="outside the exchange's calendar"):
                calendar(D(year, 1, 1), D(year, 1, 7))

    def test_it_answers_while_the_source_is_down(self) -> None:
        source = FakeSource({"SPY": make_frame(walk(100))}, errors={"*": OSError("down")})
        desk = make_desk(source)
        got = desk.ask(CALENDAR, CalendarParameters(D(2025, 1, 27), D(2025, 2, 2)), FRIDAY)
        desk.close()
        assert got.result is not None
        assert days_of(got.result, EventKind.FOMC) == [D(2025, 1, 29)]
