"""Rows of the durable store, one day each."""

from __future__ import annotations

import datetime as dt

from analytics.model.vocabulary import DailyFigures

NOON = dt.datetime(2025, 1, 6, 17, tzinfo=dt.UTC)


def daily_row(
    day: int, ratio: float | None, *, final: bool = True, minutes: int = 0
) -> DailyFigures:
    """The put/call ratio that was shown for a day of January 2025, ``minutes`` after noon."""
    return DailyFigures(
        symbol="TEST",
        session=dt.date(2025, 1, day),
        final=final,
        shown_at=NOON + dt.timedelta(minutes=minutes),
        definition=1,
        figures={"put_call_volume": ratio},
    )
