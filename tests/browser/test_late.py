"""An answer that comes after the viewer has gone on to another symbol is discarded."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route

from tests.browser.conftest import Visit

Visits = Callable[..., Visit]

TITLES = """() => [...document.querySelectorAll(
  '.page:not([hidden]) .panel h2')].map((title) => title.textContent).join(' | ')"""


def go(page: Page, symbol: str) -> None:
    page.evaluate(f"holdline.go('/supports?symbol={symbol}')")


def test_the_panel_keeps_the_symbol_last_chosen(visit: Visits) -> None:
    opened = visit()
    page = opened.open("/supports?symbol=SPY")
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        if '"NVDA"' in (route.request.post_data or ""):
            waiting.append(route)
        else:
            route.continue_()

    page.route("**/_dash-update-component*", hold)
    go(page, "NVDA")
    page.wait_for_function("() => location.search === '?symbol=NVDA'")
    page.wait_for_timeout(50)
    patience = page.evaluate("performance.now()") + 10_000
    while not waiting and page.evaluate("performance.now()") < patience:
        page.wait_for_timeout(20)
    assert waiting
    go(page, "AAPL")
    page.wait_for_function(f"() => ({TITLES})().includes('AAPL')")
    opened.settle()
    answered: list[str] = []
    page.on("requestfinished", lambda request: answered.append(request.post_data or ""))
    late = list(waiting)
    for route in late:
        route.continue_()
    ends = page.evaluate("performance.now()") + 20_000
    while sum('"NVDA"' in body for body in answered) < len(late):
        assert page.evaluate("performance.now()") < ends, "the late answers did not come"
        page.wait_for_timeout(20)
    # one more round with the server, so that whatever was to be painted has been
    go(page, "AAPL&log=1")
    page.wait_for_function(f"() => ({TITLES})().includes('AAPL')")
    opened.settle()
    titles = page.evaluate(TITLES)
    assert "NVDA" not in titles
    assert "AAPL" in page.inner_text('[data-panel="supports/price"] h2')
