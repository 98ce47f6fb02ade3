"""Moment that an answer is for, and what the answer states of itself: freshness, provenance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from analytics.model.basics import Phase
from analytics.model.calendars import NYSE, ListingCalendar


class Freshness(StrEnum):
    """What a panel's badge says; exactly one holds."""

    LIVE = "LIVE"
    DELAYED = "DELAYED"
    CLOSED = "CLOSED"
    REPLAY = "REPLAY"
    STALE = "STALE"
    NO_DATA = "NO DATA"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Provenance:
    """Where an answer's inputs came from.

    Attributes:
        source: the source's name.
        simulated: True for the demo: every surface then carries the banner.
        bar_time: UTC time of the newest price used (the session's close when complete).
        fetched_at: UTC time of the oldest fetch among the inputs.
        delay_minutes: the source's stated delay (0 for none).
        rejected: rows quarantined, by reason.
        missing: symbol -> why its data could not be used.
        stale: why older data is shown in place of what was asked, or None.
        lists: dated lists past their life that figures rest on, each as "ten largest companies:
            list of 24 Dec 2024, 705 days old".
        loading: inputs that are still being fetched: the figures are those of the others.
        notes: what is to be known of the inputs: sessions without a bar, holes, splits that were
            put right, providers that had to be passed over; a sentence each.
        providers: part of the inputs ("prices", "options", "quarters", "rates", "calendar") -> who
            gave it.
    """

    source: str
    simulated: bool = False
    bar_time: dt.datetime | None = None
    fetched_at: dt.datetime | None = None
    delay_minutes: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    stale: str | None = None
    lists: tuple[str, ...] = ()
    loading: int = 0
    notes: tuple[str, ...] = ()
    providers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """The market moment an answer is for.

    Attributes:
        time: UTC; for an as-of date, that session's close.
        session: the New York session it belongs to.
        phase: of the New York exchange at ``time``.
        live: False for a moment in the past.
        day: the as-of date that was asked for, which may be no session in New York but one
            elsewhere; None for now, and for one minute.
    """

    time: dt.datetime
    session: dt.date
    phase: Phase
    live: bool
    day: dt.date | None = None

    @property
    def replayed(self) -> bool:
        """Whether a session of the past is under way: its bar is made of minutes."""
        return not self.live and self.phase is Phase.OPEN

    def session_of(self, calendar: ListingCalendar) -> dt.date:
        """The newest session of a listing's calendar whose bar may be seen.

        An as-of date means after that date's close of every listing, whatever its zone.

        Raises:
            BadInput: outside the years of the calendar.
        """
        if calendar.code == NYSE:
            return self.session
        if self.live or self.replayed:
            return calendar.current_session(self.time)
        return calendar.session_on_or_before(self.day or self.session)
