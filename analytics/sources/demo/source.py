"""The demo source: the `Source` protocol over the simulated market."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cached_property
from threading import RLock
from typing import Self

import numpy as np
import pandas as pd
from cachetools import LRUCache

from analytics.model.sessions import NEW_YORK, phase_at, session_close, session_open
from analytics.model.spelling import or_did_you_mean
from analytics.model.vocabulary import (
    DailyFigures,
    Event,
    Floats,
    NotAvailable,
    OptionChain,
    Phase,
    Quarter,
    Quote,
    Sessions,
    SymbolMatch,
    SymbolNotFound,
)
from analytics.sources.base import BAR_COLUMNS, Capabilities, Opening, RawBars, Source
from analytics.sources.demo.agenda import agenda_between, events_of
from analytics.sources.demo.chains import ChainBook
from analytics.sources.demo.clock import DemoClock
from analytics.sources.demo.crowds import OPTIONABLE
from analytics.sources.demo.market import History, Market
from analytics.sources.demo.monday import TICK_SECONDS, TICKS, Tape, indicated, minute_bars, play
from analytics.sources.demo.overnight import INSTRUMENTS, OvernightMarket
from analytics.sources.demo.past import PastChains
from analytics.sources.demo.quarters import quarters_of
from analytics.sources.demo.roster import build_roster
from analytics.sources.demo.scenario import FRIDAY, MONDAY, Instrument
from analytics.sources.demo.stream import DemoStream

_ALIASES = {"^VIX": "VIX"}
_MAX_MATCHES = 10
MEMBER_TAPES = 16
"""As many of the index's members as viewers look at: the Monday of all of them is 90 MB."""


