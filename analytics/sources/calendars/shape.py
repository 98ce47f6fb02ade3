"""What a calendar that cannot be read raises."""

from __future__ import annotations


class UnknownShape(ValueError):
    """The answer is not the calendar it should be."""
