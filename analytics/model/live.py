"""The live snapshot: what the feed publishes for browsers, alerts and the day's log.

Its JSON is what ``/live.json`` answers; the page's script declares the same fields as JSDoc types
(`tests/contract/test_live_types.py` holds the two equal). Times are UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from analytics.model.levels import LevelId
from analytics.model.quotation import Quotation
from analytics.model.status import Status
from analytics.model.vocabulary import Phase


class Mode(StrEnum):
    """How prices come at present."""

    STREAM = "stream"
    POLLED = "polled"
    CONNECTING = "connecting"
    IDLE = "idle"
    NONE = "none"


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """How the feed stands; every process reads the leader's.

    Attributes:
        mode: stream, polled, connecting, idle (closed market) or none (a source without one).
        last_tick: UTC time of the newest price.
        dropped: quotes left out, by reason.
        followed: symbols followed.
        missing: symbol asked -> why it has no live line.
        error: the last fault since prices last flowed, or None.
    """

    mode: Mode = Mode.NONE
    connected: bool = False
    last_tick: dt.datetime | None = None
    reconnects: int = 0
    garbage: int = 0
    dropped: Mapping[str, int] = msgspec.field(default_factory=dict)
    polls: int = 0
    followed: int = 0
    missing: Mapping[str, str] = msgspec.field(default_factory=dict)
    error: str | None = None


class LiveLevel(msgspec.Struct, frozen=True, kw_only=True):
    """One level of a quote; the figures are those of `analytics.studies.supports.levels.Level`.

    Attributes:
        price: level of record, with the newest price as the close so far.
        session_level, status, gap_down: None before the open.
    """

    price: float
    session_level: float | None
    distance_pct: float
    distance_atr: float | None
    status: Status | None
    gap_down: bool | None
    close_needed: float | None
    if_closed_here: float | None = None


class LiveQuote(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's newest price and what it means at the symbol's levels.

    Attributes:
        time: of the price.
        change_pct: from ``previous_close``; None where that is in doubt.
        open, high, low, volume: of the session so far; None before the open.
        pre: an indicated price from before the open: it decides nothing.
        final: the session is over and ``price`` its close: the statuses are decided.
        previous_close: that the change and the levels are measured from.
        withheld: why there are no levels, or None.
        support, next_support: printed names of the headline levels, or None.
        levels: printed name -> level.
        decimals, unit: of its prices (`analytics.model.quotation.Quotation`); ``prefix`` and
            ``suffix`` are the unit as it is written.
    """

    price: float
    time: dt.datetime
    change_pct: float | None
    open: float | None
    high: float | None
    low: float | None
    volume: float | None
    pre: bool
    final: bool
    previous_close: float | None
    withheld: str | None
    support: str | None
    next_support: str | None
    levels: Mapping[str, LiveLevel]
    decimals: int = 2
    unit: str = "USD"
    prefix: str = ""
    suffix: str = ""

    @property
    def quotation(self) -> Quotation:
        """How its prices are written."""
        return Quotation(self.unit, self.decimals)

    def level(self, level: LevelId | None) -> LiveLevel | None:
        """The quote's level of this identity, or None when it has none."""
        return None if level is None else self.levels.get(level.name)


class LiveSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is published at one moment.

    Attributes:
        sequence: grows by one with each change.
        epoch: names the process that leads: within one, sequences only grow.
        at: the source's clock.
        speed: simulated seconds a second, 0 while paused; None for a real market.
        quotes: symbol -> its newest price.
    """

    sequence: int
    epoch: str
    at: dt.datetime
    phase: Phase
    speed: float | None
    feed: FeedState
    quotes: Mapping[str, LiveQuote]
