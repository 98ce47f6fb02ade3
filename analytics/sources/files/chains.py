"""Option chains in files: Cboe's quote table and Yahoo's columns, as CSV or Parquet.

A Cboe table holds a call and the put of the same strike on each row, under three header
lines (company and last price; time; column names). A Yahoo table holds a contract a row.
No row is dropped here and no figure is computed: an unreadable cell refuses the whole file
and names the line, for a chain with silent holes gives silently wrong walls and ratios.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model.sessions import NEW_YORK, current_session, session_close, session_on_or_before
from analytics.model.vocabulary import BadInput, Floats, NotAvailable, OptionChain, parse_symbol

_CBOE_TIME = re.compile(r"Date:\s*([A-Za-z]+ \d{1,2}, \d{4}) at (\d{1,2}:\d{2} [AP]M)")
_CBOE_LAST = re.compile(r"Last:\s*(\d[\d,]*(?:\.\d+)?)")
_CONTRACT = re.compile(r"([A-Z^.]+)\d?\d{6}[CP]\d{8}")
_FILE_NAME = re.compile(r"(?P<symbol>[A-Z0-9.\-=^]+)_(?P<date>\d{4}-\d{2}-\d{2})_[a-z]+")

_CBOE_COLUMNS = (
    "Expiration Date",
    *("Calls", "Last Sale", "Net", "Bid", "Ask", "Volume", "IV", "Delta", "Gamma"),
    *("Open Interest", "Strike"),
    *("Puts", "Last Sale", "Net", "Bid", "Ask", "Volume", "IV", "Delta", "Gamma"),
    "Open Interest",
)
_CBOE_SIDE = ("Last Sale", "Net", "Bid", "Ask", "Volume", "IV", "Delta", "Gamma", "Open Interest")
_YAHOO_NUMBERS = (
    *("strike", "lastPrice", "bid", "ask", "change", "volume", "openInterest"),
    "impliedVolatility",
)
_YAHOO_COLUMNS = ("contractSymbol", "lastTradeDate", "optionType", "expirationDate")


@dataclass(frozen=True, eq=False)
class _Table:
    """Cells of one file with where each row stands in it, for the error messages.

    Attributes:
        lines: shape (rows,), the line of the file (CSV) or the row from 1 (Parquet).
    """

    path: Path
    cells: pd.DataFrame
    lines: NDArray[np.int64]
    unit: str

    def refuse(self, row: int, reason: str) -> NotAvailable:
        return NotAvailable(f"{self.path.name}, {self.unit} {self.lines[row]}: {reason}.")

    def numbers(self, column: str, name: str | None = None) -> Floats:
        """A column as floats, NaN where the cell is empty; refuses text and infinities."""
        cells = self.cells[column]
        if pd.api.types.is_numeric_dtype(cells):
            values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
            bad = np.isinf(values)
        else:
            text = cells.fillna("").astype(str).str.strip().str.replace(",", "", regex=False)
            empty = text.str.lower().isin(("", "nan", "none")).to_numpy()
            values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
            bad = (np.isnan(values) & ~empty) | np.isinf(values)
        if bad.any():
            row = int(bad.argmax())
            raise self.refuse(row, f"{name or column} is {cells.iloc[row]!r}, not a number")
        return values

    def positive(self, column: str) -> Floats:
        """A column of which every cell must be above zero (strikes)."""
        values = self.numbers(column)
        bad = ~(values > 0)
        if bad.any():
            row = int(bad.argmax())
            shown = self.cells[column].iloc[row]
            raise self.refuse(row, f"{column} is {shown!r}, not a price above zero")
        return values

    def times(self, column: str, form: str | None = None, optional: bool = False) -> pd.Series:
        """A column as UTC timestamps, NaT where the cell is empty and ``optional``."""
        cells = self.cells[column]
        if pd.api.types.is_object_dtype(cells) or pd.api.types.is_string_dtype(cells):
            cells = cells.astype("string").str.strip().replace("", None)
        parsed = pd.to_datetime(cells, format=form, errors="coerce", utc=True)
        bad = (parsed.isna() & ~(cells.isna() & optional)).to_numpy()
        if bad.any():
            row = int(bad.argmax())
            raise self.refuse(row, f"{column} is {self.cells[column].iloc[row]!r}, not a date")
        return parsed


def read_cboe_chain(path: Path) -> OptionChain:
    """Read a chain as Cboe's quote table prints it.

    The time is the header's (New York). A Parquet file has no header lines: the time is then
    the close of the date in its name, and the underlying's price is unknown.

    Args:
        path: ``SYMBOL_DATE_cboe.csv`` or ``.parquet`` (repeated column names end in ``.1``).

    Returns:
        Two rows a strike, calls and puts paired by the row they share; ``last_trade`` NaT.

    Raises:
        NotAvailable: the file cannot be read; names the file, the line and the reason.
    """
    if path.suffix == ".parquet":
        table = _parquet_table(path)
        time, price = _named_close(path), float("nan")
    else:
        table, time, price = _cboe_table(path)
    names = _doubled(_CBOE_COLUMNS)
    _require_columns(table, names)
    expiry = table.times("Expiration Date", _cboe_date_form(table)).to_numpy("datetime64[D]")
    strike = table.positive("Strike")
    sides = [[table.numbers(n + suffix, n) for n in _CBOE_SIDE] for suffix in ("", ".1")]
    last, change, bid, ask, volume, iv, delta, gamma, interest = (
        np.concatenate(pair) for pair in zip(*sides, strict=True)
    )
    n = len(strike)
    # Cboe prints IV 0 where it has none.
    iv = np.where(iv > 0, iv, np.nan)
    return OptionChain(
        symbol=_symbol(path, table.cells["Calls"]),
        time=time,
        session=current_session(time),
        underlying_price=price,
        expiry=np.concatenate((expiry, expiry)),
        is_call=np.repeat([True, False], n),
        strike=np.concatenate((strike, strike)),
        bid=bid,
        ask=ask,
        last=last,
        change=change,
        volume=volume,
        open_interest=interest,
        iv=iv,
        delta=delta,
        gamma=gamma,
        last_trade=np.full(2 * n, np.datetime64("NaT"), dtype="datetime64[s]"),
        vendor="Cboe",
    )


def read_yahoo_chain(path: Path) -> OptionChain:
    """Read a chain in the columns of Yahoo's option tables.

    The time is the newest ``lastTradeDate``; where no contract has one, the close of the
    date in the file's name. An empty volume stays NaN. ``delta`` and ``gamma`` are NaN:
    Yahoo prints none.

    Args:
        path: ``SYMBOL_DATE_yahoo.csv`` or ``.parquet``.

    Raises:
        NotAvailable: the file cannot be read; names the file, the line and the reason.
    """
    table = _parquet_table(path) if path.suffix == ".parquet" else _yahoo_table(path)
    _require_columns(table, (*_YAHOO_COLUMNS, *_YAHOO_NUMBERS))
    kind = table.cells["optionType"].astype(str).str.strip().str.lower()
    bad = ~kind.isin(("call", "put")).to_numpy()
    if bad.any():
        row = int(bad.argmax())
        raise table.refuse(row, f"optionType is {kind.iloc[row]!r}, neither call nor put")
    strike = table.positive("strike")
    numbers = {name: table.numbers(name) for name in _YAHOO_NUMBERS}
    trades = table.times("lastTradeDate", optional=True)
    time = _named_close(path) if trades.isna().all() else trades.max().to_pydatetime()
    price = table.numbers("underlyingPrice") if "underlyingPrice" in table.cells else np.array([])
    known = price[np.isfinite(price)]
    blank = np.full(len(strike), np.nan)
    return OptionChain(
        symbol=_symbol(path, table.cells["contractSymbol"]),
        time=time,
        session=current_session(time),
        underlying_price=float(np.median(known)) if len(known) else float("nan"),
        expiry=table.times("expirationDate").to_numpy("datetime64[D]"),
        is_call=(kind == "call").to_numpy(dtype=np.bool_),
        strike=strike,
        bid=numbers["bid"],
        ask=numbers["ask"],
        last=numbers["lastPrice"],
        change=numbers["change"],
        volume=numbers["volume"],
        open_interest=numbers["openInterest"],
        iv=numbers["impliedVolatility"],
        delta=blank,
        gamma=blank.copy(),
        last_trade=trades.to_numpy("datetime64[s]"),
        vendor="Yahoo",
    )


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """The non-empty rows of a CSV file, each with the line it ends on."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotAvailable(f"{path.name} cannot be read: {error}.") from error


