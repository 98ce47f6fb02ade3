"""A backend's keys under a name of their own: a simulated market's never meet a real one's."""

from __future__ import annotations

from collections.abc import Callable

from analytics.cache.backend import Backend


class ScopedBackend:
    """The part of ``backend`` whose keys begin with ``scope``."""

    def __init__(self, backend: Backend, scope: str) -> None:
        self._backend = backend
        self._prefix = f"{scope}|"

    @property
    def status(self) -> str | None:
        """The backend's."""
        return self._backend.status

    def get(self, key: str) -> bytes | None:
        """See `Backend.get`; as are the others."""
        return self._backend.get(self._prefix + key)

    def set(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """See `Backend.set`."""
        return self._backend.set(self._prefix + key, data, expire_seconds)

    def add(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """See `Backend.add`."""
        return self._backend.add(self._prefix + key, data, expire_seconds)

    def renew(self, key: str, data: bytes, expire_seconds: float) -> bool:
        """See `Backend.renew`."""
        return self._backend.renew(self._prefix + key, data, expire_seconds)

    def delete(self, key: str, only_if: bytes | None = None) -> None:
        """See `Backend.delete`."""
        self._backend.delete(self._prefix + key, only_if)

    def update(
        self, key: str, change: Callable[[bytes | None], bytes | None], expire_seconds: float
    ) -> bool:
        """See `Backend.update`."""
        return self._backend.update(self._prefix + key, change, expire_seconds)

    def close(self) -> None:
        """See `Backend.close`."""
        self._backend.close()
