"""Option chains in files: Cboe's quote table and Yahoo's columns, as CSV or Parquet.

A Cboe table holds a call and the put of the same strike on each row, under three header
lines (company and last price; time; column names). A Yahoo table holds a contract a row.
No row is dropped here and no figure is computed; an unreadable cell refuses the whole file.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model.expiries import expiry_close
from analytics.model.sessions import (
    NEW_YORK,
    current_session,
    session_close,
    session_on_or_before,
    session_open,
    trading_window,
)
from analytics.model.vocabulary import BadInput, Floats, NotAvailable, OptionChain, parse_symbol
from analytics.sources.contract_rows import ContractRows, chain_from_rows
from analytics.sources.files.cboe_header import header_price, header_time
from analytics.sources.files.numbers import read_number
from analytics.sources.files.tables import (
    CellTable,
    csv_rows,
    csv_table,
    parquet_table,
    table_of,
)

_ROOT = re.compile(r"([A-Z^.]+)\d? *\d{6}[CP]\d{8}")
_FILE_NAME = re.compile(r"(?P<symbol>[A-Z0-9.\-=^]+)_(?P<date>\d{4}-\d{2}-\d{2})_[a-z]+")

_CBOE_COLUMNS = (
    "Expiration Date",
    *("Calls", "Last Sale", "Net", "Bid", "Ask", "Volume", "IV", "Delta", "Gamma"),
    *("Open Interest", "Strike"),
    *("Puts", "Last Sale", "Net", "Bid", "Ask", "Volume", "IV", "Delta", "Gamma"),
    "Open Interest",
)
_CBOE_SIDE = ("Last Sale", "Net", "Bid", "Ask", "Volume", "IV", "Delta", "Gamma", "Open Interest")
_CBOE_COUNTS = ("Volume", "Open Interest")
_YAHOO_NUMBERS = (
    "lastPrice",
    "bid",
    "ask",
    "change",
    "volume",
    "openInterest",
    "impliedVolatility",
)
_YAHOO_COUNTS = ("volume", "openInterest")
_YAHOO_COLUMNS = ("contractSymbol", "lastTradeDate", "strike", "optionType", "expirationDate")
_QUOTE_TIMES = ("quotetime", "quotereadtime", "snapshot", "snapshottime", "asof", "timestamp")
"""Names, without case and signs, of an optional column: when a row was taken."""
_SIZES = {"": 100.0, "REGULAR": 100.0, "MINI": 10.0}
"""Shares a contract delivers, by Yahoo's ``contractSize``."""
_SIDES = {"c": "call", "calls": "call", "p": "put", "puts": "put"}
_CONTRACT = "contract"
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})\s*$|^\s*\d{4}-\d{2}-\d{2}\s*$|^\s*\d+\s*$")
"""The end of a time with its offset; or a date alone, or Unix seconds."""
_TRADED_AT_NIGHT = ("SPX", "XSP", "VIX", "RUT", "MRUT")
"""Roots that trade through the night (Cboe, global trading hours)."""
_FEWEST_TIMES = 5


def read_cboe_chain(path: Path, session: dt.date | None = None) -> OptionChain:
    """Read a chain as Cboe's quote table prints it.

    The time is the header's. A Parquet file has no header lines: the time is then the close of
    the session, and the underlying's price is unknown.

    Args:
        path: ``SYMBOL_DATE_cboe.csv`` or ``.parquet`` (repeated column names end in ``.1``).
        session: the session asked for; None: the header's, else that of the file's name.

    Returns:
        Two rows a strike, calls and puts paired by the row they share; ``last_trade`` NaT.

    Raises:
        NotAvailable: the file cannot be read (names the file, the line and the reason), or its
            header is of another session than asked.
    """
    if path.suffix == ".parquet":
        table, price = parquet_table(path, _CONTRACT), float("nan")
        session = session or _named_session(path)
        time = session_close(session)
    else:
        table, time, price = _cboe_table(path)
        of_header = current_session(time)
        if session is not None and session != of_header:
            printed = time.astimezone(NEW_YORK)
            raise NotAvailable(
                f"{path.name} was printed on {printed:%Y-%m-%d at %H:%M} New York: it is the "
                f"chain of {of_header}, not of {session}."
            )
        session = of_header
    table.require(_doubled(_CBOE_COLUMNS))
    expiry = table.times("Expiration Date", "%a %b %d %Y").to_numpy("datetime64[D]")
    strike = table.positive("Strike")
    sides = [_cboe_side(table, suffix) for suffix in ("", ".1")]
    column = {name: np.concatenate([side[name] for side in sides]) for name in _CBOE_SIDE}
    n = len(strike)
    rows = ContractRows(
        symbols=[*table.cells["Calls"], *table.cells["Puts"]],
        expiry=np.concatenate((expiry, expiry)),
        is_call=np.repeat([True, False], n),
        strike=np.concatenate((strike, strike)),
        bid=column["Bid"],
        ask=column["Ask"],
        last=column["Last Sale"],
        change=column["Net"],
        volume=column["Volume"],
        open_interest=column["Open Interest"],
        iv=np.where(column["IV"] > 0, column["IV"], np.nan),  # Cboe prints 0 where it has none
        delta=column["Delta"],
        gamma=column["Gamma"],
        last_trade=np.full(2 * n, np.datetime64("NaT"), dtype="datetime64[s]"),
        underlying=price,
    )
    return chain_from_rows(rows, _symbol(path, table.cells["Calls"][0]), session, time, "Cboe")


