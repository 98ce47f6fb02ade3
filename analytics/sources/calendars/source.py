"""The three official calendars as sources of the market's agenda, each under its own guards."""

from __future__ import annotations

import datetime as dt
import threading
from abc import abstractmethod
from typing import ClassVar, Self

from cachetools import TTLCache

from analytics.model.vocabulary import Event, HoldlineError, SourceFailure
from analytics.sources.base import Capabilities, Opening, Source
from analytics.sources.calendars import bea_page, bls_calendar, fed_pages
from analytics.sources.calendars.shape import UnknownShape
from analytics.sources.guards import CircuitBreaker, RateLimiter
from analytics.sources.http_client import Kind, Limits, NoSuchPage, ProviderClient

PER_SECOND, BURST = 0.5, 2
SECONDS = 10.0
MOST_BYTES = 8 << 20
KEEP_SECONDS = 6 * 3600.0


class _Calendar(Source):
    """A calendar read whole, and asked for again after some hours.

    Args:
        host: in the place of the office's own; empty: its own.
        contact: the operator's address, sent where it is set: the BLS lets through who gives one.
    """

    url: ClassVar[str]
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
        self._host = host or self.url
        self.breaker = breaker or CircuitBreaker(self.name)
        self._client = ProviderClient(
            self.name,
            limiter or RateLimiter(PER_SECOND, BURST),
            self.breaker,
            limits or Limits(seconds=SECONDS, most_bytes=MOST_BYTES),
            contact,
        )
        self._known: TTLCache[str, list[Event]] = TTLCache(1, KEEP_SECONDS)
        self._lock = threading.Lock()

    @classmethod
    def open(cls, opening: Opening) -> Self:
        """With guards that all processes of the deployment share."""
        shared = opening.shared_state
        return cls(
            opening.host,
            opening.contact,
            limiter=RateLimiter(PER_SECOND, BURST, shared_state=shared),
            breaker=CircuitBreaker(cls.name, shared_state=shared),
        )

    def _between(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        with self._lock:
            events = self._known.get("all")
            if events is None:
                events = self._known["all"] = self._fetch()
        return tuple(event for event in events if start <= event.day <= end)

    @abstractmethod
    def _fetch(self) -> list[Event]:
        """All that the calendar holds."""

    def _body(self, url: str, kind: Kind) -> bytes:
        try:
            return self._client.get(url, kind).content
        except NoSuchPage as error:
            raise SourceFailure(f"{self.name} has moved its calendar.") from error


class FedSource(_Calendar):
    """Decisions with their projections, minutes and Beige Books of the Federal Reserve."""

    name = fed_pages.PROVIDER
    url = "https://www.federalreserve.gov"
    capabilities = Capabilities(remote=True, agenda=True)

    def agenda(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        """Of the page of meetings, and of the list of all dates, which may end with the year."""
        return self._between(start, end)

    def _fetch(self) -> list[Event]:
        try:
            meetings = self._meetings()
        except HoldlineError as error:
            dates = self._dates()
            if not dates:
                raise error from None
            return dates
        try:
            dates = self._dates()
        except HoldlineError:
            dates = []
        decided = {event.day for event in meetings}
        return [*meetings, *(event for event in dates if event.day not in decided)]

    def _meetings(self) -> list[Event]:
        page = self._body(f"{self._host}/monetarypolicy/fomccalendars.htm", "html")
        try:
            return fed_pages.read_meetings(page)
        except UnknownShape as error:
            raise self._client.unreadable() from error

    def _dates(self) -> list[Event]:
        body = self._body(f"{self._host}/json/calendar.json", "json")
        try:
            return fed_pages.read_dates(body)
        except UnknownShape as error:
            raise self._client.unreadable() from error


class BlsSource(_Calendar):
    """Jobs, consumer and producer prices and others of the Bureau of Labor Statistics."""

    name = bls_calendar.PROVIDER
    url = "https://www.bls.gov"
    capabilities = Capabilities(remote=True, agenda=True)

    def agenda(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        """Of its iCalendar. It refuses most programs, and then says how to help oneself."""
        try:
            return self._between(start, end)
        except SourceFailure as error:
            raise SourceFailure(
                f"{error} Its schedule, saved from {self.url}/schedule/news_release/bls.ics in a "
                "browser, can be chosen under Your own events."
            ) from error

    def _fetch(self) -> list[Event]:
        body = self._body(f"{self._host}/schedule/news_release/bls.ics", "ics")
        try:
            return bls_calendar.read_schedule(body)
        except UnknownShape as error:
            raise self._client.unreadable() from error


class BeaSource(_Calendar):
    """GDP, PCE prices and trade of the Bureau of Economic Analysis."""

    name = bea_page.PROVIDER
    url = "https://www.bea.gov"
    capabilities = Capabilities(remote=True, agenda=True)

    def agenda(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        """Of its page of scheduled releases."""
        return self._between(start, end)

    def _fetch(self) -> list[Event]:
        body = self._body(f"{self._host}/news/schedule", "html")
        try:
            return bea_page.read_schedule(body)
        except UnknownShape as error:
            raise self._client.unreadable() from error