def _table(path: Path, columns: list[str], body: list[tuple[int, list[str]]]) -> _Table:
    for line, row in body:
        if len(row) != len(columns):
            raise NotAvailable(
                f"{path.name}, line {line}: {len(row)} cells where {len(columns)} are expected."
            )
    if not body:
        raise NotAvailable(f"{path.name} holds no contract.")
    cells = pd.DataFrame([row for _, row in body], columns=columns)
    return _Table(path, cells, np.array([line for line, _ in body]), "line")


def _cboe_table(path: Path) -> tuple[_Table, dt.datetime, float]:
    rows = _rows(path)
    at = next((i for i, (_, row) in enumerate(rows) if row[0].strip() == "Expiration Date"), None)
    if at is None:
        raise NotAvailable(f"{path.name} has no 'Expiration Date' column: not a Cboe chain.")
    line, heads = rows[at]
    if tuple(cell.strip() for cell in heads) != _CBOE_COLUMNS:
        raise NotAvailable(f"{path.name}, line {line}: not the columns of a Cboe chain.")
    header = " | ".join(",".join(row) for _, row in rows[:at])
    stamp = _CBOE_TIME.search(header)
    if stamp is None:
        raise NotAvailable(f"{path.name}: no 'Date: ... at ...' above the table.")
    try:
        local = dt.datetime.strptime(" ".join(stamp.groups()), "%B %d, %Y %I:%M %p").replace(
            tzinfo=NEW_YORK
        )
    except ValueError as error:
        raise NotAvailable(f"{path.name}: {stamp.group(0)!r} is not a time.") from error
    last = _CBOE_LAST.search(header)
    price = float(last.group(1).replace(",", "")) if last else float("nan")
    table = _table(path, list(_doubled(_CBOE_COLUMNS)), rows[at + 1 :])
    return table, local.astimezone(dt.UTC), price