def read_yahoo_chain(path: Path, session: dt.date | None = None) -> OptionChain:
    """Read a chain in the columns of Yahoo's option tables.

    The time is the newest ``lastTradeDate`` inside the session (or ``quoteTime``, where the file
    has such a column); where there is none, the session's close. An empty volume stays NaN.
    ``delta`` and ``gamma`` are NaN: Yahoo prints none.

    Args:
        path: ``SYMBOL_DATE_yahoo.csv`` or ``.parquet``.
        session: the session asked for; None: that of the file's name.

    Raises:
        NotAvailable: the file cannot be read; names the file, the line and the reason.
    """
    read = parquet_table if path.suffix == ".parquet" else csv_table
    table = read(path, _CONTRACT)
    table.require((*_YAHOO_COLUMNS, *_YAHOO_NUMBERS))
    kind = table.cells["optionType"].astype(str).str.strip().str.lower().replace(_SIDES)
    bad = ~kind.isin(("call", "put")).to_numpy()
    if bad.any():
        row = int(bad.argmax())
        cell = str(table.cells["optionType"].iloc[row])
        raise table.refuse(row, f"optionType is {cell!r}, neither call nor put")
    priced = [name for name in ("underlyingPrice",) if name in table.cells]
    column = table.numbers([*_YAHOO_NUMBERS, *priced], _YAHOO_COUNTS)
    table.require_whole({name: column[name] for name in _YAHOO_COUNTS})
    rows = ContractRows(
        symbols=table.cells["contractSymbol"].tolist(),
        expiry=table.times("expirationDate").to_numpy("datetime64[D]"),
        is_call=(kind == "call").to_numpy(dtype=np.bool_),
        strike=table.positive("strike"),
        bid=column["bid"],
        ask=column["ask"],
        last=column["lastPrice"],
        change=column["change"],
        volume=column["volume"],
        open_interest=column["openInterest"],
        iv=column["impliedVolatility"],
        last_trade=_trade_times(table),
        underlying=column.get("underlyingPrice", float("nan")),
        quoted_at=_quote_times(table),
        multiplier=_multipliers(table),
    )
    symbol = _symbol(path, table.cells["contractSymbol"][0])
    _refuse_wrong_times(table, rows, session or _named_session(path))
    return chain_from_rows(rows, symbol, session or _named_session(path), None, "Yahoo")


def _cboe_side(table: CellTable, suffix: str) -> dict[str, Floats]:
    """The columns of the calls (no suffix) or of the puts, by Cboe's name."""
    names = [name + suffix for name in _CBOE_SIDE]
    counts = [name + suffix for name in _CBOE_COUNTS]
    read = table.numbers(names, counts, shown=_CBOE_SIDE)
    table.require_whole({name: read[name] for name in counts})
    return dict(zip(_CBOE_SIDE, read.values(), strict=True))


def _cboe_table(path: Path) -> tuple[CellTable, dt.datetime, float]:
    rows = csv_rows(path)
    at = next((i for i, (_, row) in enumerate(rows) if row[0].strip() == "Expiration Date"), None)
    if at is None:
        raise NotAvailable(f"{path.name} has no 'Expiration Date' column: not a Cboe chain.")
    line, heads = rows[at]
    if tuple(cell.strip() for cell in heads) != _CBOE_COLUMNS:
        raise NotAvailable(f"{path.name}, line {line}: not the columns of a Cboe chain.")
    header = " | ".join(",".join(row) for _, row in rows[:at])
    try:
        time = header_time(header)
    except ValueError as error:
        raise NotAvailable(f"{path.name}: {error}.") from error
    return (
        table_of(path, _doubled(_CBOE_COLUMNS), rows[at + 1 :], _CONTRACT),
        time,
        header_price(header),
    )


