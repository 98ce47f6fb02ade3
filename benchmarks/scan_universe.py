"""A scan of a universe of any size from the loopback, as a page asks for it: again and again.

Server and desks have a process each: ``serve N`` prints the server's address, ``cold`` and ``warm N
ADDRESS FOLDER`` what was measured, as JSON. Charts begin where the scan asks them to, three years
back.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from analytics.cache import Cache, Codec
from analytics.cache.disk_backend import DiskBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.model.dated_lists import use_folder
from analytics.model.question import Answer
from analytics.model.sessions import sessions_between
from analytics.model.universes import COLUMNS, UNIVERSES
from analytics.model.vocabulary import BENCHMARK
from analytics.studies.scan.scan import SCAN, Scan, ScanParameters
from benchmarks.measure import median_ms
from benchmarks.server import ROOT
from tests.support.loopback import bodies
from tests.support.loopback.server import LoopbackSession, yahoo_server

FIRST, LAST = dt.date(2022, 1, 3), dt.date(2025, 1, 24)
NOW = dt.datetime(2025, 1, 24, 22, tzinfo=dt.UTC)
NAME = "everyone"
PARAMETERS = ScanParameters(universe=NAME)
WALKS = 50
"""Different pasts; the names take them in turn."""
AGAIN_SECONDS = 2.0
"""How soon a page asks again while names are still coming."""


@dataclass(frozen=True)
class Cold:
    """Seconds of a scan of names that nobody has asked about.

    Attributes:
        first: until the first answer; ``first_rows``: how many rows it had.
        whole: until every row was there, asked for as a page does; ``answers``: how often.
        peak_mb: the process at the most.
    """

    first: float
    first_rows: int
    whole: float
    rows: int
    answers: int
    peak_mb: float


@dataclass(frozen=True)
class Warm:
    """The same from what the disk has, in another process: its first answer, and those after it."""

    first: float
    rows: int
    again_ms: float
    peak_mb: float


def scanned(names: int) -> tuple[Cold, Warm]:
    """Measure one size in processes of its own."""
    with _process("serve", str(names)) as serving, tempfile.TemporaryDirectory() as folder:
        address = _line(serving)
        with _process("cold", str(names), address, folder) as measuring:
            cold = Cold(**json.loads(_line(measuring)))
        with _process("warm", str(names), address, folder) as measuring:
            return cold, Warm(**json.loads(_line(measuring)))


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextlib.contextmanager
def _process(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.scan_universe", *words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _symbols(names: int) -> list[str]:
    return [f"N{number:04}" for number in range(names)]


def _serve(names: int) -> None:
    with yahoo_server() as server:
        days = [str(day) for day in sessions_between(FIRST, LAST)]
        charts = []
        for number in range(WALKS):
            steps = np.random.default_rng(number).normal(0.0003, 0.01, len(days))
            closes = np.round(100 * np.exp(np.cumsum(steps)), 2).tolist()
            charts.append(bodies.chart(list(zip(days, closes, strict=True))))
        for number, symbol in enumerate([BENCHMARK, *_symbols(names)]):
            server.bodies[f"chart/{symbol}"] = charts[number % WALKS]
        print(server.url, flush=True)
        sys.stdin.read()


@contextlib.contextmanager
def _desk(names: int, address: str, folder: Path) -> Iterator[Desk]:
    """A desk over a universe of so many names, and the disk that the processes share."""
    lists = folder / "lists"
    lists.mkdir(exist_ok=True)
    rows = [f"{NAME},{symbol},,2020-01-01,,,2025-01-24,made up" for symbol in _symbols(names)]
    (lists / UNIVERSES).write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    use_folder(lists)
    with yahoo_server() as local:
        source = local.source(session=LoopbackSession(address), clock=lambda: NOW)
        cache = Cache(DiskBackend(folder / "cache", allow_temporary=True), Codec(CACHED_TYPES))
        desk = Desk(source, cache, deadline_seconds=60.0)
        yield desk
        desk.close()


def _cold(desk: Desk) -> Cold:
    began, answers = time.perf_counter(), 1
    answer = desk.ask(SCAN, PARAMETERS)
    first, first_rows = time.perf_counter() - began, _rows(answer)
    while answer.provenance.loading:
        time.sleep(AGAIN_SECONDS)
        answer = desk.ask(SCAN, PARAMETERS)
        answers += 1
    whole = time.perf_counter() - began
    return Cold(first, first_rows, whole, _rows(answer), answers, _peak_mb())


def _warm(desk: Desk) -> Warm:
    began = time.perf_counter()
    answer = desk.ask(SCAN, PARAMETERS)
    first = time.perf_counter() - began
    again = median_ms(lambda: desk.ask(SCAN, PARAMETERS))
    return Warm(first, _rows(answer), again, _peak_mb())


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _rows(answer: Answer[Scan]) -> int:
    return 0 if answer.result is None else len(answer.result.rows)


def _main(what: str, names: int, *where: str) -> None:
    if what == "serve":
        _serve(names)
        return
    with _desk(names, where[0], Path(where[1])) as desk:
        found = _cold(desk) if what == "cold" else _warm(desk)
        print(json.dumps(asdict(found)), flush=True)


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
