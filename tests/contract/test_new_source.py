"""A provider written as the README says: one class, one line in the registry, and all the rest.

A small remote source with a quote call and a stream gets the disk cache, the live feed, the day's
log, level calls and alerts, and its name on the page, without an edit anywhere else.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import app as holdline
from analytics.__main__ import main
from analytics.alerts.model import LOCAL
from analytics.alerts.rules import parse_rule
from analytics.assembly import open_alerts, open_desk, open_feed
from analytics.cache.disk_backend import DiskBackend
from analytics.desk.desk import Desk
from analytics.model.question import Symbol
from analytics.model.vocabulary import (
    BadInput,
    NotAvailable,
    Quote,
    QuoteBatch,
    SourceFailure,
    SymbolNotFound,
)
from analytics.settings import Settings
from analytics.settings_reader import load_settings
from analytics.sources import registry
from analytics.sources.base import Capabilities, Connection, RawBars, Source
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from analytics.watch.day_log import LEVEL_LOG, LevelLogParameters
from tests.support.builders import MONDAY, MONDAY_NOON, make_frame
from tests.support.waiting import until

CLOSES = [100.0] * 258 + [101.0, 100.5]
"""Up to Monday noon: the 50-DMA is 100.03."""

MINUTE = dt.timedelta(minutes=1)
LOST = 98.0


class SmallStream:
    """Sends SPY at 100.5, and then under its 50-DMA, a price at each call."""

    def __init__(self) -> None:
        self.ticks = 0
        self.falls = threading.Event()

    def follow(self, symbols: frozenset[str]) -> None: ...

    def receive(self, seconds: float) -> QuoteBatch | None:
        threading.Event().wait(0.02)
        self.ticks += 1
        price = LOST if self.falls.is_set() else 100.5
        time = MONDAY_NOON + dt.timedelta(milliseconds=self.ticks)
        return QuoteBatch((Quote("SPY", price, time, 101.0, 101.2, min(price, 100.2)),))

    def close(self) -> None: ...


class SmallSource(Source):
    """Monday 27 January 2025 a minute after noon, New York, over a network that can go down."""

    name = "Small"
    capabilities = Capabilities(
        remote=True, delay_minutes=0, refresh_seconds=30.0, bars=True, quotes=True, stream=True
    )
    down = False
    streams = True
    opened: SmallStream

    def __init__(self) -> None:
        type(self).opened = SmallStream()

    def now(self) -> dt.datetime:
        return MONDAY_NOON + MINUTE

    def bars(self, symbol: str, start: dt.date | None, upto: dt.date | None = None) -> RawBars:
        if self.down:
            raise SourceFailure("Small does not answer.")
        if symbol not in ("SPY", "QQQ"):
            raise SymbolNotFound(f"Small does not know {symbol}.")
        return RawBars(symbol, make_frame(CLOSES, MONDAY), MONDAY_NOON, last_complete=False)

    def quotes(self, symbols: tuple[str, ...]) -> tuple[Quote, ...]:
        return (Quote("QQQ", 99.0, MONDAY_NOON, 100.0, 100.2, 98.5),)

    def stream(self, symbols: frozenset[str]) -> Connection:
        if not self.streams:
            raise SourceFailure("Small's stream does not open.")
        return self.opened


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setitem(registry.SOURCES, "small", SmallSource)
    return load_settings(["--source", "small"], {"HOLDLINE_HOME": str(tmp_path)})


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    opened = open_desk(settings)
    yield opened
    opened.close()


SPY = SupportsParameters(Symbol("SPY"))


class TestRegistry:
    def test_it_is_opened_by_its_name(self, desk: Desk) -> None:
        assert isinstance(desk.source, SmallSource)

    def test_its_name_is_among_those_accepted(self, settings: Settings) -> None:
        with pytest.raises(BadInput, match="accepted are auto, yahoo, demo, files, small"):
            load_settings(["--source", "smal"], {})

    def test_auto_takes_the_first_that_can_be_reached(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(registry, "AUTO_ORDER", ("small", "demo"))
        automatic = replace(settings, source="auto")
        first = open_desk(automatic)
        monkeypatch.setattr(SmallSource, "reachable", lambda self, seconds: False)
        second = open_desk(automatic)
        try:
            assert [first.source.name, second.source.name] == ["Small", "Simulator"]
            assert "Small cannot be reached: Simulator stands in." in caplog.text
        finally:
            first.close()
            second.close()


class TestInTheShell:
    def test_it_answers_by_its_name(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["supports", "SPY", "--source", "small", "--json"]) == 0
        got = json.loads(capsys.readouterr().out)
        assert (got["price"], got["provenance"]["source"]) == (100.5, "Small")

    def test_as_of_a_date_nothing_later_is_seen(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Although the source gives it: Friday closed at 101, Monday trades at 100.5."""
        words = ["supports", "SPY", "--source", "small", "--as-of", "2025-01-24", "--json"]
        assert main(words) == 0
        got = json.loads(capsys.readouterr().out)
        assert (got["price"], got["session"]) == (101.0, "2025-01-24")


