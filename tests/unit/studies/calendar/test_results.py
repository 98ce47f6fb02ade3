"""Earnings results: surprise, and the session that the price reacted in."""

from __future__ import annotations

import datetime as dt

import pytest

from analytics.model.question import AGENDA, Inputs, Symbol
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Event, EventKind, Moment, Phase
from analytics.studies.calendar.events import CALENDAR, CalendarParameters
from analytics.studies.calendar.results import EarningsResult, earnings_results
from tests.support.builders import make_bars

D = dt.date
FRIDAY, MONDAY = D(2025, 1, 24), D(2025, 1, 27)
BARS = make_bars([100.0, 102.0, 110.0, 99.0], MONDAY, symbol="TEST")
"""Wednesday 22 to Monday 27 January 2025."""


def report(
    day: dt.date, timing: str, actual: float | None = 1.2, expected: float | None = 1.0
) -> Event:
    return Event(
        day, EventKind.EARNINGS, "TEST earnings", timing=timing, symbol="TEST",
        actual=actual, expected=expected,
    )  # fmt: skip


def result(event: Event) -> EarningsResult:
    [found] = earnings_results([event], {"TEST": BARS})
    return found


class TestSurprise:
    @pytest.mark.parametrize(
        ("actual", "expected", "surprise"),
        [(1.2, 1.0, 20.0), (-0.5, -0.4, -25.0), (0.1, -0.1, 200.0), (1.0, 0.0, None)],
    )
    def test_against_the_size_of_what_was_expected(
        self, actual: float, expected: float, surprise: float | None
    ) -> None:
        found = result(report(FRIDAY, "", actual, expected)).surprise_pct
        assert found == (None if surprise is None else pytest.approx(surprise))

    def test_without_an_expectation_there_is_none(self) -> None:
        assert result(report(FRIDAY, "", expected=None)).surprise_pct is None

    def test_a_report_that_is_not_out_is_no_result(self) -> None:
        assert earnings_results([report(FRIDAY, "", actual=None)], {}) == ()


class TestReaction:
    def test_after_the_close_it_is_the_next_session(self) -> None:
        found = result(report(FRIDAY, "after the close"))
        assert (found.reaction_session, found.reaction_pct) == (MONDAY, pytest.approx(-10.0))

    def test_before_the_open_it_is_the_day_s_own(self) -> None:
        found = result(report(MONDAY, "before the open"))
        assert (found.reaction_session, found.reaction_pct) == (MONDAY, pytest.approx(-10.0))

    def test_a_report_of_a_weekend_moves_monday(self) -> None:
        assert result(report(D(2025, 1, 25), "before the open")).reaction_session == MONDAY

    @pytest.mark.parametrize("event", [report(FRIDAY, ""), report(MONDAY, "after the close")])
    def test_an_unknown_hour_or_a_session_to_come_has_none(self, event: Event) -> None:
        found = result(event)
        assert (found.reaction_session, found.reaction_pct) == (None, None)

    def test_without_prices_there_is_none(self) -> None:
        [found] = earnings_results([report(FRIDAY, "after the close")], {})
        assert found.reaction_pct is None


class TestInTheCalendar:
    def test_a_result_is_not_seen_before_it_is_out(self) -> None:
        event = report(MONDAY, "after the close")
        for day, count in ((FRIDAY, 0), (D(2025, 1, 28), 1)):
            moment = Moment(session_close(day), day, Phase.CLOSED, False)
            asked = CalendarParameters(D(2025, 1, 20), D(2025, 1, 31), (Symbol("TEST"),))
            found = CALENDAR.compute(asked, Inputs(moment, events={AGENDA: (event,)}))
            assert len(found.results) == count
