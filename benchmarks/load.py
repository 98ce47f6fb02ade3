"""Warm callbacks under load: closed loops, and viewers who each ask at their own pace.

The clients are a process of their own, so that their work does not stand in the server's way
more than a browser's would; on two cores it still does, which the closed loops show.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.callbacks import Client, page_calls
from benchmarks.measure import Row, percentile
from benchmarks.server import ROOT, demo_server

PAGE = "market"
CLOSED = (1, 16, 50, 200)
OPEN = ((50, 5.0, 15.0), (200, 2.0, 25.0))
"""Viewers, seconds between two questions of one viewer, and the aim for the p99 in ms."""
SECONDS = 15.0


def closed_loop(address: str, clients: int) -> list[float]:
    """Each client asks again as soon as it is answered: milliseconds of every answer."""
    body = page_calls(address)[PAGE]
    ends = time.monotonic() + SECONDS / 2

    def ask(number: int) -> list[float]:
        client, taken = Client(address), []
        client.call(body)
        while time.monotonic() < ends:
            taken.append(client.call(body)[0])
        return taken

    with ThreadPoolExecutor(clients) as pool:
        return [ms for taken in pool.map(ask, range(clients)) for ms in taken]


def open_loop(address: str, viewers: int, every: float) -> tuple[list[float], int]:
    """Each viewer asks at fixed times, answered or not; late answers count from when it was due."""
    body = page_calls(address)[PAGE]
    taken: list[float] = []
    errors = 0
    lock = threading.Lock()
    start = time.monotonic() + 1.0

    def watch(number: int) -> None:
        nonlocal errors
        client = Client(address)
        for turn in range(int(SECONDS / every)):
            due = start + every * (turn + number / viewers)
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                client.call(body)
            except (OSError, RuntimeError):
                with lock:
                    errors += 1
                client = Client(address)
                continue
            with lock:
                taken.append((time.monotonic() - due) * 1000)

    threads = [threading.Thread(target=watch, args=(number,)) for number in range(viewers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken, errors


def run() -> list[Row]:
    """One row of p50, one of p99 a load."""
    rows = []
    with demo_server("--as-of", "2025-01-24") as address:
        for clients in CLOSED:
            taken, _ = _apart("closed", address, str(clients))
            what = f"{clients} clients, closed loop: callback"
            rate = f"{len(taken) / (SECONDS / 2):.0f} answers/s"
            rows += [
                Row(f"{what} p50", percentile(taken, 0.5), "ms", note=rate),
                Row(f"{what} p99", percentile(taken, 0.99), "ms"),
            ]
        for viewers, every, aim in OPEN:
            taken, errors = _apart("open", address, str(viewers), str(every))
            what = f"{viewers} viewers, each every {every:g} s: callback"
            rows += [
                Row(f"{what} p50", percentile(taken, 0.5), "ms"),
                Row(f"{what} p99", percentile(taken, 0.99), "ms", aim, f"{errors} errors"),
            ]
    return rows


def _apart(*words: str) -> tuple[list[float], int]:
    """The clients in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", *words],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    report = json.loads(done.stdout)
    return report["ms"], report["errors"]


if __name__ == "__main__":
    kind, address, count, *rest = sys.argv[1:]
    if kind == "closed":
        answers, failed = closed_loop(address, int(count)), 0
    else:
        answers, failed = open_loop(address, int(count), float(rest[0]))
    print(json.dumps({"ms": answers, "errors": failed}))
