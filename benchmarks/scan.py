"""A scan of 503 names: cold from the loopback, its first rows from warm storage, and its filters.

The grid's filter is timed in a browser, on 5,000 rows and with the rows on screen drawn anew.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from analytics.cache import Cache, Codec
from analytics.cache.disk_backend import DiskBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.question import Answer
from analytics.studies.scan.scan import SCAN, Scan, ScanParameters
from benchmarks.measure import Row, median_ms
from benchmarks.refresh import NOW
from benchmarks.scan_universe import scanned
from benchmarks.server import ROOT, demo_server
from benchmarks.tick_paint import ARGUMENTS
from tests.support.grid_filter import FILTER_5000
from tests.support.loopback.server import LoopbackSession, yahoo_server

NAMES = 503
SIZES = (503, 1006, 5000)
AIM_FIRST_S, AIM_FILTER_MS = 2.0, 50.0


def run(count: int = NAMES) -> list[Row]:
    """Ten years of the index cold and warm; universes that grow; and the filter."""
    serving = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.refresh", str(count)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None
    address = serving.stdout.readline().strip()
    try:
        with tempfile.TemporaryDirectory() as folder:
            rows = _served(address, Path(folder), count)
    finally:
        serving.kill()
        serving.wait()
    return [*rows, *(row for size in SIZES for row in _grown(size)), *_filter()]


def _grown(count: int) -> list[Row]:
    """The figures of one size, asked for as a page does."""
    cold, warm = scanned(count)
    names = f"{count:,} names"
    shown = f"{cold.first_rows} rows at first, all after {cold.answers} answers"
    return [
        Row(f"{names}, cold: first answer", cold.first, "s", AIM_FIRST_S, shown),
        Row(f"{names}, cold: all rows", cold.whole, "s", None, f"{cold.rows} rows"),
        Row(f"{names}, cold: a name", cold.whole / count * 1000, "ms"),
        Row(f"{names}, cold: the process at the most", cold.peak_mb, "MB"),
        Row(f"{names}, from warm storage", warm.first, "s", AIM_FIRST_S, f"{warm.rows} rows"),
        Row(f"{names}, again while it stands", warm.again_ms, "ms"),
        Row(f"{names}, warm: the process at the most", warm.peak_mb, "MB"),
    ]


def _served(address: str, folder: Path, count: int) -> list[Row]:
    parameters = ScanParameters()
    with yahoo_server() as local:
        source = local.source(session=LoopbackSession(address), clock=lambda: NOW)

        def desk() -> Desk:
            cache = Cache(DiskBackend(folder, allow_temporary=True), Codec(CACHED_TYPES))
            return Desk(source, cache, deadline_seconds=60.0)

        cold = desk()
        first, _ = _timed(lambda: cold.ask(SCAN, parameters))
        whole, answer = _timed(lambda: cold.ask(SCAN, parameters, complete=True))
        cold.close()
        warm = desk()
        warm_first, shown = _timed(lambda: warm.ask(SCAN, parameters))
        again = median_ms(lambda: warm.ask(SCAN, parameters))
        warm.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        Row("cold, until the first answer (it says how many are here)", first, "s", AIM_FIRST_S),
        Row("cold, until all rows are here", first + whole, "s", None, _rows(answer, count)),
        Row("first rows from warm storage", warm_first, "s", AIM_FIRST_S, _rows(shown, count)),
        Row("the same again within 20 s", again, "ms"),
        Row("this process at the most, the loopback's desk in it", peak, "MB"),
    ]


def _rows(answer: Answer[Scan], count: int) -> str:
    found = 0 if answer.result is None else len(answer.result.rows)
    return f"{found} of {count} rows"


def _timed(work: Callable[[], Answer[Scan]]) -> tuple[float, Answer[Scan]]:
    began = time.perf_counter()
    answer = work()
    return time.perf_counter() - began, answer


def _filter() -> list[Row]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        return [Row("filter of 5,000 rows", float("nan"), "ms", note="no Chromium here")]
    with demo_server() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address + "/scan?as_of=2025-01-24")
        page.wait_for_selector("#scan-grid .ag-row", timeout=60_000)
        found = page.evaluate(FILTER_5000, 5000)
        browser.close()
    taken = sorted(found["taken"])
    return [
        Row(
            "filter of 5,000 rows, drawn",
            taken[len(taken) // 2],
            "ms",
            AIM_FILTER_MS,
            f"slowest {taken[-1]:.0f}",
        )
    ]
