"""Calendar: what is ahead this week, by day, from published dates, the source and the viewer."""

from __future__ import annotations

from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.question import Answer
from analytics.settings import Settings
from analytics.studies.calendar.events import CALENDAR, CalendarParameters, reporting
from analytics.studies.valuation.market_values import MARKET_VALUES
from components.frame import panels, widgets
from components.frame.attributes import attributes
from components.frame.page import Page
from components.pages.calendar import days as calendar_days
from components.pages.calendar import views as calendar_views
from components.pages.calendar.routes import LARGEST_UPLOAD, OWN_PATH
from components.pages.calendar.state import CalendarState

KEY = "calendar"


def layout(settings: Settings) -> Component:
    """The days, the earnings by size, what is not covered, and the viewer's own events."""
    return html.Div(
        [
            widgets.page_header(PAGE.title),
            html.Div(
                [
                    panels.html_panel(KEY, "days", height=360, class_name="span-12"),
                    panels.html_panel(KEY, "earnings", height=260, class_name="span-7"),
                    html.Div(
                        [
                            panels.html_panel(KEY, "coverage", height=180),
                            panels.static(_own(), class_name="own-holder"),
                        ],
                        className="span-5 stack cal-side",
                    ),
                ],
                className="grid",
            ),
        ]
    )


def _own() -> Component:
    """Where a viewer gives a file; ``assets/pages/calendar.mjs`` fills it and keeps the events."""
    return html.Section(
        [
            html.H2("Your own events"),
            html.P(
                "Kept in this browser only, and shown here and on its price charts. The server "
                "reads the file once and keeps nothing of it; the calendar file does not hold "
                "them.",
                className="sub",
            ),
            html.Div(className="own-drop"),
            html.P(className="own-says", role="status"),
            html.Ul(className="own-notes reasons"),
            html.Ul(className="own-list"),
        ],
        className="panel own-events",
        **attributes(
            aria_label="Your own events",
            data_own_path=OWN_PATH,
            data_own_largest=str(LARGEST_UPLOAD),
        ),
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels from one question."""

    def ask(state: CalendarState) -> Answer[Any]:
        return desk.ask(CALENDAR, CalendarParameters(state.start, state.end), state.as_of)

    def ask_timed(state: CalendarState) -> tuple[Any, ...]:
        return panels.timed(ask(state))

    def ask_earnings(state: CalendarState) -> tuple[Any, ...]:
        found = ask(state)
        if found.result is None:
            return panels.timed(found)
        is_local = not desk.source.capabilities.remote
        wanted = reporting(CalendarParameters(), found.result, is_local)
        if wanted is None:
            return panels.timed(found)
        values = desk.ask(MARKET_VALUES, wanted, state.as_of)
        return (*panels.timed(found), panels.MayBeAbsent(values))

    feed = panels.PagePanels(app, KEY, CalendarState)
    feed.card("days", ask_timed, calendar_days.show_days)
    feed.card("earnings", ask_earnings, calendar_views.show_earnings)
    feed.card("coverage", ask, calendar_views.show_coverage)


PAGE = Page(
    key=KEY,
    path="/calendar",
    name="Calendar",
    short="Calendar",
    title="What is ahead?",
    layout=layout,
    register=register,
    state=CalendarState,
)
