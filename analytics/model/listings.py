"""Dated lists: sector funds, the ten largest companies, S&P 500 members, index weights.

Each list is a data file that names its public source; the newest list valid on the as-of
date is used, and the first one for any earlier date (its date is shown beside it).
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.model.dated_lists import (
    SHIPPED,
    DatedList,
    Rows,
    newest_on,
    versions,
    without_bars,
)
from analytics.model.dates import day_text
from analytics.model.universes import (
    SP500,
    Spell,
    Universe,
    continued,
    sectors_by_symbol,
    universe,
)
from analytics.model.universes import members as members_on
from analytics.model.vocabulary import Sessions

DEFAULT_WATCHLIST = ("SPY", "QQQ", "DIA", "IWM")
VIX = "^VIX"

TEN_LARGEST = "ten_largest.csv"
MEMBERS = "sp500.csv"
WEIGHTS = "index_weights.csv"

GroupName = Literal["sectors+ten", "sectors", "ten", "sp500", "nasdaq100", "dow"]
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
class Members:
    """The members of the S&P 500 with the Select Sector fund of each one's GICS sector, "" for
    one that is not known."""

    listing: Listing
    fund_of: Mapping[str, str]


@dataclass(frozen=True)
class Group:
    """The members a question is about.

    Attributes:
        name: one of `GroupName`, or "own".
        title: as a page prints it.
        valid_from: date of the list; None for an own list or one that does not age.
        note: what looking at the past with this list gets wrong; empty when nothing.
        lists: the dated lists that its members come from.
        universe: where the members of each past day are known; None: those of the moment are
            followed back in time.
    """

    name: str
    title: str
    symbols: tuple[str, ...]
    valid_from: dt.date | None
    source: str
    note: str
    lists: tuple[DatedList, ...] = ()
    universe: Universe | None = None

    def ever(self, first: dt.date, last: dt.date) -> tuple[str, ...]:
        """All who were members on any day between, those of the moment first."""
        if self.universe is None:
            return self.symbols
        spells = self.universe.between(first, last)
        return tuple(dict.fromkeys((*self.symbols, *(spell.symbol for spell in spells))))

    def listed(self, symbol: str, sessions: Sessions) -> NDArray[np.bool_]:
        """On which of the sessions the symbol counts as a member, shape of ``sessions``."""
        if self.universe is None:
            return np.ones(len(sessions), dtype=bool)
        return self.universe.mask(symbol, sessions)

    def past_note(self, asked: Collection[str], absent: Collection[str]) -> str:
        """How its past was studied: on the members of each day, and who of them had no bars."""
        if self.universe is None:
            return self.note
        each = f"Each session has the {self.universe.title} members of that day."
        return f"{each} {without_bars(asked, absent)}".rstrip()

    def beside(self, benchmark: str) -> tuple[str, ...]:
        """The symbols that are not the benchmark itself."""
        return tuple(symbol for symbol in self.symbols if symbol != benchmark)


@dataclass(frozen=True)
class Weights:
    """Weights in the S&P 500, percent, as published for one date."""

    as_of: dt.date
    names: Mapping[str, str]
    weights_pct: Mapping[str, float]
    source: str

    @property
    def dated(self) -> DatedList:
        """The list that they are."""
        return DatedList("index weights", self.as_of, self.source)


def parse_ten_largest(rows: Rows) -> tuple[Listing, ...]:
    """The lists of ``ten_largest.csv``; raises as `analytics.model.dated_lists.versions` asks."""
    return tuple(
        Listing(
            dt.date.fromisoformat(row["valid_from"]),
            tuple(row["symbols"].split()),
            row["source"],
        )
        for row in rows
    )


def ten_largest(day: dt.date) -> Listing:
    """The ten largest S&P 500 companies on ``day``."""
    return newest_on(day, versions(TEN_LARGEST, parse_ten_largest), lambda one: one.valid_from)


def ten_largest_list(day: dt.date) -> DatedList:
    """The same as a dated list."""
    listing = ten_largest(day)
    return DatedList("ten largest companies", listing.valid_from, listing.source)


@lru_cache(maxsize=1)
def sector_names() -> dict[str, str]:
    """The eleven Select Sector SPDR funds: symbol -> short sector name, by symbol."""
    with (SHIPPED / "sectors.csv").open(newline="", encoding="utf-8") as lines:
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
    if name not in ("ten", "sectors+ten"):
        return universe_group(name, day)
    ten = ten_largest(day)
    title = "the ten largest companies" if name == "ten" else "the sectors and the ten largest"
    symbols = ten.symbols if name == "ten" else (*sectors(), *ten.symbols)
    note = _HINDSIGHT.format(what="ten largest companies", day=ten.valid_from)
    lists = (ten_largest_list(day),)
    return Group(name, title, symbols, ten.valid_from, ten.source, note, lists)


def universe_group(name: str, day: dt.date) -> Group:
    """The members of a universe as of ``day``.

    Raises:
        BadInput: there is no universe of the name.
    """
    of = known_universe(name)
    symbols, dated = members_on(of, day), of.dated(day)
    title = f"{of.title} members ({len(symbols)})"
    return Group(name, title, symbols, dated.dated, of.source, "", (dated,), of)


def known_universe(name: str) -> Universe:
    """A universe, the S&P 500 with what newer lists of its members say of days after its own.

    Raises:
        BadInput: there is none of the name.
    """
    of = universe(name)
    if name != SP500:
        return of
    lists = versions(MEMBERS, parse_members)
    stored = _known.get(name)
    if stored is not None and stored[0] is of and stored[1] is lists:
        return stored[2]
    made = of
    for one in sorted(lists, key=lambda one: one.listing.valid_from):
        if one.listing.valid_from > made.as_of:
            made = continued(made, _as_universe(one))
    _known[name] = of, lists, made
    return made


_known: dict[str, tuple[Universe, tuple[Members, ...], Universe]] = {}
"""What was made of both as they were last read."""


def _as_universe(listed: Members) -> Universe:
    day = listed.listing.valid_from
    spells = tuple(
        Spell(symbol, day, sector=fund) for symbol, fund in sorted(listed.fund_of.items())
    )
    return Universe(SP500, spells, day, listed.listing.source)


def parse_members(rows: Rows) -> tuple[Members, ...]:
    """The lists of ``sp500.csv``, a row a date and sector; raises as `parse_ten_largest`."""
    dates = dict.fromkeys(row["valid_from"] for row in rows)
    return tuple(_members_of([row for row in rows if row["valid_from"] == day]) for day in dates)


def _members_of(rows: list[Mapping[str, str]]) -> Members:
    fund_of = {symbol: row["sector"] for row in rows for symbol in row["symbols"].split()}
    valid_from = dt.date.fromisoformat(rows[0]["valid_from"])
    return Members(Listing(valid_from, tuple(fund_of), rows[0]["source"]), fund_of)


def members(day: dt.date) -> Members:
    """The members of the S&P 500 on ``day``."""
    lists = versions(MEMBERS, parse_members)
    return newest_on(day, lists, lambda one: one.listing.valid_from)


def members_list(day: dt.date) -> DatedList:
    """The same as a dated list."""
    listing = members(day).listing
    return DatedList("S&P 500 members", listing.valid_from, listing.source)


def sector_fund(symbol: str) -> str | None:
    """The Select Sector fund of a company's GICS sector, by the newest list that has it.

    None when neither a list nor a universe knows it.
    """
    lists = versions(MEMBERS, parse_members)
    newest_first = sorted(lists, key=lambda one: one.listing.valid_from, reverse=True)
    listed = next((fund for one in newest_first if (fund := one.fund_of.get(symbol))), None)
    return listed or sectors_by_symbol().get(symbol)


def parse_weights(rows: Rows) -> tuple[tuple[str, Weights], ...]:
    """The lists of ``index_weights.csv``, each with its kind; raises as `parse_ten_largest`."""
    keys = dict.fromkeys((row["as_of"], row["kind"]) for row in rows)
    return tuple(
        (kind, _weights_of([r for r in rows if (r["as_of"], r["kind"]) == (day, kind)]))
        for day, kind in keys
    )


def _weights_of(rows: list[Mapping[str, str]]) -> Weights:
    heaviest_first = sorted(rows, key=lambda row: -float(row["weight_pct"]))
    return Weights(
        as_of=dt.date.fromisoformat(rows[0]["as_of"]),
        names={row["symbol"]: row["name"] for row in heaviest_first},
        weights_pct={row["symbol"]: float(row["weight_pct"]) for row in heaviest_first},
        source=heaviest_first[0]["source"],
    )


def index_weights(kind: Literal["company", "sector"], day: dt.date) -> Weights:
    """Weights of the ten largest companies, or of the sectors, on ``day``, heaviest first."""
    lists = [weights for of, weights in versions(WEIGHTS, parse_weights) if of == kind]
    return newest_on(day, lists, lambda one: one.as_of)


def sectors_basis(day: dt.date) -> str:
    """Which list says what sector a company is of, for a chart's subtitle."""
    listing = members(day).listing
    return f"GICS sectors of the S&P 500 list of {day_text(listing.valid_from)}"
