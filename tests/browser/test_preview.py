"""The Weekly preview tab and its document in a browser; the document with no network at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from components.document import to_html
from components.document.document import Document
from components.document.export import compute
from components.pages.preview.charts import DRAWINGS, draw_all
from tests.browser.conftest import ARTEFACTS
from tests.browser.looks import Visits, check_desktop, check_phone, painted
from tests.support.preview_goldens import DAYS, STAFF, desk_on

MONDAY = "/preview?as_of=2025-01-27"


class TestLook:
    def test_on_a_desk_light_and_dark_and_on_a_projector(self, visit: Visits) -> None:
        page = check_desktop(visit, "preview", MONDAY)
        assert "held it by the close at 599.37" in page.inner_text(
            '[data-panel="preview/supports"]'
        )

    def test_on_a_phone(self, visit: Visits) -> None:
        page = check_phone(visit, "preview", MONDAY)
        assert "Weekly preview" in page.inner_text('[data-panel="preview/lead"]')


class TestReading:
    def test_a_figure_tells_what_it_is_and_leads_to_its_page(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(MONDAY)
        figure = page.locator('[data-panel="preview/supports"] a.cited').first
        figure.hover()
        expect(page.get_by_text("Simulator, Mon 27 Jan 2025, 16:00 EST.")).to_be_visible()
        figure.click()
        page.wait_for_function("() => location.pathname === '/supports'")
        opened.settle()
        assert "2025-01-27" in page.url


class TestWriting:
    def test_staff_write_save_publish_and_readers_read(self, visit: Visits) -> None:
        opened = visit()
        page = opened.own().open("/preview?as_of=2025-01-24")
        _write(page, "strategy", "Stay *hedged*. <img src=x onerror=alert(1)>")
        page.click('[data-preview="save"]')
        expect(page.locator("#preview-status")).to_have_text("Saved as version 1.")
        page.click('[data-preview="publish"]')
        expect(page.locator("#preview-status")).to_have_text("Version 1 is published.")
        page.click("text=Read the published edition")
        strategy = page.locator('[data-panel="preview/strategy"]')
        expect(strategy.locator("em")).to_have_text("hedged")
        expect(strategy).to_contain_text("<img src=x")
        assert strategy.locator("img").count() == 0
        painted(opened)
        opened.screenshot("preview-edition", full=True)

    def test_the_second_writer_sees_the_first_one_s_words(self, visit: Visits) -> None:
        first, second = visit(), visit(expect_log="409")
        pages = [v.own().open("/preview?as_of=2025-01-23") for v in (first, second)]
        for page, words in zip(pages, ("Ours.", "Theirs."), strict=True):
            _write(page, "watch", words)
        pages[0].click('[data-preview="save"]')
        expect(pages[0].locator("#preview-status")).to_have_text("Saved as version 1.")
        pages[1].click('[data-preview="save"]')
        expect(pages[1].locator("#preview-status")).to_contain_text("save again to keep yours")
        expect(pages[1].locator(".preview-theirs")).to_have_text("In version 1: Ours.")
        assert pages[1].input_value('textarea[data-section="watch"]') == "Theirs."
        pages[1].click('[data-preview="save"]')
        expect(pages[1].locator("#preview-status")).to_have_text("Saved as version 2.")


def _write(page: Page, section: str, words: str) -> None:
    page.click(".preview-editor summary")
    page.wait_for_selector('[data-preview="save"]:enabled')
    page.fill(f'textarea[data-section="{section}"]', words)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = desk_on("demo")
    preview, charts = compute(desk, DAYS[1], draw_all)
    desk.close()
    out = tmp_path_factory.mktemp("document") / "preview.html"
    out.write_text(to_html(Document(preview, charts, "https://desk.example", STAFF)), "utf-8")
    return out


@pytest.fixture
def offline(browser: Browser, file: Path) -> Iterator[Callable[..., Page]]:
    """Open the document without a network; its log must stay empty, nothing may be asked."""
    opened: list[Page] = []
    log: list[str] = []

    def start(*, dark: bool = False, width: int = 1280, hash: str = "") -> Page:
        context = browser.new_context(
            offline=True,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
        )
        page = context.new_page()
        page.on("console", lambda line: log.append(line.text))
        page.on("pageerror", lambda error: log.append(str(error)))
        page.on("request", lambda one: None if one.url.startswith("file:") else log.append(one.url))
        page.goto(file.as_uri() + hash)
        page.wait_for_selector("html[data-drawn]")
        opened.append(page)
        return page

    yield start
    for page in opened:
        page.context.close()
    assert log == []


class TestTheDocument:
    def test_every_chart_is_drawn_and_answers_the_pointer(
        self, offline: Callable[..., Page]
    ) -> None:
        page = offline()
        drawn = page.locator(".plot > .plot-container svg.main-svg:first-child")
        assert drawn.count() == len(DRAWINGS)
        assert page.locator("#chart-supports-chart .candlestick path, .boxlayer path").count() > 50
        plot = page.locator("#chart-drawdown-chart .bars .point").first
        plot.scroll_into_view_if_needed()
        plot.hover(force=True)  # the chart's drag layer lies over its bars
        expect(page.locator("#chart-drawdown-chart .hoverlayer text").first).to_be_visible()
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / "preview-document.png", full_page=True)

    @pytest.mark.parametrize(("dark", "ground"), [(False, "246, 245, 241"), (True, "15, 18, 21")])
    def test_it_follows_the_reader_s_theme(
        self, offline: Callable[..., Page], dark: bool, ground: str
    ) -> None:
        page = offline(dark=dark)
        found = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert found == f"rgb({ground})"

    def test_it_fits_a_phone(self, offline: Callable[..., Page]) -> None:
        page = offline(width=390)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        widths = page.evaluate(
            "[...document.querySelectorAll('.plot svg.main-svg')].map((e) => e.clientWidth)"
        )
        assert max(widths) <= 390

    def test_on_paper_it_is_light_and_as_wide_as_the_paper(
        self, offline: Callable[..., Page]
    ) -> None:
        page = offline(dark=True, hash="#print")
        assert page.evaluate("document.body.clientWidth") == 680
        colour = page.evaluate("getComputedStyle(document.body).color")
        assert colour == "rgb(27, 29, 33)"
