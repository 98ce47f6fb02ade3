"""The hold study over a whole universe, in the background: progress, cancel, resume.

A scan goes symbol by symbol, and each symbol's study is kept among the desk's studies, so that
a scan which was stopped, or whose process died, goes on where it was. It runs only while
somebody watches: a viewer who leaves, or chooses another universe, thereby cancels it.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analytics.cache.entries import Cached, Fetched
from analytics.desk.desk import Desk
from analytics.desk.jobs import Job, JobQueue, QueueLost, study_job
from analytics.model import access, sessions
from analytics.model.budgets import SCANS, spend
from analytics.model.listings import Group, GroupName, group, universe_group
from analytics.model.question import Needs
from analytics.model.universes import universe_names
from analytics.model.vocabulary import HoldlineError
from analytics.studies.hold.levels import HoldLevel, id_of
from analytics.studies.hold.study import VIX
from analytics.studies.hold.universe import (
    HOLD_UNIVERSE,
    HoldUniverse,
    HoldUniverseRow,
    Pool,
    SymbolStudy,
    study_symbol,
)

UNWATCHED_SECONDS = 15.0
KEEP_SECONDS = 7 * 86_400.0
STALLED_SECONDS = 30.0
LOOK_SECONDS = 0.5
MISSING_SECONDS = 300.0
"""How long it is believed that a symbol cannot be studied."""
MAX_MISSES = 24
PATHS = 500
MAX_SCANS = 8
SCANS_AT_ONCE = 2
"""Of each process."""
MAX_QUEUED = 64
"""Jobs of one scan in the queue at once: some seconds of work for a dozen workers, and what others
send is not behind hundreds of them."""

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
    name: str
    symbols: tuple[str, ...]
    session: dt.date
    watched: float
    listed: Group | None = None
    pool: Pool = field(default_factory=Pool)
    missing: dict[str, str] = field(default_factory=dict)
    reported: set[str] = field(default_factory=set)
    running: bool = True


class HoldScans:
    """The scans of one desk.

    With a queue of jobs the symbols are studied by workers, and the results read from what
    the processes share. A queue that does not answer, or workers that bring nothing for
    `STALLED_SECONDS`, are done without: this process then studies what is left.

    Args:
        desk: answers for the bars, and keeps the studies.
        clock: seconds, monotonic.
    """

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._clock = clock
        self._scans: dict[tuple[str, HoldLevel, dt.date], _Scan] = {}
        self._places = threading.BoundedSemaphore(SCANS_AT_ONCE)
        self._lock = threading.Lock()

    def watch(
        self, name: GroupName, level: HoldLevel, as_of: dt.date | None = None
    ) -> ScanProgress:
        """Start the scan, or look at the one under way; looking keeps it running.

        Raises:
            HoldlineError: for a date the source does not know.
            OverBudget: the viewer has begun too many scans.
            NotInPlan: the viewer's plan has no scans.
        """
        access.require(HOLD_UNIVERSE.offer)
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
                spend(SCANS)
                name_of_all = f"{self._desk.source.name}|{name}|{level}|{session}"
                everybody = listed.ever(dt.date.min, session)
                scan = _Scan(name_of_all, everybody, session, self._clock(), listed)
                self._scans[key] = scan
                while len(self._scans) > MAX_SCANS:
                    self._scans.pop(next(iter(self._scans)))
                threading.Thread(
                    target=self._run, args=(scan, level, as_of), name="hold-scan", daemon=True
                ).start()
            scan.watched = self._clock()
            pool, missing = scan.pool, dict(scan.missing)
        return ScanProgress(
            name=listed.title,
            done=len(pool) + len(missing),
            total=len(scan.symbols),
            running=scan.running,
            result=self._pooled(scan, pool, missing, level) if pool else None,
        )

    @staticmethod
    def _pooled(
        scan: _Scan, pool: Pool, missing: Mapping[str, str], level: HoldLevel
    ) -> HoldUniverse:
        found = pool.result(level, scan.session, missing)
        if scan.listed is None or scan.listed.universe is None:
            return found
        return replace(found, note=scan.listed.past_note(scan.symbols, missing))

    @staticmethod
    def _complete(scan: _Scan) -> bool:
        return len(scan.pool) + len(scan.missing) == len(scan.symbols)

    def _run(self, scan: _Scan, level: HoldLevel, as_of: dt.date | None) -> None:
        """Wait for a place and study the symbols, as long as somebody looks."""
        try:
            while self._watched(scan):
                if self._places.acquire(timeout=LOOK_SECONDS):
                    try:
                        self._study_all(scan, level, as_of)
                    finally:
                        self._places.release()
                    return
        finally:
            scan.running = False

    def _study_all(self, scan: _Scan, level: HoldLevel, as_of: dt.date | None) -> None:
        try:
            if self._desk.jobs is not None:
                self._have_it_done(self._desk.jobs, scan, level, as_of)
            for symbol in self._left(scan):
                if not self._watched(scan):
                    return
                try:
                    answer = study(self._desk, symbol, level, scan.session, as_of, scan.listed)
                except HoldlineError as error:
                    self._note_missing(scan, symbol, str(error))
                else:
                    self._note(scan, symbol, answer.value)
        except Exception:
            log.exception("the scan of %s symbols stopped", len(scan.symbols))

    def _watched(self, scan: _Scan) -> bool:
        return self._clock() - scan.watched <= UNWATCHED_SECONDS

    def _left(self, scan: _Scan) -> list[str]:
        with self._lock:
            return [symbol for symbol in scan.symbols if symbol not in scan.reported]

    def _note(self, scan: _Scan, symbol: str, record: StudyRecord) -> None:
        with self._lock:
            scan.reported.add(symbol)
            scan.pool = scan.pool.with_study(SymbolStudy(record.row, record.null))

    def _note_missing(self, scan: _Scan, symbol: str, sentence: str) -> None:
        with self._lock:
            scan.reported.add(symbol)
            scan.missing[symbol] = sentence

    def _have_it_done(
        self, queue: JobQueue, scan: _Scan, level: HoldLevel, as_of: dt.date | None
    ) -> None:
        """Send the symbols to workers and take in what they find, until none is left.

        Returns early when nobody watches, or when workers cannot be counted on.
        """
        shared_state, moved = self._desk.shared_state, self._clock()
        mine, queued, token = False, set[str](), secrets.token_bytes(8)
        while (left := self._left(scan)) and self._watched(scan):
            if shared_state.status is not None:
                return
            shared_state.set(_watched_key(scan.name), b"watched", UNWATCHED_SECONDS)
            sent = _sent_key(scan.name)
            # whoever has the key tops the queue up; once it is gone, another does
            mine = mine and shared_state.renew(sent, token, UNWATCHED_SECONDS)
            mine = mine or shared_state.add(sent, token, UNWATCHED_SECONDS)
            queued &= set(left)
            more = [symbol for symbol in left if symbol not in queued][: MAX_QUEUED - len(queued)]
            if mine and more:
                try:
                    queue.send(self._jobs(scan, more, level, as_of))
                except QueueLost as error:
                    log.warning("%s The scan goes on without it.", error)
                    shared_state.delete(sent, only_if=token)
                    return
                queued.update(more)
            if self._take_in(scan, left, level):
                moved = self._clock()
            elif self._clock() - moved > STALLED_SECONDS:
                log.warning("No worker studies %s: it is studied here.", scan.name)
                shared_state.delete(sent, only_if=token)
                return
            time.sleep(LOOK_SECONDS)

    def _jobs(
        self, scan: _Scan, symbols: Sequence[str], level: HoldLevel, as_of: dt.date | None
    ) -> Iterator[Job]:
        source, session = self._desk.source.name, scan.session.isoformat()
        for symbol in symbols:
            upto = None if as_of is None else as_of.isoformat()
            yield study_job(scan.name, source, symbol, level, session, upto)

    def _take_in(self, scan: _Scan, left: Sequence[str], level: HoldLevel) -> int:
        """Note what workers have found; they take the symbols in order, so not all are tried."""
        found = misses = 0
        for symbol in left:
            key = study_key(self._desk, symbol, level, scan.session, scan.listed)
            known = self._desk.studies.peek(key)
            sentence = None if known is not None else self._desk.shared_state.get(_missing_key(key))
            if known is not None:
                self._note(scan, symbol, known.value)
            elif sentence is not None:
                self._note_missing(scan, symbol, sentence.decode("utf-8", "replace"))
            else:
                misses += 1
                if misses == MAX_MISSES:
                    break
                continue
            found += 1
        return found


def study_key(
    desk: Desk, symbol: str, level: HoldLevel, session: dt.date, listed: Group | None = None
) -> str:
    """Under which a symbol's study is kept; as a member of a universe it has one of its own."""
    of = f"|{listed.name}" if listed is not None and listed.universe is not None else ""
    return f"{desk.source.name}|hold-scan{of}|{symbol}|{level}|{session}"


