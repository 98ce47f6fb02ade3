"""Presenter mode in a real browser: what is seen, what is asked, and what a cut leaves."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, TimeoutError

from components.server.scenes import SHIPPED
from tests.browser.conftest import Visit, served

Visits = Callable[..., Visit]

READY = "() => holdline.presenter?.show()?.ready > 0"
DRAWN = """(at) => {
  const show = holdline.presenter?.show();
  if (!show || show.at !== at || !show.frames[at].payload) return false;
  const box = document.querySelector(".stage-content");
  if (box.dataset.drawn !== box.clientWidth + "x" + box.clientHeight) return false;
  return Boolean(box.querySelector(".stage-graph .main-svg, .stage-card > *"));
}"""
TOO_SMALL = """() => {
  const stage = document.querySelector(".stage");
  const walker = document.createTreeWalker(stage, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node; (node = walker.nextNode());) {
    const holder = node.parentElement;
    const aside = holder.closest(".stage-tools, .stage-help, .hoverlayer");
    if (!/\\d/.test(node.data) || aside) continue;
    const card = holder.closest(".stage-card");
    const zoom = card ? Number(card.style.zoom) : 1;
    const size = parseFloat(getComputedStyle(holder).fontSize) * zoom;
    if (holder.getClientRects().length && size < 23.9) found.push(node.data + ": " + size);
  }
  return found;
}"""
FRAME_OVER = """() => new Promise((done) =>
  requestAnimationFrame(() => setTimeout(() => setTimeout(done))))"""
CUT = """() => {
  const box = document.querySelector(".stage-content");
  const edge = box.getBoundingClientRect();
  const found = [];
  const within = (at, left, top, right, bottom) =>
    at.left >= left - 2 && at.top >= top - 4 && at.right <= right + 2 && at.bottom <= bottom + 4;
  if (box.scrollWidth > box.clientWidth + 1) found.push("scrolls across");
  if (box.scrollHeight > box.clientHeight + 1) found.push("scrolls down");
  const frame = ".stage h1, .stage-kicker, .stage-stamps, .stage-where";
  for (const node of document.querySelectorAll(frame)) {
    const at = node.getBoundingClientRect();
    if (!within(at, 0, 0, innerWidth, innerHeight)) found.push(node.className);
  }
  for (const node of box.querySelectorAll("svg text, td, th")) {
    const at = node.getBoundingClientRect();
    if (!at.width || node.closest(".hoverlayer")) continue;
    if (!within(at, edge.left, edge.top, edge.right, edge.bottom)) found.push(node.textContent);
  }
  return found;
}"""
OVERLAPPING = """() => {
  const words = [...document.querySelectorAll(".stage-content svg text")]
    .filter((node) => !node.closest(".hoverlayer") && node.textContent.trim())
    .map((node) => ({ text: node.textContent, at: node.getBoundingClientRect() }))
    .filter((word) => word.at.width);
  const found = [];
  words.forEach((a, i) => words.slice(i + 1).forEach((b) => {
    const across = Math.min(a.at.right, b.at.right) - Math.max(a.at.left, b.at.left);
    const down = Math.min(a.at.bottom, b.at.bottom) - Math.max(a.at.top, b.at.top);
    const touches = across > 3 && down > 0.3 * Math.min(a.at.height, b.at.height);
    if (touches) found.push(a.text + " / " + b.text);
  }));
  return found;
}"""
TITLE_SIZE = "parseFloat(getComputedStyle(document.querySelector('.stage h1')).fontSize)"
INKED = """() => {
  const canvas = document.querySelector(".stage-ink");
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const pen = copy.getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const { data } = pen.getImageData(0, 0, copy.width, copy.height);
  for (let i = 3; i < data.length; i += 4) if (data[i]) return true;
  return false;
}"""


def start(opened: Visit) -> Page:
    """The six scenes of the demo, started from the dialog and all held."""
    page = opened.open("/definitions")
    page.click("#scenes-open")
    page.wait_for_selector("#scenes .scene:nth-child(6)")
    page.click("#scenes .primary")
    page.wait_for_function(READY, timeout=60_000)
    page.wait_for_function(DRAWN, arg=0)
    return page


def check_scene(opened: Visit, at: int, name: str) -> None:
    page = opened.page
    page.wait_for_function(DRAWN, arg=at)
    opened.screenshot(f"presenter-{name}-{at + 1}")
    assert page.inner_text(".stage-kicker") == SHIPPED.scenes[at].title
    assert page.evaluate(TITLE_SIZE) >= 32
    assert page.inner_text(".stage h1")
    assert "SIMULATED" in page.inner_text(".stage-stamps")
    assert "27 Jan 2025" in page.inner_text(".stage-stamps")
    assert page.inner_text(".stage-advice") == "Not investment advice"
    assert page.inner_text(".stage-count") == f"{at + 1} / 6"
    for fault in (TOO_SMALL, CUT, OVERLAPPING):
        expect_none(page, at, fault)


def expect_none(page: Page, at: int, fault: str) -> None:
    """Wait until a drawn scene shows none of a fault: a stamp that comes late has it drawn anew."""
    try:
        page.wait_for_function(f"(at) => ({DRAWN})(at) && !({fault})().length", arg=at)
    except TimeoutError:
        assert page.evaluate(fault) == []
        raise


class TestServerCut:
    def test_six_scenes_go_on_when_the_server_stops_at_the_third(
        self, visit: Visits, tmp_path: Path
    ) -> None:
        dialogs: list[str] = []
        with served(tmp_path) as (url, process):
            sizes = {"1280": (1280, 720, False), "1920": (1920, 1080, True)}
            shows = {
                name: visit(
                    width=width,
                    height=height,
                    dark=dark,
                    url=url,
                    expect_log="Failed to load resource",
                )
                for name, (width, height, dark) in sizes.items()
            }
            for name, opened in shows.items():
                opened.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
                page = start(opened)
                check_scene(opened, 0, name)
                for at, key in ((1, "ArrowRight"), (2, "PageDown")):
                    page.keyboard.press(key)
                    check_scene(opened, at, name)
            process.kill()
            process.wait(10)
        for name, opened in shows.items():
            page = opened.page
            for at, key in ((3, " "), (4, "PageDown"), (5, "ArrowRight")):
                page.keyboard.press(key)
                check_scene(opened, at, name)
            page.keyboard.press("Home")
            check_scene(opened, 0, name)
            page.wait_for_selector(".stamp:has-text('no connection')", timeout=20_000)
            assert "STALE" in page.inner_text(".stage-stamps")
        with page.expect_popup() as popup:
            page.keyboard.press("n")
        assert SHIPPED.scenes[0].notes in popup.value.inner_text("body")
        assert dialogs == []


class TestFreeze:
    def test_nothing_is_asked_and_nothing_moves_until_it_ends(self, visit: Visits) -> None:
        opened = visit(width=1280, height=720)
        page = start(opened)
        page.keyboard.press("f")
        page.wait_for_selector(".stamp-frozen")
        assert page.inner_text(".stamp-frozen").startswith("FROZEN at ")
        assert page.inner_text(".stamp-frozen").endswith(" EST")
        page.wait_for_load_state("networkidle")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.evaluate(FRAME_OVER)  # the candle of the last tick is drawn after its numbers
        seen = [self.seen(page)]
        page.evaluate(
            """() => { holdline.ask(holdline.activePage()); holdline.pulseSoon();
              window.since = performance.now(); }"""
        )
        for at in (1, 2, 3, 0):
            page.evaluate("(at) => holdline.presenter.to(at)", at)
            page.wait_for_function(DRAWN, arg=at)
        page.wait_for_function("() => performance.now() - window.since > 3000")
        assert self.seen(page) == seen[0]
        assert asked == []
        page.keyboard.press("f")
        page.wait_for_function(
            "(seen) => document.querySelector('.stage-stamps').textContent !== seen",
            arg=seen[0][1],
        )
        assert page.locator(".stamp-frozen").count() == 0

    @staticmethod
    def seen(page: Page) -> tuple[str, str, str]:
        candle = """() => { const trace = document.querySelector(".stage-graph").data
          .find((one) => one.meta === "price"); return String(trace.close.at(-1)); }"""
        title, stamps = page.inner_text(".stage h1"), page.inner_text(".stage-stamps")
        return title, stamps, page.evaluate(candle)


ACROSS = """() => [...document.querySelectorAll(".stage-content :is(td, th, svg text)")]
  .filter((node) => node.getBoundingClientRect().width && !node.closest(".hoverlayer"))
  .filter((node) => node.getBoundingClientRect().right > innerWidth)
  .map((node) => node.textContent)"""
OFF_TICK = """() => [...document.querySelectorAll(".stage-card .scale-tick")].map((tick) => {
  const track = document.querySelector(".stage-card .scale-track").getBoundingClientRect();
  const at = tick.getBoundingClientRect();
  return (at.left + at.right) / 2 - track.left - (track.width * Number(tick.textContent)) / 100;
})"""


class TestWholeTabs:
    @pytest.mark.parametrize("tab", ["/", "/portfolio", "/ledger"])
    def test_no_scene_of_a_tab_ends_beyond_the_edge(self, visit: Visits, tab: str) -> None:
        opened = visit(width=1440, height=900)
        opened.open(tab)
        opened.settle()
        page = opened.page
        page.evaluate("window.scrollTo(0, 0)")
        page.keyboard.press("p")
        page.wait_for_function(READY)
        for at in range(page.locator(".stage-dots button").count()):
            page.wait_for_function(DRAWN, arg=at)
            page.wait_for_function(f"() => ({ACROSS})().length === 0")
            assert page.inner_text(".stage-content").strip()
            if tab == "/" and page.locator(".stage-card .scale-tick").count():
                ticks = page.evaluate(OFF_TICK)
                assert len(ticks) == 6
                assert max(map(abs, ticks)) < 6
            page.keyboard.press("ArrowRight")


class TestKeys:
    def test_a_page_is_presented_panel_by_panel_and_left_as_it_was(self, visit: Visits) -> None:
        page = visit(width=1280, height=720).open("/supports?symbol=SPY")
        page.wait_for_selector(".page:not([hidden]) .main-svg")
        page.keyboard.press("/")
        page.keyboard.press("p")
        assert page.input_value("#search-box") == "p"
        assert page.locator(".stage").count() == 0
        page.keyboard.press("Escape")
        page.click("#present-open")
        page.wait_for_function(DRAWN, arg=0)
        panels = page.locator("#page-supports [data-panel]:not(.is-absent)").count()
        assert page.inner_text(".stage-count") == f"1 / {panels}"
        assert not page.is_visible(".masthead")
        page.keyboard.press("b")
        assert page.is_visible(".stage-blank")
        page.keyboard.press("ArrowRight")
        assert not page.is_visible(".stage-blank")
        page.keyboard.press("?")
        assert "Notes window" in page.inner_text(".stage-help")
        page.keyboard.press("Escape")
        assert not page.is_visible(".stage-help")
        page.click(".stage-dots button >> nth=0")
        assert page.inner_text(".stage-count").startswith("1 /")
        page.keyboard.press("Escape")
        assert page.locator(".stage").count() == 0
        assert page.evaluate("document.activeElement.id") == "present-open"
        assert page.is_visible(".masthead")

    def test_ink_stays_with_its_scene_until_it_is_cleared(self, visit: Visits) -> None:
        opened = visit(width=1280, height=720)
        page = opened.page
        page.goto(opened.url + "/supports?symbol=SPY#present")
        page.wait_for_function(DRAWN, arg=0, timeout=60_000)
        page.keyboard.press("d")
        page.mouse.move(400, 300)
        page.mouse.down()
        page.mouse.move(600, 340, steps=4)
        page.mouse.up()
        page.keyboard.press("d")
        assert page.evaluate(INKED)
        page.evaluate("holdline.presenter.step(1)")
        assert not page.evaluate(INKED)
        page.evaluate("holdline.presenter.step(-1)")
        page.set_viewport_size({"width": 1920, "height": 1080})
        page.keyboard.press("t")
        page.wait_for_function(
            "() => document.querySelector('.stage-ink').width === 1920 && "
            "document.documentElement.dataset.theme === 'dark'"
        )
        assert page.evaluate(INKED)
        page.keyboard.press("c")
        assert not page.evaluate(INKED)

    def test_the_notes_window_follows_and_leads(self, visit: Visits) -> None:
        page = start(visit(width=1280, height=720))
        with page.expect_popup() as popup:
            page.keyboard.press("n")
        notes = popup.value
        assert SHIPPED.scenes[0].notes in notes.inner_text(".notes-text")
        assert SHIPPED.scenes[1].title in notes.inner_text(".notes-next")
        notes.keyboard.press("PageDown")
        assert page.inner_text(".stage-count") == "2 / 6"
        assert SHIPPED.scenes[1].notes in notes.inner_text(".notes-text")
        notes.wait_for_function(
            "() => /Scene 2 of 6, 6 ready/.test(document.querySelector('.notes-where').textContent)"
        )
        assert "spoken" in notes.inner_text(".notes-time")
        notes.click("text=Freeze")
        notes.wait_for_function(
            "() => document.querySelector('.notes-state').textContent === 'FROZEN'"
        )
        notes.screenshot(path="artefacts/presenter-notes.png")
        page.keyboard.press("Escape")
        page.wait_for_function("() => !holdline.presenter.show()")
        assert notes.is_closed()


def coded(raw: object) -> str:
    text = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return "0." + base64.urlsafe_b64encode(text).decode().rstrip("=")


def deflated(data: bytes) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    return "1." + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def listed(**changes: Any) -> dict[str, Any]:
    scene = {"link": "/supports", "panel": "supports/price", "title": "", "notes": ""}
    return {"format": "holdline-scenes", "name": "Theirs", "scenes": [scene | changes]}


HOSTILE = {
    "no code": "%3Cscript%3Ewindow.struck=1%3C/script%3E",
    "no json": coded(b"<img src=x onerror=window.struck=1>"),
    "a script link": coded(listed(link="javascript:window.struck=1")),
    "another host": coded(listed(link="//elsewhere.example/supports")),
    "a made-up panel": coded(listed(panel='supports/x"],[id="frame')),
    "a panel of another page": coded(listed(panel="options/strikes")),
    "a bomb": deflated(b"[" * 30_000_000),
    "cut short": deflated(json.dumps(listed()).encode())[:-9],
    "prototype": coded({"__proto__": {"format": "holdline-scenes"}, "scenes": []}),
}


class TestLinks:
    def test_hostile_links_do_nothing_but_say_so(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/definitions")
        for name, code in HOSTILE.items():
            page.evaluate("(code) => { location.hash = '#scenes=' + code; }", code)
            page.wait_for_selector(".say")
            assert page.inner_text(".say").endswith("."), name
            assert page.evaluate("window.struck") is None, name
            assert page.locator(".stage, dialog[open]").count() == 0, name
            assert page.evaluate("localStorage.getItem('holdline-scenes')") is None, name
            assert "#" not in page.url, name
            page.evaluate("document.querySelector('.say').remove()")

    def test_a_link_carries_a_list_as_plain_text(self, visit: Visits) -> None:
        marked = listed(title="<b onclick=x>Bold</b>", notes="<img src=x onerror=window.struck=1>")
        page = visit().open("/definitions")
        code = page.evaluate("(list) => holdline.scenes.encode(list)", marked)
        page = visit().open("/definitions#scenes=" + code)
        page.wait_for_selector("#scenes .scene")
        assert page.input_value("#scenes .scene input") == "<b onclick=x>Bold</b>"
        page.click("#scenes .primary")
        page.wait_for_function(DRAWN, arg=0, timeout=30_000)
        assert page.inner_text(".stage-kicker") == "<b onclick=x>Bold</b>"
        with page.expect_popup() as popup:
            page.keyboard.press("n")
        assert "<img src=x" in popup.value.inner_text(".notes-text")
        assert popup.value.evaluate("window.struck") is None
        assert page.evaluate("window.struck") is None


class TestEditor:
    def test_a_list_is_made_kept_and_shared(self, visit: Visits, browser: Browser) -> None:
        opened = visit()
        page = opened.own().open("/supports?symbol=QQQ")
        page.click("[data-panel='supports/price'] [data-action=scene]")
        page.click("[data-panel='supports/ladder'] [data-action=scene]")
        assert page.inner_text(".say").endswith("as scene 2.")
        page.click("#scenes-open")
        labels = page.locator("#scenes .scene-of")
        assert labels.all_inner_texts() == ["Supports · QQQ · price", "Supports · QQQ · ladder"]
        page.click("[aria-label='Move scene 2 up']")
        assert labels.all_inner_texts() == ["Supports · QQQ · ladder", "Supports · QQQ · price"]
        page.fill("#scenes .scene:nth-child(1) textarea", "Say this.")
        page.fill(".scenes-name", "Tuesday")
        page.click("[aria-label='Remove scene 2']")
        opened.screenshot("scenes-dialog")
        with page.expect_download() as download:
            page.click("#scenes >> text=Export")
        saved = json.loads(Path(download.value.path()).read_text())
        assert saved["name"] == "Tuesday"
        assert [scene["notes"] for scene in saved["scenes"]] == ["Say this."]
        page.click("text=Save on the server")
        page.wait_for_selector(".say:has-text('version 1')")
        page = visit().own().open("/definitions")
        page.click("#scenes-open")
        page.wait_for_selector("#scenes optgroup[label='This server']", state="attached")
        page.select_option("#scenes select", label="Tuesday (1)")
        assert page.input_value("#scenes .scene textarea") == "Say this."


@pytest.fixture(autouse=True)
def _artefacts() -> None:
    Path("artefacts").mkdir(exist_ok=True)
