"""Fetches that are too many to wait for: made in the background, a few at a time.

An answer over hundreds of symbols shows what has come so far and is asked for again while the
rest comes. What came is in the cache that all processes share, so that a load goes on where it
was after a restart; foreground fetches take their turns at the provider in between.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from analytics.cache.entries import Cached
from analytics.model.turns import waiting
from analytics.model.vocabulary import HoldlineError, StillLoading

FROM_MANY = 40
"""More fetches than this are not waited for."""
WORKERS = 3
"""Few beside the foreground's eight: whoever waits for one symbol is not behind 500."""
FIRST_LOOK_SECONDS = 1.5
"""So long the first to ask waits for what comes quickly."""

Got = Cached[Any] | HoldlineError


class BackgroundLoads:
    """Fetches under way in the background, each once."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="load")
        self._under_way: dict[str, Future[Got]] = {}
        self._lock = threading.Lock()

    def take(self, fetches: Mapping[str, Callable[[], Got]]) -> dict[str, Got]:
        """What has come of each fetch; `StillLoading` for one that has not.

        A fetch that came, or failed, is handed over once: the next call begins it anew.

        Args:
            fetches: by a name that is the same for the same fetch; they never raise.
        """
        with self._lock:
            begun = [name for name in fetches if name not in self._under_way]
            for name in begun:
                self._under_way[name] = self._pool.submit(fetches[name])
            futures = {name: self._under_way[name] for name in fetches}
        if begun and len(begun) == len(futures):
            with waiting(refuse=False):
                wait(futures.values(), FIRST_LOOK_SECONDS)
        with self._lock:
            return {name: self._result(name, future) for name, future in futures.items()}

    def close(self) -> None:
        """Begin no further fetch."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _result(self, name: str, future: Future[Got]) -> Got:
        if not future.done() or future.cancelled():
            return StillLoading("still being loaded.")
        self._under_way.pop(name, None)
        return future.result()
