"""The preview's sentences and the staff's words as components, for the page and the document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.model.definitions import DEFINITIONS
from analytics.preview.edition import StaffText
from analytics.preview.markdown import OWN
from analytics.preview.model import Figure, Preview, Section, Sentence
from analytics.preview.prose import Span, blocks
from components.frame import formats
from components.frame.attributes import attributes


def sentences(section: Section, base: str = "", tip: str = "data-tip") -> list[Component]:
    """A paragraph a sentence, each figure linked to its page.

    Args:
        section: the computed sentences.
        base: what goes before each page's path, such as ``https://desk.example``.
        tip: the attribute that holds a figure's definition, source and time.
    """
    return [html.P(_parts(sentence, base, tip)) for sentence in section.sentences]


def _parts(sentence: Sentence, base: str, tip: str) -> list[str | Component]:
    return [part if isinstance(part, str) else _cited(part, base, tip) for part in sentence.parts]


def _cited(figure: Figure, base: str, tip: str) -> Component:
    about: dict[str, Any] = {tip: hint(figure)}
    return html.A(figure.text, href=base + figure.link, className="cited", **about)


def hint(figure: Figure) -> str:
    """What a figure is, where it comes from and when it holds."""
    definition = DEFINITIONS.get(figure.definition)
    meaning = f"{definition.term}. {definition.sentence} " if definition else ""
    return f"{meaning}{figure.source}, {formats.moment(figure.as_of)}."


def own_words(text: str) -> Component | None:
    """What staff wrote, marked as theirs; None for nothing."""
    if not text:
        return None
    written = [html.P(OWN, className="own-label"), *prose(text)]
    return html.Aside(written, className="own-words", **attributes(aria_label=OWN))


def prose(text: str) -> list[Component]:
    """Paragraphs and lists of a text in the small Markdown of `analytics.preview.prose`."""
    made: list[Component] = []
    for block in blocks(text):
        if block.kind == "paragraph":
            made.append(html.P(_spans(block.items[0])))
        else:
            items = [html.Li(_spans(item)) for item in block.items]
            made.append(html.Ul(items) if block.kind == "bullets" else html.Ol(items))
    return made


def _spans(spans: Sequence[Span]) -> list[Any]:
    made: list[Any] = []
    for span in spans:
        part: Any = span.text
        if span.emphasis:
            part = html.Em(part)
        if span.strong:
            part = html.Strong(part)
        if span.href:
            part = html.A(part, href=span.href, rel="noopener noreferrer", target="_blank")
        made.append(part)
    return made


@dataclass(frozen=True)
class Reference:
    """A definition that figures of the preview follow, with the figures and their origin."""

    key: str
    term: str
    sentence: str
    figures: tuple[str, ...]
    origins: tuple[str, ...]


def references(preview: Preview) -> list[Reference]:
    """Each definition once, in the order met, with what is printed under it."""
    met: dict[str, list[Figure]] = {}
    for figure in _figures(preview):
        met.setdefault(figure.definition, []).append(figure)
    return [
        Reference(
            key=key,
            term=DEFINITIONS[key].term if key in DEFINITIONS else key,
            sentence=DEFINITIONS[key].sentence if key in DEFINITIONS else "",
            figures=tuple(dict.fromkeys(figure.text for figure in figures)),
            origins=tuple(dict.fromkeys(f"{f.source}, {formats.moment(f.as_of)}" for f in figures)),
        )
        for key, figures in met.items()
    ]


def _figures(preview: Preview) -> Iterator[Figure]:
    for section in preview.sections:
        for sentence in section.sentences:
            yield from sentence.figures


def strategy(staff: StaffText) -> list[Component]:
    """The trading-strategy section, which nothing computes."""
    return prose(staff.strategy)
