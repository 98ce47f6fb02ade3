"""The weekly preview's text, written from the desk's own answers."""

from __future__ import annotations

from analytics.preview.asking import ask_all, build_preview, require_prices
from analytics.preview.compose import compose
from analytics.preview.edition import Chart, Edition, Heading, StaffText
from analytics.preview.markdown import to_markdown
from analytics.preview.model import Answers, Figure, Preview, Section, Sentence

__all__ = [
    "Answers",
    "Chart",
    "Edition",
    "Figure",
    "Heading",
    "Preview",
    "Section",
    "Sentence",
    "StaffText",
    "ask_all",
    "build_preview",
    "compose",
    "require_prices",
    "to_markdown",
]
