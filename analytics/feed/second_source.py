"""Search for a second source of a price that is too far from the last one to be believed alone."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from analytics.feed.book import QuoteBook
from analytics.feed.market import LiveMarket
from analytics.model.vocabulary import HoldlineError

_LONGEST_PAUSE = 600.0

_log = logging.getLogger(__name__)


class SecondSource:
    """Polls the symbols whose price waits, then asks for their minutes, in a thread of its own.

    Args:
        pause: seconds between two looks for the same symbols; doubled each time.
        done: called after each look.
    """

    def __init__(
        self,
        book: QuoteBook,
        market: LiveMarket,
        pause: float,
        done: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book = book
        self._market = market
        self._first_pause = self._pause = pause
        self._done = done
        self._monotonic = monotonic
        self._due = -float("inf")
        self._asked: frozenset[str] = frozenset()
        self._looking: threading.Thread | None = None

    def step(self) -> None:
        """Look where that is due."""
        waiting = self._book.waiting()
        if not waiting:
            self._asked, self._pause = waiting, self._first_pause
            return
        now = self._monotonic()
        if now < self._due or (self._looking is not None and self._looking.is_alive()):
            return
        again = waiting <= self._asked
        self._pause = min(2 * self._pause, _LONGEST_PAUSE) if again else self._first_pause
        self._asked, self._due = waiting, now + self._pause
        self._looking = threading.Thread(
            target=self.look, args=(waiting,), name="feed-second-source", daemon=True
        )
        self._looking.start()

    def look(self, symbols: frozenset[str]) -> None:
        """Look for these now, in the calling thread."""
        try:
            if self._market.poll is not None:
                self._book.deliver(self._market.poll(tuple(sorted(symbols))), polled=True)
            left = symbols & self._book.waiting()
            if left and self._market.minutes is not None:
                self._book.confirm(self._market.minutes(tuple(sorted(left))))
        except HoldlineError as error:
            _log.info("No second source of %s: %s", ", ".join(sorted(symbols)), error)
        self._done()
