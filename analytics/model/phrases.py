"""Sentences that several surfaces print: words, and figures that know where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A number or a date of a sentence.

    Attributes:
        value: unrounded; a date as ISO text.
        text: as printed.
        unit: "count", "percent", "date" or "year".
        definition: key of the glossary.
        basis: name of the question it comes from.
    """

    value: float | str
    text: str
    unit: str
    definition: str
    basis: str


Phrase = str | Figure


def plain(phrases: Sequence[Phrase]) -> str:
    """Phrases as they read."""
    return "".join(one if isinstance(one, str) else one.text for one in phrases)
