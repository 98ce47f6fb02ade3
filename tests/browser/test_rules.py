from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.looks import Visits, check_desktop, check_phone

TITLE = '[data-panel="rules/result"] h2'
RULE = '[data-panel="rules/result"] .rule-words'


class TestLook:
    def test_on_a_desk_light_and_dark_and_on_a_projector(self, visit: Visits) -> None:
        page = check_desktop(visit, "rules", "/rules?as_of=2025-01-24")
        assert "of 100 random paths did as well" in page.inner_text(TITLE)

    def test_on_a_phone(self, visit: Visits) -> None:
        page = check_phone(visit, "rules", "/rules?as_of=2025-01-24")
        trades = page.locator('[data-panel="rules/trades"]')
        assert trades.locator("tbody tr").count() > 10
        heads = trades.locator("thead th").all_inner_texts()
        assert heads[:2] == ["Bought", "Return %"]  # of one symbol its name need not stand there


OVERLAPS = """() => {
    const box = (node) => node.getBoundingClientRect();
    const chart = document.querySelector('[data-panel="rules/curve"] .js-plotly-plot');
    const tools = [...chart.querySelectorAll(".modebar-btn")].map(box);
    const names = [...chart.querySelectorAll(".annotation-text")].map(box);
    if (!tools.length || names.length !== 2) return -1;
    const meet = (a, b) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return names.filter((name) => tools.some((tool) => meet(name, tool))).length;
}"""


class TestCurve:
    @pytest.mark.parametrize("width", [900, 1440, 1920])
    def test_no_name_lies_under_the_charts_tools(self, visit: Visits, width: int) -> None:
        page = visit(width=width, height=900).open("/rules?as_of=2025-01-24")
        chart = page.locator('[data-panel="rules/curve"] .js-plotly-plot')
        chart.hover()
        expect(chart.locator(".modebar-btn").first).to_be_visible()
        assert page.evaluate(OVERLAPS) == 0


class TestTries:
    def test_each_rule_tried_is_counted_and_the_address_holds_the_rule_alone(
        self, visit: Visits
    ) -> None:
        page = visit().open("/rules?as_of=2025-01-24")
        page.locator('[data-control="rules/n"]').fill("20")
        page.locator('[data-control="rules/n"]').press("Enter")
        page.wait_for_function(
            "(at) => document.querySelector(at).innerText.includes('after 2 rules tried')",
            arg=TITLE,
        )
        assert "20-DMA" in page.inner_text(RULE).replace("\u2011", "-")
        assert page.url.endswith("/rules?as_of=2025-01-24&n=20")
