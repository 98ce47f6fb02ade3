"""Notes on the bars an answer rests on, as sentences for its provenance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.bars import no_bar_of
from analytics.model.vocabulary import Bars

MOST_NOTES = 12


def notes_on(many: Iterable[Bars]) -> tuple[str, ...]:
    """Notes on all bars, the first `MOST_NOTES` of them and how many more there are."""
    notes = [note for bars in many for note in _notes(bars)]
    if len(notes) <= MOST_NOTES:
        return tuple(notes)
    more = len(notes) - MOST_NOTES + 1
    return (*notes[: MOST_NOTES - 1], f"And {more} more of this kind.")


def _notes(bars: Bars) -> Iterator[str]:
    yield from (note.text for note in bars.notes)
    if bars.breaks:
        yield f"{bars.symbol}: averages begin after {bars.breaks[-1].reason}."
    seen = bars.unbroken
    recent = seen.missing[seen.missing > seen.sessions[max(len(seen) - YEAR_SESSIONS, 0)]]
    if recent.size:
        yield f"{bars.symbol}: {no_bar_of(np.sort(recent))}."
