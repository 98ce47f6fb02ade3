"""Levels that a rule can name: read from its words, and offered by its form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

from analytics.alerts.form import Choice, Control, DayField
from analytics.alerts.rule import Rule
from analytics.indicators.series import DmaSessions
from analytics.model.levels import ANCHORED_VWAP, DMA, LevelId, dma, families
from analytics.model.parsing import parse_choice
from analytics.model.vocabulary import BadInput
from analytics.studies.supports.anchors import EARNINGS, FED, by_its_event, own_day
from analytics.studies.supports.volume_levels import anchored_at

OWN_DAY = LevelId(ANCHORED_VWAP.key, "{day}").name
"""What a form sends with a day in it."""


def offered() -> tuple[LevelId, ...]:
    """The levels that a rule can name besides VWAPs anchored at a day of one's own."""
    found: list[LevelId] = []
    for family in families():
        if family.alertable:
            found += family.levels
        if family.key == ANCHORED_VWAP.key:
            found += [LevelId(family.key, event) for event in (EARNINGS, FED)]
    return tuple(found)


def parse_level(given: object) -> LevelId:
    """The level of this printed name.

    Raises:
        BadInput: no rule can name it.
    """
    name = given if isinstance(given, str) else ""
    level = by_its_event(LevelId.of_name(name))
    day = own_day(level)
    if day is not None:
        return anchored_at("", day)
    names = (*(one.name for one in offered()), OWN_DAY.format(day="2024-08-05"))
    return LevelId.of_name(parse_choice("at", level.name, names))


def parse_dma_sessions(given: object) -> DmaSessions:
    """Over how many sessions the moving average goes.

    Raises:
        BadInput: for anything but those that the feed follows.
    """
    number: DmaSessions = parse_choice("sessions", given, get_args(DmaSessions))
    return number


def parse_at(fields: Mapping[str, object]) -> tuple[DmaSessions | None, str]:
    """A rule's level: an average by its sessions, any other by its name.

    Raises:
        BadInput: there is none, or there are two.
    """
    sessions, at = fields.get("sessions"), fields.get("at")
    if at in (None, "") and sessions is None:
        number = ", ".join(str(one) for one in get_args(DmaSessions))
        raise BadInput(
            "Name a level: at is its name, such as prior week low, or sessions those of an "
            f"average: {number}."
        )
    if at in (None, ""):
        return parse_dma_sessions(sessions), ""
    if sessions is not None:
        raise BadInput("A rule is at one level: name it by at, or an average by sessions.")
    level = parse_level(at)
    if level.family == DMA.key:
        return parse_dma_sessions(int(level.parameter)), ""
    return None, level.name


def level_at(sessions: DmaSessions | None, at: str) -> LevelId:
    """The level that `parse_at` read."""
    return dma(sessions) if sessions is not None else LevelId.of_name(at)


def level_controls(before: str = "", price: str = "") -> tuple[Control, ...]:
    """The controls of a form that name a level.

    Args:
        before: words before each level ("its ").
        price: text of a choice of a price in a level's place; "" offers none.
    """
    options: list[tuple[str | None, str]] = [
        (level.name, f"{before}{level.name}") for level in offered()
    ]
    options.append((OWN_DAY, f"{before}{OWN_DAY.format(day='since a day')}"))
    if price:
        options.append((None, price))
    return (
        Choice("at", "Level", tuple(options), dma(50).name),
        DayField("at", "Anchored at", OWN_DAY, when=("at", OWN_DAY)),
    )


def beyond_the_feed(rules: Iterable[Rule]) -> tuple[LevelId, ...]:
    """The levels that rules name and the live feed does not carry, each once, in order."""
    levels = {rule.level_id for rule in rules}
    return tuple(
        sorted(level for level in levels if level is not None and not level.declared.follows_price)
    )
