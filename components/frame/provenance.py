"""Provenance and freshness of figures, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from analytics.model.question import Answer
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Freshness, Provenance
from components.frame import formats


def badge(
    freshness: Freshness, provenance: Provenance, now: dt.datetime | None = None
) -> dict[str, str]:
    """Text and class of a freshness badge: ``DELAYED 15 min``, ``STALE since 13:40 EST``.

    Args:
        now: the moment of the answer, UTC: a price of another day is given its date,
            ``STALE since 24 Jan 2025, 16:00 EST``.
    """
    text = freshness.value
    if freshness is Freshness.DELAYED and provenance.delay_minutes:
        text = f"DELAYED {provenance.delay_minutes} min"
    if freshness is Freshness.REPLAY and provenance.bar_time:
        text = f"REPLAY {formats.clock(provenance.bar_time)}"
    if freshness is Freshness.STALE and provenance.bar_time:
        text = f"STALE since {_since(provenance.bar_time, now)}"
    return {"freshness": freshness.value, "text": text}


def _since(time: dt.datetime, now: dt.datetime | None) -> str:
    day = time.astimezone(NEW_YORK).date()
    if now is None or day == now.astimezone(NEW_YORK).date():
        return formats.clock(time)
    return f"{formats.short_date(day)}, {formats.clock(time)}"


_NOTES_SHOWN = 3

_NAMED_PARTS = ("options", "quarters", "rates")
"""Of the calendar each entry names its own."""


def source_line(provenance: Provenance) -> str:
    """``Yahoo, 15 min delayed, Mon 27 Jan 2025, 13:49 EST; 3 rows rejected``."""
    parts = ["SIMULATED" if provenance.simulated else provenance.source]
    if provenance.delay_minutes:
        parts.append(f"{provenance.delay_minutes} min delayed")
    if provenance.bar_time:
        parts.append(formats.moment(provenance.bar_time))
    line = ", ".join(parts)
    others = {
        part: names
        for part, names in provenance.providers.items()
        if names != provenance.source and part in _NAMED_PARTS and not provenance.simulated
    }
    line += "".join(f"; {part}: {names}" for part, names in others.items())
    rejected = sum(provenance.rejected.values())
    if rejected:
        line += f"; {rejected} {'row' if rejected == 1 else 'rows'} rejected"
    if provenance.loading:
        line += f"; {provenance.loading} more are being fetched"
    if provenance.stale:
        line += f"; {provenance.stale}"
    if provenance.notes:
        line += "; " + " ".join(provenance.notes[:_NOTES_SHOWN])
        more = len(provenance.notes) - _NOTES_SHOWN
        line += f" And {more} more notes on the data." if more > 0 else ""
    return line


def aged_lists(answers: Sequence[Answer[Any]]) -> str:
    """``ten largest companies: list of 24 Dec 2024, 705 days old``; empty within their life."""
    return "; ".join(dict.fromkeys(note for one in answers for note in one.provenance.lists))