class TestCapabilities:
    def test_a_capability_without_its_method_is_refused(self) -> None:
        with pytest.raises(TypeError, match="lacks the method 'quotes' and states 'quotes'"):

            class Promises(Source):
                name = "Promises"
                capabilities = Capabilities(remote=True, quotes=True)

    def test_a_method_without_its_capability_is_refused(self) -> None:
        with pytest.raises(TypeError, match="has the method 'minutes' and does not state"):

            class Hides(Source):
                name = "Hides"
                capabilities = Capabilities(remote=True)

                def minutes(self, symbol: str, session: dt.date) -> RawBars:
                    raise NotAvailable("none")

    def test_what_it_lacks_is_said_by_name(self) -> None:
        source = SmallSource()
        for asked, given in (
            (source.minutes, ("SPY", MONDAY)),
            (source.chain, ("SPY", None)),
            (source.quarters, ("SPY",)),
            (source.events, ("SPY",)),
            (source.agenda, (MONDAY, MONDAY)),
        ):
            with pytest.raises(NotAvailable, match="Small has no "):
                asked(*given)


class TestCache:
    def test_its_answers_outlive_the_process(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        on_disk = partial(DiskBackend, allow_temporary=True)  # pytest's folders are under /tmp
        monkeypatch.setattr("analytics.assembly.DiskBackend", on_disk)
        first = open_desk(settings)
        asked = first.ask(SUPPORTS, SPY)
        first.close()
        monkeypatch.setattr(SmallSource, "down", True)
        second = open_desk(settings)
        try:
            again = second.ask(SUPPORTS, SPY)
        finally:
            second.close()
        assert again.result is not None
        assert asked.result is not None
        assert again.result.price == asked.result.price == 100.5
        assert again.provenance.source == "Small"


class TestLive:
    def test_ticks_reach_the_page_the_day_s_log_and_the_alerts(
        self, settings: Settings, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("analytics.runtime.alerts.engine.RULES_SECONDS", 0.05)
        subscriptions = desk.records.subscriptions
        monkeypatch.setattr(subscriptions, "_clock", lambda: MONDAY_NOON - MINUTE)
        rule = {"kind": "crossing", "symbol": "SPY", "does": "loses", "sessions": 50}
        subscriptions.add_rule(LOCAL, parse_rule(rule))
        alerts = open_alerts(settings, desk)
        feed = open_feed(desk, [alerts.observe])
        server = holdline.create_app(settings, desk, feed, alerts).server
        alerts.start(feed)
        try:
            client = server.test_client()
            until(lambda: "SPY" in client.get("/live.json").get_json()["quotes"], "a price")
            until(lambda: desk.archive.calls(MONDAY, "SPY"), "the level calls")
            SmallSource.opened.falls.set()
            until(
                lambda: client.get("/live.json").get_json()["quotes"]["SPY"]["price"] == LOST,
                "the fall",
            )
            log = LevelLogParameters(Symbol("SPY"))
            until(lambda: lost(desk, log), "the line in the day's log")
            until(lambda: desk.records.notices.latest(LOCAL), "the alert")
        finally:
            feed.close()
            alerts.close()
        (notice,) = desk.records.notices.latest(LOCAL)
        assert notice.message.title == "SPY is under its 50-DMA at 12:00 (provisional)"
        assert not notice.message.simulated

    def test_quotes_are_polled_while_the_stream_does_not_open(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(SmallSource, "streams", False)
        feed = open_feed(desk)
        try:
            feed.watch()
            until(lambda: "QQQ" in feed.peek().content.quotes, "a polled price")
            until(lambda: feed.peek().content.feed.mode == "polled", "the word for it")
        finally:
            feed.close()


def lost(desk: Desk, parameters: LevelLogParameters) -> bool:
    """Whether the day's log says that SPY broke under its 50-DMA."""
    answer = desk.ask(LEVEL_LOG, parameters)
    return answer.result is not None and any(
        (line.level, str(line.happening)) == ("50-DMA", "broke under")
        for line in answer.result.lines
    )
