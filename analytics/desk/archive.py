"""The desk's memory between sessions: chains and figures kept in the durable store.

A store that fails breaks no answer: what could not be kept or read is said in `Archive.status`.
Each source has its own past, so that a simulated chain is never taken for a market's.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from cachetools import TTLCache

from analytics.cache.codec import Codec, CodecError
from analytics.model import sessions
from analytics.model.level_calls import LevelCall, LevelEvent
from analytics.model.vocabulary import Bars, DailyFigures, OptionChain
from analytics.sources.base import Source
from analytics.store.chain_format import DamagedChain, chain_digest, decode_chain, encode_chain
from analytics.store.database import StoreUnavailable
from analytics.store.imported import StoredChain
from analytics.store.store import Store

T = TypeVar("T")

SETTLES = dt.timedelta(minutes=20)
"""How long after the close a delayed source's chain is taken to be the session's last."""

READ_SECONDS = 2.5
"""So long what was read answers the next panel too; later it is let go, for a year of calls is
some megabytes and every moment that a viewer goes back to reads its own."""

READS = 128
"""Results of reads that are there at once: the calls and the log of a page's every symbol."""

_CODEC = Codec({"chain": OptionChain})
"""Reads chains that were kept before they were kept as Parquet."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReadMark:
    """When something was read: after how many writes of this process, and monotonic seconds."""

    writes: int
    at: float


class Archive:
    """What was fetched and shown, by session.

    Args:
        store: where it is kept; None keeps nothing.
        source: whose past this is.
        clock: wall time, UTC.
        status: why there is no store, or None.
        scope: the past's name in the store; the source's own unless it is narrowed further.
        run: names the simulated day under way, which has a past of its own in a store that other
            processes share; None for a market that is played once.
        monotonic: seconds, for `READ_SECONDS`.
    """

    def __init__(
        self,
        store: Store | None,
        source: Source,
        clock: Callable[[], dt.datetime],
        status: str | None = None,
        scope: str | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        run: Callable[[], str] | None = None,
    ) -> None:
        self._run = run
        self._known_run: str | None = None
        self._store = store
        self._source = source
        self._clock = clock
        self.scope = scope or source.name
        self.status = status
        self._read: TTLCache[tuple[object, ...], Any] = TTLCache(READS, READ_SECONDS, monotonic)
        self._monotonic = monotonic
        self._writes = 0
        self._reading = threading.Lock()
        self._saved_bars: dict[str, dt.date] = {}

    @property
    def run(self) -> str:
        """Names the simulated day under way; empty for a market that is played once."""
        return "" if self._run is None else self._run()

    @property
    def _past(self) -> str:
        """What the source's own past is called in the store; an earlier run's is dropped."""
        if self._run is None:
            return self.scope
        run = self._run()
        if run != self._known_run:
            self._known_run = run
            self._write(lambda store: store.forget_runs(self.scope, run))
        return f"{self.scope} {run}"

    def remember_chain(self, chain: OptionChain) -> None:
        """Keep a chain that was fetched live; final once its session has settled."""
        unkept = self._store is None or not sessions.is_session(chain.session)
        if unkept or chain.expiries_left:
            return
        final, data = self.is_final(chain.session), encode_chain(chain)
        self._try(
            lambda store: store.save_chain(
                self._past, chain, data, final=final, fetched_at=self._clock()
            ),
            None,
        )

    def chain(
        self, symbol: str, session: dt.date, *, only_final: bool = False
    ) -> OptionChain | None:
        """The chain kept of exactly that session; its vendor's name says that it was kept."""
        if only_final and not self.has_final_chain(symbol, session):
            return None
        data = self._try(lambda store: store.chain(self._past, symbol, session), None)
        if data is None:
            return self._imported_chain(symbol, session)
        try:
            chain = _decode(data)
        except DamagedChain as error:
            _log.warning("the kept chain of %s on %s is damaged: %s", symbol, session, error)
            return None
        return replace(chain, vendor=f"{chain.vendor or self._source.name} (kept)")

    def _imported_chain(self, symbol: str, session: dt.date) -> OptionChain | None:
        """The chain of a session that was kept or bought elsewhere; its vendor's name says so."""
        nothing: StoredChain | None = None
        stored = self._try(lambda store: store.imported.chain(self._past, symbol, session), nothing)
        if stored is None:
            return None
        try:
            chain = decode_chain(stored.data)
        except DamagedChain as error:
            _log.warning("the imported chain of %s on %s is damaged: %s", symbol, session, error)
            return None
        return replace(chain, vendor=f"{stored.origin} (imported)")

    def has_final_chain(self, symbol: str, session: dt.date) -> bool:
        """Whether the session's last chain is kept already."""
        return self._try(lambda store: store.has_final_chain(self._past, symbol, session), False)

    def is_final_chain(self, chain: OptionChain) -> bool:
        """Whether this very chain is the one that stands as its session's last."""
        final = self.chain(chain.symbol, chain.session, only_final=True)
        return final is not None and chain_digest(final) == chain_digest(chain)

    def remember_bars(self, bars: Bars) -> None:
        """Keep the closes of a holding, once a session; of a provider elsewhere only."""
        if (
            not self._source.capabilities.remote
            or self._saved_bars.get(bars.symbol) == bars.last_session
        ):
            return
        done = self._try(
            lambda store: store.holdings.save(self._past, bars, self._clock()) or True, False
        )
        if done:
            self._saved_bars[bars.symbol] = bars.last_session

    def bars(self, symbol: str) -> Bars | None:
        """The closes kept of a holding that the source no longer knows."""
        nothing: Bars | None = None
        return self._try(lambda store: store.holdings.bars(self._past, symbol), nothing)

    def keep(self, question: str, figures: DailyFigures) -> None:
        """Keep what a question showed."""
        self._try(lambda store: store.save_figures(self._past, question, figures), None)

    def figures(self, question: str, symbol: str, upto: dt.date) -> tuple[DailyFigures, ...]:
        """What was shown on the sessions up to ``upto``, oldest first.

        Of sessions on which nothing was shown what their imported or simulated chains give, which
        `DailyFigures.origin` says.
        """

        def read(store: Store) -> tuple[DailyFigures, ...]:
            shown = store.figures(self._past, question, symbol, upto)
            imported = store.imported.figures(self._past, question, symbol, upto)
            return (*imported, *shown)

        nothing: tuple[DailyFigures, ...] = ()
        rows = self._try(read, nothing)
        if self._source.capabilities.past_figures:
            past = self._source.past_figures(question, symbol)
            rows = (*(row for row in past if row.session <= upto), *rows)
        by_session = {row.session: row for row in rows}  # what was shown comes last and stands
        return tuple(by_session[session] for session in sorted(by_session))

    def has_final_figures(self, question: str, symbol: str, session: dt.date) -> bool:
        """Whether what the question shows of the settled session is kept already."""
        rows = self.figures(question, symbol, session)
        newest = rows[-1] if rows else None
        return (
            newest is not None and newest.session == session and newest.final and not newest.origin
        )

    def make_calls(self, calls: Sequence[LevelCall]) -> bool:
        """Keep level calls, of which the first of a level and session stands; False: not kept."""
        return self._write(lambda store: store.levels.make_calls(self._past, calls))

    def log_events(self, events: Sequence[LevelEvent]) -> bool:
        """Keep lines of the day's log, each once; False: not kept."""
        return self._write(lambda store: store.levels.log(self._past, events))

    def replace_log(self, session: dt.date, symbol: str, events: Sequence[LevelEvent]) -> bool:
        """Put these lines in the place of a symbol's log of the session; False: not kept."""
        return self._write(
            lambda store: store.levels.replace_log(self._past, session, symbol, events)
        )

    def watched(self, session: dt.date, until: Mapping[str, dt.datetime]) -> bool:
        """Keep until when each symbol was watched; False: not kept."""
        return self._write(lambda store: store.levels.watched(self._past, session, until))

    def score(self, calls: Sequence[LevelCall]) -> int:
        """Keep what the close made of calls, never twice; how many were kept."""
        written = self._try(lambda store: store.levels.score(self._past, calls), 0)
        self._forget_read()
        return written

    def calls(
        self,
        upto: dt.date,
        symbol: str | None = None,
        *,
        since: dt.date | None = None,
        unscored: bool = False,
    ) -> tuple[LevelCall, ...]:
        """Level calls of the sessions up to ``upto``, oldest first.

        Another process's are seen within `READ_SECONDS`, in an answer within twice that.
        """
        nothing: tuple[LevelCall, ...] = ()

        def read(store: Store) -> tuple[LevelCall, ...]:
            return store.levels.calls(self._past, upto, symbol, since=since, unscored=unscored)

        return self._lately(("calls", self._past, upto, symbol, since, unscored), read, nothing)

    def events(self, session: dt.date, symbol: str | None = None) -> tuple[LevelEvent, ...]:
        """The session's log, oldest line first; as `calls` of other processes."""
        nothing: tuple[LevelEvent, ...] = ()

        def read(store: Store) -> tuple[LevelEvent, ...]:
            return store.levels.events(self._past, session, symbol)

        return self._lately(("events", self._past, session, symbol), read, nothing)

    def forget_session(self, session: dt.date) -> None:
        """Drop a simulated session's calls and log, to be played again.

        Raises:
            ValueError: the market is a real one.
        """
        if not self._source.capabilities.simulated:
            raise ValueError("only a simulated session can be played again")
        self._write(lambda store: store.levels.forget(self._past, session))

    @property
    def settles_after(self) -> dt.timedelta:
        """How long after a close the source is taken to have caught up with it."""
        return SETTLES if self._source.capabilities.remote else dt.timedelta(0)

    def is_final(self, session: dt.date) -> bool:
        """Whether the session has closed, and a delayed source has caught up with its close."""
        return self._source.now() >= sessions.session_close(session) + self.settles_after

    def close(self) -> None:
        """Release the store."""
        if self._store is not None:
            self._store.close()

    def _lately(
        self,
        key: tuple[object, ...],
        read: Callable[[Store], tuple[T, ...]],
        nothing: tuple[T, ...],
    ) -> tuple[T, ...]:
        """What was read a moment ago, for every panel of every viewer asks; else what is there."""
        with self._reading:
            known: tuple[T, ...] | None = self._read.get(key)
        if known is not None:
            return known
        rows = self._try(read, nothing)
        with self._reading:
            self._read[key] = rows
        return rows

    def read_now(self) -> ReadMark:
        """Marks what is read from now on; see `is_current`."""
        return ReadMark(self._writes, self._monotonic())

    def is_current(self, mark: ReadMark, grace_seconds: float = 0.0) -> bool:
        """Whether what was read since ``mark`` needs no look at the store.

        This process has written nothing since, and no more than `READ_SECONDS` and the grace
        have passed.
        """
        recent = 0.0 <= self._monotonic() - mark.at < READ_SECONDS + grace_seconds
        return recent and mark.writes == self._writes

    def _forget_read(self) -> None:
        with self._reading:
            self._writes += 1
            self._read.clear()

    def _write(self, act: Callable[[Store], None]) -> bool:
        """Whether it was done: False without a store, too; what was read is read again."""

        def done(store: Store) -> bool:
            act(store)
            return True

        written = self._try(done, False)
        self._forget_read()
        return written

    def _try(self, act: Callable[[Store], T], otherwise: T) -> T:
        """What the store gives, or ``otherwise`` and the reason in `status`."""
        if self._store is None:
            return otherwise
        try:
            given = act(self._store)
        except StoreUnavailable as error:
            if self.status != str(error):
                _log.warning("%s", error)
            self.status = str(error)
            return otherwise
        self.status = None
        return given


def _decode(data: bytes) -> OptionChain:
    if data.startswith(b"PAR1"):
        return decode_chain(data)
    try:
        chain: OptionChain = _CODEC.decode(zlib.decompress(data))
    except (CodecError, zlib.error) as error:
        raise DamagedChain(str(error)) from error
    return chain
