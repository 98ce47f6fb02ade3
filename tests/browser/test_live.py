"""Live values in a real browser: in place, zoom kept, and a connection that goes and comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from analytics.model.quotation import Quotation
from tests.browser.conftest import Visit, heard_until

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

        def read(key: str) -> str:
            text: str = page.inner_text(f"#mark-{key}")
            return text

        assert read("SPY-price").startswith("59")
        assert read("SPY-change-pct").startswith("\u2212")
        assert read("SPY-distance-50-DMA").endswith("%")
        assert read("SPY-status-50-DMA")[0] in "●▲△◐✕▽▼○"
        assert "chip" in (page.get_attribute("#mark-SPY-status-50-DMA", "class") or "")
        assert read("SPY-nonsense") == "…"
        assert read("SPY-distance-7-DMA") == "…"

    def test_a_live_price_is_written_as_the_server_writes_it(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        quotations = [Quotation("GBp", 1), Quotation("JPY", 0), Quotation("", 5), Quotation("HKD")]
        cases = [(price, by) for by in quotations for price in (490.2, 1.042314, 39565.8, 0.00115)]
        shown = page.evaluate(
            "(cases) => cases.map(([value, quote]) => holdline.write(value, quote))",
            [
                [price, {"decimals": by.decimals, "prefix": by.prefix, "suffix": by.suffix}]
                for price, by in cases
            ],
        )
        assert shown == [by.text(price) for price, by in cases]

    def test_the_last_candle_moves_and_the_zoom_stays(self, visit: Visits) -> None:
        opened = visit()
        page = opened.open("/supports?symbol=SPY")
        wait_for(page, "() => document.querySelector('.page:not([hidden]) .js-plotly-plot')")
        opened.settle()
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


STRIP_PRICE = "document.querySelector('#strip [data-live=\"SPY.price\"]')"


class Server:
    """Stands in for ``/live.json``: answers what it is set to, and counts the answers."""

    def __init__(self, page: Any) -> None:
        self.answers = 0
        self._page = page
        self.body: dict[str, Any] = page.evaluate(
            "async () => (await fetch('/live.json?symbols=NVDA')).json()"
        )
        self.body["sequence"] += 1_000_000
        page.route("**/live.json*", self._answer)

    def _answer(self, route: Any) -> None:
        self.answers += 1
        route.fulfill(json=self.body)

    def say(
        self, price: float, *, sequence: int = 0, spy: dict[str, Any] | None = None, **more: Any
    ) -> None:
        """Answer with SPY at ``price`` from now on, and wait until the page has heard it twice."""
        quote = {**self.body["quotes"]["SPY"], "price": price, **(spy or {})}
        self.body = {
            **self.body,
            "sequence": self.body["sequence"] + sequence,
            "quotes": {**self.body["quotes"], "SPY": quote},
            **more,
        }
        heard = self.answers + 2  # the first may have been under way with what it said before
        heard_until(self._page, lambda: self.answers > heard)


class TestOlderSnapshots:
    """Two workers answer one page: the slower one's older prices must not put newer ones back."""

    def shown(self, page: Any) -> str:
        text: str = page.inner_text("#mark-SPY-price")
        return text

    def test_of_one_leader_an_older_sequence_is_not_taken(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.evaluate(MARK)
        server = Server(page)
        server.say(700.25, sequence=10)
        assert self.shown(page) == "700.25"
        server.say(1.5, sequence=-5)
        assert self.shown(page) == "700.25"
        assert page.evaluate("holdline.live.snapshot.quotes.SPY.price") == 700.25
        server.say(701.5, sequence=6)
        assert self.shown(page) == "701.50"

    def test_of_a_real_market_the_time_tells_between_two_leaders(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.evaluate(MARK)
        server = Server(page)
        server.say(700.25, sequence=10, speed=None, at="2025-01-27T19:00:00Z")
        server.say(1.5, sequence=-5, epoch="before", at="2025-01-27T18:59:59Z")
        assert self.shown(page) == "700.25"
        server.say(702.5, epoch="after", at="2025-01-27T19:00:01Z")
        assert self.shown(page) == "702.50"

    def test_a_simulated_day_that_another_process_begins_is_taken(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.evaluate(MARK)
        server = Server(page)
        server.say(700.25, sequence=10)
        server.say(596.5, sequence=-900, epoch="after", at="2025-01-27T14:30:00Z")
        assert self.shown(page) == "596.50"


NOTE_CHANGES = """() => {
  window.noted = { digits: [], flashes: [], said: [] };
  const { add } = Highlight.prototype;
  Highlight.prototype.add = function (range) {
    noted.digits.push(range.startContainer.data.slice(range.startOffset, range.endOffset));
    return add.call(this, range);
  };
  const { animate } = Element.prototype;
  Element.prototype.animate = function (frames, how) {
    noted.flashes.push([this.dataset.live, how.duration]);
    return animate.call(this, frames, how);
  };
  const region = document.getElementById("status-said");
  new MutationObserver(() => noted.said.push(region.textContent))
    .observe(region, { subtree: true, childList: true, characterData: true });
}"""


class TestChanges:
    def test_a_tick_tints_digits_and_a_status_flashes_and_is_said_once(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.evaluate(MARK)
        server = Server(page)

        def levels(status: str) -> dict[str, Any]:
            known = server.body["quotes"]["SPY"]["levels"]
            return {"levels": {**known, "50-DMA": {**known["50-DMA"], "status": status}}}

        server.say(700.25, sequence=1, spy=levels("testing"))
        page.evaluate(NOTE_CHANGES)
        server.say(700.31, sequence=1)
        assert set(page.evaluate("noted.digits")) == {"31"}
        assert page.evaluate("noted.flashes") == page.evaluate("noted.said") == []
        server.say(700.31, sequence=1, spy=levels("broken"))
        server.say(700.31, sequence=1)
        assert page.evaluate("noted.flashes") == [["SPY.status:50-DMA", 2000]]
        assert page.evaluate("noted.said") == ["SPY: 50-DMA broken."]
        assert set(page.evaluate("noted.digits")) == {"31"}

    def test_nothing_moves_where_the_viewer_wants_no_motion(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.emulate_media(reduced_motion="reduce")
        page.evaluate(MARK)
        server = Server(page)
        server.say(700.25, sequence=1)
        page.evaluate(NOTE_CHANGES)
        server.say(700.31, sequence=1)
        wait_for(page, "() => document.querySelector('#mark-SPY-price').textContent === '700.31'")
        assert page.evaluate("noted.digits") == page.evaluate("noted.flashes") == []


class TestAnswers:
    def test_an_answer_drawn_before_a_tick_does_not_put_its_digits_back(
        self, visit: Visits
    ) -> None:
        page = visit().open("/definitions")
        server = Server(page)
        server.say(700.25, sequence=10)
        wait_for(page, f"() => {STRIP_PRICE}.textContent === '700.25'")
        page.evaluate(
            f"""() => {{ window.written = [];
              new MutationObserver(() => written.push({STRIP_PRICE}.textContent))
                .observe(document.getElementById('strip'),
                  {{ subtree: true, childList: true, characterData: true }}); }}"""
        )
        answered: list[str] = []

        def note(request: Any) -> None:
            if '"answer-strip' in (request.post_data or ""):
                answered.append(request.url)

        page.on("requestfinished", note)
        heard_until(page, lambda: len(answered) >= 3)
        server.say(701.5, sequence=1)
        wait_for(page, f"() => {STRIP_PRICE}.textContent === '701.50'")
        assert set(page.evaluate("written")) <= {"700.25", "701.50"}


class TestWithheld:
    def test_levels_are_blank_with_the_reason_and_come_back(self, visit: Visits) -> None:
        page = visit().open("/definitions")
        page.evaluate(MARK)
        server = Server(page)
        levels = server.body["quotes"]["SPY"]["levels"]
        why = "the quote's previous close is 590.21, its bars' 607.97"
        server.say(600.0, sequence=1, spy={"levels": {}, "withheld": why})
        nothing = page.evaluate("holdline.write(null, {})")
        for mark in ("#mark-SPY-status-50-DMA", "#mark-SPY-distance-50-DMA"):
            assert (page.inner_text(mark), page.get_attribute(mark, "title")) == (nothing, why)
        assert page.get_attribute("#mark-SPY-status-50-DMA", "class") == "chip"
        assert page.inner_text("#mark-SPY-price") == "600.00"
        server.say(600.0, sequence=1, spy={"levels": levels, "withheld": None})
        assert page.inner_text("#mark-SPY-distance-50-DMA").endswith("%")
        assert page.get_attribute("#mark-SPY-distance-50-DMA", "title") is None

    def test_no_candle_is_drawn_of_a_price_in_other_shares(self, visit: Visits) -> None:
        page = visit().open("/supports?symbol=SPY")
        wait_for(page, "() => document.querySelector('.page:not([hidden]) .js-plotly-plot')")
        server = Server(page)
        page.route("**/_dash-update-component*", lambda route: None)
        close = f"() => ({CHART})().data.find((t) => t.meta === 'price').close.at(-1)"
        server.say(588.25, sequence=1)
        wait_for(page, f"() => ({close})() === 588.25")
        server.say(150.0, sequence=1, spy={"levels": {}, "withheld": "in other shares"})
        assert page.evaluate(close) == 588.25
        server.say(589.5, sequence=1, spy={"withheld": None})
        wait_for(page, f"() => ({close})() === 589.5")


class TestConnection:
    def test_a_lost_connection_is_said_and_it_comes_back(self, visit: Visits) -> None:
        opened = visit(expect_log="Failed to load resource")
        page = opened.open("/definitions")
        wait_for(page, "() => holdline.live.snapshot !== null")
        page.route("**/live.json*", lambda route: route.abort())
        page.wait_for_selector("#live-lost:not([hidden])", timeout=15_000)
        assert page.inner_text("#live-lost").startswith("STALE · connection lost since ")
        expect(page.locator(".strip .health-open .badge")).to_be_hidden()
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
        heard_until(windows[0], lambda: asked > 12)
        assert most == 2
