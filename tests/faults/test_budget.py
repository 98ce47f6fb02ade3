"""Requests that Yahoo is sent for what is on the screens, counted by a loopback server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote as escaped

import pytest

from analytics.model.listings import VIX, group, ten_largest
from analytics.studies.overnight.instruments import MARKETS
from components.frame import panels
from tests.support.builders import MONDAY
from tests.support.fault_stage import (
    MARKET,
    YahooStage,
    chart_of,
    quote_of,
    said,
    yahoo_stage,
)
from tests.support.loopback.server import Fault
from tests.support.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning:(yfinance|pandas)")

COLD, A_MINUTE = 30, 4
BULK = "/v7/finance/quote"
MINUTES = "/v8/finance/chart/SPY"
"""Of the symbol whose day is drawn, once a minute; a chart's path is that of its days as well."""
TUESDAY = MONDAY + dt.timedelta(days=1)
SYMBOLS = tuple(dict.fromkeys((*MARKET, *ten_largest(MONDAY).symbols, "TEST")))


def tell(stage: YahooStage) -> None:
    """Have the server know every symbol as of the stage's clock."""
    for symbol in SYMBOLS:
        key = f"chart/{symbol.replace('^', '%5E')}"
        stage.server.bodies[key] = chart_of(symbol, stage.clock.time)
        stage.server.quotes[symbol] = quote_of(symbol, stage.clock.time)


@pytest.fixture
def stage() -> Iterator[YahooStage]:
    with yahoo_stage() as staged:
        tell(staged)
        yield staged


def look(stage: YahooStage, page: str = "market") -> None:
    """Every panel of a page once, as a viewer who has nothing yet."""
    for name in stage.panels:
        if name.startswith(f"{page}/"):
            stage.see(name)
    stage.settled()


def a_minute_later(stage: YahooStage) -> None:
    stage.clock.advance(seconds=61)
    for quote in stage.server.quotes.values():
        quote["regularMarketTime"] = int(stage.clock.time.timestamp())


def test_market_now_cold(stage: YahooStage) -> None:
    look(stage)
    assert len(stage.server.requests) <= COLD
    whole_history, minutes = 1, 1  # of SPY: how its level held, and its day
    shown = len(SYMBOLS) - len(("TEST",))
    assert stage.server.count("/chart/") == shown + whole_history + minutes
    assert stage.server.count("/options/") == 0


OVERNIGHT = tuple(market.symbol for market in MARKETS if market.symbol != VIX)


def with_overnight(stage: YahooStage, *, without: str = "") -> None:
    """Have the server know the markets that trade overnight, but one."""
    for symbol in OVERNIGHT:
        if symbol != without:
            stage.server.bodies[f"chart/{escaped(symbol, safe='=')}"] = chart_of(
                symbol, stage.clock.time
            )
            stage.server.quotes[symbol] = quote_of(symbol, stage.clock.time)


def test_overnight_markets_are_asked_for_only_while_they_are_shown(stage: YahooStage) -> None:
    with_overnight(stage)
    look(stage)
    sent = len(stage.server.requests)
    asked = {path.partition("?")[0].rpartition("/")[2] for _, path in stage.server.requests}
    assert not asked & {escaped(symbol, safe="=") for symbol in OVERNIGHT}
    stage.see("market/overnight", overnight="on")
    stage.settled()
    charts = [path for _, path in stage.server.requests[sent:] if "/chart/" in path]
    assert len(charts) == len(OVERNIGHT)
    for _ in range(3):
        sent = len(stage.server.requests)
        a_minute_later(stage)
        look(stage)
        stage.see("market/overnight", overnight="on")
        stage.settled()
        paths = [path.partition("?")[0] for _, path in stage.server.requests[sent:]]
        assert sorted(paths) == [BULK, MINUTES]


def test_an_overnight_market_that_yahoo_does_not_know_is_named(stage: YahooStage) -> None:
    with_overnight(stage, without="DX-Y.NYB")
    shown = said(stage.see("market/overnight", overnight="on"))
    assert "DX-Y.NYB" in shown
    assert "Gold" in shown


def test_an_open_page_costs_one_bulk_call_and_its_minutes_a_minute(stage: YahooStage) -> None:
    look(stage)
    for _ in range(5):
        sent = len(stage.server.requests)
        a_minute_later(stage)
        look(stage)
        paths = [path.partition("?")[0] for _, path in stage.server.requests[sent:]]
        assert sorted(paths) == [BULK, MINUTES]


