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

from sqlalchemy import Connection, Engine, StaticPool, Table, create_engine, event, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError

from analytics.model.turns import waiting
from analytics.model.vocabulary import BadInput
from analytics.store.faults import Fault, StoreRefused, fault_of, reason_of
from analytics.store.faults import StoreUnavailable as StoreUnavailable
from analytics.store.revisions import migrate
from analytics.store.schema import schema_version
from analytics.store.sqlite_file import SqliteFile
from analytics.store.status import Kind, Outcomes, StoreStatus

BUSY_MILLISECONDS = 10_000
CONNECT_SECONDS = 5
UNANSWERED_MILLISECONDS = 10_000
"""What was sent to a server that vanished is given up after so long."""
RETRY_SECONDS = 5.0
PROBE_SECONDS = 5.0
HURRIED_MILLISECONDS = 1_000
"""How long a probe waits for a lock: who asks how the store does is to be answered."""
_FAULTS = (SQLAlchemyError, RuntimeError, ImportError, ValueError, OSError)
_OUT_OF_RANGE = "22003"
"""SQLSTATE of a number that fits no column."""
_OF_THE_STATEMENT = (DataError, IntegrityError, ProgrammingError)
"""They tell nothing of how the store does."""


class Database:
    """Connections and transactions, every failure as a sentence.

    Args:
        url: a SQLAlchemy URL such as ``sqlite:////home/me/store.db`` or
            ``postgresql+psycopg://...``; None keeps everything in memory.
        patient: one that cannot be opened yet is no error: it is tried again when needed.
        retry_seconds: how long it is left alone after it could not be opened, or its server did
            not answer: each attempt may take `CONNECT_SECONDS`, and viewers wait behind it.

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
        self._lost: tuple[float, StoreUnavailable] | None = None
        self._opening = threading.Lock()
        self._ready = False
        self._outcomes = Outcomes()
        self._probing, self._next_probe = threading.Lock(), 0.0
        try:
            self._engine = _open(url)
            self._file = _file_of(self._engine)
        except _FAULTS as error:
            raise StoreUnavailable(f"The store cannot be used: {reason_of(error)}.") from error
        try:
            self._open_tables(hurried=False)
        except StoreUnavailable:
            if not patient:
                raise
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
        if self._refusal is not None or self._ready:
            return self._refusal
        return None if self._lost is None else str(self._lost[1])

    def status(self) -> StoreStatus:
        """How it does, by what it was last asked; tried by a small write when that is a while ago.

        Costs at most `PROBE_SECONDS` of waiting; of several who ask at once one tries.
        """
        if self._refusal is not None:
            return StoreStatus(self._refusal, Fault.OTHER)
        if self._probing.acquire(blocking=False):
            try:
                if time.monotonic() >= self._next_probe:
                    self._probe()
                    self._next_probe = time.monotonic() + PROBE_SECONDS
            finally:
                self._probing.release()
        return self._outcomes.status()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, committed when the block ends.

        Raises:
            StoreUnavailable: nothing was written.
        """
        with self._transaction("write", "The store was not written") as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that holds up no writer.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        with self._transaction("read", "The store cannot be read") as connection:
            yield connection

    def insert_if_absent(
        self, table: Table, values: Mapping[str, Any], connection: Connection | None = None
    ) -> bool:
        """Insert a row unless one with its primary key stands already; whether it was inserted.

        Of several processes that try at once exactly one is answered True.

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
        """Release the connections, once nobody is within the one that all share in memory.

        SQLite crashes the process where a connection is closed under a running statement.
        """
        with self._gate:
            self._engine.dispose()

    @contextlib.contextmanager
    def _transaction(self, kind: Kind, failed: str, *, probe: bool = False) -> Iterator[Connection]:
        try:
            with contextlib.ExitStack() as stack:
                with waiting(refuse=False):
                    self._require()
                    stack.enter_context(self._gate)
                    connection = stack.enter_context(self._engine.connect())
                    options = {"reads_only": kind == "read", "hurried": probe}
                    connection = connection.execution_options(**options)
                    stack.enter_context(connection.begin())
                yield connection
        except StoreUnavailable as error:
            self._outcomes.failed(kind, error)
            raise
        except (SQLAlchemyError, StoreRefused, OverflowError) as error:
            if _is_too_large(error):
                raise BadInput("A number is larger than the store can hold.") from error
            unavailable = self._unavailable(failed, error)
            if not isinstance(error, _OF_THE_STATEMENT):
                self._outcomes.failed(kind, unavailable)
            if unavailable.fault is Fault.UNREACHABLE:
                self._leave_alone(unavailable)
            raise unavailable from error
        self._outcomes.succeeded(kind, probe=probe)

    def _probe(self) -> None:
        """A small write and a reading, for their outcomes."""
        with contextlib.suppress(StoreUnavailable):
            with self._transaction("write", "The store was not written", probe=True) as connection:
                if self._file is not None:
                    self._file.require_room()
                same = schema_version.c.version
                connection.execute(update(schema_version).values(version=same))
            with self.reading() as connection:
                connection.execute(select(schema_version)).all()

    def _require(self) -> None:
        """Return when the database may be asked.

        Raises:
            StoreUnavailable: it cannot be used, or did not answer a moment ago.
        """
        if self._refusal is not None:
            raise StoreUnavailable(self._refusal)
        if self._lost is not None and time.monotonic() < self._lost[0]:
            raise self._lost[1]
        if self._ready and not self._file_changed():
            return
        with self._opening:
            if not self._ready:
                self._open_tables(hurried=True)

    def _file_changed(self) -> bool:
        """Whether the file was replaced; then it is opened anew.

        Raises:
            StoreUnavailable: it is not there any more.
        """
        try:
            if self._file is None or self._file.check():
                return False
        except _FAULTS as error:
            raise self._unavailable("The store cannot be used", error) from error
        with self._opening:
            self._engine.dispose()
            self._ready = False
        return True

    def _open_tables(self, *, hurried: bool) -> None:
        try:
            if self._file is not None:
                self._file.prepare()
            with (
                self._gate,
                self._engine.connect() as connection,
                connection.execution_options(hurried=hurried).begin(),
            ):
                migrate(connection)
            if self._file is not None:
                self._file.opened()
        except _FAULTS as error:
            unavailable = self._unavailable("The store cannot be used", error)
            self._outcomes.failed("write", unavailable)
            self._leave_alone(unavailable)
            raise unavailable from error
        self._outcomes.opened()
        self._lost = None
        self._ready = True

    def _unavailable(self, failed: str, error: Exception) -> StoreUnavailable:
        fault = fault_of(error)
        if fault is Fault.OTHER and self._file is not None and self._file.only_reads():
            fault = Fault.READ_ONLY  # SQLite says that it cannot open its log, or that I/O failed
        return StoreUnavailable(f"{failed}: {reason_of(error, fault)}.", fault)

    def _leave_alone(self, error: StoreUnavailable) -> None:
        """For a while, so that nobody waits behind the next attempt."""
        self._lost = (time.monotonic() + self._retry_seconds, error)


_in_files: weakref.WeakSet[Database] = weakref.WeakSet()


def _is_too_large(error: Exception) -> bool:
    """Whether a number that was sent fits no column: SQLite's driver says so itself."""
    found = getattr(error, "orig", None) or error
    return isinstance(found, OverflowError) or getattr(found, "sqlstate", "") == _OUT_OF_RANGE


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


def normal_url(url: str) -> str:
    """The URL with its driver, also of one as hosting services hand it out."""
    for bare in ("postgres://", "postgresql://"):
        if url.startswith(bare):
            return f"postgresql+psycopg://{url.removeprefix(bare)}"
    return url


def _open(url: str | None) -> Engine:
    if url is None:
        shared = {"check_same_thread": False}
        return create_engine("sqlite://", connect_args=shared, poolclass=StaticPool)
    url = normal_url(url)
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


def _file_of(engine: Engine) -> SqliteFile | None:
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name == ":memory:":
        return None
    return SqliteFile(Path(name))


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
    options = connection.get_execution_options()
    if options.get("reads_only"):
        connection.exec_driver_sql("BEGIN")
        return
    patience = HURRIED_MILLISECONDS if options.get("hurried") else BUSY_MILLISECONDS
    connection.exec_driver_sql(f"PRAGMA busy_timeout={patience}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def utc(moment: dt.datetime) -> dt.datetime:
    """SQLite gives times back without their zone; they are stored UTC."""
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
