"""The exchange's calendar: holidays, half-days, special closures, phases, minutes to the close."""

from __future__ import annotations

import datetime as dt

import pytest

from analytics.model import sessions
from analytics.model.vocabulary import BadInput, Phase

HALF_DAY = dt.date(2025, 11, 28)
MONDAY = dt.date(2025, 1, 27)


def new_york(day: dt.date, hour: int, minute: int = 0, second: int = 0) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=sessions.NEW_YORK)


class TestSessions:
    @pytest.mark.parametrize(
        ("day", "trades"),
        [
            (dt.date(2025, 1, 9), False),  # a special closure: national day of mourning
            (dt.date(2025, 1, 20), False),
            (dt.date(2025, 1, 25), False),
            (MONDAY, True),
            (HALF_DAY, True),
        ],
    )
    def test_which_days_trade(self, day: dt.date, trades: bool) -> None:
        assert sessions.is_session(day) is trades

    def test_a_weekend_snaps_back_and_steps_skip_closures(self) -> None:
        assert sessions.session_on_or_before(dt.date(2025, 1, 26)) == dt.date(2025, 1, 24)
        assert sessions.session_on_or_before(dt.date(2025, 1, 9)) == dt.date(2025, 1, 8)
        assert sessions.next_session(dt.date(2025, 1, 8)) == dt.date(2025, 1, 10)
        assert sessions.previous_session(dt.date(2025, 1, 10), 2) == dt.date(2025, 1, 7)

    def test_the_list_of_a_span(self) -> None:
        got = sessions.sessions_between(dt.date(2025, 1, 8), dt.date(2025, 1, 13)).tolist()
        assert got == [dt.date(2025, 1, 8), dt.date(2025, 1, 10), dt.date(2025, 1, 13)]

    @pytest.mark.parametrize("day", [dt.date(1980, 1, 1), dt.date(2099, 1, 1)])
    def test_years_without_a_calendar_are_refused(self, day: dt.date) -> None:
        with pytest.raises(BadInput, match="outside the exchange's calendar"):
            sessions.session_on_or_before(day)


class TestBells:
    def test_a_regular_day_in_winter_and_summer(self) -> None:
        assert sessions.session_close(MONDAY) == dt.datetime(2025, 1, 27, 21, tzinfo=dt.UTC)
        summer = dt.date(2025, 7, 1)
        assert sessions.session_open(summer) == dt.datetime(2025, 7, 1, 13, 30, tzinfo=dt.UTC)

    def test_a_half_day_closes_at_one(self) -> None:
        assert sessions.session_close(HALF_DAY) == new_york(HALF_DAY, 13)
        assert sessions.is_half_day(HALF_DAY)
        assert not sessions.is_half_day(MONDAY)


class TestPhases:
    @pytest.mark.parametrize(
        ("hour", "minute", "phase"),
        [
            (3, 59, Phase.CLOSED),
            (4, 0, Phase.PRE),
            (9, 29, Phase.PRE),
            (9, 30, Phase.OPEN),
            (15, 59, Phase.OPEN),
            (16, 0, Phase.CLOSED),
        ],
    )
    def test_of_a_day(self, hour: int, minute: int, phase: Phase) -> None:
        assert sessions.phase_at(new_york(MONDAY, hour, minute)) is phase

    def test_a_half_day_and_a_weekend(self) -> None:
        assert sessions.phase_at(new_york(HALF_DAY, 12, 59)) is Phase.OPEN
        assert sessions.phase_at(new_york(HALF_DAY, 13)) is Phase.CLOSED
        assert sessions.phase_at(new_york(dt.date(2025, 1, 26), 12)) is Phase.CLOSED

    def test_the_session_begins_at_its_bell(self) -> None:
        friday = dt.date(2025, 1, 24)
        assert sessions.current_session(new_york(MONDAY, 9, 29)) == friday
        assert sessions.current_session(new_york(MONDAY, 9, 30)) == MONDAY
        assert sessions.current_session(new_york(dt.date(2025, 1, 26), 12)) == friday

    def test_utc_and_new_york_name_the_same_moment(self) -> None:
        late = dt.datetime(2025, 1, 28, 2, tzinfo=dt.UTC)  # still Monday evening in New York
        assert sessions.current_session(late) == MONDAY


class TestMinutesToTheClose:
    def test_rounded_up_and_none_when_shut(self) -> None:
        assert sessions.minutes_to_close(new_york(MONDAY, 13, 50)) == 130
        assert sessions.minutes_to_close(new_york(MONDAY, 15, 59, 1)) == 1
        assert sessions.minutes_to_close(new_york(HALF_DAY, 12, 30)) == 30
        assert sessions.minutes_to_close(new_york(MONDAY, 16)) is None
        assert sessions.minutes_to_close(new_york(MONDAY, 9)) is None
