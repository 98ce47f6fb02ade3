"""A quote of the session under way, put into the daily bars in the place of a fetch of them all.

Bars are fetched once a session; until then the newest bar follows a bulk quote. A quote that does
not fit the bars is never forced into them: they are fetched again instead.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from typing import Any

import numpy as np

from analytics.indicators.series import average_true_range
from analytics.model.bars import Note
from analytics.model.calendars import SETTLED_APART
from analytics.model.plausibility import (
    AHEAD,
    is_far,
    is_other_basis,
    is_same_close,
    rounding_cent,
    tolerance,
)
from analytics.model.vocabulary import Bars, Floats, Phase, Quote
from analytics.watch.session_baseline import ex_dividend_close

LATE_PRINT = dt.timedelta(minutes=30)
"""A closing price may be stamped so long after the bell."""
FINAL_AFTER = dt.timedelta(minutes=20)
"""A thin listing has no price at the bell: its bar is finished when the longest delay is over."""
STANDS_STILL = dt.timedelta(minutes=30)
"""After so long without a newer price the bars themselves are asked whether there is none."""
ATR_BARS = 100
"""Bars that the ATR is reckoned from: older ones weigh nothing in it any more."""
COMPARED_BARS = 60


def session_begun(bars: Bars, now: dt.datetime) -> dt.date:
    """The listing's newest session that has opened by ``now``, UTC.

    Bars fetched in it need nothing but its running bar until the next one opens. Not longer: a
    split or a dividend of a session's own day changes the bars before it.
    """
    return bars.listing.current_session(now)


def bars_since(bars: Bars, start: dt.date) -> Bars | None:
    """The bars from ``start`` on; None when there is none."""
    first = int(np.searchsorted(bars.sessions, np.datetime64(start, "D")))
    if first >= len(bars):
        return None
    columns: dict[str, Any] = {
        spec.name: column[first:]
        for spec in fields(bars)
        if isinstance(column := getattr(bars, spec.name), np.ndarray) and len(column) == len(bars)
    }
    return replace(bars, **columns)


def rebased(new: Bars, old: Bars) -> float | None:
    """How many times the prices of before ``new`` has for the same sessions, where it should not.

    None where they agree, as far as their splits tell, or have too little in common.
    """
    finished = old.sessions if old.last_complete else old.sessions[:-1]
    _, mine, theirs = np.intersect1d(new.sessions, finished, return_indices=True)
    if len(mine) < 2:
        return None
    mine, theirs = mine[-COMPARED_BARS:], theirs[-COMPARED_BARS:]
    ratio = float(np.median(new.close[mine] / old.close[theirs]))
    stated = float(np.prod(new.splits[mine[0] :]) / np.prod(old.splits[theirs[0] :]))
    return ratio if is_other_basis(ratio * stated, 1.0) else None


def unlike_quote(bars: Bars, quote: Quote) -> Note | None:
    """What to say where a quote's previous close is in other shares or units than the bars'."""
    session = bars.listing.current_session(quote.time)
    at = _position_before(bars, session)
    if quote.previous_close is None or at is None:
        return None
    known = float(bars.close[at])
    if not is_other_basis(quote.previous_close, known):
        return None
    return Note(
        session,
        f"{bars.symbol}: its quote states a previous close of {quote.previous_close:g} where its "
        f"bars have {known:g}: one of them is in another unit or in other shares.",
    )


def with_quoted_previous(bars: Bars, quote: Quote) -> Bars:
    """The bars with the previous close that the quote states, where they have no bar of it."""
    if quote.previous_close is None or bars.calendar in SETTLED_APART or quote.pre_market:
        return bars
    session = bars.listing.current_session(quote.time)
    previous = bars.listing.previous_session(session)
    known = bars.upto(previous)
    if session < bars.last_session or not len(known):
        return bars
    gap = bars.listing.without_bar(known.sessions[-1:], upto=previous)
    return bars.with_stated_close(previous, quote.previous_close) if gap.size else bars


def with_running_bar(bars: Bars, quote: Quote, now: dt.datetime) -> Bars | None:
    """The bars with the quote's session as their newest bar; None when the two do not fit.

    A quote of before the open, or no newer than the bars, leaves them as they are, unless prices
    have stood still for long or no price at the bell has finished the bar: then a quote that is
    not renewed must not pass for the market's price, or for its close.

    Args:
        bars: fetched in the session under way, see `session_begun`.
        now: the source's clock, UTC.
    """
    calendar = bars.listing
    bars = with_quoted_previous(bars, quote)
    session = calendar.current_session(quote.time)
    newest = bars.last_session
    known_until = bars.last_time or calendar.close(newest)
    if quote.pre_market or quote.time <= known_until or session < newest:
        return None if _is_overdue(bars, now) else bars
    if quote.time > calendar.close(session) + LATE_PRINT or not _is_sound(quote):
        return None
    appended = session != newest
    if appended and (session != calendar.next_session(newest) or not bars.last_complete):
        return None
    if quote.time > now + AHEAD or _is_far(bars, quote, appended) or is_of_other_bars(bars, quote):
        return None
    newer = _put(bars, quote, session, quote.time >= calendar.close(session))
    return None if _is_overdue(newer, now) else newer


def _is_overdue(bars: Bars, now: dt.datetime) -> bool:
    """Whether newer prices of the running bar should have come by now."""
    calendar = bars.listing
    if bars.last_complete:
        return False
    if now >= calendar.close(bars.last_session) + FINAL_AFTER:
        return True
    known_until = bars.last_time or calendar.close(bars.last_session)
    return calendar.phase_at(now) is Phase.OPEN and now - known_until > STANDS_STILL


def _is_far(bars: Bars, quote: Quote, appended: bool) -> bool:
    """Whether the price, or a day's high or low, is one that a second source must confirm.

    What a quote states of the day is believed as far as the bar's own range and the price reach.
    """
    before = len(bars) if appended else len(bars) - 1
    recent = slice(max(0, before - ATR_BARS), before)
    atr = average_true_range(bars.high[recent], bars.low[recent], bars.close[recent])
    last = float(bars.close[-1])
    if is_far(quote.price, last, atr):
        return True
    allowed = tolerance(last, atr)
    known_high = known_low = quote.price
    if not appended and not bars.close_only:
        known_high = max(quote.price, float(bars.high[-1]))
        known_low = min(quote.price, float(bars.low[-1]))
    too_high = quote.high is not None and quote.high > known_high + allowed
    return too_high or (quote.low is not None and quote.low < known_low - allowed)


def _is_sound(quote: Quote) -> bool:
    """By the rules of a bar: its range holds its price."""
    high = quote.price if quote.high is None else quote.high
    low = quote.price if quote.low is None else quote.low
    cent = float(rounding_cent(np.array(quote.price)))
    return low <= high and low - cent <= quote.price <= high + cent


def is_of_other_bars(bars: Bars, quote: Quote) -> bool:
    """Whether the quote states another previous close: in other shares or units, or of another day.

    Nothing is made of the two together then (methods, "Quotes against bars").
    """
    at = _position_before(bars, bars.listing.current_session(quote.time))
    if quote.previous_close is None or at is None or bars.calendar in SETTLED_APART:
        return False
    without_dividend = ex_dividend_close(bars, at + 1)
    return not is_same_close(quote.previous_close, float(bars.close[at])) and (
        without_dividend is None or not is_same_close(quote.previous_close, without_dividend)
    )


def _position_before(bars: Bars, session: dt.date) -> int | None:
    """Where the bar of the calendar's session before ``session`` is, if there is one."""
    previous = np.datetime64(bars.listing.previous_session(session), "D")
    at = int(np.searchsorted(bars.sessions, previous))
    return at if at < len(bars) and bars.sessions[at] == previous else None


