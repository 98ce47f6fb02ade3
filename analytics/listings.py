"""Dated lists: the ten largest companies and the sector funds, as of a date.

Each list is a data file that names its public source; the newest list valid on the as-of
date is used, and the first one for any earlier date (its date is shown beside it).
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"

DEFAULT_WATCHLIST = ("SPY", "QQQ", "DIA", "IWM")


@dataclass(frozen=True)
class Listing:
    """A list of symbols with the date from which it holds and where it comes from."""

    valid_from: dt.date
    symbols: tuple[str, ...]
    source: str


@lru_cache(maxsize=1)
def _ten_largest_lists() -> tuple[Listing, ...]:
    with (_DATA / "ten_largest.csv").open(newline="", encoding="utf-8") as lines:
        rows = [
            Listing(
                dt.date.fromisoformat(row["valid_from"]),
                tuple(row["symbols"].split()),
                row["source"],
            )
            for row in csv.DictReader(lines)
        ]
    return tuple(sorted(rows, key=lambda row: row.valid_from))


def ten_largest(day: dt.date) -> Listing:
    """The ten largest S&P 500 companies on ``day``."""
    lists = _ten_largest_lists()
    held = [listing for listing in lists if listing.valid_from <= day]
    return held[-1] if held else lists[0]


@lru_cache(maxsize=1)
def sector_names() -> dict[str, str]:
    """The eleven Select Sector SPDR funds: symbol -> short sector name, by symbol."""
    with (_DATA / "sectors.csv").open(newline="", encoding="utf-8") as lines:
        return {row["symbol"]: row["name"] for row in csv.DictReader(lines)}


def sectors() -> tuple[str, ...]:
    """Symbols of the eleven sector funds."""
    return tuple(sector_names())
