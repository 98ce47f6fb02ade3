"""diskcache's storage with pickle taken out of it.

diskcache 5.6.3 unpickles what it finds in its database (CVE-2025-69872, unfixed).
"""

from __future__ import annotations

import re
from typing import Any

import diskcache

_VALUE_FILE = re.compile(r"[0-9a-f]{2}[/\\][0-9a-f]{2}[/\\][0-9a-f]{28}\.val")


class RefusedRow(Exception):
    """A row of the database that Holdline did not write."""


class SafeDisk(diskcache.Disk):
    """diskcache's storage of keys and values with pickle taken out.

    Keys are text; values are bytes, text or integers.
    """

    def put(self, key: object) -> tuple[Any, bool]:
        """A key as stored."""
        if type(key) is not str:
            raise TypeError(f"a cache key is text, not {type(key).__name__}")
        return key, True

    def get(self, key: Any, raw: bool) -> Any:
        """A stored key; a pickled one is refused."""
        if not raw or type(key) is not str:
            raise RefusedRow("a key that is not text")
        return key

    def store(self, value: object, read: bool, key: object = diskcache.UNKNOWN) -> Any:
        """A value as stored; whatever diskcache would pickle is refused."""
        if read or type(value) not in (bytes, str, int):
            raise TypeError(f"a cached value is bytes, text or an integer, not {type(value)}")
        if type(value) is int and not -(2**63) <= value < 2**63:
            raise TypeError("a cached integer has at most 64 bits")
        return super().store(value, False, key=key)

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
        """A stored value; pickles and files outside the folder are refused."""
        # Modes 1 to 3 are diskcache's raw, binary file and text file; 4 is pickle.
        if read or mode not in (1, 2, 3):
            raise RefusedRow("a pickled value" if mode == 4 else f"a value of mode {mode}")
        if mode != 1 and not (filename and _VALUE_FILE.fullmatch(filename)):
            raise RefusedRow("a value in a file of another place")
        return super().fetch(mode, filename, value, False)

    def remove(self, file_path: str) -> None:
        """Remove a value's file, and none outside the folder."""
        if _VALUE_FILE.fullmatch(file_path):
            super().remove(file_path)
