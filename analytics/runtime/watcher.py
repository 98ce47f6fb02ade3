"""The watch: makes the day's level calls, writes the day's log, and scores the calls.

It runs in the process that leads the feed, in a thread of its own: the feed's thread only hands
it snapshots. What the store refuses is tried again; what is in the store is never
written twice, so that a restart in mid-session goes on where the last process stopped, with
one-minute bars for the time between where the source has them.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from analytics.desk.desk import Desk
from analytics.feed import SessionBaseline, Snapshot
from analytics.feed.leading import BACKWARDS
from analytics.model import sessions
from analytics.model.level_calls import LevelCall, LevelEvent
from analytics.model.levels import LevelId
from analytics.model.listings import DEFAULT_WATCHLIST
from analytics.model.live import LiveQuote
from analytics.model.plausibility import is_same_close
from analytics.model.question import Needs, Symbol
from analytics.model.vocabulary import HoldlineError, MinuteBars, Moment, Quote
from analytics.runtime.closing import score_pending
from analytics.watch import crossings
from analytics.watch.crossings import LevelState, LogEntry, Print
from analytics.watch.scoring import calls_of, restated
from analytics.watch.session_baseline import (
    SESSION_BASELINES,
    SessionBaselinesParameters,
    trading_session,
)

NOTE_SECONDS = 20.0
SCORE_SECONDS = 60.0
AGAIN_SECONDS = 60.0
SCORE_AGAIN_SECONDS = 1800.0
MOST_FILLS = 3
UNWATCHED = dt.timedelta(minutes=2)
QUEUE = 240
IDLE_SECONDS = 30.0

log = logging.getLogger(__name__)


@dataclass
class _Symbol:
    """One symbol's day as it is watched.

    Attributes:
        until: UTC; the newest price that its log has seen.
        fills, filled_at: how often, and when (seconds), minutes were asked for a time without
            prices.
    """

    baseline: SessionBaseline
    calls: dict[LevelId, LevelCall]
    states: dict[LevelId, LevelState]
    until: dt.datetime | None
    quote: Quote | None = None
    closed: bool = False
    fills: int = 0
    filled_at: float = -float("inf")

    @property
    def opens(self) -> dt.datetime:
        """UTC time of the listing's opening bell."""
        return self.baseline.listing.open(self.baseline.session)


@dataclass
class _Day:
    """The session under watch.

    Attributes:
        tried: when a symbol was last prepared; one without a baseline is asked for again.
        settled: its final bars have been looked for.
    """

    session: dt.date
    symbols: dict[str, _Symbol] = field(default_factory=dict)
    tried: dict[str, float] = field(default_factory=dict)
    settled: bool = False


