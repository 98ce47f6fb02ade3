from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.browser.looks import Visits, check_desktop, check_phone, painted, query, segment


class TestLook:
    def test_on_a_desk_light_and_dark_and_on_a_projector(self, visit: Visits) -> None:
        page = check_desktop(visit, "market", "/?as_of=2025-01-24")
        assert "lies 1.9% below" in page.inner_text('[data-panel="market/answer"]')

    def test_on_a_phone(self, visit: Visits) -> None:
        page = check_phone(visit, "market", "/?as_of=2025-01-24")
        assert "lies 1.9% below" in page.inner_text('[data-panel="market/answer"]')


class TestAnswers:
    def test_in_session_the_close_decides(self, visit: Visits) -> None:
        page = visit().open("/")
        answer = page.inner_text('[data-panel="market/answer"]')
        assert "SPY" in answer
        assert "to the close" in answer
        rows = page.locator('[data-panel="market/indices"] tbody tr')
        away = [
            abs(float(at))
            for at in rows.locator("td:nth-child(8)").evaluate_all(
                "cells => cells.map((cell) => cell.dataset.value)"
            )
        ]
        assert len(away) == 4
        assert away == sorted(away), "the nearest to its level first"

    def test_the_first_screen_answers(self, visit: Visits) -> None:
        page = visit().open("/")
        ends = page.eval_on_selector_all(
            ".first > .panel, [data-panel='market/indices']",
            "panels => panels.map((panel) => panel.getBoundingClientRect().bottom)",
        )
        assert max(ends) <= 900, "verdict, day, odds and the indices on one screen"
        assert page.evaluate("document.querySelector('.masthead').offsetHeight") <= 72

    def test_a_row_leads_to_its_ladder(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/?as_of=2025-01-24")
        page.click('[data-panel="market/indices"] tbody a:has-text("QQQ")')
        page.wait_for_selector("#page-supports:not([hidden])")
        opened.settle()
        assert query(page) == {"symbol": "QQQ", "as_of": "2025-01-24"} or (
            query(page)["symbol"] == "QQQ"
        )

    def test_a_name_on_a_chart_leads_to_its_ladder(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/?as_of=2025-01-24")
        painted(opened)
        x, y = page.evaluate(
            """() => {
                const name = document.querySelector('[data-panel="market/afloat"] .ytick a');
                name.scrollIntoView({ block: "center" });
                const box = name.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }"""
        )
        page.evaluate("window.kept = true")
        page.mouse.click(x, y)
        page.wait_for_selector("#page-supports:not([hidden])")
        assert query(page)["as_of"] == "2025-01-24"
        symbol = query(page)["symbol"]
        page.wait_for_selector(f'[data-panel="supports/price"] h2:has-text("{symbol}")')
        assert page.evaluate("window.kept"), "without a reload"

    def test_un_ticking_a_member_changes_the_mean_and_the_address(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/?as_of=2025-01-24")
        title = '[data-panel="market/group"] h2'
        before = page.inner_text(title)
        page.click('.page:not([hidden]) .checks label:has-text("NVDA")')
        page.wait_for_function(
            "([at, was]) => document.querySelector(at).textContent !== was", arg=[title, before]
        )
        assert "NVDA" not in query(page)["members"].split(",")
        page.go_back()
        page.wait_for_function(
            "([at, was]) => document.querySelector(at).textContent === was", arg=[title, before]
        )
        assert "members" not in query(page)


class TestDeepLink:
    def test_members_order_and_group_are_restored(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/?as_of=2025-01-24&members=NVDA,MSFT&group=ten&sort=return")
        painted(opened)
        ticked = page.locator(".page:not([hidden]) .checks input:checked")
        assert ticked.count() == 2
        assert segment(page, "Return").locator("input").is_checked()
        assert segment(page, "Ten largest").locator("input").is_checked()
        assert "n = 2" in page.inner_text('[data-panel="market/group"] h2')


def order_of(page: Page) -> list[str]:
    """The symbols of the watchlist's rows, top down."""
    order: list[str] = page.locator("[data-move]").evaluate_all(
        "handles => handles.map((handle) => handle.dataset.move)"
    )
    return order


class TestWatchlist:
    def test_it_is_kept_in_the_browser_and_in_the_link(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/?as_of=2025-01-24")
        field = page.locator('.page:not([hidden]) .control:has-text("Watchlist") input')
        field.fill("TSLA, ZZZZ")
        field.press("Enter")
        panel = page.locator('[data-panel="market/watchlist"]')
        panel.get_by_text("TSLA").first.wait_for()
        assert "ZZZZ" in panel.inner_text(), "an unknown symbol says so in its row"
        assert re.sub(r"\s", "", query(page)["symbols"]) == "TSLA,ZZZZ"
        opened.open("/?as_of=2025-01-24")
        panel.get_by_text("TSLA").first.wait_for()
        assert "NVDA" not in panel.inner_text()

    def test_a_row_is_removed_with_its_cross(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/?as_of=2025-01-24&symbols=TSLA,ZZZZ,NVDA")
        page.get_by_label("Remove ZZZZ from the watchlist").click()
        page.wait_for_function("() => !location.search.includes('ZZZZ')")
        assert query(page)["symbols"] == "TSLA,NVDA"
        page.wait_for_function(
            "() => !document.querySelector('[data-panel=\"market/watchlist\"]')"
            ".innerText.includes('ZZZZ')"
        )
        field = page.locator('.page:not([hidden]) .control:has-text("Watchlist") input')
        assert field.input_value() == "TSLA,NVDA"

    def test_rows_are_moved_by_the_arrow_keys_and_stay_so(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/?as_of=2025-01-24&symbols=TSLA,ZZZZ,NVDA&order=own")
        assert order_of(page) == ["TSLA", "ZZZZ", "NVDA"]
        page.locator('[data-move="NVDA"]').focus()
        page.keyboard.press("Alt+ArrowUp")
        page.wait_for_function("() => location.search.includes('TSLA,NVDA,ZZZZ')")
        page.keyboard.press("ArrowUp")
        page.wait_for_function("() => location.search.includes('NVDA,TSLA,ZZZZ')")
        assert order_of(page) == ["NVDA", "TSLA", "ZZZZ"]
        assert page.evaluate("document.activeElement.dataset.move") == "NVDA"
        opened.open("/?as_of=2025-01-24")
        assert order_of(page) == ["NVDA", "TSLA", "ZZZZ"], "kept in this browser"
        segment(page, "Nearest first").click()
        page.wait_for_function("() => !location.search.includes('order')")

    def test_a_row_is_dragged_by_its_handle(self, visit: Visits) -> None:
        page = visit().open("/?as_of=2025-01-24&symbols=TSLA,KO,NVDA&order=own")
        assert order_of(page) == ["TSLA", "KO", "NVDA"]
        handle = page.locator('[data-move="NVDA"]')
        handle.scroll_into_view_if_needed()
        start = handle.bounding_box()
        goal = page.locator('[data-move="TSLA"]').bounding_box()
        assert start is not None
        assert goal is not None
        page.mouse.move(start["x"] + 8, start["y"] + 8)
        page.mouse.down()
        page.mouse.move(goal["x"] + 8, goal["y"] + 2, steps=4)
        page.mouse.up()
        page.wait_for_function("() => location.search.includes('NVDA,TSLA,KO')")
        assert order_of(page) == ["NVDA", "TSLA", "KO"]

    def test_a_click_on_a_heading_sorts(self, visit: Visits) -> None:
        page = visit().open("/?as_of=2025-01-24")
        rows = '[data-panel="market/watchlist"] .panel-body tbody tr'
        page.click('[data-panel="market/watchlist"] .panel-body thead button:has-text("Last")')
        prices = [
            float(text.split("\n")[0].split("\t")[1].replace("\u2009", ""))
            for text in page.locator(rows).all_inner_texts()
        ]
        assert prices in (sorted(prices), sorted(prices, reverse=True))


TABLE = """() => {
  const cells = [["b", "2"], ["none", null], ["a", "10"], ["no", null], ["c", "-1"]];
  const rows = cells.map(([name, value]) => `<tr><td>${name}</td><td` +
    (value === null ? ">n/a" : ` data-value="${value}">${value}`) + "</td></tr>").join("");
  const button = '<button type="button" class="sort">';
  document.body.insertAdjacentHTML("beforeend", `<table id="small"><thead><tr><th>Name</th>` +
    `<th>${button}Price</button></th></tr></thead><tbody>${rows}</tbody></table>`);
}"""


class TestSorting:
    def test_cells_without_a_figure_come_last_both_ways(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.evaluate(TABLE)
        found = []
        for _ in range(2):
            page.evaluate("document.querySelector('#small .sort').click()")
            found.append(page.locator("#small tbody td:first-child").all_inner_texts())
        assert found == [["a", "b", "c", "none", "no"], ["c", "b", "a", "none", "no"]]


class TestLive:
    def test_prices_change_in_place(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/")
        painted(opened)
        page.evaluate("document.querySelector('[data-panel=\"market/answer\"] .value').kept = 1")
        price = '[data-panel="market/answer"] .value'
        before = page.inner_text(price)
        page.wait_for_function(
            "([at, was]) => document.querySelector(at).textContent !== was",
            arg=[price, before],
            timeout=20_000,
        )
        assert page.evaluate(f"document.querySelector('{price}').kept") == 1, "the same node"
