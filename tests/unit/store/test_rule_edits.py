"""Rules edited, paused and resumed: their place, from when they count, and what plans allow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from analytics.accounts.people import Grant
from analytics.alerts.model import LOCAL
from analytics.alerts.rules import parse_list_rule, parse_rule
from analytics.model.access import NotInPlan, Plan
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.engine import Engine
from analytics.store.database import Database
from analytics.store.records import Records
from tests.support.small_alerts import ABOVE, LOSES, NOW, UNDER, Clock

SYMBOLS = ("SPY", "QQQ", "IWM")
NEAR = parse_rule({"kind": "near", "symbol": "DIA", "level": 400, "distance": 1, "unit": "pct"})
LATER = NOW + dt.timedelta(minutes=10)


class Desk:
    """A store on a clock moved by hand, with three rules of a laptop's owner."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.records = Records(Database(None))
        for part in ("subscriptions", "people"):
            getattr(self.records, part)._clock = self.clock
        self.own = self.records.subscriptions
        self.ids = self.add_three(LOCAL)

    def add_three(self, person: str) -> list[str]:
        ids = []
        for symbol in SYMBOLS:
            ids.append(self.own.add_rule(person, parse_rule(LOSES | {"symbol": symbol})).id)
            self.clock.pass_by(1)
        return ids

    def listed(self, person: str = LOCAL) -> list[str]:
        return [one.rule.symbols[0] for one in self.own.rules(person)]

    def engine(self) -> Engine:
        return Engine(self.records, lambda: None, lambda: "run", lambda: 0.0, clock=self.clock)

    def write(self, identity: str, rule: str) -> None:
        """As another version of the program has written it."""
        with self.records.database.writing() as connection:
            connection.exec_driver_sql(
                "INSERT INTO alert_rules (id, subscriber, rule, created_at, placed_at) "
                f"VALUES ('{identity}', 'local', '{rule}', '2025-01-27', '2025-01-27')"
            )


@pytest.fixture
def desk() -> Iterator[Desk]:
    opened = Desk()
    yield opened
    opened.records.close()


class TestEdit:
    def test_takes_the_other_s_place_and_counts_from_then(self, desk: Desk) -> None:
        desk.clock.now = LATER
        edited = desk.own.edit_rule(LOCAL, desk.ids[1], NEAR)
        assert desk.listed() == ["SPY", "DIA", "IWM"]
        now = desk.own.rules(LOCAL)
        assert (now[1].id, now[1].since) == (edited.id, LATER)
        assert now[0].since == NOW

    def test_saved_as_it_was_it_counts_from_then_too(self, desk: Desk) -> None:
        desk.clock.now = LATER
        same = desk.own.edit_rule(LOCAL, desk.ids[0], parse_rule(LOSES))
        assert (same.id, same.is_new) == (desk.ids[0], False)
        assert desk.own.rules(LOCAL)[0].since == LATER
        assert desk.listed() == [*SYMBOLS]

    def test_an_edit_taken_back_stands_again_in_its_place(self, desk: Desk) -> None:
        other = desk.own.edit_rule(LOCAL, desk.ids[0], NEAR)
        desk.own.edit_rule(LOCAL, other.id, parse_rule(LOSES))
        assert desk.listed() == [*SYMBOLS]

    def test_into_a_rule_that_is_set_is_refused_in_a_sentence(self, desk: Desk) -> None:
        with pytest.raises(BadInput) as refused:
            desk.own.edit_rule(LOCAL, desk.ids[1], parse_rule(LOSES))
        assert str(refused.value) == "That rule is set already: SPY loses its 50-DMA."
        assert desk.listed() == [*SYMBOLS]

    def test_of_a_rule_that_is_gone_or_another_s_is_refused(self, desk: Desk) -> None:
        desk.own.remove_rule(LOCAL, desk.ids[0])
        for person, identity in ((LOCAL, desk.ids[0]), ("somebody", desk.ids[1])):
            with pytest.raises(BadInput, match="no such rule any more"):
                desk.own.edit_rule(person, identity, NEAR)
        assert desk.listed() == ["QQQ", "IWM"]

    def test_of_a_paused_rule_leaves_it_paused(self, desk: Desk) -> None:
        desk.own.pause_rule(LOCAL, desk.ids[0])
        assert desk.own.edit_rule(LOCAL, desk.ids[0], NEAR).is_paused
        assert desk.own.rules(LOCAL)[0].paused_at == desk.clock.now

    def test_needs_the_plan_of_what_it_becomes_and_no_more(self, desk: Desk) -> None:
        ann = desk.records.people.with_email("ann@home.example").id
        grant = Grant(Plan.PRO, "staff", desk.clock.now, desk.clock.now + dt.timedelta(days=1))
        with desk.records.database.writing() as connection:
            desk.records.people.grant(ann, grant, None, "in tests", connection)
        ids = desk.add_three(ann)
        fourth = desk.own.add_rule(ann, parse_rule(LOSES | {"symbol": "NVDA"})).id
        desk.clock.now += dt.timedelta(days=2)  # the plan has ended: three stand
        desk.own.edit_rule(ann, ids[0], NEAR)
        assert desk.listed(ann) == ["DIA", "QQQ", "IWM", "NVDA"]
        stands = [one.stands(desk.clock.now) for one in desk.own.rules(ann)]
        assert stands == [True, True, True, False]
        with pytest.raises(NotInPlan, match="sentiment"):
            desk.own.edit_rule(ann, ids[1], parse_rule({"kind": "sentiment", "under": 20}))
        with pytest.raises(NotInPlan, match="up to 60"):
            desk.own.edit_rule(ann, fourth, parse_rule(LOSES | {"symbol": "XLK"}))
        assert desk.listed(ann) == ["DIA", "QQQ", "IWM", "NVDA"]


