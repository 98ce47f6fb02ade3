"""Glossary: the form of a term on the screen, and the terms by subject."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """One term.

    Attributes:
        key: its anchor (``/definitions#dma``).
        term: as written on the screen.
        sentence: the definition in one sentence, for the tooltip.
        detail: what else decides the figure: edge cases, conventions, source.
        unit: of the figure, or empty.
        group: heading it stands under.
    """

    key: str
    term: str
    sentence: str
    detail: str = ""
    unit: str = ""
    group: str = ""
