"""The open of an index fund that the future on its index implies.

The fund's regular close times the future's price over its own settlement of that session: CME
settles index futures on the prices of the last 30 seconds to 16:00 New York, the fund's close
(CME Group, "E-mini equity index futures daily settlement"). Carry cancels in the ratio but for the
days between. What makes the two differ is in methods, "Implied open".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analytics.indicators.series import distance_pct
from analytics.model.dates import day_text
from analytics.model.levels import DMA, LevelId
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import Bars, Moment, Phase
from analytics.studies.supports.levels import bar_levels, read_price_context

PRICE_LIMIT_PCT = 7.0
"""Overnight CME's index futures trade within so many percent of their settlement, not beyond."""
LIMIT_ROUNDING = 0.1
SILENT = dt.timedelta(minutes=30)
"""An open market's price that is older says nothing of the open."""

_ROLL_MONTHS = (3, 6, 9, 12)


class OpenSide(StrEnum):
    """Where an open lies at a level, and where the close before did."""

    GAP_UNDER = "gap under"
    GAP_OVER = "gap over"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True)
class ImpliedLevel:
    """A headline support of the fund against its implied open.

    Attributes:
        price: the level for the session that opens.
        distance_pct: from the implied open to the level, negative when the level lies below.
    """

    id: LevelId
    name: str
    price: float
    distance_pct: float
    side: OpenSide


@dataclass(frozen=True)
class ImpliedOpen:
    """The open that a future implies for the fund on its index.

    Attributes:
        session: that opens; None where the fund is unknown.
        close, close_of: the fund's last regular close.
        future_price, future_time: the newest (UTC); ``settlement`` its close of ``close_of``.
        change_pct: of the future since its settlement, and so of the implied open.
        price: the implied open, unrounded; None where ``reason`` says why.
        levels: the fund's 50, 100 and 200-DMA, highest first.
    """

    symbol: str
    future: str
    session: dt.date | None = None
    close: float | None = None
    close_of: dt.date | None = None
    future_price: float | None = None
    future_time: dt.datetime | None = None
    settlement: float | None = None
    change_pct: float | None = None
    price: float | None = None
    levels: tuple[ImpliedLevel, ...] = ()
    reason: str | None = None
    quotation: Quotation = DOLLARS


def implied_open(
    fund: str, future: str, bars: Mapping[str, Bars], missing: Mapping[str, str], moment: Moment
) -> ImpliedOpen:
    """The implied open of ``fund``, or why there is none.

    Args:
        bars: by symbol, as seen at the moment.
        missing: symbol -> why it has no bars.
    """
    absent = next((missing[s] for s in (fund, future) if s not in bars), None)
    if absent is not None:
        return ImpliedOpen(fund, future, reason=absent)
    own, other = bars[fund], bars[future]
    before = own.last_session
    known = ImpliedOpen(
        fund,
        future,
        session=own.listing.next_session(before),
        close=float(own.close[-1]),
        close_of=before,
        quotation=own.quotation,
    )
    if not own.last_complete or (moment.live and moment.phase is Phase.OPEN):
        return ImpliedOpen(fund, future, reason="New York trades now", quotation=own.quotation)
    settlement = _close_of(other, before)
    reason = _why_none(own, other, settlement, moment)
    if reason is not None or settlement is None:
        return _with(known, reason=reason)
    price = float(other.close[-1])
    change = (price / settlement - 1) * 100
    found = _with(
        known,
        future_price=price,
        future_time=other.last_time,
        settlement=settlement,
        change_pct=change,
    )
    if abs(change) > PRICE_LIMIT_PCT + LIMIT_ROUNDING:
        return _with(
            found,
            change_pct=None,
            reason=f"{future} is {change:+.1f}% from its settlement, beyond the overnight limit "
            f"of {PRICE_LIMIT_PCT:g}%: another contract or a false price",
        )
    implied = float(own.close[-1]) * price / settlement
    return _with(found, price=implied, levels=_levels(own, implied))


def quarterly_expiry(year: int, month: int) -> dt.date:
    """The third Friday of a month, on which index futures expire."""
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(4 - first.weekday()) % 7 + 14)


def _with(known: ImpliedOpen, **changes: object) -> ImpliedOpen:
    return ImpliedOpen(**(vars(known) | changes))


def _close_of(bars: Bars, session: dt.date) -> float | None:
    at = int(np.searchsorted(bars.sessions, np.datetime64(session, "D")))
    if at >= len(bars) or bars.sessions[at].item() != session:
        return None
    return float(bars.close[at])


def _why_none(own: Bars, other: Bars, settlement: float | None, moment: Moment) -> str | None:
    future, before, newest = other.symbol, own.last_session, other.last_session
    if newest <= before:
        return f"{future} has no price after {own.symbol}'s close of {day_text(before)}"
    if settlement is None:
        return f"{future}: {other.no_previous or f'no bar of {before}'}"
    rolls = _roll_between(before, newest)
    if rolls is not None:
        return f"{future} changes its contract around the expiry of {day_text(rolls)}"
    time = other.last_time
    if moment.live and time is not None and moment.time - time > SILENT:
        minutes = int((moment.time - time).total_seconds() // 60)
        return f"{future} has had no price for {minutes} minutes"
    return None


def _roll_between(first: dt.date, last: dt.date) -> dt.date | None:
    """A quarterly expiry between two sessions, both included."""
    expiries = (
        quarterly_expiry(day.year, day.month) for day in (first, last) if day.month in _ROLL_MONTHS
    )
    return next((day for day in expiries if first <= day <= last), None)


def _levels(own: Bars, implied: float) -> tuple[ImpliedLevel, ...]:
    context = read_price_context(own)
    levels, _ = bar_levels(own, context, (DMA,))
    found = [
        ImpliedLevel(
            level.id,
            level.name,
            level.price,
            distance_pct(level.price, implied),
            _side(level.price, context.price, implied),
        )
        for level in levels
        if level.id.is_headline
    ]
    return tuple(sorted(found, key=lambda level: -level.price))


def _side(level: float, close: float, implied: float) -> OpenSide:
    if close >= level:
        return OpenSide.ABOVE if implied >= level else OpenSide.GAP_UNDER
    return OpenSide.GAP_OVER if implied >= level else OpenSide.BELOW
