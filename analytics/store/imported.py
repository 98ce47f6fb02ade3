"""Imported past: chains and figures that were kept or bought elsewhere, and how far a file is read.

Beside what the program recorded itself, never in its place: `Store` reads these only for sessions
that it has nothing of.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, and_, delete, select

from analytics.model.vocabulary import DailyFigures
from analytics.store.daily_figures import figures_upto
from analytics.store.database import Database
from analytics.store.import_tables import import_progress, imported_chains, imported_figures


@dataclass(frozen=True)
class Progress:
    """How far a file has been read.

    Attributes:
        rows: of the file, read and stored or rejected.
        contracts: stored that were not there before.
        rejected: rows that were not stored, by reason.
    """

    rows: int = 0
    contracts: int = 0
    rejected: Mapping[str, int] | None = None
    finished: bool = False


@dataclass(frozen=True)
class StoredChain:
    """An imported chain as it is stored."""

    symbol: str
    session: dt.date
    origin: str
    contracts: int
    data: bytes


class ImportTransaction:
    """Chains and the place in their file, written together or not at all."""

    def __init__(self, database: Database, connection: Connection, source: str) -> None:
        self._database = database
        self._connection = connection
        self._source = source

    def progress(self, file: str) -> Progress:
        """As committed last."""
        table = import_progress
        asked = select(table).where(table.c.source == self._source, table.c.file == file)
        row = self._connection.execute(asked).mappings().first()
        if row is None:
            return Progress(rejected={})
        rejected = msgspec.json.decode(row["rejected"], type=dict[str, int])
        return Progress(row["rows"], row["contracts"], rejected, row["finished"])

    def chain(self, symbol: str, session: dt.date) -> StoredChain | None:
        """The imported chain of that day so far."""
        table = imported_chains
        asked = select(table).where(
            table.c.source == self._source, table.c.symbol == symbol, table.c.session == session
        )
        row = self._connection.execute(asked).mappings().first()
        if row is None:
            return None
        return StoredChain(symbol, session, row["origin"], row["contracts"], row["data"])

    def save_chain(self, chain: StoredChain, at: dt.datetime, questions: Sequence[str]) -> None:
        """Put a chain in the place of the one so far; its figures of ``questions`` are void."""
        of = {"source": self._source, "symbol": chain.symbol, "session": chain.session}
        values = {
            "origin": chain.origin,
            "contracts": chain.contracts,
            "imported_at": at,
            "data": chain.data,
        }
        self._upsert(imported_chains, of, values)
        table = imported_figures
        self._connection.execute(
            delete(table).where(
                table.c.source == self._source,
                table.c.question.in_(questions),
                table.c.symbol == chain.symbol,
                table.c.session == chain.session,
            )
        )

    def save_progress(self, file: str, name: str, progress: Progress, at: dt.datetime) -> None:
        """The place in a file after what this transaction stores."""
        values = {
            "name": name[-200:],
            "rows": progress.rows,
            "contracts": progress.contracts,
            "rejected": msgspec.json.encode(dict(progress.rejected or {})).decode(),
            "finished": progress.finished,
            "updated_at": at,
        }
        self._upsert(import_progress, {"source": self._source, "file": file}, values)

    def save_figures(self, question: str, rows: Sequence[DailyFigures]) -> None:
        """Figures of imported sessions, each in the place of the one before."""
        for row in rows:
            of = {
                "source": self._source,
                "question": question,
                "symbol": row.symbol,
                "session": row.session,
            }
            values = {
                "origin": row.origin,
                "definition": row.definition,
                "imported_at": row.shown_at,
                "figures": msgspec.json.encode(dict(row.figures)).decode(),
            }
            self._upsert(imported_figures, of, values)

    def _upsert(
        self, table: object, of: Mapping[str, object], values: Mapping[str, object]
    ) -> None:
        statement = self._database.insertion(table).values(**of, **values)  # type: ignore[arg-type]
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=[*of], set_=dict(values))
        )


class ImportedPast:
    """The imported past of all sources in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextlib.contextmanager
    def writing(self, source: str) -> Iterator[ImportTransaction]:
        """A transaction of one source's past, committed when the block ends.

        Raises:
            StoreUnavailable: nothing was written.
        """
        with self._database.writing() as connection:
            yield ImportTransaction(self._database, connection, source)

    def chain(self, source: str, symbol: str, session: dt.date) -> StoredChain | None:
        """The imported chain of exactly that session, or None."""
        with self._database.reading() as connection:
            return ImportTransaction(self._database, connection, source).chain(symbol, session)

    def pending(
        self, source: str, question: str, definition: int
    ) -> tuple[tuple[str, dt.date], ...]:
        """(symbol, session) of chains without figures of the present definition, in order."""
        chains, figures = imported_chains, imported_figures
        same = and_(
            figures.c.source == chains.c.source,
            figures.c.symbol == chains.c.symbol,
            figures.c.session == chains.c.session,
            figures.c.question == question,
            figures.c.definition == definition,
        )
        asked = (
            select(chains.c.symbol, chains.c.session)
            .select_from(chains.outerjoin(figures, same))
            .where(chains.c.source == source, figures.c.session.is_(None))
            .order_by(chains.c.symbol, chains.c.session)
        )
        with self._database.reading() as connection:
            return tuple((row.symbol, row.session) for row in connection.execute(asked))

    def figures(
        self, source: str, question: str, symbol: str, upto: dt.date
    ) -> tuple[DailyFigures, ...]:
        """Figures of imported sessions up to ``upto``, oldest first; final, of the close."""
        return figures_upto(
            self._database,
            imported_figures,
            "imported_at",
            source=source,
            question=question,
            symbol=symbol,
            upto=upto,
        )
