"""Import of option chains: a file's rows into the store, resumable, each contract once.

A batch's chains and the place in the file are written in one transaction, so that a process that
is killed at any moment goes on where it was, with no row lost and none doubled.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from analytics.imports.figures import FIGURES_OF
from analytics.imports.mapping import ChainMapping
from analytics.imports.pieces import each_once, pieces_of, put_together
from analytics.imports.rows import ContractBatch, Reader, find_columns
from analytics.imports.tables import WRONG_CELLS, Table, digest_of, open_table
from analytics.model.vocabulary import BadInput, NotAvailable, OptionChain, parse_symbol
from analytics.store.chain_format import decode_chain, encode_chain
from analytics.store.imported import ImportedPast, ImportTransaction, Progress, StoredChain

DUPLICATE = "duplicate row (the newest counts)"
OTHER_ORIGIN = "of a day that was imported from another origin before"
BATCH_ROWS = 1 << 14
"""Rows a transaction: more make it slower to lose a batch, fewer to merge chains twice."""
PREVIEW_ROWS = 1000

_FILE_NAME = re.compile(r"(?P<symbol>[A-Za-z0-9.\-=^]+)_(?P<date>\d{4}-\d{2}-\d{2})(_.*)?")


@dataclass(frozen=True)
class Given:
    """What the command line says of a file that has no column of it; empty, None: nothing."""

    symbol: str = ""
    session: dt.date | None = None


@dataclass(frozen=True)
class FileImport:
    """What an import made of one file.

    Attributes:
        rows: read, of all runs.
        contracts: stored that were not there before, of all runs.
        resumed_at: the row this run began at; the last one where the file was done before.
        complete: False where the file could not be read on; ``reason`` says why.
    """

    name: str
    rows: int
    contracts: int
    rejected: dict[str, int]
    resumed_at: int
    complete: bool = True
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Preview:
    """How the first rows of a file are understood.

    Attributes:
        columns: what is read -> the file's column.
        ignored: its columns that nothing is read from.
        chains: of the first rows, by underlying and session.
        rejected: of them, by reason.
    """

    name: str
    columns: dict[str, str]
    ignored: tuple[str, ...]
    chains: tuple[OptionChain, ...]
    rows: int
    unquoted: int
    rejected: dict[str, int]


@dataclass(frozen=True)
class ChainImporter:
    """Imports chains into one source's past.

    Attributes:
        source: whose past, as the store knows it.
        clock: wall time, UTC.
        progress: told (file's name, rows read, rows in all or None) after each batch.
    """

    past: ImportedPast
    source: str
    mapping: ChainMapping
    clock: Callable[[], dt.datetime]
    given: Given = field(default_factory=Given)
    progress: Callable[[str, int, int | None], None] = lambda name, done, rows: None

    def preview(self, path: Path) -> Preview:
        """The first rows of a file as they would be imported; nothing is written.

        Raises:
            BadInput: as `run`.
            NotAvailable: not even its first rows can be read.
        """
        table, reader = self._open(path)
        columns = reader.columns
        found: ContractBatch | None = None
        for _, batch in table.batches(columns.names):
            found = _read(table, reader, batch.slice(0, PREVIEW_ROWS))
            break
        if found is None:
            raise NotAvailable(f"{path.name} has column names and no row.")
        named = {**columns.shared}
        named |= {f"{what} of the call": name for what, name in columns.calls.items()}
        named |= {f"{what} of the put": name for what, name in columns.puts.items()}
        return Preview(
            name=path.name,
            columns=named,
            ignored=tuple(name for name in table.names if name not in columns.names),
            chains=tuple(map(each_once, self._pieces(found))),
            rows=len(found) + sum(found.rejected.values()),
            unquoted=found.unquoted,
            rejected=dict(found.rejected),
        )

    def run(self, path: Path) -> FileImport:
        """Import a file, from where the last run of the same file and mapping ended.

        Raises:
            BadInput: it is no table, or lacks what a contract is known by.
            StoreUnavailable: the store was not written; what was imported before stands.
        """
        file = f"{digest_of(path)}{_digest(self.mapping, self.given)}"
        table, reader = self._open(path)
        with self.past.writing(self.source) as transaction:
            at = transaction.progress(file)
        resumed_at = at.rows
        if at.finished:
            return _result(path, at, resumed_at)
        try:
            for rows, batch in _gathered(table.batches(reader.columns.names, at.rows)):
                found = _read(table, reader, batch)
                at = self._store(file, path, at, rows, found)
                pa.default_memory_pool().release_unused()
                self.progress(path.name, rows, table.rows)
        except NotAvailable as error:
            return _result(path, at, resumed_at, table.malformed, str(error))
        at = self._finish(file, path, at, table.malformed)
        return _result(path, at, resumed_at)

    def _open(self, path: Path) -> tuple[Table, Reader]:
        table = open_table(path, self.mapping)
        named = _FILE_NAME.fullmatch(path.name.split(".csv")[0].split(".parquet")[0])
        given = self.given
        known = tuple(
            what
            for what, stated in (
                ("symbol", given.symbol or named),
                ("date", given.session or named),
            )
            if stated
        )
        columns = find_columns(path.name, table.names, self.mapping, named=known)
        symbol, session = given.symbol, given.session
        if named and "symbol" not in columns.shared and not symbol and not self.mapping.symbol:
            symbol = parse_symbol(named["symbol"])
        if named and "date" not in columns.shared and session is None:
            session = _day(path, named["date"])
        return table, Reader(self.mapping, columns, self.clock().date(), symbol, session)

    def _pieces(self, batch: ContractBatch) -> Iterator[OptionChain]:
        return pieces_of(batch, self.mapping.name, self.mapping.minutes_before_close)

    def _store(
        self, file: str, path: Path, before: Progress, rows: int, batch: ContractBatch
    ) -> Progress:
        """Write a batch's chains and the place after it."""
        now = self.clock()
        rejected = Counter(before.rejected or {}) + Counter(batch.rejected)
        contracts = before.contracts
        with self.past.writing(self.source) as transaction:
            if transaction.progress(file).rows != before.rows:
                raise BadInput(f"{path.name} is being imported by another process.")
            for piece in self._pieces(batch):
                added, reason = _put(transaction, piece, now)
                contracts += added
                if reason is not None:
                    rejected[reason] += len(piece)
                elif len(piece) > added:
                    rejected[DUPLICATE] += len(piece) - added
            after = Progress(rows, contracts, dict(rejected))
            transaction.save_progress(file, path.name, after, now)
        return after

    def _finish(self, file: str, path: Path, at: Progress, malformed: int) -> Progress:
        rejected = {**(at.rejected or {}), **({WRONG_CELLS: malformed} if malformed else {})}
        done = Progress(at.rows, at.contracts, rejected, finished=True)
        with self.past.writing(self.source) as transaction:
            transaction.save_progress(file, path.name, done, self.clock())
        return done


def _put(
    transaction: ImportTransaction, piece: OptionChain, now: dt.datetime
) -> tuple[int, str | None]:
    """Add a piece to its day's chain; how many contracts it added, or why none."""
    piece_once = each_once(piece)
    stored = transaction.chain(piece.symbol, piece.session)
    if stored is None:
        whole, before = piece_once, 0
    elif stored.origin != piece.vendor:
        return 0, OTHER_ORIGIN
    else:
        whole, before = put_together(decode_chain(stored.data), piece_once), stored.contracts
    data = encode_chain(whole)
    if stored is None or data != stored.data:
        kept = StoredChain(piece.symbol, piece.session, piece.vendor, len(whole), data)
        transaction.save_chain(kept, now, FIGURES_OF)
    return len(whole) - before, None


def _gathered(
    batches: Iterator[tuple[int, pa.RecordBatch]],
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The batches in larger ones, so that a chain is written few times."""
    waiting: list[pa.RecordBatch] = []
    rows = at = 0
    try:
        for at, batch in batches:
            waiting.append(batch)
            rows += batch.num_rows
            if rows >= BATCH_ROWS:
                yield at, pa.concat_batches(waiting)
                waiting, rows = [], 0
    except NotAvailable:
        if waiting:  # what was read of a damaged file stands
            yield at, pa.concat_batches(waiting)
        raise
    if waiting:
        yield at, pa.concat_batches(waiting)


def _read(table: Table, reader: Reader, batch: pa.RecordBatch) -> ContractBatch:
    try:
        return reader.read(batch)
    except NotAvailable as error:
        raise BadInput(f"{table.path.name}: {error}") from error


def _digest(mapping: ChainMapping, given: Given) -> str:
    """32 digits of how a file is read: by another mapping it is another file."""
    text = repr((mapping, given))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _result(
    path: Path, at: Progress, resumed_at: int, malformed: int = 0, reason: str = ""
) -> FileImport:
    rejected = {**(at.rejected or {}), **({WRONG_CELLS: malformed} if malformed else {})}
    return FileImport(
        path.name, at.rows, at.contracts, rejected, resumed_at, complete=not reason, reason=reason
    )


def _day(path: Path, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{path.name}: {text} is no date.") from error
