"""The frame around every page: header, tabs, search, as-of control, status strip, footer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.desk.desk import Desk
from analytics.model.parameters import as_of_text
from analytics.settings import Settings
from components.figures.theme import PALETTES
from components.frame import client, exchange, first_answer, panels
from components.frame import data_health as health
from components.frame.attributes import attributes
from components.frame.frame_answers import MOUNTED, SEARCH, STRIP
from components.frame.markup import Tag, markup
from components.frame.page import Page

THEME_SCRIPT = (
    'var t=null;try{t=localStorage.getItem("holdline-theme")}catch(e){}'
    "var d=document.documentElement;"
    'if(t!=="light"&&t!=="dark")t=d.dataset.themeDefault;'
    'if(t!=="light"&&t!=="dark")'
    't=matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light";'
    "d.dataset.theme=t;"
)
"""Runs before the first paint, so that no theme flashes; its hash is in the CSP."""

EARLY_SCRIPT = (
    exchange.STORE_SCRIPT
    + THEME_SCRIPT
    + "var m=new URLSearchParams(location.search).get('as_of');if(m===null)m=d.dataset.asOf;"
    "if(m&&m!=='live')d.classList.add('is-past');"
    "var p=location.pathname.replace(/(.)\\/+$/,'$1');"
    "if(d.dataset.charts.split(' ').includes(p)){"
    "var l=document.createElement('script');l.id='plotly-early';l.async=true;"
    "l.onerror=function(){l.remove()};l.src=d.dataset.plotly;document.head.append(l)}"
    "if(d.dataset.asked.split(' ').includes(p))"
    f"holdline.first=fetch('{first_answer.ROUTE}'+p+location.search)"
    ".then(function(r){return r.ok?r.json():null}).catch(function(){return null});"
)
"""Runs before the first paint too, so that nothing moves, and sends for what the modules will need:
the page's first answer, and Plotly's bundle where it has charts. Its hash is in the CSP."""


OPEN_SCRIPT = (
    "var p=location.pathname.replace(/(.)\\/+$/,'$1'),"
    "s=document.querySelector('section.page[data-path=\"'+p+'\"]')"
    "||document.getElementById('page-missing');"
    "s.hidden=false;document.documentElement.dataset.opened='';"
    "var a=[...document.querySelectorAll('.tabs>a')].find((a)=>a.pathname===p);"
    "if(a)a.setAttribute('aria-current','page');"
)
"""Runs once the pages are parsed, before any module is here: shows the one addressed."""


def index_string(
    pages: Sequence[Page], settings: Settings, desk: Desk, refresh_seconds: float
) -> str:
    """The html every address answers with: all pages, each hidden; Dash fills the braces."""
    config = {
        "pages": [
            {"key": p.key, "path": p.path, "name": p.name, "takes": list(p.takes)} for p in pages
        ],
        "as_of": as_of_text(settings.as_of) if settings.as_of else None,
        "theme": settings.theme,
        "refresh_seconds": refresh_seconds,
        "palettes": PALETTES,
        "graph": panels.GRAPH_CONFIG,
        "plotly": client.plotly(),
        "grid": client.grid(),
    }
    text = json.dumps(config, separators=(",", ":")).replace("<", "\\u003c")
    drawn = {page.path: markup(page.layout(settings)) for page in pages}
    charts = " ".join(path for path, html_text in drawn.items() if "panel-chart" in html_text)
    asked = " ".join(path for path, html_text in drawn.items() if "data-panel" in html_text)
    return f"""<!DOCTYPE html>
<html lang="en" data-theme-default="{settings.theme}" data-as-of="{config["as_of"] or ""}"
 data-charts="{charts}"
 data-asked="{asked}" data-plotly="{client.plotly()}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="description" content="Does support hold by the close?">
