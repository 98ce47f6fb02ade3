"""Symbols of alert rules stay followed, whatever viewers ask the feed for."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import app as holdline
from analytics.alerts.model import LOCAL
from analytics.alerts.rules import parse_rule
from analytics.assembly import open_desk
from analytics.feed import Feed, SessionBaseline
from analytics.feed.leader_election import RequestedSymbols
from analytics.runtime.alerts.engine import Engine
from analytics.settings_reader import load_settings
from analytics.store.database import Database, store_url
from analytics.store.records import Records
from tests.support.accounts import AS_OWNER, let_owner_in
from tests.support.small_feeds import (
    NOON,
    MemorySharedState,
    ScriptedStream,
    Ticker,
    baselines_of,
    market_on,
    tick,
)
from tests.support.waiting import until

RULED = [f"RULE{n}" for n in range(12)]
MANY = itertools.count()


def two_dozen() -> list[str]:
    """What one request of the attack asks for: 24 names nobody has asked for yet."""
    return [f"X{next(MANY)}" for _ in range(24)]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records(Database(store_url(tmp_path)))
    yield opened
    opened.close()


class TestStarvation:
    """Three anonymous requests a second for 24 names each, as any web page can have made."""

    def test_every_symbol_of_a_rule_is_followed_in_every_sample_of_an_hour(self) -> None:
        clock = Ticker()
        requested = RequestedSymbols(MemorySharedState(clock), ("SPY", "QQQ"), clock=clock)
        requested.pin(RULED)
        followed = samples = 0
        for second in range(3600):
            for _ in range(3):
                requested.ask(two_dozen())
                clock.time += 1 / 3
            requested.share()
            samples += len(RULED)
            followed += sum(symbol in requested.symbols() for symbol in RULED)
            assert len(requested.symbols()) == len(RULED) + 60, second
        assert followed / samples == 1.0

    def test_an_alert_comes_within_five_seconds(self, records: Records) -> None:
        """The names asked for cannot be had either: their bars never come."""
        hanging = threading.Event()

        def baselines(
            symbols: tuple[str, ...],
        ) -> tuple[dict[str, SessionBaseline], dict[str, str]]:
            if any(symbol.startswith("X") for symbol in symbols):
                hanging.wait(60)
            return baselines_of(symbol for symbol in symbols if not symbol.startswith("X"))

        stream = ScriptedStream()
        engine = Engine(records, lambda: None, lambda: "run")
        feed = Feed(
            MemorySharedState(),
            market_on(stream.connect, lambda: NOON + dt.timedelta(seconds=5), baselines=baselines),
            ["SPY"],
            observers=[engine.observe],
        )
        baseline = baselines_of(["TEST"])[0]["TEST"]
        level = next(a.session_level for a in baseline.averages if a.sessions == 50)
        assert level is not None
        below = baseline.previous_close >= level
        ends = threading.Event()

        def attack() -> None:
            while not ends.wait(1 / 3):
                feed.watch(two_dozen())

        attacker = threading.Thread(target=attack)
        attacker.start()
        try:
            feed.watch(two_dozen())
            until(lambda: stream.opened, "the stream's opening")
            rule = {"kind": "crossing", "symbol": "TEST", "sessions": 50}
            does = "loses" if below else "reclaims"
            records.subscriptions.add_rule(LOCAL, parse_rule(rule | {"does": does}))
            engine.start(feed)
            set_at = time.monotonic()
            price = round(level * (0.97 if below else 1.03), 2)
            moments = itertools.count()

            def is_told() -> bool:
                stream.send(tick(price + next(moments) / 100, seconds=next(moments) / 1000))
                return engine.fired > 0

            until(is_told, "the alert")
            assert time.monotonic() - set_at < 5.0
        finally:
            ends.set()
            hanging.set()
            attacker.join()
            feed.close()
            engine.stop()


class TestRefused:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        rows = "\n".join(f"2025-01-{day:02d},10,11,9,10,100" for day in range(2, 25))
        (tmp_path / "prices").mkdir()
        (tmp_path / "prices" / "SPY.csv").write_text("date,open,high,low,close,volume\n" + rows)
        return tmp_path

    def test_a_rule_on_an_unknown_symbol_is_refused_at_once_by_name(self, tmp_path: Path) -> None:
        status, error = self.add("NOSUCH", ["--demo"], tmp_path)
        assert status == 400
        assert error.startswith("NOSUCH cannot be followed: ")

    def test_a_rule_is_refused_where_there_are_no_live_prices(
        self, folder: Path, tmp_path: Path
    ) -> None:
        status, error = self.add("SPY", ["--data", str(folder)], tmp_path)
        assert (status, error.split(":")[0]) == (400, "SPY cannot be followed")
        assert "no live prices" in error

    def add(self, symbol: str, words: list[str], home: Path) -> tuple[int, str]:
        settings = load_settings(words, {"HOLDLINE_HOME": str(home / "home")})
        desk = open_desk(settings)
        let_owner_in(desk.records)
        client = holdline.create_app(settings, desk).server.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = AS_OWNER["Authorization"]
        rule = {"kind": "crossing", "symbol": symbol, "does": "loses", "sessions": 50}
        answer = client.post("/alerts/rules", json=rule, base_url="http://127.0.0.1:8050")
        rules = desk.records.subscriptions.rules(LOCAL)
        desk.close()
        assert rules == ()
        return answer.status_code, answer.get_json()["error"]
