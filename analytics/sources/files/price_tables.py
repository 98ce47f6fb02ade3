"""Price files of a folder: CSV or Parquet, one symbol with OHLC or a wide table of closes."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.model.listing_calendars import calendar_of
from analytics.model.vocabulary import NotAvailable
from analytics.sources.bar_rules import session_dates
from analytics.sources.base import BAR_COLUMNS


@dataclass(frozen=True, eq=False)
class PriceTable:
    """A file as read: a frame indexed by date, and its unreadable lines."""

    frame: pd.DataFrame
    bad_lines: tuple[str, ...] = field(default=())


def days_of(frame: pd.DataFrame, symbol: str) -> pd.DatetimeIndex:
    """The session date of each row: an instant is read in the listing's zone."""
    days = session_dates(frame.index, calendar_of(symbol).zone)
    return pd.DatetimeIndex(days.astype("datetime64[s]"))


def sessions_of(frame: pd.DataFrame, symbol: str) -> pd.DatetimeIndex:
    """The rows' days that are sessions of the listing's calendar."""
    days = days_of(frame, symbol)
    return days[~calendar_of(symbol).off_calendar(days.values.astype("datetime64[D]"))]


def is_wide(path: Path) -> bool:
    """Whether a file is a table of closes with a column a symbol."""
    return "close" in path.stem.lower()


def read_table(path: Path) -> PriceTable:
    """Read a price file; an unreadable line is left out and named, a hopeless file raises."""
    frame, bad = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    if not is_wide(path):
        if "close" not in frame:
            raise NotAvailable(f"{shown(path)} line 1: there is no 'close' column.")
        frame = frame[[name for name in BAR_COLUMNS if name in frame]]
    return PriceTable(frame, bad)


def _read_parquet(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    try:
        frame = pd.read_parquet(path)
        if "date" in frame:
            frame = frame.set_index("date")
        elif pd.api.types.is_numeric_dtype(frame.index):
            raise ValueError("there is no 'date' column")
        frame.index = pd.DatetimeIndex(pd.to_datetime(frame.index))
        return frame.astype(np.float64), ()
    except (ValueError, TypeError, OSError) as error:
        raise NotAvailable(f"{shown(path)}: not a readable Parquet table ({error}).") from error


def _read_csv(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    dates: list[dt.date] = []
    rows: list[list[float]] = []
    bad: list[str] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.reader(lines)
            header = [_column_name(name, is_wide(path)) for name in next(reader, [])]
            if not header or header[0].lower() != "date":
                raise NotAvailable(f"{shown(path)} line 1: the first column must be 'date'.")
            twice = [name for i, name in enumerate(header) if name in header[:i]]
            if twice:
                raise NotAvailable(f"{shown(path)} line 1: the column {twice[0]!r} stands twice.")
            for cells in reader:
                if not cells:
                    continue
                try:
                    dates.append(_day_or_instant(cells[0]))
                    rows.append(_numbers(cells[1:], header[1:]))
                except ValueError as error:
                    del dates[len(rows) :]
                    bad.append(f"{shown(path)} line {reader.line_num}: {error}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotAvailable(f"{shown(path)}: not a readable CSV file ({error}).") from error
    values = np.asarray(rows, dtype=np.float64).reshape(len(rows), len(header) - 1)
    instants = any(isinstance(date, dt.datetime) for date in dates)
    index = pd.Index(dates, dtype=object) if instants else pd.DatetimeIndex(dates)
    return pd.DataFrame(values, index=index, columns=header[1:]), tuple(bad)


def _column_name(name: str, wide: bool) -> str:
    """A ticker in capitals in a wide file; else "Adj Close" is ``adj_close``."""
    return name.strip().upper() if wide else name.strip().lower().replace(" ", "_")


def _day_or_instant(cell: str) -> dt.date:
    """A date, or an aware ``datetime`` where the cell is an instant.

    An instant is a time with its offset, or Unix seconds (of ten digits; of 13, milliseconds).
    """
    text = cell.strip()
    if text.isdigit() and len(text) in (10, 13):
        return dt.datetime.fromtimestamp(int(text[:10]), dt.UTC)
    try:
        if len(text) <= 10:
            return dt.date.fromisoformat(text)
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{cell[:20]!r} is not a date such as 2025-01-24") from None
    return time if time.tzinfo else time.date()


def _numbers(cells: list[str], names: list[str]) -> list[float]:
    if len(cells) != len(names):
        raise ValueError(f"{len(cells) + 1} fields where {len(names) + 1} are expected")
    numbers = []
    for cell, name in zip(cells, names, strict=True):
        try:
            numbers.append(float(cell) if cell.strip() else np.nan)
        except ValueError:
            raise ValueError(f"{name} {cell[:20]!r} is not a number") from None
    return numbers


def shown(path: Path) -> str:
    """A file as sentences name it."""
    return f"{path.parent.name}/{path.name}"
