"""Facade of the analytics layer: a Question in, an Answer out, whatever the source does."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

from analytics.cache.backend import Backend
from analytics.cache.entries import Fetched
from analytics.cache.one_fetch import KEEP_SECONDS
from analytics.cache.single_flight import Cache
from analytics.desk.answer_memory import AnswerMemory, Key, Marks, Standing
from analytics.desk.archive import Archive
from analytics.desk.bulk_quotes import BulkQuotes
from analytics.desk.cached_chain import CachedChain, described
from analytics.desk.computing import Computing
from analytics.desk.gather import Gatherer
from analytics.desk.gathered import Gathered
from analytics.desk.jobs import JobQueue
from analytics.desk.moments import past_moment, present_moment
from analytics.desk.provenance import still_loading
from analytics.desk.replay import StepUnit, step
from analytics.model import access
from analytics.model.budgets import COLD, spend
from analytics.model.portfolio_changes import Change
from analytics.model.question import Answer, Inputs, Needs, Question
from analytics.model.spelling import bare, other_spelling
from analytics.model.turns import waiting
from analytics.model.vocabulary import (
    Freshness,
    HoldlineError,
    Moment,
    OptionChain,
    Phase,
    StillLoading,
    SymbolMatch,
)
from analytics.sources.base import Source
from analytics.store.database import Database
from analytics.store.records import Records
from analytics.store.status import StoreStatus

P = TypeVar("P")
R = TypeVar("R")

StandsFor: TypeAlias = Callable[[float], bool]
"""Whether answers may still be given so many seconds after an input's expiry."""

MANY_HISTORIES = 100
"""More whole histories than this are in memory for one answer at a time: 20 years of the 707 names
that the S&P 500 had in ten are 130 MiB, and what is computed of them as much again."""

