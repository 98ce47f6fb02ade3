"""Chip of a level's status."""

from __future__ import annotations

from dash.development.base_component import Component

from analytics.model.quotation import Quotation
from analytics.studies.supports.levels import Level
from components.frame import widgets
from components.frame.findings import STATUS_KIND, status_words


def status_chip(level: Level, quotation: Quotation, live: str = "") -> Component | None:
    """What price has done at the level, beside the number it did it at; None without a status."""
    status = level.status
    if status is None:
        return None
    return widgets.chip(status_words(level, quotation), STATUS_KIND[status], live=live)
