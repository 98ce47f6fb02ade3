"""Identity of price levels, and the registry of the families that they belong to.

A level is named by `LevelId` everywhere in the code. Its printed name ("50-DMA") is written for
people and for the database, and read back in one place only (`LevelId.of_name`). Which families
there are: `analytics.model.levels`, which is what the rest of the code imports.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache, total_ordering
from typing import Literal

_PLACE = "{parameter}"


class LevelGroup(StrEnum):
    """What confluence counts: levels of one group that lie together confirm nothing."""

    MOVING_AVERAGE = "moving average"
    PRICE_STRUCTURE = "price structure"
    VOLUME = "volume"
    OPTIONS = "options"
    OWN = "own"


LevelSet = Literal["weekly", "prior-lows", "prior-highs", "vwap", "profile"]
"""Families that a ladder has only where they are asked for, together."""


@dataclass(frozen=True)
class LevelStyle:
    """How a level is drawn.

    Attributes:
        token: colour token of `components.figures.theme` ("@dma50").
        dash: Plotly's dash.
        width: of the line, pixels.
    """

    token: str
    dash: str = "solid"
    width: float = 1.6


@dataclass(frozen=True, eq=False)
class LevelFamily:
    """Levels of one definition, which a parameter distinguishes.

    Attributes:
        key: names the family in a `LevelId`; never changes.
        template: printed name, with ``{parameter}`` where there is one.
        parameters: of the levels on every ladder, in order.
        short: printed name where there is little room; empty: as ``template``.
        term: the glossary's entry, or None.
        style: how its levels are drawn; ``styles``: parameter -> its own style.
        drawn: on the price chart as a curve through time, a line across, or a rung beside it.
        side: what a level of it is as a rule, whatever side of the price it lies on.
        headline: parameters of the levels that may be the support in focus.
        follows_price: its last value moves with every price, and the live feed carries it: a
            family of that kind needs a running form in `analytics.watch.session_baseline`.
        in_hold_study: a hold rate can be asked for it: its level is known before a session opens,
            and `analytics.indicators.session_levels` has its recipe.
        alertable: a viewer can set an alert on it: the live feed carries it, or bars give it before
            the session's open (`analytics.watch.named_levels`).
        set: it is on a ladder only where this set is asked for; None: on every ladder.
    """

    key: str
    group: LevelGroup
    template: str
    parameters: tuple[str, ...] = ("",)
    short: str = ""
    term: str | None = None
    style: LevelStyle = LevelStyle("@ink3", "7px,6px", 0.8)
    styles: Mapping[str, LevelStyle] = field(default_factory=dict)
    drawn: Literal["curve", "line", "rung"] = "line"
    side: Literal["support", "resistance"] = "support"
    headline: tuple[str, ...] = ()
    follows_price: bool = False
    in_hold_study: bool = False
    alertable: bool = False
    set: LevelSet | None = None

    @property
    def levels(self) -> tuple[LevelId, ...]:
        """The levels of every ladder."""
        return tuple(LevelId(self.key, parameter) for parameter in self.parameters)

    @property
    def words(self) -> str:
        """What its levels are called without their parameter: "DMA", "Swing low"."""
        bare = self.template
        for written in (f"{_PLACE}-", f"({_PLACE})", _PLACE):
            bare = bare.replace(written, "")
        return " ".join(bare.split()) or self.key

    def parameter_of(self, name: str) -> str | None:
        """The parameter that ``name`` prints, or None when it is not of this family."""
        found = self._pattern.fullmatch(name)
        if found is None:
            return None
        return found[1] if found.re.groups else ""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        before, place, after = self.template.partition(_PLACE)
        return re.compile(re.escape(before) + ("(.+)" if place else "") + re.escape(after))


@total_ordering
@dataclass(frozen=True, slots=True)
class LevelId:
    """One level: its family's key and its parameter ("dma", "50").

    Ordered by family, then by parameter: numbers by value, so the 50-DMA before the 100-DMA.
    """

    family: str
    parameter: str = ""

    def __lt__(self, other: LevelId) -> bool:
        if not isinstance(other, LevelId):
            return NotImplemented
        return self._order < other._order

    @property
    def _order(self) -> tuple[str, int, str]:
        number = int(self.parameter) if self.parameter.isdecimal() else -1
        return (self.family, number, self.parameter)

    @staticmethod
    def of_name(name: str) -> LevelId:
        """The level that is printed as ``name``: for rows of the database and shell words.

        A name of no registered family is a level of `UNLISTED`: rows outlive families.
        """
        return _of_name(name)

    @property
    def declared(self) -> LevelFamily:
        """Its family.

        Raises:
            LookupError: nothing registers it.
        """
        return family(self.family)

    @property
    def name(self) -> str:
        """As printed: "50-DMA"."""
        return self.declared.template.replace(_PLACE, self.parameter)

    @property
    def short_name(self) -> str:
        """As printed where there is little room."""
        declared = self.declared
        return (declared.short or declared.template).replace(_PLACE, self.parameter)

    @property
    def style(self) -> LevelStyle:
        """How it is drawn, everywhere."""
        declared = self.declared
        return declared.styles.get(self.parameter, declared.style)

    @property
    def is_headline(self) -> bool:
        """Whether it may be the support in focus."""
        return self.parameter in self.declared.headline


_families: dict[str, LevelFamily] = {}


def register(family: LevelFamily) -> LevelFamily:
    """Put a family after those there are: the order in which ladders list what is missing.

    Raises:
        ValueError: its key, or the name of one of its levels, is taken; two of its levels are
            printed alike; or alerts could name it though no bars give its levels.
    """
    if family.alertable and family.group in (LevelGroup.OPTIONS, LevelGroup.OWN):
        raise ValueError(f"alerts on {family.key!r} need its levels from bars, before the open")
    if family.key in _families or family.key == UNLISTED.key:
        raise ValueError(f"the level family {family.key!r} is registered already")
    names = [family.template.replace(_PLACE, parameter) for parameter in family.parameters]
    for name in names:
        taken = LevelId.of_name(name)
        if taken.family != UNLISTED.key or names.count(name) > 1:
            raise ValueError(f"another level is printed as {name!r}")
    _families[family.key] = family
    _of_name.cache_clear()
    return family


def unregister(key: str) -> None:
    """Take a family away: for tests that bring their own."""
    del _families[key]
    _of_name.cache_clear()


def families(*groups: LevelGroup) -> tuple[LevelFamily, ...]:
    """The registered families, of these groups or of all."""
    return tuple(f for f in _families.values() if not groups or f.group in groups)


def live_levels() -> tuple[LevelId, ...]:
    """The levels that the live feed follows, and calls are made of."""
    return tuple(level for f in _families.values() if f.follows_price for level in f.levels)


def family(key: str) -> LevelFamily:
    """The family of a key.

    Raises:
        LookupError: nothing registers it.
    """
    if key == UNLISTED.key:
        return UNLISTED
    try:
        return _families[key]
    except KeyError:
        raise LookupError(f"no level family is registered as {key!r}") from None


@lru_cache(maxsize=1024)
def _of_name(name: str) -> LevelId:
    for declared in _families.values():
        parameter = declared.parameter_of(name)
        if parameter is not None:
            return LevelId(declared.key, parameter)
    return LevelId(UNLISTED.key, name)


UNLISTED = LevelFamily("unlisted", LevelGroup.PRICE_STRUCTURE, _PLACE, parameters=())
"""Levels of the database whose family is registered no longer: named as they were stored."""
