"""How a store does, by its own last readings and writings: one status for all who ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from analytics.store.faults import Fault, StoreUnavailable

Kind = Literal["read", "write"]

FULL_SECONDS = 30.0
"""So long a full disk is believed over a small write that found room."""


@dataclass(frozen=True)
class StoreStatus:
    """What is the matter with the store.

    Attributes:
        reason: one sentence, or None while it is read and written.
        fault: of which kind; None without a reason.
    """

    reason: str | None = None
    fault: Fault | None = None


@dataclass
class Outcomes:
    """The last outcome of each kind of use; safe to share between threads.

    A failure stands until a use of its kind succeeds. Damage stands until the store is opened
    anew: its other pages may well be read.
    """

    clock: Callable[[], float] = time.monotonic
    _failed: dict[Kind, tuple[StoreUnavailable, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def failed(self, kind: Kind, error: StoreUnavailable) -> None:
        """A use failed."""
        with self._lock:
            standing = self._failed.get(kind)
            if standing is None or standing[0].fault is not Fault.DAMAGED:
                self._failed[kind] = (error, self.clock())

    def succeeded(self, kind: Kind, *, probe: bool = False) -> None:
        """A use succeeded; a probe is a small one."""
        with self._lock:
            standing = self._failed.get(kind)
            if standing is None or standing[0].fault is Fault.DAMAGED:
                return
            young = self.clock() - standing[1] < FULL_SECONDS
            if not (probe and standing[0].fault is Fault.FULL and young):
                del self._failed[kind]

    def opened(self) -> None:
        """The store was opened anew."""
        with self._lock:
            self._failed.clear()

    def status(self) -> StoreStatus:
        """What stands now; that it is not written says more than that it is not read."""
        with self._lock:
            found = [self._failed[kind][0] for kind in ("read", "write") if kind in self._failed]
        if not found:
            return StoreStatus()
        worst = next((error for error in found if error.fault is Fault.DAMAGED), found[-1])
        return StoreStatus(str(worst), worst.fault)
