"""A CSV or Parquet file as a table of cells, each with its place in the file for the messages.

An unreadable cell refuses the whole file and names the line: a table with silent holes gives
silently wrong figures.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats, NotAvailable
from analytics.sources.files.numbers import NumberColumn, read_column, wrong_columns


@dataclass(frozen=True, eq=False)
class CellTable:
    """Cells of one file; n rows.

    Attributes:
        cells: text from CSV, typed columns from Parquet.
        lines: shape (n,), the line of the file (CSV) or the row from 1 (Parquet).
        unit: "line" or "row".
    """

    path: Path
    cells: pd.DataFrame
    lines: NDArray[np.int64]
    unit: str

    def place(self, row: int) -> str:
        """Where a row stands, as "line 7"."""
        return f"{self.unit} {self.lines[row]}"

    def refuse(self, row: int, reason: str) -> NotAvailable:
        """The error that names the file and the row's place in it."""
        return NotAvailable(f"{self.path.name}, {self.place(row)}: {reason}.")

    def require(self, names: Sequence[str]) -> None:
        """Raise `NotAvailable` where a column is absent."""
        absent = [name for name in names if name not in self.cells]
        if absent:
            raise NotAvailable(f"{self.path.name} has no column {absent[0]!r}.")

    def numbers(
        self, names: Sequence[str], counts: Sequence[str] = (), shown: Sequence[str] = ()
    ) -> dict[str, Floats]:
        """Columns as floats, NaN where a cell is empty.

        Args:
            names: the columns.
            counts: those of them in which "1,234" is a thousand and more: contracts, shares.
            shown: what to call them in a message, where not by their names.

        Raises:
            NotAvailable: names the columns in which no cell is a number, else the first cell
                that is none.
        """
        titles = dict(zip(names, shown or names, strict=True))
        read = {name: self._column(name, name in counts) for name in names}
        wrong = wrong_columns({titles[name]: read[name] for name in names}, self.place)
        if wrong:
            raise NotAvailable(f"{self.path.name}, {wrong}.")
        bad = [(min(column.bad), name) for name, column in read.items() if column.bad]
        if bad:
            row, name = min(bad)
            others = sum(len(column.bad) for column in read.values()) - 1
            more = f", and so {others} more cell{'s' if others > 1 else ''}" if others else ""
            raise self.refuse(row, f"{titles[name]} {read[name].bad[row]}{more}")
        return {name: column.values for name, column in read.items()}

    def require_whole(self, columns: Mapping[str, Floats]) -> None:
        """Raise `NotAvailable` where a value is no count: "1.234" contracts are 1,234, not -1."""
        for name, values in columns.items():
            for wrong, what in ((values % 1 > 0, "not a whole number"), (values < 0, "below zero")):
                if wrong.any():
                    row = int(wrong.argmax())
                    cell = self.cells[name].iloc[row]
                    raise self.refuse(row, f"{name} {cell!r} is {what}")

    def positive(self, name: str) -> Floats:
        """A column of which every cell must be above zero (strikes)."""
        values = self.numbers([name])[name]
        bad = ~(values > 0)
        if bad.any():
            row = int(bad.argmax())
            raise self.refuse(
                row, f"{name} is {self.cells[name].iloc[row]!r}, not a price above zero"
            )
        return values

    def times(self, column: str, form: str | None = None, optional: bool = False) -> pd.Series:
        """A column as UTC timestamps, NaT where the cell is empty and ``optional``.

        Accepted are ISO 8601, the ``form``, what Parquet holds as times, and Unix seconds (of 13
        digits: milliseconds); without an offset a time is UTC. "01/02/2025" is refused: whose
        January is it?
        """
        cells = self.cells[column]
        if not pd.api.types.is_datetime64_any_dtype(cells):
            numeric = pd.api.types.is_numeric_dtype(cells)
            cells = (cells.astype("Int64") if numeric else cells).astype("string").str.strip()
            cells = cells.replace("", None)
        parsed = pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=True)
        if form is not None:
            own = pd.to_datetime(cells, format=form, errors="coerce", utc=True)
            parsed = parsed.fillna(own)
        unix = cells.astype("string").str.fullmatch(r"\d{9,10}|\d{13}").fillna(False).astype(bool)
        if unix.any():
            seconds = (
                cells[unix].astype("string").str.replace(r"(?<=^\d{10})\d{3}$", "", regex=True)
            )
            parsed = parsed.mask(unix, pd.to_datetime(seconds.astype("int64"), unit="s", utc=True))
        bad = (parsed.isna() & ~(cells.isna() & optional)).to_numpy()
        if bad.any():
            row = int(bad.argmax())
            cell = self.cells[column].iloc[row]
            raise self.refuse(row, f"{column} is {cell!r}, not a date such as 2025-01-24")
        return parsed

    def _column(self, name: str, count: bool) -> NumberColumn:
        cells = self.cells[name]
        if not pd.api.types.is_numeric_dtype(cells):
            return read_column(cells.fillna("").astype(str).tolist(), count=count)
        values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        bad = {int(row): "inf is not a number" for row in np.flatnonzero(np.isinf(values))}
        return NumberColumn(values, int((~np.isnan(values)).sum()), bad)


def csv_rows(path: Path) -> list[tuple[int, list[str]]]:
    """The non-empty rows of a CSV file, each with the line it ends on.

    Raises:
        NotAvailable: the file cannot be read as CSV.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotAvailable(f"{path.name} cannot be read: {error}.") from error


def table_of(
    path: Path, columns: Sequence[str], body: Sequence[tuple[int, list[str]]], what: str
) -> CellTable:
    """The table of the rows below a header.

    Args:
        path: for the messages.
        columns: names, one a cell.
        body: (line, cells) of each row.
        what: a row of it, as "contract".

    Raises:
        NotAvailable: a row has another number of cells, there is none, or cells are separated
            by semicolons (as where a comma is the decimal sign), tabs or bars.
    """
    for sign, name in ((";", "';'"), ("\t", "tabs"), ("|", "'|'")):
        if len(columns) == 1 and sign in columns[0]:
            raise NotAvailable(
                f"{path.name}: cells are separated by {name}; use ',' and decimal points."
            )
    for line, row in body:
        if len(row) != len(columns):
            raise NotAvailable(
                f"{path.name}, line {line}: {len(row)} cells where {len(columns)} are expected."
            )
    if not body:
        raise NotAvailable(f"{path.name} holds no {what}.")
    cells = pd.DataFrame([row for _, row in body], columns=list(columns))
    return CellTable(path, cells, np.array([line for line, _ in body]), "line")


def csv_table(path: Path, what: str) -> CellTable:
    """A CSV file whose first row names the columns; raises as `table_of`.

    Where files were put together, the header stands again above each part.
    """
    rows = csv_rows(path)
    if not rows:
        raise NotAvailable(f"{path.name} is empty.")
    header = rows[0][1]
    body = [(line, row) for line, row in rows[1:] if row != header]
    return table_of(path, [cell.strip() for cell in header], body, what)


def parquet_table(path: Path, what: str) -> CellTable:
    """A Parquet file, its index left out; raises as `table_of`."""
    try:
        cells = pd.read_parquet(path)
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        raise NotAvailable(f"{path.name} cannot be read as Parquet: {error}.") from error
    if cells.empty:
        raise NotAvailable(f"{path.name} holds no {what}.")
    return CellTable(path, cells.reset_index(drop=True), np.arange(1, len(cells) + 1), "row")
