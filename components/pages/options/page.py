"""Options: what the chain says of sentiment, and at which strikes it may hold the price."""

from __future__ import annotations

from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.levels import LevelGroup
from analytics.model.question import Answer, Symbol
from analytics.options import surprise
from analytics.options.history import OPTIONS_HISTORY, OptionsHistoryParameters
from analytics.options.levels_question import OPTIONS_LEVELS
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.options.surface_question import OPTIONS_SURFACE
from analytics.settings import Settings
from analytics.studies.supports.calibration import ODDS_CALIBRATION, CalibrationParameters
from analytics.studies.supports.odds import ODDS, OddsParameters
from components.frame import panels, widgets
from components.frame.attributes import attributes
from components.frame.levels_out import levels_out
from components.frame.page import Page
from components.pages.options import (
    activity_views,
    chain_views,
    exposure_views,
    history_views,
    levels_views,
    odds_views,
    surprise_views,
    views,
)
from components.pages.options.state import OptionsState

KEY = "options"
DEFAULT_SYMBOL = "SPY"
ONE_CLICK = ("SPY", "NVDA", "XLK", "QQQ")
RULES = [
    ("all", "All"),
    ("0dte", "0DTE"),
    ("this-week", "This week"),
    ("next-monthly", "Next monthly"),
    ("short-term", "Short term"),
]
DEALERS = [
    ("long-calls", "Long calls, short puts"),
    ("short-all", "Short both"),
    ("short-calls", "Short calls, long puts"),
]
FIGURES = [
    ("put-call", "Put/call"),
    ("bullish", "Bullish share"),
    ("iv30", "IV30"),
    ("walls", "Walls & flip"),
]
MEASURES = [
    ("volume", "Volume"),
    ("open-interest", "Open interest"),
    ("gex", "GEX"),
    ("vanna", "Vanna"),
    ("charm", "Charm"),
]
ASKS = {
    "standing": "Where does implied volatility rank in its year?",
    "term": "How dear is volatility by expiry?",
    "matrix": "Which strikes and expiries hold the most?",
    "unusual": "What trades unusually much?",
}
"""The panels' own questions, their titles where a better plan shows them."""


