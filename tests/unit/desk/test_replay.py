"""Replay: a session's bar made of minutes, the steps between moments, and the desk at a minute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.desk.replay import (
    bars_at,
    contradiction,
    first_minute,
    minutes_as_of,
    moment_of,
    step,
)
from analytics.model.parameters import as_of_text, parse_as_of
from analytics.model.question import Symbol
from analytics.model.sessions import NEW_YORK, session_close, session_open
from analytics.model.vocabulary import BadInput, Bars, Freshness, MinuteBars, NotAvailable, Phase
from analytics.sources.base import RawBars
from analytics.sources.demo import DemoClock, DemoSource
from analytics.sources.validate import clean_bars, clean_minutes
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from components.server.replay_routes import newest_with_minutes
from tests.support.builders import Clock, FakeSource, make_desk, make_frame

FRIDAY = dt.date(2025, 1, 24)
MONDAY = dt.date(2025, 1, 27)
TUESDAY = dt.date(2025, 1, 28)
TEN = dt.datetime(2025, 1, 27, 10, tzinfo=NEW_YORK)


def minute_frame(
    closes: list[float], session: dt.date = MONDAY, first: int = 0, volume: float = 10.0
) -> pd.DataFrame:
    """Minutes that each open a cent under their close and reach a cent above."""
    start = pd.Timestamp(session_open(session)) + pd.Timedelta(minutes=first)
    close = np.array(closes)
    return pd.DataFrame(
        {
            "open": close - 0.01,
            "high": close + 0.01,
            "low": close - 0.02,
            "close": close,
            "volume": volume,
        },
        index=pd.date_range(start, periods=len(closes), freq="min"),
    )


def minutes_of(closes: list[float], **more: Any) -> MinuteBars:
    minutes, rejected = clean_minutes(RawBars("SPY", minute_frame(closes, **more)), MONDAY)
    assert not rejected
    return minutes


def bars_of(
    closes: list[float], last: dt.date = MONDAY, splits: dict[int, float] | None = None
) -> Bars:
    bars, rejected = clean_bars(RawBars("SPY", make_frame(closes, last, splits=splits)))
    assert not rejected
    return bars


def at(minute: int) -> dt.datetime:
    return session_open(MONDAY) + dt.timedelta(minutes=minute)


class TestContradiction:
    """Minutes stand against the day's own bar: 99 to 101 here."""

    def day(self, **more: Any) -> Bars:
        return replace(bars_of([100.0, 100.0]), **more)

    @pytest.mark.parametrize("by", [1.02, 0.98, 2.0, 0.01])
    def test_minutes_beyond_the_days_range(self, by: float) -> None:
        minutes = minutes_of([100.5 * by, 99.5 * by])
        reason = contradiction(minutes, self.day())
        assert reason is not None
        assert reason.endswith("daily bar between 99 and 101: they contradict each other.")

    @pytest.mark.parametrize("closes", [[99.0, 101.0], [98.6, 101.4], [100.0]])
    def test_minutes_within_it_or_nearly_so(self, closes: list[float]) -> None:
        assert contradiction(minutes_of(closes), self.day()) is None

    def test_of_a_running_bar_those_that_had_ended_count(self) -> None:
        minutes = minutes_of([100.0, 100.0, 104.0])
        running = self.day(last_complete=False, last_time=at(2))
        assert contradiction(minutes, running) is None
        assert contradiction(minutes, replace(running, last_time=at(3))) is not None

    def test_without_a_bar_of_the_session_or_its_range_nothing_is_known(self) -> None:
        minutes = minutes_of([120.0])
        assert contradiction(minutes, bars_of([100.0, 100.0], FRIDAY)) is None
        nothing = np.full(2, np.nan)
        assert contradiction(minutes, self.day(high=nothing, low=nothing)) is None


