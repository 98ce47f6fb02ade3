"""A sheet: the levels of some symbols as they are printed, with their moment and source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.model.levels import LevelGroup
from analytics.model.question import Answer, new_york_iso
from analytics.model.quotation import Quotation
from analytics.model.status import Status
from analytics.studies.supports.levels import Level
from analytics.studies.supports.supports import SupportLadder

SIMULATED = "SIMULATED - not market prices"
NOT_ADVICE = "Not investment advice."


@dataclass(frozen=True)
class Line:
    """One level.

    Attributes:
        name: as printed ("50-DMA").
        price: as printed: the instrument's decimals, a point, no thousands.
        side: "support" at or below the price, else "resistance".
        status: None where there is none.
        distance_pct: from the price down to the level, negative below, two decimals.
    """

    name: str
    group: LevelGroup
    price: str
    side: str
    status: Status | None
    distance_pct: str


@dataclass(frozen=True)
class SymbolLevels:
    """One symbol's levels, highest first.

    Attributes:
        last: its price, as printed; "" where there is none.
        unit: the currency as quoted; "" for points.
        as_of: ISO 8601, with New York's offset.
        source: the source's name, or that it is simulated.
        freshness: as the pages' badges say it.
        absence: why there are no levels; "" where there are some.
    """

    symbol: str
    last: str
    unit: str
    as_of: str
    source: str
    freshness: str
    lines: tuple[Line, ...]
    absence: str = ""


@dataclass(frozen=True)
class Sheet:
    """The levels of a list.

    Attributes:
        title: what the list is.
        simulated: the prices are the simulator's.
    """

    title: str
    symbols: tuple[SymbolLevels, ...]
    simulated: bool

    @property
    def as_of(self) -> str:
        """The newest moment among its symbols; "" without any."""
        return max((one.as_of for one in self.symbols), default="")

    @property
    def source(self) -> str:
        """The sources of its symbols."""
        return ", ".join(dict.fromkeys(one.source for one in self.symbols))


def levels_of(
    symbol: str, answer: Answer[SupportLadder], groups: Sequence[LevelGroup] = ()
) -> SymbolLevels:
    """A symbol's levels of its ladder, or why there are none.

    Args:
        groups: the levels that are wanted; none: all.
    """
    provenance, ladder = answer.provenance, answer.result
    lines: tuple[Line, ...] = ()
    absence = answer.reason or ""
    if ladder is not None:
        wanted = [one for one in ladder.levels if not groups or one.family in groups]
        lines = tuple(_line(one, ladder) for one in wanted)
        absence = "" if lines else _no_levels(ladder, groups)
    quotation = ladder.quotation if ladder else Quotation("")
    return SymbolLevels(
        symbol=symbol,
        last=_printed(ladder.price, quotation) if ladder else "",
        unit=quotation.unit,
        as_of=new_york_iso(answer.as_of),
        source=SIMULATED if provenance.simulated else provenance.source,
        freshness=answer.freshness.value,
        lines=lines,
        absence=absence,
    )


def _printed(price: float, quotation: Quotation) -> str:
    return f"{price:.{quotation.decimals}f}"


def _line(level: Level, ladder: SupportLadder) -> Line:
    return Line(
        name=level.name,
        group=level.family,
        price=_printed(level.price, ladder.quotation),
        side="support" if level.price <= ladder.price else "resistance",
        status=level.price_status,
        distance_pct=f"{level.distance_pct:.2f}",
    )


def _no_levels(ladder: SupportLadder, groups: Sequence[LevelGroup]) -> str:
    missing = [
        one.reason
        for one in ladder.unavailable
        if one.id is not None and (not groups or one.id.declared.group in groups)
    ]
    return missing[0] if missing else "the history gives no level"
