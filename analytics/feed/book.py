"""The latest price of each followed symbol, kept clean of what must not move it."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from analytics.feed.lines import LiveLine, evaluate
from analytics.model import sessions
from analytics.model.vocabulary import Quote
from analytics.watch.session_baseline import SessionBaseline

OUT_OF_ORDER = "out of order"
OTHER_SESSION = "another session"
NOT_FOLLOWED = "not followed"
OTHER_BASIS = "on another split baseline than its bars"
_SPLIT_FROM = 1.19
"""The smallest split in use is 6:5; no other correction moves a published close so far."""


@lru_cache(maxsize=16)
def _close_of(session: dt.date) -> dt.datetime:
    return sessions.session_close(session)


class QuoteBook:
    """Quotes in, evaluated lines out; safe to use from the stream's and the feed's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._baselines: dict[str, SessionBaseline] = {}
        self._lines: dict[str, LiveLine] = {}
        self._changed = False
        self._dropped: Counter[str] = Counter()
        self._last_tick: dt.datetime | None = None
        self._split: set[str] = set()

    @property
    def dropped(self) -> dict[str, int]:
        """Quotes left out, by reason."""
        with self._lock:
            return dict(self._dropped)

    @property
    def last_tick(self) -> dt.datetime | None:
        """UTC time of the newest price taken from the feed."""
        with self._lock:
            return self._last_tick

    def set_baselines(self, baselines: Mapping[str, SessionBaseline]) -> None:
        """Follow exactly these symbols; prices of a session under way are kept."""
        with self._lock:
            lines = {}
            for symbol, baseline in baselines.items():
                known = self._lines.get(symbol)
                quote = known.quote if known and self._counts(baseline, known.quote) else None
                if baseline.bar is not None and (
                    quote is None
                    or quote.pre_market
                    or baseline.complete
                    or baseline.bar.time > quote.time
                ):
                    quote = _merged(quote, baseline.bar) if not baseline.complete else baseline.bar
                if quote is not None:
                    lines[symbol] = evaluate(baseline, quote, _is_final(baseline, quote))
            self._changed |= lines != self._lines
            self._baselines, self._lines = dict(baselines), lines

    def clear(self) -> None:
        """Forget every price and baseline: the day begins anew."""
        with self._lock:
            self._baselines, self._lines = {}, {}
            self._split.clear()
            self._last_tick = None
            self._changed = True

    def accept(self, quotes: Iterable[Quote]) -> int:
        """Take what is newer than what is held; the number taken."""
        taken = 0
        with self._lock:
            for quote in quotes:
                reason = self._refused(quote)
                if reason:
                    self._dropped[reason] += 1
                    continue
                baseline = self._baselines[quote.symbol]
                held = self._lines.get(quote.symbol)
                whole = _merged(held.quote if held else None, quote)
                self._lines[quote.symbol] = evaluate(baseline, whole, _is_final(baseline, whole))
                self._last_tick = max(quote.time, self._last_tick or quote.time)
                taken += 1
            self._changed |= taken > 0
        return taken

    def take_changes(self) -> dict[str, LiveLine] | None:
        """All lines when any has changed since they were last taken, else None."""
        with self._lock:
            if not self._changed:
                return None
            self._changed = False
            return dict(self._lines)

    def take_split(self) -> frozenset[str]:
        """The symbols whose quotes came on another split baseline than their bars."""
        with self._lock:
            split, self._split = self._split, set()
            return frozenset(split)

    def lines(self) -> dict[str, LiveLine]:
        """All lines as they stand."""
        with self._lock:
            return dict(self._lines)

    def _refused(self, quote: Quote) -> str | None:
        baseline = self._baselines.get(quote.symbol)
        if baseline is None:
            return NOT_FOLLOWED
        if baseline.complete or not self._counts(baseline, quote):
            return OTHER_SESSION
        if _split_between(baseline, quote):
            self._split.add(quote.symbol)
            return OTHER_BASIS
        held = self._lines.get(quote.symbol)
        if held is not None and (
            quote.time < held.quote.time or (quote.pre_market and not held.quote.pre_market)
        ):
            return OUT_OF_ORDER
        return None

    @staticmethod
    def _counts(baseline: SessionBaseline, quote: Quote) -> bool:
        return quote.time.astimezone(sessions.NEW_YORK).date() == baseline.session


def _split_between(baseline: SessionBaseline, quote: Quote) -> bool:
    """Whether the quote counts in other shares than the bars: the split is not in them yet.

    Held against their levels it would be a break (or a reclaim) that never was.
    """
    told = quote.previous_close
    if told is None or told <= 0:
        return False
    ratio = told / baseline.previous_close
    return max(ratio, 1 / ratio) > _SPLIT_FROM


def _is_final(baseline: SessionBaseline, quote: Quote) -> bool:
    return baseline.complete or (not quote.pre_market and quote.time >= _close_of(baseline.session))


def _merged(held: Quote | None, new: Quote) -> Quote:
    """``new`` with the session's open, high, low and volume so far; none before the open."""
    if new.pre_market:
        return replace(new, open=None, high=None, low=None, volume=None)
    if held is None or held.pre_market:
        high, low = new.high, new.low
        opened, volume = new.open, new.volume
    else:
        high = _most(max, held.high, new.high)
        low = _most(min, held.low, new.low)
        opened = new.open if held.open is None else held.open
        volume = _most(max, held.volume, new.volume)
    return replace(
        new,
        open=opened,
        high=_most(max, high, new.price),
        low=_most(min, low, new.price),
        volume=volume,
    )


def _most(which: Callable[[list[float]], float], *values: float | None) -> float | None:
    told = [value for value in values if value is not None]
    return which(told) if told else None
