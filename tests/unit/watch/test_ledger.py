"""The call ledger and the day's log as questions: rates, open calls, and no look-ahead."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.archive import READ_SECONDS, Archive
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model import sessions
from analytics.model.level_calls import Happening, LevelCall, LevelEvent
from analytics.model.levels import LevelId, dma
from analytics.model.question import Symbol
from analytics.model.status import Status
from analytics.store.database import Database
from analytics.store.store import Store
from analytics.watch.day_log import LEVEL_LOG, LevelLog, LevelLogParameters
from analytics.watch.ledger import CALL_LEDGER, CallLedger, CallLedgerParameters
from components.pages.ledger.state import LedgerState
from components.pages.ledger.views import ledger_title, show_calls, show_rates
from components.pages.supports.log_views import show_day, show_log
from components.pages.supports.state import SupportsState
from tests.support.builders import Clock, FakeSource, make_frame, walk

FIFTY = dma(50)
MONDAY = dt.date(2025, 1, 27)
NOON = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)
SPY = LevelLogParameters(Symbol("SPY"))


@pytest.fixture
def desk() -> Iterator[Desk]:
    """At noon of the Monday, with bars of four sessions ahead that must not be seen."""
    frames = {"SPY": make_frame(walk(300), dt.date(2025, 1, 31))}
    clock = Clock(NOON)
    source = FakeSource(frames, clock)
    archive = Archive(Store(Database(None)), source, clock)
    made = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES), clock=clock), 20.0, clock, archive)
    yield made
    made.close()


def call(session: dt.date, symbol: str = "SPY", level: LevelId = FIFTY) -> LevelCall:
    called = sessions.session_open(session) - dt.timedelta(hours=1)
    return LevelCall(symbol, level, session, 100.0, 101.0, called)


def score(desk: Desk, one: LevelCall, status: Status, *, gap_down: bool = False) -> None:
    closed = sessions.session_close(one.session) + dt.timedelta(minutes=20)
    done = dataclasses.replace(
        one, status=status, gap_down=gap_down, open=100.5, low=99.0, close=100.2, scored_at=closed
    )
    assert desk.archive.make_calls([one])
    assert desk.archive.score([done]) == 1


def earlier(count: int) -> list[dt.date]:
    return [sessions.previous_session(MONDAY, n + 1) for n in range(count)]


def ledger(desk: Desk, as_of: dt.date | None = None, **asked: object) -> CallLedger:
    wanted = CallLedgerParameters(**{"back": 0, **asked})  # type: ignore[arg-type]
    answer = desk.ask(CALL_LEDGER, wanted, as_of)
    assert answer.result is not None, answer.reason
    return answer.result


class TestRates:
    def test_held_over_held_and_broken_with_its_interval(self, desk: Desk) -> None:
        for i, day in enumerate(earlier(16)):
            score(desk, call(day), Status.BROKEN if i < 4 else Status.HELD)
        rate = ledger(desk).overall
        assert (rate.held, rate.broken, rate.sessions) == (12, 4, 16)
        assert rate.rate_pct == pytest.approx(75)
        # a call a session: the draws are binomial
        drawn = binom(16, 0.75).ppf([0.025, 0.975]) / 16 * 100
        assert (rate.low_pct, rate.high_pct) == pytest.approx(tuple(drawn), abs=6.3)
        assert [r.name for r in ledger(desk).by_level] == ["50-DMA"]
        assert [r.name for r in ledger(desk).by_symbol] == ["SPY"]

    def test_under_ten_sessions_there_are_counts_only(self, desk: Desk) -> None:
        for day in earlier(9):
            for level in (20, 50, 100):
                score(desk, call(day, level=dma(level)), Status.HELD)
        assert ledger(desk).overall.rate_pct is None
        assert ledger(desk).overall.held == 27

    def test_an_outcome_that_is_listed_alone_does_not_change_the_rates(self, desk: Desk) -> None:
        for i, day in enumerate(earlier(12)):
            score(desk, call(day), Status.BROKEN if i < 6 else Status.HELD)
        of_held = ledger(desk, outcome="held")
        assert len(of_held.rows) == 6
        assert of_held.overall.rate_pct == 50

    def test_the_support_in_focus_is_the_highest_average_under_the_close_before(
        self, desk: Desk
    ) -> None:
        day = earlier(1)[0]
        prices = {20: 100.5, 50: 102.0, 100: 100.0, 200: 99.0}  # the close before: 101
        for n, price in prices.items():
            one = dataclasses.replace(call(day, level=dma(n)), price=price)
            score(desk, one, Status.ABOVE)
        assert [row.level for row in ledger(desk, focus=True).rows] == ["100-DMA"]

    def test_untested_calls_are_not_counted_and_gap_downs_stand_apart(self, desk: Desk) -> None:
        days = earlier(6)
        score(desk, call(days[0]), Status.ABOVE)
        score(desk, call(days[1]), Status.RECLAIMED)
        score(desk, call(days[2]), Status.CLOSE_ONLY)
        score(desk, call(days[3]), Status.BROKEN, gap_down=True)
        score(desk, call(days[4]), Status.HELD, gap_down=True)
        score(desk, call(days[5]), Status.HELD)
        got = ledger(desk)
        assert got.overall.tested == 1
        assert (got.gap_downs.held, got.gap_downs.broken) == (1, 1)

    def test_filters(self, desk: Desk) -> None:
        day, before = earlier(2)
        score(desk, call(day), Status.HELD)
        score(desk, call(day, level=dma(200)), Status.ABOVE)
        score(desk, call(before, "QQQ"), Status.BROKEN)
        assert [row.symbol for row in ledger(desk).rows] == ["SPY", "SPY", "QQQ"]
        assert [row.level for row in ledger(desk).rows][:2] == ["50-DMA", "200-DMA"]
        assert len(ledger(desk, symbol=Symbol("QQQ")).rows) == 1
        assert len(ledger(desk, level=dma(200)).rows) == 1
        assert [row.status for row in ledger(desk, outcome="tested").rows] == [
            Status.HELD,
            Status.BROKEN,
        ]
        assert ledger(desk, outcome="open").rows == ()


class TestLately:
    """What was read is shared by the panels that ask together, and then let go."""

    def test_it_is_read_once_for_them_and_held_no_longer(self) -> None:
        clock, seconds = Clock(NOON), [0.0]
        store = Store(Database(None))
        archive = Archive(store, FakeSource({}, clock), clock, monotonic=lambda: seconds[0])
        assert archive.make_calls([call(MONDAY)])
        row = archive.calls(MONDAY)[0]
        references = sys.getrefcount(row)
        assert archive.calls(MONDAY)[0] is row
        seconds[0] = READ_SECONDS - 0.1
        archive.calls(MONDAY, "SPY")
        assert sys.getrefcount(row) == references
        seconds[0] = READ_SECONDS
        archive.calls(MONDAY, "SPY", unscored=True)
        assert sys.getrefcount(row) == references - 1
        assert archive.calls(MONDAY)[0] == row
        archive.close()


class TestKnownAnswer:
    """An answer from the log stands without a look at the store, until something may be new."""

    def test_a_write_of_this_process_is_seen_at_once(self, desk: Desk) -> None:
        asked = CallLedgerParameters(back=0)
        first = desk.ask(CALL_LEDGER, asked)
        assert desk.known(CALL_LEDGER, asked) is first
        assert desk.archive.make_calls([call(MONDAY)])
        assert desk.known(CALL_LEDGER, asked) is None
        assert len(ledger(desk).rows) == 1

    def test_another_process_is_seen_after_a_while(self) -> None:
        clock, seconds, database = Clock(NOON), [0.0], Database(None)
        source = FakeSource({"SPY": make_frame(walk(300), MONDAY)}, clock)
        ours, theirs = (
            Archive(Store(database), source, clock, monotonic=lambda: seconds[0]) for _ in range(2)
        )
        cache = Cache(NoBackend(), Codec(CACHED_TYPES), clock=clock)
        desk = Desk(source, cache, archive=ours, clock=clock)
        assert ledger(desk).rows == ()
        assert theirs.make_calls([call(MONDAY)])
        seconds[0] = READ_SECONDS - 0.1
        assert ledger(desk).rows == ()
        seconds[0] = READ_SECONDS
        assert len(ledger(desk).rows) == 1
        desk.close()


class TestOpenCalls:
    def test_they_stand_where_the_price_stands(self, desk: Desk) -> None:
        desk.archive.make_calls([call(MONDAY)])
        (row,) = ledger(desk).rows
        price = float(desk.source.bars("SPY", None).frame["close"].iloc[-1])
        assert row.status is None
        expected = Status.UNDER if price < 100.0 else Status.TESTING
        assert row.provisional in (expected, Status.ABOVE)
        assert (ledger(desk).undecided, ledger(desk).decides_at) == (
            1,
            sessions.session_close(MONDAY),
        )


class TestNoLookAhead:
    def test_a_past_date_sees_no_later_call_and_no_later_score(self, desk: Desk) -> None:
        friday, thursday = earlier(2)
        score(desk, call(thursday), Status.HELD)
        score(desk, call(friday), Status.BROKEN)
        desk.archive.make_calls([call(MONDAY)])
        seen = ledger(desk, thursday)
        assert [(row.session, row.status) for row in seen.rows] == [(thursday, Status.HELD)]
        assert seen.open == 0

    def test_a_minute_of_the_session_knows_no_score_of_it(self, desk: Desk) -> None:
        friday = earlier(1)[0]
        score(desk, call(friday), Status.BROKEN)
        minute = sessions.session_open(friday) + dt.timedelta(minutes=30)
        got = ledger(desk, minute)
        assert [(row.session, row.status) for row in got.rows] == [(friday, None)]

    def test_a_line_later_than_the_minute_is_not_shown(self, desk: Desk) -> None:
        friday = earlier(1)[0]
        opened = sessions.session_open(friday)
        index = pd.date_range(opened, periods=60, freq="min")
        desk.source.minute_frames["SPY", friday] = pd.DataFrame({"close": 79.0}, index)  # type: ignore[attr-defined]
        desk.archive.make_calls([call(friday)])
        desk.archive.watched(friday, {"SPY": opened + dt.timedelta(hours=6)})
        desk.archive.log_events(
            [
                LevelEvent("SPY", dma(50), friday, opened + late, kind, 99.0, 100.0)
                for late, kind in (
                    (dt.timedelta(minutes=5), Happening.BROKE),
                    (dt.timedelta(minutes=50), Happening.RECLAIMED),
                )
            ]
        )
        minute = opened + dt.timedelta(minutes=30)
        assert [line.happening for line in log(desk, minute).lines] == [Happening.BROKE]
        assert len(log(desk, friday).lines) == 2


def log(desk: Desk, as_of: dt.date | None = None) -> LevelLog:
    answer = desk.ask(LEVEL_LOG, SPY, as_of)
    assert answer.result is not None, answer.reason
    return answer.result


class TestLog:
    def test_without_a_watch_and_without_minutes_the_absence_is_stated(self, desk: Desk) -> None:
        got = log(desk)
        assert (got.lines, got.basis) == ((), None)
        assert got.missing == "Fake has no minutes of SPY on 2025-01-27."
        assert [level.name for level in got.levels]

    def test_a_watched_log_wins_over_minutes(self, desk: Desk) -> None:
        desk.archive.make_calls([call(MONDAY)])
        desk.archive.watched(MONDAY, {"SPY": NOON})
        got = log(desk)
        assert (got.basis, got.missing) == ("watched", None)

    @pytest.mark.parametrize(("minutes", "behind"), [(2, False), (40, True)])
    def test_how_far_it_was_watched_is_stated_where_that_is_a_while_ago(
        self, desk: Desk, minutes: int, behind: bool
    ) -> None:
        until = NOON - dt.timedelta(minutes=minutes)
        desk.archive.make_calls([call(MONDAY)])
        desk.archive.watched(MONDAY, {"SPY": until})
        got = log(desk)
        assert got.watched_until == (until if behind else None)
        view = show_log(SupportsState(), got)
        assert ("Watched up to 11:20 EST" in view.note) is behind
        assert view.title.endswith("as far as it was watched") is behind


class TestViews:
    def test_the_title_is_the_finding(self, desk: Desk) -> None:
        for i, day in enumerate(earlier(42)):
            score(desk, call(day), Status.HELD if i < 27 else Status.BROKEN)
        state = LedgerState(at_level=FIFTY)
        title = ledger_title(state, ledger(desk, level=FIFTY))
        assert re.fullmatch(
            "Of 42 tested 50\u2011DMA calls 27 held \\(64%, (48|50)\u2013(76|79)%\\)", title
        )

    def test_before_the_first_score_it_says_when(self, desk: Desk) -> None:
        desk.archive.make_calls([call(MONDAY), call(MONDAY, level=dma(20))])
        title = ledger_title(LedgerState(), ledger(desk))
        assert title == "No call is scored yet: 2 calls of today are decided at 16:00 EST"

    def test_an_empty_ledger_states_why(self, desk: Desk) -> None:
        empty = ledger(desk)
        shown = show_calls(LedgerState(), empty, desk.moment(None))
        assert "while the live feed runs" in shown.absence
        assert show_rates(LedgerState(), empty).absence

    def test_a_day_nobody_watched_states_it(self, desk: Desk) -> None:
        day = log(desk)
        absence = show_log(SupportsState(), day).absence
        assert "was not watched, and Fake has no minutes" in absence
        assert "cannot be drawn" in show_day(SupportsState(), day).absence

    def test_the_csv_is_unrounded(self, desk: Desk) -> None:
        day = earlier(1)[0]
        score(desk, call(day), Status.HELD)
        data = show_calls(LedgerState(), ledger(desk), desk.moment(None)).data
        assert data is not None
        assert data.rows[0][8] == pytest.approx((100.2 / 100.0 - 1) * 100)
        assert not any(isinstance(cell, np.generic) for cell in data.rows[0])
