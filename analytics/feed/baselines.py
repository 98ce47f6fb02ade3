"""Bars beneath the live prices: renewed by the clock, and when quotes disagree."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Mapping

from analytics.feed.book import QuoteBook
from analytics.feed.market import FeedPace, LiveMarket
from analytics.model import sessions
from analytics.model.calendars import NYSE, calendar_named
from analytics.model.vocabulary import HoldlineError
from analytics.watch.session_baseline import SessionBaseline

_AGAIN_SECONDS = 10.0
"""After a failure."""
_SIMULATED_SECONDS = 5.0
"""The shortest time between two looks however fast a simulated clock runs."""
_LONGEST_REFETCH = 1800.0

_log = logging.getLogger(__name__)


class BaselineRenewal:
    """Loads baselines into a book, in a thread of its own: they may take seconds to come.

    Args:
        symbols: those followed now.
    """

    def __init__(
        self,
        book: QuoteBook,
        market: LiveMarket,
        symbols: Callable[[], tuple[str, ...]],
        pace: FeedPace,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book = book
        self._market = market
        self._symbols = symbols
        self._pace = pace
        self._monotonic = monotonic
        self._known: Mapping[str, SessionBaseline] = {}
        self._grounds: tuple[object, ...] = ()
        self._due = -float("inf")
        self._refetch: dict[str, tuple[float, float]] = {}
        self._loading: threading.Thread | None = None
        self.missing: Mapping[str, str] = {}

    def step(self) -> None:
        """Load them where that is due."""
        now, time = self._monotonic(), self._market.now()
        grounds = (
            frozenset(self._symbols()),
            sessions.phase_at(time),
            sessions.current_session(time),
            self._others(time),
        )
        self._forget_what_disagrees(now)
        if grounds == self._grounds and now < self._due:
            return
        if self._loading is not None and self._loading.is_alive():
            return
        self._grounds, self._due = grounds, now + self._every()
        self._loading = threading.Thread(target=self.load, name="feed-baselines", daemon=True)
        self._loading.start()

    def load(self) -> None:
        """Load them now, in the calling thread."""
        try:
            found, self.missing = self._market.baselines(self._symbols())
        except HoldlineError as error:
            _log.warning("The feed's bars could not be had: %s", error)
            self._due = self._monotonic() + _AGAIN_SECONDS
            return
        if self._market.clock is not None and _reach_past(found, self._market.now()):
            self._due = self._monotonic() + 1.0
            return
        baselines = {**self._lagging(found), **found}
        self._book.set_baselines(baselines)
        self._known = baselines

    def begin_anew(self, *, forget: bool = False) -> None:
        """Load them at the next step.

        Args:
            forget: what is known is of a day that is played again.
        """
        self._due = -float("inf")
        if forget:
            self._known = {}
            if self._market.forget is not None:
                self._market.forget(self._symbols())

    def _others(self, time: dt.datetime) -> frozenset[dt.date]:
        """The sessions under way on the other calendars of what is followed."""
        codes = {code for code, _ in self._book.sessions()} - {NYSE}
        return frozenset(calendar_named(code).current_session(time) for code in codes)

    def _every(self) -> float:
        speed = self._market.speed or 1.0
        return max(
            self._pace.baselines / max(1.0, speed), min(_SIMULATED_SECONDS, self._pace.baselines)
        )

    def _forget_what_disagrees(self, now: float) -> None:
        """Have bars fetched again that are not those of the session before."""
        if self._market.forget is None:
            return
        disagreeing = self._book.disagreeing()
        self._refetch = {s: due for s, due in self._refetch.items() if s in disagreeing}
        late = [s for s in disagreeing if now >= self._refetch.get(s, (now, 0.0))[0]]
        if not late:
            return
        for symbol in late:
            pause = self._refetch.get(symbol, (now, self._pace.refetch))[1]
            self._refetch[symbol] = now + pause, min(2 * pause, _LONGEST_REFETCH)
        _log.warning(
            "The bars of %s are not those of the session before: fetched again.",
            ", ".join(sorted(late)),
        )
        self._market.forget(late)
        self._due = -float("inf")

    def _lagging(self, baselines: Mapping[str, SessionBaseline]) -> dict[str, SessionBaseline]:
        """Known baselines of the same session that are absent now.

        Around the open one symbol's bar of the day reaches the source later than another's.
        """
        running = {baseline.session for baseline in baselines.values()}
        wanted = set(self._symbols())
        return {
            symbol: baseline
            for symbol, baseline in self._known.items()
            if symbol in wanted and symbol not in baselines and baseline.session in running
        }


def _reach_past(baselines: Mapping[str, SessionBaseline], time: dt.datetime) -> bool:
    """Whether they are of a simulated day that has begun anew since they were fetched."""
    return any(
        baseline.bar is not None and baseline.bar.time > time for baseline in baselines.values()
    )
