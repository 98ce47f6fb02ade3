"""Levels that somebody names, besides those of the live feed: as known before a session's open.

Each is fixed all day (methods, "One level decides"), so that a price is held against one number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from analytics.model.levels import ANCHORED_VWAP, LevelId
from analytics.model.question import Inputs, Needs
from analytics.model.vocabulary import Bars
from analytics.studies.calendar.chart_events import reports_earnings
from analytics.studies.calendar.release_lists import calendar_lists
from analytics.studies.supports.anchors import EARNINGS, FED, at_its_day, own_day
from analytics.studies.supports.levels import COMPUTATIONS


@dataclass(frozen=True, slots=True)
class NamedLevel:
    """A level that is fixed before the session's open.

    Attributes:
        price: None where there is none.
        missing: why there is none, in one sentence without its full stop; else None.
    """

    id: LevelId
    price: float | None
    missing: str | None = None


def needs_of(symbols: tuple[str, ...], levels: Iterable[LevelId]) -> Needs:
    """What these levels of the symbols are computed from."""
    asked = frozenset(levels)
    companies: tuple[str, ...] = ()
    if LevelId(ANCHORED_VWAP.key, EARNINGS) in asked:
        companies = tuple(symbol for symbol in symbols if reports_earnings(symbol))
    return Needs(
        bars=symbols,
        full_history=any(own_day(level) is not None for level in asked),
        events=companies,
        quarters=companies,
        lists=calendar_lists() if LevelId(ANCHORED_VWAP.key, FED) in asked else (),
    )


def named_levels(
    bars: Bars, session: dt.date, levels: Iterable[LevelId], inputs: Inputs
) -> tuple[NamedLevel, ...]:
    """The levels known before ``session``, from the bars before it, in their units.

    Args:
        bars: of one symbol, with one before the session at least.
        inputs: with the events that anchors are dated by.
    """
    before = bars.between(bars.sessions[0].item(), session)
    return tuple(_known(level, before, inputs) for level in levels)


def _known(level: LevelId, before: Bars, inputs: Inputs) -> NamedLevel:
    dated = at_its_day(level, before, inputs)
    if dated is None:
        return NamedLevel(level, None, f"{level.name}: no {level.parameter} day is known")
    computation = COMPUTATIONS[dated.family]
    price = computation.latest(before, dated.parameter)
    if price is None:
        return NamedLevel(level, None, computation.missing(before, dated.parameter))
    return NamedLevel(level, price)
