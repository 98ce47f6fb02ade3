"""Disk backend of the cache: bytes in a folder through diskcache, made safe.

Nothing is ever unpickled (`SafeDisk`): a planted row is a miss. The folder is the user's own
(0700) and never under the system's temporary folder, where others could plant rows.

A cache is never needed: every trouble with the disk turns into "not stored" and into a
sentence in ``status``, and the disk is tried again a little later.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import diskcache

from analytics.cache.safe_disk import RefusedRow, SafeDisk

T = TypeVar("T")

log = logging.getLogger(__name__)

ENTRIES = "entries"
"""Name of the folder, inside the one given, that holds the database and the large values."""

_SET_ASIDE = "damaged-"
_LARGE_VALUE_BYTES = 1 << 20
_BUSY_SECONDS = 2.0
_DAMAGE_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})


class DiskBackend:
    """diskcache in a folder of the user's own, shared by threads and processes.

    The constructor never raises: a folder that cannot be used leaves a backend that stores
    nothing and says why in ``status``. A damaged database is renamed aside (the newest one is
    kept, for whoever wants to look) and a new one begun.

    Args:
        directory: made when absent; `ENTRIES` inside it is what may be renamed aside.
        size_limit: bytes on disk past which the oldest entries are dropped.
        allow_temporary: accept a folder under the system's temporary one (tests).
        retry_seconds: how long the disk is left alone after it failed.
    """

    def __init__(
        self,
        directory: Path,
        *,
        size_limit: int = 1 << 29,
        allow_temporary: bool = False,
        retry_seconds: float = 30.0,
    ) -> None:
        self._root = Path(directory).expanduser().absolute()
        self._entries = self._root / ENTRIES
        self._database = self._entries / diskcache.core.DBNAME
        self._size_limit = size_limit
        self._retry_seconds = retry_seconds
        self._gate = threading.Lock()
        self._cache: Any = None
        self._identity: tuple[int, int] | None = None
        self._open_after = 0.0
        self._write_after = 0.0
        self._refusal = None if allow_temporary else _temporary(self._root)
        self._trouble: str | None = None
        if self._refusal is None:
            self._ready()

    @property
    def status(self) -> str | None:
        """Why nothing is stored at present, in one sentence, or None."""
        reason = self._refusal or self._trouble
        return f"Answers are kept in memory only: {reason}." if reason else None

    def get(self, key: str) -> bytes | None:
        """The bytes stored and not expired, else None; a row of another kind is ignored."""
        value = self._attempt(lambda cache: cache.get(key), None)
        return value if type(value) is bytes else None

    def set(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Store, replacing; False when that did not work."""
        return self._attempt(
            lambda cache: bool(cache.set(key, data, expire=expire_seconds)), False, write=True
        )

    def add(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Store where nothing unexpired is; True also when the disk does not work."""
        return self._attempt(
            lambda cache: bool(cache.add(key, data, expire=expire_seconds)), True, write=True
        )

    def renew(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Extend the key's life while it holds ``data``; True also when the disk fails."""

        def extend(cache: Any) -> bool:
            with cache.transact():
                return cache.get(key) == data and bool(cache.touch(key, expire=expire_seconds))

        return self._attempt(extend, True, write=True)

    def delete(self, key: str, only_if: bytes | None = None) -> None:
        """Drop the key; with ``only_if``, only while it holds those bytes."""

        def drop(cache: Any) -> None:
            if only_if is None:
                cache.delete(key)
                return
            with cache.transact():
                if cache.get(key) == only_if:
                    cache.delete(key)

        self._attempt(drop, None, write=True)

    def update(
        self, key: str, change: Callable[[bytes | None], bytes | None], expire_seconds: float
    ) -> bool:
        """Replace what the key holds by what ``change`` makes of it; see `Backend.update`."""

        def replace(cache: Any) -> bool:
            with cache.transact():
                wanted = change(cache.get(key))
                return wanted is None or bool(cache.set(key, wanted, expire=expire_seconds))

        return self._attempt(replace, False, write=True)

    def close(self) -> None:
        """Close this thread's connection; those of other threads close when they end."""
        if self._cache is not None:
            self._cache.close()

    def _attempt(self, action: Callable[[Any], T], otherwise: T, *, write: bool = False) -> T:
        """Run one operation; whatever goes wrong with the disk becomes ``otherwise``."""
        if self._refusal or (write and time.monotonic() < self._write_after):
            return otherwise
        # Twice: a damaged database is replaced between the attempts.
        for _ in range(2):
            cache = self._ready()
            if cache is None:
                return otherwise
            try:
                result = action(cache)
            except RefusedRow as error:
                log.warning("Cache row ignored: %s.", error)
                return otherwise
            except (diskcache.Timeout, OSError, sqlite3.Error) as error:
                cause = _cause(error)
                if _is_damage(cause):
                    self._rebuild(cache, cause)
                    continue
                # A transaction that failed may still be open on this thread's connection.
                with contextlib.suppress(sqlite3.Error):
                    cache.close()
                self._pause(_reason(cause), write)
                return otherwise
            if write:
                self._trouble = None
            return result
        return otherwise

    def _pause(self, reason: str, write: bool) -> None:
        """Leave the disk alone for a while; after a failed write it can still be read."""
        if reason != self._trouble:
            log.warning("Cache on disk paused: %s.", reason)
        self._trouble = reason
        until = time.monotonic() + self._retry_seconds
        if write:
            self._write_after = until
        else:
            self._open_after = until
            self._cache = None

    def _ready(self) -> Any:
        """The open cache, opened again when its folder was replaced or could not be opened."""
        cache = self._cache
        if cache is not None and self._identity == _identity(self._database):
            return cache
        with self._gate:
            if self._cache is not cache:
                return self._cache
            if time.monotonic() < self._open_after:
                return None
            self._cache = None
            self._open()
            return self._cache

    def _open(self) -> None:
        """Open the database, replacing a damaged one once. Called with the gate held."""
        for last_attempt in (False, True):
            seen = _identity(self._database)
            try:
                _make_private(self._root)
                _make_private(self._entries)
                _probe(self._database)
                self._cache = diskcache.Cache(
                    str(self._entries),
                    timeout=_BUSY_SECONDS,
                    disk=SafeDisk,
                    disk_min_file_size=_LARGE_VALUE_BYTES,
                    size_limit=self._size_limit,
                    # At a write past the limit; diskcache's own 10 may take the newest along.
                    cull_limit=2,
                    # A memory-mapped database that is cut short kills the process (SIGBUS).
                    sqlite_mmap_size=0,
                )
            except (diskcache.Timeout, OSError, sqlite3.Error, TypeError, ValueError) as error:
                # diskcache meets a damaged settings table with a TypeError or ValueError.
                cause = _cause(error)
                damaged = _is_damage(cause) or isinstance(error, TypeError | ValueError)
                if damaged and not last_attempt and self._set_aside(seen, cause):
                    continue
                self._trouble = _reason(cause)
                self._open_after = time.monotonic() + self._retry_seconds
                log.warning("Cache on disk cannot be opened: %s.", self._trouble)
                return
            self._identity = _identity(self._database)
            self._trouble = None
            return

    def _rebuild(self, damaged: Any, error: Exception) -> None:
        with self._gate:
            if self._cache is not damaged:
                return
            damaged.close()
            self._cache = None
            if self._set_aside(self._identity, error):
                self._open()
            else:
                self._trouble = "its database on disk is damaged and cannot be renamed"
                self._open_after = time.monotonic() + self._retry_seconds

    def _set_aside(self, identity: tuple[int, int] | None, error: Exception) -> bool:
        """Rename the entries' folder; True when it is out of the way.

        One rename takes the database, its journals and its files together. When another
        process has replaced the folder already, the new one is left where it is.
        """
        if _identity(self._database) != identity:
            return True
        older = list(self._root.glob(f"{_SET_ASIDE}*"))
        target = self._root / f"{_SET_ASIDE}{time.time_ns()}-{os.getpid()}"
        try:
            self._entries.rename(target)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        log.warning("Damaged cache renamed to %s and begun anew: %s.", target.name, error)
        for folder in older:
            shutil.rmtree(folder, ignore_errors=True)
        return True


def _temporary(directory: Path) -> str | None:
    """Why ``directory`` is refused, when it lies under the system's temporary folder."""
    shared = {Path(tempfile.gettempdir())}
    if os.name == "posix":
        shared |= {Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")}
    resolved = directory.resolve()
    for folder in shared:
        if resolved.is_relative_to(folder.resolve()):
            return f"the cache folder {directory} is under {folder}, where others may write"
    return None


def _make_private(directory: Path) -> None:
    """Make the folder, readable by its owner only.

    Raises:
        OSError: when it cannot be made or others may write to it. (On Windows the folder's
            inherited permissions are left as they are.)
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(PermissionError):
        directory.chmod(0o700)
    if os.name == "posix" and stat.S_IMODE(directory.stat().st_mode) & 0o022:
        raise OSError(None, "others may write to the cache folder", str(directory))


def _probe(database: Path) -> None:
    """Begin and drop a write: diskcache itself would retry a locked database for a minute."""
    connection = sqlite3.connect(database, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _cause(error: Exception) -> Exception:
    """SQLite's own error where diskcache hid it behind a Timeout or a failed rollback."""
    return error.__context__ if isinstance(error.__context__, sqlite3.Error) else error


def _is_damage(error: Exception) -> bool:
    """Whether the database's content is at fault, not its permissions, space or locks."""
    code = getattr(error, "sqlite_errorcode", 0)
    return (
        code & 0xFF in _DAMAGE_CODES
        or code == sqlite3.SQLITE_IOERR_SHORT_READ
        or str(error).startswith(("no such table", "no such column"))
    )


def _reason(error: Exception) -> str:
    """Why the disk does not serve, as the end of a sentence."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another program holds the cache's database locked"
    if code == sqlite3.SQLITE_FULL:
        return "the disk that holds the cache is full"
    detail = (isinstance(error, OSError) and error.strerror) or str(error) or "no reason given"
    return f"the cache folder cannot be used ({detail[:1].lower()}{detail[1:]})"
