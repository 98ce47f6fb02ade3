"""Every tab in headless Chromium: bytes on the wire, navigation cold and warm, and tab switches.

Cold: an empty cache. Warm: the same browser once more. A switch is from a click on the tab to
painted charts, the first time and when the tab has been seen before.
"""

from __future__ import annotations

import shutil
import time
from statistics import median

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.measure import RUNS, Row
from benchmarks.server import demo_server
from components.pages import PAGES

AIM_COLD_MS, AIM_KIB, AIM_SWITCH_MS = 1700.0, 1.3 * 1024, 150.0
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAINTED = """(path) => {
  if (path && location.pathname !== path) return false;
  const page = document.querySelector('section.page:not([hidden])');
  if (!page || page.querySelector('.is-loading')) return false;
  const graphs = [...page.querySelectorAll('.panel-chart:not(.is-absent) .graph')];
  return graphs.every((graph) => graph.querySelector('.main-svg'));
}"""
SETTLE_MS = 400
"""Between two switches, so that one does not pay for the other."""


def run() -> list[Row]:
    """Medians, a tab at a time; a note where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return [Row("pages", float("nan"), "", note="no Chromium on this machine")]
    rows: list[Row] = []
    with demo_server("--as-of", "2025-01-24") as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for page in PAGES:
            _navigate(browser, address + page.path)  # the server's first answers are another figure
            rows += _navigations(browser, address, page.path)
        rows += _switches(browser, address)
        browser.close()
    return rows


def _navigations(browser: Browser, address: str, path: str) -> list[Row]:
    cold, warm, sizes = [], [], []
    for _ in range(RUNS):
        first, size, second = _navigate(browser, address + path)
        cold.append(first)
        warm.append(second)
        sizes.append(size)
    return [
        Row(f"{path}: navigation to painted charts, cold", median(cold), "ms", AIM_COLD_MS),
        Row(f"{path}: the same, warm", median(warm), "ms"),
        Row(f"{path}: bytes on the wire, compressed", median(sizes) / 1024, "KiB", AIM_KIB),
    ]


def _navigate(browser: Browser, url: str) -> tuple[float, float, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sizes: list[float] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    cold = _painted_ms(page, url)
    size = sum(sizes)
    warm = _painted_ms(page, url)
    context.close()
    return cold, size, warm


def _painted_ms(page: Page, url: str) -> float:
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function(PAINTED, timeout=60_000)
    return (time.perf_counter() - started) * 1000


def _switches(browser: Browser, address: str) -> list[Row]:
    """From the first tab to each other, and back: in fresh contexts, then in one that knows all."""
    first: dict[str, list[float]] = {page.key: [] for page in PAGES[1:]}
    again: dict[str, list[float]] = {page.key: [] for page in PAGES[1:]}
    for _ in range(RUNS):
        context = browser.new_context(viewport={"width": 1920, "height": 900})
        page = context.new_page()
        _painted_ms(page, address + "/")
        for taken in (first, again):
            for tab in PAGES[1:]:
                taken[tab.key].append(_click(context, page, tab.key, tab.path))
                _click(context, page, PAGES[0].key, PAGES[0].path)
        context.close()
    return [
        row
        for tab in PAGES[1:]
        for row in (
            Row(f"switch to {tab.path}, first time", median(first[tab.key]), "ms"),
            Row(f"switch to {tab.path}, seen before", median(again[tab.key]), "ms", AIM_SWITCH_MS),
        )
    ]


def _click(context: BrowserContext, page: Page, key: str, path: str) -> float:
    """Milliseconds in the page itself, so that the driver's round trips are not counted."""
    page.wait_for_timeout(SETTLE_MS)
    page.evaluate(
        """([key, path, painted]) => {
          const done = eval(painted);
          window.switched = null;
          const began = performance.now();
          document.querySelector(`a[data-tab="${key}"]`).click();
          const look = () => {
            if (!done(path)) requestAnimationFrame(look);
            else requestAnimationFrame(() => { window.switched = performance.now() - began; });
          };
          requestAnimationFrame(look);
        }""",
        [key, path, PAINTED],
    )
    page.wait_for_function("() => window.switched !== null", timeout=60_000)
    taken: float = page.evaluate("window.switched")
    return taken
