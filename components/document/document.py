"""The self-contained html document: text, interactive charts, and everything they need inlined.

It asks nothing of any network: its policy forbids that, and lets run only the two scripts
whose hashes it names, so that no word in it can become a script.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dash import html
from dash.development.base_component import Component
from plotly.offline import get_plotlyjs

from analytics.preview.edition import STRATEGY, STRATEGY_TITLE, Chart, StaffText
from analytics.preview.markdown import FOOTER, NO_STAFF, OWN, with_staff
from analytics.preview.model import Preview, Section
from components.document import parts
from components.document.markup import to_text
from components.figures.theme import PALETTES
from components.frame import formats
from components.frame.attributes import attributes

SIMULATED = "SIMULATED - not market prices"

WIDE = frozenset({"supports"})
"""Sections whose chart takes the page's whole width, under the words: it has the ladder in it."""

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Document:
    """All that is printed.

    Attributes:
        base_url: where the figures' links lead, such as ``https://desk.example``.
        edition: ``published ...`` or ``draft ...``, in words; empty for the computed text alone.
    """

    preview: Preview
    charts: tuple[Chart, ...]
    base_url: str
    staff: StaffText = NO_STAFF
    edition: str = ""


def to_html(document: Document) -> str:
    """The whole file."""
    library, script = _library(), _asset("document.js")
    data = json.dumps(
        {
            "charts": [{"key": c.key, "figure": dict(c.figure)} for c in document.charts],
            "palettes": PALETTES,
            "base": document.base_url,
        },
        separators=(",", ":"),
    )
    data = data.replace("<", "\\u003c")
    head = to_text(
        [
            html.Meta(charSet="utf-8"),
            html.Meta(
                content=policy(),
                httpEquiv="Content-Security-Policy",
            ),
            html.Meta(name="viewport", content="width=device-width, initial-scale=1"),
            html.Meta(name="color-scheme", content="light dark"),
            html.Meta(name="referrer", content="no-referrer"),
            html.Title(document.preview.title),
        ]
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n'
        f"<style>\n{_style(document)}</style>\n</head>\n<body>\n{to_text(_body(document))}\n"
        f'<script type="application/json" id="preview-data">{data}</script>\n'
        f"<script>{library}</script>\n<script>{script}</script>\n</body>\n</html>\n"
    )


@functools.cache
def _library() -> str:
    """plotly.js as the plotly package carries it: its one bundle, which draws offline."""
    return str(get_plotlyjs())


@functools.cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def policy() -> str:
    """The document's Content-Security-Policy: no network, and no script but its own two."""
    hashes = " ".join(f"'sha256-{_digest(s)}'" for s in (_library(), _asset("document.js")))
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


@functools.cache
def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _style(document: Document) -> str:
    light, dark = (
        "".join(f"--{name}:{colour};" for name, colour in PALETTES[theme].items())
        for theme in ("light", "dark")
    )
    banner = f'@top-center {{ content: "{SIMULATED}"; font: 600 8pt sans-serif; color: #b3261e; }}'
    page = banner if document.preview.simulated else ""
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme: dark){{:root:not(.is-print){{{dark}}}}}\n"
        f"{_asset('document.css')}@page {{ {page} }}\n"
    )


def _body(document: Document) -> list[Component]:
    preview = document.preview
    state = ", session under way" if preview.provisional else ""
    about = f"As of {formats.moment(preview.as_of)}{state}. Source: {preview.source}."
    top: list[Any] = [html.H1(preview.title)]
    if preview.simulated:
        top.append(html.P(SIMULATED, className="banner", role="note"))
    top.append(html.P([about, f" {document.edition}" if document.edition else ""], className="sub"))
    top += [html.P(note, className="stale") for note in preview.notes]
    charts = _by_section(document)
    sections = [_section(s, charts.get(s.key, []), document) for s in with_staff(*_text(document))]
    return [
        html.Header(top),
        html.Main([*sections, *_strategy(document.staff)]),
        _references(document),
        html.Footer([html.Strong(FOOTER), f" {preview.source}. Times are New York's. Holdline."]),
    ]


def _text(document: Document) -> tuple[Preview, StaffText]:
    return document.preview, document.staff


def _by_section(document: Document) -> dict[str, list[Component]]:
    found: dict[str, list[Component]] = {}
    for chart in document.charts:
        found.setdefault(chart.section, []).append(_chart(chart, document.base_url))
    return found


def _section(section: Section, charts: list[Component], document: Document) -> Component:
    words = [
        *parts.sentences(section, document.base_url, "title"),
        parts.own_words(document.staff.sections.get(section.key, "")),
    ]
    shown = [html.Div(words, className="words")]
    if charts:
        several = "charts several" if len(charts) > 1 else "charts"
        shown.append(html.Div(charts, className=several))
    beside = charts and section.key not in WIDE
    return html.Section(
        [html.H2(section.title), html.Div(shown, className="beside" if beside else "alone")],
        id=section.key,
    )


def _chart(chart: Chart, base: str) -> Component:
    wide = attributes(data_wide="") if chart.section in WIDE else {}
    place = html.Div(
        html.Div(id=f"chart-{chart.key}", className="plot"),
        className="chart",
        style={"height": f"{chart.height}px"},
        role="img",
        **attributes(aria_label=chart.summary, data_height=str(chart.height)),
        **wide,
    )
    caption = html.Figcaption(
        [
            html.A(chart.title, href=base + chart.link, className="finding"),
            html.Span(chart.basis, className="basis"),
        ]
    )
    without = html.Noscript("This chart is drawn with JavaScript, which is switched off here.")
    return html.Figure([caption, place, without])


def _strategy(staff: StaffText) -> list[Component]:
    if not staff.strategy:
        return []
    words = html.Div([html.P(OWN, className="own-label"), *parts.strategy(staff)])
    return [
        html.Section([html.H2(STRATEGY_TITLE), html.Div(words, className="own-words")], id=STRATEGY)
    ]


def _references(document: Document) -> Component:
    rows = [
        html.Tr(
            [
                html.Th(
                    html.A(one.term, href=f"{document.base_url}/definitions#{one.key}"),
                    scope="row",
                ),
                html.Td(one.sentence),
                html.Td(" · ".join(one.figures), className="printed"),
                html.Td([html.Div(origin) for origin in one.origins]),
            ]
        )
        for one in parts.references(document.preview)
    ]
    headings = ("Term", "Definition", "Figures above", "Source and time")
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in headings]))
    table = html.Div(html.Table([head, html.Tbody(rows)]), className="scroll")
    return html.Section([html.H2("How the figures are defined"), table], id="figures")
