"""The weekly preview's text, written from the desk's own answers."""

from __future__ import annotations

from analytics.preview.asking import ask_all, build_preview
from analytics.preview.compose import compose
from analytics.preview.markdown import to_markdown
from analytics.preview.model import Answers, Figure, Preview, Section, Sentence

__all__ = [
    "Answers",
    "Figure",
    "Preview",
    "Section",
    "Sentence",
    "ask_all",
    "build_preview",
    "compose",
    "to_markdown",
]
