"""The price levels that there are, family by family.

A family says once, in `LevelFamily`, what its levels are called, how they are drawn and which
features take them; `analytics.studies.supports.levels` holds how they are computed.
"""

from __future__ import annotations

from analytics.model.level_registry import UNLISTED as UNLISTED
from analytics.model.level_registry import LevelFamily as LevelFamily
from analytics.model.level_registry import LevelGroup as LevelGroup
from analytics.model.level_registry import LevelId as LevelId
from analytics.model.level_registry import LevelSet as LevelSet
from analytics.model.level_registry import LevelStyle as LevelStyle
from analytics.model.level_registry import families as families
from analytics.model.level_registry import family as family
from analytics.model.level_registry import live_levels as live_levels
from analytics.model.level_registry import register as register
from analytics.model.level_registry import unregister as unregister


def dma(sessions: int) -> LevelId:
    """The moving average over ``sessions`` closes."""
    return LevelId(DMA.key, str(sessions))


DMA = register(
    LevelFamily(
        "dma",
        LevelGroup.MOVING_AVERAGE,
        "{parameter}-DMA",
        parameters=("20", "50", "100", "200"),
        term="dma",
        styles={
            "20": LevelStyle("@dma20", "dot"),
            "50": LevelStyle("@dma50", "solid"),
            "100": LevelStyle("@dma100", "dash"),
            "200": LevelStyle("@dma200", "longdashdot"),
        },
        drawn="curve",
        headline=("50", "100", "200"),
        follows_price=True,
        in_hold_study=True,
        alertable=True,
    )
)
SWING_LOW = register(
    LevelFamily(
        "swing-low", LevelGroup.PRICE_STRUCTURE, "swing low", term="swing-low", alertable=True
    )
)
YEAR_LOW = register(
    LevelFamily(
        "year-low", LevelGroup.PRICE_STRUCTURE, "52-week low", term="year-low", alertable=True
    )
)
WEEKLY = register(
    LevelFamily(
        "weekly",
        LevelGroup.MOVING_AVERAGE,
        "{parameter}-week average",
        parameters=("10", "40"),
        short="{parameter}-week",
        term="weekly-average",
        styles={"10": LevelStyle("@c5", "dot", 1.4), "40": LevelStyle("@c5", "longdash", 1.4)},
        drawn="curve",
        in_hold_study=True,
        alertable=True,
        set="weekly",
    )
)
_PERIODS = ("day", "week", "month")
PRIOR_LOW = register(
    LevelFamily(
        "prior-low",
        LevelGroup.PRICE_STRUCTURE,
        "prior {parameter} low",
        parameters=_PERIODS,
        short="{parameter} low",
        term="prior-range",
        style=LevelStyle("@c7", "3px,3px", 1.0),
        in_hold_study=True,
        alertable=True,
        set="prior-lows",
    )
)
PRIOR_HIGH = register(
    LevelFamily(
        "prior-high",
        LevelGroup.PRICE_STRUCTURE,
        "prior {parameter} high",
        parameters=_PERIODS,
        short="{parameter} high",
        term="prior-range",
        style=LevelStyle("@c7", "3px,3px", 1.0),
        side="resistance",
        in_hold_study=True,
        alertable=True,
        set="prior-highs",
    )
)
ANCHORED_VWAP = register(
    LevelFamily(
        "anchored-vwap",
        LevelGroup.VOLUME,
        "anchored VWAP ({parameter})",
        parameters=("52-week high", "52-week low"),
        short="VWAP {parameter}",
        term="anchored-vwap",
        style=LevelStyle("@c3", "dashdot", 1.4),
        drawn="curve",
        in_hold_study=True,
        alertable=True,
        set="vwap",
    )
)
"""Its parameter ends with the anchor's date where bars alone do not give the anchor."""
VOLUME_PROFILE = register(
    LevelFamily(
        "volume-profile",
        LevelGroup.VOLUME,
        "profile {parameter}",
        short="{parameter}",
        parameters=("point of control", "value area high", "value area low"),
        term="volume-profile",
        style=LevelStyle("@c4", "1px,4px", 1.4),
        in_hold_study=True,
        alertable=True,
        set="profile",
    )
)

_OPTIONS_STYLE = LevelStyle("@accent")

CALL_WALL = register(
    LevelFamily(
        "call-wall",
        LevelGroup.OPTIONS,
        "call wall",
        term="call-wall",
        style=_OPTIONS_STYLE,
        drawn="rung",
        side="resistance",
    )
)
PUT_WALL = register(
    LevelFamily(
        "put-wall",
        LevelGroup.OPTIONS,
        "put wall",
        term="put-wall",
        style=_OPTIONS_STYLE,
        drawn="rung",
    )
)
ABSOLUTE_GAMMA = register(
    LevelFamily(
        "absolute-gamma",
        LevelGroup.OPTIONS,
        "absolute gamma strike",
        short="abs. gamma",
        term="absolute-gamma",
        style=_OPTIONS_STYLE,
        drawn="rung",
    )
)
GAMMA_FLIP = register(
    LevelFamily(
        "gamma-flip",
        LevelGroup.OPTIONS,
        "gamma flip",
        term="gamma-flip",
        style=_OPTIONS_STYLE,
        drawn="rung",
    )
)
MAX_PAIN = register(
    LevelFamily(
        "max-pain",
        LevelGroup.OPTIONS,
        "max pain ({parameter})",
        parameters=("next monthly",),
        short="max pain",
        term="max-pain",
        style=_OPTIONS_STYLE,
        drawn="rung",
    )
)
EXPECTED_MOVE_LOW = register(
    LevelFamily(
        "expected-move-low",
        LevelGroup.OPTIONS,
        "expected-move low ({parameter})",
        parameters=("this week",),
        short="exp. move low",
        term="expected-move",
        style=_OPTIONS_STYLE,
        drawn="rung",
    )
)

OWN = register(
    LevelFamily(
        "own",
        LevelGroup.OWN,
        "own {parameter}",
        parameters=(),
        short="own",
        term="own-level",
        style=LevelStyle("@ink", "10px,3px,2px,3px", 1.4),
    )
)
"""Prices that a viewer has drawn: on that viewer's ladder alone."""
