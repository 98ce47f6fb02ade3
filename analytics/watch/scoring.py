"""Scores of level calls by the close (methods, "Status at each level")."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

from analytics.model.level_calls import LevelCall
from analytics.model.plausibility import is_same_close
from analytics.model.status import is_gap_down, status_after_close
from analytics.model.vocabulary import Bars
from analytics.watch.session_baseline import SessionBaseline, baseline_of


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


def restated(call: LevelCall, baseline: SessionBaseline) -> LevelCall | None:
    """The call as newer bars have it: unchanged where both know the same previous close.

    Else the bars it was made from counted in other shares (a split or a stock dividend takes
    effect on the session) or lacked a session: the level is the one that the newer bars give.

    Returns:
        None where they give none.
    """
    if is_same_close(call.previous_close, baseline.previous_close):
        return call
    for average in baseline.averages:
        if average.id == call.level and average.session_level is not None:
            price, before = average.session_level, baseline.previous_close
            return replace(call, price=price, previous_close=before)
    return None


def score(call: LevelCall, bars: Bars, at: dt.datetime) -> LevelCall | None:
    """The call with what the session's final bar made of it, or None without that bar.

    Args:
        bars: as of the session's close; the call is `restated` by them first.
        at: UTC, now.
    """
    if bars.last_session != call.session or not bars.last_complete:
        return None
    baseline = baseline_of(bars, call.session)
    known = restated(call, baseline) if baseline is not None else None
    if known is None:
        return None
    level, before = known.price, known.previous_close
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
