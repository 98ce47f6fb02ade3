"""The table of plans in docs/accounts.md is the one its command writes."""

from __future__ import annotations

from docs import plans


def test_it_is_what_is_declared() -> None:
    """Out of date: run ``python -m docs.plans``."""
    text = plans.PAGE.read_text(encoding="utf-8")
    assert plans.with_table(text) == text
