"""The model portfolio: how it stands, what a fall to its supports would cost, what was changed."""

from __future__ import annotations

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.question import Answer
from analytics.portfolio.question import PORTFOLIO_QUESTION, PortfolioParameters
from analytics.portfolio.view import PortfolioView
from analytics.settings import Settings
from components.frame import panels, widgets
from components.frame.attributes import attributes
from components.frame.page import Page
from components.pages.portfolio import charts, views
from components.pages.portfolio.state import PortfolioState

KEY = "portfolio"

FALLS = [("50", "50\u2011DMA"), ("100", "100\u2011DMA")]
RANGES = [("1m", "1M"), ("3m", "3M"), ("6m", "6M"), ("1y", "1Y"), ("max", "Max")]
ASKS = {
    "holdings": "What does the model portfolio hold?",
    "fall": "What would a fall to the supports cost?",
    "sectors": "Which sectors is it in?",
    "curve": "How did it do beside the market?",
    "returns": "What did it return?",
    "drawdown": "How far has it been below its high?",
    "changes": "What was changed, and why?",
}
"""The panels' own questions, their titles where a better plan shows them."""


def layout(settings: Settings) -> Component:
    """The answer, what is held, the fall to the supports, the returns, the changes."""
    return html.Div(
        [
            widgets.page_header(
                PAGE.title,
                widgets.choice(KEY, "level", "Fall to", FALLS, "50"),
                widgets.choice(KEY, "range", "Range", RANGES, "6m"),
                page=KEY,
            ),
            html.Div(
                [
                    panels.html_panel(KEY, "answer", height=76, class_name="span-12"),
                    panels.html_panel(KEY, "holdings", height=325, class_name="span-12"),
                    panels.chart_panel(KEY, "fall", height=340, class_name="span-7"),
                    panels.chart_panel(KEY, "sectors", height=340, class_name="span-5"),
                    panels.chart_panel(KEY, "curve", height=340, class_name="span-7"),
                    panels.html_panel(KEY, "returns", height=340, class_name="span-5"),
                    panels.chart_panel(KEY, "drawdown", height=240, class_name="span-12"),
                    panels.html_panel(KEY, "changes", height=300, class_name="span-12"),
                    panels.static(
                        html.Section(
                            id="portfolio-desk",
                            className="panel staff-desk",
                            hidden=True,
                            **attributes(aria_label="Edit the model portfolio"),
                        ),
                        class_name="span-12",
                    ),
                ],
                className="grid",
            ),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels, all from one answer."""

    def ask(state: PortfolioState) -> Answer[PortfolioView]:
        return desk.ask(PORTFOLIO_QUESTION, PortfolioParameters(), state.as_of)

    feed = panels.PagePanels(app, KEY, PortfolioState)
    feed.card("answer", ask, views.show_answer, reads=("level",))
    feed.card("holdings", ask, views.show_holdings, reads=(), asks=ASKS["holdings"])
    feed.chart("fall", ask, charts.show_fall, reads=("level",), asks=ASKS["fall"])
    feed.chart("sectors", ask, charts.show_sectors, reads=(), asks=ASKS["sectors"])
    feed.chart("curve", ask, charts.show_curve, reads=("range",), asks=ASKS["curve"])
    feed.card("returns", ask, charts.show_returns, reads=(), asks=ASKS["returns"])
    feed.chart("drawdown", ask, charts.show_drawdown, reads=("range",), asks=ASKS["drawdown"])
    feed.card("changes", ask, views.show_changes, reads=(), asks=ASKS["changes"])


PAGE = Page(
    key=KEY,
    path="/portfolio",
    name="Portfolio",
    short="Portfolio",
    title="How does the model portfolio stand?",
    layout=layout,
    register=register,
    state=PortfolioState,
)
