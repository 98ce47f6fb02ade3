"""Words of what is absent, where a reader can do something about it."""

from __future__ import annotations

BRING_HISTORY = "collect daily, or import"
"""Ends the reason of a figure that needs more recorded sessions; pages put a link beside it."""
