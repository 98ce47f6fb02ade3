"""Rules that one bar must pass by itself, daily or one-minute (methods, "Bar validity")."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model.calendars import ListingCalendar
from analytics.model.plausibility import rounding_cent
from analytics.model.vocabulary import Floats, Sessions

PRICE_COLUMNS = ("open", "high", "low", "close", "volume")


class Quarantine:
    """Which rows are good so far, and why the others are not.

    Attributes:
        good: shape (n,).
        rejected: rows by the first reason that met them.
    """

    def __init__(self, rows: int, already: Mapping[str, int] | None = None) -> None:
        self.good: NDArray[np.bool_] = np.ones(rows, dtype=bool)
        self.rejected: Counter[str] = Counter(already or {})

    def reject(self, bad: NDArray[np.bool_], reason: str) -> None:
        """Take rows out for a reason."""
        hit = self.good & bad
        if hit.any():
            self.rejected[reason] += int(hit.sum())
            self.good[hit] = False

    def in_order(self, keys: NDArray[np.datetime64], duplicate: str) -> NDArray[np.intp]:
        """Positions of the good rows by ascending key; of rows with one key the last wins."""
        order: NDArray[np.intp] = np.flatnonzero(self.good)
        order = order[np.argsort(keys[order], kind="stable")]
        if not order.size:
            return order
        last_of_key = np.append(keys[order][1:] != keys[order][:-1], True)
        if not last_of_key.all():
            self.rejected[duplicate] += int((~last_of_key).sum())
        chosen: NDArray[np.intp] = order[last_of_key]
        return chosen


def columns_of(frame: pd.DataFrame, names: tuple[str, ...] = PRICE_COLUMNS) -> dict[str, Floats]:
    """Columns of numbers by name, NaN throughout where the frame has none of that name."""
    absent = np.full(len(frame), np.nan)
    block = frame.to_numpy()
    if block.dtype == np.float64 and frame.columns.is_unique:  # all at once: bars come in a stream
        at = {name: place for place, name in enumerate(frame.columns)}
        return {name: block[:, at[name]] if name in at else absent for name in names}
    return {
        name: frame[name].to_numpy(dtype=np.float64) if name in frame else absent for name in names
    }


def reject_bad_prices(columns: Mapping[str, Floats], quarantine: Quarantine, span: str) -> None:
    """Reject rows whose prices cannot be true; ``span`` is "day" or "minute"."""
    close, high, low = columns["close"], columns["high"], columns["low"]
    quarantine.reject(np.isnan(close), "close missing")
    quarantine.reject(~np.isfinite(close), "close infinite")
    quarantine.reject(close <= 0, "close not positive")
    for bound in (high, low):
        quarantine.reject(np.isinf(bound) | (bound <= 0), "high or low unusable")
    quarantine.reject(high < low, "high under low")
    cent = rounding_cent(close)
    outside = (close > high + cent) | (close < low - cent)
    quarantine.reject(outside, f"close outside the {span}'s range")


def usable_open(columns: Mapping[str, Floats], rows: NDArray[np.intp]) -> Floats:
    """The open of some rows, NaN where it is no price or lies outside the range.

    That makes the open unknown, not the bar invalid.
    """
    opened, high, low = (columns[name][rows] for name in ("open", "high", "low"))
    cent = rounding_cent(opened)
    outside = (opened > high + cent) | (opened < low - cent)
    return np.where(np.isfinite(opened) & (opened > 0) & ~outside, opened, np.nan)


def usable_volume(volume: Floats) -> Floats:
    """The volume, NaN where it is none; 0 is one."""
    return np.where(np.isfinite(volume) & (volume >= 0), volume, np.nan)


def session_dates(index: pd.Index, calendar: ListingCalendar) -> Sessions:
    """Session dates of an index of dates and instants, shape (n,); NaT where there is none.

    An instant belongs to the session that trades at it, from bell to bell; one that is midnight
    by the offset it is written with is a date written so (where all are; else a bell may fall on
    it); any other is read in the listing's zone.

    Args:
        index: dates, times with an offset, or a mixture of both.
        calendar: the listing's.
    """
    if index.dtype != object and pd.DatetimeIndex(index).tz is None:
        return pd.DatetimeIndex(index).values.astype("datetime64[D]")
    stamps = [pd.Timestamp(value) for value in index]
    instants = [stamp for stamp in stamps if stamp.tz is not None]
    dates_only = all(stamp.time() == dt.time() for stamp in instants)
    days = np.full(len(stamps), np.datetime64("NaT"), dtype="datetime64[D]")
    for row, stamp in enumerate(stamps):
        if stamp.tz is None or dates_only:
            days[row] = np.datetime64("NaT") if pd.isna(stamp) else stamp.date()
        else:
            days[row] = _day_of(stamp.to_pydatetime(), calendar)
    return days


def _day_of(time: dt.datetime, calendar: ListingCalendar) -> dt.date:
    """The session date of one instant among others that are not all midnights."""
    local = time.astimezone(calendar.zone).date()
    midnight = time.time() == dt.time()
    if calendar.is_session(local) or calendar.is_session(local + dt.timedelta(days=1)):
        session = calendar.current_session(time)
        opens, closes = calendar.open(session), calendar.close(session)
        if time in (opens, closes) or (not midnight and time < closes):
            return session
    return time.date() if midnight else local
