"""The door: answers declared questions. Cache, freshness, as-of and degradation live here, once."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from analytics.cache.backend import Backend
from analytics.cache.single_flight import Cache
from analytics.desk.archive import Archive
from analytics.desk.gather import STATED_BY_ANSWERS, Gathered, Gatherer
from analytics.desk.jobs import JobQueue
from analytics.desk.replay import StepUnit, first_minute, step
from analytics.model import sessions
from analytics.model.portfolio_changes import Change
from analytics.model.question import Answer, Inputs, Needs, Question, as_of_text
from analytics.model.vocabulary import (
    BadInput,
    Bars,
    Freshness,
    HoldlineError,
    Moment,
    OptionChain,
    Phase,
    Provenance,
    SourceFailure,
    SymbolMatch,
)
from analytics.sources.base import Source
from analytics.store.database import Database
from analytics.store.records import Records

P = TypeVar("P")
R = TypeVar("R")

MEMO_SIZE = 512
"""Filled by a replay of the demo, minute by minute, they held 28 MiB, the largest half a MiB."""

_SILENT = dt.timedelta(minutes=30)

_STANDS_IN_SESSION = dt.timedelta(minutes=1)
_STANDS_OUTSIDE = dt.timedelta(minutes=10)
"""How long a live answer may stand while nothing it rests on changes: some tell what time is left
until the close, or which of the day's events is over."""

_log = logging.getLogger(__name__)


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class _Memo:
    """An answer as it was computed.

    Attributes:
        kept: the archive needs not be told of this version again.
    """

    answer: Answer[Any]
    moment: Moment
    fresh_until: dt.datetime
    kept: bool


@dataclass(frozen=True)
class CachedChain:
    """What is known of a chain without asking the source.

    Attributes:
        time: UTC, of the chain.
        session: the chain's; its open interest is of the session before.
        stale: why it could not be renewed, or None.
    """

    time: dt.datetime
    session: dt.date
    contracts: int
    vendor: str
    stale: str | None


