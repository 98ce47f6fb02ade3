"""Each page in headless Chromium, cold: bytes on the wire and the time to painted charts."""

from __future__ import annotations

import shutil
import time

from playwright.sync_api import Browser, sync_playwright

from benchmarks.measure import Row
from benchmarks.server import demo_server

PATHS = ("/", "/supports", "/sectors", "/options", "/definitions")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAINTED = """() => {
  const page = document.querySelector('section.page:not([hidden])');
  if (!page || page.querySelector('.is-loading')) return false;
  const graphs = [...page.querySelectorAll('.panel-chart:not(.is-absent) .graph')];
  return graphs.every((graph) => graph.querySelector('.main-svg'));
}"""


def run() -> list[Row]:
    """One row of bytes and one of time a page; a note where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return [Row("pages", float("nan"), "", note="no Chromium on this machine")]
    rows = []
    with demo_server() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        _load(browser, address + "/")  # the server's own first answers are another benchmark
        for path in PATHS:
            taken, size = _load(browser, address + path)
            rows.append(Row(f"{path}: navigation to painted charts, empty cache", taken, "ms"))
            rows.append(Row(f"{path}: bytes on the wire, compressed", size / 1024, "KiB"))
        browser.close()
    return rows


def _load(browser: Browser, url: str) -> tuple[float, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sizes: list[float] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    started = time.perf_counter()
    page.goto(url)
    page.wait_for_function(PAINTED, timeout=60_000)
    taken = (time.perf_counter() - started) * 1000
    context.close()
    return taken, sum(sizes)
