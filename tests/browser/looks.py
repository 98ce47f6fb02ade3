"""Checks of every tab: charts painted, both themes, three widths, pictures of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from components.figures.theme import DARK, LIGHT
from tests.browser.conftest import Visit

Visits = Callable[..., Visit]

PAINTED = """() => [...document.querySelectorAll(
    '.page:not([hidden]) .panel-chart:not(.is-absent)')].every((panel) =>
        panel.querySelector('svg.main-svg'))"""
FITTED = """() => [...document.querySelectorAll(
    '.page:not([hidden]) .panel-chart:not(.is-absent) .panel-figure')].every((slot) => {
        const drawn = slot.querySelector('svg.main-svg').getBoundingClientRect();
        return Math.abs(drawn.width - slot.getBoundingClientRect().width) < 24; })"""
TOO_WIDE = """() => [...document.querySelectorAll('.page:not([hidden]) *')]
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1
        && !e.closest('.scroll, .tall-list, .segments, .js-plotly-plot'))
    .map((e) => e.outerHTML.slice(0, 90))"""

CUT = """() => [...document.querySelectorAll(
    '.page:not([hidden]) .panel-figure :is(.ytick text, .xtick text, .g-xtitle text, .legendtext)')]
    .filter((text) => {
        const own = text.getBoundingClientRect();
        const room = text.closest('.panel-figure').getBoundingClientRect();
        return own.width && (own.left < room.left - 3 || own.right > room.right + 3); })
    .map((text) => text.textContent)"""

RUN_TOGETHER = """() => [...document.querySelectorAll('.page:not([hidden]) .panel-figure')]
    .flatMap((figure) => {
        const labels = [...figure.querySelectorAll('.xtick text')]
            .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
            .filter(({ box }) => box.width)
            .sort((a, b) => a.box.left - b.box.left);
        return labels.slice(1).filter(({ box }, i) =>
            labels[i].box.right > box.left && Math.abs(labels[i].box.top - box.top) < 4); })
    .map(({ text }) => text)"""


def painted(opened: Visit) -> Page:
    """The page once every chart that has something to show is drawn."""
    opened.settle()
    opened.page.wait_for_function(PAINTED)
    return opened.page


def ground(page: Page) -> str:
    """The page's background, as ``#rrggbb``."""
    rgb = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)")
    return "#" + "".join(f"{int(part):02x}" for part in rgb[:3])


def check_desktop(visit: Visits, name: str, address: str) -> Page:
    """A tab on a desk: light, then dark, then on a projector; a picture of each."""
    opened = visit()
    opened.open(address)
    page = painted(opened)
    _check(opened, f"{name}-light", LIGHT)
    page.click("#theme-toggle")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    _check(opened, f"{name}-dark", DARK)
    page.click("#theme-toggle")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.wait_for_function(FITTED)
    _check(opened, f"{name}-1920", LIGHT)
    return page


def check_phone(visit: Visits, name: str, address: str) -> Page:
    """A tab on a phone 390 pixels wide."""
    opened = visit(width=390, height=844, touch=True)
    opened.open(address)
    page = painted(opened)
    _check(opened, f"{name}-390", LIGHT)
    return page


def _check(opened: Visit, picture: str, palette: dict[str, str]) -> None:
    """What every look keeps: nothing sticks out, nothing failed, each panel has its finding."""
    page = opened.page
    opened.screenshot(picture, full=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(TOO_WIDE) == []
    page.wait_for_function(f"() => ({CUT})().length === 0")
    assert ground(page) == palette["paper"]
    assert "could not be built" not in page.inner_text("main")
    titles = page.locator(".page:not([hidden]) .panel:not(.is-absent) h2").all_inner_texts()
    assert titles
    assert all(titles)


def query(page: Page) -> dict[str, str]:
    """The view's parameters as the address carries them."""
    found: dict[str, str] = page.evaluate(
        "Object.fromEntries(new URLSearchParams(location.search))"
    )
    return found


def segment(page: Page, text: str) -> Any:
    """A segment of the controls on screen, by its text."""
    labels = page.locator(".page:not([hidden]) .segments label")
    return labels.filter(has_text=re.compile(f"^{re.escape(text)}$"))