class Desk:
    """Answers questions from one source.

    Args:
        source: where the data comes from.
        cache: what stands between the desk and the source.
        deadline_seconds: the longest a caller waits for one upstream call.
        clock: wall time, UTC; only the ages of fetches use it, prices use the source's.
        archive: keeps chains and figures between sessions; None keeps nothing.
        records: keeps what people wrote down; None keeps it in memory.
        shared_state: what the processes of a deployment share; None: the cache's backend.
        studies: keeps results that take long to compute; None: the cache.
        jobs: takes long jobs to other processes; None: they are done in this one.
    """

    def __init__(
        self,
        source: Source,
        cache: Cache,
        deadline_seconds: float = 12.0,
        clock: Callable[[], dt.datetime] = _utc_now,
        archive: Archive | None = None,
        records: Records | None = None,
        shared_state: Backend | None = None,
        studies: Cache | None = None,
        jobs: JobQueue | None = None,
    ) -> None:
        self.source = source
        self.cache = cache
        self.shared_state: Backend = shared_state or cache.backend
        self.studies = studies or cache
        self.jobs = jobs
        self.archive = archive or Archive(None, source, clock)
        self.records = records or Records(Database(None), source.capabilities.simulated)
        self._clock = clock
        self._gatherer = Gatherer(
            source, cache, deadline_seconds, clock, self.archive, self._published
        )
        self._memo: OrderedDict[tuple[Any, ...], _Memo] = OrderedDict()
        self._memo_lock = threading.Lock()

    def moment(self, as_of: dt.date | None = None) -> Moment:
        """The moment an answer is for.

        Args:
            as_of: None for now; a date for the close of the session on or before it; an aware
                ``datetime`` for that very minute: outside trading hours the last close.

        Raises:
            BadInput: for a date that has not closed yet, or a minute still to come, at the
                source.
        """
        if as_of is None:
            calendar = _calendar_moment(self.source.now(), live=True)
            return replace(calendar, session=self._gatherer.benchmark_session(calendar))
        latest = self.source.latest()
        if isinstance(as_of, dt.datetime):
            return _minute_moment(as_of, latest, self.source.name)
        session = sessions.session_on_or_before(as_of)
        closes = sessions.session_close(session)
        if closes > latest:
            newest = sessions.current_session(latest)
            if sessions.session_close(newest) > latest:
                newest = sessions.previous_session(newest)
            raise BadInput(
                f"as-of {as_of} has not closed yet at {self.source.name}: "
                f"the newest complete session is {newest}."
            )
        return Moment(closes, session, Phase.CLOSED, False)

    def ask(
        self, question: Question[P, R], parameters: P, as_of: dt.date | None = None
    ) -> Answer[R]:
        """Answer a question now, or as of a moment of the past (see `moment`).

        Never raises for what data or input can cause: the answer then has no result and says
        why. A result that had to be computed from older data than asked for is marked STALE.
        """
        try:
            moment = self.moment(as_of)
        except HoldlineError as error:
            return self._refusal(question.name, self._present(), error)
        key = (question.name, parameters, as_of)
        held = self._memo_get(key)
        if held and self._still_fresh(held, moment):
            return held.answer
        needs = question.needs(parameters, moment)
        gathered = self._gatherer.gather(needs, moment)
        answer = self._answer(question, parameters, gathered, held)
        kept = held is not None and held.answer.version == answer.version and held.kept
        if not kept:
            found = gathered.inputs.chains
            chains = [found[symbol] for symbol in needs.chains if symbol in found]
            kept = self._keep(question, parameters, answer, chains)
        self._memo_put(key, _Memo(answer, moment, gathered.fresh_until, kept))
        return answer

    def _published(self) -> tuple[Change, ...]:
        return self.records.portfolio.published()

    def _keep(
        self,
        question: Question[P, R],
        parameters: P,
        answer: Answer[R],
        chains: Sequence[OptionChain],
    ) -> bool:
        """Let the archive keep what a question shows of the present, once a session.

        What rests on a chain is final when it rests on the chain that was kept as final: one
        fetched before the close may still be shown for a while after it.

        Returns:
            False when the same result may still become its session's final one.
        """
        moment = answer.moment
        if question.keep is None or answer.result is None or not moment.live:
            return True
        settled = self.archive.is_final(moment.session)
        final = settled and all(self.archive.is_final_chain(chain) for chain in chains)
        kept = question.keep(parameters, answer.result, moment, final)
        if kept is not None:
            self.archive.keep(question.name, kept)
        return final or moment.phase is Phase.OPEN

    def inputs(self, needs: Needs, as_of: dt.date | None = None) -> Inputs:
        """The inputs themselves, cut at the moment: for a scan that goes symbol by symbol.

        Raises:
            HoldlineError: as `moment`.
        """
        return self._gatherer.gather(needs, self.moment(as_of)).inputs

    def cached_chain(self, symbol: str) -> CachedChain | None:
        """The symbol's present chain as far as it was fetched already; asks the source nothing.

        Raises:
            HoldlineError: when the source cannot tell its time.
        """
        now = _calendar_moment(self.source.now(), live=True)
        held = self._gatherer.cached_chain(symbol, now)
        if held is None:
            return None
        chain = held.value
        vendor = chain.vendor or self.source.name
        return CachedChain(chain.time, chain.session, len(chain), vendor, held.error)

    def forget_bars(self, symbols: Iterable[str], as_of: dt.date | None = None) -> None:
        """Have the next question about the symbols' bars fetch them.

        A split changes them all; and a close is only final some time after the bell.

        Raises:
            HoldlineError: when the source cannot tell its time; as `moment` for a date.
        """
        if as_of is None:
            moment = _calendar_moment(self.source.now(), live=True)
        else:
            moment = self.moment(as_of)
        for symbol in symbols:
            self._gatherer.forget_bars(symbol, moment)
        with self._memo_lock:
            self._memo.clear()

    def step(self, as_of: dt.date, count: int, unit: StepUnit) -> dt.date | None:
        """The moment some minutes or sessions further on, or back; None beyond the newest.

        Raises:
            HoldlineError: as `moment`; a step too far.
        """
        return step(as_of, count, unit, self.source.latest(), self._gatherer.has_minutes)

    def has_minutes(self, session: dt.date) -> bool:
        """Whether a session can be replayed minute by minute."""
        return self._gatherer.has_minutes(session)

    def forget_chain(self, symbol: str) -> None:
        """Have the next question about the symbol's present chain fetch it.

        Raises:
            HoldlineError: as `moment`.
        """
        self._gatherer.forget_chain(symbol, self.moment())
        with self._memo_lock:
            self._memo.clear()

    def _present(self) -> Moment:
        """Now at the source, or on the wall clock when the source cannot tell its time."""
        try:
            now = self.source.now()
        except HoldlineError:
            now = self._clock()
        return _calendar_moment(now, live=False)

    @property
    def rejected_rows(self) -> dict[str, int]:
        """Rows quarantined at all fetches since the start, by reason."""
        return dict(self._gatherer.rejected)

    def search(self, text: str) -> tuple[SymbolMatch, ...]:
        """Symbols that match ``text``; empty when the source cannot be asked."""
        try:
            return self.source.search(text[:40])
        except HoldlineError as error:
            _log.info("search failed: %s", error)
            return ()

    def close(self) -> None:
        """Release threads and files."""
        self._gatherer.close()
        self.archive.close()
        self.records.close()
        self.cache.close()
        self.studies.close()

    def _still_fresh(self, held: _Memo, moment: Moment) -> bool:
        return (
            held.answer.result is not None
            and self._clock() < held.fresh_until
            and held.moment.session == moment.session
            and held.moment.phase is moment.phase
        )

    def _answer(
        self, question: Question[P, R], parameters: P, gathered: Gathered, held: _Memo | None
    ) -> Answer[R]:
        inputs = gathered.inputs
        provenance = self._provenance(gathered)
        version = _version(
            gathered.versions, (replace(provenance, fetched_at=None), _standing(inputs.moment))
        )
        if held and held.answer.result is not None and held.answer.version == version:
            result = held.answer.result
        else:
            try:
                if not question.stands_alone:
                    _require_any(inputs)
                result = question.compute(parameters, inputs)
            except HoldlineError as error:
                return self._refusal(question.name, inputs.moment, error, provenance)
            except Exception:
                _log.exception("%s%s could not be computed", question.name, parameters)
                failure = SourceFailure(f"{question.name} could not be computed; it was logged.")
                return self._refusal(question.name, inputs.moment, failure, provenance)
        return Answer(
            question=question.name,
            moment=inputs.moment,
            freshness=self._freshness(inputs.moment, provenance),
            provenance=provenance,
            result=result,
            version=version,
        )

    def _provenance(self, gathered: Gathered) -> Provenance:
        inputs = gathered.inputs
        times = [_bar_time(bars) for bars in inputs.bars.values()]
        times += [chain.time for chain in inputs.chains.values()] if not times else []
        stale = gathered.stale
        if stale and gathered.fetched_at:
            age = self._clock() - gathered.fetched_at
            stale = f"{stale} Shown: data fetched {_age(age)} ago."
        return Provenance(
            source=self.source.name,
            simulated=self.source.capabilities.simulated,
            bar_time=max(times, default=None),
            fetched_at=gathered.fetched_at,
            delay_minutes=self.source.capabilities.delay_minutes,
            rejected=gathered.rejected,
            missing={
                symbol: str(error)
                for (dataset, symbol), error in inputs.absent.items()
                if dataset not in STATED_BY_ANSWERS
            },
            stale=stale or self._silence(inputs.moment, max(times, default=None)),
        )

    def _silence(self, moment: Moment, bar_time: dt.datetime | None) -> str | None:
        """In session, prices much older than the source's delay are said to be so."""
        if not moment.live or moment.phase is not Phase.OPEN or bar_time is None:
            return None
        if moment.time - sessions.session_open(sessions.current_session(moment.time)) < _SILENT:
            return None
        late = moment.time - bar_time - dt.timedelta(minutes=self.source.capabilities.delay_minutes)
        return f"{self.source.name} has sent no price for {_age(late)}." if late > _SILENT else None

    def _freshness(self, moment: Moment, provenance: Provenance) -> Freshness:
        if provenance.stale:
            return Freshness.STALE
        if moment.replayed:
            return Freshness.REPLAY
        if not moment.live or moment.phase is not Phase.OPEN:
            return Freshness.CLOSED
        return Freshness.DELAYED if provenance.delay_minutes else Freshness.LIVE

    def _refusal(
        self,
        name: str,
        moment: Moment,
        error: HoldlineError,
        provenance: Provenance | None = None,
    ) -> Answer[Any]:
        failed = isinstance(error, SourceFailure)
        return Answer(
            question=name,
            moment=moment,
            freshness=Freshness.ERROR if failed else Freshness.NO_DATA,
            provenance=provenance
            or Provenance(self.source.name, self.source.capabilities.simulated),
            reason=str(error),
            version=_version((), str(error)),
        )

    def _memo_get(self, key: tuple[Any, ...]) -> _Memo | None:
        with self._memo_lock:
            held = self._memo.get(key)
            if held:
                self._memo.move_to_end(key)
            return held

    def _memo_put(self, key: tuple[Any, ...], memo: _Memo) -> None:
        with self._memo_lock:
            self._memo[key] = memo
            while len(self._memo) > MEMO_SIZE:
                self._memo.popitem(last=False)


