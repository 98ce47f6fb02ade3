"""From a tick to its client: evaluating it, the snapshot, and three ways to bring it.

A server in a process of its own publishes stamped ticks behind waitress with the threads that
Holdline serves with. Clients have their polls wait for news, as the pages do where there is a
place; poll each second, as they do where there is none; or hold an event stream open, which they
do not: the figures say why. Meanwhile one more viewer asks for ``/healthz``, as the control of
what is left for everyone else.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import waitress
from flask import Flask, Response

from analytics.assembly import open_feed
from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.feed import Feed, evaluate
from analytics.feed.snapshot import FeedState, encode
from analytics.model.listings import sectors, ten_largest
from analytics.model.question import Symbol
from analytics.model.vocabulary import Phase, Quote, QuoteBatch
from analytics.sources.demo import DemoClock, DemoSource
from analytics.watch.session_baseline import SESSION_BASELINES, SessionBaselinesParameters
from benchmarks.measure import Row, median_ms, percentile
from benchmarks.server import ROOT, free_port, wait_for_200

THREADS = 8
SECONDS = 15.0
TICK_SECONDS = 1.3
"""Not a whole number of polls, so that ticks fall anywhere between two."""
POLL_SECONDS = 1.0
SPACING_SECONDS = 0.25
"""As in ``assets/core/live_poll.mjs``."""
PATIENCE_SECONDS = 5.0
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
        at = self._source.now() + dt.timedelta(seconds=self._count)
        price = 597.0 + self._count % 7 / 100
        stamp = time.time()
        return QuoteBatch(tuple(Quote(s, price, at, volume=stamp) for s in sorted(self._symbols)))

    def close(self) -> None:
        pass


def serve(port: int) -> None:
    """The server's process: the snapshot route of the app, and an event stream beside it."""
    from components.server import admission, live

    desk = _desk()
    source = desk.source
    assert isinstance(source, DemoSource)
    source.stream = lambda symbols: StampedStream(source, symbols)  # type: ignore[assignment,method-assign,return-value]
    feed = open_feed(desk)
    server = Flask("ticks")
    live.register(server, desk, feed)

    @server.get("/stream")
    def stream() -> Response:
        return Response(_events(feed), mimetype="text/event-stream")

    feed.watch()
    threads = THREADS + admission.WAITING_POLLS
    waitress.serve(server, host="127.0.0.1", port=port, threads=threads, _quiet=True)


def _events(feed: Feed) -> Iterator[bytes]:
    sent = -1
    while True:
        snapshot = feed.watch()
        if snapshot.sequence != sent:
            sent = snapshot.sequence
            yield b"data: " + snapshot.body + b"\n\n"
        time.sleep(0.02)


@contextlib.contextmanager
def server() -> Iterator[int]:
    """`serve` in a process of its own, ticking."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.ticks", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        wait_for_200(f"http://127.0.0.1:{port}/healthz")
        time.sleep(3 * TICK_SECONDS)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _stamp(body: bytes) -> float:
    quotes: dict[str, Any] = json.loads(body)["quotes"]
    return float(quotes["SPY"]["volume"])


class Clients:
    """Threads that note how old each tick was when it came."""

    def __init__(self, port: int, count: int, visit: Callable[[Clients, int], None]) -> None:
        self.port = port
        self.ends = time.monotonic() + SECONDS
        self.ages_ms: list[list[float]] = [[] for _ in range(count)]
        self.control_ms: list[float] = []
        self._threads = [
            threading.Thread(target=visit, args=(self, n), daemon=True) for n in range(count)
        ]
        self._threads.append(threading.Thread(target=_control, args=(self,), daemon=True))

    def run(self) -> Clients:
        for thread in self._threads:
            thread.start()
            time.sleep(POLL_SECONDS / len(self._threads))
        time.sleep(max(0.0, self.ends - time.monotonic()))
        for thread in self._threads:
            thread.join(2 * PATIENCE_SECONDS)
        return self

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)


def _wait(clients: Clients, n: int) -> None:
    _ask(clients, n, "&wait=1")


def _poll(clients: Clients, n: int) -> None:
    _ask(clients, n, "")


def _ask(clients: Clients, n: int, waiting: str) -> None:
    connection = clients.connection()
    since, newest = "", 0.0
    while time.monotonic() < clients.ends:
        began = time.monotonic()
        connection.request("GET", f"/live.json?since={since}{waiting}")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 200:
            since = str(json.loads(body)["sequence"])
            if _stamp(body) > newest and newest:
                clients.ages_ms[n].append((time.time() - _stamp(body)) * 1000)
            newest = _stamp(body)
        may_wait = waiting and "Retry-After" not in answer.headers
        pause = SPACING_SECONDS if may_wait else POLL_SECONDS
        time.sleep(max(0.0, began + pause - time.monotonic()))


def _listen(clients: Clients, n: int) -> None:
    newest = 0.0
    with contextlib.suppress(TimeoutError):
        connection = clients.connection()
        connection.request("GET", "/stream")
        answer = connection.getresponse()
        while time.monotonic() < clients.ends:
            line = answer.readline()
            if not line.startswith(b"data: "):
                continue
            stamp = _stamp(line[6:])
            if stamp > newest and newest:
                clients.ages_ms[n].append((time.time() - stamp) * 1000)
            newest = stamp


def _control(clients: Clients) -> None:
    while time.monotonic() < clients.ends:
        started = time.perf_counter()
        with contextlib.suppress(TimeoutError):
            connection = clients.connection()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        clients.control_ms.append((time.perf_counter() - started) * 1000)
        time.sleep(0.2)


def _rows(how: str, clients: Clients) -> list[Row]:
    count = len(clients.ages_ms)
    ages = [age for each in clients.ages_ms for age in each]
    served = sum(bool(each) for each in clients.ages_ms)
    name = f"{how}, {count} client{'s' if count > 1 else ''}"
    rows = [Row(f"{name}: clients that got ticks", served, "", aim=count)]
    rows += [
        Row(f"{name}: tick to client p{share * 100:.0f}", percentile(ages, share), "ms")
        for share in (0.5, 0.95, 0.99)
        if ages
    ]
    note = f"{PATIENCE_SECONDS:g} s is a time-out"
    rows += [
        Row(
            f"{name}: /healthz meanwhile p{share * 100:.0f}",
            percentile(clients.control_ms, share),
            "ms",
            note=note,
        )
        for share in (0.5, 0.99)
    ]
    return rows


def _kernels() -> list[Row]:
    """The work a tick costs, and the body of a followed universe."""
    desk = _desk()
    symbols = (*SYMBOLS, *sectors(), *ten_largest(dt.date(2025, 1, 27)).symbols)
    asked = SessionBaselinesParameters(tuple(Symbol(s) for s in dict.fromkeys(symbols)))
    result = desk.ask(SESSION_BASELINES, asked).result
    assert result is not None
    bases = {basis.symbol: basis for basis in result.bases}
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
    """Kernels, then each way with 1 and 50 clients, and with more than there are places."""
    rows = _kernels()
    for how, visit in (("waiting", _wait), ("polled", _poll), ("event stream", _listen)):
        for count in (1, 50, 100):
            with server() as port:
                rows += _rows(how, Clients(port, count, visit).run())
    return rows


if __name__ == "__main__":
    serve(int(sys.argv[1]))
