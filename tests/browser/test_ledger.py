"""The simulated Monday at 60x in a real browser: the log gains a line, the ledger fills."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.browser.conftest import Visit, served

Visits = Callable[..., Visit]

CHART = """[...document.querySelectorAll("#supports-price .js-plotly-plot")].find((g) => g.data)"""
RANGE = f"() => JSON.stringify(({CHART}).layout.xaxis.range)"
NEWEST_LINE_BROKE = """() => [...document.querySelectorAll("#supports-log .log-line")].at(0)
  ?.textContent.includes("broke under the 50\u2011DMA")"""
SECONDS = 60_000


def text_of(selector: str, holds: str) -> str:
    """A condition for the browser: the element's text holds these words."""
    return f"() => (document.querySelector({selector!r}) || {{}}).textContent?.includes({holds!r})"


class TestSixtyTimes:
    def test_the_log_gains_a_line_and_the_status_changes_in_place(
        self, visit: Visits, tmp_path: Path
    ) -> None:
        with served(tmp_path, "--demo-time", "14:31") as (url, _):
            opened = visit(url=url)
            page = opened.open("/supports?symbol=SPY")
            page.wait_for_function(f"() => ({CHART})")
            lines = page.locator("#supports-log .log-line")
            before = lines.count()
            page.evaluate(
                f"""async () => Plotly.relayout(({CHART}),
                      {{ "xaxis.range": ["2024-12-02", "2025-01-28"] }})"""
            )
            zoomed = page.evaluate(RANGE)
            chip = '#supports-ladder [data-live="SPY.status:50-DMA"]'
            page.wait_for_function(text_of(chip, "testing"), timeout=SECONDS)
            page.locator('[data-live-speed="60"]').press("Enter")
            page.wait_for_function(text_of(chip, "under"), timeout=SECONDS)
            page.wait_for_function(NEWEST_LINE_BROKE, timeout=SECONDS)
            page.locator('[data-live-speed="0"]').press("Enter")
            assert lines.count() > before
            assert page.evaluate(RANGE) == zoomed
            page.close()

    def test_the_ledger_fills_after_the_close_and_the_day_plays_again(
        self, visit: Visits, tmp_path: Path
    ) -> None:
        with served(tmp_path, "--demo-time", "15:58") as (url, _):
            opened = visit(url=url)
            page = opened.open("/ledger?called=SPY&focus=0")
            title = "#ledger-calls h2"
            page.wait_for_function(text_of(title, "decided at 16:00"), timeout=SECONDS)
            page.locator('[data-live-speed="60"]').press("Enter")
            page.wait_for_function(text_of(title, "1 held"), timeout=SECONDS)
            assert "held" in page.inner_text("#ledger-calls tbody tr:nth-child(2)")
            page.wait_for_selector("#play-again", state="visible")  # hidden, it takes no key
            page.locator("#play-again").press("Enter")
            page.wait_for_function(text_of(title, "decided at 16:00"), timeout=SECONDS)
            page.wait_for_selector("#play-again", state="hidden")
            page.close()
