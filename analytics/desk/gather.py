"""Fetching a question's inputs: together, cached, and degraded where the source fails."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from analytics.cache.entries import Cached, Fetched
from analytics.cache.single_flight import Cache
from analytics.desk.archive import Archive
from analytics.desk.background_loads import FROM_MANY, FROM_MANY_LOCAL, BackgroundLoads
from analytics.desk.bar_notes import MOST_NOTES
from analytics.desk.bulk_quotes import BulkQuotes
from analytics.desk.fetching import BarsRecord, Fetcher, InputRequest
from analytics.desk.gathered import Gathered, assemble, sort_out
from analytics.desk.holding_bars import use_stored_bars
from analytics.desk.moments import is_settled, is_under_way, session_of_minutes, with_newest_session
from analytics.desk.recorded import read_records
from analytics.desk.running_bars import bars_since
from analytics.model import sessions
from analytics.model.budgets import cold_fetch, count_unknown
from analytics.model.portfolio_changes import Change
from analytics.model.question import AGENDA, EVERY, Needs
from analytics.model.turns import TooManyWaiting, waiting
from analytics.model.vocabulary import (
    BENCHMARK,
    Bars,
    HoldlineError,
    Moment,
    NotAvailable,
    OptionChain,
    Phase,
    SourceFailure,
    StillLoading,
    SymbolNotFound,
)
from analytics.sources.base import Source

T = TypeVar("T")

HISTORY_YEARS = 3
LOAD_SECONDS = 90.0
"""How long a fetch in the background may take."""
SO_FAR = 120.0
"""Seconds for which part of a chain stands in for the whole one."""
OPTIONAL_SECONDS = 2.0
"""How long an optional chain is waited for; when it comes later the next answer has it."""

FIRST_CHOICE_STANDS = dt.timedelta(days=8)
"""How old quarters of the provider asked first may be before another's take their place; less than
the cache keeps them."""

_log = logging.getLogger(__name__)


class Gatherer:
    """Gets inputs from one source through one cache.

    Attributes:
        rejected: rows quarantined at all fetches since the start, by reason.
    """

    def __init__(
        self,
        source: Source,
        cache: Cache,
        deadline_seconds: float,
        clock: Callable[[], dt.datetime],
        archive: Archive,
        changes: Callable[[], tuple[Change, ...]] = tuple,
        quotes: BulkQuotes | None = None,
    ) -> None:
        self._source = source
        self._changes = changes
        self._archive = archive
        self._cache = cache
        self._deadline = deadline_seconds
        self._clock = clock
        self._fetcher = Fetcher(source, archive, clock, quotes)
        self.rejected = self._fetcher.rejected
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="gather")
        self._loads = BackgroundLoads()
        self._chain_loads = BackgroundLoads()

    def benchmark_session(self, moment: Moment) -> dt.date:
        """The session live answers stand at: the benchmark's newest, or the calendar's."""
        bars = self._fetch_one(InputRequest("bars", BENCHMARK), moment, full_history=False)
        if isinstance(bars, HoldlineError):
            return moment.session
        record: BarsRecord = bars.value
        return record.bars.last_session

    def known_benchmark_session(self, moment: Moment) -> dt.date | None:
        """The benchmark's newest session as far as it was fetched already."""
        cached = self._cache.peek(self._key(InputRequest("bars", BENCHMARK), moment, False))
        return None if cached is None else cached.value.bars.last_session

    def is_fixed(self, needs: Needs, gathered: Gathered) -> bool:
        """Whether an answer rests on a finished past, all of it there, and so stays as it is.

        What may yet be written to the store, and a folder whose files may be edited, are looked at
        again.
        """
        recorded = needs.calls or needs.log or needs.portfolio or needs.history
        if recorded or self._source.capabilities.reads_folder:
            return False
        return gathered.is_complete and is_settled(gathered.inputs, self._source.now())

    def gather(self, needs: Needs, moment: Moment, *, complete: bool = False) -> Gathered:
        """Fetch all that ``needs`` lists, side by side, and cut it at ``moment``.

        With ``complete`` nothing is left to be loaded in the background.
        """
        recorded = read_records(needs, moment, self._archive, self._changes)
        may_end = recorded.traded | {*needs.ended_bars}
        first = recorded.first_change(moment.session)
        full_history = needs.full_history or first < self._usual_start(moment)
        requests = _input_requests(needs, moment, may_end)
        if needs.market_values and moment.live and self._source.capabilities.market_values:
            asked = tuple(dict.fromkeys(needs.market_values))
            requests.append(InputRequest("market_values", EVERY, symbols=asked))
        if needs.rates and self._source.capabilities.rates:
            requests.append(InputRequest("rates", moment.session.isoformat(), optional=True))
        in_part = needs.partial and not complete
        slow = [] if complete else self._slow_chains(requests, moment)
        at_once = [request for request in requests if request not in slow]
        taken = self._fetch_all(at_once, moment, full_history, in_part)
        taken |= {request: self._chain_so_far(request, needs, moment) for request in slow}
        moment = with_newest_session(moment, _bars_of(taken.values()))
        use_stored_bars(taken, recorded.changes, moment, self._archive, self._clock())
        gathered = assemble(sort_out(taken), recorded, needs, moment)
        if needs.agenda is None:
            return gathered
        notes = self._source.agenda_notes(*needs.agenda)
        return replace(gathered, notes=(*notes[:MOST_NOTES], *gathered.notes))

    def cached_chain(self, symbol: str, moment: Moment) -> Cached[OptionChain] | None:
        """The symbol's chain as the cache has it, however old, without fetching."""
        return self._cache.peek(
            self._key(InputRequest("chain", symbol), moment, full_history=False)
        )

    def forget_bars(self, symbol: str, moment: Moment) -> None:
        """Have the next question about the symbol's bars up to now fetch them."""
        for full_history in (False, True):
            self._cache.forget(self._key(InputRequest("bars", symbol), moment, full_history))

    def has_minutes(self, session: dt.date) -> bool:
        """Whether the benchmark's one-minute bars of a session can be had."""
        moment = Moment(sessions.session_open(session), session, Phase.OPEN, live=False)
        taken = self._fetch_one(InputRequest("minutes", BENCHMARK), moment, full_history=False)
        return not isinstance(taken, HoldlineError)

    def forget_chain(self, symbol: str, moment: Moment) -> None:
        """Have the next question about the symbol's chain at ``moment`` fetch it."""
        self._cache.forget(self._key(InputRequest("chain", symbol), moment, full_history=False))

    def close(self) -> None:
        """Let go of the worker threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._loads.close()
        self._chain_loads.close()

    def _fetch_all(
        self, requests: list[InputRequest], moment: Moment, full_history: bool, in_part: bool
    ) -> dict[InputRequest, Cached[Any] | HoldlineError]:
        remote = self._source.capabilities.remote
        if in_part and len(requests) > (FROM_MANY if remote else FROM_MANY_LOCAL):
            return self._fetch_many(requests, moment, full_history)

        def would_wait(request: InputRequest) -> bool:
            return self._cache.would_wait(self._key(request, moment, full_history))

        slow = [request for request in requests if would_wait(request)]
        beside = len(slow) > 1 and not self._source.capabilities.instant
        came = self._side_by_side(slow, moment, full_history) if beside else {}
        return {
            request: came[request]
            if request in came
            else self._fetch_one(request, moment, full_history)
            for request in requests
        }

    def _side_by_side(
        self, requests: list[InputRequest], moment: Moment, full_history: bool
    ) -> dict[InputRequest, Cached[Any] | HoldlineError]:
        """Each request's value; none where too many wait already: each is then refused alone."""
        try:
            with cold_fetch(), waiting():
                futures = {
                    request: self._pool.submit(self._fetch_one, request, moment, full_history)
                    for request in requests
                }
                came = {request: future.result() for request, future in futures.items()}
        except TooManyWaiting:
            return {}
        if any(isinstance(got, SymbolNotFound) for got in came.values()):
            count_unknown()
        return came

    def _fetch_many(
        self, requests: list[InputRequest], moment: Moment, full_history: bool
    ) -> dict[InputRequest, Cached[Any] | HoldlineError]:
        """What is there of very many inputs; the rest is loaded in the background."""
        names = {request: self._key(request, moment, full_history) for request in requests}
        found = {request: self._at_hand(request, moment, full_history) for request in requests}
        here = {request: got for request, got in found.items() if got is not None}
        loaded = self._loads.take(
            {
                name: partial(self._fetch_one, request, moment, full_history, None, LOAD_SECONDS)
                for request, name in names.items()
                if request not in here
            },
            at_hand=[names[request] for request in here],
            together=not self._source.capabilities.remote,  # whose answers are stored nowhere else
        )
        return {
            request: here[request] if request in here else loaded[name]
            for request, name in names.items()
        }

    def _slow_chains(self, requests: list[InputRequest], moment: Moment) -> list[InputRequest]:
        """Chains that the source gives expiry by expiry, and that nobody has yet."""
        if not moment.live or not self._source.capabilities.chain_in_parts:
            return []
        return [
            request
            for request in requests
            if request.dataset == "chain"
            and not request.optional
            and self._cache.would_wait(self._key(request, moment, full_history=False))
        ]

    def _chain_so_far(
        self, request: InputRequest, needs: Needs, moment: Moment
    ) -> Cached[Any] | HoldlineError:
        """The chain, or as much of it as has come; the rest is loaded in the background."""
        name = self._key(request, moment, full_history=False)
        so_far = f"{name}|so far"

        def publish(chain: OptionChain) -> None:
            self._cache.forget(so_far)
            self._cache.get_or_fetch(so_far, lambda: Fetched(chain, SO_FAR, SO_FAR), SO_FAR)

        fetch = partial(self._fetch_one, request, moment, False, publish, LOAD_SECONDS)
        got = self._chain_loads.take({name: fetch})[name]
        if not isinstance(got, StillLoading):
            return got
        cached: Cached[OptionChain] | None = self._cache.peek(so_far, of_all=True)
        if cached is None or self._clock() >= cached.soft_until:
            return StillLoading(f"{request.symbol}: its options are still being loaded.")
        reach = (cached.value.expiry.max() - np.datetime64(moment.session)).astype(int)
        if needs.chain_days is not None and reach >= needs.chain_days:
            return replace(cached, value=replace(cached.value, expiries_left=0))
        return cached

    def _fetch_one(
        self,
        request: InputRequest,
        moment: Moment,
        full_history: bool,
        so_far: Callable[[OptionChain], None] | None = None,
        patience: float | None = None,
    ) -> Cached[Any] | HoldlineError:
        key, fetch = self._fetch_of(request, moment, full_history, so_far)
        if patience is None:
            patience = min(self._deadline, OPTIONAL_SECONDS) if request.optional else self._deadline
        own = self._source.capabilities.instant
        return self._taken(
            request,
            key,
            lambda: self._cache.get_or_fetch(key, fetch, patience, in_own_thread=own),
        )

    def _at_hand(
        self, request: InputRequest, moment: Moment, full_history: bool
    ) -> Cached[Any] | HoldlineError | None:
        """What `_fetch_one` gives without waiting; None where it would wait."""
        key, fetch = self._fetch_of(request, moment, full_history)
        return self._taken(request, key, lambda: self._cache.at_hand(key, fetch))

    def _fetch_of(
        self,
        request: InputRequest,
        moment: Moment,
        full_history: bool,
        so_far: Callable[[OptionChain], None] | None = None,
    ) -> tuple[str, Callable[[], Fetched[Any]]]:
        """The cache's key of a request, and the call to the source that fills it."""
        start, upto = self._start(moment, full_history), self._upto(moment)
        key = self._key(request, moment, full_history)

        def fetch() -> Fetched[Any]:
            cached = self._cached_bars(request, moment, full_history)
            fetched = self._fetcher.fetch(request, moment, start, upto, cached, so_far)
            self._keep_first_choice(request, key, fetched.value)
            return fetched

        return key, fetch

    def _taken(
        self, request: InputRequest, key: str, take: Callable[[], T]
    ) -> T | Cached[Any] | HoldlineError:
        """What is taken from the cache, or the error that says why there is nothing."""
        try:
            return take()
        except NotAvailable as error:
            # Prices that were there do not vanish: the provider sent an empty frame.
            before = self._cache.peek(key) if request.dataset == "bars" else None
            return error if before is None else replace(before, error=str(error))
        except HoldlineError as error:
            return error
        except Exception:
            _log.exception("%s of %s could not be read", request.dataset, request.symbol)
            return SourceFailure(
                f"{self._source.name}'s {request.dataset} of {request.symbol} could not be read; "
                "it was logged."
            )

    def _keep_first_choice(self, request: InputRequest, key: str, value: Any) -> None:
        """Refuse a second provider's quarters while the first one's of before stand.

        Raises:
            SourceFailure: they do; the cache then serves them as older, and says why.
        """
        if request.dataset != "quarters" or not value or not value[0].passed_over:
            return
        before = self._cache.peek(key)
        if before is None or not before.value or before.value[0].passed_over:
            return
        if self._clock() - before.stored_at < FIRST_CHOICE_STANDS:
            raise SourceFailure(value[0].passed_over)

    def _cached_bars(
        self, request: InputRequest, moment: Moment, full_history: bool
    ) -> BarsRecord | None:
        """Bars fetched before from the same start, or cut from a longer history that is newer."""
        if request.dataset != "bars":
            return None
        cached = self._cache.peek(self._key(request, moment, full_history))
        own: BarsRecord | None = cached.value if cached is not None else None
        start = self._start(moment, full_history)
        longer = None if start is None else self._cache.peek(self._key(request, moment, True))
        if start is None or longer is None or longer.value.fetched_in is None:
            return own
        if own is not None and own.fetched_in and own.fetched_in >= longer.value.fetched_in:
            return own
        cut = bars_since(longer.value.bars, start)
        return own if cut is None else replace(longer.value, bars=cut)

    def _key(self, request: InputRequest, moment: Moment, full_history: bool) -> str:
        """One key an upstream answer: past dates share the live bars that contain them.

        A simulated session may begin within a second of the cache's clock, or begin anew: what was
        fetched before is not of it.
        """
        parts = [self._source.name, request.dataset, request.symbol]
        if self._source.capabilities.simulated:
            parts += [self._archive.run, str(sessions.current_session(self._source.now()))]
        if request.dataset == "bars":
            parts += [str(self._start(moment, full_history)), str(self._upto(moment))]
        if request.dataset == "minutes":
            parts.append(str(session_of_minutes(request.symbol, moment)))
        if request.dataset == "chain":
            parts.append("live" if moment.live else str(moment.session))
            if moment.replayed and self._source.capabilities.chains_by_minute:
                parts.append(f"{moment.time:%H:%M}")
        if request.span:
            parts += [str(day) for day in request.span]
        parts += request.symbols
        return "|".join(parts)

    def _start(self, moment: Moment, full_history: bool) -> dt.date | None:
        return None if full_history else self._usual_start(moment)

    def _usual_start(self, moment: Moment) -> dt.date:
        return dt.date(moment.session.year - HISTORY_YEARS, 1, 1)

    def _upto(self, moment: Moment) -> dt.date | None:
        """Set only for a session that the source's live bars do not hold complete yet."""
        running = sessions.current_session(self._source.now())
        return moment.session if not moment.live and moment.session >= running else None


