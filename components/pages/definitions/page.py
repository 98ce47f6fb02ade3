"""Definitions of figures: every term once, searchable, each with its own address."""

from __future__ import annotations

from typing import Any

from dash import Dash, html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.definitions import by_group
from analytics.model.glossary import Definition
from analytics.settings import Settings
from components.frame import panels, widgets
from components.frame.attributes import attributes
from components.frame.markup import Tag
from components.frame.page import Page


def layout(settings: Settings) -> Component:
    """The list of terms, with a box that narrows it while typing."""
    total = sum(len(group) for group in by_group().values())
    tools: list[Any] = [
        html.Label("Find a term", htmlFor="terms-filter", className="sr-only"),
        Tag(
            "input",
            {
                "id": "terms-filter",
                "type": "search",
                "placeholder": "Find a term",
                "autocomplete": "off",
            },
        ),
        html.Output(f"{total} terms", id="terms-count", **attributes(aria_live="polite")),
    ]
    groups = [
        html.Section(
            [html.H2(group), html.Dl([_entry(d) for d in members], className="terms-list")],
            className="terms-group",
        )
        for group, members in by_group().items()
    ]
    return html.Div(
        [
            widgets.page_header(PAGE.title),
            html.Div(tools, className="terms-tools"),
            panels.static(html.Div(groups)),
        ]
    )


def _entry(definition: Definition) -> Component:
    heading: list[Component] = [html.A(definition.term, href=f"/definitions#{definition.key}")]
    if definition.unit:
        heading.append(html.Span(definition.unit, className="unit"))
    words = f"{definition.term} {definition.sentence} {definition.detail}".lower()
    return html.Div(
        [
            html.Dt(heading),
            html.Dd(definition.sentence),
            html.Dd(definition.detail) if definition.detail else None,
        ],
        id=definition.key,
        className="definition",
        **attributes(data_terms=words),
    )


def register(app: Dash, desk: Desk) -> None:
    """The page asks the desk nothing."""


PAGE = Page(
    key="definitions",
    path="/definitions",
    name="Definitions",
    short="Terms",
    title="How figures are defined",
    layout=layout,
    register=register,
)
