"""Ladder of one symbol: does the support hold, and which is the next below?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from analytics.indicators.channel import Channel, fit_channel
from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.levels import LevelId, LevelSet
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import Bars, Moment
from analytics.studies.supports.anchors import (
    VWAP_SET,
    anchor_lists,
    anchored_levels,
    companies,
    own_anchor_notes,
)
from analytics.studies.supports.confluence import Cluster, find_clusters, mark_clusters
from analytics.studies.supports.level_words import too_short
from analytics.studies.supports.levels import (
    Level,
    PriceContext,
    Unavailable,
    bar_levels,
    families_of_bars,
    read_price_context,
)
from analytics.studies.supports.options_rungs import OptionRungs, no_rungs, option_rungs
from analytics.studies.supports.own_levels import check_own, own_levels

NO_OPTIONS = OptionRungs((), (), None)


@dataclass(frozen=True)
class SupportsParameters:
    """Which symbol's ladder, and what is wanted on it besides the levels of its bars.

    Attributes:
        options: the levels of its options.
        own: prices that the viewer has drawn.
        sets: further sets of level families.
        since: the day that a VWAP of the viewer's own is anchored at, where "vwap" is a set.
    """

    symbol: Symbol
    options: bool = True
    own: tuple[float, ...] = ()
    sets: tuple[LevelSet, ...] = ()
    since: dt.date | None = field(default=None, metadata={"any_year": True})

    def __post_init__(self) -> None:
        check_own(self.own)


@dataclass(frozen=True)
class HeadlineLevel:
    """A headline support: one of the 50, 100 and 200-DMA."""

    name: str
    price: float
    distance_pct: float
    id: LevelId


@dataclass(frozen=True)
class SupportLadder:
    """Every level of one symbol, highest first, and the two that make the headline.

    Attributes:
        session: the as-of session; ``provisional`` while it is still trading.
        price: last traded price (the close when not provisional).
        atr: ATR14 in price units; ``sigma_pct`` the 20-session daily volatility.
        unavailable: levels that the history or the chain does not give, with the reason.
        notes: what has to be said of a level that there is, a sentence each.
        next_session: the session after ``session``: what levels are for after the close.
        support: the highest of the 50, 100 and 200-DMA at or below the price.
        next_support: the next lower of those three (the fall-through).
        close_only: the source has no highs and lows, so touches cannot be detected.
        options_basis: which chain the options levels rest on; None without them.
        no_previous: why the previous session's close is not known, and with it the change, the
            level for the session and its status ("no bar of 2025-01-24"); None when it is.
        quotation: how its prices are written.
    """

    symbol: str
    name: str
    currency: str
    session: dt.date
    provisional: bool
    price: float
    previous_close: float | None
    change_pct: float | None
    open: float | None
    low: float | None
    atr: float | None
    sigma_pct: float | None
    levels: tuple[Level, ...]
    unavailable: tuple[Unavailable, ...]
    support: HeadlineLevel | None
    next_support: HeadlineLevel | None
    clusters: tuple[Cluster, ...]
    channel: Channel | None
    close_only: bool
    sessions_available: int
    options_basis: str | None = None
    next_session: dt.date | None = None
    no_previous: str | None = None
    quotation: Quotation = DOLLARS
    notes: tuple[str, ...] = ()


def _needs(parameters: SupportsParameters, moment: Moment) -> Needs:
    needs = needs_of_levels(parameters.symbol, parameters.sets, parameters.since)
    optional = (parameters.symbol,) if parameters.options else ()
    return replace(needs, optional_chains=optional, rates=parameters.options)


def needs_of_levels(symbol: str, sets: tuple[LevelSet, ...], since: dt.date | None) -> Needs:
    """The inputs of a ladder's levels, without its options; see `SupportsParameters`."""
    needs = Needs(bars=(symbol,), full_history=since is not None)
    if VWAP_SET not in sets:
        return needs
    company = companies(symbol, sets)
    return replace(needs, events=company, quarters=company, lists=anchor_lists(sets))