class TestBarsAt:
    def test_the_bar_so_far_is_made_of_the_minutes_that_have_ended(self) -> None:
        seen = bars_at(bars_of([100.0, 101.0, 250.0]), minutes_of([99.0, 98.0, 105.0]), at(2))
        assert seen.close.tolist() == [100.0, 101.0, 98.0]
        assert (seen.open[-1], seen.high[-1], seen.low[-1]) == (98.99, 99.01, 97.98)
        assert seen.volume[-1] == 20.0
        assert (seen.last_complete, seen.last_time) == (False, at(2))

    def test_a_minute_counts_only_once_it_is_over(self) -> None:
        bars, minutes = bars_of([100.0, 101.0, 250.0]), minutes_of([99.0, 98.0, 105.0])
        almost = at(3) - dt.timedelta(seconds=1)
        assert bars_at(bars, minutes, almost).close[-1] == 98.0
        assert bars_at(bars, minutes, at(3)).close[-1] == 105.0

    def test_a_gap_in_the_minutes_keeps_the_last_price_and_its_time(self) -> None:
        seen = bars_at(bars_of([100.0, 101.0]), minutes_of([99.0]), at(200))
        assert (seen.close[-1], seen.last_time) == (99.0, at(1))

    def test_where_the_daily_bar_is_not_there_yet_it_is_added(self) -> None:
        seen = bars_at(bars_of([100.0, 101.0], FRIDAY), minutes_of([99.0]), at(1))
        assert seen.close.tolist() == [100.0, 101.0, 99.0]
        assert seen.last_session == MONDAY

    def test_later_splits_are_undone_in_both(self) -> None:
        whole = bars_of([25.0, 26.0, 27.0], TUESDAY, {2: 4.0})
        seen = bars_at(whole, minutes_as_of(minutes_of([24.0]), whole), at(1))
        assert seen.close.tolist() == [100.0, 96.0]
        assert seen.volume[-1] == 2.5

    def test_a_split_of_the_session_itself_has_happened(self) -> None:
        seen = bars_at(bars_of([25.0, 26.0], MONDAY, {1: 4.0}), minutes_of([24.0]), at(1))
        assert seen.close.tolist() == [25.0, 24.0]
        assert seen.splits[-1] == 4.0

    def test_the_total_return_follows_the_price(self) -> None:
        seen = bars_at(bars_of([100.0, 110.0]), minutes_of([99.0]), at(1))
        assert seen.adj_close is not None
        assert seen.adj_close[-1] / seen.adj_close[0] == pytest.approx(0.99)

    def test_before_the_first_minute_there_is_no_price(self) -> None:
        with pytest.raises(NotAvailable, match="no price of 2025-01-27 by this minute"):
            bars_at(bars_of([100.0, 101.0]), minutes_of([99.0]), at(0))

    @given(
        st.lists(st.floats(50, 150), min_size=3, max_size=40),
        st.integers(1, 40),
        st.floats(2, 1000),
    )
    def test_what_comes_later_changes_nothing(
        self, closes: list[float], minute: int, later: float
    ) -> None:
        minute = min(minute, len(closes))
        changed = closes[:minute] + [later] * (len(closes) - minute)
        answers = [
            bars_at(bars_of([100.0, close]), minutes_of(path), at(minute))
            for path, close in ((closes, 101.0), (changed, later))
        ]
        for name in ("open", "high", "low", "close", "volume"):
            assert np.array_equal(getattr(answers[0], name), getattr(answers[1], name))


def stepped(
    as_of: str, count: int, unit: Any, have: set[dt.date], latest: dt.date = TUESDAY
) -> str:
    to = step(parse_as_of("as_of", as_of), count, unit, session_close(latest), have.__contains__)
    return "" if to is None else as_of_text(to)


class TestSteps:
    @pytest.mark.parametrize(
        ("as_of", "count", "to"),
        [
            ("2025-01-27T10:00", 5, "2025-01-27T10:05"),
            ("2025-01-27T10:02", 5, "2025-01-27T10:05"),
            ("2025-01-27T10:02", -5, "2025-01-27T10:00"),
            ("2025-01-27T10:00", -5, "2025-01-27T09:55"),
            ("2025-01-27T09:35", -5, "2025-01-27T09:31"),
            ("2025-01-27T09:31", -5, "2025-01-24"),
            ("2025-01-27T15:55", 5, "2025-01-27"),
            ("2025-01-27", -5, "2025-01-27T15:55"),
            ("2025-01-24", 5, "2025-01-27T09:31"),
            ("2025-01-24", -5, "2025-01-23"),
            ("2025-01-27", 5, "2025-01-28"),
        ],
    )
    def test_minutes_lead_through_the_session_to_its_close(
        self, as_of: str, count: int, to: str
    ) -> None:
        assert stepped(as_of, count, "minutes", {MONDAY}) == to

    @pytest.mark.parametrize(
        ("as_of", "count", "to"),
        [
            ("2025-01-24", 1, "2025-01-27"),
            ("2025-01-27T10:00", 1, "2025-01-27"),
            ("2025-01-27T10:00", -1, "2025-01-24"),
            ("2025-01-10", -1, "2025-01-08"),  # the exchange was closed on the 9th
            ("2025-01-26", 1, "2025-01-27"),  # a Sunday stands at the Friday
        ],
    )
    def test_sessions_lead_from_close_to_close(self, as_of: str, count: int, to: str) -> None:
        assert stepped(as_of, count, "sessions", set()) == to

    def test_a_half_day_ends_at_its_own_close(self) -> None:
        half = dt.date(2025, 7, 3)
        assert stepped("2025-07-03T12:58", 5, "minutes", {half}, half) == "2025-07-03"

    def test_nothing_lies_beyond_the_newest_moment(self) -> None:
        assert stepped("2025-01-28", 1, "sessions", set()) == ""
        assert stepped("2025-01-28", 5, "minutes", {TUESDAY}) == ""

    @pytest.mark.parametrize("count", [0, 391, -391])
    def test_a_step_of_nothing_or_too_far_is_refused(self, count: int) -> None:
        with pytest.raises(BadInput, match="A step goes 1 to 390"):
            stepped("2025-01-27", count, "minutes", set())

    @given(st.integers(1, 390), st.integers(0, 389))
    def test_a_step_on_is_later_and_a_step_back_earlier(self, size: int, start: int) -> None:
        as_of = first_minute(MONDAY) + dt.timedelta(minutes=min(start, 388))
        for count in (size, -size):
            to = step(as_of, count, "minutes", session_close(TUESDAY), {MONDAY}.__contains__)
            assert to is not None
            assert (moment_of(to) > as_of) == (count > 0)