def _put(bars: Bars, quote: Quote, session: dt.date, complete: bool) -> Bars:
    append = session != bars.last_session
    rows = len(bars) if append else len(bars) - 1
    close_only = bars.close_only

    def column(values: Floats, value: float | None, otherwise: float = float("nan")) -> Floats:
        # A quote that leaves a field out leaves the bar's own.
        last = otherwise if append else float(values[-1])
        return np.append(values[:rows], last if value is None else value)

    high, low = quote.high, quote.low
    if not append and not close_only:
        # A quote without a day's range still moves it.
        high = max(float(bars.high[-1]), quote.price) if high is None else high
        low = min(float(bars.low[-1]), quote.price) if low is None else low
    elif append and not close_only:
        high, low = high or quote.price, low or quote.price
    # Dividends are taken off earlier closes: on its own day a bar's adjusted close is its close.
    factor = 1.0
    if bars.adj_close is not None and not append:
        factor = float(bars.adj_close[-1] / bars.close[-1])
    return replace(
        bars,
        sessions=np.append(bars.sessions[:rows], np.datetime64(session, "D")),
        open=column(bars.open, quote.open),
        high=column(bars.high, None if close_only else high),
        low=column(bars.low, None if close_only else low),
        close=np.append(bars.close[:rows], quote.price),
        adj_close=None
        if bars.adj_close is None
        else np.append(bars.adj_close[:rows], quote.price * factor),
        volume=column(bars.volume, quote.volume),
        splits=column(bars.splits, None, 1.0),
        last_time=quote.time,
        last_complete=complete,
    )
