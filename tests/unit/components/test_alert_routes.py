"""The routes of alerts: who may edit, what is refused, and what each viewer gets to know."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

import app as holdline
from analytics.alerts.model import LOCAL
from analytics.assembly import open_alerts, open_desk
from analytics.desk.desk import Desk
from analytics.model.question import Symbol
from analytics.runtime.alerts.history import DeskHistory, Split
from analytics.settings_reader import load_settings
from analytics.store.notices import Notices
from analytics.studies.supports.supports import SUPPORTS, SupportsParameters
from components.frame.panels import BUILDERS
from tests.support.accounts import AS_OWNER, let_owner_in
from tests.support.small_alerts import LOSES, NOW, publish
from tests.support.waiting import until
from tests.unit.runtime.test_alert_engine import FakeFeed

HERE = "http://127.0.0.1:8050"
MAIL = {"HOLDLINE_SMTP_URL": "smtp://localhost:2525", "HOLDLINE_MAIL_FROM": "desk@example.com"}
ABOVE_FEED = FakeFeed()
"""A feed that has a price of SPY from 10:02."""
ADDRESS = {"kind": "email", "target": "you@example.org"}

NO_TEXTS: tuple[Any, ...] = (None, {}, 5, ["a"], "")


class Site:
    """The app over a paused demo, asked as its owner's browser unless told otherwise."""

    def __init__(self, home: Path, environ: dict[str, str] | None = None) -> None:
        given = {"HOLDLINE_HOME": str(home), **MAIL, **(environ or {})}
        settings = load_settings(["--demo"], given)
        self.desk: Desk = open_desk(settings)
        self.alerts = open_alerts(settings, self.desk)
        self.app = holdline.create_app(settings, self.desk, alerts=self.alerts)
        let_owner_in(self.desk.records)
        self.client: FlaskClient = self.app.server.test_client()
        self.client.environ_base["HTTP_AUTHORIZATION"] = AS_OWNER["Authorization"]

    def post(self, path: str, body: Any, **how: Any) -> tuple[int, dict[str, Any]]:
        answer = self.client.post(path, json=body, base_url=HERE, **how)
        return answer.status_code, answer.get_json()

    def get(self, path: str, **how: Any) -> tuple[int, Any]:
        answer = self.client.get(path, base_url=HERE, **how)
        return answer.status_code, answer.get_json(silent=True)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("home"))
    yield made
    made.desk.close()


