"""Dated lists: sector funds, the ten largest companies, S&P 500 members, index weights.

Each list is a data file that names its public source; the newest list valid on the as-of
date is used, and the first one for any earlier date (its date is shown beside it).
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

_DATA = Path(__file__).parent / "data"

DEFAULT_WATCHLIST = ("SPY", "QQQ", "DIA", "IWM")
VIX = "^VIX"

GroupName = Literal["sectors+ten", "sectors", "ten", "sp500"]
"""A list of members by name; an own list of symbols goes before it."""

_HINDSIGHT = (
    "The {what} of {day} are followed back in time: names that had already failed or shrunk by "
    "then are not among them, so earlier figures look better than they were (survivorship)."
)


@dataclass(frozen=True)
class Listing:
    """A list of symbols with the date from which it holds and where it comes from."""

    valid_from: dt.date
    symbols: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Group:
    """The members a question is about.

    Attributes:
        name: one of `GroupName`, or "own".
        title: as a page prints it.
        valid_from: date of the list; None for an own list or one that does not age.
        note: what looking at the past with this list gets wrong; empty when nothing.
    """

    name: str
    title: str
    symbols: tuple[str, ...]
    valid_from: dt.date | None
    source: str
    note: str


@dataclass(frozen=True)
class Weights:
    """Weights in the S&P 500, percent, as published for one date."""

    as_of: dt.date
    names: dict[str, str]
    weights_pct: dict[str, float]
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


def group(name: GroupName, day: dt.date, own: tuple[str, ...] = ()) -> Group:
    """The list ``name`` as of ``day``, or the own list when there is one."""
    if own:
        return Group("own", "own list", own, None, "chosen by the reader", "")
    if name == "sectors":
        source = "State Street Select Sector SPDR funds"
        return Group(name, "the eleven sectors", sectors(), None, source, "")
    ten = ten_largest(day)
    if name == "sp500":
        listing, _ = _sp500()
        title, what = f"S&P 500 members ({len(listing.symbols)})", "members"
        symbols = listing.symbols
    else:
        listing, what = ten, "ten largest companies"
        title = "the ten largest companies" if name == "ten" else "the sectors and the ten largest"
        symbols = ten.symbols if name == "ten" else (*sectors(), *ten.symbols)
    note = _HINDSIGHT.format(what=what, day=listing.valid_from)
    return Group(name, title, symbols, listing.valid_from, listing.source, note)


@lru_cache(maxsize=1)
def _sp500() -> tuple[Listing, dict[str, str]]:
    with (_DATA / "sp500.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    fund_of = {symbol: row["sector"] for row in rows for symbol in row["symbols"].split()}
    valid_from = dt.date.fromisoformat(rows[0]["valid_from"])
    return Listing(valid_from, tuple(fund_of), rows[0]["source"]), fund_of


def sector_fund(symbol: str) -> str | None:
    """The Select Sector fund of a company's GICS sector; None when the lists do not know it."""
    return _sp500()[1].get(symbol)


@lru_cache(maxsize=2)
def index_weights(kind: Literal["company", "sector"]) -> Weights:
    """Weights of the ten largest companies, or of the sectors, by symbol, heaviest first."""
    with (_DATA / "index_weights.csv").open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["kind"] == kind]
    rows.sort(key=lambda row: -float(row["weight_pct"]))
    return Weights(
        as_of=dt.date.fromisoformat(rows[0]["as_of"]),
        names={row["symbol"]: row["name"] for row in rows},
        weights_pct={row["symbol"]: float(row["weight_pct"]) for row in rows},
        source=rows[0]["source"],
    )
