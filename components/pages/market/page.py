"""Market now: does support hold, who falls how far, what stays afloat, how broad is it?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.desk.patience import Patience
from analytics.model.listings import sectors, ten_largest
from analytics.model.question import Answer, Symbol
from analytics.model.vocabulary import Moment
from analytics.settings import Settings
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
from components.frame import panels, widgets
from components.frame.likely import ask_likely
from components.frame.page import Page
from components.pages.market import group_views, mood_views, overnight_views, watch_views
from components.pages.market import views as market_views
from components.pages.market.state import MarketState
from components.pages.market.watch_views import INDICES, MAX_WATCHED, OWN_DEFAULT

KEY = "market"
HARDLY_SECONDS = 0.02
"""A table does not wait for each row's study: it comes when the browser asks again."""

MOST_STUDIED = 12
MOOD_ELSEWHERE = "it takes years of two dozen symbols, which the Mood tab asks the source for"


def layout(settings: Settings) -> Component:
    """The verdict, its day and its odds; the watch tables; then the rest of the market."""
    return html.Div(
        [
            html.H1(PAGE.title, className="sr-only"),
            html.Div(
                [
                    panels.html_panel(KEY, "answer", height=220, class_name="first-verdict"),
                    panels.chart_panel(
                        KEY, "today", height=214, class_name="first-today", readout=True
                    ),
                    panels.html_panel(KEY, "likely", height=220, class_name="first-likely"),
                ],
                className="first",
            ),
            panels.html_panel(KEY, "overnight", height=300, class_name="alone"),
            html.Div(
                [
                    panels.html_panel(KEY, "indices", height=150),
                    panels.html_panel(KEY, "watchlist", height=180),
                    html.Div(
                        [
                            widgets.text_field(
                                KEY,
                                "symbols",
                                "Watchlist",
                                placeholder="NVDA, AAPL, XLK",
                                default=",".join(OWN_DEFAULT),
                            ),
                            html.Div(className="watchlists", id="watchlists"),
                            widgets.choice(
                                KEY,
                                "order",
                                "Order",
                                [("near", "Nearest first"), ("own", "Mine")],
                                "near",
                            ),
                            widgets.choice(
                                KEY,
                                "overnight",
                                "Overnight markets",
                                [("auto", "Before the open"), ("on", "Always")],
                                "auto",
                            ),
                        ],
                        className="controls watch-controls",
                    ),
                ],
                className="watch-tables",
            ),
            html.Div(
                [
                    _block(
                        _member_checks(settings),
                        panels.chart_panel(KEY, "group", height=236, class_name="taller-on-phone"),
                    ),
                    _block(
                        _afloat_controls(),
                        panels.chart_panel(KEY, "afloat", height=380, class_name="taller-on-phone"),
                    ),
                    html.Div(
                        [
                            panels.html_panel(KEY, "breadth", height=150),
                            panels.html_panel(KEY, "mood", height=90),
                        ],
                        className="block",
                    ),
                ],
                className="thirds",
            ),
        ],
        className="market",
    )


def _member_checks(settings: Settings) -> Component:
    ten = ten_largest(settings.as_of or dt.date.today()).symbols  # noqa: DTZ011 - a list's date
    return widgets.checks(KEY, "members", [(symbol, symbol) for symbol in ten], list(ten))


def _afloat_controls() -> Component:
    return html.Div(
        [
            widgets.choice(
                KEY,
                "group",
                "Of",
                [("both", "Both"), ("sectors", "Sectors"), ("ten", "Ten largest")],
                "both",
            ),
            widgets.choice(KEY, "sort", "By", [("z", "Residual z"), ("return", "Return")], "z"),
        ],
        className="controls",
    )


