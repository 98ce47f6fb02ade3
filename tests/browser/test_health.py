"""The data-health panel by keyboard, the countdown without the server, the one spoken region."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visit

Visits = Callable[..., Visit]

UNTIL = "#strip [data-until]"
SAID = "() => document.getElementById('health-said').textContent"


class TestPanel:
    def test_it_opens_and_closes_by_keyboard_and_gives_the_focus_back(self, visit: Visits) -> None:
        page = visit().open("/options?symbol=NVDA")
        page.focus(".health-open")
        page.keyboard.press("Enter")
        page.wait_for_selector("#health-body table")
        names = page.locator("#health-body th").all_inner_texts()
        assert names[:4] == ["Market", "Prices", "SPY options", "NVDA options"]
        assert "open interest of Fri 24 Jan 2025" in page.inner_text("#health-body")
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.className") == "health-open"
        # the strip is written again at each pulse, and must leave the focus where it is
        page.wait_for_function(
            "(clock) => document.querySelector('#strip [data-now]').dataset.now !== clock",
            arg=page.get_attribute("#strip [data-now]", "data-now"),
        )
        assert page.evaluate("document.activeElement.className") == "health-open"


FASTER = """() => {
  const ask = window.fetch;
  window.fetch = async (address, ...rest) => {
    const reply = await ask(address, ...rest);
    if (!String(address).startsWith("/live.json") || reply.status !== 200) return reply;
    return new Response(JSON.stringify({ ...await reply.json(), speed: 60 }));
  };
}"""


class TestCountdown:
    def test_it_runs_without_the_server(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/definitions")
        page.wait_for_function("() => holdline.live.snapshot !== null")
        page.route("**/_dash-update-component*", lambda route: None)
        page.evaluate(FASTER)
        before = page.inner_text(UNTIL)
        page.wait_for_function(
            f"(before) => document.querySelector('{UNTIL}').textContent !== before", arg=before
        )
        assert page.inner_text(UNTIL).endswith("min")


class TestSpoken:
    def test_only_a_change_is_spoken_and_once(self, visit: Visits) -> None:
        opened = visit(expect_log="Failed to load resource")
        page = opened.open("/definitions")
        page.wait_for_function("() => holdline.live.snapshot !== null")
        assert page.evaluate(SAID) == ""
        page.route("**/live.json*", lambda route: route.abort())
        page.wait_for_function(f"() => ({SAID})().includes('Connection lost')", timeout=15_000)
        page.unroute("**/live.json*")
        page.wait_for_function(f"() => ({SAID})() === 'Connected.'", timeout=30_000)
        assert page.locator("[aria-live=polite]#health-said").count() == 1
