"""A panel as a picture and as a link, and a page on paper."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.looks import painted

Visits = Callable[..., Visit]
FRIDAY = "as_of=2025-01-24"

COLOURS = """async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const all = pen.getImageData(0, 0, image.width, image.height).data;
  const count = new Map();
  for (let i = 0; i < all.length; i += 4) {
    const colour = [all[i], all[i + 1], all[i + 2]].join();
    count.set(colour, (count.get(colour) || 0) + 1);
  }
  const corner = [all[0], all[1], all[2]].join();
  return { width: image.width, height: image.height, corner, colours: Object.fromEntries(count) };
}"""
WARN, UP, DOWN = "179,38,30", "0,114,178", "213,94,0"


def share(page: Page, panel: str, item: str) -> None:
    """Open a panel's menu and press one of its items."""
    page.hover(f"#{panel} h2")
    page.click(f"#{panel} [data-action=share]")
    page.click(f"[data-share={item}]")


def saved(page: Page, panel: str, folder: Path) -> Path:
    with page.expect_download() as download:
        share(page, panel, "save")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


class TestPicture:
    @pytest.mark.parametrize(
        ("address", "panel", "inside"),
        [
            (f"/supports?{FRIDAY}", "supports-price", (UP, DOWN)),
            (f"/?{FRIDAY}", "market-watchlist", ()),
        ],
    )
    def test_it_holds_the_panel_and_the_simulated_mark(
        self, visit: Visits, tmp_path: Path, address: str, panel: str, inside: tuple[str, ...]
    ) -> None:
        opened = visit()
        page = opened.open(address)
        painted(opened)
        path = saved(page, panel, tmp_path)
        assert path.name == f"holdline-{panel}-2025-01-24.png"
        png = base64.b64encode(path.read_bytes()).decode()
        found = page.evaluate(COLOURS, png)
        box = page.locator(f"#{panel}").bounding_box()
        assert box is not None
        assert found["width"] == round(box["width"] * 2)
        assert found["height"] > box["height"] * 2
        assert found["corner"] == WARN, "the mark runs along the top"
        assert len(found["colours"]) > 100, "letters and lines, not an empty sheet"
        assert all(found["colours"].get(colour, 0) > 50 for colour in inside)

    def test_it_goes_to_the_clipboard(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(f"/?{FRIDAY}")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        painted(opened)
        share(page, "market-answer", "copy")
        expect(page.locator(".say")).to_have_text("The picture is in the clipboard.")
        kinds = page.evaluate("navigator.clipboard.read().then((items) => items[0].types)")
        assert kinds == ["image/png"]


class TestLink:
    def test_it_opens_the_page_at_the_panel_and_the_moment(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/supports?symbol=QQQ&range=6m")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.wait_for_function("() => window.holdline.live.snapshot?.phase === 'open'")
        share(page, "supports-odds", "link")
        expect(page.locator(".say")).to_have_text("The link to this panel is in the clipboard.")
        link = page.evaluate("navigator.clipboard.readText()")
        base, _, panel = link.partition("#")
        assert base.startswith(f"{opened.url}/supports?symbol=QQQ&range=6m&as_of=2025-01-27T")
        assert panel == "supports-odds"
        opened.open(link.removeprefix(opened.url))
        expect(page.locator("#supports-odds")).to_be_in_viewport()
        expect(page.locator("html")).to_have_class("is-past")

    def test_the_menu_is_left_with_escape(self, visit: Visits) -> None:
        page = visit().open(f"/?{FRIDAY}")
        page.hover("#market-answer h2")
        page.click("#market-answer [data-action=share]")
        expect(page.get_by_role("button", name="Copy link")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".share-menu")).to_be_hidden()


class TestPaper:
    def test_a_dark_page_is_printed_light_and_is_dark_again(self, visit: Visits) -> None:
        opened = visit(dark=True)
        page = opened.open(f"/supports?{FRIDAY}")
        painted(opened)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        grounds = page.evaluate(
            "document.querySelector('#supports-price .js-plotly-plot').layout.font.color"
        )
        assert grounds == "#4e535b", "letters of the light palette"
        expect(page.locator(".bar")).to_be_hidden()
        expect(page.locator("#supports-price .panel-tools")).to_be_hidden()
        expect(page.locator("#simulated-banner")).to_be_visible()
        expect(page.locator(".printed")).to_have_text(f"{opened.url}/supports?{FRIDAY}")
        page.emulate_media(media="screen")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.locator(".main-svg[viewBox]").count() == 0

    def test_its_panels_are_on_paper_whole(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open(f"/?{FRIDAY}")
        painted(opened)
        page.emulate_media(media="print")
        cut = page.eval_on_selector_all(
            ".page:not([hidden]) .panel",
            "panels => panels.filter((p) => getComputedStyle(p).breakInside !== 'avoid').length",
        )
        assert cut == 0
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