class TestText:
    @pytest.mark.parametrize("text", ["2025-01-24", "2025-01-27T10:00", "2025-07-03T12:59"])
    def test_it_reads_back(self, text: str) -> None:
        assert as_of_text(parse_as_of("as_of", text)) == text

    @pytest.mark.parametrize(
        "text", ["2025-01-27T25:00", "2025-01-27T10", "2025-01-27 10:00", "2025-13-01T10:00", "T"]
    )
    def test_anything_else_is_refused_in_a_sentence(self, text: str) -> None:
        with pytest.raises(BadInput, match=r"^as_of is .*\.$"):
            parse_as_of("as_of", text)


class TestDesk:
    @pytest.fixture
    def desk(self) -> Iterator[Desk]:
        frames = {"SPY": make_frame([100.0] * 60 + [90.0], MONDAY)}
        source = FakeSource(frames, Clock(session_close(MONDAY)))
        source.minute_frames["SPY", MONDAY] = minute_frame([100.0, 95.0, 90.0] + [96.0] * 30)
        desk = make_desk(source)
        yield desk
        desk.close()

    def ask(self, desk: Desk, as_of: dt.date) -> Any:
        return desk.ask(SUPPORTS, SupportsParameters(Symbol("SPY")), as_of)

    def test_a_minute_shows_its_own_price_low_and_status(self, desk: Desk) -> None:
        answer = self.ask(desk, TEN)
        assert answer.freshness is Freshness.REPLAY
        assert answer.as_of == TEN
        ladder = answer.result
        assert (ladder.price, ladder.provisional) == (96.0, True)
        assert {level.status for level in ladder.levels if level.name == "50-DMA"} == {"under"}

    def test_outside_hours_the_last_close_stands(self, desk: Desk) -> None:
        for text, session in (("2025-01-27T09:30", FRIDAY), ("2025-01-27T16:00", MONDAY)):
            moment = desk.moment(parse_as_of("as_of", text))
            assert (moment.session, moment.phase) == (session, Phase.CLOSED)

    def test_a_minute_still_to_come_is_refused(self, desk: Desk) -> None:
        answer = self.ask(desk, parse_as_of("as_of", "2025-01-28T10:00"))
        assert answer.reason == (
            "as-of 2025-01-28T10:00 lies ahead of Fake's newest minute, 2025-01-27 16:00."
        )

    def test_a_session_without_minutes_says_so(self, desk: Desk) -> None:
        answer = self.ask(desk, parse_as_of("as_of", "2025-01-24T10:00"))
        assert answer.result is None
        assert answer.reason == "Fake has no minutes of SPY on 2025-01-24."
        assert not desk.has_minutes(FRIDAY)

    def test_the_newest_session_that_can_be_replayed(self, desk: Desk) -> None:
        assert newest_with_minutes(desk) == "2025-01-27T09:31"


def demo(clock: DemoClock | None = None) -> Desk:
    return Desk(DemoSource(clock=clock), Cache(NoBackend(), Codec(CACHED_TYPES)), 60.0)


class TestTheDemosMonday:
    """Each minute of the replay shows what the live page showed just before it ended."""

    @pytest.mark.parametrize("hhmm", ["09:31", "09:45", "10:30", "12:00", "13:50", "15:59"])
    def test_as_it_was_live(self, hhmm: str) -> None:
        as_of = parse_as_of("as_of", f"2025-01-27T{hhmm}")
        assert isinstance(as_of, dt.datetime)
        just_before = as_of.astimezone(dt.UTC) - dt.timedelta(seconds=1)
        live, past = demo(DemoClock(just_before, speed=0.0)), demo()
        try:
            for symbol in ("SPY", "NVDA", "XLK", "XLP"):
                wanted = SupportsParameters(Symbol(symbol))
                now, then = live.ask(SUPPORTS, wanted).result, past.ask(SUPPORTS, wanted, as_of)
                assert now is not None
                assert then.result is not None, then.reason
                averages = [
                    [(m.name, m.status, m.price) for m in ladder.levels if "DMA" in m.name]
                    for ladder in (now, then.result)
                ]
                assert averages[0] == averages[1]
                assert (now.price, now.previous_close) == (
                    then.result.price,
                    then.result.previous_close,
                )
        finally:
            live.close()
            past.close()
