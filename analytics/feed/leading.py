"""The work of the process that leads: quotes in from upstream, snapshots out to all."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Callable, Iterable

from analytics.feed.baselines import BaselineRenewal
from analytics.feed.book import QuoteBook
from analytics.feed.leader_election import RequestedSymbols
from analytics.feed.market import FeedPace, LiveMarket
from analytics.feed.outcomes import Delivery
from analytics.feed.publication import Publication
from analytics.feed.second_source import SecondSource
from analytics.feed.snapshot import encode
from analytics.feed.upstream import Supervisor
from analytics.model import sessions
from analytics.model.live import FeedState, Mode
from analytics.model.vocabulary import Quote

BACKWARDS = dt.timedelta(seconds=30)
"""A simulated clock that goes back further plays its day again."""


class Leader:
    """Holds the upstream connection and publishes; `step` is called at each beat.

    Args:
        requested: what is to be followed.
        ticked: called when quotes have come.
    """

    def __init__(
        self,
        market: LiveMarket,
        requested: RequestedSymbols,
        publication: Publication,
        ticked: Callable[[], None],
        pace: FeedPace,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._market = market
        self._requested = requested
        self._publication = publication
        self._ticked = ticked
        self._pace = pace
        self._monotonic = monotonic
        self._epoch = secrets.token_hex(4)
        self._latest = market.now()
        self._outline: tuple[object, ...] = ()
        self._supervisor: Supervisor | None = None
        self.book = QuoteBook(market.now, minutes_decide=market.minutes is not None)
        self.baselines = BaselineRenewal(
            self.book, market, requested.symbols, pace, monotonic, steady=requested.steady
        )
        self._second_source = SecondSource(self.book, market, pace.second_source, ticked, monotonic)
        self.published_at = -float("inf")

    def step(self) -> None:
        """One beat."""
        if self._supervisor is None:
            self._start()
        self._notice_replay()
        self.baselines.step()
        self._second_source.step()
        self._publish()

    def stop(self) -> None:
        """Close the connection; a later step opens another."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.stop()
            self._outline = ()
            self.baselines.begin_anew()

    def _start(self) -> None:
        """Open the stream, and go on from the sequence that the last leader published."""
        self._publication.read()
        self._supervisor = Supervisor(
            self._market.connect,
            self._market.poll,
            self._deliver,
            self._symbols,
            self._is_trading,
            self._pace.stream,
            self._monotonic,
        )
        self._supervisor.start()

    def _symbols(self) -> frozenset[str]:
        """What to ask for upstream: nothing before there are bars to hold prices against."""
        return frozenset(self._requested.symbols() if self.book.follows else ())

    def _is_trading(self) -> bool:
        return self._market.is_trading(code for code, _ in self.book.sessions())

    def _deliver(self, quotes: Iterable[Quote], polled: bool) -> Delivery:
        delivery = self.book.deliver(quotes, polled=polled)
        self._ticked()
        return delivery

    def _notice_replay(self) -> None:
        """Forget the prices of a simulated day that begins anew: the old ones would be newer."""
        time = self._market.now()
        if self._market.clock is not None and time < self._latest - BACKWARDS:
            self.book.clear()
            self.baselines.begin_anew(forget=True)
            self._latest = time
        self._latest = max(self._latest, time)

    def _publish(self) -> None:
        changed = self.book.take_changes()
        state, time, now = self._state(), self._market.now(), self._monotonic()
        phase = sessions.phase_at(time)
        speed = self._market.speed
        outline = (state.mode, state.connected, state.reconnects, state.error, phase, speed)
        quiet = changed is None and outline == self._outline
        if quiet and now - self.published_at < self._pace.alive:
            return
        self._outline, self.published_at = outline, now
        lines = self.book.lines() if changed is None else changed
        sequence = self._publication.newest.sequence + 1
        self._publication.publish(encode(sequence, self._epoch, time, phase, state, lines, speed))

    def _state(self) -> FeedState:
        if self._supervisor is None:
            return FeedState()
        stream = self._supervisor.state
        return FeedState(
            mode=stream.mode if self._market.has_prices else Mode.NONE,
            connected=stream.connected,
            last_tick=self.book.last_tick,
            reconnects=stream.reconnects,
            garbage=stream.garbage,
            dropped=self.book.dropped,
            polls=stream.polls,
            followed=len(self._requested.symbols()),
            missing={**self.baselines.missing, **self.book.withheld()},
            error=stream.error,
        )
