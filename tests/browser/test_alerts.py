"""Alerts in a real browser: set on the page, told once in all tabs, silent while frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, chromium, served

Visits = Callable[..., Visit]

PATIENCE_MS = 70_000
"""A rule fires with the next price: the simulated market has one each 30 seconds."""
ADD = """(rule) => fetch("/alerts/rules", { method: "POST",
  headers: { "Content-Type": "application/json" }, body: JSON.stringify(rule) })
  .then((reply) => reply.ok)"""
NEWEST = """() => fetch("/notices.json").then((r) => r.json()).then((told) => told.newest)"""


@pytest.fixture(scope="module")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo of its own: its rules and notices are nobody else's."""
    chromium()
    with served(tmp_path_factory.mktemp("alerts-home")) as (url, _):
        yield url


def near(level: float) -> dict[str, object]:
    """A rule that tells with the next price."""
    return {"kind": "near", "symbol": "SPY", "level": level, "distance": 20, "unit": "pct"}


def seen(page: Page) -> int:
    """The number of the newest notice that this browser has told."""
    page.wait_for_function("() => localStorage.getItem('holdline-notices') !== null")
    return int(page.evaluate("() => localStorage.getItem('holdline-notices')"))


class TestAlerts:
    def test_a_rule_set_on_the_page_is_told_once_in_all_tabs(self, visit: Visits) -> None:
        opened = visit()
        page = opened.own().open("/alerts?symbol=QQQ&level=100")
        form = page.locator("form[data-form=near]")
        form.wait_for()
        assert form.locator("[name=symbol]").input_value() == "QQQ"
        assert form.locator("select[name=at]").input_value() == "100-DMA"
        before = seen(page)
        other = page.context.new_page()
        other.goto(f"{opened.url}/definitions")
        other.wait_for_selector("#strip .quote")
        form.locator("[name=distance]").fill("20")
        form.locator("button[type=submit]").click()
        page.wait_for_function(
            "() => document.querySelector('form[data-form=near] output').textContent"
            ".startsWith('Added: QQQ is within 20% of its 100-DMA')",
            timeout=PATIENCE_MS,
        )
        page.wait_for_selector(".alert-rules [data-remove-rule]", timeout=PATIENCE_MS)
        page.wait_for_function(
            f"() => Number(localStorage.getItem('holdline-notices')) > {before}",
            timeout=PATIENCE_MS,
        )
        toasts = [tab.locator("#toasts .toast").count() for tab in (page, other)]
        assert sorted(toasts) == [0, 1]
        shown = page if toasts[0] else other
        assert "QQQ is within 20% of its 100-DMA" in shown.inner_text("#toasts")
        assert "SIMULATED" in shown.inner_text("#toasts")
        assert shown.get_attribute("#toasts", "aria-live") == "polite"
        page.wait_for_selector(".alert-log tbody tr", timeout=PATIENCE_MS)
        assert "QQQ is within 20%" in page.inner_text(".alert-log")
        opened.screenshot("alerts")
        shown.click(".toast-close")
        assert shown.locator("#toasts .toast").count() == 0
        page.click("[data-remove-rule]")
        page.wait_for_function(
            "() => !document.querySelector('[data-remove-rule]')", timeout=PATIENCE_MS
        )
        other.close()

    def test_a_rule_at_a_level_of_the_ladder_is_set_and_told(self, visit: Visits) -> None:
        """QQQ fell under Friday's low at the open of the simulated Monday."""
        page = visit().own().open("/alerts?symbol=QQQ&level=anchored+VWAP+(2024-08-05)")
        form = page.locator("form[data-form=touch]")
        form.wait_for()
        assert form.locator("select[name=at]").input_value() == "anchored VWAP ({day})"
        assert form.locator("input[name=at]").input_value() == "2024-08-05"
        seen(page)
        form.locator("[data-symbol]").fill("NVDA")
        form.locator("select[name=at]").focus()
        page.wait_for_timeout(1500)  # the panels are painted anew with every look
        assert form.locator("[data-symbol]").input_value() == "NVDA"
        assert form.locator("select[name=at]").input_value() == "anchored VWAP ({day})"
        assert form.locator("input[name=at]").is_visible()
        form.locator("[data-symbol]").fill("QQQ")
        form.locator("select[name=at]").select_option("prior day low")
        assert form.locator("input[name=at]").is_hidden()
        form.locator("button[type=submit]").click()
        page.wait_for_function(
            "() => document.querySelector('form[data-form=touch] output').textContent"
            " === 'Added: QQQ touches its prior day low.'",
            timeout=PATIENCE_MS,
        )
        page.wait_for_selector(
            "#toasts .toast >> text=QQQ touched its prior day low", timeout=PATIENCE_MS
        )
        page.wait_for_selector(".alert-rules [data-remove-rule]", timeout=PATIENCE_MS)
        page.wait_for_timeout(1000)  # the panels are painted anew with every look
        assert form.locator("select[name=at]").input_value() == "prior day low"
        page.click("[data-remove-rule]")
        page.wait_for_function(
            "() => !document.querySelector('[data-remove-rule]')", timeout=PATIENCE_MS
        )

    def test_a_frozen_page_shows_no_toast_until_it_goes_on(self, visit: Visits) -> None:
        page = visit().own().open("/definitions")
        seen(page)
        page.evaluate("() => document.documentElement.classList.add('is-frozen')")
        newest = page.evaluate(NEWEST)
        assert page.evaluate(ADD, near(600.0))
        page.wait_for_function(
            f"async () => await ({NEWEST})() > {newest}", timeout=PATIENCE_MS, polling=500
        )
        page.wait_for_timeout(4500)  # longer than between two looks for notices
        assert page.locator("#toasts .toast").count() == 0
        page.evaluate("() => document.documentElement.classList.remove('is-frozen')")
        page.wait_for_selector("#toasts .toast", timeout=PATIENCE_MS)
        assert "SPY is within 20% of 600.00" in page.inner_text("#toasts")

    def test_a_first_visit_shows_nothing_of_the_past(self, visit: Visits) -> None:
        page = visit().own().open("/definitions")
        assert page.evaluate(ADD, near(601.0))
        page.wait_for_function(f"async () => await ({NEWEST})() > 0", timeout=PATIENCE_MS)
        fresh = visit().own().open("/definitions")
        assert seen(fresh) > 0
        assert fresh.locator("#toasts .toast").count() == 0

    def test_nothing_scrolls_sideways_on_a_phone(self, visit: Visits) -> None:
        opened = visit(width=390, height=844, touch=True)
        page = opened.own().open("/alerts")
        page.wait_for_selector("form[data-form=crossing]")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        small = page.evaluate(
            """() => [...document.querySelectorAll('.sentence button, .sentence select')]
                .filter((e) => e.getBoundingClientRect().height < 44).length"""
        )
        assert small == 0
        opened.screenshot("alerts-390", full=True)

    def test_toasts_leave_most_of_a_phone_to_the_page(self, visit: Visits) -> None:
        page = visit(width=390, height=844, touch=True).own().open("/definitions")
        seen(page)
        for level in (603.0, 604.0, 605.0):
            assert page.evaluate(ADD, near(level))
        toasts = page.locator("#toasts .toast")
        expect(toasts).to_have_count(3, timeout=PATIENCE_MS)
        expect(toasts.nth(0)).to_be_hidden()
        expect(toasts.nth(2)).to_be_visible()
        stack = page.locator("#toasts").bounding_box()
        assert stack is not None
        assert stack["height"] < 844 / 4
        page.locator(".toast-close").last.click()
        expect(toasts.nth(0)).to_be_visible()

    def test_the_mark_stands_in_line_with_the_clock_s_buttons_on_a_phone(
        self, visit: Visits
    ) -> None:
        """Also once the button that plays the day again stands below them."""
        page = visit(width=390, height=844, touch=True).open("/definitions")
        page.evaluate("() => { document.getElementById('play-again').hidden = false; }")
        mark = page.evaluate(
            """() => {
              const banner = document.getElementById('simulated-banner');
              const style = getComputedStyle(banner, '::before');
              return banner.getBoundingClientRect().top + parseFloat(style.marginTop)
                + parseFloat(style.height) / 2; }"""
        )
        button = page.locator(".play-speeds button").first.bounding_box()
        assert button is not None
        assert abs(mark - (button["y"] + button["height"] / 2)) < 4

    def test_a_rule_has_its_figures_and_its_button_on_a_phone(self, visit: Visits) -> None:
        page = visit(width=390, height=844, touch=True).own().open("/alerts")
        assert page.evaluate(ADD, near(602.0))
        button = page.locator(".alert-rules [data-remove-rule]").first
        button.wait_for(timeout=PATIENCE_MS)
        page.wait_for_function(
            """() => {
              const row = document.querySelector('.alert-rules tbody tr');
              const box = (e) => e.getBoundingClientRect();
              const edge = box(row.closest('.panel')).right;
              const close = box(row.querySelector('.remove'));
              const figures = [2, 3, 4].map((i) => row.children[i]);
              return close.right <= edge && close.height >= 44 &&
                figures.every((e) => /\\d/.test(e.textContent) && box(e).width > 0);
            }""",
            timeout=PATIENCE_MS,
        )
        button.click()
