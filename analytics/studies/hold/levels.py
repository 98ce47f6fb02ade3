"""Levels that the hold study takes: the averages, and those known before a session opens."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from analytics.indicators.series import YEAR_SESSIONS, DmaSessions
from analytics.indicators.session_levels import (
    PROFILE,
    PROFILE_SESSIONS,
    VWAP,
    WEEKLY,
    LevelRecipe,
    recipes,
    weekly_of,
)
from analytics.model.levels import LevelId, dma
from analytics.studies.hold.events import Studied

OtherLevel: TypeAlias = Literal[
    "10-week",
    "40-week",
    "day-low",
    "week-low",
    "month-low",
    "week-high",
    "month-high",
    "vwap-high",
    "vwap-low",
    "poc",
    "value-high",
    "value-low",
]
"""The high of the day before is none: no close lies above its own session's high."""
HoldLevel: TypeAlias = Literal[DmaSessions, OtherLevel]
"""As parameters name it: sessions of an average, or a word."""

SESSIONS_A_WEEK = 5
TWO_MONTHS_SESSIONS = 46
"""At most: a session's month before is complete, and in them from its first session on."""

OTHER_LEVELS: tuple[OtherLevel, ...] = get_args(OtherLevel)


def recipe_of(word: OtherLevel) -> LevelRecipe:
    """How the level of a word is computed."""
    weeks, _, unit = word.partition("-")
    return weekly_of(int(weeks)) if unit == "week" else recipes()[word]


def warm_up_sessions(level: HoldLevel) -> int:
    """So many bars before a session give its level."""
    if isinstance(level, int):
        return level
    recipe = recipe_of(level)
    if recipe.kind == WEEKLY:
        return SESSIONS_A_WEEK * (recipe.length + 1)
    if recipe.kind == VWAP:
        return YEAR_SESSIONS
    return PROFILE_SESSIONS if recipe.kind == PROFILE else TWO_MONTHS_SESSIONS


def studied(level: HoldLevel) -> Studied:
    """A parameter's level as the events and their null take it."""
    return level if isinstance(level, int) else recipe_of(level)


def id_of(level: HoldLevel) -> LevelId:
    """Which level of the ladder a parameter's level is."""
    return dma(level) if isinstance(level, int) else recipe_of(level).id


def word_of(level: LevelId) -> OtherLevel | None:
    """The word of a level that is no daily average; None where the study knows none."""
    return next((word for word in OTHER_LEVELS if recipe_of(word).id == level), None)
