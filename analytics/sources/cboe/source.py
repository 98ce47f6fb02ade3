"""Cboe's delayed quotes as a source of option chains.

No terms that permit programs were found: it is asked only where the operator names it.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Self

from cachetools import LRUCache

from analytics.model import sessions
from analytics.model.vocabulary import NotAvailable, OptionChain, SourceFailure, parse_symbol
from analytics.sources.base import Capabilities, Opening, Source
from analytics.sources.cboe.delayed_chain import VENDOR, UnknownShape, cboe_name, read_chain
from analytics.sources.guards import CircuitBreaker, RateLimiter
from analytics.sources.http_client import Limits, NoSuchPage, ProviderClient

URL = "https://cdn-api.cboe.com"
REDIRECTS_TO = ("cdn-api.cboe.com", "cdn.cboe.com")
"""It has moved between these; an answer that leads elsewhere is not followed."""

PER_SECOND, BURST = 1.0, 3
SECONDS = 20.0
MOST_BYTES = 32 << 20
"""The S&P 500's chain, the largest, was 14 MB in August 2026."""

MOST_KEPT = 8
"""Chains remembered with their version, so that an unchanged one is not sent again."""


class CboeSource(Source):
    """Whole chains with two-sided quotes, open interest and greeks, about 15 minutes old.

    Args:
        host: in the place of Cboe's; empty: its own.
        contact: the operator's address, sent where it is set.
        clock: the wall clock, UTC.
    """

    name = VENDOR
    capabilities = Capabilities(remote=True, delay_minutes=15, chains=True)
    breaker: CircuitBreaker

    def __init__(
        self,
        host: str = "",
        contact: str = "",
        *,
        limiter: RateLimiter | None = None,
        breaker: CircuitBreaker | None = None,
        limits: Limits | None = None,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._host = host or URL
        self._clock = clock
        self.breaker = breaker or CircuitBreaker(VENDOR)
        self._client = ProviderClient(
            VENDOR,
            limiter or RateLimiter(PER_SECOND, BURST),
            self.breaker,
            limits or Limits(seconds=SECONDS, most_bytes=MOST_BYTES, hosts=REDIRECTS_TO),
            contact,
        )
        self._known: LRUCache[str, tuple[str, OptionChain]] = LRUCache(MOST_KEPT)
        self._lock = threading.Lock()

    @classmethod
    def open(cls, opening: Opening) -> Self:
        """With guards that all processes of the deployment share."""
        shared = opening.shared_state
        return cls(
            opening.host,
            opening.contact,
            limiter=RateLimiter(PER_SECOND, BURST, shared_state=shared),
            breaker=CircuitBreaker(VENDOR, shared_state=shared),
        )

    def now(self) -> dt.datetime:
        """The wall clock, UTC."""
        return self._clock()

    def chain(self, symbol: str, session: dt.date | None) -> OptionChain:
        """The chain of the present session: one request for all expiries.

        Raises:
            NotAvailable: of a past session, or Cboe lists no options of the symbol.
            SourceFailure: also where its data is of an earlier session.
        """
        symbol = parse_symbol(symbol)
        current = sessions.current_session(self._clock())
        if session is not None and session != current:
            raise NotAvailable(f"{VENDOR} has no past chains: none of {symbol} on {session}.")
        name = cboe_name(symbol)
        if name is None:
            raise NotAvailable(f"{VENDOR}'s name for the share class {symbol} is not known.")
        chain = self._fetched(symbol, name)
        if not len(chain):
            raise NotAvailable(f"{VENDOR} lists no options of {symbol} that have not expired.")
        if chain.session < current:
            raise SourceFailure(
                f"{VENDOR}'s quotes of {symbol} are still those of {chain.session}."
            )
        return chain

    def _fetched(self, symbol: str, name: str) -> OptionChain:
        with self._lock:
            etag, known = self._known.get(symbol, ("", None))
        url = f"{self._host}/api/global/delayed_quotes/options/{name}.json"
        try:
            body = self._client.get(url, "json", etag=etag)
        except NoSuchPage:
            raise NotAvailable(f"{VENDOR} has no delayed options of {symbol}.") from None
        if body.unchanged and known is not None:
            return known
        try:
            chain = read_chain(body.content, symbol)
        except UnknownShape as error:
            raise self._client.unreadable() from error
        with self._lock:
            self._known[symbol] = (body.etag, chain)
        return chain
