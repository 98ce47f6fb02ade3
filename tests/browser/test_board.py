from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.looks import Visits, check_desktop, check_phone, query


class TestLook:
    def test_on_a_desk_light_and_dark_and_on_a_projector(self, visit: Visits) -> None:
        page = check_desktop(visit, "board", "/board?as_of=2025-01-24")
        assert page.locator("[data-tile]").count() == 9
        assert "under their level" in page.inner_text('[data-panel="board/tiles"] h2')

    def test_on_a_phone(self, visit: Visits) -> None:
        check_phone(visit, "board", "/board?as_of=2025-01-24")


class TestTiles:
    def test_twelve_fill_a_desk_and_no_more_are_shown(self, visit: Visits) -> None:
        opened = visit()
        names = "SPY,QQQ,DIA,IWM,NVDA,AAPL,MSFT,XLK,XLP,TSLA,XLE,KO,META"
        page = opened.open(f"/board?as_of=2025-01-24&symbols={names}")
        panel = page.locator('[data-panel="board/tiles"]')
        expect(panel.locator("[data-tile]")).to_have_count(12)
        expect(panel.locator(".note")).to_contain_text("the first 12 of 13 are shown")
        lefts = panel.locator("[data-tile]").evaluate_all(
            "tiles => new Set(tiles.map((tile) => tile.getBoundingClientRect().left)).size"
        )
        assert lefts == 4
        assert page.evaluate("document.documentElement.scrollHeight") <= 900

    def test_an_unknown_symbol_is_said_in_one_sentence(self, visit: Visits) -> None:
        page = visit().open("/board?as_of=2025-01-24&symbols=SPY,ZZZZ")
        note = page.locator('[data-panel="board/tiles"] .note')
        expect(note).to_contain_text("ZZZZ: The simulator does not know the symbol")
        assert page.locator("[data-tile]").count() == 1

    def test_its_prices_are_those_of_the_strip(self, visit: Visits) -> None:
        page = visit().open("/board?symbols=SPY,QQQ")
        page.wait_for_function(
            """() => {
                const at = (root) => document.querySelector(root + ' [data-live="SPY.price"]');
                const [tile, strip] = [at('[data-tile="SPY"]'), at('.strip')];
                return tile && strip && tile.textContent === strip.textContent;
            }"""
        )
        expect(page.locator('[data-tile="SPY"] .tile-cross')).to_contain_text("min ago")


class TestKeys:
    def test_a_number_opens_its_symbol_on_supports(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/board?as_of=2025-01-24&symbols=SPY,NVDA")
        expect(page.locator("[data-tile]")).to_have_count(2)
        page.keyboard.press("2")
        page.wait_for_selector("#page-supports:not([hidden])")
        assert query(page) == {"symbol": "NVDA", "as_of": "2025-01-24"}

    def test_a_number_typed_into_the_field_opens_nothing(self, visit: Visits) -> None:
        page = visit().open("/board?as_of=2025-01-24&symbols=SPY,NVDA")
        page.locator(".board-controls input").press("2")
        expect(page.locator("#page-board")).to_be_visible()


class TestLists:
    def test_a_watchlist_of_this_browser_is_named_in_the_address(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/?as_of=2025-01-24&symbols=TSLA,KO")
        page.fill(".watchlist-save input", "mine")
        page.click(".watchlist-save button")
        page.wait_for_selector(".watchlist-name")
        opened.open("/board?as_of=2025-01-24&list=mine")
        expect(page.locator("[data-tile]")).to_have_count(2)
        expect(page.locator('[data-panel="board/tiles"] h2')).to_contain_text("mine:")
        assert query(page) == {"list": "mine", "as_of": "2025-01-24"}
        field = page.locator(".board-controls input")
        expect(field).to_have_value("TSLA,KO")
        field.fill("KO")
        field.press("Enter")
        expect(page.locator("[data-tile]")).to_have_count(1)
        assert query(page) == {"symbols": "KO", "as_of": "2025-01-24"}

    def test_one_that_this_browser_has_not_is_said(self, visit: Visits) -> None:
        page = visit().open("/board?as_of=2025-01-24&list=theirs")
        body = page.locator('[data-panel="board/tiles"]')
        expect(body).to_contain_text("This browser has no watchlist named")