def _compute(parameters: SupportsParameters, inputs: Inputs) -> SupportLadder:
    ladder = ladder_with_options(parameters.symbol, inputs, parameters.sets, parameters.since)
    own = own_levels(inputs.require_bars(parameters.symbol), parameters.own)
    if not own:
        return ladder
    levels = sorted([*ladder.levels, *own], key=lambda level: (-level.price, level.name))
    return replace(ladder, levels=tuple(levels))


def ladder_with_options(
    symbol: str,
    inputs: Inputs,
    sets: tuple[LevelSet, ...] = (),
    since: dt.date | None = None,
) -> SupportLadder:
    """The ladder of ``symbol``, its options levels joined in where there is a chain.

    Args:
        sets, since: as in `SupportsParameters`.

    Raises:
        HoldlineError: there are no bars.
    """
    bars = inputs.require_bars(symbol)
    chain = inputs.chains.get(symbol)
    anchored = anchored_levels(bars, inputs, sets, since) if VWAP_SET in sets else ()
    if chain is None:
        reason = inputs.optional_absent.get(symbol)
        rungs = no_rungs(str(reason) if reason else "no chain")
    else:
        rungs = option_rungs(chain, bars, read_price_context(bars), inputs.rates)
    return build_ladder(bars, rungs, sets, anchored)


def build_ladder(
    bars: Bars,
    options: OptionRungs = NO_OPTIONS,
    sets: tuple[LevelSet, ...] = (),
    anchored: Sequence[LevelId] = (),
) -> SupportLadder:
    """The ladder of ``bars``, with the options family joined in.

    Args:
        sets: further sets of level families; ``anchored``: further VWAPs.
    """
    context = read_price_context(bars)
    found, missing = bar_levels(bars, context, families_of_bars(sets), anchored)
    levels = sorted([*found, *options.levels], key=lambda level: (-level.price, level.name))
    clusters = find_clusters(levels, context.atr)
    support, next_support = headline_supports(levels, context)
    channel = fit_channel(bars.close)
    no_channel = [] if channel else [_no_channel(bars)]
    return SupportLadder(
        symbol=bars.symbol,
        name=bars.name,
        currency=bars.currency,
        session=bars.last_session,
        provisional=not bars.last_complete,
        price=context.price,
        previous_close=context.previous_close,
        change_pct=_change_pct(context),
        open=context.open if context.open == context.open else None,
        low=context.low if context.low == context.low else None,
        atr=context.atr,
        sigma_pct=context.sigma * 100 if context.sigma else None,
        levels=mark_clusters(levels, clusters),
        unavailable=(*missing, *no_channel, *options.unavailable),
        support=support,
        next_support=next_support,
        clusters=clusters,
        channel=channel,
        close_only=bars.close_only,
        sessions_available=len(bars),
        options_basis=options.basis,
        next_session=_next_session(bars),
        no_previous=bars.no_previous,
        quotation=bars.quotation,
        notes=own_anchor_notes(bars, anchored),
    )


def headline_supports(
    levels: Sequence[Level], context: PriceContext
) -> tuple[HeadlineLevel | None, HeadlineLevel | None]:
    """Support in focus and next support: the two highest of 50/100/200-DMA at or below price."""
    below = [
        HeadlineLevel(level.name, level.price, level.distance_pct, level.id)
        for level in sorted(levels, key=lambda item: -item.price)
        if level.id.is_headline and level.price <= context.price
    ]
    return (below[0] if below else None, below[1] if len(below) > 1 else None)


def _next_session(bars: Bars) -> dt.date | None:
    return bars.listing.next_session(bars.last_session) if bars.last_complete else None


def _no_channel(bars: Bars) -> Unavailable:
    if len(bars) < YEAR_SESSIONS:
        return Unavailable("channel", too_short("channel", YEAR_SESSIONS, bars))
    return Unavailable("channel", f"the last {YEAR_SESSIONS} closes lie on a straight line")


def _change_pct(context: PriceContext) -> float | None:
    if context.previous_close is None:
        return None
    return (context.price / context.previous_close - 1) * 100


SUPPORTS = Question(
    name="supports",
    about="the support ladder of one symbol: every level, its distance and status",
    parameters=SupportsParameters,
    result=SupportLadder,
    needs=_needs,
    compute=_compute,
)
