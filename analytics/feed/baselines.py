"""Bars beneath the live prices: renewed by the clock, and when quotes disagree."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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


@dataclass
class _Group:
    """Symbols whose baselines are loaded together.

    Attributes:
        grounds: what the last load rested on: another one is due when it changes.
        due: monotonic time of the next load.
    """

    symbols: Callable[[], tuple[str, ...]]
    grounds: tuple[object, ...] = ()
    due: float = -float("inf")
    loading: threading.Thread | None = None
    known: Mapping[str, SessionBaseline] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_loading(self) -> bool:
        return self.loading is not None and self.loading.is_alive()


class BaselineRenewal:
    """Loads baselines into a book, in threads of its own: they may take seconds to come.

    Args:
        symbols: those followed now.
        steady: those of them that are followed whether anybody looks or not. They are loaded
            apart, so that a viewer's unknown symbol never holds them up.
    """

    def __init__(
        self,
        book: QuoteBook,
        market: LiveMarket,
        symbols: Callable[[], tuple[str, ...]],
        pace: FeedPace,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        steady: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._book = book
        self._market = market
        self._pace = pace
        self._monotonic = monotonic
        self._symbols = symbols
        self._steady = steady
        self._groups = (_Group(steady), _Group(self._others_than_steady))
        self._setting = threading.Lock()
        self._refetch: dict[str, tuple[float, float]] = {}

    @property
    def missing(self) -> dict[str, str]:
        """Symbol followed -> why nothing can be held against its bars."""
        return {symbol: why for group in self._groups for symbol, why in group.missing.items()}

    def step(self) -> None:
        """Load them where that is due."""
        now, time = self._monotonic(), self._market.now()
        self._forget_what_disagrees(now)
        market = (sessions.phase_at(time), sessions.current_session(time), self._others(time))
        for group in self._groups:
            wanted = frozenset(group.symbols())
            if not wanted and not group.known:
                continue
            grounds = (wanted, *market)
            if (grounds == group.grounds and now < group.due) or group.is_loading:
                continue
            group.grounds, group.due = grounds, now + self._every()
            group.loading = threading.Thread(
                target=self._load, args=(group,), name="feed-baselines", daemon=True
            )
            group.loading.start()

    def load(self) -> None:
        """Load them now, in the calling thread."""
        for group in self._groups:
            self._load(group)

    def _load(self, group: _Group) -> None:
        symbols = group.symbols()
        try:
            found, missing = self._market.baselines(symbols) if symbols else ({}, {})
        except HoldlineError as error:
            _log.warning("The feed's bars could not be had: %s", error)
            group.due = self._monotonic() + _AGAIN_SECONDS
            return
        if self._market.clock is not None and _reach_past(found, self._market.now()):
            group.due = self._monotonic() + 1.0
            return
        with self._setting:
            group.missing = missing
            group.known = {**self._lagging(group, found), **found}
            steady, others = self._groups
            self._book.set_baselines({**others.known, **steady.known})

    def _others_than_steady(self) -> tuple[str, ...]:
        steady = frozenset(self._steady())
        return tuple(symbol for symbol in self._symbols() if symbol not in steady)

    def begin_anew(self, *, forget: bool = False) -> None:
        """Load them at the next step.

        Args:
            forget: what is known is of a day that is played again.
        """
        for group in self._groups:
            group.due = -float("inf")
            if forget:
                group.known = {}
        if forget and self._market.forget is not None:
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
        self.begin_anew()

    def _lagging(
        self, group: _Group, baselines: Mapping[str, SessionBaseline]
    ) -> dict[str, SessionBaseline]:
        """Known baselines of the same session that are absent now.

        Around the open one symbol's bar of the day reaches the source later than another's.
        """
        running = {baseline.session for baseline in baselines.values()}
        wanted = set(group.symbols())
        return {
            symbol: baseline
            for symbol, baseline in group.known.items()
            if symbol in wanted and symbol not in baselines and baseline.session in running
        }


def _reach_past(baselines: Mapping[str, SessionBaseline], time: dt.datetime) -> bool:
    """Whether they are of a simulated day that has begun anew since they were fetched."""
    return any(
        baseline.bar is not None and baseline.bar.time > time for baseline in baselines.values()
    )
