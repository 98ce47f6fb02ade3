"""A preview as Markdown: each figure a link to its page, the sources listed below."""

from __future__ import annotations

import re

from analytics.model.definitions import DEFINITIONS
from analytics.model.sessions import NEW_YORK
from analytics.preview.edition import SECTION_TITLES, STRATEGY_TITLE, StaffText
from analytics.preview.model import Figure, Preview, Section, Sentence
from analytics.preview.prose import as_markdown

BANNER = "**SIMULATED - not market prices**"
FOOTER = "Not investment advice."
OWN = "From the desk"
"""Stands over what staff wrote, so that nobody takes it for computed."""

NO_STAFF = StaffText()

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")


def to_markdown(preview: Preview, base_url: str = "", staff: StaffText = NO_STAFF) -> str:
    """The text with its figures linked, and the staff's own words apart from it.

    Args:
        staff: own paragraphs, each under its section and marked as such.
        base_url: what goes before each page path, such as ``https://desk.example``; empty
            prints the figures without links.
    """
    when = f"{preview.as_of.astimezone(NEW_YORK):%Y-%m-%d %H:%M} New York"
    state = ", session under way" if preview.provisional else ""
    lines = [f"# {preview.title}", ""]
    if preview.simulated:
        lines += [BANNER, ""]
    lines += [f"*As of {when}{state}. Source: {preview.source}.*", ""]
    lines += [f"> {_escaped(note)}\n" for note in preview.notes]
    for section in with_staff(preview, staff):
        lines += [f"## {section.title}", ""]
        for sentence in section.sentences:
            lines += [_sentence(sentence, base_url.rstrip("/")), ""]
        if own := staff.sections.get(section.key):
            lines += [f"*{OWN}:*", "", as_markdown(own), ""]
    if staff.strategy:
        lines += [f"## {STRATEGY_TITLE}", "", f"*{OWN}:*", "", as_markdown(staff.strategy), ""]
    terms = _terms(preview)
    if terms:
        lines += ["## How the figures are defined", "", *terms, ""]
    return "\n".join([*lines, FOOTER, ""])


def with_staff(preview: Preview, staff: StaffText) -> list[Section]:
    """The sections in their order; one that only staff wrote for has no sentence."""
    computed = {section.key: section for section in preview.sections}
    return [
        computed.get(key) or Section(key, title, ())
        for key, title in SECTION_TITLES.items()
        if key in computed or key in staff.sections
    ]


def _sentence(sentence: Sentence, base: str) -> str:
    return "".join(
        _escaped(part) if isinstance(part, str) else _figure(part, base) for part in sentence.parts
    )


def _figure(figure: Figure, base: str) -> str:
    return f"[{figure.text}]({base}{figure.link})" if base else figure.text


def _terms(preview: Preview) -> list[str]:
    """Each definition that a figure of the preview follows, once, in the order met."""
    keys = dict.fromkeys(
        figure.definition
        for section in preview.sections
        for sentence in section.sentences
        for figure in sentence.figures
    )
    met = [DEFINITIONS[key] for key in keys if key in DEFINITIONS]
    return [f"- **{definition.term}**: {_escaped(definition.sentence)}" for definition in met]


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