def test_many_viewers_cost_no_more_than_one(stage: YahooStage) -> None:
    names = [name for name in stage.panels if name.startswith("market/")]

    def visit(number: int) -> None:
        panels.build_payload({}, None, *stage.panels[names[number % len(names)]])

    with ThreadPoolExecutor(40) as viewers:
        list(viewers.map(visit, range(120)))
        stage.settled()
        assert len(stage.server.requests) <= COLD
        for _ in range(2):
            sent = len(stage.server.requests)
            a_minute_later(stage)
            for _ in range(2):
                list(viewers.map(visit, range(120)))
                stage.settled()
            assert len(stage.server.requests) - sent <= A_MINUTE


def test_what_is_shown_follows_the_quotes(stage: YahooStage) -> None:
    stage.see("supports/price", symbol="TEST")
    charts = stage.server.count("/chart/TEST")
    a_minute_later(stage)
    quote = stage.server.quotes["TEST"]
    quote["regularMarketPrice"] = quote["regularMarketDayHigh"]
    stage.see("supports/price", symbol="TEST")  # served, and refreshed behind
    stage.settled()
    shown = stage.see("supports/price", symbol="TEST")
    assert f"{quote['regularMarketPrice']:.2f}" in str(shown["figure"]) + shown["title"]
    minutes = 1
    assert stage.server.count("/chart/TEST") == charts + minutes


def test_a_quote_that_does_not_fit_costs_one_chart_of_each_span(stage: YahooStage) -> None:
    look(stage)
    a_minute_later(stage)
    stage.server.quotes["SPY"]["regularMarketPrice"] *= 100
    sent = len(stage.server.requests)
    look(stage)
    paths = [path.partition("?")[0] for _, path in stage.server.requests[sent:]]
    spans = 2
    assert sorted(paths) == [BULK, *["/v8/finance/chart/SPY"] * spans, MINUTES]


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.HTML_500, Fault.EMPTY_OBJECT])
def test_without_quotes_charts_go_on_at_a_third_of_the_pace(
    stage: YahooStage, fault: Fault
) -> None:
    stage.server.crumb_status = 429
    stage.server.fault, stage.server.only = fault, "/v7/finance/quote"
    look(stage)
    charts = stage.server.count("/chart/")
    for _ in range(3):
        a_minute_later(stage)
        look(stage)
        shown = stage.see("market/indices")
        assert shown["badge"]["freshness"] == "DELAYED"
    minutes = 3
    assert charts < stage.server.count("/chart/") <= 2 * charts + minutes


def test_a_new_session_fetches_each_history_once(stage: YahooStage) -> None:
    look(stage)
    charts = stage.server.count("/chart/")
    stage.clock.advance(hours=21, minutes=45)  # Tuesday, 09:46
    for symbol in SYMBOLS:
        key = f"chart/{symbol.replace('^', '%5E')}"
        stage.server.bodies[key] = chart_of(symbol, stage.clock.time, day=TUESDAY)
        stage.server.quotes[symbol] = quote_of(symbol, stage.clock.time, day=TUESDAY)
    look(stage)
    shown = stage.see("market/indices")
    assert "no bar of" not in str(shown)
    look(stage)
    assert stage.server.count("/chart/") == 2 * charts


def test_a_scan_of_an_index_is_within_the_budget(stage: YahooStage) -> None:
    """Each name's bars once a session; then quotes, 250 names a call, once a minute."""
    names = group("sp500", MONDAY).symbols
    body, entry = chart_of("TEST", stage.clock.time), quote_of("TEST", stage.clock.time)
    for name in names:
        stage.server.bodies[f"chart/{name}"] = body.replace(b"TEST", name.encode())
        stage.server.quotes[name] = {**entry, "symbol": name}

    def looked() -> int:
        loading = stage.see("scan/rows").get("loading")
        return 0 if loading is None else int(loading[1] - loading[0])

    sent = len(stage.server.requests)
    until(lambda: looked() == 0, seconds=60)
    stage.settled()
    charts = [path for _, path in stage.server.requests[sent:] if "/chart/" in path]
    assert len(charts) == len(names) + 1  # and the benchmark
    for _ in range(3):
        sent = len(stage.server.requests)
        a_minute_later(stage)
        looked()
        stage.settled()
        looked()
        stage.settled()
        assert len(stage.server.requests) - sent <= A_MINUTE
        assert not [path for _, path in stage.server.requests[sent:] if "/chart/" in path]
