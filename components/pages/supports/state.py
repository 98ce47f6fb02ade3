"""State of the Supports page: the parameters of its views."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from analytics.indicators.series import DmaSessions
from analytics.model.levels import LevelId, LevelSet
from analytics.model.question import DEFAULT_BENCHMARK, Symbol
from analytics.studies.hold.levels import HoldLevel, OtherLevel, id_of
from analytics.studies.supports.own_levels import check_own
from components.frame.state import PageState, Range

Pool: TypeAlias = Literal["off", "sectors+ten", "sectors", "ten", "sp500"]
Span: TypeAlias = Literal["near", "all"]
SETS: tuple[LevelSet, ...] = ("weekly", "prior-lows")
"""Sets of levels on the page's ladder where the viewer chose none."""


@dataclass(frozen=True)
class SupportsState(PageState):
    """See `PageState`.

    Attributes:
        compare: the symbol drawn beside it.
        log, channel: logarithmic prices; the regression channel is drawn.
        marks: events are marked on the price chart.
        span: prices near the level in question are drawn, or those of all levels.
        rungs: options levels are rungs of the ladder too.
        own: prices that the viewer has drawn, which the browser keeps
            (``assets/pages/own_levels.mjs``).
        sets: sets of levels on the ladder besides the averages; since: the date of the viewer's
            own anchored VWAP.
        level: the moving average of the hold study; ``other``: the level that is studied in its
            place; ``pool``: the universe that it is pooled over.
    """

    symbol: Symbol = DEFAULT_BENCHMARK
    range: Range = "3m"
    log: bool = False
    channel: bool = False
    marks: bool = True
    span: Span = "near"
    rungs: bool = False
    own: tuple[float, ...] = ()
    sets: tuple[LevelSet, ...] = SETS
    since: dt.date | None = field(default=None, metadata={"any_year": True})
    compare: Symbol | None = None
    level: DmaSessions = 50
    other: OtherLevel | None = None
    pool: Pool = "off"

    @property
    def hold_level(self) -> HoldLevel:
        """The level that the hold study is asked for."""
        return self.other or self.level

    @property
    def studied(self) -> LevelId:
        """Which level of the ladder that is."""
        return id_of(self.hold_level)

    @property
    def studied_set(self) -> tuple[LevelSet, ...]:
        """The set that puts the studied level on a ladder; none where every ladder has it."""
        of_set = self.studied.declared.set
        return (of_set,) if of_set else ()

    def check(self) -> None:
        """Judge the prices."""
        check_own(self.own)
