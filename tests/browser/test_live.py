"""Live values in a real browser: in place, zoom kept, and a connection that goes and comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.conftest import Visit

Visits = Callable[..., Visit]

MARK = """() => {
  const add = (text, key) => {
    const node = document.createElement("span");
    node.dataset.live = key;
    node.textContent = text;
    node.id = "mark-" + key.replace(/[^A-Za-z0-9]/g, "-");
    if (key.includes("status")) node.className = "chip";
    document.querySelector(".page:not([hidden])").append(node);
  };
  for (const key of ["SPY.price", "SPY.change_pct", "SPY.distance:50-DMA", "SPY.status:50-DMA",
                     "SPY.time", "NVDA.price", "SPY.nonsense", "SPY.distance:7-DMA"]) add("…", key);
}"""


PLOT = ".js-plotly-plot"
CHART = """() => [...document.querySelectorAll(".js-plotly-plot")].find((g) =>
  g.data && g.data.some((t) => t.meta === "price"))"""
RANGE = f"() => JSON.stringify(({CHART})().layout.xaxis.range)"
PRICE_LINE = f"() => ({CHART})().layout.shapes.find((s) => s.name === 'price').y0"
OLD_PRICE = f"""async () => {{
  const graph = ({CHART})();
  const at = graph.data.findIndex((t) => t.meta === "price");
  const close = Array.from(graph.data[at].close);
  close[close.length - 1] = 1;
  await Plotly.restyle(graph, {{ close: [close] }}, [at]);
}}"""


def wait_for(page: object, script: str) -> None:
    page.wait_for_function(script, timeout=15_000)  # type: ignore[attr-defined]


class TestInPlace:
    def test_marked_values_are_written_and_unknown_marks_left_alone(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.evaluate(MARK)
        wait_for(page, "() => document.getElementById('mark-NVDA-price').textContent !== '…'")
        read = lambda key: page.inner_text(f"#mark-{key}")  # noqa: E731
        assert read("SPY-price").startswith("59")
        assert read("SPY-change-pct").startswith("\u2212")
        assert read("SPY-distance-50-DMA").endswith("%")
        assert read("SPY-status-50-DMA")[0] in "●▲△◐✕▽▼○"
        assert "chip" in page.get_attribute("#mark-SPY-status-50-DMA", "class")
        assert read("SPY-nonsense") == "…"
        assert read("SPY-distance-7-DMA") == "…"

    def test_the_last_candle_moves_and_the_zoom_stays(self, visit: Visits) -> None:
        page = visit().open("/supports?symbol=SPY")
        wait_for(page, "() => document.querySelector('.page:not([hidden]) .js-plotly-plot')")
        page.wait_for_timeout(500)
        # No repaint by the server meanwhile: what moves the candle then is the feed.
        page.route("**/_dash-update-component*", lambda route: None)
        page.evaluate(
            f"""async () => Plotly.relayout(({CHART})(),
                  {{ "xaxis.range": ["2024-12-02", "2025-01-28"] }})"""
        )
        zoomed = page.evaluate(RANGE)
        page.evaluate(OLD_PRICE)
        wait_for(page, f"() => ({CHART})().data.find((t) => t.meta === 'price').close.at(-1) > 500")
        assert page.evaluate(RANGE) == zoomed
        assert page.evaluate(PRICE_LINE) > 500


class TestConnection:
    def test_a_lost_connection_is_said_and_it_comes_back(self, visit: Visits) -> None:
        opened = visit(expect_log="Failed to load resource")
        page = opened.open("/definitions")
        wait_for(page, "() => holdline.live.snapshot !== null")
        page.route("**/live.json*", lambda route: route.abort())
        page.wait_for_selector("#live-lost:not([hidden])", timeout=15_000)
        assert page.inner_text("#live-lost").startswith("STALE · connection lost since ")
        height = page.evaluate("document.querySelector('.strip').offsetHeight")
        page.unroute("**/live.json*")
        page.wait_for_selector("#live-lost", state="hidden", timeout=30_000)
        assert page.evaluate("document.querySelector('.strip').offsetHeight") == height

    def test_on_a_past_date_nothing_is_asked(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/definitions?as_of=2025-01-24")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_timeout(2500)
        assert not [url for url in asked if "live.json" in url]


class TestManyWindows:
    def test_two_polls_wait_at_the_most_for_the_rest_of_the_connections_are_for_panels(
        self, visit: Visits
    ) -> None:
        opened = visit()
        windows = [opened.open("/definitions")]
        for _ in range(3):
            windows.append(opened.page.context.new_page())
            windows[-1].goto(opened.url + "/definitions")
        under_way: set[object] = set()
        most, asked = 0, 0

        def begun(request: Any) -> None:
            nonlocal most, asked
            if "wait=1" in request.url:
                asked += 1
                under_way.add(request)
                most = max(most, len(under_way))

        def over(request: Any) -> None:
            under_way.discard(request)

        for page in windows:
            page.on("request", begun)
            page.on("requestfinished", over)
            page.on("requestfailed", over)
        windows[0].wait_for_timeout(6000)
        assert asked > 4
        assert most == 2
