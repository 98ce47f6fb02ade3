"""From a tick to its client: evaluating it, the snapshot, and the servers that could bring it.

A server in a process of its own publishes stamped ticks. Up to a thousand clients, in another
process, have their polls wait for news as the pages do. The application is the same behind each
server; gevent waits in a greenlet a poll. Meanwhile one more
viewer asks for ``/healthz``, as the control of what is left for everyone else.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import importlib.util
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

from flask import Flask

from analytics.assembly import open_feed
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.feed import Feed
from analytics.feed.snapshot import FeedState, encode
from analytics.model.listings import sectors, ten_largest
from analytics.model.question import Symbol
from analytics.model.vocabulary import Phase, Quote, QuoteBatch
from analytics.sources.demo import DemoClock, DemoSource
from analytics.watch.live_lines import evaluate
from analytics.watch.session_baseline import SESSION_BASELINES, SessionBaselinesParameters
from benchmarks.measure import Row, median_ms, percentile
from benchmarks.server import ROOT, free_port, wait_for_200
from benchmarks.servers import cpu_ms
from components.server import live_polls

SECONDS = 15.0
TICK_SECONDS = 1.3
"""Not a whole number of polls, so that ticks fall anywhere between two."""
SPACING_SECONDS = 0.25
"""As in ``assets/core/live_poll.mjs``."""
COUNTS = (50, 250, 1000)
SYMBOLS = ("SPY", "QQQ", "DIA", "IWM", "NVDA")


def _desk() -> Desk:
    source = DemoSource(clock=DemoClock(speed=0.0))
    return Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)))


class StampedStream:
    """A tick a symbol each `TICK_SECONDS`; its volume is the wall clock's reading."""

    def __init__(self, source: DemoSource, symbols: frozenset[str]) -> None:
        self._source = source
        self._symbols = symbols
        self._count = 0

    def follow(self, symbols: frozenset[str]) -> None:
        self._symbols = symbols

    def receive(self, seconds: float) -> QuoteBatch:
        time.sleep(TICK_SECONDS)
        self._count += 1
        # one after the other where the clock stands, never ahead of it by what a tape refuses
        at = self._source.now() + dt.timedelta(milliseconds=self._count)
        price = 597.0 + self._count % 7 / 100
        stamp = time.time()
        return QuoteBatch(tuple(Quote(s, price, at, volume=stamp) for s in sorted(self._symbols)))

    def close(self) -> None:
        pass


def serve(port: int, name: str) -> None:
    """The server's process: the snapshot route of the app behind the server named."""
    if name == "gevent":
        from gevent import monkey

        monkey.patch_all()
    from components.server import live, live_polls
    from components.server.wsgi_in_threads import WsgiInThreads

    desk = _desk()
    source = desk.source
    assert isinstance(source, DemoSource)
    source.stream = lambda symbols: StampedStream(source, symbols)  # type: ignore[assignment,method-assign,return-value]
    feed = open_feed(desk)
    flask = Flask("ticks")
    ending = live.register(flask, desk, feed)
    feed.watch()
    polls = live_polls.LivePolls(WsgiInThreads(flask, 8), feed, lambda _: None, ending.is_set)
    SERVERS[name](polls, port, lambda environ, start: _wait_in_thread(flask, feed, environ, start))


def _wait_in_thread(flask: Flask, feed: Feed, environ: Any, start: Any) -> Any:
    """The same poll for a server of the WSGI kind."""
    asked = parse_qs(environ.get("QUERY_STRING", ""))
    if "wait" in asked and asked.get("since") == [str(feed.peek().sequence)]:
        feed.next_after(feed.peek().sequence, live_polls.WAIT_SECONDS)
    return flask(environ, start)


def _uvicorn(polls: Any, port: int, wsgi: Any) -> None:
    from components.server import serving

    serving.serve(polls, socket.create_server(("127.0.0.1", port)), lambda: False)


def _hypercorn(polls: Any, port: int, wsgi: Any) -> None:
    from hypercorn.asyncio import serve as serve_forever
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    asyncio.run(serve_forever(polls, config))


def _granian(polls: Any, port: int, wsgi: Any) -> None:
    from granian.constants import Interfaces
    from granian.server.embed import Server

    server = Server(polls, address="127.0.0.1", port=port, interface=Interfaces.ASGINL)
    asyncio.run(server.serve())


def _gevent(polls: Any, port: int, wsgi: Any) -> None:
    from gevent.pywsgi import WSGIServer

    WSGIServer(("127.0.0.1", port), wsgi, log=None).serve_forever()


SERVERS: dict[str, Callable[[Any, int, Any], None]] = {
    "uvicorn": _uvicorn,
    "granian": _granian,
    "hypercorn": _hypercorn,
    "gevent": _gevent,
}
"""Ours first; the others are measured where they are installed."""