def _yahoo_table(path: Path) -> _Table:
    rows = _rows(path)
    if not rows:
        raise NotAvailable(f"{path.name} is empty.")
    return _table(path, [cell.strip() for cell in rows[0][1]], rows[1:])


def _parquet_table(path: Path) -> _Table:
    try:
        cells = pd.read_parquet(path)
    except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
        raise NotAvailable(f"{path.name} cannot be read as Parquet: {error}.") from error
    if cells.empty:
        raise NotAvailable(f"{path.name} holds no contract.")
    return _Table(path, cells.reset_index(drop=True), np.arange(1, len(cells) + 1), "row")


def _cboe_date_form(table: _Table) -> str | None:
    """The header table prints "Fri Jan 10 2025"; a Parquet column may hold real dates."""
    return "%a %b %d %Y" if table.unit == "line" else None


def _doubled(names: tuple[str, ...]) -> tuple[str, ...]:
    """Repeated names get ``.1``, as pandas reads them."""
    return tuple(f"{n}.1" if n in names[:i] else n for i, n in enumerate(names))


def _require_columns(table: _Table, names: tuple[str, ...]) -> None:
    absent = [name for name in names if name not in table.cells]
    if absent:
        raise NotAvailable(f"{table.path.name} has no column {absent[0]!r}.")


def _symbol(path: Path, contracts: pd.Series) -> str:
    """The symbol of the file's name, else the root of its first contract."""
    named = _FILE_NAME.fullmatch(path.stem)
    root = _CONTRACT.match(str(contracts.iloc[0]))
    try:
        return parse_symbol(named["symbol"] if named else root.group(1) if root else "")
    except BadInput as error:
        raise NotAvailable(
            f"{path.name}: neither its name nor its contracts tell the symbol."
        ) from error


def _named_close(path: Path) -> dt.datetime:
    """The close of the session that the file's name dates."""
    named = _FILE_NAME.fullmatch(path.stem)
    try:
        return session_close(
            session_on_or_before(dt.date.fromisoformat(named["date"] if named else ""))
        )
    except ValueError as error:
        raise NotAvailable(f"{path.name}: neither its rows nor its name tell the time.") from error