@pytest.fixture
def site(opened: Site) -> Site:
    """With an empty store."""
    with opened.desk.records.database.writing() as connection:
        for table in ("deliveries", "notices", "alert_rules", "channels"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return opened


class TestEdits:
    def test_a_rule_is_added_once_and_removed(self, site: Site) -> None:
        status, answer = site.post("/alerts/rules", LOSES)
        assert (status, answer["words"]) == (200, "SPY loses its 50-DMA")
        assert site.post("/alerts/rules", LOSES)[1]["id"] == answer["id"]
        assert len(site.desk.records.subscriptions.rules(LOCAL)) == 1
        assert site.post("/alerts/rules/remove", {"id": answer["id"]}) == (200, {"removed": True})
        assert site.post("/alerts/rules/remove", {"id": answer["id"]}) == (200, {"removed": False})

    def test_a_channel_is_added_tested_once_a_minute_and_removed(self, site: Site) -> None:
        assert site.post("/alerts/channels/test", ADDRESS)[0] == 400
        assert site.post("/alerts/channels", ADDRESS) == (200, ADDRESS)
        minute = [site.post("/alerts/channels/test", ADDRESS) for _ in range(3)]
        assert minute[0] == (200, {"new": True})
        assert (200, {"new": False}) in minute
        mine = site.get("/alerts/mine")[1]
        assert mine["channels"] == [ADDRESS]
        assert mine["email_refusal"] is None
        (delivery,) = mine["deliveries"]["1"]
        assert (delivery["state"], delivery["target"]) == ("waiting", "you@example.org")
        assert site.post("/alerts/channels/remove", ADDRESS) == (200, {"removed": True})
        (delivery,) = site.get("/alerts/mine")[1]["deliveries"]["1"]
        assert (delivery["state"], delivery["error"]) == ("given-up", "the channel was removed")

    def test_a_test_goes_to_the_one_channel_only(self, site: Site) -> None:
        other = {"kind": "webhook", "target": "https://example.org/hook"}
        site.post("/alerts/channels", ADDRESS)
        site.post("/alerts/channels", other)
        site.post("/alerts/channels/test", other)
        (deliveries,) = site.get("/alerts/mine")[1]["deliveries"].values()
        assert [delivery["channel"] for delivery in deliveries] == ["webhook"]

    @pytest.mark.parametrize(
        "host",
        [
            *(
                "127.0.0.1:9",
                "127.1",
                "2130706433",
                "0x7f.1",
                "localhost",
                "LocalHost.",
                "a.localhost",
            ),
            *("10.0.0.1", "169.254.169.254", "168.63.129.16", "192.0.0.192", "100.64.0.1"),
            *(
                "[::1]",
                "[::ffff:10.0.0.1]",
                "[fec0::1]",
                "[fd00::1]",
                "[3fff::1]",
                "[64:ff9b::a00:1]",
            ),
        ],
    )
    def test_a_webhook_that_nothing_is_ever_sent_to_is_refused_when_typed(
        self, site: Site, host: str
    ) -> None:
        hook = {"kind": "webhook", "target": f"http://{host}/x"}
        status, answer = site.post("/alerts/channels", hook)
        assert status == 400
        assert re.fullmatch(
            r"The webhook's host \S+ is not on the open internet: nothing is sent to private .+"
            r"HOLDLINE_WEBHOOK_PRIVATE=1 allows it\.",
            answer["error"],
        )
        assert site.desk.records.subscriptions.channels(LOCAL) == ()

    def test_an_operator_may_let_webhooks_go_to_private_addresses(self, tmp_path: Path) -> None:
        inside = Site(tmp_path, {"HOLDLINE_WEBHOOK_PRIVATE": "1"})
        for host in ("127.0.0.1:9", "localhost"):
            hook = {"kind": "webhook", "target": f"http://{host}/x"}
            assert inside.post("/alerts/channels", hook) == (200, hook)
        inside.desk.close()

    @pytest.mark.parametrize("host", ["example.org", "1.1.1.1", "localhost.example.org"])
    def test_a_name_is_looked_up_when_something_is_sent(self, site: Site, host: str) -> None:
        hook = {"kind": "webhook", "target": f"https://{host}/x"}
        assert site.post("/alerts/channels", hook) == (200, hook)

    def test_there_is_an_end_to_rules_and_channels(self, site: Site) -> None:
        for number in range(60):
            rule = {"kind": "near", "symbol": "SPY", "level": 500 + number}
            assert site.post("/alerts/rules", rule | {"distance": 1, "unit": "pct"})[0] == 200
        status, answer = site.post("/alerts/rules", LOSES)
        assert (status, answer["error"]) == (400, "There are 60 rules already: remove one first.")

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/alerts/rules", {"kind": "crossing"}),
            ("/alerts/rules", {"kind": "<script>"}),
            ("/alerts/rules", []),
            ("/alerts/channels", {"kind": "email", "target": "no address"}),
            ("/alerts/channels", {"kind": "webhook", "target": "file:///etc/passwd"}),
            ("/alerts/channels", {"kind": "email", "target": "a@b.example\r\nBcc: c@d.example"}),
            ("/alerts/rules", {"kind": "x" * 5000}),
            ("/alerts/rules", {"kind": "scan", "stands": "under", "universe": {}}),
            *(
                (f"/alerts/{path}", {"id": bad, "kind": bad, "target": bad})
                for path in ("rules/remove", "channels/remove", "channels/resume")
                for bad in NO_TEXTS
            ),
        ],
        ids=str,
    )
    def test_what_is_malformed_is_refused_in_a_sentence(
        self, site: Site, path: str, body: Any
    ) -> None:
        status, answer = site.post(path, body)
        assert status == 400
        assert answer["error"].endswith(".")
        assert site.desk.records.subscriptions.rules(LOCAL) == ()
        assert site.desk.records.subscriptions.channels(LOCAL) == ()

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"kind": "touch"}, "symbol is missing: 1 to 15 letters"),
            ({"kind": "touch", "symbol": "A" * 300}, f"'{'A' * 30}' is not a symbol"),
            ({"kind": "touch", "symbol": "SPY"}, "Name a level: at is its name, such as prior"),
            ({"kind": "scan", "stands": "x"}, "stands is 'x': accepted are held, "),
            ({"symbol": "SPY"}, "kind is missing: accepted are crossing, "),
            ({"kind": "touch", "symbol": "brk.b", "at": "50-DMA"}, "did you mean BRK-B?"),
            (
                {"kind": "touch", "symbol": "SPY", "at": "anchored VWAP (1900-01-01)"},
                ", after that day",
            ),
            (
                {"kind": "touch", "symbol": "SPY", "at": "anchored VWAP (2030-01-02)"},
                "2030-01-02 is ahead of the last session, 2025-01-24",
            ),
            (
                {"kind": "touch", "symbol": "SPY", "at": "anchored VWAP (20250120)"},
                "at is 'anchored VWAP (20250120)'",
            ),
            (
                {"kind": "touch", "symbol": "SPY", "at": "anchored VWAP (2025-W03-1)"},
                "at is 'anchored VWAP (2025-W03-1)'",
            ),
        ],
    )
    def test_a_refusal_says_what_is_wrong_in_plain_words(
        self, site: Site, fields: dict[str, Any], said: str
    ) -> None:
        status, answer = site.post("/alerts/rules", fields)
        assert status == 400
        assert said in answer["error"]
        assert answer["error"].endswith((".", "?"))
        for wrong in ("None", "?.", "are , "):
            assert wrong not in answer["error"]

    @pytest.mark.parametrize(
        "how",
        [
            {"headers": {"Origin": "https://evil.example"}},
            {"headers": {"Sec-Fetch-Site": "cross-site"}},
            {"headers": {"Authorization": ""}},
            {"headers": {"Authorization": "Bearer hl_guess"}},
        ],
        ids=str,
    )
    @pytest.mark.parametrize(
        "path",
        [
            "/alerts/rules",
            "/alerts/rules/remove",
            "/alerts/channels",
            "/alerts/channels/remove",
            "/alerts/channels/test",
        ],
    )
    def test_a_stranger_or_another_site_changes_nothing(
        self, site: Site, path: str, how: dict[str, Any]
    ) -> None:
        assert site.post(path, {**LOSES}, **how)[0] == 403
        assert site.desk.records.subscriptions.rules(LOCAL) == ()

    def test_a_form_of_another_site_changes_nothing(self, site: Site) -> None:
        answer = site.client.post("/alerts/rules", data='{"kind": "sentiment"}', base_url=HERE)
        assert answer.status_code == 400

    def test_e_mail_that_cannot_be_sent_is_not_taken(self, tmp_path: Path) -> None:
        bare = Site(tmp_path, {"HOLDLINE_SMTP_URL": ""})
        status, answer = bare.post("/alerts/channels", ADDRESS)
        assert (status, "HOLDLINE_SMTP_URL" in answer["error"]) == (400, True)
        bare.desk.close()


