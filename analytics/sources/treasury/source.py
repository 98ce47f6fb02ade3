"""The US Treasury as a source of riskless rates by tenor, without a key."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Self

from cachetools import TTLCache

from analytics.model.rates import TreasuryYields
from analytics.model.vocabulary import NotAvailable, SourceFailure
from analytics.sources.base import Capabilities, Opening, Source
from analytics.sources.guards import CircuitBreaker, RateLimiter
from analytics.sources.http_client import Limits, NoSuchPage, ProviderClient
from analytics.sources.treasury.rates_file import (
    Days,
    Kind,
    UnknownShape,
    read_feed,
    read_table,
)

PROVIDER = "US Treasury"
URL = "https://home.treasury.gov"

PER_SECOND, BURST = 0.5, 4
"""A month has two files, and each is asked for a few times a day."""

SECONDS = 30.0
"""The pages are slow."""

MOST_BYTES = 4 << 20

OLDEST = dt.timedelta(days=7)
"""How long a day's rates are carried: over holidays, not over a silence."""

MONTH_SECONDS = 3 * 3600.0
"""After which a month is asked for again; the day's row comes in the late afternoon."""

_DATA_SET: dict[Kind, str] = {
    "par": "daily_treasury_yield_curve",
    "bills": "daily_treasury_bill_rates",
}
_YEAR_DAYS = 365


class TreasurySource(Source):
    """Bond-equivalent yields: bills up to a year, the par curve beyond.

    Args:
        host: in the place of the Treasury's; empty: its own.
        contact: the operator's address, sent where it is set.
    """

    name = PROVIDER
    capabilities = Capabilities(remote=True, rates=True)
    breaker: CircuitBreaker

    def __init__(
        self,
        host: str = "",
        contact: str = "",
        *,
        limiter: RateLimiter | None = None,
        breaker: CircuitBreaker | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._host = host or URL
        self.breaker = breaker or CircuitBreaker(PROVIDER)
        self._client = ProviderClient(
            PROVIDER,
            limiter or RateLimiter(PER_SECOND, BURST),
            self.breaker,
            limits or Limits(seconds=SECONDS, most_bytes=MOST_BYTES),
            contact,
        )
        self._months: TTLCache[tuple[Kind, int, int], Days] = TTLCache(48, MONTH_SECONDS)
        self._lock = threading.Lock()

    @classmethod
    def open(cls, opening: Opening) -> Self:
        """With guards that all processes of the deployment share."""
        shared = opening.shared_state
        return cls(
            opening.host,
            opening.contact,
            limiter=RateLimiter(PER_SECOND, BURST, shared_state=shared),
            breaker=CircuitBreaker(PROVIDER, shared_state=shared),
        )

    def rates(self, session: dt.date) -> TreasuryYields:
        """The newest rates up to a session, at most `OLDEST` old.

        Raises:
            NotAvailable: there are none of those days.
        """
        par = self._upto(session, "par")
        try:
            bills = self._upto(session, "bills")
        except SourceFailure:
            if not par:
                raise
            bills = {}
        days = [day for day in (*par, *bills) if day <= session]
        if not days or session - max(days) > OLDEST:
            raise NotAvailable(f"{PROVIDER} has no rates of the days up to {session}.")
        newest = max(days)
        by_days = par.get(newest, {})
        if newest in bills:
            long = {n: rate for n, rate in by_days.items() if n > _YEAR_DAYS}
            by_days = {**bills[newest], **long}
        return TreasuryYields(newest, dict(sorted(by_days.items())), PROVIDER)

    def _upto(self, session: dt.date, kind: Kind) -> Days:
        """The session's month; with the month before where that has no row by then."""
        found = self._month(session.replace(day=1), kind)
        if not any(day <= session for day in found):
            found = found | self._month((session.replace(day=1) - OLDEST).replace(day=1), kind)
        return found

    def _month(self, first: dt.date, kind: Kind) -> Days:
        key = (kind, first.year, first.month)
        with self._lock:
            known = self._months.get(key)
        if known is None:
            known = self._fetch(first, kind)
            with self._lock:
                self._months[key] = known
        return known

    def _fetch(self, first: dt.date, kind: Kind) -> Days:
        """A month by the feed, else by the table."""
        name, month = _DATA_SET[kind], f"{first:%Y%m}"
        pages = f"{self._host}/resource-center/data-chart-center/interest-rates"
        feed = f"{pages}/pages/xml?data={name}&field_tdr_date_value_month={month}"
        table = (
            f"{pages}/daily-treasury-rates.csv/all/{month}?type={name}"
            f"&field_tdr_date_value_month={month}&page&_format=csv"
        )
        try:
            return read_feed(self._client.get(feed, "xml").content, kind)
        except UnknownShape:
            self._client.unreadable()
        except (NoSuchPage, SourceFailure):
            self.breaker.check()
        try:
            return read_table(self._client.get(table, "csv").content, kind)
        except UnknownShape as error:
            raise self._client.unreadable() from error
        except NoSuchPage as error:
            raise SourceFailure(f"{PROVIDER} has moved its pages.") from error