class TestPause:
    def test_a_paused_rule_is_listed_and_not_evaluated_nor_followed(self, desk: Desk) -> None:
        engine = desk.engine()
        engine.step(ABOVE, "run")
        assert desk.own.pause_rule(LOCAL, desk.ids[0])
        assert not desk.own.pause_rule(LOCAL, desk.ids[0])
        engine.hear()
        assert engine.step(UNDER, "run") == 0
        assert [one.rule.symbols[0] for one in engine.rules] == ["QQQ", "IWM"]
        assert desk.listed() == [*SYMBOLS]
        assert [one.is_paused for one in desk.own.rules(LOCAL)] == [True, False, False]
        assert not any(one.is_beyond_plan for one in desk.own.rules(LOCAL))
        assert desk.own.resume_rule(LOCAL, desk.ids[0])
        engine.hear()
        assert engine.step(UNDER, "run") == 1

    def test_resumed_it_counts_from_then_in_its_place(self, desk: Desk) -> None:
        desk.own.pause_rule(LOCAL, desk.ids[0])
        desk.clock.now = LATER
        assert desk.own.resume_rule(LOCAL, desk.ids[0])
        assert not desk.own.resume_rule(LOCAL, desk.ids[0])
        assert desk.listed() == [*SYMBOLS]
        assert desk.own.rules(LOCAL)[0].since == LATER

    def test_another_s_rule_is_not_paused(self, desk: Desk) -> None:
        assert not desk.own.pause_rule("somebody", desk.ids[0])
        assert not any(one.is_paused for one in desk.own.rules(LOCAL))

    def test_removed_and_set_again_it_is_not_paused(self, desk: Desk) -> None:
        desk.own.pause_rule(LOCAL, desk.ids[0])
        desk.own.remove_rule(LOCAL, desk.ids[0])
        assert desk.own.add_rule(LOCAL, parse_rule(LOSES)).is_new
        assert desk.listed() == ["QQQ", "IWM", "SPY"]
        assert not any(one.is_paused for one in desk.own.rules(LOCAL))


class TestSetAgain:
    def test_is_not_new_and_says_whether_it_is_paused(self, desk: Desk) -> None:
        assert not desk.own.add_rule(LOCAL, parse_rule(LOSES)).is_new
        desk.own.pause_rule(LOCAL, desk.ids[0])
        again = desk.own.add_rule(LOCAL, parse_rule(LOSES))
        assert (again.id, again.is_new, again.is_paused) == (desk.ids[0], False, True)


class TestIdle:
    def test_a_rule_of_a_newer_version_is_named_stops_no_other_and_goes(self, desk: Desk) -> None:
        desk.write("newer", '{"kind":"moon","phase":"full"}')
        desk.write("broken", "[1")
        desk.write("list", "[1]")
        assert desk.listed() == [*SYMBOLS]
        idle = {one.id: one.reason for one in desk.own.idle_rules(LOCAL)}
        assert set(idle) == {"newer", "broken", "list"}
        assert idle["newer"].startswith("This version cannot read the rule: kind is 'moon'")
        engine = desk.engine()
        engine.step(ABOVE, "run")
        assert engine.step(UNDER, "run") == 1
        for identity in idle:
            assert desk.own.remove_rule(LOCAL, identity)
        assert desk.own.idle_rules(LOCAL) == ()

    def test_a_rule_on_a_list_that_is_empty_now_is_named(self, desk: Desk) -> None:
        documents, since = desk.records.documents, {"SPY": NOW.isoformat()}
        lists = {"lists": [{"name": "mine", "symbols": ["SPY"], "since": since}]}
        documents.write(LOCAL, "watchlists", lists, 0)
        on_list = parse_list_rule({"kind": "touch", "at": "prior day low", "watchlist": "mine"})
        assert on_list is not None
        desk.own.add_rule(LOCAL, on_list)
        assert desk.own.idle_rules(LOCAL) == ()
        documents.write(LOCAL, "watchlists", {"lists": []}, 1)
        (idle,) = desk.own.idle_rules(LOCAL)
        assert idle.reason == "The watchlist mine is empty or gone."