def _bars_of(taken: Iterable[Cached[Any] | HoldlineError]) -> Iterator[Bars]:
    for got in taken:
        if not isinstance(got, HoldlineError) and isinstance(got.value, BarsRecord):
            yield got.value.bars


def _input_requests(needs: Needs, moment: Moment, traded: Set[str]) -> list[InputRequest]:
    """Everything to fetch for ``needs`` and for the symbols that the portfolio ever traded."""
    replayed = (*needs.bars, *sorted(traded)) if moment.replayed else ()
    running = (symbol for symbol in replayed if is_under_way(symbol, moment))
    return [
        *(InputRequest("bars", symbol) for symbol in dict.fromkeys(needs.bars)),
        *(InputRequest("bars", s, may_end=True) for s in sorted(traded - set(needs.bars))),
        *(InputRequest("chain", symbol) for symbol in dict.fromkeys(needs.chains)),
        *(
            InputRequest("chain", symbol, optional=True)
            for symbol in dict.fromkeys(needs.optional_chains)
            if symbol not in needs.chains
        ),
        *(InputRequest("quarters", symbol) for symbol in dict.fromkeys(needs.quarters)),
        *(InputRequest("minutes", symbol) for symbol in dict.fromkeys((*needs.minutes, *running))),
        *(InputRequest("events", symbol) for symbol in dict.fromkeys(needs.events)),
        *([InputRequest("agenda", AGENDA, span=needs.agenda)] if needs.agenda else []),
    ]
