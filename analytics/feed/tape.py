"""One symbol's session as it is accepted (methods, "Plausibility").

A print that is far from the last accepted price waits; a second print, a polled quote or a bar
within 0.5% confirms it, and a price near the last accepted one refutes it. The session's high
and low are those of accepted prints and of bars, never what one message says of them. What a
message states of the open counts once a second message states it too.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from analytics.feed.outcomes import Outcome
from analytics.model import plausibility
from analytics.model.vocabulary import MinuteBars, Quote
from analytics.watch.session_baseline import SessionBaseline

_MINUTE = dt.timedelta(minutes=1)
_POLL_ROUNDING = dt.timedelta(seconds=1)
"""Polled quotes are stamped in whole seconds: one may seem older than the print it confirms."""
_MOST_WAITING = 8
_RECENT = 32


@dataclass(frozen=True, slots=True)
class Print:
    """A price as it came.

    Attributes:
        at: UTC; the quote's time, or now where that lies a little ahead.
        polled: asked for, not streamed.
    """

    quote: Quote
    at: dt.datetime
    polled: bool

    @property
    def price(self) -> float:
        """The quote's price."""
        return self.quote.price

    def is_same_message(self, other: Print) -> bool:
        """Whether it is the other one sent again: no second source."""
        mine, theirs = self.quote, other.quote
        return (mine.time, mine.price, self.polled) == (theirs.time, theirs.price, other.polled)


@dataclass
class Stated:
    """A fact of the session that messages state beside their price: believed when stated twice.

    Attributes:
        value: what is believed, or None.
        doubted: stated once, unlike ``value``.
    """

    value: float | None = None
    doubted: float | None = None
    _by: Print | None = None

    def state(self, value: float | None, by: Print, *, at_once: bool = False) -> None:
        """Take a statement.

        Args:
            at_once: believe it without a second one, unless another is believed already.
        """
        if value is None or not math.isfinite(value) or value <= 0:
            return
        if self.value is not None and plausibility.is_same_close(value, self.value):
            self.doubted = self._by = None
            return
        again = (
            self.doubted is not None
            and self._by is not None
            and plausibility.is_same_close(value, self.doubted)
            and not by.is_same_message(self._by)
        )
        if again or (at_once and self.value is None):
            self.value, self.doubted, self._by = value, None, None
        else:
            self.doubted, self._by = value, by


