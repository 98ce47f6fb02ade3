"""Group drawdown: how far a group would fall to reach its moving average."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from analytics.indicators.series import DmaSessions, distance_pct
from analytics.model.dated_lists import coverage
from analytics.model.levels import dma
from analytics.model.listings import ten_largest, ten_largest_list
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Moment
from analytics.studies.deciding_average import deciding_average


@dataclass(frozen=True)
class GroupDrawdownParameters:
    """The members (none: the ten largest companies), those left out, and which average."""

    symbols: tuple[Symbol, ...] = ()
    exclude: tuple[Symbol, ...] = ()
    level: DmaSessions = 50


@dataclass(frozen=True)
class MemberDistance:
    """A member's distance to its DMA, percent: negative when the DMA lies below its price."""

    symbol: str
    distance_pct: float


@dataclass(frozen=True)
class GroupDrawdown:
    """Equal-weight mean fall of a group to its N-DMA (methods, "Group drawdown to N-DMA").

    Attributes:
        mean_pct: over ``members``; None when no member is above its DMA.
        members: included members above their DMA, the farthest above first.
        already_below: included members under their DMA: listed apart, never averaged in.
        excluded: members left out by choice, with their distances all the same.
        missing: symbol -> why it has no distance.
        coverage: "nine of the ten largest; BRK-B missing"; empty when none is.
    """

    level: str
    session: dt.date
    mean_pct: float | None
    n: int
    members: tuple[MemberDistance, ...]
    already_below: tuple[MemberDistance, ...]
    excluded: tuple[MemberDistance, ...]
    missing: Mapping[str, str]
    coverage: str


def _members(parameters: GroupDrawdownParameters, moment: Moment) -> tuple[str, ...]:
    return parameters.symbols or ten_largest(moment.session).symbols


def _needs(parameters: GroupDrawdownParameters, moment: Moment) -> Needs:
    lists = () if parameters.symbols else (ten_largest_list(moment.session),)
    return Needs(bars=_members(parameters, moment), lists=lists)


def _compute(parameters: GroupDrawdownParameters, inputs: Inputs) -> GroupDrawdown:
    symbols = _members(parameters, inputs.moment)
    missing = inputs.missing_bars(symbols)
    distances: list[MemberDistance] = []
    for symbol in symbols:
        if symbol in missing:
            continue
        bars = inputs.bars[symbol]
        close = bars.close
        if bars.no_previous and len(bars) > 1 and not bars.last_complete:
            missing[symbol] = bars.no_previous
            continue
        average = deciding_average(bars, parameters.level)
        if average is None:
            needed = f"{dma(parameters.level).name} needs {parameters.level} sessions"
            missing[symbol] = f"{needed} (has {bars.extent})"
            continue
        distances.append(MemberDistance(symbol, distance_pct(average, float(close[-1]))))
    distances.sort(key=lambda member: (member.distance_pct, member.symbol))
    included = [member for member in distances if member.symbol not in parameters.exclude]
    above = tuple(member for member in included if member.distance_pct <= 0)
    return GroupDrawdown(
        level=dma(parameters.level).name,
        session=inputs.moment.session,
        mean_pct=fmean(member.distance_pct for member in above) if above else None,
        n=len(above),
        members=above,
        already_below=tuple(member for member in included if member.distance_pct > 0),
        excluded=tuple(member for member in distances if member.symbol in parameters.exclude),
        missing=missing,
        coverage=coverage(
            len(symbols), missing, "members" if parameters.symbols else "ten largest"
        ),
    )


GROUP_DRAWDOWN = Question(
    name="group-drawdown",
    about="mean fall of a group of stocks to their moving average",
    parameters=GroupDrawdownParameters,
    result=GroupDrawdown,
    needs=_needs,
    compute=_compute,
)
