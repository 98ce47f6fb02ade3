"""The document as PDF, printed by an installed Chrome or Chromium that never sees a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from analytics.model.turns import waiting
from analytics.model.vocabulary import HoldlineError

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
"""Names looked for on PATH, in this order."""

PATIENCE_SECONDS = 90.0
DRAWING_MILLISECONDS = 20_000

_OFFLINE = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-extensions",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
    f"--virtual-time-budget={DRAWING_MILLISECONDS}",
)


class PdfUnavailable(HoldlineError):
    """No PDF could be made here; the message says why and what to do instead."""


def find_browser() -> str | None:
    """Path of the first of `BROWSERS` that is installed."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def to_pdf(text: str, patience_seconds: float = PATIENCE_SECONDS) -> bytes:
    """Print an html document; its charts are vectors in the PDF.

    Args:
        text: of `document.to_html`.
        patience_seconds: after which the browser is ended.

    Raises:
        PdfUnavailable: no browser is installed, or it failed or took too long.
    """
    browser = find_browser()
    if browser is None:
        raise PdfUnavailable(
            "A PDF needs Chrome or Chromium on the PATH (Debian: apt-get install chromium); "
            "without one, open the HTML and print it: its print style makes the same pages."
        )
    # a snap's browser sees no other folder than a plain temporary one; its profile goes with it
    with tempfile.TemporaryDirectory(prefix="holdline-pdf-") as folder:
        page, made = Path(folder, "preview.html"), Path(folder, "preview.pdf")
        page.write_text(text, encoding="utf-8")
        words = [*browser_words(folder), f"--print-to-pdf={made}", f"{page.as_uri()}#print"]
        run_browser(words, patience_seconds)
        if not made.is_file() or not made.read_bytes().startswith(b"%PDF"):
            raise PdfUnavailable(f"{Path(browser).name} ended without making the PDF.")
        return made.read_bytes()


def _sandbox() -> list[str]:
    """Chrome's sandbox cannot be set up by root; the page runs our own two scripts only."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def browser_words(folder: str) -> list[str]:
    """The installed browser's command, offline and with its profile in a folder.

    Raises:
        PdfUnavailable: none is installed.
    """
    browser = find_browser()
    if browser is None:
        raise PdfUnavailable("No Chrome or Chromium is on the PATH.")
    return [browser, *_OFFLINE, *_sandbox(), f"--user-data-dir={folder}/profile"]


def run_browser(words: list[str], patience_seconds: float) -> None:
    """Run it to its end.

    Raises:
        PdfUnavailable: it failed, or took too long.
    """
    name = Path(words[0]).name
    try:
        with waiting():
            done = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=patience_seconds,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise PdfUnavailable(
            f"{name} did not make the PDF within {patience_seconds:.0f} seconds."
        ) from None
    except OSError as error:
        raise PdfUnavailable(f"{name} could not be started: {error.strerror}.") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        reason = f": {said[-1][:200]}" if said else ""
        raise PdfUnavailable(f"{name} failed with status {done.returncode}{reason}.")