def study(
    desk: Desk,
    symbol: str,
    level: HoldLevel,
    session: dt.date,
    as_of: dt.date | None,
    listed: Group | None = None,
) -> Cached[StudyRecord]:
    """A symbol's study, made at most once by all processes that share the desk's studies.

    Raises:
        HoldlineError: there is none, or its bars cannot be had.
    """

    def fetch() -> Fetched[StudyRecord]:
        log.info("study of %s at the %s begins", symbol, id_of(level).name)
        inputs = desk.inputs(Needs(bars=(symbol, VIX), full_history=True), as_of).unbroken()
        bars = inputs.require_bars(symbol)
        made = study_symbol(bars, inputs.bars.get(VIX), level, PATHS, listed)
        log.info("study of %s at the %s is made", symbol, id_of(level).name)
        return Fetched(StudyRecord(made.row, made.null), KEEP_SECONDS, KEEP_SECONDS)

    key = study_key(desk, symbol, level, session, listed)
    return desk.studies.get_or_fetch(key, fetch, 60.0)


def work(
    desk: Desk,
    scan: str,
    source: str,
    symbol: str,
    level: HoldLevel,
    session: dt.date,
    as_of: dt.date | None,
) -> str:
    """A worker's part: one symbol of the scan named, for whoever watches it.

    Returns:
        What became of it, in words.
    """
    if desk.source.name != source:
        return f"not done: this worker's source is {desk.source.name}, not {source}"
    if desk.shared_state.get(_watched_key(scan)) is None:
        return "not done: nobody watches"
    listed = _group_of(scan, session)
    try:
        if desk.moment(as_of).session != session:
            return f"not done: {session} is over"
        study(desk, symbol, level, session, as_of, listed)
    except HoldlineError as error:
        missing = _missing_key(study_key(desk, symbol, level, session, listed))
        desk.shared_state.set(missing, str(error).encode(), MISSING_SECONDS)
        return f"{symbol}: {error}"
    return f"{symbol}: studied"


def _group_of(scan: str, session: dt.date) -> Group | None:
    """Whose members a scan studies, by its name; None where they are followed back in time."""
    named = [name for name in scan.split("|")[1:2] if name in universe_names()]
    return universe_group(named[0], session) if named else None


def _watched_key(scan: str) -> str:
    return f"holdline/scan/watched/{scan}"


def _sent_key(scan: str) -> str:
    return f"holdline/scan/sent/{scan}"


def _missing_key(key: str) -> str:
    return f"holdline/scan/missing/{key}"
