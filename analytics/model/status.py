"""Status rules of a price against a level (methods, "Status at each level")."""

from __future__ import annotations

import math
from enum import StrEnum

NEAR_ATR = 0.25


class Status(StrEnum):
    """Exactly one holds at a level.

    The first six are of the close, the next three of a session under way. The last two are words
    for a resistance: a level of an option chain that lay above the price when it was born.
    """

    HELD = "held"
    BROKEN = "broken"
    RECLAIMED = "reclaimed"
    ABOVE = "above"
    BELOW = "below"
    CLOSE_ONLY = "close only"
    UNDER = "under"
    RECLAIMING = "reclaiming"
    TESTING = "testing"
    TESTING_FROM_BELOW = "testing from below"
    OVERCOME = "overcome"


LOST = (Status.BROKEN, Status.UNDER)
MET = (Status.HELD, Status.TESTING)
REGAINED = (Status.RECLAIMED, Status.RECLAIMING)
"""Statuses of a support after the close and in session, by what became of it."""


def status_after_close(level: float, close: float, previous_close: float, low: float) -> Status:
    """Status decided by the close.

    Args:
        level: the level known before the open.
        close, previous_close: this session's and the previous session's close.
        low: this session's low; NaN (closes only) cannot tell `HELD` from `ABOVE`.
    """
    if close < level:
        return Status.BROKEN if previous_close >= level else Status.BELOW
    if previous_close < level:
        return Status.RECLAIMED
    if math.isnan(low):
        return Status.CLOSE_ONLY
    return Status.HELD if low <= level else Status.ABOVE


def status_in_session(
    level: float, price: float, previous_close: float, low: float, atr: float | None
) -> Status:
    """Provisional status while the session trades; only the close decides.

    Args:
        level: the level known before the open.
        price: the last price.
        previous_close: the previous session's close.
        low: the session's low so far; NaN (closes only) cannot tell `TESTING` from `ABOVE`.
        atr: ATR14 through the previous session; None leaves out the nearness rule.
    """
    if price < level:
        return Status.UNDER if previous_close >= level else Status.BELOW
    if previous_close < level:
        return Status.RECLAIMING
    near = atr is not None and price <= level + NEAR_ATR * atr
    if low <= level or near:
        return Status.TESTING
    return Status.CLOSE_ONLY if math.isnan(low) else Status.ABOVE


def status_since_birth(
    level: float, price: float, price_at_birth: float, final: bool, atr: float | None
) -> Status:
    """Status of a level that a chain gave birth to (methods, "Options levels in a ladder").

    It is held against nothing that came before it: no previous close, no open, no low.

    Args:
        level: its price.
        price: the last price, not older than the level.
        price_at_birth: the underlying's price at the chain's time.
        final: the session is over.
        atr: ATR14 through the previous session; None leaves out the nearness rule.
    """
    reach = 0.0 if atr is None or final else NEAR_ATR * atr
    if price_at_birth < level:
        if price >= level:
            return Status.OVERCOME
        return Status.TESTING_FROM_BELOW if level - price <= reach else Status.BELOW
    if price < level:
        return Status.BROKEN if final else Status.UNDER
    return Status.TESTING if reach and price - level <= reach else Status.ABOVE


def is_gap_down(level: float, open_: float, previous_close: float) -> bool | None:
    """open <= level < previous close; None when the open is unknown."""
    if math.isnan(open_):
        return None
    return open_ <= level < previous_close