def layout(settings: Settings) -> Component:
    """Sentiment first, then levels, then the surface; hygiene last."""
    quick = [html.A(symbol, href=f"/options?symbol={symbol}") for symbol in ONE_CLICK]
    return html.Div(
        [
            widgets.page_header(
                PAGE.title,
                html.Nav(quick, className="quick", **attributes(aria_label="One click")),
                widgets.text_field(KEY, "symbol", "Symbol", default=DEFAULT_SYMBOL),
                widgets.choice(KEY, "rule", "Expiries", RULES, "all"),
                widgets.choice(KEY, "measure", "By strike", MEASURES, "volume"),
                widgets.choice(KEY, "dealers", "Dealers are", DEALERS, "long-calls"),
                widgets.switch(KEY, "weighted", "Delta-weighted"),
                levels_out(KEY, (DEFAULT_SYMBOL,), LevelGroup.OPTIONS),
                page=KEY,
            ),
            html.Div(
                [
                    panels.html_panel(KEY, "answer", height=146, class_name="span-12"),
                    panels.chart_panel(KEY, "bullish", height=260, class_name="span-7"),
                    panels.html_panel(KEY, "put-call-table", height=284, class_name="span-5"),
                    panels.chart_panel(KEY, "strikes", height=400, class_name="span-8", tall=True),
                    panels.html_panel(KEY, "levels", height=400, class_name="span-4"),
                    panels.chart_panel(KEY, "profile", height=300, class_name="span-6"),
                    panels.chart_panel(KEY, "gex-expiry", height=300, class_name="span-6"),
                    panels.chart_panel(KEY, "density", height=320, class_name="span-6"),
                    panels.chart_panel(KEY, "smile", height=320, class_name="span-6"),
                    panels.chart_panel(KEY, "put-call", height=300, class_name="span-6"),
                    panels.chart_panel(KEY, "term", height=300, class_name="span-6"),
                    panels.chart_panel(KEY, "matrix", height=440, class_name="span-7"),
                    panels.html_panel(KEY, "unusual", height=440, class_name="span-5"),
                    html.Div(
                        [
                            html.H2("Over time"),
                            widgets.choice(KEY, "figure", "Draw", FIGURES, "put-call"),
                        ],
                        className="span-12 section-head",
                    ),
                    panels.html_panel(KEY, "surprise", height=80, class_name="span-12"),
                    panels.chart_panel(KEY, "history", height=280, class_name="span-8"),
                    panels.html_panel(KEY, "standing", height=280, class_name="span-4"),
                    panels.html_panel(KEY, "expiries", height=200, class_name="span-12"),
                    panels.html_panel(KEY, "calibration", height=200, class_name="span-7"),
                    panels.html_panel(KEY, "hygiene", height=200, class_name="span-5"),
                ],
                className="grid",
            ),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels from three questions about one chain."""

    def parameters(state: OptionsState) -> OptionsParameters:
        return OptionsParameters(
            Symbol(state.symbol), state.expiry, rule=state.rule, dealers=state.dealers
        )

    def ask(state: OptionsState) -> Answer[Any]:
        return desk.ask(OPTIONS, parameters(state), state.as_of)

    def ask_levels(state: OptionsState) -> Answer[Any]:
        return desk.ask(OPTIONS_LEVELS, parameters(state), state.as_of)

    def ask_surface(state: OptionsState) -> Answer[Any]:
        return desk.ask(OPTIONS_SURFACE, parameters(state), state.as_of)

    def ask_history(state: OptionsState) -> Answer[Any]:
        return desk.ask(OPTIONS_HISTORY, OptionsHistoryParameters(state.symbol), state.as_of)

    def ask_odds(state: OptionsState) -> Answer[Any]:
        return desk.ask(ODDS, OddsParameters(state.symbol), state.as_of)

    def ask_calibration(state: OptionsState) -> Answer[Any]:
        return desk.ask(ODDS_CALIBRATION, CalibrationParameters(state.symbol), state.as_of)

    def ask_surprise(state: OptionsState) -> Answer[Any]:
        return surprise.ask_surprise(desk, Symbol(state.symbol), state.as_of)

    def ask_both(state: OptionsState) -> tuple[Answer[Any], ...]:
        return ask(state), ask_levels(state)

    charts: tuple[tuple[str, panels.Ask[OptionsState], panels.Show], ...] = (
        ("history", ask_history, history_views.show_history),
        ("bullish", ask, views.show_bullish),
        ("strikes", ask_both, exposure_views.show_strikes),
        ("gex-expiry", ask_levels, exposure_views.show_gex_by_expiry),
        ("profile", ask_levels, levels_views.show_profile),
        ("put-call", ask, views.show_put_call),
        ("term", ask_surface, chain_views.show_term),
        ("smile", ask_surface, chain_views.show_smile),
        ("density", ask_odds, odds_views.show_density),
        ("matrix", ask_surface, activity_views.show_matrix),
    )
    cards: tuple[tuple[str, panels.Ask[OptionsState], panels.Show], ...] = (
        ("standing", ask_history, history_views.show_standing),
        ("surprise", ask_surprise, surprise_views.show_surprise),
        ("answer", ask, views.show_answer),
        ("put-call-table", ask, views.show_put_call_table),
        ("levels", ask_levels, levels_views.show_levels),
        ("calibration", ask_calibration, odds_views.show_calibration),
        ("unusual", ask_surface, activity_views.show_unusual),
        ("expiries", ask, chain_views.show_expiries),
        ("hygiene", ask, chain_views.show_hygiene),
    )
    feed = panels.PagePanels(app, KEY, OptionsState)
    for name, question, show in charts:
        feed.chart(name, question, show, asks=ASKS.get(name, ""))
    for name, question, show in cards:
        feed.card(name, question, show, asks=ASKS.get(name, ""))


PAGE = Page(
    key=KEY,
    path="/options",
    name="Options",
    short="Options",
    title="What do options say?",
    layout=layout,
    register=register,
    state=OptionsState,
)
