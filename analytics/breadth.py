"""How broad is the move? The share of members above their moving averages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from analytics.indicators import DMA_SESSIONS, latest_dma
from analytics.listings import sectors, ten_largest
from analytics.question import Inputs, Needs, Question, Symbol
from analytics.vocabulary import Moment


@dataclass(frozen=True)
class BreadthParameters:
    """The members (none: the eleven sectors and the ten largest companies)."""

    symbols: tuple[Symbol, ...] = ()


@dataclass(frozen=True)
class BreadthShare:
    """Members whose close is above their N-DMA.

    Attributes:
        of: members with a valid N-DMA: the denominator, always shown.
        share_pct: None when no member has one.
    """

    level: str
    above: int
    of: int
    share_pct: float | None


@dataclass(frozen=True)
class Breadth:
    """Shares for the 20, 50, 100 and 200-DMA over one list of members."""

    session: dt.date
    members: int
    shares: tuple[BreadthShare, ...]
    missing: Mapping[str, str]


def _members(parameters: BreadthParameters, moment: Moment) -> tuple[str, ...]:
    return parameters.symbols or (*sectors(), *ten_largest(moment.session).symbols)


def _needs(parameters: BreadthParameters, moment: Moment) -> Needs:
    return Needs(bars=_members(parameters, moment))


def _compute(parameters: BreadthParameters, inputs: Inputs) -> Breadth:
    members = _members(parameters, inputs.moment)
    closes = [inputs.bars[s].close for s in members if s in inputs.bars]
    shares = []
    for sessions in DMA_SESSIONS:
        averages = [(float(close[-1]), latest_dma(close, sessions)) for close in closes]
        valid = [(price, dma) for price, dma in averages if dma is not None]
        above = sum(price > dma for price, dma in valid)
        share = above / len(valid) * 100 if valid else None
        shares.append(BreadthShare(f"{sessions}-DMA", above, len(valid), share))
    return Breadth(
        session=inputs.moment.session,
        members=len(members),
        shares=tuple(shares),
        missing=inputs.missing_bars(members),
    )


BREADTH = Question(
    name="breadth",
    about="share of members above their 20, 50, 100 and 200-DMA",
    parameters=BreadthParameters,
    result=Breadth,
    needs=_needs,
    compute=_compute,
)
