"""From a tick to its digits on the screen of one browser, while 50 more viewers wait for it too."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from playwright.sync_api import sync_playwright

from analytics.sources.demo import DemoSource
from benchmarks.measure import Row, percentile
from benchmarks.server import ROOT, free_port, server_process
from benchmarks.ticks import SPACING_SECONDS, StampedStream

CLIENTS = 50
SECONDS, SHORT_SECONDS = 60.0, 25.0
AIM_P50_MS, AIM_P99_MS = 35.0, 75.0
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAINTED = "() => !document.querySelector('.page:not([hidden]) .panel.is-loading')"
"""A tick that comes while a page is being built waits for the page; those after it are timed."""
WATCH = """() => {
  window.taken = [];
  let last = holdline.live.snapshot.quotes.SPY.volume;
  const node = document.querySelector('#strip [data-live="SPY.price"]');
  new MutationObserver(() => {
    const { price, volume } = holdline.live.snapshot.quotes.SPY;
    if (volume === last || node.textContent !== price.toFixed(2)) return;
    last = volume;
    const stamp = volume * 1000;
    requestAnimationFrame(() => setTimeout(() =>
      window.taken.push(performance.timeOrigin + performance.now() - stamp)));
  }).observe(node, { characterData: true, subtree: true, childList: true });
}"""
"""A tick counts once, when its own digits are there: answers to pages write the strip, too."""


def run(short: bool = False) -> list[Row]:
    """p50 and p99 of the ticks on a page that is open, and the first one by itself."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return [Row("a tick painted", float("nan"), "ms", note="no Chromium on this machine")]
    port = free_port()
    words = ["-m", "benchmarks.tick_paint", "serve", str(port)]
    with (
        server_process(words, port) as (address, _),
        clients(port),
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address + "/")
        page.wait_for_selector('html[data-features=ready] #strip [data-live="SPY.price"]')
        page.wait_for_function("() => holdline.live.snapshot?.quotes.SPY", timeout=60_000)
        page.wait_for_function(PAINTED, timeout=60_000)
        page.evaluate(WATCH)
        page.wait_for_timeout((SHORT_SECONDS if short else SECONDS) * 1000)
        taken: list[float] = page.evaluate("window.taken")
        browser.close()
    what = f"a tick painted, {CLIENTS} more viewers"
    first, rest = taken[0], taken[1:]
    note = f"{len(rest)} ticks"
    return [
        Row(f"{what}: p50", percentile(rest, 0.5), "ms", AIM_P50_MS, note),
        Row(f"{what}: p99", percentile(rest, 0.99), "ms", AIM_P99_MS, note),
        Row("the first after a page is painted", first, "ms", note="odds are computed meanwhile"),
    ]


@contextlib.contextmanager
def clients(port: int) -> Iterator[None]:
    """The other viewers, in a process of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.tick_paint", "poll", str(port)], cwd=ROOT
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _poll(port: int) -> None:
    """One viewer: polls that wait for news, as the page sends them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    since = ""
    while True:
        began = time.monotonic()
        connection.request("GET", f"/live.json?since={since}&wait=1&symbols=SPY")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status == 200:
            since = str(json.loads(body)["sequence"])
        pause = 1.0 if "Retry-After" in answer.headers else SPACING_SECONDS
        time.sleep(max(0.0, pause - (time.monotonic() - began)))


def _main(kind: str, port: int) -> None:
    if kind == "poll":
        for _ in range(CLIENTS):
            threading.Thread(target=_poll, args=(port,)).start()
        return
    import app

    DemoSource.stream = lambda self, symbols: StampedStream(self, symbols)  # type: ignore[method-assign]
    app.main(["--demo", "--demo-time", "13:50", "--port", str(port)])


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
