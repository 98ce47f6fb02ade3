"""503 symbols x 10 years through the Yahoo source, unmodified yfinance, from the loopback."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from analytics.cache import Cache, Codec, NoBackend
from analytics.desk.desk import Desk
from analytics.desk.fetching import CACHED_TYPES
from analytics.indicators.series import DMA_SESSIONS
from analytics.model.listings import group
from analytics.model.question import Needs
from analytics.model.sessions import sessions_between
from benchmarks.measure import Row
from benchmarks.server import ROOT
from tests.support.loopback import bodies
from tests.support.loopback.server import LoopbackSession, YahooServer, yahoo_server

FIRST, LAST = dt.date(2015, 1, 26), dt.date(2025, 1, 24)
AIM_SECONDS = 5.0
THREADS = 4


def fill(server: YahooServer) -> tuple[str, ...]:
    """Give the server a chart of ten years for every member; the symbols."""
    symbols = group("sp500", LAST).symbols
    days = [str(day) for day in sessions_between(FIRST, LAST)]
    for number, symbol in enumerate(symbols):
        steps = np.random.default_rng(number).normal(0.0003, 0.01, len(days))
        closes = np.round(100 * np.exp(np.cumsum(steps)), 2).tolist()
        rows = list(zip(days, closes, strict=True))
        server.bodies[f"chart/{symbol}"] = bodies.chart(rows, symbol=symbol)
    return symbols


def run() -> list[Row]:
    """Through the desk (fetched, validated, cached, cut), and by yfinance's own download."""
    serving = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.refresh"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None
    address = serving.stdout.readline().strip()
    try:
        symbols = group("sp500", LAST).symbols
        mine, counted = _ours(address, symbols)
        theirs = _download(address, symbols)
    finally:
        serving.kill()
        serving.wait()
    years = f"{counted} of {len(symbols)} with all averages"
    return [
        Row("503 x 10 years through the source and the desk", mine, "s", AIM_SECONDS, years),
        Row("the same by yfinance.download, threads on", theirs, "s"),
        Row("download / ours", theirs / mine, "x"),
    ]


def _ours(address: str, symbols: tuple[str, ...]) -> tuple[float, int]:
    now = dt.datetime(2025, 1, 24, 22, tzinfo=dt.UTC)
    with yahoo_server() as local:  # only for its source's settings: every request goes elsewhere
        source = local.source(session=LoopbackSession(address), clock=lambda: now)
        desk = Desk(source, Cache(NoBackend(), Codec(CACHED_TYPES)), deadline_seconds=60.0)
        desk.moment()
        started = time.perf_counter()

        def averages(symbol: str) -> bool:
            inputs = desk.inputs(Needs(bars=(symbol,), full_history=True))
            return symbol in inputs.bars and len(inputs.bars[symbol]) > max(DMA_SESSIONS)

        with ThreadPoolExecutor(THREADS) as pool:
            counted = sum(pool.map(averages, symbols))
        taken = time.perf_counter() - started
        desk.close()
    return taken, counted


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


def _serve() -> None:
    with yahoo_server() as server:
        fill(server)
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _serve()
