"""Price files of a folder: CSV or Parquet, one symbol with OHLC or a wide table of closes."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.model.calendars import LAST_DAY
from analytics.model.listing_calendars import calendar_of
from analytics.model.vocabulary import NotAvailable
from analytics.sources.bar_rules import session_dates
from analytics.sources.base import BAR_COLUMNS
from analytics.sources.files.numbers import NumberColumn, read_column, wrong_columns

MAY_BE_UNKNOWN = ("open", "adj_close", "volume")
"""Where a cell of these is no number the bar is valid without it."""
MOST_AHEAD = 5
_OTHER_NAMES = {"stock_splits": "splits", "adjusted_close": "adj_close"}
_RATIO = re.compile(r"(\d+(?:\.\d+)?)\s*(?::|/|-?for-?|\s+for\s+)\s*(\d+(?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True, eq=False)
class PriceTable:
    """A file as read: a frame indexed by date, and what of it could not be read.

    Attributes:
        bad_lines: lines left out, one sentence each.
        bad_cells: column -> its cells that are no number and are unknown in the frame. Where a
            column is a symbol's closes, its line is left out for that symbol alone.
    """

    frame: pd.DataFrame
    bad_lines: tuple[str, ...] = field(default=())
    bad_cells: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def days_of(frame: pd.DataFrame, symbol: str) -> pd.DatetimeIndex:
    """The session date of each row: an instant is read in the listing's zone."""
    days = session_dates(frame.index, calendar_of(symbol))
    return pd.DatetimeIndex(days.astype("datetime64[s]"))


def sessions_of(frame: pd.DataFrame, symbol: str) -> pd.DatetimeIndex:
    """The rows' days that are sessions of the listing's calendar."""
    days = days_of(frame, symbol)
    return days[~calendar_of(symbol).off_calendar(days.values.astype("datetime64[D]"))]


def unknown_cells(table: PriceTable) -> tuple[str, ...]:
    """A sentence's words for each column that has cells which are no number."""
    words = []
    for cells in table.bad_cells.values():
        more = f", and so {len(cells) - 1} more" if len(cells) > 1 else ""
        words.append(f"{cells[0]}{more}: taken as unknown")
    return tuple(words)


def is_wide(path: Path) -> bool:
    """Whether a file is a table of closes with a column a symbol."""
    return "close" in path.stem.lower()


def read_table(path: Path, today: dt.date) -> PriceTable:
    """Read a price file; an unreadable line is left out and named, a hopeless file raises.

    Args:
        today: by the wall clock; see `_ahead`.
    """
    table = _read_parquet(path, today) if path.suffix == ".parquet" else _read_csv(path, today)
    if not is_wide(path) and "close" not in table.frame:
        raise NotAvailable(f"{shown(path)} line 1: there is no 'close' column.")
    return table


def _read_parquet(path: Path, today: dt.date) -> PriceTable:
    try:
        frame = pd.read_parquet(path)
        frame.columns = [_column_name(str(name), is_wide(path)) for name in frame.columns]
        date = _column_name("date", is_wide(path))
        if date in frame:
            frame = frame.set_index(date)
        elif pd.api.types.is_numeric_dtype(frame.index):
            raise ValueError("there is no 'date' column")
        if not is_wide(path):
            frame = frame[[name for name in frame if name in BAR_COLUMNS]]
        frame.index = pd.DatetimeIndex(pd.to_datetime(frame.index))
        frame = frame.astype(np.float64)
    except (ValueError, TypeError, OSError) as error:
        raise NotAvailable(f"{shown(path)}: not a readable Parquet table ({error}).") from error
    dates = [None if pd.isna(time) else time.date() for time in frame.index]
    ahead = _ahead(dates, today)
    lines = tuple(f"{shown(path)} row {row + 1}: {ahead[row]}" for row in sorted(ahead))
    return PriceTable(frame[[row not in ahead for row in range(len(frame))]], lines)


