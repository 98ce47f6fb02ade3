from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Request

from components.pages import PAGES
from tests.browser.conftest import Visit

Visits = Callable[..., Visit]


MOST_SHIFT = 0.05
SHIFTS = """
  window.moved = [];
  window.observing = PerformanceObserver.supportedEntryTypes.includes('layout-shift');
  const named = (node) => node && (node.id || node.className || node.nodeName);
  new PerformanceObserver((list) => list.getEntries().forEach((entry) =>
    entry.hadRecentInput || moved.push([entry.value, entry.sources.map((s) => named(s.node))])
  )).observe({ type: 'layout-shift', buffered: true });
"""
"""How far what is on screen has moved, as browsers score it (CLS), and what moved."""


class TestFrame:
    def test_the_status_strip_and_the_banner_are_on_every_page(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/definitions")
        assert "SPY" in page.inner_text("#strip")
        assert "SIMULATED - not market prices" in page.inner_text("#simulated-banner")
        assert "Not investment advice" in page.inner_text(".page-foot")
        opened.screenshot("definitions-light")

    def test_a_tab_is_marked_as_current(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        assert page.get_attribute('a[data-tab="definitions"]', "aria-current") == "page"
        assert page.title() == "Definitions · Holdline"

    def test_an_unknown_address_says_so(self, visit: Visits) -> None:
        opened = visit(expect_log="404")
        page = opened.open("/nowhere")
        assert "No such page" in page.inner_text("main")
        assert page.locator("#page-missing a").count() == len(PAGES)

    @pytest.mark.parametrize("width", [1024, 1440, 1920])
    def test_no_tab_lies_under_its_neighbour_in_a_replay(self, visit: Visits, width: int) -> None:
        page = visit(width=width, height=900).open("/definitions?as_of=2025-01-27T10:00")
        page.wait_for_function(
            """() => {
              const bar = document.querySelector(".tabs-bar").getBoundingClientRect();
              const tabs = [...document.querySelectorAll(".tabs > a, .tabs-more")];
              const shown = tabs.map((tab) => tab.getBoundingClientRect()).filter((at) => at.width);
              const apart = shown.every((at, i) => !i || at.left >= shown[i - 1].right - 1);
              return shown.length > 3 && apart && shown.every((at) => at.right <= bar.right + 1);
            }"""
        )

    @pytest.mark.parametrize("width", [390, 768, 1440, 1920])
    def test_nothing_scrolls_sideways(self, visit: Visits, width: int) -> None:
        opened = visit(width=width, height=844, touch=width == 390)
        page = opened.open("/definitions")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        opened.screenshot(f"definitions-{width}")

    def test_targets_on_a_phone_are_large_enough(self, visit: Visits) -> None:
        page = visit(width=390, height=844, touch=True).open("/definitions")
        small = page.evaluate(
            """() => [...document.querySelectorAll('.bar button, .tabs a, .terms-tools input')]
                .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44)
                .map((e) => e.outerHTML.slice(0, 80))"""
        )
        assert small == []


class TestSteadyPage:
    """What is on screen stays where it is while answers come."""

    @pytest.mark.parametrize("address", ["/", "/supports", "/options", "/definitions"])
    @pytest.mark.parametrize("moment", ["", "?as_of=2025-01-24"])
    def test_nothing_moves_while_a_page_is_loaded(
        self, visit: Visits, address: str, moment: str
    ) -> None:
        opened = visit()
        opened.page.add_init_script(SHIFTS)
        page = opened.open(address + moment)
        seen, moved = page.evaluate("[window.observing, window.moved]")
        assert seen
        assert sum(value for value, _ in moved) < MOST_SHIFT, moved


class TestFirstAnswer:
    """The page's first script asks for it; Dash's callbacks for everything after that."""

    def test_dash_is_not_asked_for_what_came_with_it(self, visit: Visits) -> None:
        opened = visit()
        first: list[str] = []
        whole: list[str] = []

        def note(request: Request) -> None:
            if "/first/" in request.url:
                first.append(request.url.removeprefix(opened.url))
            elif '"answer-ledger' in (request.post_data or "") and "only" not in (
                request.post_data or ""
            ):
                whole.append(request.post_data or "")

        opened.page.on("request", note)
        page = opened.open("/ledger?as_of=2025-01-24")
        assert first == ["/first/ledger?as_of=2025-01-24"]
        assert whole == []
        page.evaluate("holdline.go('/ledger?as_of=2025-01-23')")
        page.wait_for_function(
            "() => document.querySelector('#as-of-banner').innerText.match(/23/)"
        )
        opened.settle()
        assert len(first) == 1

    def test_without_it_dash_answers(self, visit: Visits) -> None:
        opened = visit(expect_log="ERR_FAILED")
        opened.page.route("**/first/**", lambda route: route.abort())
        page = opened.open("/ledger?as_of=2025-01-24")
        assert opened.calls
        assert page.locator(".page:not([hidden]) .panel.is-loading").count() == 0


class TestTheme:
    def test_the_system_decides_and_the_viewers_choice_stays(self, visit: Visits) -> None:
        opened = visit(dark=True)
        page = opened.open("/definitions")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        opened.screenshot("definitions-dark")
        page.click("#theme-toggle")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        opened.open("/definitions")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"

    def test_the_theme_is_set_before_the_body_is_parsed(self, visit: Visits) -> None:
        opened = visit(dark=True)
        opened.page.add_init_script(
            """new MutationObserver((_, seen) => {
                 if (!document.body) return;
                 window.themeAtBody = document.documentElement.dataset.theme;
                 seen.disconnect();
               }).observe(document, { childList: true, subtree: true })"""
        )
        page = opened.open("/definitions")
        assert page.evaluate("window.themeAtBody") == "dark"


class TestAsOf:
    def test_a_past_date_is_in_the_address_and_on_the_page(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/definitions?as_of=2025-01-24")
        page.wait_for_selector("#strip >> text=607.97")
        assert "Fri 24 Jan 2025" in page.inner_text("#as-of-banner")
        assert page.input_value("#as-of-slot .day") == "Fri 24 Jan 2025"
        page.click("#as-of-return")
        page.wait_for_selector("#as-of-banner", state="hidden")
        assert "as_of" not in page.url
        page.go_back()
        page.wait_for_selector("#as-of-banner", state="visible")

    def test_the_pulse_rests_on_a_past_date(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/definitions?as_of=2025-01-24")
        page.wait_for_selector("#strip >> text=607.97")
        before = len(opened.calls)
        page.wait_for_timeout(3_000)
        assert len(opened.calls) == before

    def test_an_impossible_date_is_a_sentence(self, visit: Visits) -> None:
        page = visit().open("/definitions?as_of=2098-01-02")
        page.wait_for_selector("#strip .is-error")
        assert "outside the exchange's calendar" in page.inner_text("#strip")


class TestSearch:
    def test_slash_opens_it_and_escape_closes_it(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.keyboard.press("/")
        page.wait_for_selector("#search[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector("#search", state="hidden")

    def test_suggestions_come_while_typing(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/definitions")
        page.keyboard.press("/")
        page.keyboard.type("nvid")
        page.wait_for_selector("#search-list >> text=NVDA")
        opened.screenshot("search")

    @pytest.mark.parametrize("patient", [True, False])
    def test_enter_opens_the_one_suggestion(self, visit: Visits, patient: bool) -> None:
        """Not the letters typed: "NVID" is a ticker by its form, and no company."""
        page = visit().open("/definitions")
        page.keyboard.press("/")
        page.keyboard.type("nvid")
        if patient:
            page.wait_for_selector("#search-list >> text=NVDA")
        page.keyboard.press("Enter")
        page.wait_for_url("**/supports?symbol=NVDA*")

    def test_what_is_no_symbol_gets_a_sentence(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.keyboard.press("/")
        page.keyboard.type("not a symbol!")
        page.keyboard.press("Enter")
        page.wait_for_selector(".search-message >> text=is not a symbol")


class TestDefinitions:
    def test_typing_narrows_the_terms(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.fill("#terms-filter", "gap-down")
        page.wait_for_selector("#dma", state="hidden")
        assert page.is_visible("#gap-down")

    def test_an_anchor_shows_its_term(self, visit: Visits) -> None:
        page = visit().open("/definitions#put-call")
        page.wait_for_function(
            "() => { const at = document.getElementById('put-call').getBoundingClientRect();"
            " return at.top >= 0 && at.bottom <= innerHeight; }"
        )

    def test_a_terms_own_address_keeps_the_date(self, visit: Visits) -> None:
        page = visit().open("/definitions?as_of=2025-01-24")
        page.click("#dma a")
        page.wait_for_selector("#dma.is-target")
        assert page.url.endswith("/definitions?as_of=2025-01-24#dma")


class TestKeyboard:
    def test_the_first_stop_skips_to_the_content(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"


class TestNothing:
    """A page of which nothing can be shown says so once, with what to do."""

    def test_an_unknown_symbol_offers_those_near(self, visit: Visits) -> None:
        page = visit().open("/supports?symbol=NOPE")
        state = page.locator("#page-supports > .nothing-here")
        state.wait_for()
        assert state.locator("h2").inner_text() == "There is no symbol NOPE here"
        assert not page.is_visible("#supports-price")
        state.locator("button", has_text="NVDA").click()
        page.wait_for_function("() => location.search.includes('symbol=NVDA')")
        page.wait_for_selector("#supports-price h2:has-text('NVDA')")
        assert state.count() == 0

    def test_a_moment_that_is_none_leads_back_to_now(self, visit: Visits) -> None:
        page = visit().open("/?as_of=garbage")
        state = page.locator("#page-market > .nothing-here")
        state.wait_for()
        assert "garbage" in state.locator("h2").inner_text()
        state.locator("button", has_text="Now").click()
        page.wait_for_function("() => !location.search.includes('as_of')")
        page.wait_for_selector("#market-answer h2:has-text('SPY')")
        assert state.count() == 0


class TestCrosshair:
    def test_the_day_under_the_pointer_is_shown_in_the_other_charts(self, visit: Visits) -> None:
        opened = visit(height=1600)
        page = opened.open("/sentiment")
        spot = page.locator('[data-panel="sentiment/breadth"] .nsewdrag').first
        spot.wait_for()
        followed = '[data-panel="sentiment/highs"] .hoverlayer .legend'
        page.wait_for_selector('[data-panel="sentiment/highs"] .nsewdrag')
        spot.hover(position={"x": 200, "y": 80})
        page.wait_for_selector(followed)
        day = page.locator('[data-panel="sentiment/breadth"] .hoverlayer .legendtitletext')
        assert day.text_content() == page.locator(f"{followed} .legendtitletext").text_content()
        page.mouse.move(5, 5)
        page.wait_for_selector(followed, state="detached")
