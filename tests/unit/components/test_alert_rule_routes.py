"""Rules on the Alerts page and in its API: edited, paused, resumed, set twice, not to be read."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from analytics.alerts.model import LOCAL
from analytics.runtime.alerts.history import DeskHistory, Split
from components.frame.panels import BUILDERS
from tests.support.small_alerts import LOSES, NOW
from tests.unit.components.test_alert_routes import Site

NEAR = {"kind": "near", "symbol": "SPY", "level": 590.5, "distance": 1, "unit": "pct"}
UNREADABLE = (
    "INSERT INTO alert_rules (id, subscriber, rule, created_at, placed_at) VALUES "
    "('newer', 'local', '{\"kind\":\"moon\"}', '2025-01-27', '2025-01-27')"
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("home"))
    yield made
    made.desk.close()


@pytest.fixture
def site(opened: Site) -> Site:
    """Without rules."""
    with opened.desk.records.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM alert_rules")
    return opened


def shown(site: Site, **state: str) -> Any:
    """The panel of the rules."""
    return json.loads(site.app.server.extensions[BUILDERS]["alerts/rules"](state))


def nodes(node: Any, name: str) -> list[str]:
    """What all elements below one have as an attribute."""
    if isinstance(node, list):
        return [found for one in node for found in nodes(one, name)]
    if not isinstance(node, dict):
        return []
    props = node.get("props", {})
    found = [props[name]] if name in props else []
    return found + [one for value in node.values() for one in nodes(value, name)]


def words(site: Site) -> list[str]:
    """The rules that stand, in their order."""
    return [one.rule.words() for one in site.desk.records.subscriptions.rules(LOCAL)]


class TestEdit:
    def test_replaces_the_rule_in_its_place(self, site: Site) -> None:
        first = site.post("/alerts/rules", LOSES)[1]
        site.post("/alerts/rules", LOSES | {"symbol": "QQQ"})
        status, saved = site.post("/alerts/rules/edit", {"id": first["id"], "rule": NEAR})
        assert (status, saved["words"]) == (200, "SPY is within 1% of 590.50")
        assert words(site) == ["SPY is within 1% of 590.50", "QQQ loses its 50-DMA"]

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({}, "rule is missing"),
            ({"rule": [1]}, "rule is missing"),
            ({"rule": LOSES | {"symbol": "NOPE"}}, "NOPE cannot be followed"),
            ({"rule": LOSES | {"symbol": "QQQ"}}, "That rule is set already: QQQ loses its 50-DMA"),
            ({"rule": NEAR, "id": "gone"}, "There is no such rule any more"),
            ({"rule": NEAR, "id": None}, "id is missing"),
        ],
    )
    def test_what_cannot_be_saved_leaves_the_rule_as_it_was(
        self, site: Site, change: dict[str, Any], said: str
    ) -> None:
        first = site.post("/alerts/rules", LOSES)[1]
        site.post("/alerts/rules", LOSES | {"symbol": "QQQ"})
        status, answer = site.post("/alerts/rules/edit", {"id": first["id"]} | change)
        assert status == 400
        assert answer["error"].startswith(said)
        assert words(site) == ["SPY loses its 50-DMA", "QQQ loses its 50-DMA"]

    def test_the_page_s_button_holds_the_rule_as_its_form_has_it(self, site: Site) -> None:
        set_one = site.post("/alerts/rules", LOSES)[1]
        (held,) = nodes(shown(site)["body"], "data-edit-rule")
        assert json.loads(held) == {
            "id": set_one["id"],
            "fields": {
                "kind": "crossing",
                "symbol": "SPY",
                "does": "loses",
                "at": "50-DMA",
                "by_close": False,
            },
        }

    def test_a_price_typed_before_a_split_is_edited_in_the_shares_of_now(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(DeskHistory, "splits", lambda *_: (Split(dt.date(2025, 1, 27), 10.0),))
        earlier = NOW - dt.timedelta(days=30)
        monkeypatch.setattr(site.desk.records.subscriptions, "_clock", lambda: earlier)
        site.post("/alerts/rules", NEAR | {"level": 5905.0})
        (held,) = nodes(shown(site)["body"], "data-edit-rule")
        assert json.loads(held)["fields"]["level"] == pytest.approx(590.5)


class TestPause:
    def test_the_page_says_who_paused_it_and_how_to_resume(self, site: Site) -> None:
        one = site.post("/alerts/rules", LOSES)[1]
        site.post("/alerts/rules", LOSES | {"symbol": "QQQ"})
        before = shown(site)["version"]
        assert site.post("/alerts/rules/pause", {"id": one["id"]}) == (200, {"paused": True})
        panel = shown(site)
        assert panel["version"] != before
        assert "1 of 2 rules watched" in panel["subtitle"]
        assert "QQQ stands" in panel["title"]
        assert "You paused it" in str(panel["body"])
        assert "See the plans" not in str(panel["body"])
        assert nodes(panel["body"], "data-resume-rule") == [one["id"]]
        assert len(nodes(panel["body"], "data-pause-rule")) == 1
        assert site.post("/alerts/rules/resume", {"id": one["id"]}) == (200, {"resumed": True})
        assert "2 rules watched" in shown(site)["subtitle"]

    def test_with_all_paused_nothing_is_watched(self, site: Site) -> None:
        one = site.post("/alerts/rules", LOSES)[1]
        site.post("/alerts/rules/pause", {"id": one["id"]})
        assert shown(site)["title"] == "Nothing is watched for now"

    def test_the_api_lists_what_is_set_and_whether_it_is_paused(self, site: Site) -> None:
        one = site.post("/alerts/rules", LOSES)[1]
        site.post("/alerts/rules/pause", {"id": one["id"]})
        (rule,) = site.get("/alerts/rules")[1]["rules"]
        assert (rule["id"], rule["paused"], rule["beyond_plan"]) == (one["id"], True, False)
        assert site.post("/alerts/rules", rule["rule"])[1]["new"] is False

    @pytest.mark.parametrize("does", ["pause", "resume", "edit"])
    def test_a_stranger_changes_nothing(self, site: Site, does: str) -> None:
        one = site.post("/alerts/rules", LOSES)[1]
        body = {"id": one["id"], "rule": NEAR}
        status, _ = site.post(f"/alerts/rules/{does}", body, headers={"Authorization": ""})
        assert status == 403
        assert words(site) == ["SPY loses its 50-DMA"]


class TestSetAgain:
    def test_is_answered_as_set_already(self, site: Site) -> None:
        assert site.post("/alerts/rules", LOSES)[1]["new"] is True
        again = site.post("/alerts/rules", LOSES)[1]
        assert (again["new"], again["words"]) == (False, "SPY loses its 50-DMA")

    def test_also_where_there_is_no_room_for_another(self, site: Site) -> None:
        for number in range(60):
            site.post("/alerts/rules", NEAR | {"level": 500 + number})
        assert site.post("/alerts/rules", NEAR | {"level": 500})[1]["new"] is False
        assert site.post("/alerts/rules", LOSES)[0] == 400


class TestUnreadable:
    def test_it_is_listed_with_its_reason_and_removed(self, site: Site) -> None:
        site.post("/alerts/rules", LOSES)
        with site.desk.records.database.writing() as connection:
            connection.exec_driver_sql(UNREADABLE)
        panel = shown(site)
        assert "This version cannot read the rule: kind is 'moon'" in str(panel["body"]).replace(
            "\\'", "'"
        )
        assert "SPY loses its 50\u2011DMA" in str(panel["body"])
        assert "1 of 2 rules watched" in panel["subtitle"]
        assert "newer" in nodes(panel["body"], "data-remove-rule")
        assert len(nodes(panel["body"], "data-edit-rule")) == 1
        listed = site.get("/alerts/rules")[1]["rules"]
        assert [one["id"] for one in listed if "reason" in one] == ["newer"]
        assert site.post("/alerts/rules/remove", {"id": "newer"}) == (200, {"removed": True})
        assert "cannot read" not in str(shown(site)["body"])

    def test_alone_it_is_listed_too(self, site: Site) -> None:
        with site.desk.records.database.writing() as connection:
            connection.exec_driver_sql(UNREADABLE)
        assert nodes(shown(site)["body"], "data-remove-rule") == ["newer"]


class TestAddress:
    @pytest.mark.parametrize("symbol", ["<b>x", "A" * 300, "\u00c4", "brk.b", ""])
    def test_a_symbol_that_the_form_cannot_take_hides_no_rule(
        self, site: Site, symbol: str
    ) -> None:
        site.post("/alerts/rules", LOSES)
        assert "SPY loses its 50\u2011DMA" in str(shown(site, symbol=symbol).get("body"))
