"""The marks of a price chart: which events, and what is said of them under it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from analytics.model.question import Answer
from analytics.model.vocabulary import Event
from analytics.studies.calendar.chart_events import ChartEvents
from analytics.studies.calendar.release_lists import released_months
from components.figures.event_marks import LEGEND


def to_mark(marked: Answer[ChartEvents] | None) -> Sequence[Event] | None:
    """None: the viewer wants no marks; none known still leaves room for the viewer's own."""
    if marked is None:
        return None
    return marked.result.events if marked.result else ()


def notes(marked: Answer[ChartEvents] | None, first: dt.date) -> list[str]:
    """What the marks mean, and what of them is not known from ``first``, the first day drawn."""
    if marked is None:
        return []
    if marked.result is None:
        return [f"Events are not marked: {marked.reason}"]
    sentences = [LEGEND]
    listed, until = released_months()
    if first < listed or marked.result.last > until:
        sentences.append(f"CPI, PCE and jobs are known from {listed:%B %Y} to {until:%B %Y}.")
    return sentences
