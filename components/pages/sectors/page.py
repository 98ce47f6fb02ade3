"""Sectors & drawdowns: how deep, how far to the averages, and who stays afloat."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model import sessions
from analytics.model.listings import sectors as sector_symbols
from analytics.model.question import Answer, Symbol
from analytics.settings import Settings
from analytics.studies.sectors.afloat import AFLOAT, AfloatParameters
from analytics.studies.sectors.correlation import CORRELATION, CorrelationParameters
from analytics.studies.sectors.downside import DOWNSIDE, DownsideParameters
from analytics.studies.sectors.follow_through import FOLLOW_THROUGH, FollowThroughParameters
from analytics.studies.sectors.rotation import ROTATION, RotationParameters
from analytics.studies.sectors.sectors import (
    SECTOR_HISTORY,
    SECTORS,
    SectorHistoryParameters,
    SectorsParameters,
)
from components.frame import panels, widgets
from components.frame.page import Page
from components.pages.sectors import rotation_views
from components.pages.sectors import views as sectors_views
from components.pages.sectors.state import SectorsState

KEY = "sectors"
TAIL_WEEKS = 6
RANGE_SESSIONS = {"1m": 21, "3m": 63, "6m": 126, "1y": 252, "2y": 504, "5y": 1260, "max": 7000}
ASKS = {"capital": "Who went from last to first?"}
"""The panels' own questions, their titles where a better plan shows them."""


def layout(settings: Settings) -> Component:
    """Ranking first, then the history, then the full table."""
    ranges = [(key, key.upper()) for key in ("3m", "6m", "1y", "2y", "5y")]
    return html.Div(
        [
            widgets.page_header(
                PAGE.title,
                widgets.choice(KEY, "range", "Range", ranges, "6m"),
                widgets.date_field(KEY, "start", "From"),
                widgets.date_field(KEY, "end", "To"),
                widgets.choice(
                    KEY,
                    "method",
                    "Heatmap",
                    [("drawdown", "Drawdown"), ("dma50", "To 50\u2011DMA")],
                    "drawdown",
                ),
                page=KEY,
            ),
            html.Div(
                [
                    panels.chart_panel(KEY, "ranking", height=400, class_name="span-7"),
                    panels.chart_panel(KEY, "afloat", height=400, class_name="span-5"),
                    panels.html_panel(KEY, "table", height=420, class_name="span-12"),
                    panels.chart_panel(KEY, "rotation", height=460, class_name="span-6 square"),
                    html.Div(
                        [
                            panels.html_panel(KEY, "capital", height=190),
                            panels.html_panel(KEY, "follow", height=150),
                        ],
                        className="span-6 stack gap",
                    ),
                    panels.chart_panel(KEY, "heatmap", height=380, class_name="span-7"),
                    panels.html_panel(KEY, "capture", height=380, class_name="span-5"),
                    panels.chart_panel(
                        KEY, "underwater", height=520, class_name="span-12 taller-on-phone"
                    ),
                ],
                className="grid",
            ),
        ]
    )


def date_range(desk: Desk, state: SectorsState) -> tuple[dt.date, dt.date | None]:
    """The dates chosen, else the last sessions of the range button."""
    session = desk.moment(state.as_of).session
    end = min(state.end or session, session)
    if state.start is not None:
        return state.start, state.end
    count = RANGE_SESSIONS[state.range] - 1
    return sessions.previous_session(sessions.session_on_or_before(end), count), state.end


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels."""

    def ask_rows(state: SectorsState) -> Answer[Any]:
        start, end = date_range(desk, state)
        return desk.ask(SECTORS, SectorsParameters(start=start, end=end), state.as_of)

    def ask_history(state: SectorsState) -> Answer[Any]:
        start, end = date_range(desk, state)
        return desk.ask(SECTOR_HISTORY, SectorHistoryParameters(start=start, end=end), state.as_of)

    def ask_afloat(state: SectorsState) -> Answer[Any]:
        members = tuple(Symbol(symbol) for symbol in sector_symbols())
        return desk.ask(AFLOAT, AfloatParameters(members), state.as_of)

    def ask_rotation(state: SectorsState) -> Answer[Any]:
        return desk.ask(ROTATION, RotationParameters(tail=TAIL_WEEKS), state.as_of)

    def ask_follow(state: SectorsState) -> Answer[Any]:
        return desk.ask(FOLLOW_THROUGH, FollowThroughParameters(), state.as_of)

    def ask_capture(state: SectorsState) -> tuple[Any, ...]:
        return (
            desk.ask(DOWNSIDE, DownsideParameters(), state.as_of),
            panels.MayBeAbsent(desk.ask(CORRELATION, CorrelationParameters(), state.as_of)),
        )

    feed = panels.PagePanels(app, KEY, SectorsState)
    feed.chart("rotation", ask_rotation, rotation_views.show_rotation)
    feed.card("capital", ask_rotation, rotation_views.show_capital, asks=ASKS["capital"])
    feed.card("follow", ask_follow, rotation_views.show_follow_through)
    feed.card("capture", ask_capture, rotation_views.show_capture)
    feed.chart("ranking", ask_rows, sectors_views.show_ranking)
    feed.card("table", ask_rows, sectors_views.show_table)
    feed.chart("afloat", ask_afloat, sectors_views.show_afloat)
    feed.chart("heatmap", ask_history, sectors_views.show_heatmap)
    feed.chart("underwater", ask_history, sectors_views.show_underwater)


PAGE = Page(
    key=KEY,
    path="/sectors",
    name="Sectors & drawdowns",
    short="Sectors",
    title="How deep are the sectors?",
    layout=layout,
    register=register,
    state=SectorsState,
)