class Watcher:
    """Observes the feed of ``desk``'s source.

    Args:
        desk: whose archive keeps the calls and the log.
        monotonic: seconds, for the pauses between looks.
    """

    def __init__(self, desk: Desk, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._monotonic = monotonic
        self._queue: deque[Snapshot] = deque(maxlen=QUEUE)
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._day: _Day | None = None
        self._now: dt.datetime | None = None
        self._unwritten: list[LevelEvent] = []
        self._unscored_until: dict[tuple[dt.date, str], float] = {}
        self._noted_at = self._scored_at = -float("inf")

    def observe(self, snapshot: Snapshot) -> None:
        """Hand a snapshot over; an `analytics.feed.publication.Observer`."""
        with self._wake:
            self._queue.append(snapshot)
            self._wake.notify()
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread once it has written what it has seen."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
            thread = self._thread
        if thread is not None:
            thread.join(5.0)

    def _run(self) -> None:
        while True:
            with self._wake:
                if not self._queue and not self._stopped:
                    self._wake.wait(IDLE_SECONDS)
                if not self._queue:  # the feed has ended, or leads no longer
                    self._thread = None
                    break
                snapshot = self._queue.popleft()
            try:
                self.see(snapshot)
            except Exception:
                log.exception("The watch failed at a snapshot; it goes on with the next.")
        self._note(force=True)

    def see(self, snapshot: Snapshot) -> None:
        """Take one snapshot into account, in the calling thread."""
        content = snapshot.content
        now = content.at
        if (
            self._now is not None
            and now < self._now - BACKWARDS
            and self._desk.source.capabilities.simulated
        ):
            self._play_again()
        self._now = now
        session = trading_session(Moment(now, sessions.current_session(now), content.phase, True))
        if self._day is None or self._day.session != session:
            self._note(force=True)
            self._day = _Day(session)
        withheld = {symbol for symbol, live in content.quotes.items() if live.withheld}
        usual = [symbol for symbol in DEFAULT_WATCHLIST if symbol not in withheld]
        quotes = {s: live for s, live in content.quotes.items() if s not in withheld}
        if self._desk.source.capabilities.simulated:  # the first beat after it was played again
            quotes = {s: live for s, live in quotes.items() if live.time <= now}
        self._leave_other_bars(self._day, quotes)
        self._prepare(self._day, now, (*usual, *quotes))
        for symbol, live in quotes.items():
            if symbol in self._day.symbols:
                self._follow(self._day.symbols[symbol], _quote(symbol, live), live.final)
        self._note()
        settled = not self._day.settled and self._desk.archive.is_final(session)
        if self._unwritten:
            return  # a log is mended only once it is whole
        if settled or self._monotonic() - self._scored_at >= SCORE_SECONDS:
            self._day.settled, self._scored_at = settled or self._day.settled, self._monotonic()
            self._score()

    def _score(self) -> None:
        """Score what can be; a symbol without its final bar is asked about again much later."""
        now = self._monotonic()
        later = {key for key, until in self._unscored_until.items() if until > now}
        failed = score_pending(self._desk, later)
        self._unscored_until |= dict.fromkeys(failed, now + SCORE_AGAIN_SECONDS)

    def _play_again(self) -> None:
        """The simulated day begins anew: what it wrote is of another run."""
        if self._day is not None:
            self._desk.archive.forget_session(self._day.session)
        self._day, self._unwritten = None, []

    def _prepare(self, day: _Day, now: dt.datetime, symbols: Iterable[str]) -> None:
        """Make the calls of symbols seen for the first time, and read how far their log is.

        After the close no call is made any more, but the log of those made is brought to its end.
        """
        real, archive = self._monotonic(), self._desk.archive
        new = [
            symbol
            for symbol in dict.fromkeys(symbols)
            if symbol not in day.symbols
            and not symbol.startswith("^")  # an index of volatility has no supports
            and real - day.tried.get(symbol, -float("inf")) >= AGAIN_SECONDS
        ]
        if not new:
            return
        day.tried |= dict.fromkeys(new, real)
        asked = SessionBaselinesParameters(tuple(Symbol(symbol) for symbol in new))
        answer = self._desk.ask(SESSION_BASELINES, asked)
        found = answer.result.baselines if answer.result else ()
        baselines = {
            baseline.symbol: baseline for baseline in found if baseline.session == day.session
        }
        calls = [
            call
            for baseline in baselines.values()
            if now < baseline.listing.close(day.session)
            for call in calls_of(baseline, now)
        ]
        if calls and not archive.make_calls(calls):
            return
        stored = archive.calls(day.session, since=day.session)
        events = archive.events(day.session)
        for symbol, baseline in baselines.items():
            made = [call for call in stored if call.symbol == symbol]
            own = [call for one in made if (call := restated(one, baseline)) is not None]
            if own:
                written = [event for event in events if event.symbol == symbol]
                day.symbols[symbol] = _as_stored(baseline, own, written)
        self._fill(day, [symbol for symbol in baselines if symbol in day.symbols], now)

    def _leave_other_bars(self, day: _Day, quotes: Mapping[str, LiveQuote]) -> None:
        """Have those prepared anew whose prices are compared with other bars than at first."""
        for symbol, live in quotes.items():
            watched = day.symbols.get(symbol)
            if watched is None or live.previous_close is None:
                continue
            if not is_same_close(live.previous_close, watched.baseline.previous_close):
                log.info("%s is held against other bars than before.", symbol)
                self._note(force=True)
                del day.symbols[symbol]
                day.tried.pop(symbol, None)

    def _fill(self, day: _Day, symbols: list[str], now: dt.datetime) -> None:
        """Write what happened before the watch, or between two watches, from minute bars."""
        late = []
        for symbol in symbols:
            watched = day.symbols[symbol]
            closes = watched.baseline.listing.close(day.session)
            if (watched.until or watched.opens) < min(now, closes) - UNWATCHED:
                late.append(symbol)
        if late:
            self._fill_late(day, late)

    def _fill_late(self, day: _Day, symbols: list[str]) -> None:
        """Go on by minute bars, where there are any."""
        try:
            wanted = tuple(symbols)
            minutes = self._desk.inputs(Needs(bars=wanted, minutes=wanted)).minutes
        except HoldlineError as error:
            log.info("no minutes to fill the day's log with: %s", error)
            return
        for symbol in symbols:
            got = minutes.get(symbol)
            if got is not None and got.session == day.session:
                self._replay(day.symbols[symbol], got)

    def _replay(self, watched: _Symbol, minutes: MinuteBars) -> None:
        for seen in crossings.prints_of_minutes(minutes, watched.until):
            self._step(watched, seen)

    def _follow(self, watched: _Symbol, quote: Quote, final: bool) -> None:
        """One symbol's newest price; before the open it decides nothing."""
        before = watched.quote
        if watched.closed or quote.pre_market or quote == before:
            return
        if quote.time < watched.opens:
            return
        known = watched.until or watched.opens
        prints = list(crossings.prints_of_quote(quote, before))
        unwatched = quote.time - known > UNWATCHED
        if before is not None and unwatched and self._would_write(watched, prints):
            # what happened in a time without prices did not happen at its end
            filled = self._fill_gap(watched, quote)
            if filled is None:
                return
            unwatched = not filled
            prints = prints if watched.until in (None, known) else prints[-1:]
        else:
            unwatched = unwatched and before is None
        watched.quote, watched.fills = quote, 0
        if unwatched:
            self._take(watched, prints[-1], crossings.resume)
            prints = prints[-1:]
        elif before is None and watched.until is not None:
            prints = prints[-1:]  # its open, low and high are in the log already
        for seen in prints:
            self._step(watched, seen)
        if final and not watched.closed:
            watched.closed = True
            self._take(watched, prints[-1], crossings.close)

    def _would_write(self, watched: _Symbol, prints: list[Print]) -> bool:
        """Whether these prices make a line, or begin what may become one."""
        for before in watched.states.values():
            state = before
            for seen in prints:
                state, lines = crossings.step(state, seen)
                if lines or state.across not in (None, before.across):
                    return True
        return False

    def _fill_gap(self, watched: _Symbol, quote: Quote) -> bool | None:
        """Write what happened since the last price from minute bars.

        Returns:
            Whether the log is whole up to the quote; None: look again later, minutes that were
            kept are renewed behind the look that finds them old.
        """
        assert self._day is not None
        if not self._desk.source.capabilities.minutes:
            return True  # nothing will ever say more than the prices themselves
        if self._monotonic() - watched.filled_at < AGAIN_SECONDS:
            return None
        watched.filled_at = self._monotonic()
        watched.fills += 1
        self._fill_late(self._day, [quote.symbol])
        if quote.time - (watched.until or watched.opens) <= UNWATCHED:
            return True
        return None if watched.fills < MOST_FILLS else False

    def _step(self, watched: _Symbol, seen: Print) -> None:
        self._take(watched, seen, crossings.step)
        watched.until = seen.at if watched.until is None else max(watched.until, seen.at)

    def _take(
        self,
        watched: _Symbol,
        seen: Print,
        move: Callable[[LevelState, Print], tuple[LevelState, tuple[LogEntry, ...]]],
    ) -> None:
        for level, state in watched.states.items():
            watched.states[level], lines = move(state, seen)
            self._unwritten += [crossings.event_of(watched.calls[level], line) for line in lines]

    def _note(self, *, force: bool = False) -> None:
        """Write new lines at once, and now and then how far the watch has come."""
        archive, day = self._desk.archive, self._day
        if self._unwritten and archive.log_events(self._unwritten):
            self._unwritten = []
            force = True
        if day is None or self._unwritten:
            return
        if not force and self._monotonic() - self._noted_at < NOTE_SECONDS:
            return
        self._noted_at = self._monotonic()
        until = {name: item.until for name, item in day.symbols.items() if item.until is not None}
        if until:
            archive.watched(day.session, until)


def _as_stored(
    baseline: SessionBaseline, calls: list[LevelCall], written: list[LevelEvent]
) -> _Symbol:
    """A symbol's day as the store has it."""
    states = {
        call.level: crossings.begin(
            call, baseline.atr_before, [event for event in written if event.level == call.level]
        )
        for call in calls
    }
    seen = [call.watched_until for call in calls if call.watched_until is not None]
    by_level = {call.level: call for call in calls}
    return _Symbol(baseline, by_level, states, max(seen, default=None))


def _quote(symbol: str, live: LiveQuote) -> Quote:
    return Quote(
        symbol=symbol,
        price=live.price,
        time=live.time,
        open=live.open,
        high=live.high,
        low=live.low,
        pre_market=live.pre,
    )
