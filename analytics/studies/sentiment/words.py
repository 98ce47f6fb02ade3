"""The sentiment index in words: what its number is called, and where it stood a week ago."""

from __future__ import annotations

from analytics.studies.sentiment.index import Sentiment

_BOUNDS = ((20, "crash"), (40, "fear"), (60, "neutral"), (80, "greed"))
_WEEK = 5


def mood(value: float) -> str:
    """The index in a word."""
    return next((word for bound, word in _BOUNDS if value < bound), "euphoria")


def week_ago(index: Sentiment) -> float | None:
    """Its value five sessions back, of those that have one; None in a younger history."""
    before = [value for value in index.history.values[:-1] if value is not None][-_WEEK:]
    return before[0] if len(before) == _WEEK else None
