"""The levels of a ladder: moving averages and price structure, each with its prices.

A level carries two prices: ``session_level``, known before the open and fixed all day, on
which the status is decided; and ``price``, the level of record through the as-of session,
on which distances are measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.indicators.series import (
    DMA_SESSIONS,
    YEAR_SESSIONS,
    average_true_range,
    daily_sigma,
    distance_pct,
    latest_dma,
)
from analytics.model.status import Status, is_gap_down, status_after_close, status_in_session
from analytics.model.vocabulary import Bars, Floats

MOVING_AVERAGE = "moving average"
PRICE_STRUCTURE = "price structure"
SWING_SIDE = 5


@dataclass(frozen=True)
class Level:
    """One rung.

    Attributes:
        family: moving average, price structure or options; what confluence counts.
        price: level of record, through the as-of session.
        session_level: the level known before this session's open; None on a first day.
        distance_pct, distance_atr, distance_sigma: from the price down to the level, all
            with one sign: negative when the level lies below.
        status: at ``session_level``; None when that is None.
        close_needed: a close at or above this keeps the next update of a moving average at
            or under the close; None for other families.
        cluster: index into the ladder's clusters, or None.
    """

    name: str
    family: str
    price: float
    session_level: float | None
    distance_pct: float
    distance_atr: float | None
    distance_sigma: float | None
    status: Status | None
    gap_down: bool | None
    close_needed: float | None
    cluster: int | None = None


@dataclass(frozen=True)
class Unavailable:
    """A level that the history is too short for, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class PriceContext:
    """What the distances and statuses of one symbol's levels are measured against.

    ``atr`` is through the as-of session, ``atr_before`` through the one before.
    """

    price: float
    previous_close: float | None
    open: float
    low: float
    final: bool
    atr: float | None
    atr_before: float | None
    sigma: float | None


def read_price_context(bars: Bars) -> PriceContext:
    """The as-of session's prices and the volatility yardsticks of ``bars`` (n >= 1)."""
    return PriceContext(
        price=float(bars.close[-1]),
        previous_close=float(bars.close[-2]) if len(bars) > 1 else None,
        open=float(bars.open[-1]),
        low=float(bars.low[-1]),
        final=bars.last_complete,
        atr=average_true_range(bars.high, bars.low, bars.close),
        atr_before=average_true_range(bars.high[:-1], bars.low[:-1], bars.close[:-1]),
        sigma=daily_sigma(bars.close),
    )


def make_level(
    name: str,
    family: str,
    price: float,
    session_level: float | None,
    context: PriceContext,
    close_needed: float | None = None,
) -> Level:
    """A level with its distances and status against ``context``."""
    status = gap_down = None
    if session_level is not None and context.previous_close is not None:
        gap_down = is_gap_down(session_level, context.open, context.previous_close)
        if context.final:
            status = status_after_close(
                session_level, context.price, context.previous_close, context.low
            )
        else:
            status = status_in_session(
                session_level,
                context.price,
                context.previous_close,
                context.low,
                context.atr_before,
            )
    return Level(
        name=name,
        family=family,
        price=price,
        session_level=session_level,
        distance_pct=distance_pct(price, context.price),
        distance_atr=(price - context.price) / context.atr if context.atr else None,
        distance_sigma=math.log(price / context.price) / context.sigma if context.sigma else None,
        status=status,
        gap_down=gap_down,
        close_needed=close_needed,
    )


def moving_average_levels(
    bars: Bars, context: PriceContext
) -> tuple[list[Level], list[Unavailable]]:
    """The 20, 50, 100 and 200-DMA, or why one is missing."""
    levels, missing = [], []
    for sessions in DMA_SESSIONS:
        price = latest_dma(bars.close, sessions)
        if price is None:
            missing.append(needs_sessions(f"{sessions}-DMA", sessions, len(bars)))
            continue
        levels.append(
            make_level(
                f"{sessions}-DMA",
                MOVING_AVERAGE,
                price,
                latest_dma(bars.close[:-1], sessions),
                context,
                close_needed(bars, sessions),
            )
        )
    return levels, missing


def close_needed(bars: Bars, sessions: int) -> float | None:
    """Lowest close that is at or above the N-DMA updated with that very close.

    close >= mean(last N - 1 closes and close) is the same as close >= mean of the last N - 1
    completed closes. In session it is today's close that is needed, else the next session's.
    """
    completed = bars.close if bars.last_complete else bars.close[:-1]
    return latest_dma(completed, sessions - 1)


def structure_levels(bars: Bars, context: PriceContext) -> tuple[list[Level], list[Unavailable]]:
    """The prior swing low and the 52-week low, on lows (on closes when there are no lows)."""
    lows = np.where(np.isnan(bars.low), bars.close, bars.low)
    levels, missing = [], []

    def add(name: str, find: Callable[[Floats], float | None], reason: Unavailable) -> None:
        price = find(lows)
        if price is None:
            missing.append(reason)
        else:
            levels.append(make_level(name, PRICE_STRUCTURE, price, find(lows[:-1]), context))

    add(
        "swing low",
        swing_low,
        Unavailable("swing low", f"no low that is the lowest of {SWING_SIDE} sessions either side"),
    )
    add("52-week low", year_low, needs_sessions("52-week low", YEAR_SESSIONS, len(bars)))
    return levels, missing


def swing_low(lows: Floats) -> float | None:
    """Last low that is the minimum of 5 sessions either side, known 5 sessions later."""
    for i in range(len(lows) - 1 - SWING_SIDE, SWING_SIDE - 1, -1):
        if lows[i] == lows[i - SWING_SIDE : i + SWING_SIDE + 1].min():
            return float(lows[i])
    return None


def year_low(lows: Floats) -> float | None:
    """Lowest low of the last 252 sessions; None with fewer."""
    return float(lows[-YEAR_SESSIONS:].min()) if len(lows) >= YEAR_SESSIONS else None


def needs_sessions(name: str, needed: int, has: int) -> Unavailable:
    """The one way of saying that a history is too short."""
    return Unavailable(name, f"{name} needs {needed} sessions (has {has})")
