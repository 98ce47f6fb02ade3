"""Navigation to painted charts: Holdline's page and the same charts in the other frameworks."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from benchmarks.measure import RUNS, Row
from benchmarks.pages import ARGUMENTS, PAINTED
from benchmarks.peers.figures import PAGE, figures
from benchmarks.server import ROOT, demo_server, free_port, wait_for_200

DRAWN = """(count) => {
  let drawn = 0;
  const look = (root) => {
    for (const graph of root.querySelectorAll(".js-plotly-plot")) {
      drawn += Boolean(graph.querySelector(".main-svg"));
    }
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) look(node.shadowRoot);
  };
  look(document);
  return drawn >= count;
}"""
"""In the peers: that many charts have their drawing, shadow roots included."""

PEERS = {
    "a plain Dash app": ("dash", ["-m", "benchmarks.peers.plain_dash", "{port}"]),
    "Streamlit": (
        "streamlit",
        [
            *("-m", "streamlit", "run", "benchmarks/peers/in_streamlit.py"),
            *("--server.port", "{port}", "--server.headless", "true"),
            *("--browser.gatherUsageStats", "false", "--server.address", "127.0.0.1"),
        ],
    ),
    "Panel": ("panel", ["-m", "benchmarks.peers.in_panel", "{port}"]),
}


def page_rows() -> list[Row]:
    """Cold navigation and bytes on the wire, medians; all servers up, browsers taking turns."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return [Row("the same charts", float("nan"), "ms", note="no Chromium on this machine")]
    count = len(figures())
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(demo_server("--as-of", "2025-01-24")) + f"/{PAGE}"
        addresses = {"Holdline, the whole page": ours}
        missing = []
        for name, (module, words) in PEERS.items():
            if importlib.util.find_spec(module) is None:
                missing.append(name)
            else:
                addresses[name] = stack.enter_context(_served(words))
        driver = stack.enter_context(sync_playwright())
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in addresses}
        for turn in range(RUNS + 1):
            for name, address in addresses.items():
                figure = _load(browser, address, None if address == ours else count)
                if turn:  # the first answers of a server are another figure
                    taken[name].append(figure)
        browser.close()
    rows = []
    mine = median(ms for ms, _ in taken["Holdline, the whole page"])
    for name, loads in taken.items():
        ms, size = median(ms for ms, _ in loads), median(size for _, size in loads)
        note = f"{size / 1024:.0f} KiB, {ms / mine:.2f} x ours"
        rows.append(Row(f"{count} charts painted, empty cache: {name}", ms, "ms", note=note))
    absent = [Row(f"{count} charts: {name}", float("nan"), "ms") for name in missing]
    return rows + [Row(row.what, row.value, row.unit, note="not installed") for row in absent]


def _load(browser: Browser, url: str, charts: int | None) -> tuple[float, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 2400})
    page = context.new_page()
    sizes: list[float] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    if charts is None:
        page.wait_for_function(PAINTED, timeout=60_000)
    else:
        page.wait_for_function(DRAWN, arg=charts, timeout=60_000)
    taken = (time.perf_counter() - started) * 1000
    context.close()
    return taken, sum(sizes)


@contextlib.contextmanager
def _served(words: list[str]) -> Iterator[str]:
    port = str(free_port())
    process = subprocess.Popen(
        [sys.executable, *(word.format(port=port) for word in words)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}/"
        wait_for_200(address)
        yield address
    finally:
        process.kill()
        process.wait()
