"""Tabs in headless Chromium beside a plain Dash app with the same charts, taking turns.

Cold: an empty cache. A switch is from a click on a tab that has been seen to its painted charts.
``--short`` measures four tabs in some minutes; without it all of them, more often.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import tick_paint
from benchmarks.measure import RUNS, Row
from benchmarks.peers.figures import figures
from benchmarks.server import demo_server, free_port, server_process
from components.frame.page import Page as Tab
from components.pages import PAGES

AIM_RATIO, AIM_LONG_TASKS_MS, AIM_CLS, AIM_REQUESTS, AIM_KIB = 0.85, 700.0, 0.05, 30.0, 0.9 * 1024
AIM_SWITCH_MS, AIM_SWITCH_TEXT_MS, AIM_BARS_MS, AIM_ZOOM_MS = 80.0, 30.0, 2500.0, 120.0
SHORT_TABS = ("market", "supports", "options", "definitions")
SHORT_RUNS = 3
AS_OF = "2025-01-24"
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
  const charts = [...page.querySelectorAll('.panel-chart:not(.is-absent)')];
  return charts.every((chart) => chart.querySelector('.main-svg'));
}"""
DRAWN = """(count) => [...document.querySelectorAll('.js-plotly-plot')]
  .filter((graph) => graph.querySelector('.main-svg')).length >= count"""
OBSERVED = """
  window.longTasks = 0; window.shifts = 0;
  const watch = (type, add) => new PerformanceObserver((list) => list.getEntries().forEach(add))
    .observe({ type, buffered: true });
  watch('longtask', (entry) => { window.longTasks += entry.duration; });
  watch('layout-shift', (entry) => { if (!entry.hadRecentInput) window.shifts += entry.value; });
"""
SWITCH = """([key, path]) => new Promise((done) => {
  const painted = PAINTED;
  const began = performance.now();
  document.querySelector(`a[data-tab="${key}"]`).click();
  const look = () => {
    if (!painted(path)) requestAnimationFrame(look);
    else requestAnimationFrame(() => done(performance.now() - began));
  };
  requestAnimationFrame(look);
})""".replace("PAINTED", PAINTED)
ZOOM = """(range) => new Promise((done) => {
  const graph = document.querySelector('#supports-price .js-plotly-plot');
  const began = performance.now();
  Plotly.relayout(graph, { 'xaxis.range': range }).then(() =>
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began))));
})"""
SETTLE_MS = 400
"""Between two switches, so that one does not pay for the other."""


@dataclass(frozen=True)
class Load:
    """One cold load."""

    painted_ms: float
    kib: float
    requests: int
    long_tasks_ms: float
    shift: float


