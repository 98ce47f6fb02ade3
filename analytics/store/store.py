"""The durable store: SQLite in the home folder, or any database by URL, through SQLAlchemy.

Acknowledged means committed: SQLite runs with a write-ahead log and full synchronisation, so
a kill at any moment loses nothing that `Store` returned from. The store is never thrown
away: a damaged or newer database is refused with a sentence, and the desk goes on without.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, StaticPool, Table, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from analytics.store.schema import chain_snapshots, kept_figures, migrate
from analytics.vocabulary import HoldlineError, KeptFigures, OptionChain

BUSY_MILLISECONDS = 10_000

log = logging.getLogger(__name__)


class StoreUnavailable(HoldlineError):
    """The store cannot be opened, read or written; the message says why."""


class Store:
    """Chain snapshots and kept figures of all sources.

    Args:
        url: a SQLAlchemy URL such as ``sqlite:////home/me/store.db`` or
            ``postgresql+psycopg://...``; None keeps everything in memory.

    Raises:
        StoreUnavailable: when it cannot be opened, is damaged, or is of a newer version.
    """

    def __init__(self, url: str | None) -> None:
        # the one connection of a store in memory is shared by all threads, one at a time
        self._gate = threading.RLock() if url is None else contextlib.nullcontext()
        try:
            self._engine = _open(url)
            with self._begin() as connection:
                migrate(connection)
        except (SQLAlchemyError, RuntimeError, ImportError, ValueError) as error:
            raise StoreUnavailable(f"The store cannot be used: {_reason(error)}.") from error

    def save_chain(
        self,
        source: str,
        chain: OptionChain,
        data: bytes,
        *,
        final: bool,
        fetched_at: dt.datetime,
    ) -> None:
        """Keep a chain, encoded as ``data``, until a final one of its session stands.

        Raises:
            StoreUnavailable: when it was not written; as every method, when it failed.
        """
        self._upsert(
            chain_snapshots,
            {
                "source": source,
                "symbol": chain.symbol,
                "session": chain.session,
                "final": final,
                "chain_time": chain.time,
                "fetched_at": fetched_at,
                "data": data,
            },
        )

    def chain(self, source: str, symbol: str, session: dt.date) -> bytes | None:
        """The chain kept of exactly that session as it was encoded, or None."""
        table = chain_snapshots
        asked = select(table.c.data).where(
            table.c.source == source, table.c.symbol == symbol, table.c.session == session
        )
        with self._reading() as connection:
            data: bytes | None = connection.execute(asked).scalar()
        return data

    def has_final_chain(self, source: str, symbol: str, session: dt.date) -> bool:
        """Whether the session's last word on the chain is kept."""
        table = chain_snapshots
        asked = select(func.count()).where(
            table.c.source == source,
            table.c.symbol == symbol,
            table.c.session == session,
            table.c.final,
        )
        with self._reading() as connection:
            return bool(connection.execute(asked).scalar())

    def keep_figures(self, source: str, question: str, kept: KeptFigures) -> None:
        """Keep what a question answered; final figures are never replaced.

        Raises:
            StoreUnavailable: when they were not written.
        """
        self._upsert(
            kept_figures,
            {
                "source": source,
                "question": question,
                "symbol": kept.symbol,
                "session": kept.session,
                "final": kept.final,
                "shown_at": kept.shown_at,
                "definition": kept.definition,
                "figures": msgspec.json.encode(dict(kept.figures)).decode(),
            },
        )

    def figures(
        self, source: str, question: str, symbol: str, upto: dt.date
    ) -> tuple[KeptFigures, ...]:
        """What was kept for the sessions up to ``upto``, oldest first."""
        table = kept_figures
        asked = (
            select(table)
            .where(
                table.c.source == source,
                table.c.question == question,
                table.c.symbol == symbol,
                table.c.session <= upto,
            )
            .order_by(table.c.session)
        )
        with self._reading() as connection:
            rows = connection.execute(asked).mappings().all()
        return tuple(
            KeptFigures(
                symbol=row["symbol"],
                session=row["session"],
                final=row["final"],
                shown_at=_utc(row["shown_at"]),
                definition=row["definition"],
                figures=msgspec.json.decode(row["figures"], type=dict[str, float | None]),
            )
            for row in rows
        )

    def close(self) -> None:
        """Release the connections."""
        self._engine.dispose()

    @contextlib.contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._gate, self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A transaction that holds up no writer, its failure told in a sentence."""
        try:
            with (
                self._gate,
                self._engine.connect() as connection,
                connection.execution_options(reads_only=True).begin(),
            ):
                yield connection
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"The store cannot be read: {_reason(error)}.") from error

    def _upsert(self, table: Table, values: Mapping[str, Any]) -> None:
        """Insert, or replace a row that is not final by one that is not older."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(table).values(**values)
        keys = [column.name for column in table.primary_key]
        when = "chain_time" if "chain_time" in table.c else "shown_at"
        statement = statement.on_conflict_do_update(
            index_elements=keys,
            set_={name: statement.excluded[name] for name in values if name not in keys},
            where=(table.c.final.is_(False)) & (table.c[when] <= statement.excluded[when]),
        )
        try:
            with self._begin() as connection:
                connection.execute(statement)
        except SQLAlchemyError as error:
            raise StoreUnavailable(f"The store was not written: {_reason(error)}.") from error


def store_url(home: Path) -> str:
    """URL of the SQLite file in the home folder, which is made when it is not there.

    Raises:
        StoreUnavailable: when the folder cannot be made.
    """
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreUnavailable(
            f"The store cannot be used: {home} is not writable ({error.strerror})."
        ) from error
    return f"sqlite:///{home / 'store.db'}"


def _open(url: str | None) -> Engine:
    if url is None:
        shared = {"check_same_thread": False}
        return create_engine("sqlite://", connect_args=shared, poolclass=StaticPool)
    for bare in ("postgres://", "postgresql://"):  # as hosting services hand it out
        if url.startswith(bare):
            url = f"postgresql+psycopg://{url.removeprefix(bare)}"
    engine = create_engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _immediate)
    return engine


def _durable(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_immediate`
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MILLISECONDS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _immediate(connection: Any) -> None:
    """Take the write lock at once: two writers wait for each other in place of failing."""
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _reason(error: Exception) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _utc(time: dt.datetime) -> dt.datetime:
    """SQLite gives times back without their zone; they are stored UTC."""
    return time.replace(tzinfo=dt.UTC) if time.tzinfo is None else time.astimezone(dt.UTC)
