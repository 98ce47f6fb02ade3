"""What is wrong with a store, from its driver's errors, in a sentence each."""

from __future__ import annotations

import sqlite3
from enum import StrEnum

from sqlalchemy.exc import OperationalError

from analytics.model.vocabulary import Unavailable


class Fault(StrEnum):
    """What is the matter with a store."""

    MISSING = "missing"
    EMPTY = "empty"
    NEWER = "newer"
    DAMAGED = "damaged"
    FULL = "full"
    READ_ONLY = "read-only"
    LOCKED = "locked"
    UNREACHABLE = "unreachable"
    OTHER = "other"


class StoreUnavailable(Unavailable):
    """The store cannot be opened, read or written; the message says why.

    Attributes:
        fault: what is the matter.
    """

    def __init__(self, message: str, fault: Fault = Fault.OTHER) -> None:
        super().__init__(message)
        self.fault = fault


class StoreRefused(RuntimeError):
    """Seen before the driver was asked; the message is what `reason_of` gives."""

    def __init__(self, reason: str, fault: Fault) -> None:
        super().__init__(reason)
        self.fault = fault


_WORDS = {
    Fault.DAMAGED: "it is damaged ({}): restore a backup, as docs/serving.md says",
    Fault.FULL: "the disk is full ({})",
    Fault.READ_ONLY: "it can only be read ({})",
    Fault.LOCKED: "another program has locked it ({})",
    Fault.UNREACHABLE: "its server does not answer ({})",
}

_SQLITE = {
    sqlite3.SQLITE_CORRUPT: Fault.DAMAGED,
    sqlite3.SQLITE_NOTADB: Fault.DAMAGED,
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_BUSY: Fault.LOCKED,
    sqlite3.SQLITE_LOCKED: Fault.LOCKED,
}
"""By SQLite's primary result code."""

_SQLSTATES = (
    ("08", Fault.UNREACHABLE),  # the connection was lost
    ("57", Fault.UNREACHABLE),  # the server shuts down or starts
    ("53100", Fault.FULL),
    ("25006", Fault.READ_ONLY),
    ("55P03", Fault.LOCKED),
    ("XX001", Fault.DAMAGED),
    ("XX002", Fault.DAMAGED),
)
"""By the beginning of PostgreSQL's SQLSTATE."""


def fault_of(error: Exception) -> Fault:
    """What is the matter, by what the driver raised."""
    if isinstance(error, StoreRefused):
        return error.fault
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get((getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF, Fault.OTHER)
    state = getattr(cause, "sqlstate", None)
    if state is None:  # the driver never got as far as an answer
        return Fault.UNREACHABLE if isinstance(error, OperationalError) else Fault.OTHER
    return next((fault for begins, fault in _SQLSTATES if state.startswith(begins)), Fault.OTHER)


def reason_of(error: Exception, fault: Fault | None = None) -> str:
    """Why, as the end of a sentence, without its full stop; the fault where it is known better."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    detail = lines[0].rstrip(".") if lines else type(error).__name__
    if isinstance(error, StoreRefused):
        return detail
    return _WORDS.get(fault or fault_of(error), "{}").format(detail)
