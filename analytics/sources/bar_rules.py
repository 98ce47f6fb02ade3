"""Rules that one bar must pass by itself, daily or one-minute (methods, "Bar validity")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats, Sessions

ROUNDING_CENT = 0.01 + 1e-9
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
        kept: NDArray[np.intp] = order[last_of_key]
        return kept


def price_columns(frame: pd.DataFrame) -> dict[str, Floats]:
    """Open, high, low, close and volume of a frame; NaN throughout where it has no such column."""
    return {name: column(frame, name) for name in PRICE_COLUMNS}


def column(frame: pd.DataFrame, name: str) -> Floats:
    """A column of numbers, NaN throughout where the frame has none of that name."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype=np.float64)


def reject_bad_prices(columns: Mapping[str, Floats], quarantine: Quarantine, span: str) -> None:
    """Reject rows whose prices cannot be true; ``span`` is "day" or "minute"."""
    close, high, low = columns["close"], columns["high"], columns["low"]
    quarantine.reject(np.isnan(close), "close missing")
    quarantine.reject(~np.isfinite(close), "close infinite")
    quarantine.reject(close <= 0, "close not positive")
    for bound in (high, low):
        quarantine.reject(np.isinf(bound) | (bound <= 0), "high or low unusable")
    quarantine.reject(high < low, "high under low")
    outside = (close > high + ROUNDING_CENT) | (close < low - ROUNDING_CENT)
    quarantine.reject(outside, f"close outside the {span}'s range")


def usable_open(opened: Floats) -> Floats:
    """The open, NaN where it is no price: that makes the open unknown, not the bar invalid."""
    return np.where(np.isfinite(opened) & (opened > 0), opened, np.nan)


def session_dates(index: pd.Index, zone: ZoneInfo) -> Sessions:
    """Session dates of an index of dates and instants: an instant is read in the listing's zone.

    Instants that are all midnights of UTC are dates written as such.

    Args:
        index: dates, times with a zone, or a mixture of both.
        zone: the listing's own.
    """
    if index.dtype != object:
        return _local_dates(pd.DatetimeIndex(index), zone)
    stamps = [pd.Timestamp(value) for value in index]
    aware = np.array([stamp.tz is not None for stamp in stamps], dtype=bool)
    days = np.full(len(stamps), np.datetime64("NaT"), dtype="datetime64[D]")
    for rows, utc in ((aware, True), (~aware, False)):
        if rows.any():
            chosen = [stamp for stamp, is_one in zip(stamps, rows, strict=True) if is_one]
            days[rows] = _local_dates(pd.DatetimeIndex(pd.to_datetime(chosen, utc=utc)), zone)
    return days


def _local_dates(times: pd.DatetimeIndex, zone: ZoneInfo) -> Sessions:
    if times.tz is not None:
        in_utc = times.tz_convert("UTC")
        dated = bool((in_utc.dropna() == in_utc.dropna().normalize()).all())
        times = (in_utc if dated else times.tz_convert(zone)).tz_localize(None)
    return times.values.astype("datetime64[D]")
