"""Marks along the foot of a chart over time: what happened on a day, named under the pointer."""

from __future__ import annotations

import html
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Event, EventKind

MARKS_AXIS = "yaxis3"
OWN_META = "own-marks"
"""The trace that the browser fills with the events a viewer keeps there (pages/calendar.mjs)."""

MARK_SIZE = 8
EVENTS_HEIGHT = 0.3
"""Of the row's height; a viewer's own stand above them (``OWN`` in pages/calendar.mjs)."""

_SHAPES: Mapping[EventKind, str] = {
    EventKind.FOMC: "diamond",
    EventKind.CPI: "triangle-up",
    EventKind.PCE: "triangle-up",
    EventKind.JOBS: "triangle-up",
    EventKind.EARNINGS: "circle",
    EventKind.SPLIT: "square",
    EventKind.EX_DIVIDEND: "square-open",
}
"""Kinds that are marked; the first of a day gives the shape."""

LEGEND = (
    "At the foot: \u25c6 Fed decision, \u25b2 CPI, PCE or jobs, \u25cf earnings, "
    "\u25a1 ex-dividend, \u25a0 split, \u2605 own event."
)


def event_marks(*, events: Sequence[Event], days: Sequence[str]) -> list[dict[str, Any]]:
    """Two traces: the events given, and an empty one for the viewer's own.

    Args:
        events: any; those of a kind that is marked, within the chart, are drawn: one mark a
            session, whose text tells all its events. The trace has a point, mostly unseen, on
            every session.
        days: ISO dates of the sessions drawn, ascending. An event on a day without a session
            stands at the next one.
    """
    at: dict[str, list[Event]] = {}
    for event in sorted(events, key=lambda one: (one.day, list(EventKind).index(one.kind))):
        place = bisect_left(days, event.day.isoformat())
        if event.kind in _SHAPES and place < len(days) and _within(event, days):
            at.setdefault(days[place], []).append(event)
    texts = ["<br>".join(_words(event) for event in at.get(day, ())) for day in days]
    shapes = [_SHAPES[at[day][0].kind] if day in at else "circle" for day in days]
    return [
        _trace("events", list(days), texts, shapes, "@ink3"),
        _trace("own events", [], [], "star", "@accent") | {"meta": OWN_META},
    ]


def _within(event: Event, days: Sequence[str]) -> bool:
    """A day before the first session is not on the chart, though a later session follows it."""
    return bool(days) and event.day.isoformat() >= days[0]


def _trace(
    name: str, x: list[str], texts: list[str], shapes: str | list[str], token: str
) -> dict[str, Any]:
    """A point on every session, seen where there is a text.

    With points on the days of events alone, Plotly's joint readout would tell a mark on the
    days beside it too: of each trace it takes the nearest point.
    """
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": x,
        "y": [EVENTS_HEIGHT] * len(x),
        "yaxis": "y3",
        "text": texts,
        "hoverinfo": ["text" if text else "none" for text in texts],
        "marker": {
            "symbol": shapes,
            "size": [MARK_SIZE if text else 0 for text in texts],
            "color": token,
            "opacity": 1,
            "line": {"width": 0},
        },
        "cliponaxis": False,
    }


def _words(event: Event) -> str:
    """``14:00 FOMC decision, with new projections``: escaped, for Plotly reads some html."""
    parts = [event.title]
    if event.kind is EventKind.EX_DIVIDEND and event.actual is not None:
        parts.append(f"{event.actual:.2f}")
    parts += [part for part in (event.timing, event.detail) if part]
    if not event.confirmed:
        parts.append("date estimated")
    clock = f"{event.time.astimezone(NEW_YORK):%H:%M} " if event.time else ""
    return html.escape(clock + ", ".join(parts))


def marks_axis(domain: Sequence[float]) -> dict[str, Any]:
    """The hidden axis the marks stand on, over ``domain`` of the figure's height."""
    return {
        "domain": list(domain),
        "range": [0, 1],
        "visible": False,
        "fixedrange": True,
        "anchor": "x",
    }