<title>Holdline</title>
<script>{EARLY_SCRIPT}</script>
<link rel="icon" type="image/svg+xml" href="{client.icon()}">
{client.head()}
{{%css%}}
</head>
<body>
<noscript>Holdline draws its charts with JavaScript, which is switched off here.</noscript>
{markup(_frame(pages, settings, desk))}
<script>{OPEN_SCRIPT}</script>
<script type="application/json" id="frame-config">{text}</script>
{client.entry()}
<div hidden>{{%app_entry%}}</div>
<div hidden>{{%config%}}{{%scripts%}}{{%renderer%}}</div>
</body>
</html>"""


def layout(pages: Sequence[Page]) -> list[Component]:
    """All that Dash mounts: the stores in which the browser asks and is answered."""
    names = [STRIP, SEARCH, health.NAME, *(page.key for page in pages)]
    stores = [store for name in names for store in exchange.stores(name)]
    return [exchange.Store(MOUNTED), *stores]


def _frame(pages: Sequence[Page], settings: Settings, desk: Desk) -> Component:
    """Every page at once; the browser shows the one its address names."""
    sections: list[Component] = [
        html.Section(
            page.layout(settings),
            id=f"page-{page.key}",
            className="page",
            hidden=True,
            **attributes(data_path=page.path),
        )
        for page in pages
    ]
    return html.Div(
        [
            html.A("Skip to the content", href="#content", className="skip"),
            _masthead(pages, settings, desk),
            html.Main([*sections, _missing(pages)], id="content", tabIndex="-1"),
            _footer(desk),
            _search_dialog(),
            health.dialog(),
        ],
        className="frame",
    )


def _masthead(pages: Sequence[Page], settings: Settings, desk: Desk) -> Component:
    tabs = html.Nav(
        [
            html.Div([_tab(page) for page in pages], className="tabs"),
            html.Details([html.Summary("More"), html.Div(className="menu")], className="tabs-more"),
        ],
        className="tabs-bar",
        **attributes(aria_label="Pages"),
    )
    search = html.Button(
        [
            html.Span("Search symbol"),
            html.Kbd("/", **attributes(aria_hidden="true")),
        ],
        className="search-open",
        type="button",
        **attributes(data_open="search", aria_label="Search symbol"),
    )
    as_of = html.Div(
        [
            html.Span("As of", className="label"),
            html.Span(_as_of_fields(), id="as-of-slot"),
            html.Button("Live", id="as-of-live", type="button", **attributes(aria_pressed="true")),
            html.Button(
                "Replay",
                id="replay-start",
                type="button",
                title="The newest session again, minute by minute",
            ),
        ],
        className="as-of",
    )
    present = html.Div(
        [
            html.Button("Present", id="present-open", type="button", title="Show this page (p)"),
            html.Button(
                id="scenes-open",
                type="button",
                title="Lists of scenes",
                **attributes(aria_label="Scenes"),
            ),
        ],
        className="present-open",
    )
    theme = html.Button(
        id="theme-toggle",
        className="quiet",
        type="button",
        **attributes(aria_label="Dark theme", aria_pressed="false"),
    )
    # who it is, the browser asks: the page is the same for all
    account = html.A("Sign in", id="account-link", href="/sign-in") if settings.has_accounts else ""
    bar = html.Div(
        [
            html.A("Holdline", href="/", className="brand"),
            tabs,
            html.Div([search, as_of, present, theme, account], className="instruments"),
        ],
        className="bar",
    )
    strip = html.Div(
        html.Div(html.Span(className="strip-wait"), id="strip"),
        className="strip",
        role="status",
        **attributes(aria_label="Market status", aria_live="off"),
    )
    simulated = desk.source.capabilities.simulated
    names = "masthead masthead-simulated" if simulated else "masthead"
    return html.Header([bar, strip, *_banners(desk)], className=names)


def _as_of_fields() -> list[Any]:
    """A date, and a minute of its session while a date is shown; ``assets/frame/replay.mjs``."""
    minute = "Minute of the session, New York; empty for its close"
    return [
        Tag("input", {"type": "text", "class": "day", "aria-label": "As of the close of"}),
        Tag(
            "input",
            {
                "type": "text",
                "id": "as-of-minute",
                "placeholder": "16:00",
                "inputmode": "numeric",
                "autocomplete": "off",
                "title": minute,
                "aria-label": minute,
                "hidden": True,
            },
        ),
    ]


def _tab(page: Page) -> Component:
    names = [
        html.Span(page.name, className="long"),
        html.Span(page.short or page.name, className="short"),
    ]
    return html.A(names, href=page.path, **attributes(data_tab=page.key))


def _banners(desk: Desk) -> list[Component]:
    past = html.Div(
        [
            html.Span(),
            html.Button("Return to now", id="as-of-return", type="button"),
        ],
        id="as-of-banner",
        className="banner banner-past",
        hidden=True,
        role="status",
    )
    if not desk.source.capabilities.simulated:
        return [past]
    simulated = html.Div(
        [
            "SIMULATED - not market prices",
            html.Small("A scenario after 24 and 27 January 2025, made by this program."),
            _play_controls(),
        ],
        id="simulated-banner",
        className="banner banner-simulated",
        role="note",
    )
    return [past, simulated]  # what is there from the beginning stays at the edge


def _play_controls() -> Component:
    """The simulated clock and its speed, for all viewers; ``assets/frame/play.mjs`` keeps both."""
    speeds = (
        ("0", "Pause", "Pause"),
        ("1", "1\u00d7", "1\u00d7: real time"),
        ("10", "10\u00d7", "10\u00d7: ten times as fast"),
        ("60", "60\u00d7", "60\u00d7: sixty times as fast"),
    )
    buttons = [
        html.Button(
            text,
            type="button",
            title=name,
            **attributes(data_live_speed=speed, aria_label=name, aria_pressed="false"),
        )
        for speed, text, name in speeds
    ]
    return html.Span(
        [
            html.Time(id="play-time", className="play-time"),
            html.Span(
                buttons,
                className="play-speeds",
                role="group",
                **attributes(aria_label="Speed of the simulated market"),
            ),
            html.Button("Play the Monday again", id="play-again", type="button", hidden=True),
        ],
        className="play",
    )


def _missing(pages: Sequence[Page]) -> Component:
    links: list[Any] = []
    for page in pages:
        links += [html.A(page.name, href=page.path), " · "]
    return html.Section(
        [
            html.H1("No such page"),
            html.P("This address is not one of Holdline's. The pages are:"),
            html.P(links[:-1]),
        ],
        id="page-missing",
        className="missing",
        hidden=True,
    )


def _footer(desk: Desk) -> Component:
    delay = desk.source.capabilities.delay_minutes
    source = f"Source: {desk.source.name}" + (f", {delay} min delayed" if delay else "")
    return html.Footer(
        [
            html.Strong("Not investment advice."),
            html.Span(source, id="footer-source"),
            html.Span("Times are New York's."),
            html.A("How figures are defined", href="/definitions"),
        ],
        className="page-foot",
    )


def _search_dialog() -> Component:
    return html.Dialog(
        [
            html.Button(
                "Esc", id="search-close", type="button", **attributes(aria_label="Esc: close")
            ),
            html.Div(id="search-slot"),
        ],
        id="search",
        **attributes(aria_label="Search symbol"),
    )
