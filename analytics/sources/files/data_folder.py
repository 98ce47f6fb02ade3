"""The files of a data folder, listed and read once: looked at again when they change.

A universe of thousands of names has a file each, and each is asked about by its symbol: a folder is
listed once for all of them, and the tables that were read longest ago are let go.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock

from cachetools import LRUCache

from analytics.model.vocabulary import BENCHMARK, NotAvailable
from analytics.sources.files.price_tables import PriceTable, is_wide, read_table, sessions_of

TABLE_BYTES = 96 << 20
"""Of tables kept: ten years of some seven hundred names."""
SUFFIXES = (".csv", ".parquet")
_CLOCK_TICK_NS = 100_000_000
"""A file system's clock may stand for so long: what comes meanwhile bears the same time."""

_Read = PriceTable | NotAvailable


@dataclass(frozen=True)
class _Listing:
    """The files of one part of the folder, by name."""

    changed: int
    files: tuple[Path, ...]
    own: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    wide: tuple[Path, ...] = ()


class DataFolder:
    """The files of one folder; safe for threads.

    Args:
        folder: its path.
        today: by the wall clock, for dates that lie ahead of it.
    """

    def __init__(self, folder: Path, today: Callable[[], dt.date]) -> None:
        self._folder = folder
        self._today = today
        self._listings: dict[str, _Listing] = {}
        self._tables: LRUCache[Path, tuple[int, _Read]] = LRUCache(TABLE_BYTES, getsizeof=_bytes)
        self._newest: dict[Path, tuple[int, tuple[str, dt.date] | None]] = {}
        self._lock = RLock()

    def files(self, part: str) -> tuple[Path, ...]:
        """The data files of a part ("prices"), by name."""
        return self._listed(part).files

    @property
    def own_price_files(self) -> Mapping[str, Sequence[Path]]:
        """Symbol -> the price files of it alone: a CSV, a Parquet, or both."""
        return self._listed("prices").own

    @property
    def wide_price_files(self) -> Sequence[Path]:
        """The tables of closes with a column a symbol."""
        return self._listed("prices").wide

    def table(self, path: Path) -> _Read:
        """A price file as read, or why it cannot be."""
        changed = path.stat().st_mtime_ns
        with self._lock:
            stored = self._tables.get(path)
        if stored is not None and stored[0] == changed:
            return stored[1]
        try:
            read: _Read = read_table(path, self._today())
        except NotAvailable as error:
            read = error
        with self._lock:
            self._tables.pop(path, None)
            self._tables[path] = changed, read
        return read

    def newest_session(self, path: Path) -> tuple[str, dt.date] | None:
        """A price file's symbol (of a table of many: the benchmark's) and its newest session."""
        changed = path.stat().st_mtime_ns
        stored = self._newest.get(path)
        if stored is not None and stored[0] == changed:
            return stored[1]
        table, newest = self.table(path), None
        if isinstance(table, PriceTable):
            name = BENCHMARK if is_wide(path) else path.stem.upper()
            days = sessions_of(table.frame, name)
            newest = (name, days.max().date()) if len(days) else None
        self._newest[path] = changed, newest
        return newest

    def _listed(self, part: str) -> _Listing:
        place = self._folder / part
        try:
            changed = place.stat().st_mtime_ns
        except OSError:
            return _Listing(0, ())
        known = self._listings.get(part)
        if known is not None and known.changed == changed:
            return known
        settled = time.time_ns() - changed > _CLOCK_TICK_NS
        files = tuple(sorted(p for p in place.glob("*") if p.suffix.lower() in SUFFIXES))
        own: dict[str, tuple[Path, ...]] = {}
        for path in files:
            if not is_wide(path):
                name = path.stem.upper()
                own[name] = (*own.get(name, ()), path)
        made = _Listing(changed, files, own, tuple(filter(is_wide, files)))
        if settled:
            self._listings[part] = made
        return made


def _bytes(stored: tuple[int, _Read]) -> int:
    """What a table counts for: a huge one, which every symbol is asked from, half of the room."""
    read = stored[1]
    size = int(read.frame.memory_usage().sum()) if isinstance(read, PriceTable) else 1
    return min(size, TABLE_BYTES // 2)
