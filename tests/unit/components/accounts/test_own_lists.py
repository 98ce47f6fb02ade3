"""Watchlists, levels and preferences of each person: versions, rules on a list, export."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.accounts import DESK, Browser, Site
from tests.support.small_alerts import LOSES

ANN, BOB = "ann@example.org", "bob@example.org"
TECH = {"name": "Tech", "symbols": "QQQ,nvda,QQQ"}
ON_TECH = {key: value for key, value in LOSES.items() if key != "symbol"} | {"watchlist": "Tech"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("home"))
    yield made
    made.desk.close()


@pytest.fixture
def site(opened: Site) -> Site:
    """With nobody in it."""
    with opened.records.database.writing() as connection:
        for table in ("people", "grants", "browser_sessions", "alert_rules", "own_documents"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    opened.app.server.extensions["visitors"].forget()
    return opened


def put(browser: Browser, kind: str, version: object, value: object) -> TestResponse:
    body = {"version": version, "value": value}
    return browser.client.put(
        f"/own/{kind}",
        json=body,
        base_url=DESK,
        headers={"Origin": DESK},
        environ_base={"REMOTE_ADDR": browser.address},
    )


def get(browser: Browser, kind: str) -> tuple[int, Any]:
    answer = browser.get(f"/own/{kind}").get_json()
    return answer["version"], answer["value"]


class TestDocuments:
    def test_each_has_their_own(self, site: Site) -> None:
        ann, bob = site.signed_in(ANN), site.signed_in(BOB)
        assert get(ann, "watchlists") == (0, [])
        assert put(ann, "watchlists", 0, [TECH]).get_json()["version"] == 1
        assert put(ann, "levels", 0, {"spy": [601.5, 590]}).status_code == 200
        assert get(ann, "watchlists") == (1, [{"name": "Tech", "symbols": "QQQ,NVDA"}])
        assert get(ann, "levels") == (1, {"SPY": [601.5, 590.0]})
        assert get(bob, "watchlists") == (0, [])
        assert ann.get("/own/watchlists").headers["Cache-Control"] == "no-store"
        stranger = site.browser()
        assert stranger.get("/own/watchlists").status_code == 403
        assert put(stranger, "watchlists", 0, [TECH]).status_code == 403

    def test_of_two_tabs_the_second_overwrites_nothing(self, site: Site) -> None:
        ann = site.signed_in(ANN)
        put(ann, "watchlists", 0, [TECH])
        other = [{"name": "Banks", "symbols": "JPM"}]
        for seen in (0, 2):
            assert put(ann, "watchlists", seen, other).status_code == 409
        assert get(ann, "watchlists")[1][0]["name"] == "Tech"
        assert put(ann, "watchlists", 1, other).get_json()["version"] == 2

    @pytest.mark.parametrize(
        ("kind", "value"),
        [
            ("watchlists", {}),
            ("watchlists", [TECH, TECH]),
            ("watchlists", [{"name": "", "symbols": "SPY"}]),
            ("watchlists", [{"name": "Empty", "symbols": ","}]),
            ("watchlists", [{"name": "Odd", "symbols": "SPY,<b>"}]),
            ("watchlists", [{"name": str(n), "symbols": "SPY"} for n in range(13)]),
            ("watchlists", [{"name": "Long", "symbols": ",".join(f"S{n}" for n in range(101))}]),
            ("levels", []),
            ("levels", {"SPY": [0]}),
            ("levels", {"SPY": ["600"]}),
            ("levels", {"SPY": list(range(1, 14))}),
            ("preferences", {"zone": "Nowhere"}),
            ("people", {}),
        ],
    )
    def test_what_is_none_is_refused_in_a_sentence(
        self, site: Site, kind: str, value: object
    ) -> None:
        answer = put(site.signed_in(ANN), kind, 0, value)
        assert (answer.status_code, answer.get_json()["error"][-1]) == (400, ".")

    def test_the_export_has_them_and_deletion_deletes_them(self, site: Site) -> None:
        ann, bob = site.signed_in(ANN), site.signed_in(BOB)
        put(ann, "watchlists", 0, [TECH])
        put(bob, "levels", 0, {"SPY": [590]})
        (document,) = ann.get("/account/export").get_json()["own_documents"]
        assert json.loads(document["body"])["lists"][0]["symbols"] == ["QQQ", "NVDA"]
        ann.submit("/account/delete", sure="delete")
        with site.records.database.reading() as connection:
            kinds = connection.exec_driver_sql("SELECT kind FROM own_documents").scalars().all()
        assert list(kinds) == ["levels"]


class TestRulesOnAWatchlist:
    def test_they_are_on_what_stands_in_it(self, site: Site) -> None:
        site.with_pro(ANN)
        ann = site.signed_in(ANN)
        put(ann, "watchlists", 0, [TECH])
        added = ann.send("/alerts/rules", ON_TECH).get_json()
        rules = site.records.subscriptions.rules()
        assert [rule.rule.words() for rule in rules] == [
            "QQQ loses its 50-DMA",
            "NVDA loses its 50-DMA",
        ]
        put(ann, "watchlists", 1, [TECH | {"symbols": "QQQ,JPM"}])
        later = site.records.subscriptions.rules()
        assert [rule.rule.symbols for rule in later] == [("QQQ",), ("JPM",)]
        assert later[0].id == rules[0].id
        assert ann.send("/alerts/rules/remove", {"id": added["id"]}).get_json() == {"removed": True}
        assert site.records.subscriptions.rules() == ()

    def test_a_symbol_counts_from_when_it_came_into_the_list(self, site: Site) -> None:
        site.with_pro(ANN)
        ann = site.signed_in(ANN)
        put(ann, "watchlists", 0, [TECH])
        ann.send("/alerts/rules", ON_TECH)
        added = dt.datetime.now(dt.UTC)
        put(ann, "watchlists", 1, [TECH | {"symbols": "JPM,QQQ"}])
        since = {rule.rule.symbols[0]: rule.since for rule in site.records.subscriptions.rules()}
        assert since["JPM"] >= added > since["QQQ"]

    @pytest.mark.parametrize(
        "rule",
        [
            ON_TECH | {"watchlist": "Banks"},
            ON_TECH | {"watchlist": 5},
            ON_TECH | {"symbol": "SPY"},
            {"kind": "near", "watchlist": "Tech", "level": 600, "distance": 1, "unit": "pct"},
            {"kind": "sentiment", "watchlist": "Tech", "under": 20},
        ],
    )
    def test_what_cannot_be_on_a_list_is_refused(self, site: Site, rule: object) -> None:
        site.with_pro(ANN)
        ann = site.signed_in(ANN)
        put(ann, "watchlists", 0, [TECH])
        assert ann.send("/alerts/rules", rule).status_code == 400
        assert site.records.subscriptions.rules() == ()

    def test_another_s_list_is_none_of_mine(self, site: Site) -> None:
        put(site.signed_in(BOB), "watchlists", 0, [TECH])
        assert site.signed_in(ANN).send("/alerts/rules", ON_TECH).status_code == 400
