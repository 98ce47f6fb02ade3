"""Shared parts of the feed's tests: state in memory on a fake clock, and a scripted stream."""

from __future__ import annotations

import datetime as dt
import queue
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analytics.feed import LiveMarket, SessionBaseline, baseline_of
from analytics.feed.upstream import Connect
from analytics.model.vocabulary import Bars, Quote, QuoteBatch, SourceFailure
from tests.support.builders import make_bars, walk

MONDAY = dt.date(2025, 1, 27)
NOON = dt.datetime(2025, 1, 27, 17, tzinfo=dt.UTC)
CLOSES = walk(260, seed=5)


@dataclass
class Ticker:
    """A monotonic clock that stands until it is moved."""

    time: float = 1000.0

    def __call__(self) -> float:
        return self.time


@dataclass
class MemorySharedState:
    """A backend shared by feeds of one test, whose entries expire on a fake clock."""

    clock: Ticker = field(default_factory=Ticker)
    rows: dict[str, tuple[bytes, float]] = field(default_factory=dict)

    def get(self, key: str) -> bytes | None:
        data, until = self.rows.get(key, (None, 0.0))
        return data if until > self.clock.time else None

    def set(self, key: str, data: bytes, expire_seconds: float) -> bool:
        self.rows[key] = data, self.clock.time + expire_seconds
        return True

    def add(self, key: str, data: bytes, expire_seconds: float) -> bool:
        return self.get(key) is None and self.set(key, data, expire_seconds)

    def renew(self, key: str, data: bytes, expire_seconds: float) -> bool:
        return self.get(key) == data and self.set(key, data, expire_seconds)

    def delete(self, key: str, only_if: bytes | None = None) -> None:
        if only_if is None or self.get(key) == only_if:
            self.rows.pop(key, None)

    def update(
        self, key: str, change: Callable[[bytes | None], bytes | None], expire_seconds: float
    ) -> bool:
        data = change(self.get(key))
        return data is None or self.set(key, data, expire_seconds)


@dataclass
class ScriptedStream:
    """Connections that give what a test puts into ``frames``; an exception there ends one."""

    frames: queue.Queue[QuoteBatch | Exception] = field(default_factory=queue.Queue)
    opened: list[frozenset[str]] = field(default_factory=list)
    followed: list[frozenset[str]] = field(default_factory=list)
    closed: int = 0
    refuses: bool = False

    def connect(self, symbols: frozenset[str]) -> ScriptedStream:
        self.opened.append(symbols)
        if self.refuses:
            raise SourceFailure("refused")
        return self

    def follow(self, symbols: frozenset[str]) -> None:
        self.followed.append(symbols)

    def receive(self, seconds: float) -> QuoteBatch | None:
        try:
            got = self.frames.get(timeout=min(seconds, 0.05))
        except queue.Empty:
            return None
        if isinstance(got, Exception):
            raise got
        return got

    def close(self) -> None:
        self.closed += 1

    def send(self, *quotes: Quote) -> None:
        self.frames.put(QuoteBatch(quotes))


def running_bars(price: float, low: float | None = None, symbol: str = "TEST") -> Bars:
    """260 sessions to the Friday, and a Monday under way at ``price``."""
    bars = make_bars(np.append(CLOSES, price), MONDAY, symbol=symbol, complete=False)
    if low is not None:
        bars.low.flags.writeable = True
        bars.low[-1] = low
    return bars


def friday_baseline(symbol: str = "TEST") -> SessionBaseline:
    """The Monday's baseline before its first price: at about 100, of SPY at about 600."""
    closes = CLOSES * (600.0 / CLOSES[-1] if symbol == "SPY" else 1.0)
    baseline = baseline_of(make_bars(closes, symbol=symbol), MONDAY)
    assert baseline is not None
    return baseline


def flat_baseline(close: float, symbol: str = "TEST") -> SessionBaseline:
    """The Monday's baseline after a year of one close."""
    baseline = baseline_of(make_bars([close] * 260, symbol=symbol), MONDAY)
    assert baseline is not None
    return baseline


def tick(price: float, seconds: float = 0.0, symbol: str = "TEST", **other: Any) -> Quote:
    """A price at noon of the Monday, New York, and ``seconds`` later."""
    return Quote(symbol, price, NOON + dt.timedelta(seconds=seconds), **other)


def market_on(
    connect: Connect | None = None, now: Callable[[], dt.datetime] = lambda: NOON, **more: Any
) -> LiveMarket:
    """The Friday's bars beneath a stream."""
    return LiveMarket(**({"now": now, "baselines": baselines_of, "connect": connect} | more))


def baselines_of(symbols: Iterable[str]) -> tuple[dict[str, SessionBaseline], dict[str, str]]:
    """As a `LiveMarket` gives them."""
    return {symbol: friday_baseline(symbol) for symbol in symbols}, {}
