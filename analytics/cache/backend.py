"""Contract of the cache's backends, and the one that stores nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Backend(Protocol):
    """Bytes by key, shared by processes. No method raises for trouble with the storage.

    Attributes:
        status: one sentence about what does not work at present, or None.
    """

    @property
    def status(self) -> str | None: ...  # noqa: D102 - an attribute, described above

    def get(self, key: str) -> bytes | None:
        """The bytes stored and not expired, else None."""
        ...

    def set(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Store, replacing; False when that did not work."""
        ...

    def add(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Store only where nothing unexpired is; False when something was.

        True also when the storage does not work: as a lock it then no longer holds off other
        processes, and each asks the source for itself.
        """
        ...

    def renew(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Extend the key's life, atomically and only while it holds ``data``.

        False when it holds something else or nothing; True also when the storage does not
        work, as with `add`.
        """
        ...

    def delete(self, key: str, only_if: bytes | None = None) -> None:
        """Drop the key; with ``only_if``, atomically and only while it holds those bytes."""
        ...

    def update(
        self, key: str, change: Callable[[bytes | None], bytes | None], expire_seconds: float
    ) -> bool:
        """Atomically replace what the key holds by what ``change`` makes of it.

        ``change`` gets the bytes held, or None, and may be called more than once; None leaves
        them as they are, and what it raises is raised. False when the storage does not work:
        then nothing is shared, whether or not ``change`` was called.
        """
        ...

    def close(self) -> None:
        """Give up what this thread has open; it is opened again when needed."""
        ...


class NoBackend:
    """Stores nothing, for a process that is to keep its answers in memory."""

    def __init__(self, status: str | None = None) -> None:
        self.status = status

    def get(self, key: str) -> bytes | None:
        """Nothing is stored."""
        return None

    def set(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Nothing is stored."""
        return False

    def add(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Every lock is free, there being no other process to share with."""
        return True

    def renew(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Every lock stays with who took it."""
        return True

    def delete(self, key: str, only_if: bytes | None = None) -> None:
        """Nothing is stored."""

    def update(
        self, key: str, change: Callable[[bytes | None], bytes | None], expire_seconds: float
    ) -> bool:
        """Nothing is shared."""
        return False

    def close(self) -> None:
        """Nothing is open."""
