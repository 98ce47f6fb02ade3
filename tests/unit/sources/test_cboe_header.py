"""The date above Cboe's table, in the language and zone of whoever saved the page."""

from __future__ import annotations

import math

import pytest

from analytics.sources.files.cboe_header import header_price, header_time


@pytest.mark.parametrize(
    ("printed", "utc"),
    [
        ("January 6, 2025 at 9:30 PM EST", "2025-01-07T02:30"),
        ("July 7, 2025 at 9:30 AM EDT", "2025-07-07T13:30"),
        ("July 7, 2025 at 9:30 AM", "2025-07-07T13:30"),  # no zone: New York's
        ("January 6, 2025 at 12:05 AM ET", "2025-01-06T05:05"),
        ("January 6, 2025 at 12:05 PM CST", "2025-01-06T18:05"),
        ("January 6, 2025 at 10:30 PM GMT+1", "2025-01-06T21:30"),
        ("January 6, 2025 at 10:30 PM GMT+5:30", "2025-01-06T17:00"),
        ("January 6, 2025 at 21:30 UTC", "2025-01-06T21:30"),
        ("5 de setembro de 2025 às 10:16 GMT-4", "2025-09-05T14:16"),
        ("5 de septiembre de 2025 a las 10:16 GMT-4", "2025-09-05T14:16"),
        ("5. März 2025 um 16:16 GMT+1", "2025-03-05T15:16"),
        ("5 juillet 2025 à 16:16 GMT+2", "2025-07-05T14:16"),
        ("5 juin 2025 à 16:16 GMT+2", "2025-06-05T14:16"),
        ("5 août 2025 à 16:16 GMT+2", "2025-08-05T14:16"),
    ],
)
def test_a_time(printed: str, utc: str) -> None:
    header = f"Test Corp,Last: 150.28 | Date: {printed},Bid: 6513.18,Ask: 6519.02"
    assert header_time(header).isoformat() == f"{utc}:00+00:00"


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("January 6, 2025 at 9:30 PM CET", "time zone 'CET' is not known"),
        ("January 36, 2025 at 9:30 PM EST", "is not a time"),
        ("Xanuary 6, 2025 at 9:30 PM EST", "is not a time"),
        ("January 6, 2025 at 25:30 EST", "is not a time"),
        ("today", "no 'Date: ... at ...'"),
    ],
)
def test_no_time(printed: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        header_time(f"Date: {printed},Bid: 6513.18")


def test_the_price() -> None:
    assert header_price("Test,Last: 6,515.9399,Change:  13.8") == 6515.9399
    assert math.isnan(header_price("Test,Change: 1"))
