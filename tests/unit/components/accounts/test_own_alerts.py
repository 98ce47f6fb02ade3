"""Alerts where people have accounts: each sets and sees their own, and nobody another's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from analytics.alerts.model import Message
from analytics.model.access import Plan
from tests.support.accounts import Browser, Site
from tests.support.small_alerts import LOSES, NOW, message

ANN, BOB = "ann@example.org", "bob@example.org"
ANNS = LOSES | {"symbol": "QQQ"}
BOBS = LOSES | {"symbol": "IWM", "sessions": 200}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("home"), HOLDLINE_SMTP_URL="smtp://localhost:2525")
    yield made
    made.desk.close()


@pytest.fixture
def site(opened: Site) -> Site:
    """With nobody in it."""
    with opened.records.database.writing() as connection:
        for table in ("people", "grants", "browser_sessions", "alert_rules", "channels", "notices"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    opened.app.server.extensions["visitors"].forget()
    return opened


def panel(browser: Browser, name: str) -> Any:
    """One panel asked for alone, however long it takes."""
    return panels(browser, only=[name])[name]


def panels(browser: Browser, only: list[str] | None = None, **seen: str) -> dict[str, Any]:
    """The page's panels as its callback sends them."""
    question = {"state": {}, "seen": seen} | ({"only": only} if only else {})
    asked = {
        "output": "answer-alerts.data",
        "outputs": {"id": "answer-alerts", "property": "data"},
        "inputs": [{"id": "question-alerts", "property": "data", "value": question}],
        "changedPropIds": ["question-alerts.data"],
    }
    answer = browser.send("/_dash-update-component", asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    payloads: dict[str, Any] = answer.get_json()["response"]["answer-alerts"]["data"]["payloads"]
    return payloads


def everything(browser: Browser) -> str:
    """All that the doors of alerts give a browser."""
    first = browser.get("/first/alerts")
    assert first.headers["Cache-Control"] == "no-store"
    doors = ("/notices.json", "/notices.json?since=0", "/alerts/mine")
    found = [first.text, json.dumps(panels(browser)), *(browser.get(door).text for door in doors)]
    of = browser.get("/notices.json").get_json().get("of", "")
    return "".join([*found, browser.get(f"/notices.json?since=0&of={of}").text])


def tell(site: Site, email: str, title: str) -> None:
    """A notice for one person."""
    person = site.person(email)
    with site.records.database.writing() as connection:
        site.records.notices.record(person.id, message(title), connection)


class TestEachTheirOwn:
    def test_nobody_sees_another_s_rules_channels_or_notices(self, site: Site) -> None:
        ann, bob, stranger = site.signed_in(ANN), site.signed_in(BOB), site.browser()
        for browser, rule, email in ((ann, ANNS, ANN), (bob, BOBS, BOB)):
            assert browser.send("/alerts/rules", rule).status_code == 200
            site.records.subscriptions.add_channel(site.person(email).id, "email", email)
        tell(site, ANN, "QQQ closed under its 50-DMA")
        tell(site, BOB, "IWM closed under its 200-DMA")
        for _ in range(2):  # the second time from what was remembered of the first
            assert "QQQ" in everything(ann)
            assert "IWM" in everything(bob)
            for other in ("IWM", BOB):
                assert other not in everything(ann)
            for other in ("QQQ", ANN):
                assert other not in everything(bob)
            for other in ("QQQ", "IWM", ANN, BOB):
                assert other not in everything(stranger)

    def test_another_s_payload_is_not_taken_for_one_s_own(self, site: Site) -> None:
        ann, bob = site.signed_in(ANN), site.signed_in(BOB)
        ann_has = panels(ann)
        seen = {name: payload["version"] for name, payload in ann_has.items()}
        assert panels(ann, **seen) == {}
        assert set(panels(bob, **seen)) == {"rules", "log"}

    def test_nobody_removes_or_tests_what_is_another_s(self, site: Site) -> None:
        ann, bob = site.signed_in(ANN), site.signed_in(BOB)
        rule = ann.send("/alerts/rules", ANNS).get_json()["id"]
        channel = {"kind": "email", "target": ANN}
        site.records.subscriptions.add_channel(site.person(ANN).id, "email", ANN)
        assert bob.send("/alerts/rules/remove", {"id": rule}).get_json() == {"removed": False}
        assert bob.send("/alerts/channels/remove", channel).get_json() == {"removed": False}
        assert bob.send("/alerts/channels/test", channel).status_code == 400
        assert [one.id for one in site.records.subscriptions.rules()] == [rule]

    def test_the_same_rule_of_two_is_two_rules(self, site: Site) -> None:
        ann, bob = site.signed_in(ANN), site.signed_in(BOB)
        made = [browser.send("/alerts/rules", ANNS).get_json()["id"] for browser in (ann, bob)]
        ann.send("/alerts/rules/remove", {"id": made[0]})
        assert [one.id for one in site.records.subscriptions.rules()] == made[1:]


class TestPlans:
    def test_the_fourth_rule_and_pro_s_kinds_are_refused_in_a_sentence(self, site: Site) -> None:
        ann = site.signed_in(ANN)
        for symbol in ("SPY", "QQQ", "IWM"):
            assert ann.send("/alerts/rules", LOSES | {"symbol": symbol}).status_code == 200
        fourth = ann.send("/alerts/rules", LOSES | {"symbol": "DIA"})
        said = "The PRO plan has up to 60 alert rules; the free plan has 3."
        assert (fourth.status_code, fourth.get_json()) == (403, {"error": said, "plan": "pro"})
        refused = ann.send("/alerts/rules", {"kind": "sentiment", "under": 20})
        said = "The PRO plan has alerts when the sentiment index is low."
        assert (refused.status_code, refused.get_json()["error"]) == (403, said)
        assert len(site.records.subscriptions.rules()) == 3

    def test_when_the_plan_ends_the_page_says_which_are_paused(self, site: Site) -> None:
        person = site.with_pro(ANN)
        ann = site.signed_in(ANN)
        ann.send("/alerts/rules", {"kind": "sentiment", "under": 20})
        for symbol in ("SPY", "QQQ", "IWM", "DIA"):
            ann.send("/alerts/rules", LOSES | {"symbol": symbol})
        paid = Message("rule", "DIA", "DIA closed under its 50-DMA", "", "/", NOW, needs=Plan.PRO)
        with site.records.database.writing() as connection:
            site.records.notices.record(person.id, paid, connection)
        assert "5 rules watched" in panel(ann, "rules")["subtitle"]
        assert "DIA closed" in json.dumps(panel(ann, "log"))
        ((grant, _),) = site.records.people.grants(person.id)
        with site.records.database.writing() as connection:
            site.records.people.revoke_grant(grant, connection)
        site.app.server.extensions["visitors"].forget()
        without = panel(ann, "rules")
        assert "3 of 5 rules watched" in without["subtitle"]
        body = json.dumps(without["body"])
        assert body.count("PAUSED") == 2
        assert "The PRO plan has up to 60 alert rules" in body
        assert "The PRO plan has alerts when the sentiment index is low" in body
        assert "DIA closed" not in everything(ann)
        assert "1 notice is of a plan that has ended" in json.dumps(panel(ann, "log"))
        site.with_pro(ANN)
        site.app.server.extensions["visitors"].forget()
        assert "5 rules watched" in panel(ann, "rules")["subtitle"]
        assert "DIA closed" in json.dumps(panel(ann, "log"))


class TestStranger:
    def test_is_asked_to_sign_in_and_changes_nothing(self, site: Site) -> None:
        stranger = site.browser()
        for panel in panels(stranger).values():
            assert "Sign in" in panel["title"]
            assert "/sign-in?next=/alerts" in json.dumps(panel["body"])
        for path in ("rules", "rules/remove", "channels", "channels/remove", "channels/test"):
            answer = stranger.send(f"/alerts/{path}", ANNS)
            assert (answer.status_code, "Sign in first" in answer.text) == (403, True)
        assert stranger.get("/alerts/mine").status_code == 403
        assert site.records.subscriptions.rules() == ()


class TestNotices:
    def test_are_stored_by_no_proxy(self, site: Site) -> None:
        for browser in (site.browser(), site.signed_in(ANN)):
            for path in ("/notices.json", "/notices.json?since=0"):
                assert browser.get(path).headers["Cache-Control"] == "private, no-store"

    def test_a_browser_s_number_of_another_person_is_of_no_meaning(self, site: Site) -> None:
        ann, bob = site.signed_in(ANN), site.signed_in(BOB)
        tell(site, BOB, "IWM closed under its 200-DMA")
        of_ann = ann.get("/notices.json").get_json()["of"]
        of_bob = bob.get("/notices.json").get_json()["of"]
        assert of_ann != of_bob
        asked = f"/notices.json?since=0&of={of_ann}"
        assert bob.get(asked).get_json() == {"newest": 1, "notices": [], "of": of_bob}
        (told,) = bob.get(f"/notices.json?since=0&of={of_bob}").get_json()["notices"]
        assert told["title"] == "IWM closed under its 200-DMA"
