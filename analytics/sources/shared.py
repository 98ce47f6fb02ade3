"""A small state that threads change in turn, and by way of a shared state also processes.

The guards of a provider and the simulator's clock are of use only when all processes of a
deployment follow the same one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import msgspec

S = TypeVar("S")

log = logging.getLogger(__name__)


class SharedState(Protocol):
    """Bytes by key that all processes of a deployment see; the cache's backend is one."""

    def get(self, key: str) -> bytes | None:
        """The bytes held, or None: also when the shared state does not work."""
        ...

    def update(
        self, key: str, change: Callable[[bytes | None], bytes | None], expire_seconds: float
    ) -> bool:
        """Atomically replace what is held; False when the shared state does not work."""
        ...


class Cell(Generic[S]):
    """One state, changed by one caller at a time.

    While the shared state does not work, and after it lost what it held, each process goes on from
    the state that it last knew.

    Args:
        initial: a frozen dataclass of plain fields; the first state.
        shared_state: where processes share it; None keeps it in this process.
        key: its name on the shared state.
        keep_seconds: how long the shared state keeps it after its last change.
    """

    def __init__(
        self,
        initial: S,
        shared_state: SharedState | None = None,
        key: str = "",
        keep_seconds: float = 86_400.0,
    ) -> None:
        self._known = initial
        self._shared_state = shared_state
        self._key = key
        self._keep = keep_seconds
        self._decoder = msgspec.msgpack.Decoder(type(initial))
        self._lock = threading.Lock()

    def read(self) -> S:
        """The state as it stands."""
        if self._shared_state is None:
            return self._known
        stored = self._shared_state.get(self._key)
        return self._known if stored is None else self._decode(stored)

    def change(self, step: Callable[[S], S]) -> S:
        """Replace the state by ``step(state)``, which may be called more than once.

        What ``step`` raises is raised, and the state left as it was.
        """
        with self._lock:
            if self._shared_state is None or not self._change_on(self._shared_state, step):
                self._known = step(self._known)
            return self._known

    def _change_on(self, shared_state: SharedState, step: Callable[[S], S]) -> bool:
        """Change it on the shared state, with the lock held; False when that does not work."""
        stored = shared_state.get(self._key)
        if stored is not None:
            before = self._decode(stored)
            if step(before) == before:  # Most steps change nothing: no lock is taken for them.
                self._known = before
                return True
        after = self._known

        def replace(stored: bytes | None) -> bytes | None:
            nonlocal after
            after = step(self._known if stored is None else self._decode(stored))
            return msgspec.msgpack.encode(after)

        if not shared_state.update(self._key, replace, self._keep):
            return False
        self._known = after
        return True

    def _decode(self, stored: bytes) -> S:
        try:
            return self._decoder.decode(stored)
        except msgspec.DecodeError as error:
            log.warning("Shared state %s ignored: %s.", self._key, error)
            return self._known
