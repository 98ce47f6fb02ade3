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
from components.pages.valuation import views
from components.pages.valuation.state import ValuationState

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
                page=KEY,
            ),
            html.Div(
                [
                    panels.chart_panel(KEY, "quarters", height=340, class_name="span-7"),
                    panels.html_panel(KEY, "margins", height=308, class_name="span-5"),
                    panels.chart_panel(KEY, "buybacks", height=240, class_name="span-12"),
                    panels.html_panel(KEY, "groups", height=94, class_name="span-12"),
                    panels.html_panel(KEY, "companies", height=380, class_name="span-7"),
                    panels.chart_panel(KEY, "history", height=380, class_name="span-5"),
                ],
                className="grid",
            ),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels from two questions."""

    def ask_company(state: ValuationState) -> Answer[Any]:
        company = state.company or Symbol(DEFAULT_COMPANY)
        return desk.ask(VALUATION, ValuationParameters(company), state.as_of)

    def ask_groups(state: ValuationState) -> Answer[Any]:
        wanted = GroupValuationParameters(state.basket or (), state.against or ())
        return desk.ask(GROUP_VALUATION, wanted, state.as_of)

    feed = panels.PagePanels(app, KEY, ValuationState)
    feed.chart("quarters", ask_company, views.show_quarters)
    feed.card("margins", ask_company, views.show_margins)
    feed.chart("buybacks", ask_company, views.show_buybacks)
    feed.card("groups", ask_groups, views.show_groups)
    feed.card("companies", ask_groups, views.show_companies)
    feed.chart("history", ask_groups, views.show_history)


PAGE = Page(
    key=KEY,
    path="/valuation",
    name="Valuation",
    short="Value",
    title="What does the market pay for sales?",
    layout=layout,
    register=register,
    state=ValuationState,
)
