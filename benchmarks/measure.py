"""Measurement of everything here: medians of repeated runs beside a control kernel."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

RUNS = 9


@dataclass(frozen=True)
class Row:
    """One measured figure.

    Attributes:
        aim: what the project set itself, or None.
        peer: the best of the others in the same run, or None.
        limit: what the work cannot go below, or None.
    """

    what: str
    value: float
    unit: str
    aim: float | None = None
    note: str = ""
    peer: float | None = None
    limit: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours over the best peer's: above 1 we lose."""
        return None if not self.peer else self.value / self.peer


def times_ms(work: Callable[[], object], runs: int = RUNS, warm_up: int = 1) -> list[float]:
    """Wall time of each of ``runs`` calls, milliseconds, after ``warm_up`` unmeasured ones."""
    for _ in range(warm_up):
        work()
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def median_ms(work: Callable[[], object], runs: int = RUNS, warm_up: int = 1) -> float:
    """Median of `times_ms`."""
    return statistics.median(times_ms(work, runs, warm_up))


def percentile(values: list[float], share: float) -> float:
    """Value under which ``share`` (0..1) of the values lie, nearest rank."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def control_ms() -> float:
    """A fixed kernel on one thread: two speeds of a machine show as two values of this figure.

    On all cores it would wait for whatever else runs, and read several times as much.
    """
    matrix = np.random.default_rng(0).normal(size=(400, 400))
    with threadpool_limits(1):
        return median_ms(lambda: np.linalg.svd(matrix, compute_uv=False))


def machine() -> dict[str, str]:
    """What a reader needs to compare figures by."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "numpy": np.__version__,
    }
