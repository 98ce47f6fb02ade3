"""The simulator's tape as a stream: a quote a followed symbol each time its clock ticks."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Protocol

from analytics.model.vocabulary import Quote, QuoteBatch, SymbolNotFound

_LOOK_SECONDS = 0.02


class Ticking(Protocol):
    """What is streamed: the simulated market by its newest tick."""

    def tick_time(self) -> dt.datetime | None:
        """When the newest tick was, UTC; None before there is one."""
        ...

    def quote(self, symbol: str) -> Quote | None:
        """A symbol's newest tick; raises SymbolNotFound."""
        ...


class DemoStream:
    """An open stream of ``market``; it never fails, and stands while the clock does."""

    def __init__(self, market: Ticking, symbols: frozenset[str]) -> None:
        self._market = market
        self._symbols = symbols
        self._sent: dt.datetime | None = None
        self._closed = threading.Event()

    def follow(self, symbols: frozenset[str]) -> None:
        """Want exactly these symbols from the next tick on."""
        if symbols != self._symbols:
            self._symbols, self._sent = symbols, None

    def receive(self, seconds: float) -> QuoteBatch:
        """The quotes of the tick reached since the last call, or a mere sign of life."""
        self._closed.wait(min(seconds, _LOOK_SECONDS))
        time = self._market.tick_time()
        if time is None or time == self._sent:
            return QuoteBatch()
        self._sent = time
        quotes = []
        for symbol in sorted(self._symbols):
            try:
                quotes.append(self._market.quote(symbol))
            except SymbolNotFound:
                continue  # a viewer may ask for any symbol; the rest are streamed
        return QuoteBatch(tuple(quote for quote in quotes if quote is not None))

    def close(self) -> None:
        """End a wait under way."""
        self._closed.set()
