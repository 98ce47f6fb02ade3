"""Freshness of figures, in the badge's words."""

from __future__ import annotations

import datetime as dt

import pytest

from analytics.model.vocabulary import Freshness, Provenance
from components.frame.provenance import badge

NOON = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (NOON - dt.timedelta(minutes=40), "STALE since 11:20 EST"),
        (dt.datetime(2025, 1, 24, 21, tzinfo=dt.UTC), "STALE since 24 Jan 2025, 16:00 EST"),
        (dt.datetime(2024, 8, 1, 15, 30, tzinfo=dt.UTC), "STALE since 1 Aug 2024, 11:30 EDT"),
        # after midnight in UTC it is still the same evening in New York
        (dt.datetime(2025, 1, 27, 4, tzinfo=dt.UTC), "STALE since 26 Jan 2025, 23:00 EST"),
        (None, "STALE"),
    ],
)
def test_a_stale_price_of_another_day_has_its_date(last: dt.datetime | None, text: str) -> None:
    provenance = Provenance("Yahoo", simulated=False, bar_time=last)
    assert badge(Freshness.STALE, provenance, NOON)["text"] == text
