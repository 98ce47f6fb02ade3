"""Market now: does support hold, who falls how far, what stays afloat, how broad is it?"""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.desk.patience import Patience
from analytics.model.listings import sectors, ten_largest
from analytics.model.question import Answer, Symbol
from analytics.settings import Settings
from analytics.studies.overnight.overnight import OVERNIGHT, OvernightParameters
from analytics.studies.sectors.afloat import AFLOAT, AfloatParameters
from analytics.studies.sectors.group_drawdown import GROUP_DRAWDOWN, GroupDrawdownParameters
from analytics.studies.sentiment.breadth import BREADTH, BreadthParameters
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from analytics.studies.supports.watchlist import WATCHLIST, WatchlistParameters
from components.frame import panels, widgets
from components.frame.likely import ask_likely
from components.frame.page import Page
from components.pages.market import group_views, overnight_views
from components.pages.market import views as market_views
from components.pages.market.state import MarketState
from components.pages.market.views import INDICES, MAX_WATCHED

KEY = "market"
OWN_DEFAULT = tuple(Symbol(s) for s in ("NVDA", "AAPL", "MSFT", "XLK", "XLP"))


def layout(settings: Settings) -> Component:
    """The answer first, then the indices, the group, what stays afloat, breadth, the watchlist."""
    ten = ten_largest(settings.as_of or dt.date.today()).symbols  # noqa: DTZ011 - a list's date
    members = [(symbol, symbol) for symbol in ten]
    return html.Div(
        [
            widgets.page_header(
                PAGE.title,
                widgets.choice(
                    KEY,
                    "overnight",
                    "Overnight markets",
                    [("auto", "Before the open"), ("on", "Always")],
                    "auto",
                ),
            ),
            html.Div(
                [
                    panels.html_panel(KEY, "answer", height=110, class_name="span-12"),
                    panels.html_panel(KEY, "overnight", height=300, class_name="span-12"),
                    panels.html_panel(KEY, "indices", height=190, class_name="span-12"),
                    html.Div(
                        [
                            _block(
                                widgets.checks(KEY, "members", members, list(ten)),
                                panels.chart_panel(KEY, "group", height=300, tall=True),
                            ),
                        ],
                        className="span-6 stack",
                    ),
                    html.Div(
                        [
                            _block(
                                html.Div(
                                    [
                                        widgets.choice(
                                            KEY,
                                            "group",
                                            "Of",
                                            [
                                                ("both", "Both"),
                                                ("sectors", "Sectors"),
                                                ("ten", "Ten largest"),
                                            ],
                                            "both",
                                        ),
                                        widgets.choice(
                                            KEY,
                                            "sort",
                                            "By",
                                            [("z", "Residual z"), ("return", "Return")],
                                            "z",
                                        ),
                                    ],
                                    className="controls",
                                ),
                                panels.chart_panel(KEY, "afloat", height=430, tall=True),
                            )
                        ],
                        className="span-6 stack",
                    ),
                    panels.html_panel(KEY, "breadth", height=150, class_name="span-4"),
                    html.Div(
                        _block(
                            widgets.text_field(
                                KEY,
                                "symbols",
                                "Watchlist",
                                placeholder="NVDA, AAPL, XLK",
                                default=",".join(OWN_DEFAULT),
                            ),
                            panels.html_panel(KEY, "watchlist", height=220),
                        ),
                        className="span-8 stack",
                    ),
                ],
                className="grid",
            ),
        ]
    )


def _block(controls: Component, panel: Component) -> Component:
    return html.Div([html.Div(controls, className="panel-controls"), panel], className="block")


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels."""
    patience = Patience(desk)

    def ask_answer(state: MarketState) -> tuple[Any, ...]:
        # The answer names moving averages only: a chain is thirty requests to a remote source.
        wanted = SupportsParameters(INDICES[0], options=False)
        ladder: Answer[Any] = desk.ask(SUPPORTS, wanted, state.as_of)
        likely = ask_likely(patience, ladder, INDICES[0], state, fetch_chain=False)
        return (*panels.timed(ladder), *likely)

    def ask_indices(state: MarketState) -> Answer[Any]:
        return desk.ask(WATCHLIST, WatchlistParameters(INDICES), state.as_of)

    def ask_overnight(state: MarketState) -> tuple[Any, ...]:
        # the indices are on the page anyway: the other markets are asked for where they are shown
        moment = desk.moment(state.as_of)
        if not overnight_views.is_shown(state, moment):
            return ask_indices(state), moment
        asked = desk.ask(OVERNIGHT, OvernightParameters(), state.as_of)
        return panels.MayBeAbsent(asked), moment

    def ask_watchlist(state: MarketState) -> Answer[Any]:
        own = OWN_DEFAULT if state.symbols is None else state.symbols[:MAX_WATCHED]
        return desk.ask(WATCHLIST, WatchlistParameters(own), state.as_of)

    def ask_group(state: MarketState) -> Answer[Any]:
        ten = ten_largest(desk.moment(state.as_of).session).symbols
        chosen = ten if state.members is None else state.members
        excluded = tuple(Symbol(symbol) for symbol in ten if symbol not in chosen)
        return desk.ask(GROUP_DRAWDOWN, GroupDrawdownParameters(exclude=excluded), state.as_of)

    def ask_afloat(state: MarketState) -> Answer[Any]:
        return desk.ask(AFLOAT, AfloatParameters(_afloat_members(desk, state)), state.as_of)

    def ask_breadth(state: MarketState) -> Answer[Any]:
        return desk.ask(BREADTH, BreadthParameters(), state.as_of)

    feed = panels.PagePanels(app, KEY, MarketState)
    feed.card("answer", ask_answer, market_views.show_answer, reads=())
    feed.card("indices", ask_indices, market_views.show_indices, reads=())
    feed.card("overnight", ask_overnight, overnight_views.show_overnight, reads=("overnight",))
    feed.chart("group", ask_group, group_views.show_group, reads=("members",))
    feed.chart("afloat", ask_afloat, group_views.show_afloat, reads=("group", "sort"))
    feed.card("breadth", ask_breadth, market_views.show_breadth, reads=())
    feed.card("watchlist", ask_watchlist, market_views.show_watchlist)  # its links hold the view


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
