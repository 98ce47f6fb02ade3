"""SEC EDGAR as a source of quarters: free, without a key, for who says how to be reached."""

from __future__ import annotations

import threading
from typing import Any, Self

from cachetools import TTLCache

from analytics.model.vocabulary import NotAvailable, Quarter, parse_symbol
from analytics.sources.base import Capabilities, Opening, Source
from analytics.sources.guards import CircuitBreaker, RateLimiter
from analytics.sources.http_client import Limits, NoSuchPage, ProviderClient
from analytics.sources.sec.facts import UnknownShape, read_facts
from analytics.sources.sec.quarters import PROVIDER, quarters_of

DATA_URL = "https://data.sec.gov"
TICKERS_URL = "https://www.sec.gov"

PER_SECOND, BURST = 4.0, 4
"""Well below the ten requests a second that the SEC allows a user over all machines."""

COOL_DOWN_SECONDS = 600.0
"""The SEC lets an address in again about ten minutes after it stopped asking too often."""

MOST_BYTES = 24 << 20
"""The largest filers' facts are 4 MB."""

TICKERS_SECONDS = 24 * 3600.0

NO_CONTACT = (
    f"{PROVIDER} is not asked: it wants to know who asks, and HOLDLINE_CONTACT names no address."
)


class SecSource(Source):
    """Quarters with their filing dates, restatements as they were filed.

    Args:
        contact: the operator's e-mail address, which the SEC's fair-access rule asks for; without
            it nothing is sent.
        host: answers in the place of both of the SEC's hosts (a mirror, tests); empty: theirs.
    """

    name = PROVIDER
    capabilities = Capabilities(remote=True, quarters=True)
    breaker: CircuitBreaker

    def __init__(
        self,
        contact: str = "",
        host: str = "",
        *,
        limiter: RateLimiter | None = None,
        breaker: CircuitBreaker | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._contact = contact
        self._data, self._www = host or DATA_URL, host or TICKERS_URL
        self.breaker = breaker or CircuitBreaker(PROVIDER, cool_down=COOL_DOWN_SECONDS)
        self._client = ProviderClient(
            PROVIDER,
            limiter or RateLimiter(PER_SECOND, BURST),
            self.breaker,
            limits or Limits(seconds=20.0, most_bytes=MOST_BYTES),
            contact,
        )
        self._ciks: TTLCache[str, dict[str, int]] = TTLCache(1, TICKERS_SECONDS)
        self._lock = threading.Lock()

    @classmethod
    def open(cls, opening: Opening) -> Self:
        """With guards that all processes of the deployment share."""
        shared = opening.shared_state
        return cls(
            opening.contact,
            opening.host,
            limiter=RateLimiter(PER_SECOND, BURST, shared_state=shared),
            breaker=CircuitBreaker(PROVIDER, cool_down=COOL_DOWN_SECONDS, shared_state=shared),
        )

    def quarters(self, symbol: str) -> tuple[Quarter, ...]:
        """Every quarter since about 2009, a row for each day on which its figures changed."""
        if not self._contact:
            raise NotAvailable(NO_CONTACT)
        symbol = parse_symbol(symbol)
        cik = self._cik(symbol)
        nothing = f"{PROVIDER} has no figures of {symbol}."
        try:
            answer = self._client.get_json(f"{self._data}/api/xbrl/companyfacts/CIK{cik:010d}.json")
        except NoSuchPage:
            raise NotAvailable(nothing) from None
        try:
            facts = read_facts(answer)
        except UnknownShape as error:
            raise self._client.unreadable() from error
        if facts.cik != cik:
            raise self._client.unreadable()
        return quarters_of(symbol, facts)

    def _cik(self, symbol: str) -> int:
        """The filer of a ticker.

        Raises:
            NotAvailable: no filer has it.
        """
        with self._lock:
            ciks = self._ciks.get("all")
            if ciks is None:
                ciks = self._fetch_ciks()
                self._ciks["all"] = ciks
        if symbol not in ciks:
            raise NotAvailable(f"{PROVIDER} lists no filer with the ticker {symbol}.")
        return ciks[symbol]

    def _fetch_ciks(self) -> dict[str, int]:
        answer = self._client.get_json(f"{self._www}/files/company_tickers.json")
        try:
            return read_ciks(answer)
        except UnknownShape as error:
            raise self._client.unreadable() from error


def read_ciks(answer: Any) -> dict[str, int]:
    """Ticker -> filer of a ``company_tickers.json``; share classes as in BRK-B.

    Raises:
        UnknownShape: it is none.
    """
    try:
        return {str(row["ticker"]).upper(): int(row["cik_str"]) for row in answer.values()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnknownShape(str(error)) from error
