"""From a tick to its row of the scan on screen, while 50 more viewers wait for ticks too.

All rows that can be seen are timed at each tick of theirs: the scan is that of the whole index.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import time

from playwright.sync_api import sync_playwright

from analytics.model.vocabulary import Quote, QuoteBatch
from analytics.sources.demo import DemoSource
from benchmarks.measure import Row, percentile
from benchmarks.server import free_port, server_process
from benchmarks.tick_paint import ARGUMENTS, CLIENTS, PAINTED, clients
from benchmarks.ticks import TICK_SECONDS

SECONDS = 40.0
AIM_MS = 1000.0
STEPS = 7
"""A price goes through so many cents, and begins again."""
CELLS = "#scan-grid [data-live$='.price']"
WATCH = """(cells) => {
  window.taken = [];
  window.seen = new Set();
  const last = new Map();
  const look = (timed) => {
    const stamps = [];
    for (const cell of document.querySelectorAll(cells)) {
      const symbol = cell.dataset.live.slice(0, -".price".length);
      const quote = holdline.live.snapshot?.quotes[symbol];
      if (!quote || last.get(symbol) === quote.volume) continue;
      if (cell.textContent !== quote.price.toFixed(2)) continue;
      if (timed && last.has(symbol)) stamps.push(quote.volume * 1000);
      last.set(symbol, quote.volume);
      window.seen.add(symbol);
    }
    if (!stamps.length) return;
    requestAnimationFrame(() => setTimeout(() => {
      const now = performance.timeOrigin + performance.now();
      window.taken.push(...stamps.map((stamp) => now - stamp));
    }));
  };
  look(false);
  const grid = document.querySelector("#scan-grid");
  new MutationObserver(() => look(true))
    .observe(grid, { characterData: true, subtree: true, childList: true });
}"""


class StampedRows:
    """A tick of every followed symbol each `TICK_SECONDS`, near its own price; its volume is the
    wall clock's reading."""

    def __init__(self, source: DemoSource, symbols: frozenset[str]) -> None:
        self._source = source
        self._symbols = symbols
        self._prices: dict[str, float] = {}
        self._count = 0

    def follow(self, symbols: frozenset[str]) -> None:
        self._symbols = symbols

    def receive(self, seconds: float) -> QuoteBatch:
        time.sleep(TICK_SECONDS)
        self._count += 1
        for symbol in self._symbols - set(self._prices):
            known = self._source.quote(symbol)
            if known is not None:
                self._prices[symbol] = known.price
        at = self._source.now() + dt.timedelta(milliseconds=self._count)
        move, stamp = self._count % STEPS / 100, time.time()
        return QuoteBatch(
            tuple(
                Quote(symbol, self._prices[symbol] + move, at, volume=stamp)
                for symbol in sorted(self._symbols & set(self._prices))
            )
        )

    def close(self) -> None:
        pass


def run(short: bool = False) -> list[Row]:
    """p50 and p99 of a tick to the digits of its row."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return [Row("a tick in its row", float("nan"), "ms", note="no Chromium on this machine")]
    port = free_port()
    words = ["-m", "benchmarks.tick_row", str(port)]
    with server_process(words, port) as (address, _), clients(port), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address + "/scan")
        page.wait_for_selector(CELLS, timeout=120_000)
        page.wait_for_function(PAINTED, timeout=120_000)
        page.wait_for_timeout(5_000)  # the rows' names have been followed since
        page.evaluate(WATCH, CELLS)
        page.wait_for_timeout((SECONDS / 2 if short else SECONDS) * 1000)
        taken, seen, cells = page.evaluate(
            "(cells) => [taken, seen.size, document.querySelectorAll(cells).length]", CELLS
        )
        browser.close()
    what = f"a tick in its row of the scan, {CLIENTS} more viewers"
    note = f"{len(taken)} ticks of {seen} names; {cells} rows drawn"
    return [
        Row(f"{what}: p50", percentile(taken, 0.5), "ms", None, note),
        Row(f"{what}: p99", percentile(taken, 0.99), "ms", AIM_MS),
    ]


def _serve(port: int) -> None:
    import app

    DemoSource.stream = lambda self, symbols: StampedRows(self, symbols)  # type: ignore[assignment,method-assign,return-value]
    app.main(["--demo", "--demo-time", "13:50", "--port", str(port)])


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
