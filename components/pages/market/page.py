"""Market now: does support hold, who falls how far, what stays afloat, how broad is it?"""

from __future__ import annotations

import datetime as dt

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.listings import ten_largest
from analytics.settings import Settings
from components.frame import panels, widgets
from components.frame.page import Page
from components.pages.market import group_views, mood_views, overnight_views, watch_views
from components.pages.market import views as market_views
from components.pages.market.asking import MarketQuestions
from components.pages.market.state import MarketState
from components.pages.market.watch_views import OWN_DEFAULT

KEY = "market"


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
    asked = MarketQuestions(desk)
    feed = panels.PagePanels(app, KEY, MarketState)
    feed.card("answer", asked.answer, market_views.show_answer, reads=("focus",))
    feed.chart("today", asked.today, market_views.show_today, reads=("focus",))
    feed.card("likely", asked.held, market_views.show_likely, reads=("focus",))
    feed.card("indices", asked.indices, watch_views.show_indices)  # its links hold the view
    feed.card("overnight", asked.overnight, overnight_views.show_overnight, reads=("overnight",))
    feed.chart("group", asked.group, group_views.show_group, reads=("members",))
    feed.chart("afloat", asked.afloat, group_views.show_afloat, reads=("group", "sort"))
    feed.card("mood", asked.mood, mood_views.show_mood, reads=())
    feed.card("breadth", asked.breadth, market_views.show_breadth, reads=())
    feed.card("watchlist", asked.watchlist, watch_views.show_watchlist)  # its links hold the view


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
