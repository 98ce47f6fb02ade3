"""The questions a preview rests on."""

from __future__ import annotations

import datetime as dt
from typing import Protocol, TypeVar

from analytics.model import sessions
from analytics.model.levels import dma
from analytics.model.listings import DEFAULT_WATCHLIST, VIX
from analytics.model.question import Answer, Question, Symbol
from analytics.model.vocabulary import Freshness, Moment, NotAvailable, Phase, SourceFailure
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.options.surprise import ask_surprise
from analytics.preview.compose import compose
from analytics.preview.model import OPTION_SYMBOLS, SUPPORT_SYMBOLS, Answers, Preview
from analytics.studies.calendar.events import CALENDAR, CalendarParameters, week_of
from analytics.studies.hold.study import HOLD_STUDY, HoldStudyParameters
from analytics.studies.sectors.afloat import AFLOAT, AfloatParameters
from analytics.studies.sectors.group_drawdown import GROUP_DRAWDOWN, GroupDrawdownParameters
from analytics.studies.sectors.sectors import SECTORS, SectorsParameters
from analytics.studies.sentiment.index import SENTIMENT, SentimentParameters
from analytics.studies.supports.how_likely import (
    DEFAULT_SESSIONS,
    level_in_question,
    study_sessions,
)
from analytics.studies.supports.odds import ODDS, OddsParameters
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from analytics.studies.supports.watchlist import WATCHLIST, WatchlistParameters

P = TypeVar("P")
R = TypeVar("R")

LEFT_OUT = Symbol("AAPL")
"""The newsletter's group is the ten largest companies without Apple."""


class Asks(Protocol):
    """The desk, as far as a preview needs it."""

    def moment(self, as_of: dt.date | None = None) -> Moment:
        """The moment answers are for."""
        ...

    def ask(
        self, question: Question[P, R], parameters: P, as_of: dt.date | None = None
    ) -> Answer[R]:
        """Answer one question."""
        ...


def build_preview(desk: Asks, as_of: dt.date | None = None) -> Preview:
    """Ask, and write.

    Raises:
        BadInput: a date the source does not know yet.
        NotAvailable: the source has no prices for the moment.
        SourceFailure: the source could not be asked for any.
    """
    answers = ask_all(desk, as_of)
    require_prices(answers)
    return compose(answers)


def require_prices(answers: Answers) -> None:
    """Refuse a preview that would tell nothing but the calendar.

    Raises:
        NotAvailable: the source has no prices for the moment.
        SourceFailure: the source could not be asked for any.
    """
    asked = [answers.watchlist, *answers.supports.values(), answers.sectors]
    priced = [answer for answer in asked if answer is not None]
    if any(answer.result is not None for answer in priced):
        return
    failed = [answer for answer in priced if answer.freshness is Freshness.ERROR]
    reason = next((a.reason for a in [*failed, *priced] if a.reason), "no prices.")
    text = f"There is nothing to write a preview from: {reason}"
    raise SourceFailure(text) if failed else NotAvailable(text)


def ask_all(desk: Asks, as_of: dt.date | None = None) -> Answers:
    """Every answer a preview is written from, for one moment."""
    moment = desk.moment(as_of)
    start, end = days_ahead(moment)
    watched = tuple(Symbol(symbol) for symbol in (*DEFAULT_WATCHLIST, VIX))
    supports = {
        symbol: desk.ask(SUPPORTS, SupportsParameters(Symbol(symbol)), as_of)
        for symbol in SUPPORT_SYMBOLS
    }
    first = Symbol(SUPPORT_SYMBOLS[0])
    ladder = supports[first].result
    level = level_in_question(ladder) if ladder is not None else dma(DEFAULT_SESSIONS)
    return Answers(
        moment=moment,
        calendar=desk.ask(CALENDAR, CalendarParameters(start, end), as_of),
        watchlist=desk.ask(WATCHLIST, WatchlistParameters(watched), as_of),
        sectors=desk.ask(SECTORS, SectorsParameters(), as_of),
        supports=supports,
        study=desk.ask(HOLD_STUDY, HoldStudyParameters(first, study_sessions(level)), as_of),
        odds=desk.ask(ODDS, OddsParameters(first), as_of),
        drawdown=desk.ask(GROUP_DRAWDOWN, GroupDrawdownParameters(exclude=(LEFT_OUT,)), as_of),
        sentiment=desk.ask(SENTIMENT, SentimentParameters(), as_of),
        options={
            symbol: desk.ask(OPTIONS, OptionsParameters(Symbol(symbol)), as_of)
            for symbol in OPTION_SYMBOLS
        },
        surprises={symbol: ask_surprise(desk, Symbol(symbol), as_of) for symbol in OPTION_SYMBOLS},
        afloat=desk.ask(AFLOAT, AfloatParameters(), as_of),
    )


def days_ahead(moment: Moment) -> tuple[dt.date, dt.date]:
    """From the session under way, or the next one, to the end of its week."""
    under_way = moment.phase is Phase.OPEN
    if under_way:
        first = moment.session
    else:
        today = moment.time.astimezone(sessions.NEW_YORK).date()
        closed = sessions.is_session(today) and moment.time >= sessions.session_close(today)
        from_day = today + dt.timedelta(days=1) if closed else today
        monday = week_of(from_day)[0]
        # over a weekend the coming week is shown whole, a Monday's holiday included
        first = monday if from_day.weekday() == 0 else from_day
        if from_day.weekday() > 4:
            first = monday + dt.timedelta(days=7)
    return first, week_of(first)[1]