@contextlib.contextmanager
def server(name: str) -> Iterator[tuple[int, int]]:
    """`serve` in a process of its own, ticking: its port and its process id."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.ticks", "serve", str(port), name]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        wait_for_200(f"http://127.0.0.1:{port}/healthz")
        time.sleep(3 * TICK_SECONDS)
        yield port, process.pid
    finally:
        process.kill()
        process.wait(10)


class Clients:
    """Polls that wait, in one event loop: how old each tick was when it came."""

    def __init__(self, port: int, count: int) -> None:
        self.port = port
        self.ages_ms: list[list[float]] = [[] for _ in range(count)]
        self.control_ms: list[float] = []

    async def run(self) -> None:
        """Ask until `SECONDS` have passed."""
        ends = time.monotonic() + SECONDS
        visits = [self._visit(n, ends) for n in range(len(self.ages_ms))]
        await asyncio.gather(*visits, self._control(ends))

    async def _visit(self, number: int, ends: float) -> None:
        await asyncio.sleep(number / len(self.ages_ms))
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        since, newest = b"", 0.0
        while time.monotonic() < ends:
            began = time.monotonic()
            poll = b"GET /live.json?since=%b&wait=1 HTTP/1.1\r\nHost: localhost\r\n\r\n" % since
            writer.write(poll)
            status, body = await _answer(reader)
            if status == 200:
                since, stamp = _SEQUENCE.findall(body)[0], float(_VOLUME.findall(body)[0])
                if stamp > newest > 0:
                    self.ages_ms[number].append((time.time() - stamp) * 1000)
                newest = stamp
            await asyncio.sleep(max(0.0, began + SPACING_SECONDS - time.monotonic()))
        writer.close()

    async def _control(self, ends: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while time.monotonic() < ends:
            began = time.perf_counter()
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await _answer(reader)
            self.control_ms.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.2)
        writer.close()


_SEQUENCE = re.compile(rb'"sequence":(\d+)')
_VOLUME = re.compile(rb'"SPY":.*?"volume":([\d.]+)')
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    return int(head[9:12]), body


def measured(name: str, count: int) -> list[Row]:
    """One server with so many clients."""
    with server(name) as (port, pid):
        before, began = cpu_ms(pid), time.monotonic()
        command = [sys.executable, "-m", "benchmarks.ticks", "clients", str(port), str(count)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        share = (cpu_ms(pid) - before) / (time.monotonic() - began) / 10
    seen = json.loads(done.stdout)
    ages = [age for each in seen["ages"] for age in each]
    who, ours = f"{name}, {count} clients", name == "uvicorn"
    rows = [Row(f"{who}: that got ticks", sum(map(bool, seen["ages"])), "", aim=count)]
    for quantile, aim in ((0.5, 60.0), (0.99, 250.0)):
        if ages:
            rows.append(Row(f"{who}: tick to client p{quantile * 100:.0f}",
                            percentile(ages, quantile), "ms", aim if ours else None))  # fmt: skip
    rows.append(Row(f"{who}: of a core", share, "%", 60.0 if ours else None))
    rows.append(Row(f"{who}: /healthz meanwhile p99", percentile(seen["control"], 0.99), "ms"))
    return rows


def _kernels() -> list[Row]:
    """The work a tick costs, and the body of a followed universe."""
    desk = _desk()
    symbols = (*SYMBOLS, *sectors(), *ten_largest(dt.date(2025, 1, 27)).symbols)
    asked = SessionBaselinesParameters(tuple(Symbol(s) for s in dict.fromkeys(symbols)))
    result = desk.ask(SESSION_BASELINES, asked).result
    assert result is not None
    bases = {basis.symbol: basis for basis in result.baselines}
    quotes = {s: basis.bar for s, basis in bases.items() if basis.bar is not None}
    lines = {s: evaluate(bases[s], quote, False) for s, quote in quotes.items()}
    loops = 200

    def ticks() -> None:
        for _ in range(loops):
            evaluate(bases["SPY"], quotes["SPY"], False)

    def encoded() -> Any:
        return encode(1, "0", quotes["SPY"].time, Phase.OPEN, FeedState(), lines, None)

    snapshot = encoded()
    desk.close()
    return [
        Row("one tick: four levels re-held", median_ms(ticks) / loops * 1000, "us", aim=50),
        Row(f"snapshot of {len(lines)} symbols encoded", median_ms(encoded), "ms"),
        Row("its body", len(snapshot.body) / 1024, "KiB"),
        Row("its body in gzip, zipped once for all", len(snapshot.zipped) / 1024, "KiB"),
    ]


def run() -> list[Row]:
    """Kernels, then each server with more and more clients."""
    rows = _kernels()
    for name in SERVERS:
        if importlib.util.find_spec(name):
            for count in COUNTS if name == "uvicorn" else COUNTS[-1:]:
                rows += measured(name, count)
    return rows


def main(kind: str, port: int, what: str) -> None:
    """One of the two processes."""
    if kind == "serve":
        serve(port, what)
        return
    clients = Clients(port, int(what))
    asyncio.run(clients.run())
    print(json.dumps({"ages": clients.ages_ms, "control": clients.control_ms}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
