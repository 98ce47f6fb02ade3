"""Buy-back blackouts: when a company is likely not to buy its own shares; an estimate.

No company has to announce them. The custom is to stop some weeks before a quarter's results, while
insiders know them, and to go on once the market has had a day or two to read them; plans set up
before (Rule 10b5-1) may go on buying throughout.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from analytics.model.sessions import next_session, session_on_or_before
from analytics.model.vocabulary import Event, EventKind

BEGINS_BEFORE = dt.timedelta(days=42)
"""Before the results: some two weeks before the quarter's end, as results take about four more."""

ENDS_AFTER = 2
"""Sessions after the results."""

_BEFORE, _AFTER = "six weeks before the earnings", "two sessions after the earnings"
SOURCE = "Estimate from earnings dates"


def blackout_events(earnings: Iterable[Event], start: dt.date, end: dt.date) -> list[Event]:
    """First and last days of the estimated blackouts around earnings, between two days."""
    at: dict[tuple[dt.date, str, str], list[str]] = {}
    for event in earnings:
        if event.kind is EventKind.EARNINGS and event.symbol:
            first, last = window_of(event.day)
            for edge in ((first, "begins", _BEFORE), (last, "ends", _AFTER)):
                symbols = at.setdefault(edge, [])
                if event.symbol not in symbols:
                    symbols.append(event.symbol)
    return [
        Event(
            day,
            EventKind.BLACKOUT,
            f"Buy-back blackout {word}: {', '.join(symbols)}",
            symbol=symbols[0] if len(symbols) == 1 else "",
            detail=why,
            confirmed=False,
            source=SOURCE,
        )
        for (day, word, why), symbols in at.items()
        if start <= day <= end
    ]


def window_of(results: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the estimated blackout around results."""
    return results - BEGINS_BEFORE, next_session(session_on_or_before(results), ENDS_AFTER)
