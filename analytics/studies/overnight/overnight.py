"""The overnight question: every market with its own session, change and averages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from analytics.model.calendars import ListingCalendar
from analytics.model.levels import DMA, dma
from analytics.model.question import Inputs, Needs, Question
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import Bars, Moment, Phase
from analytics.studies.overnight.implied_open import ImpliedOpen, implied_open
from analytics.studies.overnight.instruments import FUTURE_OF, MARKETS, OvernightMarket, Region
from analytics.studies.supports.levels import (
    Level,
    Unavailable,
    bar_levels,
    read_price_context,
)


class SessionState(StrEnum):
    """Whether a market trades."""

    OPEN = "open"
    LUNCH = "lunch break"
    CLOSED = "closed"


@dataclass(frozen=True)
class OvernightParameters:
    """None: the markets are those of `analytics.studies.overnight.instruments`."""


@dataclass(frozen=True)
class OvernightRow:
    """One market by its own calendar.

    Attributes:
        session: of the price, in the market's own dates.
        time: UTC, of the price.
        change, change_pct: from the close of the session before; None where it is not known.
            The change of a yield is in percentage points.
        state: at the moment; ``until``: UTC, when that ends.
        closure: why the market does not trade on its present day ("Australia Day", "the
            weekend"); None where it does.
        dma50, dma100: its own averages, as a ladder has them; None where ``unavailable`` says why.
    """

    symbol: str
    name: str
    region: Region
    is_yield: bool
    session: dt.date
    time: dt.datetime
    price: float
    change: float | None
    change_pct: float | None
    state: SessionState
    until: dt.datetime
    closure: str | None
    dma50: Level | None
    dma100: Level | None
    unavailable: tuple[Unavailable, ...]
    no_previous: str | None = None
    quotation: Quotation = DOLLARS


@dataclass(frozen=True)
class Overnight:
    """The markets in the panel's order, and the opens that futures imply.

    Attributes:
        implied: SPY's first.
        missing: symbol -> why it is not in ``rows``.
    """

    rows: tuple[OvernightRow, ...]
    implied: tuple[ImpliedOpen, ...]
    missing: Mapping[str, str]

    def region(self, region: Region) -> tuple[OvernightRow, ...]:
        """The rows of one region."""
        return tuple(row for row in self.rows if row.region is region)


def _needs(parameters: OvernightParameters, moment: Moment) -> Needs:
    return Needs(bars=(*FUTURE_OF, *(market.symbol for market in MARKETS)))


def _compute(parameters: OvernightParameters, inputs: Inputs) -> Overnight:
    bars, moment = inputs.bars, inputs.moment
    missing = inputs.missing_bars((*FUTURE_OF, *(market.symbol for market in MARKETS)))
    return Overnight(
        rows=tuple(
            overnight_row(market, bars[market.symbol], moment)
            for market in MARKETS
            if market.symbol in bars
        ),
        implied=tuple(
            implied_open(fund, future, bars, missing, moment) for fund, future in FUTURE_OF.items()
        ),
        missing={symbol: why for symbol, why in missing.items() if symbol not in FUTURE_OF},
    )


def overnight_row(market: OvernightMarket, bars: Bars, moment: Moment) -> OvernightRow:
    """The figures of one market."""
    context = read_price_context(bars)
    levels, unavailable = bar_levels(bars, context, (DMA,))
    by_id = {level.id: level for level in levels}
    wanted = (dma(50), dma(100))
    before, listing = context.previous_close, bars.listing
    state = session_state(listing, moment.time)
    return OvernightRow(
        symbol=bars.symbol,
        name=market.name,
        region=market.region,
        is_yield=market.is_yield,
        session=bars.last_session,
        time=_price_time(bars, moment),
        price=context.price,
        change=None if before is None else context.price - before,
        change_pct=None if before is None else (context.price / before - 1) * 100,
        state=state,
        until=_until(listing, state, moment.time),
        closure=_closure(listing, state, moment.time),
        dma50=by_id.get(wanted[0]),
        dma100=by_id.get(wanted[1]),
        unavailable=tuple(one for one in unavailable if one.id in wanted),
        no_previous=bars.no_previous,
        quotation=bars.quotation,
    )


def session_state(listing: ListingCalendar, time: dt.datetime) -> SessionState:
    """Whether a market trades at a time, UTC."""
    if listing.phase_at(time) is not Phase.OPEN:
        return SessionState.CLOSED
    return SessionState.LUNCH if listing.on_lunch_break(time) else SessionState.OPEN


def _until(listing: ListingCalendar, state: SessionState, time: dt.datetime) -> dt.datetime:
    if state is SessionState.CLOSED:
        return listing.next_open(time)
    return listing.close(listing.current_session(time))


def _closure(listing: ListingCalendar, state: SessionState, time: dt.datetime) -> str | None:
    if state is not SessionState.CLOSED:
        return None
    return listing.closure(time.astimezone(listing.zone).date())


def _price_time(bars: Bars, moment: Moment) -> dt.datetime:
    """Of the newest price: its session's close where only the date is known, not after now."""
    known = bars.last_time or bars.listing.close(bars.last_session)
    return min(known, moment.time)


OVERNIGHT = Question(
    name="overnight",
    about="index futures, Europe, Asia, rates and commodities overnight, and the implied open",
    parameters=OvernightParameters,
    result=Overnight,
    needs=_needs,
    compute=_compute,
)
