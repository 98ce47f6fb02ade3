"""Backup and restore of the store: of SQLite by its own online copy, of PostgreSQL by pg_dump.

A backup is a whole that was committed at one moment, also while others write; it is read back
before it gets its name. Copying ``store.db`` of a running server gives no such thing: what was
written last is in the log beside it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from analytics.model.vocabulary import BadInput
from analytics.store.database import Database, normal_url
from analytics.store.faults import StoreUnavailable, reason_of
from analytics.store.revisions import REVISIONS, revision_of

TOOL_SECONDS = 3600.0
_HEADER = b"SQLite format 3\0"


@dataclass(frozen=True)
class Backup:
    """A backup that was made, or restored.

    Attributes:
        tables: rows by table, as they were read back; of PostgreSQL none are counted.
        aside: where what stood before was put; None where nothing stood.
    """

    path: Path
    size_bytes: int
    tables: Mapping[str, int]
    aside: Path | None = None


def back_up(url: str, path: Path) -> Backup:
    """Copy the store into a new file, readable by its owner alone.

    Raises:
        BadInput: the file is there already, or cannot be made.
        StoreUnavailable: the store could not be copied, or the copy not be read back.
    """
    if path.exists():
        raise BadInput(f"{path} is there already: a backup replaces no file.")
    address = make_url(normal_url(url))
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if address.get_backend_name() == "sqlite":
            _copy_sqlite(Path(address.database or ""), part)
            tables = _read_back(part)
        else:
            _dump_postgres(address, part)
            tables = {}
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}).") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return Backup(path, path.stat().st_size, tables)


def restore(url: str, path: Path) -> Backup:
    """Put a backup in the store's place, and bring it to this version's tables.

    What stands there is set aside first (SQLite), or replaced in one transaction (PostgreSQL).

    Raises:
        BadInput: the file is no backup of such a store.
        StoreUnavailable: it is damaged or of a newer version, or the store cannot be written.
    """
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    address = make_url(normal_url(url))
    with path.open("rb") as file:
        is_sqlite = file.read(len(_HEADER)) == _HEADER
    if is_sqlite != (address.get_backend_name() == "sqlite"):
        kinds = {True: "SQLite", False: "PostgreSQL"}
        raise BadInput(
            f"{path} is no backup of a store on {kinds[not is_sqlite]}, which the settings name."
        )
    aside = None
    if is_sqlite:
        tables = _read_back(path)
        aside = _replace_sqlite(path, Path(address.database or ""))
    else:
        tables = {}
        _restore_postgres(address, path)
    Database(url).close()
    return Backup(path, path.stat().st_size, tables, aside)


@contextlib.contextmanager
def _sqlite(path: Path, *, writes: bool = False) -> Iterator[sqlite3.Connection]:
    mode = "rwc" if writes else "ro"
    with contextlib.closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=10.0)
    ) as connection:
        yield connection


def _copy_sqlite(source: Path, target: Path) -> None:
    """In one step: it reads what was committed at one moment and holds up no writer."""
    if not source.is_file():
        raise StoreUnavailable(f"There is no store to back up: {source} is missing.")
    try:
        with _sqlite(source) as store, _sqlite(target, writes=True) as copy:
            store.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise StoreUnavailable(f"The store could not be backed up: {error}.") from error


def _read_back(path: Path) -> dict[str, int]:
    """Rows by table of a file that is sound and of a version this program knows.

    Raises:
        StoreUnavailable: it is not.
    """
    engine = create_engine(f"sqlite:///{path.absolute()}")
    try:
        with engine.connect() as connection:
            revision = revision_of(connection)
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"{path} cannot be read: {reason_of(error)}.") from error
    finally:
        engine.dispose()
    if revision not in REVISIONS:
        raise StoreUnavailable(f"{path} is of version {revision}, which this program knows not.")
    try:
        with _sqlite(path) as connection:
            (found,) = connection.execute("PRAGMA integrity_check").fetchone()
            if found != "ok":
                raise StoreUnavailable(f"{path} is damaged: {found}.")
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {
                name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
                for (name,) in names.fetchall()
            }
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{path} is damaged: {error}.") from error


def _replace_sqlite(backup: Path, store: Path) -> Path | None:
    """Write the backup over the store as one transaction; a store beyond reading is moved away."""
    store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = store.with_name(f"{store.name}.before-restore-{stamp}")
    try:
        stood = store.exists() and store.stat().st_size > 0
        if stood:
            os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            try:
                _copy_sqlite(store, aside)
                _read_back(aside)
            except StoreUnavailable:
                aside.unlink()
                for end in ("", "-wal", "-shm"):
                    with contextlib.suppress(FileNotFoundError):
                        store.with_name(store.name + end).rename(aside.with_name(aside.name + end))
        if not store.exists():
            os.close(os.open(store, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with _sqlite(backup) as source, _sqlite(store, writes=True) as target:
            source.backup(target)
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(
            f"The store could not be restored: {error}; stop the server and try again."
        ) from error
    return aside if stood else None


def _dump_postgres(address: URL, target: Path) -> None:
    words = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-password"]
    _run([*words, f"--file={target}", f"--dbname={_conninfo(address)}"], address)
    _run(["pg_restore", f"--file={os.devnull}", str(target)], address)  # every row is read


def _restore_postgres(address: URL, source: Path) -> None:
    words = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges"]
    words += ["--no-password", "--single-transaction", "--exit-on-error"]
    _run([*words, f"--dbname={_conninfo(address)}", str(source)], address)


def _conninfo(address: URL) -> str:
    """The address without its password, which every process of the machine could read."""
    return address.set(drivername="postgresql", password=None).render_as_string()


def _run(words: list[str], address: URL) -> None:
    environ = dict(os.environ)
    if address.password:
        environ["PGPASSWORD"] = str(address.password)
    try:
        done = subprocess.run(
            words, env=environ, capture_output=True, text=True, timeout=TOOL_SECONDS, check=False
        )
    except FileNotFoundError:
        raise StoreUnavailable(
            f"A store on PostgreSQL is backed up and restored by its own tools, and {words[0]} is "
            "not installed here (Debian: postgresql-client)."
        ) from None
    except subprocess.TimeoutExpired:
        raise StoreUnavailable(f"{words[0]} did not end within an hour.") from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise StoreUnavailable(f"{words[0]} failed: {lines[-1].rstrip('.')}.")
