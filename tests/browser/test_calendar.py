from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.browser.looks import Visits, check_desktop, check_phone

TITLE = "<img src=x onerror=alert(1)> desk call"
MINE = (
    "date,time,title,symbol\n"
    f"2025-01-29,09:15,{TITLE},\n"
    "2025-01-15,,Only for Apple,AAPL\n"
    "2025-01-16,,For all,\n"
    "2025-02-01,,On a Saturday,\n"
    "29.1.2025,,Bad,\n"
).encode()

OWN_MARKS = """() => {
  const graph = document.querySelector('[data-panel="supports/price"] .js-plotly-plot');
  const own = graph && (graph.data || []).find((trace) => trace.meta === 'own-marks');
  return own ? [...own.text].filter(Boolean) : null;
}"""


def give(page: Page, name: str, content: bytes) -> None:
    page.set_input_files(
        ".own-choose input", {"name": name, "mimeType": "text/csv", "buffer": content}
    )


def own_days(page: Page) -> list[str]:
    return page.locator(".cal-own .cal-event:visible").all_inner_texts()


def marks(page: Page, count: int) -> Any:
    page.wait_for_function(f"() => (({OWN_MARKS})() || []).length === {count}")
    return page.evaluate(OWN_MARKS)


class TestLook:
    def test_on_a_desk_light_and_dark_and_on_a_projector(self, visit: Visits) -> None:
        page = check_desktop(visit, "calendar", "/calendar")
        assert "The Fed decides Wednesday" in page.inner_text('[data-panel="calendar/days"] h2')

    def test_on_a_phone(self, visit: Visits) -> None:
        page = check_phone(visit, "calendar", "/calendar")
        assert page.locator(".cal-file").is_visible()


class TestOwnEvents:
    def test_they_are_kept_here_and_shown_on_days_and_charts(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/calendar")
        assert not page.locator('[aria-label="Sat 1 Feb 2025"]').is_visible()
        give(page, "mine.csv", MINE)
        page.wait_for_selector(".cal-own .cal-event")
        assert "4 events taken from mine.csv" in page.inner_text(".own-says")
        assert "'29.1.2025' is not a date" in page.inner_text(".own-notes")
        call, saturday = own_days(page)
        assert TITLE in call, "hostile words are words"
        assert "On a Saturday" in saturday
        assert page.locator(".cal img, .own-list img").count() == 0

        opened.open("/supports?symbol=SPY&range=1m")
        assert marks(page, 1) == ["For all"]
        page.fill('[data-control="supports/symbol"]', "AAPL")
        page.keyboard.press("Enter")
        assert marks(page, 2) == ["AAPL: Only for Apple", "For all"]
        page.click('.switch:has-text("Events")')
        page.wait_for_function(f"() => ({OWN_MARKS})() === null")
        assert "marks=none" in page.url

        opened.open("/calendar")
        page.wait_for_selector(".cal-own .cal-event")
        page.click(".own-list .remove >> nth=0")
        assert page.locator(".own-list li").count() == 3
        page.click(".own-clear")
        page.wait_for_selector(".cal-own .cal-event", state="detached")
        assert page.evaluate("localStorage.getItem('holdline-own-events')") is None

    def test_a_file_that_cannot_be_read_is_a_sentence(self, visit: Visits) -> None:
        page = visit(expect_log="400").open("/calendar")
        give(page, "big.csv", b"x" * 150_001)
        page.wait_for_selector('.own-says:has-text("big.csv is larger than 150 kB.")')
        give(page, "mine.csv", b"when,what\n")
        page.wait_for_selector(".own-says:has-text(\"the columns 'date' and 'title' are needed\")")
        assert own_days(page) == []


class TestSteps:
    def test_next_week_month_and_back(self, visit: Visits) -> None:
        page = visit().open("/calendar")
        page.click('.cal-nav a:has-text("Next week")')
        page.wait_for_selector('.cal-span:has-text("3 Feb \u2013 9 Feb 2025")')
        assert "start=2025-02-03" in page.url
        page.click('.cal-nav a:has-text("All of February")')
        page.wait_for_selector('.cal.is-long:has-text("CPI, January")')
        page.click('.cal-nav a:has-text("This week")')
        page.wait_for_selector('.cal-span:has-text("27 Jan \u2013 2 Feb 2025")')
        with page.expect_download() as download:
            page.click(".cal-file")
        assert download.value.suggested_filename == "holdline-calendar-2025-01-27-2025-02-02.ics"
