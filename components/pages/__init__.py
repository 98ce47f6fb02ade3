"""The tabs, in their order. A new tab is one module here and one line in `PAGES`."""

from __future__ import annotations

import importlib
import pkgutil

from components.frame.page import Page

_ORDER = (
    "market",
    "supports",
    "ledger",
    "sectors",
    "sentiment",
    "options",
    "valuation",
    "calendar",
    "preview",
    "portfolio",
    "alerts",
    "definitions",
)


def _load() -> tuple[Page, ...]:
    there = {module.name for module in pkgutil.iter_modules(__path__)}
    return tuple(
        importlib.import_module(f"{__name__}.{name}.page").PAGE for name in _ORDER if name in there
    )


PAGES: tuple[Page, ...] = _load()
