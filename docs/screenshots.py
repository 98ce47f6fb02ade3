"""Make the README's pictures from the demo: ``python -m docs.screenshots`` (needs Chromium)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.pages import ARGUMENTS, PAINTED
from benchmarks.server import demo_server

FOLDER = Path(__file__).parent / "screenshots"
PAGES = {
    "market": "/",
    "board": "/board",
    "scan": "/scan",
    "supports": "/supports?symbol=SPY",
    "ledger": "/ledger",
    "rules": "/rules",
    "sectors": "/sectors",
    "sentiment": "/sentiment",
    "options": "/options?symbol=NVDA",
    "valuation": "/valuation",
    "calendar": "/calendar",
    "preview": "/preview?as_of=2025-01-27",
    "portfolio": "/portfolio",
    "alerts": "/alerts",
    "definitions": "/definitions",
}

WHOLE = "() => !document.querySelector('main').innerText.includes('being computed')"
"""In the browser: no answer stands there in part."""
LISTED = """() => {
    const rows = document.querySelector('.page:not([hidden]) [data-panel="scan/rows"]');
    return !rows || (rows.querySelector('.ag-row') && rows.innerText.includes('Held:'));
}"""
"""In the browser: the scan's table, whose script comes after the page, has its rows and rates."""


def main() -> int:
    """Write one PNG a tab; 1 when there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("Chromium is needed: apt-get install chromium\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    with demo_server() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        for name, path in PAGES.items():
            page.goto(address + path)
            page.wait_for_function(PAINTED)
            page.wait_for_function(WHOLE)
            page.wait_for_function(LISTED)
            page.wait_for_timeout(500)
            page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
