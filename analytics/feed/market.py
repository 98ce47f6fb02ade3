"""Live market as the feed needs it of a source, and the pace at which it asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from analytics.feed.upstream import Connect, Poll, StreamPace
from analytics.model.calendars import NYSE, ListingCalendar, calendar_named
from analytics.model.vocabulary import MinuteBars, Phase
from analytics.sources.base import PlayClock
from analytics.watch.session_baseline import SessionBaseline

_STREAM_PACE = StreamPace()

AFTER_CLOSE = dt.timedelta(minutes=15)
"""Closing prices trickle in for so long."""

LoadBaselines = Callable[[tuple[str, ...]], tuple[Mapping[str, SessionBaseline], Mapping[str, str]]]
"""Baselines by symbol, and why others have none; may take seconds; raises HoldlineError."""

LoadMinutes = Callable[[tuple[str, ...]], Mapping[str, MinuteBars]]
"""The running session's one-minute bars, where there are any; raises HoldlineError."""


@dataclass(frozen=True, kw_only=True)
class LiveMarket:
    """A source as the feed sees it.

    Attributes:
        now: the source's clock, UTC.
        baselines: what new prices are held against.
        connect, poll: the source's stream and its fall-back; without both there is no feed.
        minutes: confirm prices that nothing else confirms; None where the source has none.
        forget: has the bars of symbols fetched anew.
        clock: of a simulated market.
    """

    now: Callable[[], dt.datetime]
    baselines: LoadBaselines
    connect: Connect | None = None
    poll: Poll | None = None
    minutes: LoadMinutes | None = None
    forget: Callable[[Iterable[str]], None] | None = None
    clock: PlayClock | None = None

    @property
    def has_prices(self) -> bool:
        """Whether there are live prices at all."""
        return self.connect is not None or self.poll is not None

    @property
    def speed(self) -> float | None:
        """Simulated seconds a second; None of a real market."""
        return None if self.clock is None else self.clock.speed

    def is_trading(self, calendars: Iterable[str] = ()) -> bool:
        """Whether prices move now, or closing prices may still come in.

        Args:
            calendars: codes of those followed beside New York's.
        """
        now = self.now()
        return any(_is_trading(calendar_named(code), now) for code in {NYSE, *calendars})


def _is_trading(listing: ListingCalendar, now: dt.datetime) -> bool:
    if listing.phase_at(now) is not Phase.CLOSED:
        return True
    closed = listing.close(listing.current_session(now))
    return dt.timedelta(0) <= now - closed < AFTER_CLOSE


@dataclass(frozen=True)
class FeedPace:
    """All in seconds.

    Attributes:
        beat: between two looks at what is to be published, or was by another process.
        spacing: the shortest time between two snapshots; a tick is published that soon.
        alive: the longest, so that followers see that the leader lives.
        share: between two exchanges of what is asked.
        baselines: between two looks at the bars beneath, at an unchanged session.
        refetch: between two fetches of bars that quotes disagree with; doubled each time.
        second_source: between two looks for a second source of a price; doubled each time.
        stream: the pace of the connection upstream.
    """

    beat: float = 0.1
    spacing: float = 0.1
    alive: float = 5.0
    share: float = 1.0
    baselines: float = 300.0
    refetch: float = 60.0
    second_source: float = 15.0
    stream: StreamPace = _STREAM_PACE
