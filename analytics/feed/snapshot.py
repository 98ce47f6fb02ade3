"""The one body all viewers share: encoded once a change, then handed out as it is."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from analytics.feed.lines import LiveLine
from analytics.feed.upstream import Mode
from analytics.model.vocabulary import Phase
from analytics.studies.supports.levels import Level


@dataclass(frozen=True, slots=True)
class FeedState:
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
    dropped: Mapping[str, int] = dataclasses.field(default_factory=dict)
    polls: int = 0
    followed: int = 0
    missing: Mapping[str, str] = dataclasses.field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """A published state of the feed.

    Attributes:
        sequence: grows by one with each change, also when another process leads.
        body: JSON in UTF-8, see `encode`.
    """

    sequence: int
    body: bytes

    @cached_property
    def etag(self) -> str:
        """Of the body, quoted as a header wants it."""
        return f'"{self.sequence}-{self._digest}"'

    @cached_property
    def zipped(self) -> bytes:
        """The body in gzip, once for all viewers."""
        return gzip.compress(self.body, compresslevel=5, mtime=0)

    @cached_property
    def content(self) -> dict[str, Any]:
        """The body as plain JSON values."""
        read: dict[str, Any] = orjson.loads(self.body)
        return read

    @cached_property
    def _digest(self) -> str:
        return hashlib.blake2b(self.body, digest_size=8).hexdigest()

    def to_bytes(self) -> bytes:
        """For the shared state: checked on reading, since a value may be cut short."""
        return f"{self.sequence} {self._digest} ".encode() + self.body

    @staticmethod
    def from_bytes(data: bytes) -> Snapshot | None:
        """What `to_bytes` made, or None when it is damaged."""
        try:
            sequence, digest, body = data.split(b" ", 2)
            snapshot = Snapshot(int(sequence), body)
        except ValueError:
            return None
        return snapshot if snapshot._digest.encode() == digest else None


def encode(
    sequence: int,
    epoch: str,
    at: dt.datetime,
    phase: Phase,
    state: FeedState,
    lines: Mapping[str, LiveLine],
    speed: float | None,
) -> Snapshot:
    """The snapshot of these lines.

    Args:
        epoch: names the process that leads: within one, sequences only grow.
        at: the source's clock, UTC.
        speed: simulated seconds a second, 0 while paused; None for a real market.
    """
    body = {
        "sequence": sequence,
        "epoch": epoch,
        "at": at,
        "phase": str(phase),
        "speed": speed,
        "feed": dataclasses.asdict(state),
        "quotes": {symbol: plain_line(line) for symbol, line in lines.items()},
    }
    return Snapshot(sequence, orjson.dumps(body, option=orjson.OPT_UTC_Z))


def plain_line(line: LiveLine) -> dict[str, Any]:
    """A line as viewers and observers get it."""
    quote = line.quote
    return {
        "price": quote.price,
        "time": quote.time,
        "change_pct": line.change_pct,
        "open": quote.open,
        "high": quote.high,
        "low": quote.low,
        "volume": quote.volume,
        "pre": quote.pre_market,
        "final": line.final,
        "previous_close": line.previous_close,
        "withheld": line.withheld,
        "support": line.support.name if line.support else None,
        "next_support": line.next_support.name if line.next_support else None,
        "levels": {level.name: _level(level) for level in line.levels},
    }


def _level(level: Level) -> dict[str, Any]:
    return {
        "id": {"family": level.id.family, "parameter": level.id.parameter},
        "price": level.price,
        "session_level": level.session_level,
        "distance_pct": level.distance_pct,
        "distance_atr": _finite(level.distance_atr),
        "status": None if level.status is None else str(level.status),
        "gap_down": level.gap_down,
        "close_needed": level.close_needed,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
