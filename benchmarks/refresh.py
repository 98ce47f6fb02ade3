"""503 symbols x 10 years of Yahoo's charts from the loopback: transport, parsing, and the rest.

A bare parse (orjson, numpy) of what yfinance's session brings is the least that a refresh can
cost; the source, with its guards and its typed reader, is to stay within 1.5 times it.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import orjson

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.indicators.series import DMA_SESSIONS
from analytics.model.listings import group
from analytics.model.question import Needs
from analytics.model.sessions import sessions_between
from analytics.sources.validate import clean_bars
from analytics.sources.yahoo import yfinance_client
from benchmarks.measure import Row
from benchmarks.server import ROOT
from tests.support.loopback import bodies
from tests.support.loopback.server import LoopbackSession, YahooServer, yahoo_server

FIRST, LAST = dt.date(2015, 1, 26), dt.date(2025, 1, 24)
NOW = dt.datetime(2025, 1, 24, 22, tzinfo=dt.UTC)
AIM_RATIO = 1.5
THREADS = 4
CHART_URL = "https://query2.finance.yahoo.com/v8/finance/chart/"
QUOTE_COLUMNS = ("open", "high", "low", "close", "volume")


def run(count: int = 503) -> list[Row]:
    """The same answers, each time with more done to them; then by yfinance's own download."""
    serving = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.refresh", str(count)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None
    address = serving.stdout.readline().strip()
    symbols = _members(count)
    try:
        transport, bare = _least(address, symbols)
        sourced, validated, (desked, counted) = _ours(address, symbols)
        theirs = _download(address, symbols)
    finally:
        serving.kill()
        serving.wait()
    of = f"{count} symbols, {THREADS} threads"
    return [
        Row("transport alone (yfinance's session, curl_cffi)", transport.wall, "s", None, of),
        Row("transport and a bare parse (orjson, numpy)", bare.wall, "s"),
        Row("the source (guards, typed reader, frame)", sourced.wall, "s"),
        Row("source / transport and bare parse", sourced.wall / bare.wall, "x", AIM_RATIO),
        Row("the same of this process's CPU", sourced.cpu / bare.cpu, "x", AIM_RATIO),
        Row("source and validation", validated.wall, "s"),
        Row("source, validation, cache and cut (the desk)", desked.wall, "s", None, counted),
        Row("the same by yfinance.download, threads on", theirs, "s"),
        Row("download / source", theirs / sourced.wall, "x"),
    ]


def _members(count: int) -> tuple[str, ...]:
    return group("sp500", LAST).symbols[:count]


@dataclass(frozen=True)
class _Taken:
    """Seconds of the wall clock, and of this process's cores: these do not count the server."""

    wall: float
    cpu: float


def _timed(work: Callable[[str], object], symbols: tuple[str, ...]) -> _Taken:
    """For all symbols, the first of which was asked for once before."""
    work(symbols[0])
    wall, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, symbols))
    return _Taken(time.perf_counter() - wall, time.process_time() - cpu)


def _least(address: str, symbols: tuple[str, ...]) -> tuple[_Taken, _Taken]:
    """yfinance's transport alone, and with a bare parse."""
    params = {"period1": 0, "period2": int(NOW.timestamp()), "interval": "1d"}

    def fetch(symbol: str) -> bytes:
        answer: bytes = client.get(CHART_URL + symbol, params=params, timeout=30).content
        return answer

    def parse(symbol: str) -> list[np.ndarray]:
        result = orjson.loads(fetch(symbol))["chart"]["result"][0]
        columns = [result["indicators"]["quote"][0][name] for name in QUOTE_COLUMNS]
        columns += [result["indicators"]["adjclose"][0]["adjclose"], result["timestamp"]]
        return [np.array(values, dtype=np.float64) for values in columns]

    with yahoo_server():  # forgets yfinance's one client before and after
        client = yfinance_client.load().data.YfData(session=LoopbackSession(address))
        return _timed(fetch, symbols), _timed(parse, symbols)


def _ours(address: str, symbols: tuple[str, ...]) -> tuple[_Taken, _Taken, tuple[_Taken, str]]:
    """The source; with validation; and through the desk, with how many had all averages."""
    with yahoo_server() as local:  # only for its source's settings: every request goes elsewhere
        source = local.source(session=LoopbackSession(address), clock=lambda: NOW)
        sourced = _timed(lambda symbol: source.bars(symbol, None), symbols)
        validated = _timed(lambda symbol: clean_bars(source.bars(symbol, None)), symbols)
        desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)), deadline_seconds=60.0)
        desk.moment()
        counted: list[str] = []

        def averages(symbol: str) -> None:
            inputs = desk.inputs(Needs(bars=(symbol,), full_history=True))
            if symbol in inputs.bars and len(inputs.bars[symbol]) > max(DMA_SESSIONS):
                counted.append(symbol)

        desked = _timed(averages, symbols[1:])
        desk.close()
    return sourced, validated, (desked, f"{len(set(counted))} of {len(symbols) - 1} complete")


def _download(address: str, symbols: tuple[str, ...]) -> float:
    import yfinance

    with yahoo_server():
        yfinance.data.YfData(session=LoopbackSession(address))
        started = time.perf_counter()
        yfinance.download(
            list(symbols),
            start=FIRST,
            end=LAST,
            auto_adjust=False,
            actions=True,
            progress=False,
            threads=THREADS,
            session=LoopbackSession(address),
        )
        return time.perf_counter() - started


def _fill(server: YahooServer, symbols: tuple[str, ...]) -> None:
    """Give the server a chart of ten years for every symbol."""
    days = [str(day) for day in sessions_between(FIRST, LAST)]
    for number, symbol in enumerate(symbols):
        steps = np.random.default_rng(number).normal(0.0003, 0.01, len(days))
        closes = np.round(100 * np.exp(np.cumsum(steps)), 2).tolist()
        rows = list(zip(days, closes, strict=True))
        server.bodies[f"chart/{symbol}"] = bodies.chart(rows, symbol=symbol)


def _serve(count: int) -> None:
    with yahoo_server() as server:
        symbols = _members(count)
        _fill(server, symbols)
        if "SPY" not in symbols:  # the desk's benchmark
            server.bodies["chart/SPY"] = bodies.chart([(str(LAST), 100.0)], symbol="SPY")
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
