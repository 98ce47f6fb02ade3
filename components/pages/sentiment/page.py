"""Sentiment & breadth: the index and its parts, breadth, and where the move came from."""

from __future__ import annotations

from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.question import Answer
from analytics.settings import Settings
from analytics.studies.sectors.contribution import (
    CONTRIBUTION,
    ContributionParameters,
)
from analytics.studies.sentiment.breadth import BREADTH, BreadthParameters
from analytics.studies.sentiment.index import SENTIMENT, SentimentParameters
from components.frame import panels, widgets
from components.frame.page import Page
from components.pages.sentiment import breadth_views
from components.pages.sentiment import views as sentiment_views
from components.pages.sentiment.state import SentimentState

KEY = "sentiment"
ASKS = {
    "sectors": "Which sectors moved the market?",
    "equal": "Did the average company move as much?",
    "concentration": "How much of the market do the largest ten make up?",
}
"""The panels' own questions, their titles where a better plan shows them."""


def layout(settings: Settings) -> Component:
    """The index, its parts and history; breadth; contributions."""
    return html.Div(
        [
            widgets.page_header(
                PAGE.title,
                widgets.choice(
                    KEY,
                    "group",
                    "Members",
                    [
                        ("sectors+ten", "Sectors + ten"),
                        ("sectors", "Sectors"),
                        ("ten", "Ten largest"),
                        ("sp500", "S&P 500"),
                    ],
                    "sectors+ten",
                ),
                widgets.choice(
                    KEY,
                    "window",
                    "Move over",
                    [("1", "1 session"), ("5", "5"), ("20", "20"), ("60", "60")],
                    "1",
                ),
                page=KEY,
            ),
            html.Div(
                [
                    panels.html_panel(KEY, "index", height=140, class_name="span-5"),
                    panels.chart_panel(KEY, "parts", height=250, class_name="span-7"),
                    panels.chart_panel(KEY, "history", height=320, class_name="span-7"),
                    panels.html_panel(KEY, "after", height=320, class_name="span-5"),
                    panels.chart_panel(KEY, "breadth", height=320, class_name="span-7"),
                    panels.chart_panel(KEY, "highs", height=320, class_name="span-5"),
                    panels.chart_panel(KEY, "companies", height=320, class_name="span-6"),
                    panels.chart_panel(KEY, "sectors", height=320, class_name="span-6"),
                    panels.chart_panel(KEY, "equal", height=300, class_name="span-6"),
                    panels.chart_panel(KEY, "concentration", height=300, class_name="span-6"),
                ],
                className="grid",
            ),
        ]
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels from three questions."""

    def ask_sentiment(state: SentimentState) -> Answer[Any]:
        return desk.ask(SENTIMENT, SentimentParameters(), state.as_of)

    def ask_breadth(state: SentimentState) -> Answer[Any]:
        group = state.group if state.group in GROUPS else "sectors+ten"
        return desk.ask(BREADTH, BreadthParameters(group=group), state.as_of)  # type: ignore[arg-type]

    def ask_move(state: SentimentState) -> Answer[Any]:
        return desk.ask(CONTRIBUTION, ContributionParameters(state.window), state.as_of)

    feed = panels.PagePanels(app, KEY, SentimentState)
    feed.card("index", ask_sentiment, sentiment_views.show_index)
    feed.chart("parts", ask_sentiment, sentiment_views.show_parts)
    feed.chart("history", ask_sentiment, sentiment_views.show_history)
    feed.card("after", ask_sentiment, sentiment_views.show_after)
    feed.chart("breadth", ask_breadth, breadth_views.show_breadth)
    feed.chart("highs", ask_breadth, breadth_views.show_highs)
    feed.chart("companies", ask_move, breadth_views.show_companies)
    feed.chart("sectors", ask_move, breadth_views.show_sectors, asks=ASKS["sectors"])
    feed.chart("equal", ask_move, breadth_views.show_equal_weight, asks=ASKS["equal"])
    feed.chart(
        "concentration", ask_move, breadth_views.show_concentration, asks=ASKS["concentration"]
    )


GROUPS = ("sectors+ten", "sectors", "ten", "sp500")


PAGE = Page(
    key=KEY,
    path="/sentiment",
    name="Sentiment & breadth",
    short="Mood",
    title="How is the mood, and how broad the move?",
    layout=layout,
    register=register,
    state=SentimentState,
)
