"""Every market overnight by its own calendar; the demo's morning leads to the demo's open."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.calendars import calendar_named
from analytics.model.question import Answer
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Moment, Phase
from analytics.sources.demo.clock import DemoClock
from analytics.sources.demo.source import DemoSource
from analytics.studies.overnight.instruments import MARKETS, Region
from analytics.studies.overnight.overnight import (
    OVERNIGHT,
    Overnight,
    OvernightParameters,
    OvernightRow,
    SessionState,
    session_state,
)
from components.frame.panels import plain
from components.pages.market.overnight_views import (
    is_shown,
    overnight_finding,
    show_overnight,
    state_words,
)
from components.pages.market.state import MarketState
from tests.support.fault_stage import text_of

MONDAY = dt.date(2025, 1, 27)
SPY_OPENS = 594.81


def at(clock: str, day: dt.date = MONDAY) -> dt.datetime:
    time = dt.datetime.combine(day, dt.time.fromisoformat(clock), NEW_YORK)
    return time.astimezone(dt.UTC)


def morning(clock: str) -> Answer[Overnight]:
    """The demo's answer at a time of the Monday."""
    source = DemoSource(clock=DemoClock(at(clock), speed=0.0))
    desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)), deadline_seconds=60.0)
    answer = desk.ask(OVERNIGHT, OvernightParameters())
    desk.close()
    return answer


@pytest.fixture(scope="module")
def early() -> Answer[Overnight]:
    return morning("04:00")


@pytest.fixture(scope="module")
def late() -> Answer[Overnight]:
    return morning("09:29:58")


def result(answer: Answer[Overnight]) -> Overnight:
    assert answer.result is not None, answer.reason
    return answer.result


def row(overnight: Overnight, symbol: str) -> OvernightRow:
    return next(one for one in overnight.rows if one.symbol == symbol)


class TestDemo:
    def test_every_market_is_there(self, early: Answer[Overnight]) -> None:
        overnight = result(early)
        assert [one.symbol for one in overnight.rows] == [market.symbol for market in MARKETS]
        assert overnight.missing == {}
        assert early.provenance.simulated

    def test_each_stands_in_its_own_session(self, early: Answer[Overnight]) -> None:
        overnight = result(early)
        tokyo, london, sydney = (row(overnight, s) for s in ("^N225", "^FTSE", "^AXJO"))
        assert (tokyo.state, tokyo.session) == (SessionState.CLOSED, MONDAY)
        assert (london.state, london.until) == (SessionState.OPEN, at("11:30"))
        assert (sydney.closure, sydney.session) == ("Australia Day", dt.date(2025, 1, 24))
        assert row(overnight, "BTC-USD").state is SessionState.OPEN

    def test_the_morning_ends_at_the_demos_open(self, late: Answer[Overnight]) -> None:
        spy = result(late).implied[0]
        assert spy.price == pytest.approx(SPY_OPENS, abs=0.06)  # a tick of the future is 0.025
        assert (
            overnight_finding(result(late))
            .replace("\u2011", "-")
            .endswith("under its 50-DMA, 596.30")
        )

    def test_the_same_clock_gives_the_same_figures(self, early: Answer[Overnight]) -> None:
        assert result(morning("04:00")).rows == result(early).rows

    def test_in_session_futures_imply_nothing(self) -> None:
        overnight = result(morning("13:50"))
        spy = overnight.implied[0]
        assert (spy.price, spy.reason) == (None, "New York trades now")
        assert overnight_finding(overnight).startswith("S&P 500 futures \u22121.77%, DAX ")

    def test_what_has_ended_by_a_time_does_not_change_later(
        self, early: Answer[Overnight], late: Answer[Overnight]
    ) -> None:
        for symbol in ("^N225", "^HSI", "000001.SS", "^AXJO"):
            assert row(result(early), symbol).price == row(result(late), symbol).price


class TestState:
    def test_a_lunch_break_is_told_from_a_close(self) -> None:
        tokyo = calendar_named("XTKS")
        day = dt.datetime(2025, 1, 27, tzinfo=tokyo.zone)
        states = [session_state(tokyo, day.replace(hour=h)) for h in (8, 10, 12, 14, 16)]
        closed, opened, lunch = SessionState.CLOSED, SessionState.OPEN, SessionState.LUNCH
        assert states == [closed, opened, lunch, opened, closed]

    def test_its_words_name_the_hour_in_new_york(self, early: Answer[Overnight]) -> None:
        overnight, moment = result(early), early.moment
        said = {s: state_words(row(overnight, s), moment) for s in ("^FTSE", "^N225", "^VIX")}
        assert said == {
            "^FTSE": "open to 11:30",
            "^N225": "closed, opens 19:00",
            "^VIX": "Fri close, opens 09:30",
        }
        assert state_words(row(overnight, "^AXJO"), moment) == "closed: Australia Day"
        assert state_words(row(overnight, "000001.SS"), moment) == "closed, opens 4 Feb 20:30"


class TestPanel:
    @pytest.mark.parametrize(
        ("clock", "phase", "asked", "shown"),
        [
            ("04:00", Phase.PRE, None, True),
            ("13:50", Phase.OPEN, None, False),
            ("13:50", Phase.OPEN, "on", True),
            ("17:00", Phase.CLOSED, None, False),
            ("22:00", Phase.CLOSED, None, True),
        ],
    )
    def test_it_is_shown_before_the_open_and_on_demand(
        self, clock: str, phase: Phase, asked: str | None, shown: bool
    ) -> None:
        moment = Moment(at(clock), MONDAY, phase, live=True)
        assert is_shown(MarketState(overnight=asked), moment) is shown

    def test_the_past_shows_it_on_demand_alone(self) -> None:
        moment = Moment(at("16:00"), MONDAY, Phase.CLOSED, live=False)
        assert not is_shown(MarketState(), moment)
        assert is_shown(MarketState(overnight="on"), moment)

    def test_a_yield_changes_in_basis_points(self, early: Answer[Overnight]) -> None:
        view = show_overnight(MarketState(), early, early.moment)
        text = text_of(plain(view.body))
        assert "\u2009bp" in text
        assert all(str(region) in text for region in Region)
        assert "39\u2009572.61" in text

    def test_what_is_missing_is_said(self, early: Answer[Overnight]) -> None:
        overnight = result(early)
        short = replace(
            overnight,
            rows=tuple(one for one in overnight.rows if one.symbol != "^HSI"),
            missing={"^HSI": "the data folder has no prices of '^HSI'."},
        )
        view = show_overnight(MarketState(), replace(early, result=short), early.moment)
        assert "^HSI: the data folder has no prices of '^HSI'." in text_of(plain(view.body))
