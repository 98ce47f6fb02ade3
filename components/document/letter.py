"""A published preview as a mail: text, html without scripts, and its charts as pictures."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from analytics.newsletter.model import Content
from analytics.preview.edition import STRATEGY_TITLE, Chart, Edition
from analytics.preview.markdown import FOOTER, OWN, to_markdown, with_staff
from analytics.preview.prose import blocks
from components.document.document import SIMULATED
from components.frame import formats

_HERE = Path(__file__).parent


def to_letter(edition: Edition, base_url: str, pictures: Mapping[str, bytes]) -> Content:
    """What is mailed of an edition, as the edition stands.

    Args:
        base_url: where the figures' links lead, such as ``https://desk.example``.
        pictures: PNG by the chart's key; a chart without one stands as its summary.
    """
    preview = edition.preview
    charts: dict[str, list[Chart]] = {}
    for chart in edition.charts:
        charts.setdefault(chart.section, []).append(chart)
    ids = {key: f"{key}@holdline".lower() for key in pictures}
    html = _template().render(
        preview=preview,
        staff=edition.staff,
        base=base_url,
        about=f"As of {formats.moment(preview.as_of)}. Source: {preview.source}.",
        sections=with_staff(preview, edition.staff),
        charts=charts,
        pictures=ids,
        edition=edition.heading.name,
    )
    shown = tuple((ids[c.key], pictures[c.key], c.summary) for c in edition.charts if c.key in ids)
    simulated = "SIMULATED: " if preview.simulated else ""
    text = to_markdown(preview, base_url, edition.staff)
    return Content(f"{simulated}{preview.title}"[:200], text, html, shown)


@functools.cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        blocks=blocks,
        own=OWN,
        simulated=SIMULATED,
        strategy_title=STRATEGY_TITLE,
        footer=FOOTER,
    )
    return environment.get_template("letter.html.jinja")