class TestHostileBodies:
    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            (b'{"kind": "\\ud800"}', "The request holds characters that are no text."),
            (b'{"kind": "a\\u0000b"}', "The request holds characters that are no text."),
            (b'{"kind": ' + b"[" * 1_500 + b"]" * 1_500 + b"}", "nested too deeply|not a JSON"),
            (b"[1]", "The request is not a JSON object."),
        ],
    )
    def test_each_is_refused_in_a_sentence(self, site: Site, body: bytes, sentence: str) -> None:
        reply = site.client.post("/alerts/rules", data=body, content_type="application/json")
        assert reply.status_code == 400
        assert re.search(sentence, reply.get_data(as_text=True))


class TestViewers:
    def stranger(self, site: Site, path: str) -> tuple[int, Any]:
        return site.get(path, headers={"Authorization": ""})

    @pytest.fixture(autouse=True)
    def no_memory(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("components.pages.alerts.newest_notices.READ_SECONDS", 0.0)

    def test_only_what_is_new_is_told(self, site: Site) -> None:
        assert self.stranger(site, "/notices.json") == (200, {"newest": 0, "notices": []})
        assert self.stranger(site, "/notices.json?since=0")[0] == 204
        for key in "abc":
            publish(site.desk.records, key, title=f"Notice {key}")
        answer = self.stranger(site, "/notices.json?since=1")[1]
        assert answer["newest"] == 3
        assert [n["title"] for n in answer["notices"]] == ["Notice b", "Notice c"]
        assert self.stranger(site, "/notices.json?since=3")[0] == 204

    def test_a_first_visit_gets_no_history(self, site: Site) -> None:
        publish(site.desk.records)
        assert self.stranger(site, "/notices.json") == (200, {"newest": 1, "notices": []})

    @pytest.mark.parametrize("since", ["-1", "x", "1e3", "٣", "9" * 40])
    def test_a_number_that_is_none_gets_no_history(self, site: Site, since: str) -> None:
        publish(site.desk.records)
        assert self.stranger(site, f"/notices.json?since={since}")[1]["notices"] == []

    def test_a_number_of_a_store_that_is_gone_begins_anew(self, site: Site) -> None:
        publish(site.desk.records)
        answer = self.stranger(site, "/notices.json?since=70")[1]
        assert answer == {"newest": 1, "notices": []}

    def test_where_the_subscriber_is_told_is_for_staff_only(self, site: Site) -> None:
        site.post("/alerts/channels", ADDRESS)
        publish(site.desk.records)
        assert self.stranger(site, "/alerts/mine")[0] == 403
        public = self.stranger(site, "/notices.json?since=0")[1]
        assert "example.org" not in str(public)
        for panel in ("log", "rules"):
            payload = self.payload(site, panel)
            assert "example.org" not in str(payload)

    def test_a_store_that_cannot_be_read_says_so(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        database = site.desk.records.database
        monkeypatch.setattr(database, "_refusal", "The store cannot be used: gone.")
        assert self.stranger(site, "/notices.json?since=0") == (
            503,
            {"error": "The store cannot be used: gone."},
        )
        assert site.post("/alerts/rules", LOSES) == (
            503,
            {"error": "The store cannot be used: gone."},
        )

    def test_a_slow_store_holds_up_one_request_and_not_all(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        publish(site.desk.records)
        assert self.stranger(site, "/notices.json?since=0")[1]["newest"] == 1
        entered, leave = threading.Event(), threading.Event()
        since = Notices.since

        def slow(notices: Notices, *words: Any) -> Any:
            entered.set()
            assert leave.wait(30)
            return since(notices, *words)

        monkeypatch.setattr(Notices, "since", slow)
        waiting = threading.Thread(target=self.stranger, args=(site, "/notices.json"))
        waiting.start()
        assert entered.wait(30)
        assert self.stranger(site, "/notices.json?since=0")[1]["newest"] == 1
        leave.set()
        waiting.join()

    def test_metrics_count_what_was_fired_and_sent(self, site: Site) -> None:
        text = site.client.get("/metrics").text
        assert "holdline_alerts_fired_total 0" in text
        assert "# TYPE holdline_deliveries_total counter" in text

    def payload(self, site: Site, name: str, **state: str) -> Any:
        """What a panel of the page gets."""
        return json.loads(site.app.server.extensions[BUILDERS][f"alerts/{name}"](state))

    def test_the_page_says_how_each_rule_stands(self, site: Site) -> None:
        site.post("/alerts/rules", LOSES)
        site.post("/alerts/rules", {"kind": "sentiment", "under": 20})
        shown = self.payload(site, "rules")
        assert shown["title"].startswith("SPY stands ")
        assert "its 50-DMA" in shown["title"]
        text = str(shown["body"])
        assert "SPY loses its 50\u2011DMA" in text
        assert "data-live" not in text, "words and figures of a row are of one price"
        assert "the sentiment index is " in text

    def test_after_the_close_a_row_has_the_ladder_s_level_and_the_status_its_own(
        self, site: Site
    ) -> None:
        names = ("prior day low", "50-DMA", "profile value area low")
        for at in ("prior day low", "profile value area low"):
            site.post("/alerts/rules", {"kind": "touch", "symbol": "SPY", "at": at})
        site.post("/alerts/rules", LOSES)
        asked = SupportsParameters(Symbol("SPY"), sets=("prior-lows", "profile"))
        ladder = site.desk.ask(SUPPORTS, asked, dt.date(2025, 1, 24)).result
        assert ladder is not None
        found = {level.name: level for level in ladder.levels if level.name in names}
        text = str(self.payload(site, "rules", as_of="2025-01-24")["body"])
        assert len(found) == len(names)
        for level in found.values():
            assert f"'{level.price:.2f}'" in text, level.name
            assert f"{level.status} {level.session_level:.2f}" in text, level.name

    def test_a_row_is_of_the_feed_s_price(self, site: Site) -> None:
        site.post("/alerts/rules", LOSES)
        site.app.server.extensions["feed"] = ABOVE_FEED
        shown = self.payload(site, "rules")
        line = ABOVE_FEED.peek().content.quotes["SPY"]
        level = line.levels["50-DMA"]
        assert f"'{line.price:.2f}'" in str(shown["body"])
        away = abs(line.price / level.price - 1) * 100
        assert f"{away:.1f}%" in shown["title"]

    def test_the_page_says_what_is_followed_and_how_old_its_last_price_is(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site.post("/alerts/rules", LOSES)
        site.post("/alerts/rules", LOSES | {"symbol": "QQQ"})
        monkeypatch.setattr(site.desk.source, "now", lambda: NOW + dt.timedelta(seconds=7))
        site.app.server.extensions["feed"] = ABOVE_FEED
        shown = self.payload(site, "rules")
        assert "10:02 EST, 7 s old" in str(shown["body"])
        assert "2 symbols are followed for these rules" in shown["note"]
        assert "Without a price: QQQ (not followed: " in shown["note"]
        past = self.payload(site, "rules", as_of="2025-01-24")
        assert "s old" not in str(past["body"])

    def test_metrics_say_what_is_followed_and_how_old_its_last_price_is(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        made = Site(tmp_path)
        made.post("/alerts/rules", LOSES)
        made.post("/alerts/rules", LOSES | {"symbol": "QQQ"})
        monkeypatch.setattr(made.desk.source, "now", lambda: NOW + dt.timedelta(seconds=7))
        made.alerts.start(ABOVE_FEED)
        until(lambda: len(made.alerts.followed()) == 2, "the rules")
        text = made.client.get("/metrics").text
        made.alerts.close()
        made.desk.close()
        assert 'holdline_alert_symbols{price="yes"} 1' in text
        assert 'holdline_alert_symbols{price="no"} 1' in text
        assert 'holdline_alert_price_age_seconds{symbol="SPY"} 7' in text

    def test_a_price_typed_before_a_split_is_shown_adjusted_and_as_it_was(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(DeskHistory, "splits", lambda *_: (Split(dt.date(2025, 1, 27), 10.0),))
        monkeypatch.setattr(
            site.desk.records.subscriptions, "_clock", lambda: NOW - dt.timedelta(days=30)
        )
        rule = {"kind": "near", "symbol": "SPY", "level": 5905.0, "distance": 1, "unit": "pct"}
        site.post("/alerts/rules", rule)
        text = str(self.payload(site, "rules")["body"])
        assert "SPY is within 1% of 590.50" in text
        assert "Set before a split: SPY is within 1% of 5,905.00." in text

    def test_the_log_lists_what_was_told_up_to_the_date_shown(self, site: Site) -> None:
        publish(site.desk.records)  # on Monday at 10:02
        assert self.payload(site, "log")["title"].startswith("Latest notice: SPY closed under")
        before = self.payload(site, "log", as_of="2025-01-24")
        assert before["absence"] == "Notices will be listed here."

    def test_the_ladder_leads_to_the_alert_of_an_average(self, site: Site) -> None:
        ladder = site.app.server.extensions[BUILDERS]["supports/ladder"]({"symbol": "BRK-B"})
        assert "/alerts?symbol=BRK-B&level=200" in str(json.loads(ladder))

    def test_without_a_rule_the_page_says_what_to_do(self, site: Site) -> None:
        assert "add one below" in self.payload(site, "rules")["absence"]

    def test_a_title_is_text_and_no_html(self, site: Site) -> None:
        publish(site.desk.records, title="<img src=x onerror=alert(1)>")
        body = self.payload(site, "log")["body"]
        assert "<img src=x" in str(body)
        assert "dangerously" not in str(body)
