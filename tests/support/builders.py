"""Builders the core's tests share: bars with a range, an in-memory source, a desk upon it."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model import sessions
from analytics.model.vocabulary import (
    Bars,
    NotAvailable,
    OptionChain,
    Quarter,
    Sessions,
    SymbolMatch,
    SymbolNotFound,
)
from analytics.sources.base import Capabilities, RawBars, Source
from analytics.sources.validate import clean_bars
from tests.support.small_bars import LAST

FRIDAY = LAST
MONDAY = dt.date(2025, 1, 27)
MONDAY_NOON = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)


def _days_to(last: dt.date, count: int) -> Sessions:
    """The ``count`` sessions that end with ``last``."""
    first = last - dt.timedelta(days=2 * count + 10)
    days = sessions.sessions_between(first, last)
    return days[len(days) - count :]


def make_frame(
    closes: Sequence[float] | np.ndarray,
    last: dt.date = FRIDAY,
    *,
    spread: float = 1.0,
    adjusted: bool = True,
    splits: dict[int, float] | None = None,
) -> pd.DataFrame:
    """Raw bars: each opens at the previous close and ranges ``spread`` beyond both ends."""
    close = np.asarray(closes, dtype=np.float64)
    opened = np.concatenate([close[:1], close[:-1]])
    frame = pd.DataFrame(
        {
            "open": opened,
            "high": np.maximum(opened, close) + spread,
            "low": np.minimum(opened, close) - spread,
            "close": close,
            "volume": 1000.0 + np.arange(len(close)),
            "splits": np.ones(len(close)),
        },
        index=pd.DatetimeIndex(_days_to(last, len(close)).astype("datetime64[s]")),
    )
    if adjusted:
        frame["adj_close"] = close * 0.98
    for at, ratio in (splits or {}).items():
        frame.loc[frame.index[at], "splits"] = ratio
    return frame


def scaled_after(frame: pd.DataFrame, day: dt.date, factor: float) -> pd.DataFrame:
    """The same past with another future: prices after ``day`` times ``factor``."""
    changed = frame.copy()
    after = pd.DatetimeIndex(frame.index).date > day
    changed.loc[after, ["open", "high", "low", "close"]] *= factor
    return changed


def make_bars(
    closes: Sequence[float] | np.ndarray,
    last: dt.date = FRIDAY,
    *,
    symbol: str = "TEST",
    spread: float = 1.0,
    complete: bool = True,
) -> Bars:
    """Validated bars of `make_frame`."""
    frame = make_frame(closes, last, spread=spread)
    bars, rejected = clean_bars(RawBars(symbol, frame, last_complete=complete))
    assert not rejected
    return bars


def walk(sessions_: int, seed: int = 1, start: float = 100.0, sigma: float = 0.01) -> np.ndarray:
    """Closes of a random walk, shape (sessions,), rounded to the cent."""
    steps = np.random.default_rng(seed).normal(0.0003, sigma, sessions_)
    return np.round(start * np.exp(np.cumsum(steps)), 2)


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    time: dt.datetime = MONDAY_NOON

    def __call__(self) -> dt.datetime:
        return self.time

    def advance(self, **passed: float) -> None:
        self.time += dt.timedelta(**passed)


@dataclass
class FakeSource(Source):
    """A source in memory: it counts what it is asked and fails when told to.

    Attributes:
        errors: symbol (or "*") -> what `bars` raises.
        gate: when set, `bars` waits for it.
    """

    frames: dict[str, pd.DataFrame]
    clock: Callable[[], dt.datetime] = field(default_factory=Clock)
    chains: dict[tuple[str, dt.date], OptionChain] = field(default_factory=dict)
    reported: dict[str, tuple[Quarter, ...]] = field(default_factory=dict)
    errors: dict[str, Exception] = field(default_factory=dict)
    gate: threading.Event | None = None
    calls: Counter[str] = field(default_factory=Counter)
    entered: threading.Event = field(default_factory=threading.Event)
    name: str = "Fake"
    minute_frames: dict[tuple[str, dt.date], pd.DataFrame] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    capabilities = Capabilities(
        remote=True, bars=True, minutes=True, chains=True, quarters=True, search=True
    )

    def now(self) -> dt.datetime:
        return self.clock()

    def latest(self) -> dt.datetime:
        return self.clock()

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        with self._lock:
            self.calls[symbol] += 1
        self.entered.set()
        if self.gate is not None:
            assert self.gate.wait(20)
        error = self.errors.get(symbol) or self.errors.get("*")
        if error is not None:
            raise error
        if symbol not in self.frames:
            raise SymbolNotFound(f"Fake does not know the symbol {symbol!r}.")
        now = self.clock()
        last = upto or sessions.current_session(now)
        frame = self.frames[symbol]
        frame = frame[frame.index <= pd.Timestamp(last)]
        if start is not None:
            frame = frame[frame.index >= pd.Timestamp(start)]
        running = upto is None and now < sessions.session_close(frame.index.max().date())
        return RawBars(symbol, frame, now if running else None, not running)

    def minutes(self, symbol: str, session: dt.date) -> RawBars:
        if (symbol, session) not in self.minute_frames:
            raise NotAvailable(f"Fake has no minutes of {symbol} on {session}.")
        return RawBars(symbol, self.minute_frames[symbol, session])

    def chain(self, symbol: str, session: dt.date | None) -> OptionChain:
        wanted = session or sessions.current_session(self.clock())
        if (symbol, wanted) not in self.chains:
            raise NotAvailable(f"no {symbol} chain of {wanted} was recorded.")
        return self.chains[symbol, wanted]

    def quarters(self, symbol: str) -> tuple[Quarter, ...]:
        if symbol not in self.reported:
            raise NotAvailable(f"no quarters of {symbol} are recorded.")
        return self.reported[symbol]

    def search(self, text: str) -> tuple[SymbolMatch, ...]:
        return tuple(SymbolMatch(symbol) for symbol in self.frames if text.upper() in symbol)


def make_desk(source: FakeSource, clock: Callable[[], dt.datetime] | None = None) -> Desk:
    """A desk on ``source`` with the real cache, memory only, on one clock."""
    clock = clock or source.clock
    cache = Cache(NoBackend(), Codec(CACHED_TYPES), clock=clock)
    return Desk(source, cache, deadline_seconds=20.0, clock=clock)
