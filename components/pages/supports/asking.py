"""What the panels of Supports ask the desk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from analytics.desk.desk import Desk
from analytics.desk.patience import Patience
from analytics.model.question import DEFAULT_BENCHMARK, Answer
from analytics.runtime.hold_scan import NO_SCAN, HoldScans
from analytics.studies.calendar.chart_events import CHART_EVENTS, ChartEventsParameters
from analytics.studies.hold.study import HOLD_STUDY, HoldStudyParameters
from analytics.studies.supports.odds import ODDS, OddsParameters
from analytics.studies.supports.price_history import PRICE_HISTORY, PriceHistoryParameters
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from analytics.watch.day_log import LEVEL_LOG, LevelLogParameters
from components.frame import panels
from components.frame.likely import ask_likely
from components.pages.supports.state import SupportsState

RANGE_SESSIONS = {"1m": 21, "3m": 63, "6m": 126, "1y": 252, "2y": 504, "5y": 1260, "max": 10_000}
DRAWN = 504


class SupportsQuestions:
    """The questions of the page's panels, each by the state of its view."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._patience = Patience(desk)
        self._scans = HoldScans(desk)

    def chart(self, state: SupportsState) -> tuple[Any, ...]:
        """The series drawn and the ladder, with the day's minutes and the marks where wanted."""
        sessions = max(RANGE_SESSIONS[state.range], DRAWN)
        wanted = PriceHistoryParameters(
            state.symbol, state.compare, sessions, state.sets, state.since
        )
        history, ladder = self._desk.ask(PRICE_HISTORY, wanted, state.as_of), self.own_ladder(state)
        if history.result is None or ladder.result is None:  # nor has it minutes to ask for
            return history, ladder
        answers: tuple[Any, ...] = (history, ladder, panels.MayBeAbsent(self.log(state)))
        if not state.marks:
            return answers
        marked = ChartEventsParameters(state.symbol, sessions)
        return (*answers, panels.MayBeAbsent(self._desk.ask(CHART_EVENTS, marked, state.as_of)))

    def ladder(self, state: SupportsState) -> Answer[Any]:
        """The averages and structure of the symbol."""
        return self._desk.ask(SUPPORTS, SupportsParameters(state.symbol), state.as_of)

    def studied_ladder(self, state: SupportsState) -> Answer[Any]:
        """The ladder with the level that is studied."""
        wanted = SupportsParameters(state.symbol, sets=state.studied_set)
        return self._desk.ask(SUPPORTS, wanted, state.as_of)

    def own_ladder(self, state: SupportsState) -> Answer[Any]:
        """The ladder with what the viewer has added to it."""
        wanted = SupportsParameters(state.symbol, own=state.own, sets=state.sets, since=state.since)
        return self._desk.ask(SUPPORTS, wanted, state.as_of)

    def study(self, state: SupportsState) -> Answer[Any]:
        """How often the studied level held."""
        return self._desk.ask(
            HOLD_STUDY, HoldStudyParameters(state.symbol, state.hold_level), state.as_of
        )

    def odds(self, state: SupportsState) -> Answer[Any]:
        """What options price for each of its levels, those of the viewer's sets among them."""
        wanted = OddsParameters(state.symbol, state.sets, state.since)
        return self._desk.ask(ODDS, wanted, state.as_of)

    def log(self, state: SupportsState) -> Answer[Any]:
        """The day, level by level."""
        return self._desk.ask(LEVEL_LOG, LevelLogParameters(state.symbol), state.as_of)

    def day(self, state: SupportsState) -> tuple[Any, ...]:
        """The log with the ladder that its levels are of."""
        return self.log(state), panels.MayBeAbsent(self.own_ladder(state))

    def today(self, state: SupportsState) -> tuple[Any, ...]:
        """The studied level today, with its study and its odds."""
        priced = OddsParameters(state.symbol, state.studied_set)
        odds = panels.MayBeAbsent(self._desk.ask(ODDS, priced, state.as_of))
        return self.studied_ladder(state), panels.MayBeAbsent(self.study(state)), odds

    def headline(self, state: SupportsState) -> tuple[Any, ...]:
        """The ladder with how likely its support is to hold, and the moment."""
        ladder = self.ladder(state)
        likely = ask_likely(self._patience, ladder, state.symbol, state)
        return ladder, *likely, ladder.moment

    def days(self, state: SupportsState) -> tuple[Any, ...]:
        """The study with where the session stands."""
        return self.study(state), panels.MayBeAbsent(self.studied_ladder(state))

    def pool(self, state: SupportsState) -> Answer[Any]:
        """The study over many symbols, as far as it has come."""
        where: Answer[Any] = self._desk.ask(
            SUPPORTS, SupportsParameters(DEFAULT_BENCHMARK), state.as_of
        )
        session = where.moment.session
        if state.pool == "off":
            return replace(where, result=NO_SCAN, reason=None, version=f"{session}|off")
        progress = self._scans.watch(state.pool, state.hold_level, state.as_of)
        version = f"{session}|{progress.done}|{progress.running}"
        return replace(where, result=progress, reason=None, version=version)
