"""The source fails: the last good result as STALE with its age and reason, or the clear card.

Through yfinance and a server on this machine up to the panel as a viewer gets it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from curl_cffi import CurlECode
from curl_cffi.requests.exceptions import ConnectionError as Refused
from curl_cffi.requests.exceptions import ConnectTimeout, DNSError

from components.frame import panels
from tests.support.fault_stage import MARKET, YahooStage, chart_of, said, threads, yahoo_stage
from tests.support.loopback import bodies
from tests.support.loopback.server import Fault
from tests.support.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning:(yfinance|pandas)")

SERVED = {
    Fault.LIMITED: "Yahoo is limiting requests; next try in 60 s.",
    Fault.HTML_500: "Yahoo has a fault of its own (HTTP 500).",
    Fault.JSON_503: "Yahoo has a fault of its own (HTTP 503).",
    Fault.CUT_BODY: "Yahoo's answer was cut off on the way.",
    Fault.CUT_JSON: "Yahoo's answer was cut off or is not JSON.",
    Fault.CONSENT: "Yahoo asks for its consent page to be accepted first.",
}
SLOW = (Fault.HANG, Fault.DRIP)
NETWORK = {
    "refused": (
        Refused("Failed to connect", CurlECode.COULDNT_CONNECT),
        "Yahoo could not be reached",
    ),
    "connect-time-out": (
        ConnectTimeout("Connection timed out", CurlECode.OPERATION_TIMEDOUT),
        "Yahoo did not answer within",
    ),
    "dns": (
        DNSError("Could not resolve host", CurlECode.COULDNT_RESOLVE_HOST),
        "Yahoo's address could not be looked up",
    ),
}


@pytest.fixture
def stage() -> Iterator[YahooStage]:
    with yahoo_stage() as staged:
        yield staged


def shows_last_good(stage: YahooStage, before: dict[str, object], reason: str) -> None:
    """TEST's chart is the one from before, STALE, with reason and age; SPY's is untouched.

    Today's minutes beside the days are left out where the source says that there are none.
    """
    shown = stage.see("supports/price", symbol="TEST")
    assert shown["badge"] == {"freshness": "STALE", "text": "STALE since 12:00 EST"}
    assert reason in shown["subtitle"]
    assert "Shown: data fetched 11 minutes ago." in shown["subtitle"]
    assert (shown["title"], shown["absence"]) == (before["title"], None)
    assert days_of(shown["figure"]) == days_of(before["figure"])


def days_of(figure: Any) -> list[tuple[str, Any]]:
    """What is drawn on the axis of days, by name: candles, volume and averages."""
    return [
        (trace["name"], {k: v for k, v in trace.items() if k not in ("xaxis", "yaxis")})
        for trace in figure["data"]
        if trace.get("xaxis", "x") == "x"
    ]


def shows_card(stage: YahooStage, reason: str, freshness: str = "ERROR") -> None:
    shown = stage.see("supports/price", symbol="TEST")
    assert shown["badge"]["freshness"] == freshness
    assert shown["absence"].startswith(reason)
    assert (shown["figure"], shown["body"]) == (None, None)
    assert "delisted" not in said(shown)


def others_are_untouched(stage: YahooStage) -> None:
    others = stage.see("market/indices")
    assert others["badge"] == {"freshness": "DELAYED", "text": "DELAYED 15 min"}
    assert others["absence"] is None


class TestWarm:
    @pytest.mark.parametrize("fault", SERVED, ids=lambda fault: fault.name)
    def test_served(self, stage: YahooStage, fault: Fault) -> None:
        before = stage.see("supports/price", symbol="TEST")
        stage.lead_time()
        others_are_untouched(stage)
        stage.server.fault, stage.server.only = fault, "chart/TEST"
        shows_last_good(stage, before, SERVED[fault])
        others_are_untouched(stage)

    @pytest.mark.parametrize("fault", NETWORK)
    def test_network(self, stage: YahooStage, fault: str) -> None:
        before = stage.see("supports/price", symbol="TEST")
        stage.lead_time()
        stage.line.error, reason = NETWORK[fault]
        shows_last_good(stage, before, reason)

    def test_it_recovers(self, stage: YahooStage) -> None:
        before = stage.see("supports/price", symbol="TEST")
        stage.lead_time()
        stage.server.fault = Fault.LIMITED
        shows_last_good(stage, before, SERVED[Fault.LIMITED])
        stage.server.fault = None
        stage.clock.advance(minutes=3)
        assert stage.see("supports/price", symbol="TEST")["badge"]["freshness"] == "DELAYED"


class TestCold:
    @pytest.mark.parametrize("fault", SERVED, ids=lambda fault: fault.name)
    def test_served(self, stage: YahooStage, fault: Fault) -> None:
        others_are_untouched(stage)
        stage.server.fault, stage.server.only = fault, "chart/TEST"
        shows_card(stage, SERVED[fault])
        others_are_untouched(stage)

    @pytest.mark.parametrize("fault", NETWORK)
    def test_network(self, stage: YahooStage, fault: str) -> None:
        stage.line.error, reason = NETWORK[fault]
        shows_card(stage, reason)


class TestSlow:
    """A worker is freed at its deadline, and the provider's answer is still under way then."""

    @pytest.mark.parametrize("fault", SLOW, ids=lambda fault: fault.name)
    def test_cold(self, fault: Fault) -> None:
        with yahoo_stage(deadline_seconds=0.3) as stage:
            others_are_untouched(stage)
            stage.server.fault, stage.server.only = fault, "chart/TEST"
            shows_card(stage, "No answer within 0.3 s")
            assert any(t.name.startswith("fetch Yahoo|bars|TEST") for t in threads())
            others_are_untouched(stage)

    @pytest.mark.parametrize("fault", SLOW, ids=lambda fault: fault.name)
    def test_warm(self, fault: Fault) -> None:
        with yahoo_stage() as stage:
            before = stage.see("supports/price", symbol="TEST")
            stage.lead_time()
            others_are_untouched(stage)
            stage.desk._gatherer._deadline = 0.3
            stage.server.fault, stage.server.only = fault, "chart/TEST"
            shows_last_good(stage, before, "no answer within 0.3 s")
            assert any(t.name.startswith("fetch Yahoo|bars|TEST") for t in threads())
            others_are_untouched(stage)


