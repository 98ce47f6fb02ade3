"""The one body all viewers share: encoded once a change, then handed out as it is."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec

from analytics.model.live import FeedState, LiveSnapshot
from analytics.model.vocabulary import Phase
from analytics.watch.live_lines import LiveLine, live_quote

_decoder = msgspec.json.Decoder(LiveSnapshot)


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
    def content(self) -> LiveSnapshot:
        """What the body says."""
        return _decoder.decode(self.body)

    @cached_property
    def _digest(self) -> str:
        return hashlib.blake2b(self.body, digest_size=8).hexdigest()

    def to_bytes(self) -> bytes:
        """For the shared state: checked on reading, since a value may be cut short."""
        return f"{self.sequence} {self._digest} ".encode() + self.body

    @staticmethod
    def from_bytes(data: bytes) -> Snapshot | None:
        """What `to_bytes` made, or None when it is damaged or of another version's fields."""
        try:
            sequence, digest, body = data.split(b" ", 2)
            snapshot = Snapshot(int(sequence), body)
        except ValueError:
            return None
        if snapshot._digest.encode() != digest:
            return None
        try:
            _ = snapshot.content
        except msgspec.DecodeError:
            return None
        return snapshot


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
    body = LiveSnapshot(
        sequence=sequence,
        epoch=epoch,
        at=at,
        phase=phase,
        speed=speed,
        feed=state,
        quotes={symbol: live_quote(line) for symbol, line in lines.items()},
    )
    return Snapshot(sequence, msgspec.json.encode(body))