_log = logging.getLogger(__name__)


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


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
        asks_quotes = source.capabilities.remote and source.capabilities.quotes
        self.quotes = BulkQuotes(source, cache, clock) if asks_quotes else None
        self._gatherer = Gatherer(
            source, cache, deadline_seconds, clock, self.archive, self._published, self.quotes
        )
        self._computing = Computing(source, clock)
        self._memory = AnswerMemory()
        self._whole_market = threading.Lock()
        self._standing = Standing(
            source, self.archive, self._memory, clock, self._gatherer.known_benchmark_session
        )

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
            calendar = present_moment(self.source.now())
            return replace(calendar, session=self._gatherer.benchmark_session(calendar))
        return past_moment(as_of, self.source.latest(), self.source.name)

    def ask(
        self,
        question: Question[P, R],
        parameters: P,
        as_of: dt.date | None = None,
        *,
        complete: bool = False,
    ) -> Answer[R]:
        """Answer a question now, or as of a moment of the past (see `moment`).

        With ``complete`` an answer that could be given in part is waited for.

        Never raises for what data or input can cause: the answer then has no result and says
        why. A result that had to be computed from older data than asked for is marked STALE.
        """
        key = (question.name, parameters, as_of)
        try:
            access.require(question.offer)
            known = self._known(key)
            if known is not None:
                return known
            moment = self.moment(as_of)
            needs = question.needs(parameters, moment)
        except HoldlineError as error:
            return self._computing.refusal(question.name, self._present(), error)
        forgotten = self._memory.forgotten
        read = self.archive.read_now() if needs.calls or needs.log else None
        with self._room_for(needs, complete):
            gathered = self._gatherer.gather(needs, moment, complete=complete)
            with self._memory.alone(
                key
            ):  # who asks the same meanwhile shares what this one computes
                before = self._memory.get(key)
                last = None if before is None else before.answer
                if last is not None and self._is_whole_meanwhile(last, gathered):
                    return last
                answer = self._computing.answer(question, parameters, gathered, last, needs.lists)
                saved = (
                    before is not None and before.answer.version == answer.version and before.saved
                )
                marks = None
                if _is_final(answer, gathered):
                    fixed = self._gatherer.is_fixed(needs, gathered)
                    fixed_in = self._standing.session_now() if fixed else None
                    until = self._until(needs, gathered)
                    marks = Marks(as_of, moment, until, forgotten, fixed_in, read)
                computed = self._memory.put(key, answer, marks, saved)
        if not saved:
            found = gathered.inputs.chains
            chains = [found[symbol] for symbol in needs.chains if symbol in found]
            saved = self._keep(question, parameters, answer, chains)
        self._memory.note_saved(key, computed, saved)
        return answer

    @contextlib.contextmanager
    def _room_for(self, needs: Needs, complete: bool) -> Iterator[None]:
        """Let whole histories of a whole market be in memory for one answer at a time."""
        if complete or not needs.full_history or len(needs.bars) <= MANY_HISTORIES:
            yield
            return
        with waiting(refuse=False):
            self._whole_market.acquire()
        try:
            yield
        finally:
            self._whole_market.release()

    def _until(self, needs: Needs, gathered: Gathered) -> dt.datetime:
        """Until when an answer stands: what is still loading is asked for again soon."""
        absent = gathered.inputs.absent.values()
        if not needs.stands_seconds or any(isinstance(one, StillLoading) for one in absent):
            return gathered.fresh_until
        stands = self._clock() + dt.timedelta(seconds=needs.stands_seconds)
        return max(gathered.fresh_until, stands)

    def _is_whole_meanwhile(self, last: Answer[Any], gathered: Gathered) -> bool:
        """Whether the last answer has all names of the session, which are read again just now.

        Of a source on this machine: one far away may not answer for long, and its part is shown.
        """
        if self.source.capabilities.remote or not still_loading(gathered.inputs):
            return False
        same = last.moment.session == gathered.inputs.moment.session
        return same and last.result is not None and not last.provenance.loading

    def known(
        self, question: Question[P, R], parameters: P, as_of: dt.date | None = None
    ) -> Answer[R] | None:
        """The answer of before, where it still stands: nothing is fetched or computed for it."""
        try:
            access.require(question.offer)
            return self._known((question.name, parameters, as_of))
        except HoldlineError:
            return None

    def _known(self, key: Key) -> Answer[Any] | None:
        """See `known`.

        Raises:
            HoldlineError: as `moment`.
        """
        computed = self._memory.get(key)
        if computed is None or computed.marks is None:
            return None
        return computed.answer if self._standing.holds([computed.marks]) else None

    def standing(self, answers: Sequence[Answer[Any]]) -> StandsFor | None:
        """What tells whether all these answers still are what `ask` would give.

        It asks and fetches nothing. None where one of them may change at any time: it was not
        computed, or not from all that it needs.
        """
        marks = self._memory.marks_of(answers)
        if not marks:
            return None
        return lambda grace_seconds: self._standing.holds_surely(marks, grace_seconds)

    def store_status(self) -> StoreStatus:
        """How the durable store does, by real reads and writes."""
        return self.records.database.status()

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
        if answer.provenance.loading:
            return False
        settled = self.archive.is_final(moment.session)
        final = settled and all(self.archive.is_final_chain(chain) for chain in chains)
        record = question.keep(parameters, answer.result, moment, final)
        if record is not None:
            self.archive.keep(question.name, record)
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
        now = present_moment(self.source.now())
        cached = self._gatherer.cached_chain(symbol, now)
        return None if cached is None else described(cached, self.source.name)

    def made_once(self, name: str, make: Callable[[], bytes], patience_seconds: float) -> bytes:
        """What never changes under its name, made at most once by all processes of a deployment.

        Raises:
            SourceFailure: it was not made within the time.
            Exception: what ``make`` raises.
        """

        def fetch() -> Fetched[bytes]:
            return Fetched(make(), KEEP_SECONDS, KEEP_SECONDS)

        return self.studies.get_or_fetch(name, fetch, patience_seconds).value

    def forget_bars(self, symbols: Iterable[str], as_of: dt.date | None = None) -> None:
        """Have the next question about the symbols' bars fetch them.

        A split changes them all; and a close is only final some time after the bell.

        Raises:
            HoldlineError: when the source cannot tell its time; as `moment` for a date.
        """
        moment = present_moment(self.source.now()) if as_of is None else self.moment(as_of)
        for symbol in symbols:
            self._gatherer.forget_bars(symbol, moment)
        self._memory.clear()

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
        self._memory.clear()

    def _present(self) -> Moment:
        """Now at the source, or on the wall clock when the source cannot tell its time."""
        try:
            now = self.source.now()
        except HoldlineError:
            now = self._clock()
        return replace(present_moment(now), live=False)

    @property
    def rejected_rows(self) -> dict[str, int]:
        """Rows quarantined at all fetches since the start, by reason."""
        return dict(self._gatherer.rejected)

    def search(self, text: str) -> tuple[SymbolMatch, ...]:
        """Symbols that match ``text``, else its other spelling; empty without an answer."""
        try:
            spend(COLD)
            found = self.source.search(text[:40])
            symbol = bare(text[:40])
            spelled = other_spelling(symbol) or symbol
            if found or spelled == text.strip().upper():
                return found
            return self.source.search(spelled)
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


def _is_final(answer: Answer[Any], gathered: Gathered) -> bool:
    """Whether the same inputs would give the same: all were there, or there is a result."""
    if answer.result is not None:
        return True
    inputs = gathered.inputs
    there = not inputs.absent and not inputs.optional_absent
    return there and answer.freshness is Freshness.NO_DATA
