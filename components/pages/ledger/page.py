"""Call ledger: how often did the levels called before the close hold?"""

from __future__ import annotations

from typing import Any, get_args

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.levels import live_levels
from analytics.model.question import Answer
from analytics.model.sessions import previous_session
from analytics.model.vocabulary import Phase
from analytics.settings import Settings
from analytics.watch.ledger import CALL_LEDGER, CallLedgerParameters, Outcome
from analytics.watch.reconstruction import SESSIONS_BACK
from components.frame import formats, panels, widgets
from components.frame.page import Page
from components.pages.ledger import views as ledger_views
from components.pages.ledger.state import LedgerState

KEY = "ledger"
ALL = "all"
LEVELS = [(ALL, "All"), *((lv.name, formats.level_name(lv.name)) for lv in live_levels())]
OUTCOMES = [(ALL, "All"), *((name, name.capitalize()) for name in get_args(Outcome))]
ASKS = {
    "past": "What became of earlier calls?",
    "rates": "How often did tested levels hold?",
}
"""The panels' own questions, their titles where a better plan shows them."""


def layout(settings: Settings) -> Component:
    """The calls, newest first, under their hit rates."""
    return html.Div(
        [
            widgets.page_header(
                PAGE.title,
                widgets.text_field(KEY, "called", "Symbol", placeholder="all"),
                widgets.choice(KEY, "at_level", "Level", LEVELS, ALL),
                widgets.switch(KEY, "focus", "Support in focus only", on=True),
                widgets.menu(KEY, "outcome", "Outcome", OUTCOMES, ALL),
                page=KEY,
            ),
            html.Div(
                [
                    panels.chart_panel(
                        KEY, "rates", height=300, class_name="span-12 taller-on-phone"
                    ),
                    panels.html_panel(KEY, "calls", height=300, class_name="span-12"),
                    panels.html_panel(KEY, "past", height=460, class_name="span-12"),
                ],
                className="grid",
            ),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed both panels from one answer."""

    def ask(state: LedgerState) -> Answer[Any]:
        return desk.ask(CALL_LEDGER, wanted(state, back=0), state.as_of)

    def ask_past(state: LedgerState) -> Answer[Any]:
        # the running session adds nothing to the past, and would send it anew with every price
        moment = desk.moment(state.as_of)
        running = moment.phase is Phase.OPEN
        before = previous_session(moment.session) if running else state.as_of
        return desk.ask(CALL_LEDGER, wanted(state), before)

    def ask_rates(state: LedgerState) -> tuple[Any, ...]:
        return ask(state), panels.MayBeAbsent(ask_past(state))

    feed = panels.PagePanels(app, KEY, LedgerState)
    feed.card("calls", lambda state: panels.timed(ask(state)), ledger_views.show_calls)
    feed.card(
        "past",
        lambda state: panels.timed(ask_past(state)),
        ledger_views.show_past,
        asks=ASKS["past"],
    )
    feed.chart("rates", ask_rates, ledger_views.show_rates, asks=ASKS["rates"])


def wanted(state: LedgerState, back: int = SESSIONS_BACK) -> CallLedgerParameters:
    """The question that a view of the page asks."""
    return CallLedgerParameters(
        state.called, state.at_level, state.outcome, focus=state.focus, back=back
    )


PAGE = Page(
    key=KEY,
    path="/ledger",
    name="Ledger",
    short="Ledger",
    title="Did the called levels hold?",
    layout=layout,
    register=register,
    state=LedgerState,
)