def _read_csv(path: Path, today: dt.date) -> PriceTable:
    header, rows = _rows(path)
    wide = is_wide(path)
    date = header.index(_column_name("date", wide))
    names = [n for n in header if n and (n != header[date] if wide else n in BAR_COLUMNS)]
    read, bad = _dated(rows, len(header), date)
    if len(read) == 0 < len(bad):
        line, reason = next(iter(bad.items()))
        raise NotAvailable(
            f"{shown(path)}: none of its {len(bad)} lines can be read (line {line}: {reason})."
        )
    columns = {}
    for name in names:
        cells = [cells[header.index(name)] for _, _, cells in read]
        split = name == "splits" and not wide
        columns[name] = _ratios(cells) if split else read_column(cells, count=name == "volume")
    wrong = wrong_columns(columns, lambda row: f"line {read[row][0]}")
    if wrong:
        raise NotAvailable(f"{shown(path)}, {wrong}.")
    cells_of: dict[str, tuple[str, ...]] = {}
    for name, column in columns.items():
        if column.bad and name == "splits" and not wide:
            row, reason = next(iter(column.bad.items()))
            raise NotAvailable(f"{shown(path)} line {read[row][0]}: splits {reason}.")
        unreadable = {read[row][0]: f"{name} {reason}" for row, reason in column.bad.items()}
        if wide or name in MAY_BE_UNKNOWN:
            cells_of[name] = tuple(
                f"{shown(path)} line {n}: {text}" for n, text in unreadable.items()
            )
        else:
            bad = unreadable | bad
    bad |= {read[row][0]: reason for row, reason in _ahead([d for _, d, _ in read], today).items()}
    good = [row for row, (line, _, _) in enumerate(read) if line not in bad]
    dates = [read[row][1] for row in good]
    instants = any(isinstance(date, dt.datetime) for date in dates)
    frame = pd.DataFrame(
        {name: column.values[good] for name, column in columns.items()},
        index=pd.Index(dates, dtype=object) if instants else pd.DatetimeIndex(dates),
        columns=names,
    )
    lines = tuple(f"{shown(path)} line {line}: {bad[line]}" for line in sorted(bad))
    return PriceTable(frame, lines, {name: cells for name, cells in cells_of.items() if cells})


def _dated(
    rows: list[tuple[int, list[str]]], width: int, date: int
) -> tuple[list[tuple[int, dt.date, list[str]]], dict[int, str]]:
    """The lines that have a date, and line -> why it has none or not the right cells."""
    read, bad = [], {}
    for line, cells in rows:
        try:
            if len(cells) != width:
                raise ValueError(f"{len(cells)} fields where {width} are expected")
            read.append((line, _day_or_instant(cells[date]), cells))
        except ValueError as error:
            bad[line] = str(error)
    return read, bad


def _ahead(dates: Sequence[dt.date | None], today: dt.date) -> dict[int, str]:
    """Row -> why its date cannot be true: it lies ahead of the wall clock, or of every calendar.

    Where many rows lie ahead it is rather this machine's clock that is wrong.
    """
    days = {
        row: day.date() if isinstance(day, dt.datetime) else day
        for row, day in enumerate(dates)
        if day is not None
    }
    tomorrow = today + dt.timedelta(days=1)
    ahead = [row for row, day in days.items() if tomorrow < day <= LAST_DAY]
    if len(ahead) > MOST_AHEAD:
        ahead = []
    ahead += [row for row, day in days.items() if day > LAST_DAY]
    return {row: f"{days[row]} lies ahead" for row in ahead}


def _ratios(cells: Sequence[str]) -> NumberColumn:
    """A column of split ratios: a number, or new shares for old ones: "3:2", "3/2", "3 for 2"."""
    numbers = []
    for cell in cells:
        stated = _RATIO.fullmatch(cell.strip())
        new, old = (float(stated[1]), float(stated[2])) if stated else (0.0, 0.0)
        numbers.append(repr(new / old) if new > 0 and old > 0 else cell)
    return read_column(numbers)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names of a CSV file's columns, and its rows, each with the line it ends on."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.reader(lines)
            written = next(reader, [])
            rows = [(reader.line_num, cells) for cells in reader if cells]
    except UnicodeDecodeError as error:
        raise NotAvailable(f"{shown(path)}: not a readable CSV file (not UTF-8 text).") from error
    except (OSError, csv.Error) as error:
        raise NotAvailable(f"{shown(path)}: not a readable CSV file ({error}).") from error
    for sign, called in ((";", "';'"), ("\t", "tabs")):
        if written and sign in written[0]:
            raise NotAvailable(
                f"{shown(path)}: cells are separated by {called}; use ',' and decimal points."
            )
    header = [_column_name(name, is_wide(path)) for name in written]
    if _column_name("date", is_wide(path)) not in header:
        raise NotAvailable(f"{shown(path)} line 1: there is no 'date' column.")
    twice = [name for i, name in enumerate(header) if name and name in header[:i]]
    if twice:
        raise NotAvailable(f"{shown(path)} line 1: the column {twice[0]!r} stands twice.")
    return header, rows


def _column_name(name: str, wide: bool) -> str:
    """A ticker in capitals in a wide file; else "Adj Close" is ``adj_close``."""
    if wide:
        return name.strip().upper()
    plain = re.sub(r"[\s.]+", "_", name.strip().lower())
    return _OTHER_NAMES.get(plain, plain)


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
