"""The hold study over a whole universe, in the background: progress, cancel, resume.

A scan goes symbol by symbol, and each symbol's study is kept among the desk's studies, so that
a scan which was stopped, or whose process died, goes on where it was. It runs only while
somebody watches: a viewer who leaves, or chooses another universe, thereby cancels it.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from analytics import sessions
from analytics.cache.flight import Cached, Fetched
from analytics.desk import Desk
from analytics.hold_study import VIX
from analytics.hold_universe import HoldUniverse, HoldUniverseRow, SymbolStudy, pool, study_symbol
from analytics.listings import GroupName, group
from analytics.question import Needs
from analytics.vocabulary import HoldlineError

UNWATCHED_SECONDS = 15.0
KEEP_SECONDS = 7 * 86_400.0
PATHS = 500
MOST_SCANS = 8

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class StudyRecord:
    """A symbol's study as cached; ``null`` as in `SymbolStudy`."""

    row: HoldUniverseRow
    null: np.ndarray


@dataclass(frozen=True)
class ScanProgress:
    """How far a scan is.

    Attributes:
        done, total: symbols; ``running`` while more are to come.
        result: of the symbols done so far, pooled; None before the first.
    """

    name: str
    done: int
    total: int
    running: bool
    result: HoldUniverse | None


NO_SCAN = ScanProgress("", 0, 0, False, None)
"""Nothing was asked for."""


@dataclass(eq=False)
class _Scan:
    symbols: tuple[str, ...]
    session: dt.date
    watched: float
    studies: list[SymbolStudy] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    running: bool = True


class HoldScans:
    """The scans of one desk.

    Args:
        desk: answers for the bars, and keeps the studies in its cache.
        clock: seconds, monotonic.
    """

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._clock = clock
        self._scans: dict[tuple[str, int, dt.date], _Scan] = {}
        self._lock = threading.Lock()

    def watch(self, name: GroupName, level: int, as_of: dt.date | None = None) -> ScanProgress:
        """Start the scan, or look at the one under way; looking keeps it running.

        Raises:
            HoldlineError: for a date the source does not know.
        """
        moment = self._desk.moment(as_of)
        if moment.replayed:  # a study of completed sessions: the one under way adds nothing
            as_of = sessions.previous_session(moment.session)
            moment = self._desk.moment(as_of)
        session = moment.session
        listed = group(name, session)
        key = (name, level, session)
        with self._lock:
            scan = self._scans.get(key)
            if scan is None or not (scan.running or self._complete(scan)):
                scan = _Scan(listed.symbols, session, self._clock())
                self._scans[key] = scan
                while len(self._scans) > MOST_SCANS:
                    self._scans.pop(next(iter(self._scans)))
                threading.Thread(
                    target=self._run, args=(scan, level, as_of), name="hold-scan", daemon=True
                ).start()
            scan.watched = self._clock()
            studies, missing = list(scan.studies), dict(scan.missing)
        return ScanProgress(
            name=listed.title,
            done=len(studies) + len(missing),
            total=len(scan.symbols),
            running=scan.running,
            result=pool(studies, level, session, missing) if studies else None,
        )

    @staticmethod
    def _complete(scan: _Scan) -> bool:
        return len(scan.studies) + len(scan.missing) == len(scan.symbols)

    def _run(self, scan: _Scan, level: int, as_of: dt.date | None) -> None:
        try:
            for symbol in scan.symbols:
                if self._clock() - scan.watched > UNWATCHED_SECONDS:
                    return
                self._study(scan, symbol, level, as_of)
        except Exception:
            log.exception("the scan of %s symbols stopped", len(scan.symbols))
        finally:
            scan.running = False

    def _study(self, scan: _Scan, symbol: str, level: int, as_of: dt.date | None) -> None:
        def fetch() -> Fetched[StudyRecord]:
            needs = Needs(bars=(symbol, VIX), full_history=True)
            inputs = self._desk.inputs(needs, as_of)
            bars = inputs.require_bars(symbol)
            study = study_symbol(bars, inputs.bars.get(VIX), level, PATHS)
            return Fetched(StudyRecord(study.row, study.null), KEEP_SECONDS, KEEP_SECONDS)

        key = f"{self._desk.source.name}|hold-scan|{symbol}|{level}|{scan.session}"
        try:
            held: Cached[StudyRecord] = self._desk.studies.get_or_fetch(key, fetch, 60.0)
        except HoldlineError as error:
            with self._lock:
                scan.missing[symbol] = str(error)
            return
        with self._lock:
            scan.studies.append(SymbolStudy(held.value.row, held.value.null))
