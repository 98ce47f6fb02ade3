"""The file of a SQLite store: made once, for its owner alone, and never silently anew.

Beside it lies a marker, ``store.db.made``. A store whose marker is there and which is not, or
is of zero length, was lost: it is refused until somebody puts it back or takes the marker away.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from analytics.store.faults import Fault, StoreRefused

LEAST_FREE_BYTES = 1 << 20
"""A disk with less is as good as full: SQLite's log may still have room for a small write."""

_MARKER_TEXT = """Holdline made {name} beside this file. While this file is here, a {name} that is
missing or empty is refused, and no empty one is made in its place. Delete this file to accept
that it is gone.
"""


class SqliteFile:
    """The file at ``path``, and its marker."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.marker = path.with_name(f"{path.name}.made")
        self._opened: tuple[int, int] | None = None

    def prepare(self) -> None:
        """Before SQLite opens it: make the file if there never was one, for its owner alone.

        Raises:
            StoreRefused: it was there and is missing, or is empty.
            OSError: it cannot be made.
        """
        if self.marker.exists():
            self._require()
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with contextlib.suppress(OSError):  # one that can only be read, or is another user's
            if self.path.stat().st_mode & 0o077:
                self.path.chmod(0o600)

    def opened(self) -> None:
        """It holds Holdline's tables: leave the marker, and know the file again."""
        self._opened = self._identity()
        with contextlib.suppress(OSError):  # on a disk that can only be read there is none to lose
            if not self.marker.exists():
                self.marker.write_text(_MARKER_TEXT.format(name=self.path.name), encoding="utf-8")

    def check(self) -> bool:
        """Whether it is still the file that was opened; False: another stands in its place.

        A connection goes on with a file that was deleted, and what it writes is lost.

        Raises:
            StoreRefused: it is missing or empty.
        """
        self._require()
        return self._opened is None or self._opened == self._identity()

    def require_room(self) -> None:
        """Raise `StoreRefused` while its disk has no room to speak of."""
        free = shutil.disk_usage(self.path.parent).free
        if free < LEAST_FREE_BYTES:
            raise StoreRefused(f"the disk is full ({free >> 10} KiB are free)", Fault.FULL)

    def only_reads(self) -> bool:
        """Whether it, or the folder of its log, cannot be written."""
        return self.path.exists() and not (
            os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK)
        )

    def _identity(self) -> tuple[int, int]:
        found = self.path.stat()
        return found.st_dev, found.st_ino

    def _require(self) -> None:
        accept = f"put it back or restore a backup; to begin an empty store delete {self.marker}"
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            reason = f"{self.path} was there and is missing: {accept}"
            raise StoreRefused(reason, Fault.MISSING) from None
        if size == 0:
            reason = f"{self.path} is of zero length, and was not: {accept}"
            raise StoreRefused(reason, Fault.EMPTY)
