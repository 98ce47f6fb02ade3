"""The simulated Monday before its open: the overnight markets and the open futures imply."""

from __future__ import annotations

from pathlib import Path

from tests.browser.conftest import served
from tests.browser.looks import Visits, query, segment

PANEL = '[data-panel="market/overnight"]'


def test_before_the_open_futures_lead_and_every_market_is_read_by_its_own_clock(
    visit: Visits, tmp_path: Path
) -> None:
    with served(tmp_path, "--demo-time", "09:20") as (url, _):
        opened = visit(url=url)
        page = opened.open("/")
        panel = opened.panel("market/overnight")
        panel.locator(".overnight-implied").wait_for()
        title = panel.locator("h2").inner_text().replace("\u2011", "-")
        assert title.startswith("Futures imply SPY opens at 59")
        assert title.endswith(": under its 50-DMA, 596.30")
        assert panel.locator(".overnight-implied tbody tr").count() == 4
        assert panel.locator(".overnight-region tbody tr").count() == 18
        text = panel.inner_text()
        assert "open to 11:30" in text
        assert "Fri close, opens 18:00" in text
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert "SIMULATED" in text
        page.close()


def test_in_session_it_is_there_on_demand_alone(visit: Visits) -> None:
    opened = visit()
    page = opened.open("/")
    assert not page.is_visible(PANEL)
    segment(page, "Always").click()
    page.wait_for_selector(f"{PANEL} .overnight-implied")
    assert query(page)["overnight"] == "on"
    assert "New York trades now" in page.inner_text(PANEL)