class TestEmpty:
    def test_a_known_symbol_cold(self, stage: YahooStage) -> None:
        stage.server.bodies["chart/TEST"] = bodies.empty_chart()
        shows_card(stage, "Yahoo has no daily bars of TEST in that span.", "NO DATA")
        others_are_untouched(stage)

    def test_a_known_symbol_warm(self, stage: YahooStage) -> None:
        before = stage.see("supports/price", symbol="TEST")
        stage.lead_time()
        stage.server.bodies["chart/TEST"] = bodies.empty_chart()
        shows_last_good(stage, before, "Yahoo has no daily bars of TEST in that span.")
        others_are_untouched(stage)

    def test_an_unknown_symbol_is_asked_for_once(self, stage: YahooStage) -> None:
        for _ in range(3):
            shown = stage.see("supports/price", symbol="NOPE")
            assert shown["badge"]["freshness"] == "NO DATA"
            assert "does not know" in shown["absence"]
        assert stage.server.count("chart/NOPE") == 1

    def test_a_delisted_symbol_is_told_by_its_last_bar(self, stage: YahooStage) -> None:
        stage.server.bodies["chart/GONE"] = bodies.chart([("2023-05-01", 5.0), ("2023-05-02", 3.0)])
        shown = stage.see("supports/price", symbol="GONE")
        assert shown["badge"]["freshness"] == "NO DATA"
        assert shown["absence"] == "GONE: no bar of 2025-01-27 (its newest is of 2023-05-02)."

    def test_one_of_eleven_sectors(self, stage: YahooStage) -> None:
        stage.server.bodies["chart/XLK"] = bodies.empty_chart()
        shown = stage.see("sectors/ranking")
        assert "of 10 sectors" in shown["title"]
        assert "XLK" in said(shown)
        assert shown["absence"] is None
        assert shown["badge"]["freshness"] == "DELAYED"


class TestAnotherSymbolsAnswer:
    """A cache or a proxy on the way mixes answers up, or the ticker has a new name."""

    REASON = "is an answer about ZZZ: it is not used."

    def test_cold(self, stage: YahooStage) -> None:
        rows = [("2025-01-24", 500.0), ("2025-01-27", 500.0)]
        stage.server.bodies["chart/TEST"] = bodies.chart(rows, symbol="ZZZ")
        shown = stage.see("supports/price", symbol="TEST")
        assert self.REASON in shown["absence"]
        assert "500" not in said(shown)
        others_are_untouched(stage)

    def test_warm(self, stage: YahooStage) -> None:
        before = stage.see("supports/price", symbol="TEST")
        stage.lead_time()
        rows = [("2025-01-24", 500.0), ("2025-01-27", 500.0)]
        stage.server.bodies["chart/TEST"] = bodies.chart(rows, symbol="ZZZ")
        shows_last_good(stage, before, self.REASON)


class TestManyViewers:
    def test_300_cold_viewers_at_the_open_make_one_call_a_symbol(self, stage: YahooStage) -> None:
        stage.clock.time = stage.clock.time.replace(hour=14, minute=30)
        for symbol in MARKET:
            stage.server.bodies[f"chart/{symbol}"] = chart_of(symbol, stage.clock.time)
        together = threading.Barrier(300)

        def visit(_: int) -> str:
            together.wait(30)
            payload = panels.build_payload({}, None, *stage.panels["market/indices"])
            return "" if payload is None else payload["title"]

        with ThreadPoolExecutor(300) as viewers:
            titles = set(viewers.map(visit, range(300)))
        assert len(titles) == 1
        assert "50\u2011DMA" in titles.pop()
        minutes = {"SPY": 1}  # of the symbol in focus: when it last crossed its level
        for symbol in ("SPY", "QQQ", "DIA", "IWM"):
            assert stage.server.count(f"chart/{symbol}") == 1 + minutes.get(symbol, 0)

    def test_300_viewers_of_a_refusing_source_make_one_call(self, stage: YahooStage) -> None:
        stage.server.fault, stage.server.only = Fault.LIMITED, "chart/"
        with ThreadPoolExecutor(300) as viewers:
            shown = list(viewers.map(lambda _: stage.see("market/indices"), range(300)))
        assert {payload["badge"]["freshness"] for payload in shown} == {"ERROR"}
        assert all("limiting requests" in payload["absence"] for payload in shown)
        # those of other symbols that were on the way when the first refusal came may arrive
        assert stage.server.count("chart/") <= len(("SPY", "QQQ", "DIA", "IWM"))


def test_a_refresh_behind_never_shows_its_failure_before_there_is_one(stage: YahooStage) -> None:
    stage.see("supports/price", symbol="TEST")
    stage.clock.advance(minutes=2)  # past the soft expiry: served, and refreshed behind
    stage.server.fault, stage.server.only = Fault.HTML_500, "chart/TEST"
    sent = stage.server.count("chart/TEST")
    stage.see("supports/price", symbol="TEST")
    until(lambda: stage.server.count("chart/TEST") > sent)
    stage.settled()
    shown = stage.see("supports/price", symbol="TEST")
    assert shown["badge"]["freshness"] == "STALE"
    assert "Shown: data fetched 2 minutes ago." in shown["subtitle"]
