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
from analytics.sources.files.numbers import read_column, wrong_columns


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
    header, rows = _rows(path)
    names = [n for n in header[1:] if is_wide(path) or n in BAR_COLUMNS]
    bad: dict[int, str] = {}
    read: list[tuple[int, dt.date, list[str]]] = []
    for line, cells in rows:
        try:
            if len(cells) != len(header):
                raise ValueError(f"{len(cells)} fields where {len(header)} are expected")
            read.append((line, _day_or_instant(cells[0]), cells))
        except ValueError as error:
            bad[line] = str(error)
    columns = {
        name: read_column(
            [cells[header.index(name)] for _, _, cells in read], count=name == "volume"
        )
        for name in names
    }
    wrong = wrong_columns(columns, lambda row: f"line {read[row][0]}")
    if wrong:
        raise NotAvailable(f"{shown(path)}, {wrong}.")
    for name, column in columns.items():
        for row, reason in column.bad.items():
            bad.setdefault(read[row][0], f"{name} {reason}")
    good = [row for row, (line, _, _) in enumerate(read) if line not in bad]
    dates = [read[row][1] for row in good]
    instants = any(isinstance(date, dt.datetime) for date in dates)
    frame = pd.DataFrame(
        {name: column.values[good] for name, column in columns.items()},
        index=pd.Index(dates, dtype=object) if instants else pd.DatetimeIndex(dates),
        columns=names,
    )
    return frame, tuple(f"{shown(path)} line {line}: {bad[line]}" for line in sorted(bad))


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names of a CSV file's columns, and its rows, each with the line it ends on."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.reader(lines)
            header = [_column_name(name, is_wide(path)) for name in next(reader, [])]
            rows = [(reader.line_num, cells) for cells in reader if cells]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotAvailable(f"{shown(path)}: not a readable CSV file ({error}).") from error
    if header and ";" in header[0]:
        raise NotAvailable(
            f"{shown(path)}: cells are separated by ';'; use ',' and decimal points."
        )
    if not header or header[0].lower() != "date":
        raise NotAvailable(f"{shown(path)} line 1: the first column must be 'date'.")
    twice = [name for i, name in enumerate(header) if name in header[:i]]
    if twice:
        raise NotAvailable(f"{shown(path)} line 1: the column {twice[0]!r} stands twice.")
    return header, rows


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


def shown(path: Path) -> str:
    """A file as sentences name it."""
    return f"{path.parent.name}/{path.name}"
