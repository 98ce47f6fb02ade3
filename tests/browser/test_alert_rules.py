"""Rules on the Alerts page in a real browser: edited, paused, resumed, set twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit, chromium, served
from tests.browser.test_alerts import ADD, PATIENCE_MS

Visits = Callable[..., Visit]

LOSES = {"kind": "crossing", "symbol": "QQQ", "does": "loses", "at": "prior week low"}
ANCHORED = {"kind": "touch", "symbol": "IWM", "at": "anchored VWAP (2024-08-05)"}


@pytest.fixture(scope="module")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo of its own: its rules are nobody else's."""
    chromium()
    with served(tmp_path_factory.mktemp("alert-rules-home")) as (url, _):
        yield url


@pytest.fixture
def phone(visit: Visits) -> Iterator[Page]:
    """The page on a phone, without rules; it is left without any."""
    page = visit(width=390, height=844, touch=True).own().open("/alerts")
    page.locator("form[data-form=crossing]").wait_for(timeout=PATIENCE_MS)
    yield page
    for rule in page.evaluate("() => fetch('/alerts/rules').then((r) => r.json())")["rules"]:
        send(page, "/alerts/rules/remove", {"id": rule["id"]})


def send(page: Page, path: str, body: Any) -> None:
    page.evaluate(ADD.replace('"/alerts/rules"', f'"{path}"'), body)


def row(page: Page, words: str) -> Locator:
    """The rule's row, once it is listed."""
    found = page.locator(".alert-rules tbody tr", has_text=words)
    expect(found).to_be_visible(timeout=PATIENCE_MS)
    return found


class TestEdit:
    def test_the_form_shows_the_rule_and_saves_it_in_its_place(self, phone: Page) -> None:
        for rule in (LOSES, ANCHORED):
            send(phone, "/alerts/rules", rule)
        row(phone, "IWM touches")
        edit = row(phone, "QQQ loses its prior week low").get_by_role("button", name="Edit")
        box = edit.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        edit.focus()
        phone.keyboard.press("Enter")
        form = phone.locator("form[data-form=crossing]")
        expect(form.locator("output")).to_have_text(
            "You are editing: QQQ loses its prior week low."
        )
        expect(form.locator("[name=symbol]")).to_have_value("QQQ")
        expect(form.locator("[name=symbol]")).to_be_focused()
        expect(form.locator("select[name=at]")).to_have_value("prior week low")
        form.locator("select[name=does]").select_option("reclaims")
        form.locator("[name=by_close]").check()
        form.get_by_role("button", name="Save").click()
        said = "Saved: QQQ reclaims its prior week low by the close."
        expect(form.locator("output")).to_have_text(said, timeout=PATIENCE_MS)
        row(phone, "QQQ reclaims its prior week low by the close")
        first = phone.locator(".alert-rules tbody tr").first
        expect(first).to_contain_text("QQQ reclaims")
        expect(phone.locator(".alert-rules tbody tr")).to_have_count(2)
        expect(form.get_by_role("button", name="Add")).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390

    def test_a_day_of_one_s_own_is_filled_in_and_an_edit_given_up(self, phone: Page) -> None:
        send(phone, "/alerts/rules", ANCHORED)
        edit = row(phone, "IWM touches").get_by_role("button", name="Edit")
        edit.click()
        form = phone.locator("form[data-form=touch]")
        expect(form.locator("select[name=at]")).to_have_value("anchored VWAP ({day})")
        expect(form.locator("input[name=at]")).to_have_value("2024-08-05")
        form.locator("[name=symbol]").fill("XLF")
        form.get_by_role("button", name="Cancel").click()
        expect(edit).to_be_focused()
        expect(form.get_by_role("button", name="Cancel")).to_be_hidden()
        expect(form.get_by_role("button", name="Add")).to_be_visible()
        row(phone, "IWM touches")

    def test_escape_gives_it_up_and_so_does_removing_the_rule(self, phone: Page) -> None:
        send(phone, "/alerts/rules", LOSES)
        form = phone.locator("form[data-form=crossing]")
        add = form.get_by_role("button", name="Add", exact=True)
        listed = row(phone, "QQQ loses its prior week low")
        listed.get_by_role("button", name="Edit").click()
        expect(add).to_be_hidden()
        phone.keyboard.press("Escape")
        expect(add).to_be_visible()
        listed.get_by_role("button", name="Edit").click()
        expect(add).to_be_hidden()
        listed.get_by_role("button", name="Remove").click()
        expect(add).to_be_visible()


