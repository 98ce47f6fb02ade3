"""What the panels of Market now ask the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from analytics.desk.desk import Desk
from analytics.desk.patience import Patience
from analytics.model.listings import sectors, ten_largest
from analytics.model.question import Answer, Symbol
from analytics.model.vocabulary import Moment
from analytics.studies.hold.study import HOLD_STUDY, HoldStudyParameters
from analytics.studies.overnight.overnight import OVERNIGHT, OvernightParameters
from analytics.studies.sectors.afloat import AFLOAT, AfloatParameters
from analytics.studies.sectors.group_drawdown import GROUP_DRAWDOWN, GroupDrawdownParameters
from analytics.studies.sentiment.breadth import BREADTH, BreadthParameters
from analytics.studies.sentiment.index import SENTIMENT, SentimentParameters
from analytics.studies.supports.how_likely import study_sessions
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from analytics.studies.supports.watchlist import WATCHLIST, WatchlistParameters
from analytics.watch.day_log import LEVEL_LOG, LevelLogParameters
from components.frame import panels
from components.frame.likely import ask_likely
from components.pages.market import overnight_views
from components.pages.market.state import MarketState
from components.pages.market.watch_views import INDICES, MAX_WATCHED, OWN_DEFAULT

HARDLY_SECONDS = 0.02
"""A table does not wait for each row's study: it comes when the browser asks again."""

MOST_STUDIED = 12
MOOD_ELSEWHERE = "it takes years of two dozen symbols, which the Mood tab asks the source for"


class MarketQuestions:
    """The questions of the page's panels, each by the state of its view."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._patience = Patience(desk)
        self._background = Patience(desk, HARDLY_SECONDS)

    def ladder(self, state: MarketState) -> Answer[Any]:
        """The averages of the symbol in focus."""
        # The verdict names moving averages only: a chain is thirty requests to a remote source.
        return self._desk.ask(SUPPORTS, SupportsParameters(state.focus, options=False), state.as_of)

    def log(self, state: MarketState) -> Answer[Any]:
        """Its day, level by level."""
        return self._desk.ask(LEVEL_LOG, LevelLogParameters(state.focus), state.as_of)

    def odds(self, state: MarketState, ladder: Answer[Any]) -> tuple[Any, ...]:
        """How often the level held, and what options pay for it."""
        return ask_likely(self._patience, ladder, state.focus, state, fetch_chain=False)

    def answer(self, state: MarketState) -> tuple[Any, ...]:
        """All that the verdict rests on."""
        ladder = self.ladder(state)
        likely = self.odds(state, ladder)
        return (*panels.timed(ladder), *likely, panels.MayBeAbsent(self.log(state)))

    def held(self, state: MarketState) -> tuple[Any, ...]:
        """The ladder, its moment, and how likely its support is to hold."""
        ladder = self.ladder(state)
        return (*panels.timed(ladder), *self.odds(state, ladder))

    def today(self, state: MarketState) -> tuple[Any, ...]:
        """The day with the ladder beside it."""
        return self.log(state), panels.MayBeAbsent(self.ladder(state))

    def watched(self, state: MarketState, symbols: tuple[Symbol, ...]) -> tuple[Any, ...]:
        """Rows of a watch table, with what there is of each beside its prices."""
        listed = self._desk.ask(WATCHLIST, WatchlistParameters(symbols), state.as_of)
        return (listed, *_extras(self._desk, self._background, listed, state))

    def indices(self, state: MarketState) -> tuple[Any, ...]:
        """The four indices."""
        return self.watched(state, INDICES)

    def overnight(self, state: MarketState) -> tuple[Any, ...]:
        """Markets elsewhere, where they are shown."""
        # the indices are on the page anyway: the other markets are asked for where they are shown
        moment = self._desk.moment(state.as_of)
        if not overnight_views.is_shown(state, moment):
            return self._desk.ask(WATCHLIST, WatchlistParameters(INDICES), state.as_of), moment
        asked = self._desk.ask(OVERNIGHT, OvernightParameters(), state.as_of)
        return panels.MayBeAbsent(asked), moment

    def watchlist(self, state: MarketState) -> tuple[Any, ...]:
        """The viewer's own list."""
        own = OWN_DEFAULT if state.symbols is None else state.symbols[:MAX_WATCHED]
        return self.watched(state, own)

    def group(self, state: MarketState) -> Answer[Any]:
        """The ten largest without those that are unticked."""
        ten = ten_largest(self._desk.moment(state.as_of).session).symbols
        chosen = ten if state.members is None else state.members
        excluded = tuple(Symbol(symbol) for symbol in ten if symbol not in chosen)
        return self._desk.ask(
            GROUP_DRAWDOWN, GroupDrawdownParameters(exclude=excluded), state.as_of
        )

    def afloat(self, state: MarketState) -> Answer[Any]:
        """What stays afloat of the sectors, the ten largest, or both."""
        return self._desk.ask(
            AFLOAT, AfloatParameters(_afloat_members(self._desk, state)), state.as_of
        )

    def breadth(self, state: MarketState) -> Answer[Any]:
        """How many stand above their averages."""
        return self._desk.ask(BREADTH, BreadthParameters(), state.as_of)

    def mood(self, state: MarketState) -> tuple[Any, ...]:
        """Breadth, and the sentiment index as far as it is there."""
        breadth = self.breadth(state)
        if self._desk.source.capabilities.remote:  # years of two dozen symbols, a request each
            elsewhere = self._background.not_asked(SENTIMENT.name, breadth.moment, MOOD_ELSEWHERE)
            return breadth, panels.MayBeAbsent(elsewhere)
        mood = self._background.begin(SENTIMENT, SentimentParameters(), state.as_of)
        return breadth, panels.MayBeAbsent(mood(breadth.moment))


def _extras(
    desk: Desk, background: Patience, listed: Answer[Any], state: MarketState
) -> list[panels.MayBeAbsent]:
    """The day's log and the hold study of each row, as far as they are there.

    A study takes a second of a processor and is asked beside the page, which is shown without
    what is not there yet. Of a remote source it takes a request for the whole history, and a log
    one for the minutes: of the symbol in focus alone, whose history is there for the answer.
    """
    if listed.result is None:
        return []
    remote = desk.source.capabilities.remote
    begun: list[Callable[[Moment], Answer[Any]]] = []
    for row in listed.result.rows[:MOST_STUDIED]:
        symbol = Symbol(row.symbol)
        if row.deciding is not None and (not remote or symbol == state.focus):
            sessions = study_sessions(row.deciding.id)
            study = HoldStudyParameters(symbol, sessions)
            begun.append(background.begin(HOLD_STUDY, study, state.as_of))
        if not remote:
            log = LevelLogParameters(symbol)
            begun.append(background.begin(LEVEL_LOG, log, state.as_of))
    return [panels.MayBeAbsent(take(listed.moment)) for take in begun]


def _afloat_members(desk: Desk, state: MarketState) -> tuple[Symbol, ...]:
    if state.group == "sectors":
        return tuple(Symbol(symbol) for symbol in sectors())
    if state.group == "ten":
        session = desk.moment(state.as_of).session
        return tuple(Symbol(symbol) for symbol in ten_largest(session).symbols)
    return ()
