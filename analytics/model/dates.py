"""Dates as sentences print them."""

from __future__ import annotations

import datetime as dt


def day_text(day: dt.date) -> str:
    """``24 Jan 2025``."""
    return f"{day.day} {day:%b %Y}"
