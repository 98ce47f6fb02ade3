"""Quarantine of bad bars: what a source gave in, clean bars and counts by reason out."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
import pandas as pd

from analytics.model.sessions import session_close, session_open
from analytics.model.vocabulary import Bars, Floats, MinuteBars, NotAvailable
from analytics.sources.base import RawBars

ROUNDING_CENT = 0.01 + 1e-9


def clean_bars(raw: RawBars) -> tuple[Bars, dict[str, int]]:
    """Reject invalid bars, order the rest, and let the last of duplicate dates win.

    A bar is rejected when its close is missing, infinite or not positive, its high or low is
    unusable, its high is under its low, or its close lies outside [low, high] by more than a
    rounding cent (methods, "Bar validity"). A rejected bar is absent, never filled in. An open
    that is no price makes the open unknown, not the bar invalid.

    Returns:
        The bars, and the number of rejected rows by reason.

    Raises:
        NotAvailable: when no valid bar is left.
    """
    frame = raw.frame
    columns = {name: _column(frame, name) for name in ("open", "high", "low", "close", "volume")}
    close, high, low = columns["close"], columns["high"], columns["low"]
    rejected: Counter[str] = Counter(dict(raw.already_rejected))
    good = np.ones(len(frame), dtype=bool)

    def reject(bad: np.ndarray, reason: str) -> None:
        hit = good & bad
        if hit.any():
            rejected[reason] += int(hit.sum())
            good[hit] = False

    sessions = session_dates(frame.index)
    reject(np.isnat(sessions), "date missing")
    reject(np.isnan(close), "close missing")
    reject(~np.isfinite(close), "close infinite")
    reject(close <= 0, "close not positive")
    for bound in (high, low):
        reject(np.isinf(bound) | (bound <= 0), "high or low unusable")
    reject(high < low, "high under low")
    outside = (close > high + ROUNDING_CENT) | (close < low - ROUNDING_CENT)
    reject(outside, "close outside the day's range")

    order = np.flatnonzero(good)
    order = order[np.argsort(sessions[order], kind="stable")]
    if order.size:
        last_of_date = np.append(sessions[order][1:] != sessions[order][:-1], True)
        duplicates = int((~last_of_date).sum())
        if duplicates:
            rejected["duplicate date"] += duplicates
        order = order[last_of_date]
    if not order.size:
        raise NotAvailable(f"{raw.symbol}: no valid price bar.")

    newest_kept = bool(sessions[order[-1]] == np.nanmax(sessions))
    opened = columns["open"][order]
    return (
        Bars(
            symbol=raw.symbol,
            sessions=sessions[order],
            open=np.where(np.isfinite(opened) & (opened > 0), opened, np.nan),
            high=high[order],
            low=low[order],
            close=close[order],
            adj_close=_total_return(frame, order),
            volume=columns["volume"][order],
            splits=_splits(frame, sessions, order),
            last_time=raw.last_time if newest_kept else None,
            last_complete=raw.last_complete or not newest_kept,
            timezone=raw.timezone,
            currency=raw.currency,
            name=raw.name,
        ),
        dict(rejected),
    )


def clean_minutes(raw: RawBars, session: dt.date) -> tuple[MinuteBars, dict[str, int]]:
    """Validate one-minute bars, by the rules of daily ones, and keep those of the session.

    Returns:
        The bars in order of time, and the number of rejected rows by reason.

    Raises:
        NotAvailable: when no valid bar is left.
    """
    frame = raw.frame
    index = pd.DatetimeIndex(frame.index)
    index = index.tz_localize(dt.UTC) if index.tz is None else index.tz_convert(dt.UTC)
    times = index.tz_localize(None).values.astype("datetime64[s]")
    columns = {name: _column(frame, name) for name in ("open", "high", "low", "close", "volume")}
    close, high, low = columns["close"], columns["high"], columns["low"]
    rejected: Counter[str] = Counter()
    good = np.ones(len(frame), dtype=bool)
    for bad, reason in (
        (np.isnat(times), "time missing"),
        (~(np.isfinite(close) & (close > 0)), "close not a price"),
        (np.isinf(high) | np.isinf(low) | (low <= 0) | (high < low), "high or low unusable"),
        (
            (close > high + ROUNDING_CENT) | (close < low - ROUNDING_CENT),
            "close outside the minute's range",
        ),
    ):
        rejected[reason] += int((good & bad).sum())
        good &= ~bad
    first, last = (
        np.datetime64(bell.replace(tzinfo=None), "s")
        for bell in (session_open(session), session_close(session))
    )
    order = np.flatnonzero(good & (times >= first) & (times < last))
    order = order[np.argsort(times[order], kind="stable")]
    if not order.size:
        raise NotAvailable(f"{raw.symbol}: no valid minute of {session}.")
    order = order[np.append(times[order][1:] != times[order][:-1], True)]
    opened = columns["open"][order]
    minutes = MinuteBars(
        symbol=raw.symbol,
        session=session,
        times=times[order],
        open=np.where(np.isfinite(opened) & (opened > 0), opened, np.nan),
        high=high[order],
        low=low[order],
        close=close[order],
        volume=columns["volume"][order],
    )
    return minutes, {reason: rows for reason, rows in rejected.items() if rows}


def session_dates(index: pd.Index) -> np.ndarray:
    """Session dates of an index of dates or times: a time keeps its own zone's date."""
    times = pd.DatetimeIndex(index)
    if times.tz is not None:
        times = times.tz_localize(None)
    return times.values.astype("datetime64[D]")


def _column(frame: pd.DataFrame, name: str) -> Floats:
    if name not in frame:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype=np.float64)


def _splits(frame: pd.DataFrame, sessions: np.ndarray, order: np.ndarray) -> Floats:
    """The split ratio of each kept bar, 1 where there is none.

    A split whose own bar was rejected goes to the next kept bar: the earlier prices were
    divided by it all the same.
    """
    ratios = _column(frame, "splits")
    known = np.isfinite(ratios) & (ratios > 0) & ~np.isnat(sessions)
    by_date = dict(zip(sessions[known].tolist(), ratios[known].tolist(), strict=True))
    splits = np.ones(len(order))
    for day, ratio in by_date.items():
        at = int(np.searchsorted(sessions[order], np.datetime64(day, "D")))
        if at < len(order):
            splits[at] *= ratio
    return splits


def _total_return(frame: pd.DataFrame, order: np.ndarray) -> Floats | None:
    """Adjusted closes, or None unless every kept bar has one: a mixed basis is never used."""
    adjusted = _column(frame, "adj_close")[order]
    return adjusted if (np.isfinite(adjusted) & (adjusted > 0)).all() else None
