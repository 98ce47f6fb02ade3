from __future__ import annotations

from tests.browser.looks import Visits, check_desktop, check_phone, painted, query, segment

FRIDAY = "/sectors?as_of=2025-01-24"


class TestLook:
    def test_on_a_desk_light_and_dark_and_on_a_projector(self, visit: Visits) -> None:
        page = check_desktop(visit, "sectors", FRIDAY)
        assert page.locator('[data-panel="sectors/table"] .panel-body tbody tr').count() == 12

    def test_on_a_phone(self, visit: Visits) -> None:
        page = check_phone(visit, "sectors", FRIDAY)
        assert page.locator('[data-panel="sectors/table"] .panel-body tbody tr').count() == 12


class TestDeepLink:
    def test_dates_and_heatmap_are_restored(self, visit: Visits) -> None:
        opened = visit()
        opened.open(f"{FRIDAY}&start=2024-11-01&end=2025-01-10&method=dma50&range=1y")
        page = painted(opened)
        assert "1 Nov 2024 to 10 Jan 2025" in page.inner_text('[data-panel="sectors/underwater"]')
        values = page.locator(".page:not([hidden]) .date-field .day")
        assert [values.nth(i).input_value() for i in range(2)] == [
            "Fri 1 Nov 2024",
            "Fri 10 Jan 2025",
        ]
        assert segment(page, "To 50\u2011DMA").locator("input").is_checked()
        assert "50\u2011DMA" in page.inner_text('[data-panel="sectors/heatmap"] h2') or (
            "Every sector is above" in page.inner_text('[data-panel="sectors/heatmap"] h2')
        )

    def test_a_reversed_range_is_a_sentence(self, visit: Visits) -> None:
        page = visit().open(f"{FRIDAY}&start=2025-01-10&end=2024-11-01")
        assert "is not before end" in page.inner_text('[data-panel="sectors/ranking"]')

    def test_the_range_button_writes_the_address(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(FRIDAY)
        segment(page, "3M").click()
        page.wait_for_function("() => location.search.includes('range=3m')")
        painted(opened)
        page.go_back()
        page.wait_for_function("() => !location.search.includes('range')")
        assert query(page) == {"as_of": "2025-01-24"}


class TestLinks:
    def test_a_symbol_in_the_table_leads_to_its_ladder(self, visit: Visits) -> None:
        page = visit().open(FRIDAY)
        page.click('[data-panel="sectors/table"] a:text-is("XLK")')
        page.wait_for_selector("#page-supports:not([hidden])")
        assert query(page)["symbol"] == "XLK"
