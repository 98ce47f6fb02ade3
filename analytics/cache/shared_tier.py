"""The tier that processes share: entries and absences as sealed bytes, and a lock a key."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import secrets
from typing import Any

import msgspec

from analytics.cache.backend import Backend
from analytics.cache.codec import FORMAT, Codec, CodecError, seal, unseal
from analytics.cache.entries import ABSENCES, Absence, Cached, Entry, Fetched
from analytics.model.vocabulary import HoldlineError

log = logging.getLogger(__name__)

_UNSTORED_BYTES = 4096
"""What a value that cannot be encoded is taken to weigh in memory."""


class _ValueRow(msgspec.Struct, array_like=True, frozen=True):
    key: str
    stored_at: dt.datetime
    soft_until: dt.datetime
    hard_until: dt.datetime
    version: str
    value: bytes


class _AbsenceRow(msgspec.Struct, array_like=True, frozen=True):
    key: str
    stored_at: dt.datetime
    until: dt.datetime
    kind: str
    sentence: str


class SharedTier:
    """Reads and writes what is stored under a key in a `Backend`.

    A row that is damaged, of another format, of another key, written "in the future" (the
    clock was ahead) or older than ``keep_seconds`` is not there.
    """

    def __init__(self, backend: Backend, codec: Codec, keep_seconds: float) -> None:
        self.backend = backend
        self._codec = codec
        self._keep = dt.timedelta(seconds=keep_seconds)

    def load(self, key: str, now: dt.datetime) -> Entry | None:
        """The stored value, fresh or not."""
        data = self.backend.get(_row("value", key))
        if data is None:
            return None
        try:
            row = msgspec.msgpack.decode(unseal(data), type=_ValueRow)
            if row.key != key or not self.is_current(row.stored_at, now):
                return None
            value = self._codec.decode(row.value)
        except (CodecError, msgspec.DecodeError) as error:
            log.warning("Cached value of %s ignored: %s.", key, error)
            return None
        cached = Cached(value, row.stored_at, row.soft_until, row.version)
        return Entry(cached, row.hard_until, len(data))

    def load_absence(self, key: str, now: dt.datetime) -> Absence | None:
        """The stored absence, when it still holds."""
        data = self.backend.get(_row("absence", key))
        if data is None:
            return None
        try:
            row = msgspec.msgpack.decode(unseal(data), type=_AbsenceRow)
        except (CodecError, msgspec.DecodeError) as error:
            log.warning("Cached absence of %s ignored: %s.", key, error)
            return None
        absence = Absence(row.kind, row.sentence, row.stored_at, row.until)
        known = row.key == key and row.kind in ABSENCES
        return absence if known and absence.holds(now) else None

    def keep(
        self, key: str, fetched: Fetched[Any], now: dt.datetime, before: Cached[Any] | None = None
    ) -> Entry:
        """Store a value; the entry returned holds it as any process will read it.

        The value is read back from its bytes, so that callers meet the same read-only arrays
        whether it was just fetched or comes from a tier. When it is what it was ``before``, that
        value stays: nothing has to be computed from it again.
        """
        soft_until = now + dt.timedelta(seconds=fetched.soft_seconds)
        hard_until = max(soft_until, now + dt.timedelta(seconds=fetched.hard_seconds))
        value = fetched.value
        size = _UNSTORED_BYTES
        try:
            encoded = self._codec.encode(value)
            version = hashlib.blake2b(encoded, digest_size=8).hexdigest()
            if before is not None and before.version == version:
                value = before.value
            else:
                value = self._codec.decode(encoded)
        except CodecError as error:
            log.warning("Value of %s stays in memory only: %s.", key, error)
            version = secrets.token_hex(8)
        else:
            row = _ValueRow(key, now, soft_until, hard_until, version, encoded)
            data = seal(msgspec.msgpack.encode(row))
            size = len(data)
            self.backend.set(_row("value", key), data, self._keep.total_seconds())
            self.backend.delete(_row("absence", key))
        return Entry(Cached(value, now, soft_until, version), hard_until, size)

    def keep_absence(
        self, key: str, error: HoldlineError, now: dt.datetime, seconds: float
    ) -> Absence:
        """Store that there is no such thing; a value stored before stays."""
        until = now + dt.timedelta(seconds=seconds)
        absence = Absence(type(error).__name__, str(error), now, until)
        row = _AbsenceRow(key, now, until, absence.kind, absence.sentence)
        self.backend.set(_row("absence", key), seal(msgspec.msgpack.encode(row)), seconds)
        return absence

    def is_current(self, stored_at: dt.datetime, now: dt.datetime) -> bool:
        """Whether something stored then still counts now."""
        return stored_at <= now < stored_at + self._keep

    def forget(self, key: str) -> None:
        """Drop the value and the absence."""
        self.backend.delete(_row("value", key))
        self.backend.delete(_row("absence", key))

    def lock(self, key: str, token: bytes, seconds: float) -> bool:
        """Take the key's lock for at most ``seconds``; False while another holds it."""
        return self.backend.add(_row("lock", key), token, seconds)

    def unlock(self, key: str, token: bytes) -> None:
        """Release the lock if ``token`` still holds it."""
        self.backend.delete(_row("lock", key), only_if=token)


def _row(kind: str, key: str) -> str:
    """The backend's key; another format of Holdline never meets these rows."""
    return f"holdline/{FORMAT}/{kind}/{key}"
