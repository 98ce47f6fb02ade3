"""The tabs, in their order. A new tab is one module here and one line in `PAGES`."""

from __future__ import annotations

import importlib

from components.frame.page import Page

_ORDER = (
    "market",
    "board",
    "scan",
    "supports",
    "options",
    "sectors",
    "sentiment",
    "ledger",
    "rules",
    "preview",
    "calendar",
    "valuation",
    "portfolio",
    "alerts",
    "definitions",
)


def _load() -> tuple[Page, ...]:
    """Import the pages by name; a name that is no page stops the start."""
    return tuple(importlib.import_module(f"{__name__}.{name}.page").PAGE for name in _ORDER)


PAGES: tuple[Page, ...] = _load()
