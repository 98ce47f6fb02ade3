"""Fetches that are too many to wait for: made in the background, a few at a time.

An answer over hundreds of symbols shows what has come so far and is asked for again while the
rest comes. What came is in the cache that all processes share, so that a load goes on where it
was after a restart; foreground fetches take their turns at the provider in between.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from analytics.cache.entries import Cached
from analytics.model.turns import waiting
from analytics.model.vocabulary import HoldlineError, StillLoading

FROM_MANY = 40
"""More fetches than this are not waited for."""
FROM_MANY_LOCAL = 600
"""The same of a source on this machine, which gives the members of an index while one waits."""
WORKERS = 3
"""Few beside the foreground's eight: whoever waits for one symbol is not behind 500."""
FIRST_LOOK_SECONDS = 1.0
"""So long the first to ask waits for what comes quickly."""
ABANDONED_SECONDS = 15.0
"""So long what came waits for who has asked for it; a page asks again after a second or two."""

Got = Cached[Any] | HoldlineError


class BackgroundLoads:
    """Fetches under way in the background, each once."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="load")
        self._under_way: dict[str, Future[Got]] = {}
        self._asked: dict[str, float] = {}
        self._lock = threading.Lock()
        self._sweeps = False

    def take(
        self,
        fetches: Mapping[str, Callable[[], Got]],
        *,
        at_hand: Collection[str] = (),
        together: bool = False,
    ) -> dict[str, Got]:
        """What has come of each fetch; `StillLoading` for one that has not.

        A fetch that came, or failed, is handed over once: the next call begins it anew.

        Args:
            fetches: by a name that is the same for the same fetch; they never raise.
            at_hand: names of others that the caller has found elsewhere.
            together: what came is handed over again until all of them have come, for nothing else
                keeps the first of so many until the last is there.
        """
        with self._lock:
            self._drop_abandoned()
            begun = [name for name in fetches if name not in self._under_way]
            for name in begun:
                self._under_way[name] = self._pool.submit(fetches[name])
            futures = {name: self._under_way[name] for name in fetches}
            self._asked.update(dict.fromkeys(futures, time.monotonic()))
        if begun and len(begun) == len(futures):
            with waiting(refuse=False):
                wait(futures.values(), FIRST_LOOK_SECONDS)
        with self._lock:
            got = {name: _result(future) for name, future in futures.items()}
            came = [name for name, one in got.items() if not isinstance(one, StillLoading)]
            if not together or len(came) == len(got):
                self._drop((*came, *at_hand))
            self._sweep_later()
            return got

    def close(self) -> None:
        """Begin no further fetch."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _sweep_later(self) -> None:
        """Have what nobody asks for again let go of. Called with the lock."""
        if self._sweeps or not self._under_way:
            return
        self._sweeps = True
        timer = threading.Timer(ABANDONED_SECONDS, self._sweep)
        timer.name, timer.daemon = "sweep", True
        timer.start()

    def _sweep(self) -> None:
        with self._lock:
            self._sweeps = False
            self._drop_abandoned()
            self._sweep_later()

    def _drop_abandoned(self) -> None:
        """Let go of what came for somebody who does not ask any more."""
        before = time.monotonic() - ABANDONED_SECONDS
        self._drop(
            name
            for name, asked in list(self._asked.items())
            if asked < before and self._under_way[name].done()
        )

    def _drop(self, names: Iterable[str]) -> None:
        for name in names:
            self._under_way.pop(name, None)
            self._asked.pop(name, None)


def _result(future: Future[Got]) -> Got:
    if not future.done() or future.cancelled():
        return StillLoading("still being loaded.")
    return future.result()
