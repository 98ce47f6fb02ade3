"""A closer choice (dates, one expiry) and a coarser one (range, rule) never contradict quietly."""

from __future__ import annotations

from tests.browser.conftest import heard_until
from tests.browser.looks import Visits, query, segment

CHECKED = ".page:not([hidden]) .segments:has(label:text-is('{}')) input:checked"
PICKER = '[data-panel="options/answer"] details.picker'
SECTORS = "/sectors?as_of=2025-01-24"
OPTIONS = "/options?symbol=NVDA&as_of=2025-01-24"


class TestDatesAndRange:
    def test_a_chosen_start_leaves_no_range_lit(self, visit: Visits) -> None:
        page = visit().open(f"{SECTORS}&start=2024-11-01&range=1y")
        assert page.locator(CHECKED.format("1Y")).count() == 0

    def test_a_range_drops_the_dates_even_when_it_was_the_last_one(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(f"{SECTORS}&start=2024-11-01&end=2025-01-10&range=1y")
        segment(page, "1Y").click()
        page.wait_for_function("() => !location.search.includes('start')")
        assert query(page) == {"as_of": "2025-01-24", "range": "1y"}
        page.wait_for_selector(
            '[data-panel="sectors/underwater"] .sub:has-text("24 Jan 2024 to 24 Jan 2025")'
        )
        page.go_back()
        page.wait_for_function("() => location.search.includes('start=2024-11-01')")
        assert page.locator(CHECKED.format("1Y")).count() == 0

    def test_the_usual_range_drops_them_too(self, visit: Visits) -> None:
        page = visit().open(f"{SECTORS}&start=2024-11-01")
        segment(page, "6M").click()
        page.wait_for_function("() => !location.search.includes('start')")
        assert query(page) == {"as_of": "2025-01-24"}
        assert segment(page, "6M").locator("input").is_checked()


class TestExpiryAndRule:
    def test_an_expiry_is_picked_from_the_list_and_left_by_a_rule(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(OPTIONS)
        picker = page.locator('[data-panel="options/answer"] details.picker')
        picker.locator("summary").click()
        opened.screenshot("options-expiries")
        picker.locator('a:has-text("31 Jan 2025")').click()
        page.wait_for_function("() => location.search.includes('expiry=2025-01-31')")
        page.wait_for_selector('details.picker summary:has-text("Fri 31 Jan 2025 · 7 days")')
        assert picker.get_attribute("open") is None
        assert page.locator(CHECKED.format("Short term")).count() == 0
        segment(page, "Short term").click()
        page.wait_for_function("() => !location.search.includes('expiry')")
        assert query(page) == {"as_of": "2025-01-24", "symbol": "NVDA", "rule": "short-term"}

    def test_escape_closes_the_list(self, visit: Visits) -> None:
        page = visit().open(OPTIONS)
        summary = page.locator(f"{PICKER} summary")
        summary.click()
        page.keyboard.press("Escape")
        page.wait_for_selector(f"{PICKER} ul", state="hidden")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"

    def test_the_open_list_outlives_a_live_update(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/options?symbol=NVDA")
        page.locator(f"{PICKER} summary").click()
        before = len(opened.calls)
        heard_until(page, lambda: len(opened.calls) > before)
        assert page.locator(PICKER).get_attribute("open") is not None

    def test_another_symbol_does_not_keep_the_expiry(self, visit: Visits) -> None:
        page = visit().open(f"{OPTIONS}&expiry=2025-01-31")
        field = page.locator(".page:not([hidden])").get_by_label("Symbol", exact=True)
        field.fill("QQQ")
        field.press("Enter")
        page.wait_for_selector('[data-panel="options/answer"] h2:has-text("QQQ")')
        assert query(page) == {"as_of": "2025-01-24", "symbol": "QQQ"}

    def test_an_expiry_the_chain_does_not_list_is_a_sentence(self, visit: Visits) -> None:
        page = visit().open(f"{OPTIONS}&expiry=2025-02-01")
        shown = page.inner_text(".page:not([hidden])")
        assert "NVDA has no expiry on 1 Feb 2025: the chain lists 19 expiries" in shown
        segment(page, "All").click()
        page.wait_for_selector('[data-panel="options/answer"] h2:has-text("57% bullish")')
