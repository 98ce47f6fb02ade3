"""Valuation: what a company earns and at what margin, and what the market pays for sales."""

from __future__ import annotations

from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.question import Answer, Symbol
from analytics.settings import Settings
from analytics.studies.valuation.fundamentals import VALUATION, ValuationParameters
from analytics.studies.valuation.group_valuation import GROUP_VALUATION, GroupValuationParameters
from components.frame import panels, widgets
from components.frame.page import Page
from components.frame.state import PageState
from components.pages.valuation import views

KEY = "valuation"
DEFAULT_COMPANY = "NVDA"


def layout(settings: Settings) -> Component:
    """One company's quarters, then two groups against each other."""
    return html.Div(
        [
            widgets.page_header(
                PAGE.title,
                widgets.text_field(KEY, "company", "Company", default=DEFAULT_COMPANY),
                widgets.text_field(KEY, "basket", "Basket", placeholder="the AI list"),
                widgets.text_field(KEY, "against", "Against", placeholder="the rest"),
            ),
            html.Div(
                [
                    panels.chart_panel(KEY, "quarters", height=340, class_name="span-7"),
                    panels.html_panel(KEY, "margins", height=340, class_name="span-5"),
                    panels.html_panel(KEY, "groups", height=120, class_name="span-12"),
                    panels.html_panel(KEY, "companies", height=380, class_name="span-7"),
                    panels.chart_panel(KEY, "history", height=380, class_name="span-5"),
                ],
                className="grid",
            ),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels from two questions."""

    def ask_company(state: PageState) -> Answer[Any]:
        company = state.company or Symbol(DEFAULT_COMPANY)
        return desk.ask(VALUATION, ValuationParameters(company), state.as_of)

    def ask_groups(state: PageState) -> Answer[Any]:
        wanted = GroupValuationParameters(state.basket or (), state.against or ())
        return desk.ask(GROUP_VALUATION, wanted, state.as_of)

    panels.panel_callback(app, KEY, "quarters", ask=ask_company, show=views.show_quarters)
    panels.panel_callback(app, KEY, "margins", ask=ask_company, show=views.show_margins, card=True)
    panels.panel_callback(app, KEY, "groups", ask=ask_groups, show=views.show_groups, card=True)
    panels.panel_callback(
        app, KEY, "companies", ask=ask_groups, show=views.show_companies, card=True
    )
    panels.panel_callback(app, KEY, "history", ask=ask_groups, show=views.show_history)


PAGE = Page(
    key=KEY,
    path="/valuation",
    name="Valuation",
    short="Value",
    title="What does the market pay for sales?",
    layout=layout,
    register=register,
    takes=("company", "basket", "against"),
)
