"""The simulator's tape as a stream: a quote a followed symbol each time its clock ticks."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

from analytics.model.vocabulary import QuoteBatch, SymbolNotFound

if TYPE_CHECKING:
    from analytics.sources.demo.source import DemoSource

_LOOK_SECONDS = 0.02


class DemoStream:
    """An open stream of ``source``; it never fails, and stands while the clock does."""

    def __init__(self, source: DemoSource, symbols: frozenset[str]) -> None:
        self._source = source
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
        time = self._source.tick_time()
        if time is None or time == self._sent:
            return QuoteBatch()
        self._sent = time
        quotes = []
        for symbol in sorted(self._symbols):
            try:
                quotes.append(self._source.quote(symbol))
            except SymbolNotFound:
                continue  # a viewer may ask for any symbol; the rest are streamed
        return QuoteBatch(tuple(quote for quote in quotes if quote is not None))

    def close(self) -> None:
        """End a wait under way."""
        self._closed.set()
