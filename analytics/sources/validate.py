"""Quarantine of bad bars: what a source gave in, clean bars and counts by reason out."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics.model.bars import Break, Note
from analytics.model.calendars import SETTLED_APART, ListingCalendar
from analytics.model.listing_calendars import calendar_of
from analytics.model.quotation import currency_of
from analytics.model.vocabulary import Bars, Floats, MinuteBars, NotAvailable
from analytics.sources.bar_rules import (
    PRICE_COLUMNS,
    Quarantine,
    columns_of,
    reject_bad_prices,
    session_dates,
    usable_open,
    usable_volume,
)
from analytics.sources.base import RawBars
from analytics.sources.price_basis import (
    blank_stray_ranges,
    mark_unexplained_jumps,
    note_possible_split,
    note_stray_extremes,
    reject_detours,
)
from analytics.sources.price_columns import ONE_BAR_JUMP, Columns, carried_splits
from analytics.sources.stated_splits import apply_stated_splits

DAILY_COLUMNS = (*PRICE_COLUMNS, "adj_close", "splits")
YIELDS = "US-BONDS"
"""Yields move by multiples when they are near nothing; no unit follows from that."""


def clean_bars(raw: RawBars) -> tuple[Bars, dict[str, int]]:
    """Reject invalid bars, order the rest, and put them on one basis.

    A bar is rejected when its close is missing, infinite or not positive, its high or low is
    unusable, its high is under its low, or its close lies outside [low, high] by more than a
    rounding cent (methods, "Bar validity"); when its day is no session of the listing's calendar
    (methods, "Bars stand against the listing's own calendar"); or when its price leaves by a
    large factor and comes back (methods, "Plausibility"). Of duplicate dates the last wins. A
    rejected bar is absent, never filled in.

    Returns:
        The bars, and the number of rejected rows by reason.

    Raises:
        NotAvailable: when no valid bar is left.
    """
    calendar = listing_calendar(raw)
    columns = columns_of(raw.frame, DAILY_COLUMNS)
    rows = Quarantine(len(raw.frame), dict(raw.already_rejected))
    days = session_dates(raw.frame.index, calendar)
    rows.reject(np.isnat(days), "date missing")
    closed = calendar.off_calendar(days)
    rows.reject(closed, f"not a session of {calendar.exchange}")
    reject_bad_prices(columns, rows, "day")
    order = rows.in_order(days, "duplicate date")
    if not order.size:
        raise NotAvailable(f"{raw.symbol}: no valid price bar{_of_what(rows.rejected)}.")
    settled = Columns(
        sessions=days[order],
        open=usable_open(columns, order),
        high=columns["high"][order],
        low=columns["low"][order],
        close=columns["close"][order],
        volume=usable_volume(columns["volume"][order]),
        splits=carried_splits(days, columns["splits"], days[order]),
        adj_close=_total_return(columns["adj_close"][order]),
    )
    newest = days[~(closed | np.isnat(days))].max()
    breaks = _settle(settled, rows, calendar, raw.symbol)
    has_newest = bool(settled.sessions[-1] == newest)
    bars = _bars_of(raw, calendar, settled, breaks, has_newest)
    if raw.previous_close is not None and has_newest and calendar.code not in SETTLED_APART:
        bars = _with_previous_close(bars, raw.previous_close, raw.price_hint)
    return bars, dict(rows.rejected)


def _bars_of(
    raw: RawBars,
    calendar: ListingCalendar,
    settled: Columns,
    breaks: tuple[Break, ...],
    has_newest: bool,
) -> Bars:
    """The settled columns with what the source says of the listing.

    Args:
        has_newest: the source's newest bar is among them: its time and state are theirs.
    """
    return Bars(
        symbol=raw.symbol,
        sessions=settled.sessions,
        open=settled.open,
        high=settled.high,
        low=settled.low,
        close=settled.close,
        adj_close=settled.adj_close,
        volume=settled.volume,
        splits=settled.splits,
        last_time=raw.last_time if has_newest else None,
        last_complete=raw.last_complete or not has_newest,
        timezone=calendar.zone.key,
        currency=raw.currency or currency_of(raw.symbol, calendar.code),
        name=raw.name,
        calendar=calendar.code,
        basis_changes=breaks,
        notes=tuple(
            Note(day, f"{raw.symbol}: {text}.")
            for day, text in (*((settled.sessions[0].item(), t) for t in raw.notes), *settled.notes)
        ),
        instrument=raw.instrument,
        price_hint=raw.price_hint,
    )


def clean_minutes(raw: RawBars, session: dt.date) -> tuple[MinuteBars, dict[str, int]]:
    """Validate one-minute bars, by the rules of daily ones, and keep those of the session.

    Args:
        raw: of one listing.
        session: by its own calendar, whose bells bound it.

    Returns:
        The bars in order of time, and the number of rejected rows by reason.

    Raises:
        NotAvailable: when no valid bar is left.
    """
    index = pd.DatetimeIndex(raw.frame.index)
    index = index.tz_localize(dt.UTC) if index.tz is None else index.tz_convert(dt.UTC)
    times = index.tz_localize(None).values.astype("datetime64[s]")
    columns = columns_of(raw.frame)
    rows = Quarantine(len(raw.frame))
    rows.reject(np.isnat(times), "time missing")
    reject_bad_prices(columns, rows, "minute")
    calendar = listing_calendar(raw)
    first, last = (
        np.datetime64(bell.replace(tzinfo=None), "s")
        for bell in (calendar.open(session), calendar.close(session))
    )
    rows.good &= (times >= first) & (times < last)
    order = rows.in_order(times, "duplicate time")
    if not order.size:
        raise NotAvailable(f"{raw.symbol}: no valid minute of {session}.")
    minutes = MinuteBars(
        symbol=raw.symbol,
        session=session,
        times=times[order],
        open=usable_open(columns, order),
        high=columns["high"][order],
        low=columns["low"][order],
        close=columns["close"][order],
        volume=usable_volume(columns["volume"][order]),
    )
    return minutes, dict(rows.rejected)


def listing_calendar(raw: RawBars) -> ListingCalendar:
    """The trading calendar of what a source gave, by what it says of the listing."""
    hours = None
    if raw.trading_period is not None and raw.timezone:
        local = [time.astimezone(ZoneInfo(raw.timezone)) for time in raw.trading_period]
        opens, closes = (time.hour * 60 + time.minute for time in local)
        hours = (opens, closes) if opens < closes else None
    return calendar_of(raw.symbol, raw.exchange, raw.timezone, hours)


def _settle(
    columns: Columns, rows: Quarantine, calendar: ListingCalendar, symbol: str
) -> tuple[Break, ...]:
    """Put the bars on one basis as far as that is known; the jumps that nothing explains."""
    if calendar.code == YIELDS:
        return ()
    doubtful = apply_stated_splits(columns)
    detours = reject_detours(columns)
    if detours:
        rows.rejected["price in another unit, and back"] += detours
        doubtful = apply_stated_splits(columns)  # those that stood beside such a bar
    stray = blank_stray_ranges(columns)
    if stray:
        have = "1 bar has" if stray == 1 else f"{stray} bars have"
        columns.note(-1, f"{have} a high or low in another unit, taken as unknown")
    jumps = mark_unexplained_jumps(columns)
    if not symbol.startswith("^") and calendar.code not in SETTLED_APART:
        note_possible_split(columns)
        note_stray_extremes(columns)
    named = {jump.session for jump in jumps}
    return (*jumps, *(one for one in doubtful if one.session not in named))


def _with_previous_close(bars: Bars, stated: float, decimals: int | None) -> Bars:
    """The bars held against the previous close that the source states beside them.

    Where they have no bar of that session the stated close stands in, unless it cannot be that
    session's (`_why_no_close`). Where they have one that differs by more than rounding, they are
    on another basis than the newest bar.
    """
    newest = bars.last_session
    previous = bars.listing.previous_session(newest)
    if not (np.isfinite(stated) and stated > 0):
        return bars
    if bars.listing.without_bar(bars.sessions[-2:]).size:
        doubt = _why_no_close(bars, stated)
        if doubt is None:
            return bars.with_stated_close(previous, stated)
        text = f"{bars.symbol}: the source states {stated:,.6g} as the close of {previous}, {doubt}"
        return replace(bars, notes=(*bars.notes, Note(newest, f"{text}: it is not used.")))
    if len(bars) < 2 or bars.splits[-1] != 1.0:
        return bars
    before = float(bars.close[-2])
    rounding = 10.0 ** -(2 if decimals is None else decimals) + 0.001 * before
    if abs(before - stated) <= rounding:
        return bars
    reason = (
        f"the close of {bars.sessions[-2].item()}, {before:,.6g} by the bars and {stated:,.6g} by "
        "the source's own statement"
    )
    others = tuple(change for change in bars.basis_changes if change.session != newest)
    return replace(bars, basis_changes=(*others, Break(newest, reason)))


def _why_no_close(bars: Bars, stated: float) -> str | None:
    """Why a stated close is not that of the missing session before the newest bar; else None.

    A source that has no bar of yesterday may state the close of the day before as the previous
    one: a price that moves hardly ever closes twice at the same.
    """
    before = float(bars.close[-2])
    there, back = (math.log(stated / float(close)) for close in bars.close[-2:])
    if there * back > 0.0 and min(abs(there), abs(back)) >= ONE_BAR_JUMP:
        return "which is in another unit than the bars beside it"
    moved = len(bars) > 2 and before != float(bars.close[-3])
    return f"which is that of {bars.sessions[-2].item()}" if moved and stated == before else None


def _of_what(rejected: Counter[str]) -> str:
    """What was wrong with most of the rows, where none is left."""
    if not rejected:
        return ""
    reason, count = rejected.most_common(1)[0]
    return f" ({count} rejected: {reason})"


def _total_return(adjusted: Floats) -> Floats | None:
    """Adjusted closes, or None unless every kept bar has one: a mixed basis is never used."""
    return adjusted if (np.isfinite(adjusted) & (adjusted > 0)).all() else None
