"""The live line of each followed symbol, from quotes that may be wrong, late or of other bars.

See methods, "Plausibility" and methods, "Quotes against bars".
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from analytics.feed.outcomes import Delivery, Outcome
from analytics.feed.tape import Tape
from analytics.model.vocabulary import MinuteBars, Quote
from analytics.watch.live_lines import LiveLine, evaluate, without_levels
from analytics.watch.session_baseline import SessionBaseline

OTHER_BARS = "previous close unlike the bars', shown without levels"


def _wall_clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class QuoteBook:
    """Quotes in, evaluated lines out; safe to use from the stream's and the feed's thread.

    Args:
        now: the source's clock, UTC.
        minutes_decide: as `Tape.minutes_decide`.
    """

    def __init__(
        self, now: Callable[[], dt.datetime] = _wall_clock, *, minutes_decide: bool = False
    ) -> None:
        self._now = now
        self._minutes_decide = minutes_decide
        self._lock = threading.Lock()
        self._tapes: dict[str, Tape] = {}
        self._lines: dict[str, LiveLine] = {}
        self._changed = False
        self._dropped: Counter[str] = Counter()
        self._last_tick: dt.datetime | None = None

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

    @property
    def follows(self) -> bool:
        """Whether there is any symbol whose quotes can be taken."""
        return bool(self._tapes)

    def set_baselines(self, baselines: Mapping[str, SessionBaseline]) -> None:
        """Follow exactly these symbols; accepted prices of a session under way are kept."""
        with self._lock:
            tapes = {}
            for symbol, baseline in baselines.items():
                tape = self._tapes.get(symbol)
                if tape is None or tape.baseline.session != baseline.session:
                    tapes[symbol] = Tape(baseline, self._minutes_decide)
                else:
                    tape.set_baseline(baseline)
                    tapes[symbol] = tape
            self._tapes = tapes
            lines = {symbol: line for symbol in tapes if (line := self._line(symbol)) is not None}
            self._changed |= lines != self._lines
            self._lines = lines

    def clear(self) -> None:
        """Forget every price and baseline: the day begins anew."""
        with self._lock:
            self._tapes, self._lines = {}, {}
            self._last_tick = None
            self._changed = True

    def accept(self, quotes: Iterable[Quote]) -> int:
        """Take streamed quotes; how many were taken."""
        return self.deliver(quotes).taken

    def deliver(self, quotes: Iterable[Quote], *, polled: bool = False) -> Delivery:
        """Take what can be believed; what became of each.

        Args:
            polled: the quotes were asked for: each is a second source of a streamed one.
        """
        delivery = Delivery()
        with self._lock:
            now = self._now()
            for quote in quotes:
                outcome = self._take(quote, now, polled)
                delivery.count(outcome, polled=polled)
                if outcome is not Outcome.TAKEN:
                    self._dropped[outcome.value] += 1
                if quote.symbol in self._tapes:
                    self._renew_line(quote.symbol)
                if outcome is Outcome.TAKEN:
                    self._note_taken(quote.symbol)
        return delivery

    def confirm(self, minutes: Mapping[str, MinuteBars]) -> None:
        """Judge the prices that wait by one-minute bars of their session."""
        with self._lock:
            for symbol, bars in minutes.items():
                tape = self._tapes.get(symbol)
                if tape is not None and bars.session == tape.baseline.session:
                    tape.confirm(bars)
                    self._renew_line(symbol)

    def waiting(self) -> frozenset[str]:
        """The symbols with a price that waits for a second source."""
        with self._lock:
            return frozenset(symbol for symbol, tape in self._tapes.items() if tape.waiting)

    def disagreeing(self) -> frozenset[str]:
        """The symbols whose bars are not those of the session before, as their quotes know it."""
        with self._lock:
            return frozenset(
                symbol
                for symbol, tape in self._tapes.items()
                if _disagrees(tape) or tape.baseline.withheld is not None
            )

    def sessions(self) -> frozenset[tuple[str, dt.date]]:
        """Calendar and session of what is followed."""
        with self._lock:
            return frozenset(
                (tape.baseline.calendar, tape.baseline.session) for tape in self._tapes.values()
            )

    def withheld(self) -> dict[str, str]:
        """Symbol -> what is withheld of it at present, and why."""
        with self._lock:
            reasons = {
                symbol: line.withheld for symbol, line in self._lines.items() if line.withheld
            }
            for symbol, tape in self._tapes.items():
                if tape.waiting:
                    price = tape.baseline.quotation.text(tape.waiting[-1].price)
                    reasons.setdefault(
                        symbol, f"a price of {price} is unconfirmed: too far from the last one"
                    )
            return reasons

    def take_changes(self) -> dict[str, LiveLine] | None:
        """All lines when any has changed since they were last taken, else None."""
        with self._lock:
            if not self._changed:
                return None
            self._changed = False
            return dict(self._lines)

    def lines(self) -> dict[str, LiveLine]:
        """All lines as they stand."""
        with self._lock:
            return dict(self._lines)

    def _take(self, quote: Quote, now: dt.datetime, polled: bool) -> Outcome:
        tape = self._tapes.get(quote.symbol)
        if tape is None:
            return Outcome.NOT_FOLLOWED
        if not tape.baseline.has(quote.time):
            return Outcome.OTHER_SESSION
        return tape.take(quote, now, polled=polled)

    def _note_taken(self, symbol: str) -> None:
        last = self._tapes[symbol].last
        if last is not None:
            self._last_tick = max(last.at, self._last_tick or last.at)
        if self._lines[symbol].withheld:
            self._dropped[OTHER_BARS] += 1

    def _renew_line(self, symbol: str) -> None:
        line = self._line(symbol)
        if line is not None and line != self._lines.get(symbol):
            self._lines[symbol] = line
            self._changed = True

    def _line(self, symbol: str) -> LiveLine | None:
        tape = self._tapes[symbol]
        quote = tape.quote()
        if quote is None:
            return None
        baseline = tape.baseline
        closes = baseline.listing.close(baseline.session)
        final = baseline.complete or (not quote.pre_market and quote.time >= closes)
        reason = _why_without_levels(tape)
        if reason is not None:
            return without_levels(baseline, quote, tape.previous_close.value, final, reason)
        return evaluate(baseline, quote, final)


def _disagrees(tape: Tape) -> bool:
    stated = tape.previous_close.value
    return stated is not None and not tape.baseline.is_previous_close(stated)


def _why_without_levels(tape: Tape) -> str | None:
    """Why price and bars must not be held against each other, or None where they may."""
    if tape.baseline.withheld is not None:
        return f"levels and statuses are withheld: {tape.baseline.withheld}"
    stated = tape.previous_close.value
    if stated is None:
        stated = tape.previous_close.doubted  # believed once it is stated again
    elif not _disagrees(tape):
        return None
    if stated is None:
        return None
    quoted = tape.baseline.quotation.text
    return (
        f"levels and statuses are withheld: the quote's previous close is {quoted(stated)}, "
        f"its bars' {quoted(tape.baseline.previous_close)}"
    )
