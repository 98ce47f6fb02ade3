"""An alert kind, added as CONTRIBUTING says, works on the page, in the engine, the shell, as of."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path as Folder
from typing import Self

import pytest

import app as holdline
from analytics import cli
from analytics.alerts.form import NumberField, SymbolField, Text
from analytics.alerts.kinds import KINDS
from analytics.alerts.model import LOCAL
from analytics.alerts.path import Path
from analytics.alerts.question import ALERT, AlertParameters
from analytics.alerts.rule import AlertEvent, RuleStatus, bounded_number
from analytics.alerts.rules import parse_rule
from analytics.alerts.symbol_rule import SymbolRule, parse_rule_symbol
from analytics.assembly import open_desk
from analytics.desk.desk import Desk
from analytics.model.live import LiveQuote
from analytics.model.question import Symbol
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.engine import Engine
from analytics.settings import Settings
from analytics.settings_reader import load_settings
from components.frame.panels import BUILDERS
from tests.support.accounts import AS_OWNER, let_owner_in
from tests.support.builders import (
    FRIDAY,
    MONDAY,
    FakeSource,
    make_desk,
    make_frame,
    scaled_after,
    walk,
)
from tests.support.small_alerts import Shot
from tests.unit.alerts.test_rules import line, snapshot


@dataclass(frozen=True)
class Fall(SymbolRule):
    """A symbol has fallen by so many percent since the previous close."""

    kind = "fall"
    controls = (
        SymbolField(),
        Text("falls on the day by"),
        NumberField("pct", "Percent", 0.1, 50.0, 2.0),
    )

    pct: float

    @classmethod
    def parse(cls, fields: Mapping[str, object]) -> Self:
        symbol = parse_rule_symbol(fields.get("symbol"))
        return cls(symbol, bounded_number("pct", fields.get("pct"), 0.1, 50.0))

    def words(self) -> str:
        return f"{self.symbol} falls by {self.pct:g}% on the day"

    def find_in(self, line: LiveQuote, path: Path) -> Iterator[AlertEvent]:
        if line.change_pct is not None and line.change_pct <= -self.pct:
            yield AlertEvent("fall", f"{self.symbol} has fallen by {-line.change_pct:.1f}%")

    def status_in(self, line: LiveQuote) -> RuleStatus:
        return RuleStatus(f"{self.symbol} stands {line.change_pct or 0:+.1f}% on the day")


RULE = {"kind": "fall", "symbol": "SPY", "pct": 2}


@pytest.fixture(autouse=True)
def fall(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one line of the recipe."""
    monkeypatch.setitem(KINDS, Fall.kind, Fall)


@pytest.fixture
def settings(tmp_path: Folder) -> Settings:
    return load_settings(["--demo"], {"HOLDLINE_HOME": str(tmp_path)})


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    opened = open_desk(settings)
    yield opened
    opened.close()


class TestOnThePage:
    def test_its_form_is_sent_its_rule_is_set_and_its_status_shown(
        self, settings: Settings, desk: Desk
    ) -> None:
        let_owner_in(desk.records)
        app = holdline.create_app(settings, desk)
        client = app.server.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = AS_OWNER["Authorization"]
        sent = re.search(r'data-kinds="([^"]*)"', client.get("/alerts").text)
        assert sent
        forms = {form["kind"]: form["controls"] for form in json.loads(unescape(sent[1]))}
        assert [control["control"] for control in forms["fall"]] == ["symbol", "text", "number"]
        assert forms["fall"][2]["name"] == "pct"

        local = {"base_url": "http://127.0.0.1:8050"}
        reply = client.post("/alerts/rules", json=RULE, **local)
        assert reply.get_json()["words"] == "SPY falls by 2% on the day"
        shown = json.loads(app.server.extensions[BUILDERS]["alerts/rules"]({}))
        assert "SPY falls by 2% on the day" in str(shown["body"])
        assert "% on the day" in shown["title"]
        refused = client.post("/alerts/rules", json=RULE | {"pct": 99}, **local)
        assert refused.status_code == 400
        assert "0.1 to 50" in refused.get_json()["error"]


class TestInTheEngine:
    def test_it_fires_once_and_is_read_back_from_the_store(
        self, settings: Settings, desk: Desk
    ) -> None:
        desk.records.subscriptions.add_rule(LOCAL, parse_rule(RULE))
        engine = Engine(desk.records, lambda: None, run=None)
        (stored,) = desk.records.subscriptions.rules(LOCAL)
        assert stored.rule == Fall(Symbol("SPY"), 2.0)
        fallen = Shot(snapshot(line(590.0, previous=610.0, time=late(stored.since))))
        assert [engine.step(fallen), engine.step(fallen)] == [1, 0]
        (notice,) = desk.records.notices.latest(LOCAL)
        assert notice.message.title == "SPY has fallen by 3.3%"
        assert notice.message.link == "/supports?symbol=SPY"

    def test_a_stored_rule_of_a_kind_that_is_gone_stops_no_other(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        subscriptions = desk.records.subscriptions
        subscriptions.add_rule(LOCAL, parse_rule(RULE))
        subscriptions.add_rule(LOCAL, parse_rule({"kind": "sentiment", "under": 20}))
        monkeypatch.delitem(KINDS, Fall.kind)
        assert [stored.rule.kind for stored in subscriptions.rules(LOCAL)] == ["sentiment"]
        assert "kind is 'fall'" in caplog.text


def late(since: dt.datetime) -> str:
    """A price's time that no rule is younger than."""
    return (since + dt.timedelta(minutes=1)).isoformat()


def desk_of(fall_pct: float) -> Desk:
    """SPY stands so far under the close before on Monday."""
    frame = make_frame(walk(300), MONDAY)
    before = float(frame["close"].iloc[-2])
    close = before * (1 - fall_pct / 100)
    frame.loc[frame.index[-1], ["low", "close"]] = (close - 1.0, close)
    return make_desk(FakeSource({"SPY": frame}))


class TestInTheShell:
    def test_its_rule_is_read_and_its_events_are_answered(self) -> None:
        words = ["alert", "SPY", "--rule", '{"kind": "fall", "pct": 2}', "--demo", "--json"]
        request = cli.parse_request(words)
        assert request.question is ALERT
        assert request.parameters.parsed == Fall(Symbol("SPY"), 2.0)
        desk = desk_of(fall_pct=3.0)
        got = json.loads(desk.ask(ALERT, request.parameters).to_json())
        desk.close()
        assert got["rule"] == "SPY falls by 2% on the day"
        assert got["now"] == "SPY stands -3.0% on the day"
        assert [event["title"] for event in got["fires"]] == ["SPY has fallen by 3.0%"]

    def test_what_is_no_rule_is_refused(self) -> None:
        for rule, said in (
            ("fall", "JSON such as"),
            ('{"kind": "fall"}', "pct is"),
            ('{"kind": "melt"}', "accepted are crossing, touch, near, scan, sentiment, fall"),
        ):
            with pytest.raises(BadInput, match=said):
                cli.parse_request(["alert", "SPY", "--rule", rule, "--demo"])


class TestNoLookAhead:
    def test_what_comes_later_changes_nothing(self) -> None:
        day = FRIDAY - dt.timedelta(days=7)
        parameters = AlertParameters(Symbol("SPY"), json.dumps(RULE))
        found = []
        for later in (0.5, 3.0):
            frame = scaled_after(make_frame(walk(300)), day, later)
            desk = make_desk(FakeSource({"SPY": frame}))
            found.append(desk.ask(ALERT, parameters, day).result)
            desk.close()
        assert found[0] == found[1]
        assert found[0] is not None
        assert found[0].session == day