def _block(controls: Component, panel: Component) -> Component:
    return html.Div([panel, html.Div(controls, className="panel-controls")], className="block")


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels."""
    patience = Patience(desk)

    background = Patience(desk, HARDLY_SECONDS)

    def ask_ladder(state: MarketState) -> Answer[Any]:
        # The verdict names moving averages only: a chain is thirty requests to a remote source.
        return desk.ask(SUPPORTS, SupportsParameters(state.focus, options=False), state.as_of)

    def ask_log(state: MarketState) -> Answer[Any]:
        return desk.ask(LEVEL_LOG, LevelLogParameters(state.focus), state.as_of)

    def ask_odds(state: MarketState, ladder: Answer[Any]) -> tuple[Any, ...]:
        return ask_likely(patience, ladder, state.focus, state, fetch_chain=False)

    def ask_answer(state: MarketState) -> tuple[Any, ...]:
        ladder = ask_ladder(state)
        likely = ask_odds(state, ladder)
        return (*panels.timed(ladder), *likely, panels.MayBeAbsent(ask_log(state)))

    def ask_held(state: MarketState) -> tuple[Any, ...]:
        ladder = ask_ladder(state)
        return (*panels.timed(ladder), *ask_odds(state, ladder))

    def ask_today(state: MarketState) -> tuple[Any, ...]:
        return ask_log(state), panels.MayBeAbsent(ask_ladder(state))

    def ask_watched(state: MarketState, symbols: tuple[Symbol, ...]) -> tuple[Any, ...]:
        listed = desk.ask(WATCHLIST, WatchlistParameters(symbols), state.as_of)
        return (listed, *_extras(desk, background, listed, state))

    def ask_indices(state: MarketState) -> tuple[Any, ...]:
        return ask_watched(state, INDICES)

    def ask_overnight(state: MarketState) -> tuple[Any, ...]:
        # the indices are on the page anyway: the other markets are asked for where they are shown
        moment = desk.moment(state.as_of)
        if not overnight_views.is_shown(state, moment):
            return desk.ask(WATCHLIST, WatchlistParameters(INDICES), state.as_of), moment
        asked = desk.ask(OVERNIGHT, OvernightParameters(), state.as_of)
        return panels.MayBeAbsent(asked), moment

    def ask_watchlist(state: MarketState) -> tuple[Any, ...]:
        own = OWN_DEFAULT if state.symbols is None else state.symbols[:MAX_WATCHED]
        return ask_watched(state, own)

    def ask_group(state: MarketState) -> Answer[Any]:
        ten = ten_largest(desk.moment(state.as_of).session).symbols
        chosen = ten if state.members is None else state.members
        excluded = tuple(Symbol(symbol) for symbol in ten if symbol not in chosen)
        return desk.ask(GROUP_DRAWDOWN, GroupDrawdownParameters(exclude=excluded), state.as_of)

    def ask_afloat(state: MarketState) -> Answer[Any]:
        return desk.ask(AFLOAT, AfloatParameters(_afloat_members(desk, state)), state.as_of)

    def ask_breadth(state: MarketState) -> Answer[Any]:
        return desk.ask(BREADTH, BreadthParameters(), state.as_of)

    def ask_mood(state: MarketState) -> tuple[Any, ...]:
        breadth = ask_breadth(state)
        if desk.source.capabilities.remote:  # years of two dozen symbols, a request each
            elsewhere = background.not_asked(SENTIMENT.name, breadth.moment, MOOD_ELSEWHERE)
            return breadth, panels.MayBeAbsent(elsewhere)
        mood = background.begin(SENTIMENT, SentimentParameters(), state.as_of)
        return breadth, panels.MayBeAbsent(mood(breadth.moment))

    feed = panels.PagePanels(app, KEY, MarketState)
    feed.card("answer", ask_answer, market_views.show_answer, reads=("focus",))
    feed.chart("today", ask_today, market_views.show_today, reads=("focus",))
    feed.card("likely", ask_held, market_views.show_likely, reads=("focus",))
    feed.card("indices", ask_indices, watch_views.show_indices)  # its links hold the view
    feed.card("overnight", ask_overnight, overnight_views.show_overnight, reads=("overnight",))
    feed.chart("group", ask_group, group_views.show_group, reads=("members",))
    feed.chart("afloat", ask_afloat, group_views.show_afloat, reads=("group", "sort"))
    feed.card("mood", ask_mood, mood_views.show_mood, reads=())
    feed.card("breadth", ask_breadth, market_views.show_breadth, reads=())
    feed.card("watchlist", ask_watchlist, watch_views.show_watchlist)  # its links hold the view


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


PAGE = Page(
    key=KEY,
    path="/",
    name="Market now",
    short="Market",
    title="Market now",
    layout=layout,
    register=register,
    state=MarketState,
)
