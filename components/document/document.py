"""The self-contained html document: text, interactive charts, and everything they need inlined.

It asks nothing of any network: its policy forbids that, and lets run only the two scripts
whose hashes it names, so that no word in it can become a script.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from plotly.offline import get_plotlyjs

from analytics.preview.edition import STRATEGY, STRATEGY_TITLE, Chart, StaffText
from analytics.preview.markdown import FOOTER, NO_STAFF, OWN, with_staff
from analytics.preview.model import Preview
from analytics.preview.prose import blocks
from components.document import parts
from components.figures.theme import PALETTES
from components.frame import formats

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
    preview, staff = document.preview, document.staff
    state = ", session under way" if preview.provisional else ""
    return _template().render(
        preview=preview,
        staff=staff,
        base=document.base_url,
        edition=document.edition,
        about=f"As of {formats.moment(preview.as_of)}{state}. Source: {preview.source}.",
        sections=with_staff(preview, staff),
        charts=_by_section(document.charts),
        references=parts.references(preview),
        policy=policy(),
        style=_style(document),
        data=_data(document),
        library=library(),
        script=script(),
    )


@functools.cache
def _template() -> Template:
    """The markup; every value that it prints is escaped, in attributes as in text."""
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        blocks=blocks,
        hint=parts.hint,
        wide=WIDE,
        own=OWN,
        simulated=SIMULATED,
        strategy_key=STRATEGY,
        strategy_title=STRATEGY_TITLE,
        footer=FOOTER,
    )
    return environment.get_template("document.html.jinja")


def _data(document: Document) -> str:
    """What the script draws, as JSON that cannot end the element it stands in."""
    data = {
        "charts": [{"key": c.key, "figure": dict(c.figure)} for c in document.charts],
        "palettes": PALETTES,
        "base": document.base_url,
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _by_section(charts: Iterable[Chart]) -> dict[str, list[Chart]]:
    found: dict[str, list[Chart]] = {}
    for chart in charts:
        found.setdefault(chart.section, []).append(chart)
    return found


def script() -> str:
    """Draws the charts from the data beside it."""
    return _asset("document.js")


@functools.cache
def library() -> str:
    """plotly.js as the plotly package carries it: its one bundle, which draws offline."""
    return str(get_plotlyjs())


@functools.cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def policy() -> str:
    """The document's Content-Security-Policy: no network, and no script but its own two."""
    hashes = " ".join(f"'sha256-{_digest(s)}'" for s in (library(), script()))
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