def _require_any(inputs: Inputs) -> None:
    """Refuse an answer made of nothing: a table without a row says too little.

    Raises:
        HoldlineError: why the inputs are absent, a failure of the source before other reasons.
    """
    if inputs.bars or inputs.chains or inputs.quarters or not inputs.absent:
        return
    errors = inputs.absent.values()
    raise next((e for e in errors if isinstance(e, SourceFailure)), next(iter(errors)))


def _minute_moment(as_of: dt.datetime, latest: dt.datetime, source: str) -> Moment:
    """A minute of a session under way, else the close before it."""
    time = as_of.astimezone(dt.UTC).replace(second=0, microsecond=0)
    if time > latest:
        newest = latest.astimezone(sessions.NEW_YORK)
        raise BadInput(
            f"as-of {as_of_text(as_of)} lies ahead of {source}'s newest minute, "
            f"{newest:%Y-%m-%d %H:%M}."
        )
    session = sessions.current_session(time)
    if time < first_minute(session):
        session = sessions.previous_session(session)
    if time < sessions.session_close(session):
        return Moment(time, session, Phase.OPEN, False)
    return Moment(sessions.session_close(session), session, Phase.CLOSED, False)


def _calendar_moment(now: dt.datetime, live: bool) -> Moment:
    return Moment(now, sessions.current_session(now), sessions.phase_at(now), live)


def _bar_time(bars: Bars) -> dt.datetime:
    if bars.last_time is not None:
        return bars.last_time
    if sessions.is_session(bars.last_session):
        return sessions.session_close(bars.last_session)
    return dt.datetime.combine(bars.last_session, dt.time(21), dt.UTC)


def _standing(moment: Moment) -> tuple[object, ...]:
    """Changes when an answer that rests on the same inputs may say something else."""
    stands = _STANDS_IN_SESSION if moment.phase is Phase.OPEN else _STANDS_OUTSIDE
    return moment.session, moment.phase, moment.time.timestamp() // stands.total_seconds()


def _age(age: dt.timedelta) -> str:
    seconds = max(int(age.total_seconds()), 0)
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _version(versions: tuple[str, ...], also: object) -> str:
    text = repr((versions, also)).encode()
    return hashlib.blake2b(text, digest_size=8).hexdigest()
