"""Weekly preview: the newsletter's text with every number linked, its charts, and its editions."""

from __future__ import annotations

from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.question import Answer
from analytics.preview.edition import SECTION_TITLES, STRATEGY, STRATEGY_OFFER, STRATEGY_TITLE
from analytics.settings import Settings
from components.frame import panels, widgets
from components.frame.attributes import attributes
from components.frame.page import Page
from components.pages.preview import views
from components.pages.preview.board import Board
from components.pages.preview.charts import DRAWINGS, Drawing
from components.pages.preview.state import PreviewState

KEY = "preview"


def layout(settings: Settings) -> Component:
    """The sections in the newsletter's order, each with its charts beside it."""

    def words(key: str, height: int, span: int) -> Component:
        return panels.html_panel(KEY, key, height=height, class_name=f"prose span-{span}")

    def chart(key: str, span: int, also: str = "") -> Component:
        height = next(one.height for one in DRAWINGS if one.key == key)
        placed = f"span-{span} {also}".strip()
        return panels.chart_panel(KEY, key, height=height, class_name=placed, tall=not also)

    strikes = [chart(one.key, 6, "taller-on-phone") for one in DRAWINGS if one.section == "options"]
    return html.Div(
        [
            widgets.page_header(PAGE.title),
            html.Div(
                [
                    panels.html_panel(KEY, "lead", height=96, class_name="span-12"),
                    html.Div(_editor(), className="span-12 preview-editor", hidden=True),
                    words("calendar", 260, 6),
                    words("action", 260, 6),
                    words("supports", 420, 4),
                    chart("supports-chart", 8),
                    words("drawdown", 300, 5),
                    chart("drawdown-chart", 7),
                    words("sentiment", 260, 5),
                    chart("sentiment-chart", 7),
                    words("options", 320, 12),
                    *strikes,
                    words("afloat", 420, 5),
                    chart("afloat-chart", 7),
                    words("watch", 220, 6),
                    words(STRATEGY, 220, 6),
                    panels.html_panel(KEY, "published", height=120, class_name="span-12"),
                ],
                className="grid",
            ),
        ]
    )


def _editor() -> Component:
    """Staff's own words; ``assets/pages/preview.mjs`` shows it to staff and talks to the server."""
    titles = {**SECTION_TITLES, STRATEGY: STRATEGY_TITLE}
    fields = [
        html.Label(
            [
                html.Span(title, className="control-label"),
                html.Div(className="preview-field", **attributes(data_section=key)),
            ]
        )
        for key, title in titles.items()
    ]
    buttons = [
        html.Button("Save", type="button", **attributes(data_preview="save")),
        html.Button("Publish", type="button", **attributes(data_preview="publish")),
    ]
    hint = (
        "Your words stand under each section, apart from what is computed. A blank line "
        "begins a paragraph, - or 1. a list; *italic*, **bold**, [text](https://address)."
    )
    return panels.static(
        html.Details(
            [
                html.Summary("Write for this preview"),
                html.P(hint, className="muted"),
                html.Div(fields, className="preview-fields"),
                html.Div(
                    [*buttons, html.Output(id="preview-status", **attributes(aria_live="polite"))],
                    className="preview-actions",
                ),
                html.Ul(id="preview-versions", className="preview-versions"),
            ]
        )
    )


def register(app: Dash, desk: Desk) -> None:
    """Feed the panels: a card a section, a chart a drawing."""
    board = Board(desk)

    feed = panels.PagePanels(app, KEY, PreviewState)
    feed.card("lead", lambda state: panels.timed(board.shown(state)), views.show_lead)
    for key in SECTION_TITLES:
        feed.card(key, board.shown, views.section_view(key))
    feed.card(STRATEGY, board.shown, views.show_strategy, offer=STRATEGY_OFFER)
    feed.card("published", board.shown, views.show_published)
    for drawing in DRAWINGS:
        feed.chart(drawing.key, _asking(drawing, board, desk), views.chart_view(drawing))


def _asking(drawing: Drawing, board: Board, desk: Desk) -> panels.Ask[PreviewState]:
    """Of an edition the chart as it was published, else the answers it is drawn from."""

    def ask(state: PreviewState) -> Answer[Any] | tuple[Answer[Any], ...]:
        if state.edition is not None:
            return board.shown(state)
        answers = board.answers(state)
        return drawing.answers(answers, desk) or board.shown(state)

    return ask


PAGE = Page(
    key=KEY,
    path="/preview",
    name="Weekly preview",
    short="Preview",
    title="The weekly preview",
    layout=layout,
    register=register,
    state=PreviewState,
)
