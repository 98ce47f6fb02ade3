"""Warm pages and panels under load: closed loops, and viewers who each ask at their own pace.

The clients are a process of their own, so that their work does not stand in the server's way
more than a browser's would; on two cores it still does, which the closed loops show. Each viewer
sends its page's state and the version it has of each panel, as a browser does.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from benchmarks.callbacks import CALLBACK, Client, answer_of, asking, complete, page_calls
from benchmarks.measure import Row, percentile
from benchmarks.server import ROOT, free_port, server_process
from benchmarks.servers import cpu_ms

PAGE = "market"
CLOSED = (1, 16, 50, 200)
SECONDS = 16.0


@dataclass(frozen=True)
class Load:
    """An open loop.

    Attributes:
        every: seconds between two questions of one viewer.
        state: of the page.
        pace: seconds for which prices stay fresh; None: the demo's own two.
        aims: of p50 and p99, ms, and of the CPU of one answer, ms.
    """

    what: str
    viewers: int
    every: float
    state: dict[str, str]
    pace: float | None
    aims: tuple[float | None, float, float | None]


OPEN = (
    Load("the market ticks", 200, 2.0, {}, None, (5.0, 25.0, 1.2)),
    Load("a past date", 200, 2.0, {"as_of": "2025-01-24"}, None, (5.0, 25.0, 1.2)),
    Load("ten panels a minute, prices once a minute", 1000, 6.0, {}, 60.0, (None, 150.0, None)),
)


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


async def open_loop(
    address: str, viewers: int, every: float, state: dict[str, str]
) -> tuple[list[float], int]:
    """Each viewer asks at fixed times, answered or not; late answers count from when it was due."""
    call = page_calls(address)[PAGE]
    panels = list(complete(Client(address), call, state))
    taken: list[float] = []
    errors = 0
    start = time.monotonic() + 1.0

    async def watch(number: int) -> None:
        nonlocal errors
        reader, writer = await asyncio.open_connection(*urlsplit(address).netloc.split(":"))
        seen: dict[str, str] = {}
        for turn in range(max(1, int(SECONDS / every))):
            due = start + every * (turn + number / viewers)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            name = panels[(number + turn) % len(panels)]
            writer.write(_request(asking(call, state=state, seen=seen, only=[name])))
            status, body = await _answer(reader)
            taken.append((time.monotonic() - due) * 1000)
            if status != 200:
                errors += 1
                continue
            payloads = answer_of(body)["payloads"]
            seen |= {one: payload["version"] for one, payload in payloads.items()}
        writer.close()

    ended = await asyncio.gather(*map(watch, range(viewers)), return_exceptions=True)
    return taken, errors + sum(isinstance(one, BaseException) for one in ended)


def _request(body: bytes) -> bytes:
    return (
        b"POST %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (CALLBACK.encode(), len(body), body)
    )


_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    return int(head[9:12]), body


def run() -> list[Row]:
    """One row of p50, one of p99 a load."""
    rows = []
    with _demo(None) as (address, _):
        for clients in CLOSED:
            taken, _ = _apart("closed", address, str(clients))
            what = f"{clients} clients, closed loop: page"
            rate = f"{len(taken) / (SECONDS / 2):.0f} answers/s"
            rows += [
                Row(f"{what} p50", percentile(taken, 0.5), "ms", note=rate),
                Row(f"{what} p99", percentile(taken, 0.99), "ms"),
            ]
    return rows + [row for load in OPEN for row in open_rows(load)]


def open_rows(load: Load) -> list[Row]:
    """The rows of one open loop, after a run that is not measured."""
    with _demo(load.pace) as (address, pid):
        words = (address, str(load.viewers), str(load.every), json.dumps(load.state))
        _apart("open", address, "1", "0.1", json.dumps(load.state))
        before = cpu_ms(pid)
        taken, errors = _apart("open", *words)
        cpu = (cpu_ms(pid) - before) / len(taken)
    what = f"{load.viewers} viewers, a panel each {load.every:g} s, {load.what}"
    p50, p99, of_cpu = load.aims
    return [
        Row(f"{what}: p50", percentile(taken, 0.5), "ms", p50),
        Row(f"{what}: p99", percentile(taken, 0.99), "ms", p99),
        Row(f"{what}: CPU an answer", cpu, "ms", of_cpu, note="with the feed beside"),
        Row(f"{what}: errors", errors, "", 0),
    ]


def _demo(pace: float | None) -> Any:
    port = free_port()
    settings = {} if pace is None else {"HOLDLINE_REFRESH_SECONDS": str(pace)}
    return server_process(["app.py", "--demo", "--port", str(port)], port, **settings)


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
        given = json.loads(rest[1])
        answers, failed = asyncio.run(open_loop(address, int(count), float(rest[0]), given))
    print(json.dumps({"ms": answers, "errors": failed}))
