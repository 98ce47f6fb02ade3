"""Reported quarters whose rows a source repeats for each restatement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from analytics.model.vocabulary import Quarter


def first_reports(quarters: Iterable[Quarter]) -> dict[dt.date, Quarter]:
    """Report date -> the quarter first reported on it; a restatement is no report of its own."""
    first: dict[dt.date, tuple[dt.date, Quarter]] = {}
    for quarter in quarters:
        day = quarter.reported_on
        if day is not None and (
            quarter.period_end not in first or day < first[quarter.period_end][0]
        ):
            first[quarter.period_end] = (day, quarter)
    return {first[end][0]: first[end][1] for end in sorted(first)}
