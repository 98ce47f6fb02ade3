"""Listing calendars: the committed tables against exchange_calendars, and what no library says."""

from __future__ import annotations

import datetime as dt
import time
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.model.build_calendars import EXCHANGES, build
from analytics.model.calendars import (
    FIRST_DAY,
    LAST_DAY,
    ListingCalendar,
    calendar_named,
    codes,
    week_code,
)
from analytics.model.vocabulary import BadInput, Phase

pytestmark = pytest.mark.filterwarnings("ignore:.*weekday is deprecated")

FACTORIES = exchange_calendars.calendar_utils._default_calendar_factories
COMPARED_WITH_THE_LIBRARY = ("XNYS", "XLON", "XOSL", "XTKS", "XHKG", "XBOM")


def at(text: str, zone: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


class TestTables:
    @pytest.mark.parametrize("code", COMPARED_WITH_THE_LIBRARY)
    def test_sessions_and_bells_are_the_librarys(self, code: str) -> None:
        made = FACTORIES[code]
        first = max(pd.Timestamp(FIRST_DAY), made.bound_min() or pd.Timestamp(FIRST_DAY))
        last = min(pd.Timestamp(LAST_DAY), made.bound_max() or pd.Timestamp(LAST_DAY))
        theirs, ours = made(start=first, end=last), calendar_named(code)
        sessions = ours.sessions_between(first.date(), last.date())
        assert np.array_equal(sessions, theirs.sessions.values.astype("datetime64[D]"))
        for bell, name in ((ours.open, "open"), (ours.close, "close")):
            times = [bell(session.item()).timestamp() for session in sessions]
            there = (
                theirs.schedule[name]
                .dt.tz_localize(None)
                .to_numpy()
                .astype("datetime64[s]")
                .astype(np.int64)
            )
            assert times == there.tolist()

    def test_every_exchange_has_a_table_and_every_table_an_exchange(self) -> None:
        assert set(codes()) == {*EXCHANGES, "CME", "US-BONDS"}

    def test_a_table_is_what_the_command_makes(self) -> None:
        import json

        from analytics.model.calendars import TABLES

        assert json.loads((TABLES / "XNYS.json").read_text()) == build("XNYS")

    def test_holidays_have_the_librarys_names(self) -> None:
        theirs = FACTORIES["XNYS"](start="2020-01-01", end="2030-12-31").regular_holidays
        named = theirs.holidays("2020-01-01", "2030-12-31", return_name=True)
        ours = calendar_named("XNYS")
        assert {d.date(): name for d, name in named.items() if d.day_of_week < 5} == {
            d: name for d, name in ours.holidays.items() if 2020 <= d.year <= 2030
        }

    @pytest.mark.parametrize("code", [*sorted({*EXCHANGES}), "CME", "24/5", "24/7"])
    def test_every_calendar_answers_now(self, code: str) -> None:
        calendar, now = calendar_named(code), at("2026-11-30T12:00", "UTC")
        session = calendar.current_session(now)
        assert calendar.open(session) <= now < calendar.next_open(now)
        assert calendar.open(session) < calendar.close(session)
        assert 0 <= (now.date() - session).days < 6


CALENDARS = st.sampled_from(["XNYS", "XLON", "XTKS", "XHKG", "XSAU", "BVMF", "CME", "24/5", "24/7"])
TIMES = st.integers(883_612_800, 2_082_758_400).map(lambda s: dt.datetime.fromtimestamp(s, dt.UTC))


class TestProperties:
    @given(CALENDARS, TIMES)
    def test_the_current_session_is_the_last_that_opened(self, code: str, now: dt.datetime) -> None:
        calendar = calendar_named(code)
        session = calendar.current_session(now)
        following = calendar.next_session(session)
        assert calendar.open(session) <= now < calendar.open(following)
        assert calendar.next_open(now) == calendar.open(following)
        assert calendar.previous_session(following) == session
        is_open = now < calendar.close(session)
        assert (calendar.phase_at(now) is Phase.OPEN) == is_open
        assert (calendar.minutes_to_close(now) is not None) == is_open

    @given(CALENDARS, st.dates(dt.date(1998, 1, 1), dt.date(2035, 1, 1)), st.integers(1, 90))
    def test_steps_count_what_the_span_lists(self, code: str, start: dt.date, count: int) -> None:
        calendar = calendar_named(code)
        first = calendar.session_on_or_before(start)
        last = calendar.next_session(first, count)
        assert len(calendar.sessions_between(first, last)) == count + 1
        assert calendar.previous_session(last, count) == first
        assert calendar.is_session(first)
        assert (calendar.closure(start) is None) == (first == start)

    @given(
        CALENDARS,
        st.dates(dt.date(1998, 1, 1), dt.date(2034, 1, 1)),
        st.lists(st.integers(1, 58), max_size=20, unique=True),
    )
    def test_the_days_left_out_are_the_missing_ones(
        self, code: str, start: dt.date, dropped: list[int]
    ) -> None:
        calendar = calendar_named(code)
        days = calendar.sessions_between(start, start + dt.timedelta(days=130))[:60]
        remaining = np.delete(days, dropped)
        missing = calendar.without_bar(remaining)
        required = [d for d in days[dropped] if d.item().toordinal() not in calendar.optional]
        assert sorted(missing.tolist()) == sorted(d.item() for d in required)
        assert not calendar.off_calendar(days).any()


class TestMarkets:
    def test_london_closes_at_half_past_four_and_early_on_christmas_eve(self) -> None:
        london = calendar_named("XLON")
        assert london.close(day("2025-01-24")) == at("2025-01-24T16:30", "Europe/London")
        assert london.close(day("2024-12-24")) == at("2024-12-24T12:30", "Europe/London")
        assert london.is_half_day(day("2024-12-24"))
        assert not london.is_session(day("2025-08-25"))  # Summer Bank Holiday, no US holiday
        assert london.is_session(day("2025-02-17"))  # Presidents' Day
        assert london.phase_at(at("2025-01-24T07:30", "Europe/London")) is Phase.CLOSED

    def test_tokyos_day_and_lunch(self) -> None:
        tokyo = calendar_named("XTKS")
        assert tokyo.close(day("2024-11-01")) == at("2024-11-01T15:00", "Asia/Tokyo")
        assert tokyo.close(day("2024-11-05")) == at("2024-11-05T15:30", "Asia/Tokyo")
        monday_evening = at("2025-01-27T19:30", "America/New_York")  # Tokyo 9:30 on Tuesday
        assert tokyo.current_session(monday_evening) == day("2025-01-28")
        assert tokyo.on_lunch_break(at("2025-01-28T11:45", "Asia/Tokyo"))
        assert not tokyo.on_lunch_break(at("2025-01-28T12:30", "Asia/Tokyo"))

    def test_new_york_has_a_pre_market(self) -> None:
        calendar = calendar_named("XNYS")
        assert calendar.phase_at(at("2025-01-27T04:00", "America/New_York")) is Phase.PRE
        assert calendar.holiday_name(day("2025-01-20")) == "Dr. Martin Luther King Jr. Day"
        assert calendar.closure(day("2025-01-09")) == "a special closure"

    def test_a_coin_trades_every_day_to_midnight_utc(self) -> None:
        coins = calendar_named("24/7")
        sunday = at("2025-01-26T12:00", "UTC")
        assert coins.current_session(sunday) == day("2025-01-26")
        assert coins.close(day("2025-01-26")) == at("2025-01-27T00:00", "UTC")
        assert coins.phase_at(sunday) is Phase.OPEN

    def test_a_currency_rests_at_weekends_and_may_miss_christmas(self) -> None:
        currencies = calendar_named("24/5")
        assert not currencies.is_session(day("2025-01-25"))
        assert currencies.is_session(day("2025-12-25"))
        days = currencies.sessions_between(day("2025-12-22"), day("2025-12-31"))
        assert not currencies.without_bar(days[days != np.datetime64("2025-12-25")]).size
        assert currencies.without_bar(days[days != np.datetime64("2025-12-24")]).size == 1

    def test_a_futures_session_begins_on_the_evening_before(self) -> None:
        futures = calendar_named("CME")
        sunday = at("2025-01-26T18:30", "America/New_York")
        assert futures.current_session(sunday) == day("2025-01-27")
        assert futures.current_session(at("2025-01-26T17:59", "America/New_York")) == day(
            "2025-01-24"
        )
        assert futures.phase_at(at("2025-01-27T17:30", "America/New_York")) is Phase.CLOSED
        assert not futures.is_session(day("2025-12-25"))
        days = futures.sessions_between(day("2025-01-15"), day("2025-01-24"))
        assert not futures.without_bar(days[days != np.datetime64("2025-01-20")]).size

    def test_years_the_table_does_not_know_are_weekdays_that_no_bar_is_missed_on(self) -> None:
        bombay = calendar_named("XBOM")
        days = bombay.sessions_between(day("2027-01-01"), day("2027-03-01"))
        assert len(days) == 42
        assert not bombay.without_bar(days[[0, -1]]).size

    def test_a_market_of_which_only_the_week_is_known(self) -> None:
        cairo = calendar_named(week_code("Africa/Cairo", (600, 870), "1111001"))
        assert cairo.is_session(day("2025-01-26"))  # a Sunday
        assert not cairo.is_session(day("2025-01-24"))
        assert cairo.close(day("2025-01-26")) == at("2025-01-26T14:30", "Africa/Cairo")
        assert not cairo.without_bar(np.array(["2025-01-05", "2025-01-26"], "datetime64[D]")).size

    def test_an_unknown_code_and_a_day_that_is_no_session_are_refused(self) -> None:
        with pytest.raises(BadInput, match="no trading calendar 'XXXX'"):
            calendar_named("XXXX")
        with pytest.raises(BadInput, match="not a session of the London Stock Exchange"):
            calendar_named("XLON").close(day("2025-12-25"))


class TestSpeed:
    def test_an_answer_takes_microseconds(self) -> None:
        calendar = calendar_named("XNYS")
        now, session = at("2025-01-27T18:00", "UTC"), day("2025-01-27")
        for ask in (
            lambda: calendar.close(session),
            lambda: calendar.previous_session(session),
            lambda: calendar.is_session(session),
            lambda: calendar.current_session(now),
            lambda: calendar.phase_at(now),
        ):
            assert best_of(ask) < 20e-6  # 1 to 3 in fact; a look-up through pandas takes 74 to 150


def best_of(ask: object, calls: int = 200, tries: int = 20) -> float:
    assert callable(ask)
    fastest = float("inf")
    for _ in range(tries):
        begun = time.perf_counter()
        for _ in range(calls):
            ask()
        fastest = min(fastest, (time.perf_counter() - begun) / calls)
    return fastest


def test_a_calendar_is_read_once() -> None:
    first: ListingCalendar = calendar_named("XLON")
    assert calendar_named("XLON") is first
