"""Redis as a backend of the cache, for processes of several machines.

Redis is as needless as the disk is: while it cannot be reached nothing is stored, ``status``
says so, and one caller at a time tries it again a little later. Time-outs are short, for a
viewer waits behind each of them. What comes back is as untrusted as a file: `SharedTier` checks its
seal, and nothing is ever unpickled.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from analytics.model.vocabulary import BadInput

T = TypeVar("T")

log = logging.getLogger(__name__)

SCHEMES = ("redis", "rediss", "unix")
_CONNECT_SECONDS = 0.5
_ANSWER_SECONDS = 1.0
_MAX_COLLISIONS = 64

_RENEW = """
if redis.call('get', KEYS[1]) == ARGV[1] then
  return redis.call('pexpire', KEYS[1], ARGV[2])
end
return 0
"""
_DELETE = """
if redis.call('get', KEYS[1]) == ARGV[1] then
  return redis.call('del', KEYS[1])
end
return 0
"""
_REPLACE = """
local held = redis.call('get', KEYS[1])
if held == ARGV[1] or (not held and ARGV[4] == 'absent') then
  redis.call('set', KEYS[1], ARGV[2], 'px', ARGV[3])
  return 1
end
return 0
"""


def check_cache_url(url: str) -> None:
    """Refuse an address that no Redis can have.

    Raises:
        BadInput: in a sentence without the password that the address may hold.
    """
    try:
        parts = urlsplit(url)
        named = parts.scheme in SCHEMES and bool(parts.hostname or parts.path.strip("/"))
        number = parts.path.strip("/")
        fits = parts.scheme == "unix" or not number or number.isdigit()
        usable = named and fits and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise BadInput(
            "CACHE_URL is not the address of a Redis: redis://HOST:PORT/NUMBER is accepted, with "
            "user:password@ before the host, rediss:// for TLS, or unix:///path/to/socket."
        )


class RedisBackend:
    """Bytes in a Redis, shared by the processes of many machines.

    Args:
        url: as `check_cache_url` accepts it.
        retry_seconds: how long Redis is left alone after it could not be reached.

    Raises:
        BadInput: for an address that is none; never for a Redis that does not answer.
    """

    def __init__(self, url: str, *, retry_seconds: float = 3.0) -> None:
        check_cache_url(url)
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        parts = urlsplit(url)
        self._where = (
            parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"
        )
        self._errors = redis.RedisError
        self._lost = (redis.ConnectionError, redis.TimeoutError)
        try:
            self._client: Any = redis.Redis.from_url(
                url,
                socket_connect_timeout=_CONNECT_SECONDS,
                socket_timeout=_ANSWER_SECONDS,
                # A command whose answer was lost may have been obeyed: a lock taken twice by
                # one caller would look like another's.
                retry=Retry(NoBackoff(), 0),
            )
        except (ValueError, TypeError) as error:
            raise BadInput(f"CACHE_URL cannot be used: {error}.") from None
        self._retry_seconds = retry_seconds
        self._gate = threading.Lock()
        self._retry_at: float | None = None
        self._trouble: str | None = None
        self._refuses_writes = False

    @property
    def status(self) -> str | None:
        """Why nothing is stored at present, in one sentence, or None."""
        return (
            f"Answers are kept in each process's memory only: {self._trouble}."
            if self._trouble
            else None
        )

    def get(self, key: str) -> bytes | None:
        """The bytes stored and not expired, else None; a key of another kind is ignored."""
        value = self._attempt(lambda client: client.get(key), None)
        return value if type(value) is bytes else None

    def set(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Store, replacing; False when that did not work."""

        def store(client: Any) -> bool:
            if expire_seconds <= 0:
                client.delete(key)
                return True
            return bool(client.set(key, data, px=_milliseconds(expire_seconds)))

        return self._attempt(store, False, write=True)

    def add(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Store where nothing unexpired is; True also when Redis does not work."""

        def store(client: Any) -> bool:
            if expire_seconds <= 0:
                return not client.exists(key)
            return bool(client.set(key, data, px=_milliseconds(expire_seconds), nx=True))

        return self._attempt(store, True, write=True)

    def renew(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """Extend the key's life while it holds ``data``; True also when Redis fails."""
        life = _milliseconds(expire_seconds)
        return self._attempt(
            lambda client: bool(client.eval(_RENEW, 1, key, data, life)), True, write=True
        )

    def delete(self, key: str, only_if: bytes | None = None) -> None:
        """Drop the key; with ``only_if``, only while it holds those bytes."""

        def drop(client: Any) -> None:
            if only_if is None:
                client.delete(key)
            else:
                client.eval(_DELETE, 1, key, only_if)

        self._attempt(drop, None, write=True)

    def update(
        self, key: str, change: Callable[[bytes | None], bytes | None], expire_seconds: float
    ) -> bool:
        """Replace what the key holds by what ``change`` makes of it; see `Backend.update`."""
        life = _milliseconds(expire_seconds)

        def replace(client: Any) -> bool:
            for _ in range(_MAX_COLLISIONS):
                current = client.get(key)
                wanted = change(current)
                absent = "absent" if current is None else ""
                if wanted is None or client.eval(
                    _REPLACE, 1, key, current or b"", wanted, life, absent
                ):
                    return True
            return False

        return self._attempt(replace, False, write=True)

    def close(self) -> None:
        """Close the connections that are not in use; they are opened again when needed."""
        self._client.connection_pool.disconnect(inuse_connections=False)

    def _attempt(self, action: Callable[[Any], T], otherwise: T, *, write: bool = False) -> T:
        """Run one operation; whatever goes wrong with Redis becomes ``otherwise``."""
        if not self._may_try():
            return otherwise
        try:
            result = action(self._client)
        except self._lost as error:
            self._note(f"the Redis at {self._where} cannot be reached ({_first_line(error)})")
            with self._gate:
                self._retry_at = time.monotonic() + self._retry_seconds
            return otherwise
        except self._errors as error:
            # Out of memory, read-only, wrong password: it answers, so it may be asked again.
            self._note(f"the Redis at {self._where} refuses ({_first_line(error)})")
            self._refuses_writes = write
            return otherwise
        if self._trouble is not None and (write or not self._refuses_writes):
            with self._gate:
                self._trouble = self._retry_at = None
                self._refuses_writes = False
            log.warning("The Redis at %s works again.", self._where)
        return result

    def _may_try(self) -> bool:
        """Whether Redis may be asked; after a loss by one caller each ``retry_seconds``."""
        if self._retry_at is None:
            return True
        with self._gate:
            now = time.monotonic()
            if self._retry_at is not None and now < self._retry_at:
                return False
            if self._retry_at is not None:
                self._retry_at = now + self._retry_seconds
            return True

    def _note(self, reason: str) -> None:
        if reason != self._trouble:
            log.warning("Shared cache: %s.", reason)
        self._trouble = reason


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".")[:120] if lines else type(error).__name__
