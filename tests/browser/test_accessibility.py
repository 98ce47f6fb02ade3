"""WCAG 2.2 AA on every tab: axe finds nothing, fingers find everything, nothing is cut at 200%."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page

from components.pages import PAGES
from tests.browser.conftest import Visit

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Taken out meanwhile, for speed: the pages that are not shown; rows, weeks and terms like those
# before them; what Plotly draws, which each chart's name and table say.
OUT = (
    ".page[hidden] > *, .main-svg, tbody tr:nth-child(n+9), .cal-week:nth-child(n+4), "
    ".definition:nth-child(n+4)"
)
FOUND = """
async ([out, tags]) => {
  const check = async (theme, which) => {
    document.documentElement.dataset.theme = theme;
    const found = await axe.run(document, {...which, resultTypes: ["violations"]});
    return found.violations.flatMap((rule) => rule.nodes.map(
      (node) => `${theme} ${rule.id}: ${node.html.slice(0, 120)}: ${node.failureSummary}`));
  };
  const before = document.documentElement.dataset.theme;
  const taken = [...document.querySelectorAll(out)]
    .map((node) => [node, node.parentNode, node.nextSibling]);
  for (const [node] of taken) node.remove();
  const rules = {"label-content-name-mismatch": {enabled: true}};
  const all = await check("light", {runOnly: {type: "tag", values: tags}, rules});
  const colours = await check("dark", {runOnly: {type: "rule", values: ["color-contrast"]}});
  for (const [node, parent, next] of taken.reverse()) parent.insertBefore(node, next);
  document.documentElement.dataset.theme = before;
  return [...all, ...colours];
}
"""
SMALL = """
() => [...document.querySelectorAll("button, summary, select, textarea, input, label:has(input)")]
  .filter((node) => {
    const inLabel = node.matches("input") && node.closest("label");
    const {width, height} = node.getBoundingClientRect();
    const seen = width > 1 && getComputedStyle(node).visibility !== "hidden";
    return seen && !inLabel && height < 43.5;
  })
  .map((node) => node.outerHTML.slice(0, 120))
"""
PHONE = {"width": 390, "height": 844, "touch": True}


def go(visit: Visit, path: str) -> None:
    """Show another tab without a load, as a click on it does."""
    visit.page.evaluate("path => holdline.go(path)", path)
    visit.page.wait_for_selector(f'section.page[data-path="{path}"]:not([hidden])')
    visit.settle()


def violations(page: Page) -> list[str]:
    """What axe finds on the tab shown: by every rule in light, by contrast in dark."""
    found: list[str] = page.evaluate(FOUND, [OUT, TAGS])
    return found


def of_every_tab(visit: Visit, look: Callable[[Page], Any]) -> dict[str, Any]:
    """What a look at each tab finds, by its path; nothing of a tab where it finds nothing."""
    visit.open("/definitions")
    visit.page.evaluate(AXE)
    found = {}
    for shown in PAGES:
        go(visit, shown.path)
        found[shown.path] = look(visit.page)
    return {path: what for path, what in found.items() if what}


class TestAxe:
    def test_no_tab_breaks_a_rule_on_a_desk(self, visit: Callable[..., Visit]) -> None:
        assert of_every_tab(visit(), violations) == {}

    def test_no_tab_breaks_a_rule_on_a_phone_and_fingers_meet_its_controls(
        self, visit: Callable[..., Visit]
    ) -> None:
        def look(page: Page) -> list[str]:
            broken = violations(page)
            sheet = page.locator(".page:not([hidden]) .sheet-open")
            if sheet.count():
                sheet.click()
                page.wait_for_selector(".controls:popover-open")
            small: list[str] = page.evaluate(SMALL)
            page.keyboard.press("Escape")
            page.wait_for_selector(".controls:popover-open", state="detached")
            return [*broken, *(f"below 44 px: {node}" for node in small)]

        assert of_every_tab(visit(**PHONE), look) == {}

    def test_a_page_that_waits_for_its_answers_breaks_none(
        self, visit: Callable[..., Visit]
    ) -> None:
        seen = visit()
        for asked in ("**/first/**", "**/_dash-update-component*"):
            seen.page.route(asked, lambda route: None)
        seen.page.goto(seen.url + "/")
        seen.page.wait_for_selector(".page:not([hidden]) .panel.is-loading")
        seen.page.evaluate(AXE)
        assert violations(seen.page) == []


class TestZoom:
    @pytest.mark.parametrize("width", [720, 320], ids=["200% of 1440", "400% of 1280"])
    def test_no_tab_scrolls_sideways(self, visit: Callable[..., Visit], width: int) -> None:
        def too_wide(page: Page) -> int:
            wide: int = page.evaluate("document.documentElement.scrollWidth")
            return max(0, wide - width)

        # so narrow, Plotly fits a long axis' margins in more steps than it cares for
        log = "Too many auto-margin redraws" if width == 320 else None
        opened = visit(width=width, height=450, expect_log=log)
        assert of_every_tab(opened, too_wide) == {}
