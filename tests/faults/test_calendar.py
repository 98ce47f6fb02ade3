"""The exchange's calendar has exceptions: DST, half-days, closures; a viewer sees each right."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from analytics.model import sessions
from analytics.model.vocabulary import Phase
from components.frame import data_health as health
from components.frame import panels
from tests.support.builders import Clock, FakeSource, make_frame, walk
from tests.support.fault_stage import Stage, desk_on, new_york, said, text_of

HALF_DAYS = ("2025-07-03", "2025-11-28", "2025-12-24")


def stage_at(day: str, clock: str) -> Stage:
    """All of the market with bars up to the session that runs, or ran last, then."""
    now = new_york(day, clock)
    last = sessions.current_session(now)
    frames = {
        name: make_frame(walk(300, seed), last)
        for seed, name in enumerate(("SPY", "QQQ", "DIA", "IWM", "TEST"))
    }
    time = Clock(now)
    return Stage(desk_on(FakeSource(frames, time), time), time)


def strip_of(stage: Stage) -> str:
    line: Any = panels.plain(health.phase_line(stage.desk.moment()))
    return " ".join(text_of(line).split())


def badge_of(stage: Stage) -> str:
    return str(stage.see("supports/price", symbol="TEST")["badge"]["freshness"])


class TestHalfDays:
    @pytest.mark.parametrize("day", HALF_DAYS)
    def test_before_one_o_clock_it_counts_down_to_it(self, day: str) -> None:
        stage = stage_at(day, "12:30")
        assert strip_of(stage).startswith("Open 30 min to the close (half-day)")
        assert badge_of(stage) == "LIVE"
        shown = said(stage.see("market/answer"))
        assert "30 min" in shown

    @pytest.mark.parametrize("day", HALF_DAYS)
    def test_from_one_o_clock_the_close_has_decided(self, day: str) -> None:
        stage = stage_at(day, "13:00")
        assert strip_of(stage).startswith("Closed (half-day) next open")
        assert badge_of(stage) == "CLOSED"
        text = said(stage.see("supports/ladder", symbol="TEST"))
        for provisional in ("testing", "reclaiming", "under"):
            assert provisional not in text.split()

    @pytest.mark.parametrize("day", HALF_DAYS)
    def test_its_close_can_be_asked_for_at_once(self, day: str) -> None:
        stage = stage_at(day, "13:01")
        moment = stage.desk.moment(dt.date.fromisoformat(day))
        assert moment.time == new_york(day, "13:00")


class TestDaylightSaving:
    @pytest.mark.parametrize(
        ("day", "utc"),
        [
            ("2025-03-07", "14:30"),  # the last winter session
            ("2025-03-10", "13:30"),  # the first of summer
            ("2025-10-31", "13:30"),
            ("2025-11-03", "14:30"),
        ],
    )
    def test_the_bell_rings_at_half_past_nine_on_both_sides(self, day: str, utc: str) -> None:
        opens = sessions.session_open(dt.date.fromisoformat(day))
        assert f"{opens:%H:%M}" == utc
        stage = stage_at(day, "09:30")
        assert strip_of(stage).startswith("Open 6 h 30 min to the close")
        assert badge_of(stage) == "LIVE"

    def test_the_countdown_over_the_change_is_in_real_hours(self) -> None:
        stage = stage_at("2025-03-07", "16:00")
        opens = sessions.next_open(stage.clock.time)
        assert opens - stage.clock.time == dt.timedelta(days=2, hours=16, minutes=30)
        assert "next open Mon 10 Mar 2025, 09:30 EDT" in strip_of(stage)

    def test_sessions_around_it_keep_their_dates(self) -> None:
        stage = stage_at("2025-03-10", "12:00")
        shown = stage.see("supports/price", symbol="TEST")
        assert "Mon 10 Mar 2025, 12:00 EDT" in shown["subtitle"]


class TestClosures:
    @pytest.mark.parametrize(
        ("day", "why", "opens"),
        [
            ("2025-01-09", "a special closure", "Fri 10 Jan 2025, 09:30 EST"),
            ("2025-01-20", "Dr. Martin Luther King Jr. Day", "Tue 21 Jan 2025, 09:30 EST"),
            ("2025-01-25", "the weekend", "Mon 27 Jan 2025, 09:30 EST"),
            ("2025-11-27", "Thanksgiving", "Fri 28 Nov 2025, 09:30 EST (half-day)"),
        ],
    )
    def test_the_last_session_stands_and_the_reason_is_said(
        self, day: str, why: str, opens: str
    ) -> None:
        stage = stage_at(day, "12:00")
        assert stage.desk.moment().phase is Phase.CLOSED
        assert strip_of(stage).startswith(f"Closed for {why} next open {opens}")
        shown = stage.see("supports/price", symbol="TEST")
        last = sessions.session_on_or_before(dt.date.fromisoformat(day))
        assert shown["badge"]["freshness"] == "CLOSED"
        assert f"{last.day} {last:%b %Y}" in shown["subtitle"]

    def test_a_date_without_a_session_is_the_one_before(self) -> None:
        stage = stage_at("2025-01-13", "12:00")
        assert stage.desk.moment(dt.date(2025, 1, 9)).session == dt.date(2025, 1, 8)
        assert stage.see("supports/price", symbol="TEST", as_of="2025-01-09")["absence"] is None
