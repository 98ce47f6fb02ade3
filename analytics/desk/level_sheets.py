"""Sheets of levels: the ladders of a list of symbols, asked of the desk one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics.desk.desk import Desk
from analytics.levels_out.sheet import Sheet, levels_of
from analytics.model.access import NotInPlan
from analytics.model.levels import LevelGroup, LevelSet
from analytics.model.parameters import parameter_types, parse_parameters
from analytics.model.parsing import parse_choice
from analytics.model.question import Symbol
from analytics.model.vocabulary import BadInput, SourceFailure
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters

MOST = 100
"""Symbols of one sheet."""


@dataclass(frozen=True)
class SheetWish:
    """What is wanted on a sheet.

    Attributes:
        symbols: in their order.
        groups: of levels; none: all.
        own, sets, since: as of `SupportsParameters`; ``own`` of one symbol alone.

    Raises:
        BadInput: there is no symbol, or too many.
    """

    symbols: tuple[Symbol, ...]
    groups: tuple[LevelGroup, ...] = ()
    own: tuple[float, ...] = ()
    sets: tuple[LevelSet, ...] = ()
    since: dt.date | None = None

    def __post_init__(self) -> None:
        if not self.symbols:
            raise BadInput("symbols is missing: SPY,NVDA for two.")
        if len(self.symbols) > MOST:
            raise BadInput(f"symbols takes at most {MOST} symbols (got {len(self.symbols)}).")
        if self.own and len(self.symbols) > 1:
            raise BadInput("own is of one symbol: ask for that one alone.")


@dataclass(frozen=True)
class _Words:
    """The fields of a wish that `parse_parameters` reads."""

    symbols: tuple[Symbol, ...] = ()
    own: tuple[float, ...] = ()
    sets: tuple[LevelSet, ...] = ()
    since: dt.date | None = None


def parse_wish(raw: Mapping[str, object]) -> SheetWish:
    """A wish from untrusted values; ``groups`` is one of the levels' groups.

    Raises:
        BadInput: one sentence: what was wrong and what is accepted.
    """
    given = dict(raw)
    group = given.pop("groups", None)
    groups: tuple[LevelGroup, ...] = ()
    if group not in (None, ""):
        groups = (parse_choice("groups", group, tuple(LevelGroup)),)
    accepted = (*parameter_types(_Words), "groups")
    unknown = sorted(set(given) - set(accepted))
    if unknown:
        named = f"unknown parameter {unknown[0][:40]!r}"
        raise BadInput(f"{named}: accepted are {', '.join(accepted)}.")
    words = parse_parameters(_Words, given)
    return SheetWish(words.symbols, groups, words.own, words.sets, words.since)


def wish_as_plain(wish: SheetWish) -> dict[str, Any]:
    """What `parse_wish` reads back."""
    return {
        "symbols": ",".join(wish.symbols),
        "groups": wish.groups[0].value if wish.groups else "",
        "own": ",".join(f"{price!r}" for price in wish.own),
        "sets": ",".join(wish.sets),
        "since": wish.since.isoformat() if wish.since else "",
    }


def sheet_of(desk: Desk, wish: SheetWish, title: str, as_of: dt.date | None = None) -> Sheet:
    """The sheet, for whoever this thread works for; a symbol without levels says why.

    Raises:
        NotInPlan: the viewer's plan does not include the ladders.
        SourceFailure: the source could be asked for none of them.
        BadInput: for a moment that is none at the source.
    """
    desk.moment(as_of)
    parameters = [
        SupportsParameters(symbol, own=wish.own, sets=wish.sets, since=wish.since)
        for symbol in wish.symbols
    ]
    answers = [desk.ask(SUPPORTS, one, as_of) for one in parameters]
    offers = [one.offer for one in answers if one.offer is not None]
    if offers:
        raise NotInPlan(offers[0])
    failed = [one for one in answers if one.error and issubclass(one.error, SourceFailure)]
    if len(failed) == len(answers):
        raise SourceFailure(failed[0].reason or "The source could not be asked.")
    return Sheet(
        title=title,
        symbols=tuple(
            levels_of(symbol, answer, wish.groups)
            for symbol, answer in zip(wish.symbols, answers, strict=True)
        ),
        simulated=desk.source.capabilities.simulated,
    )