class TestPause:
    def test_a_rule_is_paused_and_resumed_by_keys(self, phone: Page) -> None:
        send(phone, "/alerts/rules", LOSES)
        listed = row(phone, "QQQ loses")
        listed.get_by_role("button", name="Pause").focus()
        phone.keyboard.press("Enter")
        expect(listed).to_contain_text("You paused it", timeout=PATIENCE_MS)
        expect(listed.locator("td:nth-child(4)")).to_be_hidden()
        resume = listed.get_by_role("button", name="Resume")
        expect(resume).to_be_focused()
        phone.keyboard.press("Enter")
        expect(listed).not_to_contain_text("You paused it", timeout=PATIENCE_MS)
        expect(listed.get_by_role("button", name="Pause")).to_be_visible()


class TestPhone:
    def test_no_figure_of_a_rule_is_cut(self, phone: Page) -> None:
        """A coin's price has six digits before the point."""
        send(phone, "/alerts/rules", LOSES | {"symbol": "BTC-USD"})
        chip = row(phone, "BTC-USD loses").locator("td:nth-child(6) .chip")
        expect(chip).to_be_visible(timeout=PATIENCE_MS)
        phone.wait_for_function(
            """() => {
              const row = document.querySelector('.alert-rules tbody tr');
              const edge = row.getBoundingClientRect().right;
              const parts = row.querySelectorAll('td, .chip, .alert-change button');
              return [...parts].every((e) => e.getBoundingClientRect().right <= edge + 1); }"""
        )


class TestSetAgain:
    def test_is_said_and_not_added(self, phone: Page) -> None:
        form = phone.locator("form[data-form=touch]")
        for said in ("Added: ", "That rule is set already: "):
            form.locator("[name=symbol]").fill("QQQ")
            form.get_by_role("button", name="Add").click()
            expect(form.locator("output")).to_have_text(
                f"{said}QQQ touches its 50-DMA.", timeout=PATIENCE_MS
            )
        row(phone, "QQQ touches")
        expect(phone.locator(".alert-rules tbody tr")).to_have_count(1)


class TestDesk:
    @pytest.mark.parametrize("width", [1024, 1440])
    def test_all_buttons_of_a_row_are_in_its_panel(
        self, phone: Page, visit: Visits, width: int
    ) -> None:
        send(phone, "/alerts/rules", LOSES)
        row(phone, "QQQ loses").get_by_role("button", name="Pause").click()
        page = visit(width=width).own().open("/alerts")
        expect(row(page, "QQQ loses")).to_contain_text("You paused it", timeout=PATIENCE_MS)
        panel = page.locator(".panel", has=page.locator(".alert-rules")).bounding_box()
        last = page.get_by_role("button", name="Remove: QQQ").bounding_box()
        assert panel is not None
        assert last is not None
        assert last["x"] + last["width"] <= panel["x"] + panel["width"]


class TestAddress:
    def test_a_symbol_that_is_none_is_said_by_the_form_and_hides_no_rule(
        self, phone: Page, visit: Visits
    ) -> None:
        send(phone, "/alerts/rules", LOSES)
        page = visit().own().open("/alerts?symbol=%3Cb%3Ex&level=prior+week+low")
        row(page, "QQQ loses its prior week low")
        said = page.locator("form[data-form=crossing] output")
        expect(said).to_contain_text("\u201c<b>x\u201d is not a symbol: 1 to 15 letters")
        expect(said).to_have_class("form-says is-error")
        expect(page.locator("form[data-form=crossing] [name=symbol]")).to_have_value("<b>x")