class DemoSource(Source):
    """A seeded simulator; the same seed and clock give the same figures to the last digit.

    Args:
        universe: how many invented companies (SIM001, SIM002, ...) it also lists.
        clock: simulated time; by default it opens on the scenario's Monday at 13:50 New York.
    """

    name = "Simulator"
    capabilities = Capabilities(
        remote=False,
        simulated=True,
        instant=True,
        refresh_seconds=2.0,
        bars=True,
        minutes=True,
        stream=True,
        chains=True,
        chains_by_minute=True,
        past_figures=True,
        quarters=True,
        events=True,
        agenda=True,
        search=True,
        play_clock=True,
    )

    def __init__(self, universe: int = 0, clock: DemoClock | None = None) -> None:
        self.clock = clock or DemoClock()
        self._roster = build_roster(universe)
        self._market = Market(self._roster["SPY"])
        self._histories: dict[str, History] = {}
        self._tapes: dict[str, Tape] = {}
        self._member_tapes: LRUCache[str, Tape] = LRUCache(MEMBER_TAPES)
        self._books: dict[str, ChainBook] = {}
        self._past = PastChains(self._history, self._roster["VIX"])
        self._overnights: dict[str, OvernightMarket] = {}
        self._lock = RLock()

    @classmethod
    def open(cls, opening: Opening) -> Self:
        """The Monday from the time asked for; several processes play one and the same."""
        start = dt.datetime.combine(MONDAY, opening.simulation_starts, NEW_YORK)
        shared_state = opening.shared_state if opening.several_processes else None
        return cls(clock=DemoClock(start, shared_state=shared_state))

    @property
    def play_clock(self) -> DemoClock:
        """The simulated clock, whose speed a viewer may change."""
        return self.clock

    def now(self) -> dt.datetime:
        """The simulated time, UTC."""
        return self.clock.now()

    def latest(self) -> dt.datetime:
        """The Monday's close: it can be asked about before the clock has reached it."""
        return self._close

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        """Daily bars; see `Source.bars`."""
        if symbol in INSTRUMENTS:
            raw = self._overnight(symbol).bars(self.now(), upto)
            return (
                raw if start is None else replace(raw, frame=raw.frame.loc[pd.Timestamp(start) :])
            )
        instrument = self._instrument(symbol)
        now = self.now() if upto is None else None
        running = now is not None and self._open <= now < self._close
        if now is not None and running:
            frame, last_time = self._with_monday(instrument, self._tick(now)), now
        else:
            before = now < self._open if now is not None else upto is not None and upto < MONDAY
            last = FRIDAY if before else MONDAY
            frame, last_time = self._finished(instrument, last), session_close(last)
        if start is not None:
            frame = frame.iloc[int(frame.index.searchsorted(pd.Timestamp(start))) :]
        if frame.empty or (upto is not None and pd.Timestamp(upto) < frame.index[0]):
            raise NotAvailable(f"the simulator has no bars of {symbol} for these dates.")
        return RawBars(symbol, frame, last_time, not running, name=instrument.name)

    def minutes(self, symbol: str, session: dt.date) -> RawBars:
        """The Monday's minutes, whole whatever the clock shows; see `Source.minutes`."""
        instrument = self._instrument(symbol, "one-minute bars")
        if session != MONDAY:
            raise NotAvailable(f"the simulator has minutes of {MONDAY} alone, not of {session}.")
        frame = minute_bars(self._tape(instrument), self._open)
        return RawBars(symbol, frame, self._close, True, name=instrument.name)

    def chain(self, symbol: str, session: dt.date | None) -> OptionChain:
        """The chain of a session's close, of the finished Monday, or (None) now."""
        instrument = self._instrument(symbol, "option chain")
        if instrument.symbol not in OPTIONABLE:
            raise NotAvailable(f"the simulator has no option chain of {symbol}.")
        if session == FRIDAY:
            return self._book(instrument).at_close()
        if session not in (None, MONDAY):
            return self._past.chain(instrument, session)
        return self.chain_at(symbol, self._close if session is not None else self.now())

    def chain_at(self, symbol: str, time: dt.datetime) -> OptionChain:
        """The chain at any time of the Monday; before its open the Friday's."""
        instrument = self._instrument(symbol, "option chain")
        if instrument.symbol not in OPTIONABLE:
            raise NotAvailable(f"the simulator has no option chain of {symbol}.")
        book, time = self._book(instrument), min(time, self._close)
        if time < self._open:
            return book.at_close()
        tick = self._tick(time)
        vix = self._tape(self._roster["VIX"]).price(tick)
        spot = self._tape(instrument).price(tick)
        return book.monday(time, spot, vix, tick / (TICKS - 1))

    @property
    def past_sessions(self) -> Sessions:
        """The sessions before the Monday that have option chains."""
        return self._past.sessions

    def past_figures(self, question: str, symbol: str) -> tuple[DailyFigures, ...]:
        """What the options of 300 simulated sessions gave, through the Friday."""
        return self._past.figures(question, _ALIASES.get(symbol, symbol))

    def quarters(self, symbol: str) -> tuple[Quarter, ...]:
        """Reported quarters: NVIDIA's as published, other companies' simulated."""
        return quarters_of(self._instrument(symbol, "reported quarters"))

    def events(self, symbol: str) -> tuple[Event, ...]:
        """The company's earnings dates, as published; see `Source.events`."""
        return events_of(self._instrument(symbol, "earnings dates").symbol)

    def agenda(self, start: dt.date, end: dt.date) -> tuple[Event, ...]:
        """Releases and the known companies' earnings around the scenario's week."""
        return agenda_between(start, end)

    def search(self, text: str) -> tuple[SymbolMatch, ...]:
        """Symbols that start with ``text``, then names that contain it; at most ten."""
        wanted = text.strip().casefold()
        if not wanted:
            return ()
        ranked = sorted(
            (0 if s.casefold() == wanted else 1 if s.casefold().startswith(wanted) else 2, n)
            for n, (s, i) in enumerate(self._roster.items())
            if s.casefold().startswith(wanted) or wanted in i.name.casefold()
        )
        listed = list(self._roster.values())
        return tuple(
            SymbolMatch(listed[n].symbol, listed[n].name) for _, n in ranked[:_MAX_MATCHES]
        )

    def stream(self, symbols: frozenset[str]) -> DemoStream:
        """The running Monday's prices as they come, at the clock's own speed."""
        return DemoStream(self, symbols)

    def tick_time(self) -> dt.datetime | None:
        """When the newest tick was, UTC; None before the Monday's pre-market."""
        now = self.now()
        if now < self._open:
            early = phase_at(now) is Phase.PRE
            return now.replace(second=now.second // 2 * 2, microsecond=0) if early else None
        return self._open + dt.timedelta(seconds=self._tick(now) * TICK_SECONDS)

    def quote(self, symbol: str) -> Quote | None:
        """The newest tick of a symbol, under the name asked; before the open an indicated price.

        Raises:
            SymbolNotFound: for a symbol the simulator does not list.
        """
        if symbol in INSTRUMENTS:
            return self._overnight(symbol).quote(self.now())
        instrument = self._instrument(symbol)
        time = self.tick_time()
        if time is None:
            return None
        tape = self._tape(instrument)
        if time < self._open:
            price = indicated(instrument, tape, (self._open - time).total_seconds())
            return Quote(symbol, price, time, previous_close=instrument.friday, pre_market=True)
        opened, high, low, last, volume = tape.bar(self._tick(time))
        return Quote(symbol, last, time, opened, high, low, volume, instrument.friday)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every symbol the simulator knows."""
        return tuple(self._roster)

    @cached_property
    def _open(self) -> dt.datetime:
        return session_open(MONDAY)

    @cached_property
    def _close(self) -> dt.datetime:
        return session_close(MONDAY)

    def _instrument(self, symbol: str, what: str = "prices") -> Instrument:
        """The instrument of a symbol; one that trades elsewhere has no more than its bars."""
        if symbol in INSTRUMENTS:
            raise NotAvailable(f"the simulator has daily bars of {symbol}, but no {what}.")
        known = self._roster.get(_ALIASES.get(symbol, symbol))
        if known is None:
            ending = or_did_you_mean(symbol, self._roster)
            raise SymbolNotFound(f"The simulator does not know the symbol {symbol!r}{ending}")
        return known

    def _overnight(self, symbol: str) -> OvernightMarket:
        with self._lock:
            if symbol not in self._overnights:
                self._overnights[symbol] = OvernightMarket(
                    INSTRUMENTS[symbol], self._market, self._fund_move
                )
            return self._overnights[symbol]

    def _fund_move(self, fund: str, time: dt.datetime) -> float:
        """A fund's price at a time of the Monday relative to its Friday's close."""
        instrument = self._roster[fund]
        tape = self._tape(instrument)
        if time < self._open:
            price = indicated(instrument, tape, (self._open - time).total_seconds())
        else:
            price = tape.price(self._tick(time))
        return price / instrument.friday

    def _tick(self, time: dt.datetime) -> int:
        seconds = (time - self._open).total_seconds()
        return int(min(max(0.0, seconds) // TICK_SECONDS, TICKS - 1))

    def _tape(self, instrument: Instrument) -> Tape:
        with self._lock:
            kept = self._member_tapes if instrument.is_member else self._tapes
            tape = kept.get(instrument.symbol)
            if tape is None:
                spy = self._roster["SPY"]
                lean = None if instrument is spy else np.log(self._tape(spy).prices)
                tape = kept[instrument.symbol] = play(instrument, lean)
            return tape

    def _book(self, instrument: Instrument) -> ChainBook:
        with self._lock:
            if instrument.symbol not in self._books:
                self._books[instrument.symbol] = ChainBook(instrument)
            return self._books[instrument.symbol]

    def _history(self, instrument: Instrument) -> History:
        if instrument.is_member:
            return self._market.history(instrument)
        with self._lock:
            if instrument.symbol not in self._histories:
                self._histories[instrument.symbol] = self._market.history(instrument)
            return self._histories[instrument.symbol]

    def _finished(self, instrument: Instrument, last: dt.date) -> pd.DataFrame:
        if last == MONDAY:
            return self._with_monday(instrument, TICKS - 1)
        history = self._history(instrument)
        return _frame(history.block(), history.sessions)

    def _with_monday(self, instrument: Instrument, tick: int) -> pd.DataFrame:
        history = self._history(instrument)
        opened, high, low, last, volume = self._tape(instrument).bar(tick)
        row = {
            "open": opened,
            "high": high,
            "low": low,
            "close": last,
            "adj_close": last,
            "volume": volume,
            "splits": 1.0,
        }
        block = np.vstack([history.block(), [row[column] for column in BAR_COLUMNS]])
        return _frame(block, np.append(history.sessions, np.datetime64(MONDAY, "D")))


_COLUMNS = pd.Index(BAR_COLUMNS)


def _frame(block: Floats, sessions: Sessions) -> pd.DataFrame:
    index = pd.DatetimeIndex(sessions.astype("datetime64[s]"))
    return pd.DataFrame(block, index=index, columns=_COLUMNS, copy=False)
