"""Process start to the first 200 on ``/``."""

from __future__ import annotations

import time

from benchmarks.measure import RUNS, Row, percentile
from benchmarks.server import demo_server

AIM_MS = 1500.0


def run() -> list[Row]:
    """Median of fresh processes, everything imported by the time they answer."""
    taken = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        with demo_server():
            taken.append((time.perf_counter() - started) * 1000)
    return [Row("process start to first 200 on /", percentile(taken[1:], 0.5), "ms", AIM_MS)]
