"""Scan: every name of a universe at its support, in one table, beside a map of the market."""

from __future__ import annotations

from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.desk.patience import Patience
from analytics.model.listings import sector_names
from analytics.model.universes import TITLES, universe_names
from analytics.settings import Settings
from analytics.studies.scan.events import EVENTS
from analytics.studies.scan.filters import BANDS
from analytics.studies.scan.row import Kind
from analytics.studies.scan.scan import SCAN, details_wanted
from analytics.studies.supports.levels import families_of_bars
from components.frame import panels, widgets
from components.frame.levels_out import levels_out
from components.frame.page import Page
from components.pages.scan import views
from components.pages.scan.state import ANY_HOUR, BY_THE_CLOSE, IN_SESSION, ScanState

KEY = "scan"
SHORTLY_SECONDS = 0.1
"""Rows do not wait for the study of their events: it comes when the browser asks again."""


def layout(settings: Settings) -> Component:
    """Filters, the counts of the day above the rows, and the map."""
    rows = panels.html_panel(KEY, "rows", height=56, class_name="scan-rows")
    table = html.Div(id="scan-grid", className="scroll")
    none = html.Div(id="scan-none", role="status", hidden=True)
    assert isinstance(rows.children, list)
    rows.children.insert(2, html.Div([table, none], className="scan-table"))
    return html.Div(
        [
            widgets.page_header(PAGE.title, *_filters(), page=KEY),
            html.Div(id="scan-saved", className="watchlists"),
            html.Div(
                [rows, panels.chart_panel(KEY, "map", height=640, class_name="scan-map")],
                className="scan",
            ),
        ],
        className="scan-page",
    )


def _filters() -> list[Component]:
    universes = [(name, TITLES.get(name, name)) for name in universe_names()]
    sectors = list(sector_names().items())
    of_sector = [(symbol, f"S&P 500: {name}") for symbol, name in sectors]
    families = [(family.key, family.words) for family in families_of_bars()]
    return [
        widgets.menu(KEY, "universe", "Universe", [*universes, *of_sector], "sp500"),
        widgets.menu(KEY, "family", "Level", [("", "Average in question"), *families], ""),
        widgets.menu(KEY, "status", "Status", [("", "Any"), *_statuses()], ""),
        widgets.menu(
            KEY,
            "band",
            "Distance",
            [("", "Any"), *((band, f"within {band} ATR") for band in BANDS)],
            "",
        ),
        widgets.menu(KEY, "sector", "Sector", [("", "Any"), *sectors], ""),
        widgets.menu(
            KEY, "kind", "Event", [("", "Any"), *((str(kind), str(kind)) for kind in Kind)], ""
        ),
        widgets.switch(KEY, "first", "First in 60 sessions"),
        widgets.switch(KEY, "cluster", "Two families together"),
        levels_out(KEY, (), listed=True),
    ]


def _statuses() -> list[tuple[str, str]]:
    """Each with the hours in which a name can have it: in the others no row passes."""
    hours = ((IN_SESSION, " (in session)"), (BY_THE_CLOSE, " (after the close)"), (ANY_HOUR, ""))
    return [(str(status), f"{status}{when}") for those, when in hours for status in those]


def register(app: Dash, desk: Desk) -> None:
    """Feed the rows and the map from the scan, and the rows from the study of its events."""
    background = Patience(desk, SHORTLY_SECONDS)
    is_local = not desk.source.capabilities.remote

    def ask_rows(state: ScanState) -> Any:
        scan = desk.ask(SCAN, state.parameters(), state.as_of)
        wanted = None if scan.result is None else details_wanted(scan.result, is_local)
        if wanted is None:
            return (*panels.timed(scan), None)
        details = background.begin(EVENTS, wanted, state.as_of)(scan.moment)
        return (*panels.timed(scan), panels.MayBeAbsent(details))

    def ask_map(state: ScanState) -> Any:
        return desk.ask(SCAN, state.parameters(), state.as_of)

    feed = panels.PagePanels(app, KEY, ScanState)
    asked = ("universe", "symbols", "list", "family")
    feed.card("rows", ask_rows, views.show_rows, reads=asked)
    feed.chart("map", ask_map, views.show_map, reads=asked)


PAGE = Page(
    key=KEY,
    path="/scan",
    name="Scan",
    short="Scan",
    title="Which names are at support?",
    layout=layout,
    register=register,
    state=ScanState,
)
