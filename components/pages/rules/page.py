"""Rule lab: would trading a level by a rule have paid, beside holding and beside chance?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.desk.patience import Patience
from analytics.model.question import BEING_COMPUTED, Answer
from analytics.settings import Settings
from analytics.studies.rules.lab import RULE_LAB
from components.frame import panels, widgets
from components.frame.page import Page
from components.pages.rules import views
from components.pages.rules.state import RulesState

KEY = "rules"

LEVELS = [
    ("dma", "N-day average"),
    ("weekly", "N-week average"),
    ("day-low", "Prior day low"),
    ("week-low", "Prior week low"),
    ("month-low", "Prior month low"),
    ("day-high", "Prior day high"),
    ("week-high", "Prior week high"),
    ("month-high", "Prior month high"),
    ("vwap-high", "VWAP since the 52-week high"),
    ("vwap-low", "VWAP since the 52-week low"),
    ("poc", "Point of control"),
    ("value-high", "Value area high"),
    ("value-low", "Value area low"),
]
GROUPS = [
    ("one", "This symbol"),
    ("sectors+ten", "Sectors + ten"),
    ("sectors", "Sectors"),
    ("ten", "Ten largest"),
    ("sp500", "S&P 500"),
    ("nasdaq100", "Nasdaq-100"),
    ("dow", "Dow"),
]
ENTRIES = [("reclaim", "Reclaim"), ("touch", "Touch and hold"), ("cross", "Cross")]


def layout(settings: Settings) -> Component:
    """The rule as a sentence to fill in, its verdict, curve and trades."""
    return html.Div(
        [
            widgets.page_header(PAGE.title, *_controls(), page=KEY),
            html.Div(
                [
                    panels.html_panel(KEY, "result", height=190, class_name="span-12"),
                    panels.chart_panel(KEY, "curve", height=340, class_name="span-7"),
                    panels.chart_panel(KEY, "drawdown", height=340, class_name="span-5"),
                    panels.html_panel(KEY, "trades", height=420, class_name="span-12"),
                ],
                className="grid",
            ),
        ],
        className="rules",
    )


def _controls() -> list[Component]:
    return [
        widgets.text_field(KEY, "symbol", "Symbol", default="SPY"),
        widgets.menu(KEY, "group", "On", GROUPS, "one"),
        widgets.choice(KEY, "entry", "Buy", ENTRIES, "reclaim"),
        widgets.menu(KEY, "level", "Of", LEVELS, "dma"),
        widgets.text_field(KEY, "n", "N", default="50"),
        widgets.choice(
            KEY, "stop", "Stop", [("close", "Close under"), ("intraday", "Resting order")], "close"
        ),
        widgets.text_field(KEY, "k", "L \u2212 k ATR, k", default="0.5"),
        widgets.text_field(KEY, "m", "Or after sessions", default="20"),
        widgets.text_field(KEY, "target", "Target, ATR", placeholder="none"),
        widgets.choice(
            KEY, "fill", "Fill", [("open", "Next open"), ("close", "Next close")], "open"
        ),
        widgets.text_field(KEY, "cost_bp", "Cost a side, bp", default="5"),
        widgets.date_field(KEY, "start", "From", empty="10 y before"),
        widgets.date_field(KEY, "end", "To", empty="last close"),
    ]


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels from one question."""

    patience = Patience(desk)

    def ask_result(state: RulesState) -> Answer[Any]:
        """The answer, or what is known of it before a group's random paths are drawn."""
        if state.group == "one":
            return desk.ask(RULE_LAB, state.parameters(), state.as_of)
        run = ask_run(state)
        if run.result is None or run.result.loading or not run.result.trades:
            return run
        answer = patience.begin(RULE_LAB, state.parameters(), state.as_of)(run.moment)
        waits = answer.reason == BEING_COMPUTED or (answer.result and answer.result.loading)
        return run if waits else answer

    def ask_run(state: RulesState) -> Answer[Any]:
        """The rule's own course: that of a group without its random paths."""
        if state.group == "one":
            return desk.ask(RULE_LAB, state.parameters(), state.as_of)
        alone = replace(state.parameters(), paths=0, tried="", elsewhere=0)
        return desk.ask(RULE_LAB, alone, state.as_of)

    feed = panels.PagePanels(app, KEY, RulesState)
    feed.card("result", ask_result, views.show_result)
    feed.chart("curve", ask_run, views.show_curve)
    feed.chart("drawdown", ask_run, views.show_drawdown)
    feed.card("trades", ask_run, views.show_trades)


PAGE = Page(
    key=KEY,
    path="/rules",
    name="Rule lab",
    short="Rules",
    title="Would it have paid?",
    layout=layout,
    register=register,
    state=RulesState,
)
