"""Estimated buy-back blackouts around earnings."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from analytics.model.question import Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Event, EventKind, Moment, Phase
from analytics.studies.calendar.blackouts import blackout_events, window_of
from analytics.studies.calendar.events import CALENDAR, CalendarParameters

D = dt.date
REPORT = Event(D(2025, 1, 30), EventKind.EARNINGS, "AAPL earnings", symbol="AAPL")


def blackouts(start: dt.date, end: dt.date) -> list[Event]:
    friday = D(2025, 1, 24)
    inputs = Inputs(
        Moment(session_close(friday), friday, Phase.CLOSED, False), events={"AAPL": (REPORT,)}
    )
    found = CALENDAR.compute(CalendarParameters(start, end, (Symbol("AAPL"),)), inputs)
    return [event for event in found.events if event.kind is EventKind.BLACKOUT]


class TestWindow:
    def test_six_weeks_before_to_two_sessions_after(self) -> None:
        """Thursday's results: Friday is the first session after, Monday the second."""
        assert window_of(D(2025, 1, 30)) == (D(2024, 12, 19), D(2025, 2, 3))

    def test_results_on_a_weekend_count_from_the_session_before(self) -> None:
        assert window_of(D(2025, 2, 1))[1] == D(2025, 2, 4)


class TestTogether:
    def test_companies_of_one_day_are_one_entry(self) -> None:
        reports = [replace(REPORT, symbol=symbol) for symbol in ("AAPL", "V", "AAPL")]
        [ends] = blackout_events(reports, D(2025, 2, 3), D(2025, 2, 3))
        assert ends.title == "Buy-back blackout ends: AAPL, V"


class TestInTheCalendar:
    def test_both_ends_are_estimates_though_the_report_lies_outside_the_days_shown(self) -> None:
        [begins] = blackouts(D(2024, 12, 16), D(2024, 12, 22))
        [ends] = blackouts(D(2025, 2, 3), D(2025, 2, 9))
        assert (begins.title, begins.day) == ("Buy-back blackout begins: AAPL", D(2024, 12, 19))
        assert (ends.title, ends.day) == ("Buy-back blackout ends: AAPL", D(2025, 2, 3))
        assert [begins.confirmed, ends.confirmed] == [False, False]

    def test_between_its_ends_there_is_no_entry(self) -> None:
        assert blackouts(D(2025, 1, 6), D(2025, 1, 12)) == []
