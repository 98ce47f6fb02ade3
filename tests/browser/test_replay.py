from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.looks import Visits, query

SUPPORTS = "/supports?as_of="
PRICE = '[data-panel="supports/price"]'


def title(page: Page) -> str:
    return page.inner_text(f"{PRICE} h2").replace("\u2011", "-")


def at(page: Page, as_of: str, shown: str) -> None:
    """Wait until the address and the panels stand at a moment."""
    page.wait_for_function(
        "(as_of) => new URLSearchParams(location.search).get('as_of') === as_of", arg=as_of
    )
    page.wait_for_function(
        f"(shown) => document.querySelector('{PRICE} .sub')?.textContent.includes(shown)",
        arg=shown,
    )


class TestReplay:
    def test_the_monday_from_its_open_to_its_close(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(SUPPORTS + "2025-01-27T09:31")
        page.select_option("#replay-size", "5m")
        assert "under its 50-DMA" in title(page)
        page.keyboard.press(".")
        at(page, "2025-01-27T09:35", "09:35")
        page.keyboard.press(",")
        at(page, "2025-01-27T09:31", "09:31")
        page.keyboard.press(">")
        at(page, "2025-01-27", "16:00")
        assert "held" in title(page) or "reclaim" in title(page)
        page.keyboard.press("<")
        at(page, "2025-01-24", "Fri 24 Jan 2025")

    def test_playing_moves_on_by_itself_until_it_is_paused(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(SUPPORTS + "2025-01-27T10:00")
        page.select_option("#replay-size", "30m")
        page.click("#replay-play")
        at(page, "2025-01-27T11:00", "11:00")
        page.keyboard.press("k")
        opened.settle()
        stood = query(page)["as_of"]
        page.click('a[data-tab="market"]')
        page.wait_for_function("() => location.pathname === '/'")
        assert query(page)["as_of"] == stood, "the moment follows from tab to tab"
        assert page.inner_text("#replay-play") == "Play"

    def test_the_moment_is_said_and_nothing_live_is_asked(self, visit: Visits) -> None:
        opened = visit()
        asked: list[str] = []
        opened.page.on("request", lambda request: asked.append(request.url))
        page = opened.open(SUPPORTS + "2025-01-27T10:00")
        assert "Mon 27 Jan 2025, 10:00 EST" in page.inner_text("#as-of-banner")
        asked.clear()
        page.keyboard.press(".")
        at(page, "2025-01-27T10:05", "10:05")
        assert not [url for url in asked if "live.json" in url]

    def test_from_the_header_into_replay_and_back(self, visit: Visits) -> None:
        page = visit().open("/supports")
        page.click("#replay-start")
        at(page, "2025-01-27T09:31", "09:31")
        assert page.input_value("#as-of-minute") == "09:31"
        page.click("#as-of-return")
        page.wait_for_function("() => !location.search.includes('as_of')")
        assert not page.is_visible("#as-of-banner")

    def test_a_minute_nobody_recorded_says_so(self, visit: Visits) -> None:
        page = visit().open(SUPPORTS + "2025-01-24T10:00")
        assert "minutes of 27 Jan 2025 alone" in page.inner_text(PRICE)
