"""Universes: lists of shares with their members as of each day.

A universe is a list of spells: who was a member from which day to which. What is studied over the
past is studied on the members of each past day, names that have since failed or shrunk among them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analytics.model.dated_lists import DatedList, Rows, versions
from analytics.model.vocabulary import BadInput, Sessions

UNIVERSES = "universes.csv"
SP500 = "sp500"
COLUMNS = (
    *("universe", "symbol", "sector", "first_day", "end_day"),
    *("formerly", "as_of", "source"),
)

TITLES = {
    SP500: "S&P 500",
    "nasdaq100": "Nasdaq-100",
    "dow": "Dow Jones Industrial Average",
}
"""Of the universes that ship; an operator's own is called by its name."""

NO_END = dt.date.max


@dataclass(frozen=True)
class Spell:
    """One stay of a share in a universe.

    A symbol may have several spells, and they may be of different companies: symbols are reused.

    Attributes:
        symbol: as it is written since its last change: its bars are under that one.
        end_day: the first day on which it was no member any more; `NO_END` for a member.
        sector: the Select Sector fund of its GICS sector, "" where that is not known.
        formerly: under which symbols it traded before, and until when.
    """

    symbol: str
    first_day: dt.date
    end_day: dt.date = NO_END
    sector: str = ""
    formerly: str = ""

    def holds(self, day: dt.date) -> bool:
        """Whether it was a member on the day."""
        return self.first_day <= day < self.end_day


@dataclass(frozen=True)
class Universe:
    """A universe as it is known.

    Attributes:
        name: as a link, the shell and the store have it.
        spells: by symbol, then by first day.
        as_of: through which day they are known; later days have the members of that one.
    """

    name: str
    spells: tuple[Spell, ...]
    as_of: dt.date
    source: str

    @property
    def title(self) -> str:
        """As a page prints it."""
        return TITLES.get(self.name, self.name)

    @property
    def first_day(self) -> dt.date:
        """From which day on its members are known."""
        return min(spell.first_day for spell in self.spells)

    def known_day(self, day: dt.date) -> dt.date:
        """The nearest day on which its members are known."""
        return min(max(day, self.first_day), self.as_of)

    def dated(self, day: dt.date) -> DatedList:
        """The list that its members on ``day`` are: of the nearest day on which they are known."""
        return DatedList(f"{self.title} members", self.known_day(day), self.source)

    def between(self, first: dt.date, last: dt.date) -> tuple[Spell, ...]:
        """The spells of all who were members on any day from ``first`` to ``last``."""
        first, last = self.known_day(first), self.known_day(last)
        return tuple(
            spell for spell in self.spells if spell.first_day <= last and spell.end_day > first
        )

    def spells_of(self, symbol: str) -> tuple[Spell, ...]:
        """The symbol's spells, oldest first; the newest lasts until it is known to have ended."""
        return tuple(spell for spell in self.spells if spell.symbol == symbol)

    def mask(self, symbol: str, sessions: Sessions) -> NDArray[np.bool_]:
        """On which of the sessions the symbol was a member, shape of ``sessions``."""
        inside = np.zeros(len(sessions), dtype=bool)
        bounds = np.array([self.first_day, self.as_of], dtype="datetime64[D]")
        known = np.clip(sessions, *bounds)
        for spell in self.spells_of(symbol):
            begun = known >= np.datetime64(spell.first_day, "D")
            inside |= begun & (known < np.datetime64(spell.end_day, "D"))
        return inside


def members(universe: Universe, day: dt.date) -> tuple[str, ...]:
    """The members on a day, by symbol; of the nearest known day for one before or after those."""
    known = universe.known_day(day)
    return tuple(spell.symbol for spell in universe.spells if spell.holds(known))


def parse_universes(rows: Rows) -> tuple[Universe, ...]:
    """The universes of ``universes.csv``, a row a spell.

    Raises:
        ValueError, KeyError: a row cannot be read.
    """
    by_name: dict[str, list[Spell]] = {}
    known: dict[str, tuple[dt.date, str]] = {}
    for row in rows:
        name = row["universe"]
        by_name.setdefault(name, []).append(_spell(row))
        known[name] = dt.date.fromisoformat(row["as_of"]), row["source"]
    return tuple(Universe(name, _ordered(spells), *known[name]) for name, spells in by_name.items())


def _spell(row: Mapping[str, str]) -> Spell:
    end = row.get("end_day")
    spell = Spell(
        row["symbol"],
        dt.date.fromisoformat(row["first_day"]),
        dt.date.fromisoformat(end) if end else NO_END,
        row.get("sector") or "",
        row.get("formerly") or "",
    )
    if spell.first_day >= spell.end_day:
        raise ValueError(f"{spell.symbol} ends on {end}, not after it begins")
    return spell


def universe_names() -> tuple[str, ...]:
    """All that are known: the shipped ones first."""
    return tuple(dict.fromkeys(one.name for one in versions(UNIVERSES, parse_universes)))


_joined: dict[str, tuple[tuple[Universe, ...], Universe]] = {}
_sectors: dict[str, tuple[tuple[Universe, ...], Mapping[str, str]]] = {}
"""What was made of the versions as they were last read."""


def universe(name: str) -> Universe:
    """A universe by its name; where an operator's file knows later days, from those days on its.

    Raises:
        BadInput: there is none of the name; those there are, are named.
    """
    known = versions(UNIVERSES, parse_universes)
    stored = _joined.get(name)
    if stored is not None and stored[0] is known:
        return stored[1]
    mine = sorted((one for one in known if one.name == name), key=lambda one: one.as_of)
    if not mine:
        raise BadInput(f"There is no universe {name[:40]!r}: {', '.join(universe_names())} are.")
    made = mine[0]
    for later in mine[1:]:
        made = continued(made, later)
    _joined[name] = known, made
    return made


def continued(before: Universe, later: Universe) -> Universe:
    """What ``before`` knows up to the first day of ``later``, and ``later`` from then on."""
    change = later.first_day
    kept = [
        replace(spell, end_day=min(spell.end_day, change))
        for spell in before.spells
        if spell.first_day < change
    ]
    return replace(later, spells=_ordered([*kept, *later.spells]))


def _ordered(spells: Iterable[Spell]) -> tuple[Spell, ...]:
    """By symbol and first day; those of a symbol that touch are one.

    Raises:
        ValueError: two of a symbol overlap.
    """
    made: list[Spell] = []
    for spell in sorted(spells, key=lambda one: (one.symbol, one.first_day)):
        last = made[-1] if made else None
        if last is None or last.symbol != spell.symbol or last.end_day < spell.first_day:
            made.append(spell)
        elif last.end_day == spell.first_day:
            sector = spell.sector or last.sector
            made[-1] = replace(last, end_day=spell.end_day, sector=sector)
        else:
            raise ValueError(f"two spells of {spell.symbol} overlap")
    return tuple(made)


def sectors_by_symbol() -> Mapping[str, str]:
    """Symbol -> the Select Sector fund of its GICS sector, by its newest spell that tells it."""
    known = versions(UNIVERSES, parse_universes)
    stored = _sectors.get("")
    if stored is not None and stored[0] is known:
        return stored[1]
    spells = sorted((s for one in known for s in one.spells), key=lambda spell: spell.end_day)
    made = {spell.symbol: spell.sector for spell in spells if spell.sector}
    _sectors[""] = known, made
    return made
