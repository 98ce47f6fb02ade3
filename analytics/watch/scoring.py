"""Scores of level calls by the close (methods, "Status at each level")."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

from analytics.model.level_calls import LevelCall
from analytics.model.status import is_gap_down, status_after_close
from analytics.model.vocabulary import Bars
from analytics.watch.session_baseline import SessionBaseline


def calls_of(baseline: SessionBaseline, at: dt.datetime) -> tuple[LevelCall, ...]:
    """The level calls of a symbol's session: its moving averages as known before the open."""
    return tuple(
        LevelCall(
            symbol=baseline.symbol,
            level=average.id,
            session=baseline.session,
            price=average.session_level,
            previous_close=baseline.previous_close,
            called_at=at,
        )
        for average in baseline.averages
        if average.session_level is not None
    )


def score(call: LevelCall, bars: Bars, at: dt.datetime) -> LevelCall | None:
    """The call with what the session's final bar made of it, or None without that bar.

    A split on the session itself divides the earlier prices: the call is brought to the bar's
    own units first, by the previous close that both know.

    Args:
        bars: as of the session's close.
        at: UTC, now.
    """
    if bars.last_session != call.session or not bars.last_complete:
        return None
    level, before = call.price, call.previous_close
    if bars.splits[-1] != 1.0 and len(bars) > 1:
        factor = float(bars.close[-2]) / before
        level, before = level * factor, before * factor
    open_, low, close = (float(series[-1]) for series in (bars.open, bars.low, bars.close))
    return replace(
        call,
        price=level,
        previous_close=before,
        status=status_after_close(level, close, before, low),
        gap_down=is_gap_down(level, open_, before),
        open=None if math.isnan(open_) else open_,
        low=None if math.isnan(low) else low,
        close=close,
        scored_at=at,
    )
