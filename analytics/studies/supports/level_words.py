"""Words for a level that the bars do not give."""

from __future__ import annotations

from analytics.model.vocabulary import Bars


def too_short(name: str, needed: int, bars: Bars) -> str:
    """The one way of saying that a history is too short."""
    return f"{name} needs {needed} sessions (has {bars.extent})"
