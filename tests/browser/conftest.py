"""A served demo and a Chromium that watches its own log and the hosts it asks.

Debian: ``apt-get install -y chromium``. Without a browser these tests are skipped.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from analytics.commands.accounts import owner_link
from analytics.runtime import kernels
from analytics.settings import Settings
from analytics.store.database import Database, store_url
from analytics.store.records import Records

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install -y chromium)")
    return found


@functools.cache
def compiled_kernels() -> Path:
    """Machine code for every server of these tests: each compiling its own keeps a core busy."""
    ARTEFACTS.mkdir(exist_ok=True)
    with (ARTEFACTS / "compiled.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests may run in several processes
        kernels.warm_up(ARTEFACTS, delay_seconds=0.0).join()
    return ARTEFACTS / "compiled"


_homes: dict[str, Path] = {}
"""Of the apps that are served, by their address."""


@contextlib.contextmanager
def served(
    home: Path, *options: str, public_host: str = ""
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The demo in a process of its own, with more options: its address, and the process."""
    port = free_port()
    public = f"http://{public_host}:{port}" if public_host else ""
    url = public or f"http://127.0.0.1:{port}"
    (home / "compiled").symlink_to(compiled_kernels())
    with (home / "log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py", "--demo", "--port", str(port), *options],
            cwd=ROOT,
            env=os.environ | {"HOLDLINE_HOME": str(home), "HOLDLINE_PUBLIC_URL": public},
            stdout=log,
            stderr=log,
        )
        try:
            _await(url, process, home / "log")
            _homes[url] = home
            yield url, process
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="session")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app serving the demo in a process of its own."""
    chromium()
    with served(tmp_path_factory.mktemp("home")) as (url, _):
        yield url


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url + "/definitions", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the app did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield launched
        launched.close()


@dataclass
class Visit:
    """A browser page on the demo, with what it logged and where else it asked."""

    page: Page
    url: str
    log: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def open(self, address: str) -> Page:
        """Go to an address of the app and wait until its frame and its panels are painted."""
        self.page.goto(self.url + address)
        self.page.wait_for_selector("#strip .quote, #strip .is-error")
        self.page.wait_for_selector("html[data-features=ready]")
        self.settle()
        return self.page

    def own(self) -> Visit:
        """Make this browser the owner's, as the address printed at the start does."""
        home, port = _homes[self.url], int(self.url.rpartition(":")[2])
        records = Records(Database(store_url(home)))
        settings = Settings(source="demo", home=home, port=port)
        self.page.goto(owner_link(settings, records))
        records.close()
        return self

    def settle(self) -> None:
        """Wait until no panel of the page on screen is loading any more."""
        self.page.wait_for_function(
            "() => !document.querySelector('.page:not([hidden]) .panel.is-loading')"
        )

    def panel(self, key: str) -> Any:
        """Locator of a panel by ``page/name``."""
        return self.page.locator(f'[data-panel="{key}"]')

    def screenshot(self, name: str, *, full: bool = False) -> Path:
        """Write an artefact."""
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=full)
        return path


def heard_until(page: Page, done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Let the browser's events reach this process until ``done()`` is true."""
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, f"what was waited for did not come in {seconds:g} s"
        page.wait_for_timeout(25)


@pytest.fixture
def visit(browser: Browser, demo_url: str) -> Iterator[Callable[..., Visit]]:
    """Open pages; afterwards each must have an empty log and no request to another host.

    Keywords: ``width``, ``height``, ``dark``, ``touch``, ``expect_log`` (a text every logged
    line must hold, for pages that are meant to fail), ``url`` (of another server).
    """
    visits: list[tuple[Visit, str | None]] = []

    def start(
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        touch: bool = False,
        expect_log: str | None = None,
        url: str = demo_url,
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=touch,
            is_mobile=touch,
        )
        made = Visit(context.new_page(), url)
        made.page.on("console", lambda line: _log(made, line))
        made.page.on("pageerror", lambda error: made.log.append(f"error: {error}"))
        made.page.on("request", lambda request: _note(made, request.url))
        visits.append((made, expect_log))
        return made

    yield start
    for made, expected in visits:
        made.page.context.close()
        unexpected = [line for line in made.log if expected is None or expected not in line]
        assert unexpected == []
        assert made.foreign == []


def _note(made: Visit, url: str) -> None:
    if not url.startswith((made.url, "data:", "blob:")):
        made.foreign.append(url)
    if "_dash-update-component" in url:
        made.calls.append(url)


def _log(visit: Visit, line: ConsoleMessage) -> None:
    """Write down what the browser logs, but that it cleared its cache as signing out asks it to."""
    if not line.text.startswith("Clear-Site-Data header"):
        visit.log.append(f"{line.type}: {line.text}")
