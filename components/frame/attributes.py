"""Attributes of an element whose names have hyphens: aria-*, data-*."""

from __future__ import annotations

from typing import Any


def attributes(**named: str) -> dict[str, Any]:
    """``aria_label="Pages"`` as Dash takes it: ``{"aria-label": "Pages"}``, to be unpacked."""
    return {name.replace("_", "-"): value for name, value in named.items()}