def _trade_times(table: CellTable) -> NDArray[np.datetime64]:
    """When each contract last traded; a date alone is that day's close."""
    times = table.times("lastTradeDate", optional=True)
    cells = table.cells["lastTradeDate"].astype("string")
    dated = cells.str.fullmatch(r"\s*\d{4}-\d{2}-\d{2}\s*").fillna(False).astype(bool)
    if dated.any():
        closes = times[dated].map(lambda day: pd.Timestamp(expiry_close(day.date())))
        times = times.mask(dated, closes)
    return times.to_numpy("datetime64[s]")


def _quote_times(table: CellTable) -> NDArray[np.datetime64]:
    """When each row was taken, where a column says so."""
    for name in map(str, table.cells):
        if re.sub(r"[^a-z]", "", name.lower()) in _QUOTE_TIMES:
            return table.times(name, optional=True).to_numpy("datetime64[s]")
    return np.empty(0, "M8[s]")


def _refuse_wrong_times(table: CellTable, rows: ContractRows, session: dt.date) -> None:
    """Hold a file's times against each other and against the session it is dated.

    Raises:
        NotAvailable: most trades of the session and after it are later than its evening: it is a
            later day's chain; or later than the quote beside them; or, of times without an
            offset, before the open of a listing that does not trade then.
    """
    window = [np.datetime64(t.replace(tzinfo=None), "s") for t in trading_window(session)]
    traded = rows.last_trade
    since = traded >= window[0]  # NaT compares False
    late = since & (traded > window[1])
    if not len(rows.quoted_at):
        if _most(late, since) and not _repeats(rows):
            newest = traded[since].max().astype("M8[D]")
            raise NotAvailable(
                f"{table.path.name}: most of its trades are later than {session}, the newest of "
                f"{newest}: it is not the chain of {session}."
            )
    else:
        both = since & ~late & ~np.isnat(rows.quoted_at)
        after = both & (traded > rows.quoted_at + np.timedelta64(1, "m"))
        if _most(after, both):
            raise table.refuse(
                int(after.argmax()),
                "its last trade is later than its quote, as in most lines: times without an "
                "offset are UTC",
            )
    naive = ~table.cells["lastTradeDate"].astype("string").str.contains(_OFFSET).fillna(True)
    within = since & ~late & naive.to_numpy(dtype=bool)
    opens = np.datetime64(session_open(session).replace(tzinfo=None), "s")
    early = within & (traded < opens)
    if _most(early, within) and not str(rows.symbols[0]).startswith(_TRADED_AT_NIGHT):
        raise table.refuse(
            int(early.argmax()),
            "lastTradeDate is before the open, as in most lines: times without an offset are UTC",
        )


def _most(rows: NDArray[np.bool_], of: NDArray[np.bool_]) -> bool:
    """Whether more than half of some rows are of a kind, and enough to tell."""
    return 2 * int(rows.sum()) > max(int(of.sum()), _FEWEST_TIMES)


def _repeats(rows: ContractRows) -> bool:
    """Whether a contract stands in several rows: the file then holds several snapshots."""
    return len(set(map(str, rows.symbols))) < len(rows.symbols)


def _multipliers(table: CellTable) -> Floats:
    """Shares a contract delivers, where a column says so; a blank is a standard contract."""
    if "contractSize" not in table.cells:
        return np.empty(0)
    shares = np.empty(len(table.cells))
    for row, cell in enumerate(table.cells["contractSize"].fillna("").astype(str)):
        size = cell.strip().upper()
        try:
            shares[row] = _SIZES[size] if size in _SIZES else read_number(size)
        except ValueError as error:
            reason = f"contractSize is {cell!r}, neither REGULAR, MINI nor a number"
            raise table.refuse(row, reason) from error
    return np.where(np.isfinite(shares), shares, _SIZES[""])


def _doubled(names: tuple[str, ...]) -> tuple[str, ...]:
    """Repeated names get ``.1``, as pandas reads them."""
    return tuple(f"{n}.1" if n in names[:i] else n for i, n in enumerate(names))


def _symbol(path: Path, contract: object) -> str:
    """The symbol of the file's name, else the root of its first contract."""
    named = _FILE_NAME.fullmatch(path.stem)
    root = _ROOT.match(str(contract))
    try:
        return parse_symbol(named["symbol"] if named else root.group(1) if root else "")
    except BadInput as error:
        raise NotAvailable(
            f"{path.name}: neither its name nor its contracts tell the symbol."
        ) from error


def _named_session(path: Path) -> dt.date:
    """The session that the file's name dates."""
    named = _FILE_NAME.fullmatch(path.stem)
    try:
        return session_on_or_before(dt.date.fromisoformat(named["date"] if named else ""))
    except ValueError as error:
        raise NotAvailable(
            f"{path.name}: its name has no date, as SYMBOL_2025-01-24_yahoo.csv."
        ) from error