@dataclass
class Tape:
    """The accepted prices of one symbol's session; not safe between threads.

    Attributes:
        baseline: what the session stands against; its bar so far is taken as it is.
        minutes_decide: a far price that was polled is confirmed by no other poll: the same answer
            given twice is one source. Minute bars can be had to settle it.
        last: the newest accepted price.
        low, high: of the accepted prints of the session and of its bar.
        waiting: prints that nothing has confirmed or refuted yet, oldest first.
        previous_close: as the quotes state it.
    """

    baseline: SessionBaseline
    minutes_decide: bool = False
    last: Print | None = None
    low: float | None = None
    high: float | None = None
    volume: float | None = None
    open: Stated = field(default_factory=Stated)
    previous_close: Stated = field(default_factory=Stated)
    waiting: list[Print] = field(default_factory=list)
    _ranges: dict[dt.datetime, tuple[float, float]] = field(default_factory=dict)
    _recent: deque[Print] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def __post_init__(self) -> None:
        self._take_bar()

    def take(self, quote: Quote, now: dt.datetime, *, polled: bool = False) -> Outcome:
        """Take a quote of the session, or say why not.

        Args:
            now: UTC, the source's clock.
        """
        if not math.isfinite(quote.price) or quote.price <= 0:
            return Outcome.NO_PRICE
        if quote.time > now + plausibility.AHEAD:
            return Outcome.AHEAD
        new = Print(quote, min(quote.time, now), polled)
        if self.baseline.complete:
            self._take_facts(new)
            return Outcome.DECIDED
        last = self.last
        if last is not None and quote.pre_market and not last.quote.pre_market:
            return Outcome.OUT_OF_ORDER
        if any((old.quote.time, old.price) == (quote.time, quote.price) for old in self._recent):
            self._take_facts(new)
            return Outcome.REPEATED
        if any(new.is_same_message(old) for old in self.waiting):
            return Outcome.REPEATED
        far, witness = self._is_far(new), self._witness(new)
        if last is not None and new.at < last.at:
            if polled:
                self._take_facts(new)
            if not (polled and far and witness and new.at >= last.at - _POLL_ROUNDING):
                return Outcome.OUT_OF_ORDER
        if not far:
            self._accept(new)
            return Outcome.TAKEN
        if witness is not None and not self._is_other_unit(new):
            self._accept_jump(new, witness)
            return Outcome.TAKEN
        self.waiting = [*self.waiting, new][-_MOST_WAITING:]
        return Outcome.WAITING

    def set_baseline(self, baseline: SessionBaseline) -> None:
        """Stand against newer bars of the same session."""
        self.baseline = baseline
        self._take_bar()

    def confirm(self, minutes: MinuteBars) -> None:
        """Judge what waits by one-minute bars: confirmed where one traded there, or refuted."""
        for one in list(self.waiting):
            near = _bodies(minutes, one.at - _MINUTE, one.at + _MINUTE)
            if any(
                lowest * (1 - plausibility.AGREE_SHARE)
                <= one.price
                <= highest * (1 + plausibility.AGREE_SHARE)
                for lowest, highest in near
            ):
                self._accept_jump(one, one)
                return
            if len(minutes) and _start(minutes, -1) >= one.at + _MINUTE:
                self.waiting.remove(one)

    def quote(self) -> Quote | None:
        """The session so far as one quote, or None before its first price.

        An indicated price from before the open has no range of the session.
        """
        if self.last is None:
            return None
        whole = replace(
            self.last.quote, time=self.last.at, previous_close=self.previous_close.value
        )
        if self.last.quote.pre_market:
            return replace(whole, open=None, high=None, low=None, volume=None)
        return replace(
            whole, open=self.open.value, high=self.high, low=self.low, volume=self.volume
        )

    def _references(self, new: Print) -> list[float]:
        """What a price may be near to: the last one; before the first, the previous close."""
        if self.last is not None:
            return [self.last.price]
        known, stated = self.baseline.previous_close, new.quote.previous_close
        if stated is None or not stated > 0 or plausibility.is_other_unit(stated, known):
            return [known]
        return [known, stated]

    def _is_far(self, new: Print) -> bool:
        atr = self.baseline.atr_before
        return all(plausibility.is_far(new.price, at, atr) for at in self._references(new))

    def _is_other_unit(self, new: Print) -> bool:
        return any(plausibility.is_other_unit(new.price, at) for at in self._references(new))

    def _witness(self, new: Print) -> Print | None:
        """The newest waiting print that this one confirms."""
        for old in reversed(self.waiting):
            same_source = self.minutes_decide and new.polled and old.polled
            if plausibility.agrees(new.price, old.price) and not same_source:
                return old
        return None

    def _accept(self, new: Print) -> None:
        self.last = new
        self._recent.append(new)
        self.waiting = []
        self._widen(new)
        self._take_facts(new)

    def _accept_jump(self, new: Print, witness: Print) -> None:
        """Accept a far price that a second source confirms, and what it confirms."""
        stated, believed = new.quote.previous_close, self.previous_close.value
        if stated and believed and plausibility.is_far(stated, believed, self.baseline.atr_before):
            # Price and previous close have jumped together: what came before counted otherwise.
            self.low = self.high = self.last = None
            self.open, self.previous_close = Stated(), Stated()
            self._ranges.clear()
        self._widen(witness)
        newest = max(new, witness, key=lambda one: one.at)
        self._accept(newest)

    def _widen(self, new: Print) -> None:
        if new.quote.pre_market:
            return
        price = new.price
        self.low = price if self.low is None else min(self.low, price)
        self.high = price if self.high is None else max(self.high, price)
        minute = new.at.replace(second=0, microsecond=0)
        low, high = self._ranges.get(minute, (price, price))
        self._ranges[minute] = min(low, price), max(high, price)

    def _take_facts(self, new: Print) -> None:
        """What an accepted message states beside its price."""
        quote = new.quote
        stated, known = quote.previous_close, self.baseline.previous_close
        atr = self.baseline.atr_before
        if stated is not None and stated > 0:
            doubtful = plausibility.is_far(quote.price, stated, atr) and not plausibility.is_far(
                quote.price, known, atr
            )
            self.previous_close.state(stated, new, at_once=not doubtful)
        if quote.pre_market:
            return
        if quote.volume is not None:
            self.volume = quote.volume
        if quote.open is not None and not plausibility.is_far(quote.open, quote.price, atr):
            self.open.state(quote.open, new)

    def _take_bar(self) -> None:
        """Let the session's bar so far decide what was before its time."""
        bar = self.baseline.bar
        if bar is None:
            return
        of_bar = Print(bar, bar.time, polled=True)
        last = self.last
        if self.baseline.complete or last is None or last.quote.pre_market or bar.time > last.at:
            self.last = of_bar
            self.volume = bar.volume
        if bar.open is not None:
            self.open = Stated(bar.open)
        if bar.low is not None and bar.high is not None:
            later = {} if self.baseline.complete else self._ranges
            self._ranges = {at: of for at, of in later.items() if at + _MINUTE > bar.time}
            self.low = min((bar.low, bar.price, *(low for low, _ in self._ranges.values())))
            self.high = max((bar.high, bar.price, *(high for _, high in self._ranges.values())))
        else:
            self._widen(of_bar)
        self._judge_again(bar.time)

    def _judge_again(self, decided: dt.datetime) -> None:
        """Drop what waited for a price of before ``decided``; accept what is near now."""
        waiting = [one for one in self.waiting if one.at > decided]
        self.waiting = waiting
        for one in waiting:
            if not self._is_far(one):
                self._accept(one)


def _bodies(
    minutes: MinuteBars, since: dt.datetime, until: dt.datetime
) -> Iterable[tuple[float, float]]:
    """(lower, higher) of open and close of the minutes that overlap a span."""
    for i in range(len(minutes)):
        start = _start(minutes, i)
        if start + _MINUTE > since and start <= until:
            ends = [float(v) for v in (minutes.open[i], minutes.close[i]) if math.isfinite(v)]
            yield min(ends), max(ends)


def _start(minutes: MinuteBars, i: int) -> dt.datetime:
    start: dt.datetime = minutes.times[i].astype("datetime64[s]").astype(dt.datetime)
    return start.replace(tzinfo=dt.UTC)
