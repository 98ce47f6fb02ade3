"""Process start to the first 200 on ``/``, and to the first answer that needs everything.

The first page is sent before numba, scipy and the option kernels are imported; a viewer of the
Options page waits for them too.
"""

from __future__ import annotations

import time

from benchmarks.callbacks import Client, complete, page_calls
from benchmarks.measure import RUNS, Row, percentile
from benchmarks.server import demo_server

PAGE_AIM_MS = 1200.0
EVERYTHING = "options"
"""A page whose answers need every package that an answer of the demo can need."""


def run() -> list[Row]:
    """Medians of fresh processes, after one that is not measured."""
    with demo_server() as address:
        call = page_calls(address)[EVERYTHING]
    first, everything = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        with demo_server() as address:
            first.append((time.perf_counter() - began) * 1000)
            complete(Client(address), call)
            everything.append((time.perf_counter() - began) * 1000)
    return [
        Row("process start to first 200 on /", percentile(first, 0.5), "ms", PAGE_AIM_MS),
        Row("to every panel of Options answered", percentile(everything, 0.5), "ms"),
    ]
