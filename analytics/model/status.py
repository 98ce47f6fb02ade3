"""Status rules of a price against a level (methods, "Status at each level")."""

from __future__ import annotations

import math
from enum import StrEnum

NEAR_ATR = 0.25


class Status(StrEnum):
    """Exactly one holds at a level; the first five after the close, the rest in session."""

    HELD = "held"
    BROKEN = "broken"
    RECLAIMED = "reclaimed"
    ABOVE = "above"
    BELOW = "below"
    CLOSE_ONLY = "close only"
    UNDER = "under"
    RECLAIMING = "reclaiming"
    TESTING = "testing"


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


def is_gap_down(level: float, open_: float, previous_close: float) -> bool | None:
    """open <= level < previous close; None when the open is unknown."""
    if math.isnan(open_):
        return None
    return open_ <= level < previous_close
