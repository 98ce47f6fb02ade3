"""The quotes of all symbols followed by one upstream call, shared by all processes.

Every symbol whose bars are kept fresh is followed for some minutes; whoever needs a newer quote
asks for all that are followed, so that a page of thirty symbols costs one call a minute however
many look at it.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from analytics.cache.entries import Cached, Fetched
from analytics.cache.single_flight import Cache
from analytics.model.vocabulary import HoldlineError, Quote
from analytics.sources.base import Source

FOLLOWED = dt.timedelta(minutes=10)
"""So long after it was last asked for, a symbol is asked along with others."""
SPARE_SECONDS = 5.0
"""So much sooner than prices do, an answer is old: all symbols that fall due find a new one."""
LONGEST_CALL_SECONDS = 30.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class QuotesRecord:
    """One bulk answer as cached.

    Attributes:
        asked: symbol -> UTC time at which somebody last needed it; those without a quote are in it
            as well: the source has none.
    """

    quotes: tuple[Quote, ...]
    asked: dict[str, dt.datetime]

    def quote_of(self, symbol: str) -> Quote | None:
        """The symbol's quote."""
        return next((quote for quote in self.quotes if quote.symbol == symbol), None)


class BulkQuotes:
    """Asks one source for quotes, at most as often as its prices stay fresh.

    Args:
        source: has the capability ``quotes``.
        cache: what the processes share.
        clock: wall time, UTC; that of the cache.
    """

    def __init__(self, source: Source, cache: Cache, clock: Callable[[], dt.datetime]) -> None:
        self._source = source
        self._cache = cache
        self._clock = clock
        self._key = f"{source.name}|quotes"
        self._asked: dict[str, dt.datetime] = {}
        self._lock = threading.Lock()

    def follow(self, symbol: str) -> None:
        """Have the next calls ask for the symbol as well."""
        with self._lock:
            self._asked[symbol] = self._clock()

    def newest(self, symbol: str) -> Cached[QuotesRecord] | None:
        """An answer that was asked for the symbol, from another caller's call or one of its own.

        Returns:
            None when none can be had at present.
        """
        with self._lock:  # Whoever waits finds the answer to the call before.
            self._asked[symbol] = self._clock()
            try:
                got = self._get()
                if symbol not in got.value.asked:
                    got = self._of_another_process(symbol) or self._get(anew=True)
            except HoldlineError as error:
                _log.info("no bulk quotes: %s", error)
                return None
        return got if got.error is None else None

    def age_seconds(self, got: Cached[QuotesRecord]) -> float:
        """Since the answer came."""
        return max(0.0, (self._clock() - got.stored_at).total_seconds())

    def poll(self, symbols: tuple[str, ...]) -> tuple[Quote, ...]:
        """The latest quotes of ``symbols`` now, for a live feed; the bars are served along.

        Raises:
            HoldlineError: as the source.
        """
        with self._lock:
            self._asked.update(dict.fromkeys(symbols, self._clock()))
            got = self._get(anew=True)
        wanted = set(symbols)
        return tuple(quote for quote in got.value.quotes if quote.symbol in wanted)

    def _of_another_process(self, symbol: str) -> Cached[QuotesRecord] | None:
        got: Cached[QuotesRecord] | None = self._cache.peek(self._key, of_all=True)
        if got is None or self._clock() >= got.soft_until or symbol not in got.value.asked:
            return None
        return got

    def _get(self, *, anew: bool = False) -> Cached[QuotesRecord]:
        """What the processes have, or one call for all that they follow. With the lock."""
        wanted = self._followed() if anew else None
        if anew:
            self._cache.forget(self._key)

        def fetch() -> Fetched[QuotesRecord]:
            asked = self._followed() if wanted is None else wanted
            life = self._source.capabilities.refresh_seconds - SPARE_SECONDS
            return Fetched(QuotesRecord(self._source.quotes(tuple(asked)), asked), life, life)

        return self._cache.get_or_fetch(self._key, fetch, LONGEST_CALL_SECONDS)

    def _followed(self) -> dict[str, dt.datetime]:
        """All that this process and the others need, with the time of the last need."""
        now = self._clock()
        cached: Cached[QuotesRecord] | None = self._cache.peek(self._key, of_all=True)
        known = dict(cached.value.asked) if cached is not None else {}
        for symbol, asked in self._asked.items():
            known[symbol] = max(asked, known.get(symbol, asked))
        recent = {symbol: asked for symbol, asked in known.items() if now - asked < FOLLOWED}
        self._asked = {symbol: asked for symbol, asked in self._asked.items() if symbol in recent}
        return dict(sorted(recent.items()))
