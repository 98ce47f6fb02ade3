"""A folder of CSV or Parquet files as a source: anyone's own data, and recorded facts.

Layout (see the README): ``prices/SYMBOL.csv`` with OHLC, wide ``prices/*close*.csv`` with a
column a ticker, ``chains/SYMBOL_DATE_cboe.csv`` and ``_yahoo.csv``,
``fundamentals/SYMBOL_quarterly*.csv``, ``minutes/SYMBOL_DATE.csv``; ``.parquet`` likewise; own
``events/*.csv`` and ``.ics``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from analytics.model import sessions
from analytics.model.event_files import REPEATED
from analytics.model.event_series import RepeatSpan
from analytics.model.listing_calendars import calendar_of
from analytics.model.spelling import or_did_you_mean
from analytics.model.vocabulary import (
    BENCHMARK,
    BadInput,
    Event,
    MarketValue,
    NotAvailable,
    OptionChain,
    Quarter,
    SymbolMatch,
    SymbolNotFound,
)
from analytics.sources.base import Capabilities, Opening, RawBars, Source
from analytics.sources.files.chains import read_cboe_chain, read_yahoo_chain
from analytics.sources.files.data_folder import DataFolder
from analytics.sources.files.folder_events import event_files, read_folder_events
from analytics.sources.files.minutes import read_minutes
from analytics.sources.files.price_tables import (
    PriceTable,
    days_of,
    is_wide,
    sessions_of,
    shown,
    unknown_cells,
)
from analytics.sources.files.quarters import read_market_values, read_quarters

_CHAIN_NAME = re.compile(r"(?P<symbol>.+)_(?P<date>\d{4}-\d{2}-\d{2})_(?P<vendor>cboe|yahoo)")
SAME_CLOSE = 0.001
"""Relative difference that roundings make."""


class FilesSource(Source):
    """Prices, chains and quarters from a folder; read again when a file changes.

    Without an as-of date it stands at the close of the benchmark's last session; a symbol
    without that session's bar is missing there and said so, never mixed in at another date.

    Raises:
        BadInput: when the folder does not exist or holds no price file.
    """

    name = "Files"
    capabilities = Capabilities(
        remote=False,
        reads_folder=True,
        refresh_seconds=5.0,
        bars=True,
        minutes=True,
        chains=True,
        quarters=True,
        events=True,
        agenda=True,
        market_values=True,
        search=True,
    )

    def __init__(
        self, folder: Path, today: Callable[[], dt.date] = lambda: dt.datetime.now(dt.UTC).date()
    ) -> None:
        self.folder = folder
        self._data = DataFolder(folder, today)
        self._benchmark: tuple[PriceTable, dt.date | None] | None = None
        if not folder.is_dir():
            raise BadInput(f"the data folder {str(folder)!r} does not exist.")
        if not self._data.files("prices"):
            raise BadInput(
                f"the data folder {str(folder)!r} has no prices: prices/SYMBOL.csv or a wide "
                "prices/*close*.csv is needed."
            )

    @classmethod
    def open(cls, opening: Opening) -> Self:
        """Over the folder of ``--data``."""
        if opening.folder is None:
            raise BadInput("a folder of files needs --data DIR.")
        return cls(opening.folder)

    @property
    def scope(self) -> str:
        """Two data folders have two pasts."""
        folder = str(self.folder.resolve()).encode()
        return f"{self.name} {hashlib.blake2b(folder, digest_size=8).hexdigest()}"

    def now(self) -> dt.datetime:
        """The close of the benchmark's last session, or the newest close of any price file."""
        newest = self._benchmark_session()
        if newest is not None:
            return sessions.session_close(newest)
        closes = [calendar_of(name).close(session) for name, session in self._newest_sessions()]
        if not closes:
            raise NotAvailable("; ".join((*self.problems(), *self._closed_days_only())))
        return max(closes)

    def latest(self) -> dt.datetime:
        """The close of the newest session of any price or chain file, in New York if it is later.

        An as-of date stands at New York's close of the day, for listings of every zone.
        """
        days = [session for _, session in self._newest_sessions()]
        days += [day for _, day, _ in self._chain_files()]
        closed = [sessions.session_close(day) for day in map(_session_of, days) if day is not None]
        return max(self.now(), *closed)

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        """All bars of ``prices/SYMBOL.csv``, or the column of a wide file (close only)."""
        path, column = self._price_file(symbol)
        table = self._read(path)
        frame = table.frame[[column]] if is_wide(path) else table.frame
        frame = frame.set_axis(days_of(frame, symbol))
        said = (*self._other_files(symbol, path, column), *self._after_the_desk(symbol, frame))
        lost: tuple[str, ...] = ()
        unknown = unknown_cells(table)
        if is_wide(path):
            frame = frame.rename(columns={column: "close"}).dropna()
            lost, unknown = table.bad_cells.get(column, ()), ()
        if start is not None:
            frame = frame[frame.index >= pd.Timestamp(start)]
        return RawBars(
            symbol=symbol,
            frame=frame,
            already_rejected=tuple(
                (f"unreadable: {line}", 1) for line in (*table.bad_lines, *lost)
            ),
            notes=(*unknown, *said),
        )

    def minutes(self, symbol: str, session: dt.date) -> RawBars:
        """The bars of ``minutes/SYMBOL_DATE.csv`` or ``.parquet``; see `Source.minutes`."""
        for path in self._data.files("minutes"):
            if path.stem.upper() == f"{symbol}_{session}":
                return RawBars(symbol, read_minutes(path, calendar_of(symbol).zone))
        raise NotAvailable(f"the data folder has no minutes/{symbol}_{session}.csv.")

    def chain(self, symbol: str, session: dt.date | None) -> OptionChain:
        """The chain file of exactly that session (None: of `now`'s session).

        A file dated on a day without trading is of the session before it; an index may be filed
        without its caret.
        """
        wanted = session or sessions.current_session(self.now())
        names = (symbol, symbol.removeprefix("^"))
        recorded = [(day, path) for name, day, path in self._chain_files() if name in names]
        exact_first = sorted(recorded, key=lambda file: file[0] != wanted)
        for day, path in exact_first:
            if day == wanted or _session_of(day) == wanted:
                reader = read_cboe_chain if "_cboe" in path.stem else read_yahoo_chain
                return replace(reader(path, wanted), symbol=symbol)
        has = ", ".join(str(day) for day, _ in recorded) or "none"
        raise NotAvailable(f"no {symbol} chain of {wanted} in the folder (recorded: {has}).")

    def quarters(self, symbol: str) -> tuple[Quarter, ...]:
        """Quarters of ``fundamentals/SYMBOL_quarterly*``, oldest first."""
        for path in self._data.files("fundamentals"):
            if path.stem.startswith(f"{symbol}_quarterly"):
                return read_quarters(path)
        raise NotAvailable(f"no quarterly fundamentals of {symbol} in the folder.")

    def market_values(self, symbols: tuple[str, ...]) -> tuple[MarketValue, ...]:
        """The companies of ``fundamentals/market_values``.

        Raises:
            NotAvailable: there is no such file, or it cannot be read.
        """
        for path in self._data.files("fundamentals"):
            if path.stem == "market_values":
                return tuple(one for one in read_market_values(path) if one.symbol in symbols)
        raise NotAvailable("the data folder has no fundamentals/market_values.csv.")

    def events(self, symbol: str) -> tuple[Event, ...]:
        """The folder's ``events`` of one symbol; earnings dates have no file of their own.

        Raises:
            NotAvailable: the folder has no event of the symbol.
        """
        own = tuple(
            event
            for event in read_folder_events(self.folder, RepeatSpan.around(self.now().date()))[0]
            if event.symbol == symbol
        )
        if not own:
            raise NotAvailable("the data folder has no earnings dates.")
        return own

    def agenda(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        """Events of the folder's ``events/*.csv`` and ``events/*.ics``.

        Raises:
            NotAvailable: there is no such file, or none that can be read.
        """
        if not event_files(self.folder):
            raise NotAvailable("the data folder has no events/*.csv or events/*.ics.")
        found, notes = read_folder_events(self.folder, RepeatSpan(start, end, start))
        if not found and len(notes) == len(event_files(self.folder)):
            raise NotAvailable(" ".join(notes))
        return tuple(event for event in found if start <= event.day <= end)

    def agenda_notes(self, start: dt.date, end: dt.date) -> tuple[str, ...]:
        """Entries and files of ``events`` that could not be read, or not as they stand."""
        _, notes = read_folder_events(self.folder, RepeatSpan(start, end, start))
        return tuple(note for note in notes if REPEATED not in note)

    def search(self, text: str) -> tuple[SymbolMatch, ...]:
        """Symbols of the folder that start with, else contain, ``text``."""
        query = text.strip().upper()
        known = sorted(self.symbols())
        starts = [s for s in known if s.startswith(query)]
        holds = [s for s in known if query in s and s not in starts]
        return tuple(SymbolMatch(symbol=s) for s in (starts + holds)[:10])

    def symbols(self) -> set[str]:
        """Every symbol that has a price file or a column in a wide one."""
        found = set()
        for path in self._data.files("prices"):
            if not is_wide(path):
                found.add(path.stem.upper())
                continue
            table = self._data.table(path)
            if isinstance(table, PriceTable):
                found.update(table.frame.columns)
        return found

    def problems(self) -> tuple[str, ...]:
        """One sentence for each file or line that could not be read; the rest is served."""
        lines: list[str] = []
        for path in self._data.files("prices"):
            table = self._data.table(path)
            if isinstance(table, NotAvailable):
                lines.append(str(table))
            else:
                lines += table.bad_lines
                lines += (cell for cells in table.bad_cells.values() for cell in cells)
        return tuple(lines)

    def _price_file(self, symbol: str) -> tuple[Path, str]:
        """The file of a symbol and its name there: an index may be filed without its caret."""
        for name in dict.fromkeys((symbol, symbol.removeprefix("^"))):
            for path in self._data.own_price_files.get(name, ()):
                return path, name
            for path in self._data.wide_price_files:
                if name in self._columns(path):
                    return path, name
        ending = or_did_you_mean(symbol, self.symbols())
        raise SymbolNotFound(f"the data folder has no prices of {symbol!r}{ending}")

    def _other_files(self, symbol: str, path: Path, column: str) -> Iterator[str]:
        """Say which other files of the same kind state other closes of a symbol."""
        if is_wide(path):  # a file of its own wins over a table of many
            named = [p for p in self._data.wide_price_files if column in self._columns(p)]
        else:
            named = list(self._data.own_price_files.get(column, ()))
        for other in named:
            if other == path or isinstance(self._data.table(other), NotAvailable):
                continue
            closes, theirs = self._closes(path, column), self._closes(other, column)
            both = closes.index.intersection(theirs.index)
            if not np.allclose(closes[both], theirs[both], rtol=SAME_CLOSE, atol=0.0):
                yield f"{shown(other)} states other closes than {shown(path)}, which counts"

    def _closes(self, path: Path, column: str) -> pd.Series:
        """The closes of a symbol in a file that could be read, by date, one a day."""
        frame = self._read(path).frame
        name = column if is_wide(path) else "close"
        closes = frame[name].set_axis(days_of(frame, column)).dropna()
        return closes[~closes.index.duplicated(keep="last")]

    def _columns(self, path: Path) -> Collection[str]:
        table = self._data.table(path)
        return () if isinstance(table, NotAvailable) else table.frame.columns

    def _after_the_desk(self, symbol: str, frame: pd.DataFrame) -> Iterator[str]:
        """Say that a file goes on after the benchmark's, at whose last session the desk stands."""
        benchmark = self._benchmark_session()
        days = sessions_of(frame, symbol)
        if benchmark is None or symbol == BENCHMARK or not len(days):
            return
        newest = days.max().date()
        if newest > benchmark and calendar_of(symbol).close(newest) > self.now():
            wanted = sessions.session_on_or_before(newest)
            if wanted > benchmark:
                yield (
                    f"its file goes on to {newest}; {BENCHMARK}'s ends on {benchmark}, where the "
                    "desk stands without an as-of date"
                )

    def _chain_files(self) -> Iterable[tuple[str, dt.date, Path]]:
        for path in self._data.files("chains"):
            match = _CHAIN_NAME.fullmatch(path.stem)
            day = _day(match["date"]) if match else None
            if match and day:
                yield match["symbol"].upper(), day, path

    def _closed_days_only(self) -> Iterator[str]:
        """A sentence for each price file that could be read and has no session in it."""
        for path in self._data.files("prices"):
            if isinstance(self._data.table(path), PriceTable):
                name = path.stem.upper() if not is_wide(path) else BENCHMARK
                exchange = calendar_of(name).exchange
                yield f"{shown(path)} has no row of a session of {exchange}."

    def _newest_sessions(self) -> Iterator[tuple[str, dt.date]]:
        """Each price file's symbol (of a table of many: the benchmark's) and newest session."""
        for path in self._data.files("prices"):
            newest = self._data.newest_session(path)
            if newest is not None:
                yield newest

    def _benchmark_session(self) -> dt.date | None:
        """The newest session that the benchmark has a close of; None where it has none."""
        try:
            path, name = self._price_file(BENCHMARK)
            table = self._read(path)
        except (SymbolNotFound, NotAvailable):
            return None
        if self._benchmark is None or self._benchmark[0] is not table:
            days = sessions_of(self._closes(path, name).to_frame(), BENCHMARK)
            self._benchmark = table, days.max().date() if len(days) else None
        return self._benchmark[1]

    def _read(self, path: Path) -> PriceTable:
        table = self._data.table(path)
        if isinstance(table, NotAvailable):
            raise table
        return table


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _session_of(day: dt.date) -> dt.date | None:
    """The session on or before a day, None outside the calendar's years."""
    try:
        return sessions.session_on_or_before(day)
    except BadInput:
        return None
