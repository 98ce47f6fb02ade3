from __future__ import annotations

from tests.browser.looks import (
    RUN_TOGETHER,
    Visits,
    check_desktop,
    check_phone,
    painted,
    query,
    segment,
)

NVDA = "/options?symbol=NVDA&as_of=2025-01-24"


class TestLook:
    def test_on_a_desk_light_and_dark_and_on_a_projector(self, visit: Visits) -> None:
        page = check_desktop(visit, "options", NVDA)
        assert "57%" in page.inner_text('[data-panel="options/answer"]')

    def test_on_a_phone(self, visit: Visits) -> None:
        page = check_phone(visit, "options", NVDA)
        assert "57%" in page.inner_text('[data-panel="options/answer"]')
        page.wait_for_function(f"() => ({RUN_TOGETHER})().length === 0")


class TestDeepLink:
    def test_rule_measure_and_weighting_are_restored(self, visit: Visits) -> None:
        opened = visit()
        opened.open(f"{NVDA}&rule=short-term&measure=open-interest&weighted=1")
        page = painted(opened)
        assert segment(page, "Short term").locator("input").is_checked()
        assert segment(page, "Open interest").locator("input").is_checked()
        assert page.locator(".page:not([hidden]) .switch input:checked").count() == 1
        assert "delta-weighted" in page.inner_text('[data-panel="options/bullish"]')
        assert "Open interest by strike" in page.inner_text('[data-panel="options/strikes"]')

    def test_an_expiry_is_chosen_and_left_by_its_links(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(NVDA)
        page.click('[data-panel="options/expiries"] tbody a >> nth=1')
        page.wait_for_function("() => location.search.includes('expiry=')")
        page.wait_for_selector('[data-panel="options/expiries"] tr.is-focus')
        expiry = query(page)["expiry"]
        opened.open(f"{NVDA}&expiry={expiry}")
        page.wait_for_selector('[data-panel="options/expiries"] tr.is-focus')
        page.click("text=Show all expiries")
        page.wait_for_function("() => !location.search.includes('expiry=')")
        assert query(page)["symbol"] == "NVDA"

    def test_a_symbol_without_options_is_a_sentence(self, visit: Visits) -> None:
        page = visit().open("/options?symbol=ZZZZ")
        assert "ZZZZ" in page.inner_text('[data-panel="options/answer"]')


class TestOneClick:
    def test_another_symbol_is_one_click_away(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(NVDA)
        page.click('.quick a:text-is("XLK")')
        page.wait_for_selector('[data-panel="options/answer"] h2:has-text("XLK")')
        assert query(page)["symbol"] == "XLK"
        page.go_back()
        page.wait_for_selector('[data-panel="options/answer"] h2:has-text("NVDA")')


class TestTerms:
    def test_a_level_explains_itself(self, visit: Visits) -> None:
        page = visit().open(NVDA)
        tip = page.locator('[data-panel="options/levels"] a.term:text-is("Call wall")').first
        assert tip.get_attribute("data-tip") == "The strike with the largest call GEX."
        tip.click()
        page.wait_for_selector("#call-wall.is-target")