def run(short: bool = False) -> Iterator[Row]:
    """Medians, each as it is known; a note where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        yield Row("pages", float("nan"), "", note="no Chromium on this machine")
        return
    tabs = [tab for tab in PAGES if not short or tab.key in SHORT_TABS]
    runs = SHORT_RUNS if short else RUNS
    with demo_server("--as-of", AS_OF) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for tab in tabs:
            yield from _cold(browser, address, tab, runs)
        yield from _switches(browser, address, tabs, runs)
        yield from _thirty_years(browser, address, runs)
        browser.close()
    yield from tick_paint.run(short)


def _cold(browser: Browser, address: str, tab: Tab, runs: int) -> Iterator[Row]:
    """Ours and a plain Dash app with the same charts, in turn."""
    ours: list[Load] = []
    peers: list[Load] = []
    with _plain_dash(tab.key) as (peer, charts):
        for turn in range(runs + 1):
            mine = _load(browser, address + tab.path, PAINTED, "")
            theirs = _load(browser, peer, DRAWN, charts) if charts else None
            if turn:  # the first answers of a server are another figure
                ours.append(mine)
                peers += [theirs] if theirs else []
    cold = median(load.painted_ms for load in ours)
    yield Row(f"{tab.path}: cold, to painted charts", cold, "ms")
    if peers:
        plain = median(load.painted_ms for load in peers)
        note = f"plain Dash {plain:.0f} ms, {charts} charts, {peers[0].requests} requests"
        yield Row(f"{tab.path}: against plain Dash", cold / plain, "x", AIM_RATIO, note)
    tasks = median(load.long_tasks_ms for load in ours)
    yield Row(f"{tab.path}: long tasks until then", tasks, "ms", AIM_LONG_TASKS_MS)
    yield Row(f"{tab.path}: layout shift", median(load.shift for load in ours), "", AIM_CLS)
    requests = median(load.requests for load in ours)
    yield Row(f"{tab.path}: requests until then", requests, "", AIM_REQUESTS)
    yield Row(f"{tab.path}: on the wire", median(load.kib for load in ours), "KiB", AIM_KIB)


def _load(browser: Browser, url: str, done: str, argument: str | int) -> Load:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(OBSERVED)
    sizes: list[float] = []
    asked: list[str] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    network.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_function(done, arg=argument, timeout=120_000)
    taken = (time.perf_counter() - started) * 1000
    requests = sum(not url.startswith("data:") for url in asked)
    tasks, shift = page.evaluate("[window.longTasks, window.shifts]")
    context.close()
    return Load(taken, sum(sizes) / 1024, requests, tasks, shift)


@contextlib.contextmanager
def _plain_dash(key: str) -> Iterator[tuple[str, int]]:
    """A plain Dash app with a page's charts: its address, and how many they are."""
    count = len(figures(key))
    if not count:
        yield "", 0
        return
    port = free_port()
    with server_process(["-m", "benchmarks.peers.plain_dash", str(port), key], port) as (url, _):
        yield url, count


def _switches(browser: Browser, address: str, tabs: Sequence[Tab], runs: int) -> Iterator[Row]:
    """From the first tab to each other and back, once all have been seen."""
    taken: dict[str, list[float]] = {tab.key: [] for tab in tabs}
    context = browser.new_context(viewport={"width": 1920, "height": 900})
    page = context.new_page()
    page.goto(address + tabs[0].path)
    page.wait_for_function(PAINTED, arg=tabs[0].path, timeout=120_000)
    for turn in range(runs + 1):
        for tab in tabs[1:]:
            for target in (tab, tabs[0]):
                ms = _switch(page, target)
                if turn:
                    taken[target.key].append(ms)
    context.close()
    for tab in tabs:
        aim = AIM_SWITCH_TEXT_MS if tab.key == "definitions" else AIM_SWITCH_MS
        yield Row(f"switch to {tab.path}, seen before", median(taken[tab.key]), "ms", aim)


def _switch(page: Page, tab: Tab) -> float:
    """Milliseconds in the page itself, so that the driver's round trips are not counted."""
    page.wait_for_timeout(SETTLE_MS)
    taken: float = page.evaluate(SWITCH, [tab.key, tab.path])
    return taken


def _thirty_years(browser: Browser, address: str, runs: int) -> Iterator[Row]:
    """The longest history there is: painted, zoomed to three years, to one, and panned."""
    painted, zooms = [], []
    ranges = (["2014-01-02", "2017-01-02"], ["2015-01-02", "2016-01-02"])
    for _ in range(runs):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        started = time.perf_counter()
        page.goto(f"{address}/supports?range=max", wait_until="commit")
        page.wait_for_function(
            "() => document.querySelector('#supports-price .main-svg')", timeout=120_000
        )
        painted.append((time.perf_counter() - started) * 1000)
        page.wait_for_function(PAINTED, arg="/supports", timeout=120_000)
        for wanted in ranges:
            page.wait_for_timeout(SETTLE_MS)
            zooms.append(page.evaluate(ZOOM, wanted))
        context.close()
    yield Row("all years of bars: cold, to the painted chart", median(painted), "ms", AIM_BARS_MS)
    yield Row("all years of bars: one zoom", median(zooms), "ms", AIM_ZOOM_MS)
