"""Levels out and the API's page in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.support.level_files import read_csv, read_pine

Visits = Callable[..., Visit]


def menu(page: Page, key: str) -> None:
    """Open a page's menu."""
    page.locator(f"details[data-levels-out={key}] summary").click()
    expect(page.locator(f"details[data-levels-out={key}] .levels-files li")).to_have_count(6)


class TestFiles:
    def test_the_board_s_script_has_its_symbols(self, visit: Visits) -> None:
        page = visit().open("/board?as_of=2025-01-24&symbols=SPY,NVDA")
        expect(page.locator("[data-tile]")).to_have_count(2)
        menu(page, "board")
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save for TradingView (Pine v6)").click()
        name = "holdline-levels-2-symbols-2025-01-24-SIMULATED.pine"
        assert saved.value.suggested_filename == name
        text = saved.value.path().read_text()
        assert set(read_pine(text)) == {"SPY", "NVDA"}
        assert "As of 2025-01-24T16:00:00-05:00" in text

    def test_a_refusal_is_said(self, visit: Visits) -> None:
        opened = visit(expect_log="Failed to load resource")
        page = opened.open("/board?as_of=2025-01-24&symbols=SPY")
        menu(page, "board")
        page.locator("details[data-levels-out=board]").evaluate("(e) => (e.dataset.sets = 'nope')")
        page.get_by_role("button", name="Save for JSON").click()
        expect(page.get_by_text("sets is 'nope'")).to_be_visible()


class TestAddress:
    def test_the_owner_makes_reads_and_revokes_one(self, visit: Visits) -> None:
        opened = visit().own()
        page = opened.open("/supports?symbol=NVDA&as_of=2025-01-24")
        menu(page, "supports")
        page.get_by_role("button", name="Make an address for these levels").click()
        button = page.get_by_role("button", name="Copy the address: NVDA")
        expect(button).to_be_visible()
        path = button.get_attribute("data-levels-value")
        read = page.evaluate("(path) => fetch(path).then((reply) => reply.text())", path)
        assert set(read_csv(read)) == {"NVDA"}
        page.get_by_role("button", name="Revoke the address: NVDA").click()
        expect(button).to_have_count(0)


class TestApiPage:
    @pytest.mark.parametrize("width", [390, 1440])
    def test_a_question_is_asked(self, visit: Visits, width: int) -> None:
        opened = visit()
        page = opened.page
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{opened.url}/api#supports")
        page.get_by_label("symbol", exact=True).fill("NVDA")
        page.get_by_label("as_of").fill("2025-01-24")
        page.get_by_role("button", name="Ask").click()
        expect(page.locator("#try-status")).to_contain_text("200 OK")
        expect(page.locator("#try-status")).to_contain_text("SIMULATED")
        answer = json.loads(page.locator("#try-answer").inner_text())
        assert (answer["symbol"], answer["session"]) == ("NVDA", "2025-01-24")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
