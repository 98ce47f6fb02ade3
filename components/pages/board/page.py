"""Board: four to twelve symbols at a glance, for a second screen."""

from __future__ import annotations

from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.desk.patience import Patience
from analytics.model.question import Symbol
from analytics.settings import Settings
from analytics.studies.supports.watchlist import WATCHLIST, WatchlistParameters
from analytics.watch.day_log import LEVEL_LOG, LevelLogParameters
from components.frame import panels, widgets
from components.frame.levels_out import levels_out
from components.frame.page import Page
from components.pages.board import views
from components.pages.board.state import BoardState

KEY = "board"
SHORTLY_SECONDS = 0.1
"""The tiles do not wait for a symbol's minutes: they come when the browser asks again."""


def layout(settings: Settings) -> Component:
    """The tiles, and under them which symbols they are of."""
    return html.Div(
        [
            html.H1(PAGE.title, className="sr-only"),
            panels.html_panel(KEY, "tiles", height=640, class_name="board-panel"),
            html.Div(
                [
                    widgets.text_field(
                        KEY,
                        "symbols",
                        "Symbols",
                        placeholder="SPY, NVDA, AAPL",
                        default=",".join(views.USUAL),
                    ),
                    html.Div(className="watchlists", id="board-lists"),
                    levels_out(KEY, views.USUAL, listed=True),
                    html.P(
                        [html.Kbd("1"), "\u2013", html.Kbd("9"), " open a symbol on Supports"],
                        className="muted board-keys",
                    ),
                ],
                className="controls board-controls",
            ),
        ],
        className="board",
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed the tiles."""
    background = Patience(desk, SHORTLY_SECONDS)

    def ask_tiles(state: BoardState) -> tuple[Any, ...]:
        shown = views.shown_symbols(state)
        listed = desk.ask(WATCHLIST, WatchlistParameters(shown), state.as_of)
        if listed.result is None:
            return (listed, listed.moment)
        begun = [
            background.begin(LEVEL_LOG, LevelLogParameters(Symbol(row.symbol)), state.as_of)
            for row in listed.result.rows
        ]
        return (
            *panels.timed(listed),
            *(panels.MayBeAbsent(take(listed.moment)) for take in begun),
        )

    feed = panels.PagePanels(app, KEY, BoardState)
    feed.card("tiles", ask_tiles, views.show_tiles)


PAGE = Page(
    key=KEY,
    path="/board",
    name="Board",
    short="Board",
    title="Board",
    layout=layout,
    register=register,
    state=BoardState,
)
