"""The table of rooms in docs/architecture.md is the one its command writes."""

from __future__ import annotations

from docs import rooms


def test_it_is_what_the_imports_say() -> None:
    """Out of date: run ``python -m docs.rooms``."""
    text = rooms.PAGE.read_text(encoding="utf-8")
    assert rooms.with_table(text) == text
