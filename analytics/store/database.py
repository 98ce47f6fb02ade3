"""One SQL database: SQLite in the home folder, or any by URL, through SQLAlchemy.

Acknowledged means committed: SQLite runs with a write-ahead log and full synchronisation, so
a kill at any moment loses nothing that a write returned from. The database is never thrown
away: a damaged or newer one is refused with a sentence, and the desk goes on without.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, StaticPool, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from analytics.model.turns import waiting
from analytics.model.vocabulary import HoldlineError
from analytics.store.schema import migrate

BUSY_MILLISECONDS = 10_000
CONNECT_SECONDS = 5
UNANSWERED_MILLISECONDS = 10_000
"""What was sent to a server that vanished is given up after so long."""
RETRY_SECONDS = 5.0
_GONE = ("08", "57")
"""SQLSTATE classes of a lost connection and of a server that shuts down or starts."""
_FAULTS = (SQLAlchemyError, RuntimeError, ImportError, ValueError)


class StoreUnavailable(HoldlineError):
    """The store cannot be opened, read or written; the message says why."""


class Database:
    """Connections and transactions, every failure told in a sentence.

    Args:
        url: a SQLAlchemy URL such as ``sqlite:////home/me/store.db`` or
            ``postgresql+psycopg://...``; None keeps everything in memory.
        patient: a server that does not answer yet is no error: it is tried again when needed.
        retry_seconds: how long a server is left alone after it did not answer: each attempt
            may take `CONNECT_SECONDS`, and viewers wait behind it.

    Raises:
        StoreUnavailable: when it cannot be opened, is damaged, or is of a newer version.
    """

    def __init__(
        self, url: str | None, *, patient: bool = False, retry_seconds: float = RETRY_SECONDS
    ) -> None:
        # the one connection of a database in memory is shared by all threads, one at a time
        self._gate = threading.RLock() if url is None else contextlib.nullcontext()
        self._refusal: str | None = None
        self._retry_seconds = retry_seconds
        self._lost: tuple[float, str] | None = None
        self._opening = threading.Lock()
        self._ready = False
        try:
            self._engine = _open(url)
            self._migrate()
        except _FAULTS as error:
            unavailable = StoreUnavailable(f"The store cannot be used: {_reason(error)}.")
            if not (patient and self._note_lost(error, str(unavailable))):
                raise unavailable from error
        if url is not None:
            _in_files.add(self)

    def after_fork(self) -> None:
        """In the child: the parent's connections stay the parent's."""
        self._engine.dispose(close=False)

    @classmethod
    def refused(cls, reason: str) -> Database:
        """One that cannot be used: every reading and writing raises ``reason``."""
        database = cls(None)
        database._refusal = reason
        return database

    @property
    def refusal(self) -> str | None:
        """Why it cannot be used at all, or None."""
        return self._refusal

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, committed when the block ends.

        Raises:
            StoreUnavailable: nothing was written.
        """
        try:
            with contextlib.ExitStack() as stack:
                with waiting(refuse=False):
                    self._require()
                    stack.enter_context(self._gate)
                    connection = stack.enter_context(self._engine.begin())
                yield connection
        except SQLAlchemyError as error:
            sentence = f"The store was not written: {_reason(error)}."
            self._note_lost(error, sentence)
            raise StoreUnavailable(sentence) from error

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that holds up no writer.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        try:
            with contextlib.ExitStack() as stack:
                with waiting(refuse=False):
                    self._require()
                    stack.enter_context(self._gate)
                    connection = stack.enter_context(self._engine.connect())
                    stack.enter_context(connection.execution_options(reads_only=True).begin())
                yield connection
        except SQLAlchemyError as error:
            sentence = f"The store cannot be read: {_reason(error)}."
            self._note_lost(error, sentence)
            raise StoreUnavailable(sentence) from error

    def insert_if_absent(
        self, table: Table, values: Mapping[str, Any], connection: Connection | None = None
    ) -> bool:
        """Insert a row unless one with its primary key stands already; whether it was inserted.

        Of several processes that try at once exactly one is told True.

        Args:
            connection: the transaction to do it in; None makes one of its own.

        Raises:
            StoreUnavailable: it was not written.
        """
        # the row itself comes back: PostgreSQL's driver tells no count of inserted rows
        statement = self.insertion(table).values(**values).on_conflict_do_nothing()
        statement = statement.returning(*table.primary_key.columns)
        if connection is not None:
            return connection.execute(statement).first() is not None
        with self.writing() as own:
            return own.execute(statement).first() is not None

    def insertion(self, table: Table) -> Any:
        """The dialect's own INSERT, which knows ``on_conflict_...``."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        return dialect.insert(table)

    def close(self) -> None:
        """Release the connections."""
        self._engine.dispose()

    def _require(self) -> None:
        """Return when the database may be asked.

        Raises:
            StoreUnavailable: it cannot be used, or did not answer a moment ago.
        """
        if self._refusal is not None:
            raise StoreUnavailable(self._refusal)
        if self._lost is not None and time.monotonic() < self._lost[0]:
            raise StoreUnavailable(self._lost[1])
        if self._ready:
            return
        with self._opening:
            if self._ready:
                return
            try:
                self._migrate()
            except _FAULTS as error:
                sentence = f"The store cannot be used: {_reason(error)}."
                self._note_lost(error, sentence)
                raise StoreUnavailable(sentence) from error

    def _migrate(self) -> None:
        with self._gate, self._engine.begin() as connection:
            migrate(connection)
        self._ready = True

    def _note_lost(self, error: Exception, sentence: str) -> bool:
        """Leave a server alone for a while that did not answer; whether that is the matter."""
        if not isinstance(error, OperationalError) or self._engine.dialect.name == "sqlite":
            return False
        state = getattr(error.orig, "sqlstate", None)
        if state is not None and state[:2] not in _GONE:
            return False
        self._lost = (time.monotonic() + self._retry_seconds, sentence)
        return True


_in_files: weakref.WeakSet[Database] = weakref.WeakSet()


def _forked() -> None:
    for database in list(_in_files):
        database.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


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
    patience = {}
    if url.startswith("postgresql"):
        patience = {
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": UNANSWERED_MILLISECONDS,
        }
    engine = create_engine(url, pool_pre_ping=True, connect_args=patience)
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


def utc(moment: dt.datetime) -> dt.datetime:
    """SQLite gives times back without their zone; they are stored UTC."""
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
