"""Own events of a data folder: ``events/*.csv`` and ``events/*.ics``."""

from __future__ import annotations

from pathlib import Path

from analytics.model.event_files import read_own_events
from analytics.model.event_series import RepeatSpan
from analytics.model.vocabulary import BadInput, Event
from analytics.sources.files.price_tables import shown


def event_files(folder: Path) -> list[Path]:
    """The files of events in a data folder, by name."""
    found = (folder / "events").glob("*")
    return sorted(p for p in found if p.suffix.lower() in (".csv", ".ics"))


def read_folder_events(folder: Path, span: RepeatSpan) -> tuple[list[Event], list[str]]:
    """The events of all files, and a sentence for each entry or file left out."""
    events: list[Event] = []
    notes: list[str] = []
    for path in event_files(folder):
        try:
            read = read_own_events(path.read_bytes(), shown(path), span)
        except (BadInput, OSError) as error:
            notes.append(str(error))
            continue
        events += read.events
        notes += read.notes
    return events, notes
