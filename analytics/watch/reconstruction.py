"""The calls of past sessions, reconstructed from bars: each strictly from what came before it.

A call made live was known before the close; a reconstructed one is what it would have been: the
level through the session before, scored by the session's own bar. Nobody made it, and it is
marked so. Put walls are called from the chains that were kept: the wall of one session is the
support of the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np

from analytics.indicators.series import DMA_SESSIONS, moving_average
from analytics.model.level_calls import LevelCall
from analytics.model.levels import PUT_WALL, LevelId, dma
from analytics.model.status import Status, is_gap_down, status_after_close
from analytics.model.vocabulary import Bars, DailyFigures

SESSIONS_BACK = 252
SAME_UNIT = 1.25
"""A wall whose spot differs from the close by more is in shares of before a split: left out."""


def reconstruct(bars: Bars, sessions: int = SESSIONS_BACK) -> tuple[LevelCall, ...]:
    """The scored calls of the last completed sessions, oldest first.

    A session whose previous one has no bar is left out: nothing could be called before it.

    Args:
        bars: since the last hole or change of basis.
        sessions: at most so many.
    """
    done = len(bars) - (not bars.last_complete)
    first = max(done - sessions, 1)
    averages = {n: moving_average(bars.close[:done], n) for n in DMA_SESSIONS}
    calls = []
    for t in range(first, done):
        if not bars.follows[t]:
            continue
        for n, average in averages.items():
            if np.isfinite(average[t - 1]):
                calls.append(_scored(bars, t, dma(n), float(average[t - 1])))
    return tuple(calls)


def wall_calls(
    bars: Bars, records: Iterable[DailyFigures], definition: int
) -> tuple[LevelCall, ...]:
    """A call a session at the put wall that was kept the session before, oldest first.

    Args:
        records: options figures of the symbol.
        definition: of the figures; those that followed another one are left out.
    """
    figures = {row.session: row.figures for row in records if row.definition == definition}
    done = len(bars) - (not bars.last_complete)
    days = bars.sessions.astype("datetime64[D]").tolist()
    calls = []
    for t in range(1, done):
        known = figures.get(days[t - 1], {})
        wall, spot = known.get("put_wall"), known.get("spot")
        if wall is None or spot is None or not bars.follows[t]:
            continue
        if 1 / SAME_UNIT < spot / bars.close[t - 1] < SAME_UNIT:
            calls.append(_scored(bars, t, LevelId(PUT_WALL.key), wall))
    return tuple(calls)


def _scored(bars: Bars, t: int, level: LevelId, price: float) -> LevelCall:
    """The call of session ``t`` at a level known before it; one above the price is a resistance."""
    session: dt.date = bars.sessions[t].astype(dt.date)
    before, close = float(bars.close[t - 1]), float(bars.close[t])
    open_, low = float(bars.open[t]), float(bars.low[t])
    status = status_after_close(price, close, before, low)
    if level.family == PUT_WALL.key and before < price:
        status = Status.OVERCOME if close >= price else Status.BELOW
    return LevelCall(
        symbol=bars.symbol,
        level=level,
        session=session,
        price=price,
        previous_close=before,
        called_at=bars.listing.open(session),
        status=status,
        gap_down=is_gap_down(price, open_, before),
        open=None if np.isnan(open_) else open_,
        low=None if np.isnan(low) else low,
        close=close,
        scored_at=bars.listing.close(session),
    )
