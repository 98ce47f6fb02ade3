"""Who may read metrics and the details of readiness, and the security log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import app as holdline
from analytics.assembly import open_desk
from analytics.model.vocabulary import BadInput
from analytics.runtime import logs
from analytics.settings_reader import load_settings
from components.server.security_log import MOST_A_MINUTE, LineBudget
from tests.support.accounts import AS_OWNER, let_owner_in

SCRAPE = "a-scrape-token-of-some-length"
AFAR = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    environ = {
        "HOLDLINE_HOME": str(tmp_path_factory.mktemp("home")),
        "HOLDLINE_HOST": "0.0.0.0",
        "HOLDLINE_SCRAPE_TOKEN": SCRAPE,
    }
    settings = load_settings(["--demo"], environ)
    desk = open_desk(settings)
    let_owner_in(desk.records, "owner@desk.example")
    made: FlaskClient = holdline.create_app(settings, desk).server.test_client()
    return made


class TestWhoMayLook:
    def test_a_stranger_learns_whether_it_is_ready_and_no_more(self, client: FlaskClient) -> None:
        assert client.get("/metrics", environ_base=AFAR).status_code == 403
        answer = client.get("/readyz", environ_base=AFAR)
        assert (answer.status_code, answer.get_json()) == (200, {"ready": True})

    def test_through_a_proxy_on_this_machine_a_stranger_stays_one(
        self, client: FlaskClient
    ) -> None:
        assert client.get("/metrics", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 403

    def test_a_page_that_calls_itself_by_another_name_may_not(self, client: FlaskClient) -> None:
        assert client.get("/metrics", headers={"Host": "rebound.example"}).status_code == 421

    @pytest.mark.parametrize(
        "headers",
        [{"Authorization": f"Bearer {SCRAPE}"}, AS_OWNER],
        ids=["scrape-token", "staff"],
    )
    def test_who_shows_a_token_may_from_anywhere(
        self, client: FlaskClient, headers: dict[str, str]
    ) -> None:
        metrics = client.get("/metrics", environ_base=AFAR, headers=headers)
        assert "holdline_store_working 1" in metrics.text
        ready = client.get("/readyz", environ_base=AFAR, headers=headers).get_json()
        assert ready["store"] == "ok"

    @pytest.mark.parametrize("given", ["", "Bearer ", f"Bearer {SCRAPE[:-1]}", SCRAPE])
    def test_a_wrong_token_is_none(self, client: FlaskClient, given: str) -> None:
        headers = {"Authorization": given}
        assert client.get("/metrics", environ_base=AFAR, headers=headers).status_code == 403

    def test_this_machine_may(self, client: FlaskClient) -> None:
        assert client.get("/metrics").status_code == 200

    def test_the_scrape_token_edits_nothing(self, client: FlaskClient) -> None:
        headers = {"Authorization": f"Bearer {SCRAPE}"}
        assert client.get("/me", headers=headers).get_json()["staff"] is False

    def test_a_short_one_is_refused_at_the_start(self) -> None:
        with pytest.raises(BadInput, match="HOLDLINE_SCRAPE_TOKEN needs at least 16"):
            load_settings([], {"HOLDLINE_SCRAPE_TOKEN": "short"})


class TestSecurityLog:
    @pytest.fixture(autouse=True)
    def heard(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        with caplog.at_level(logging.INFO, logs.SECURITY):
            yield

    def lines(self, caplog: pytest.LogCaptureFixture) -> list[str]:
        return [r.getMessage() for r in caplog.records if r.name == logs.SECURITY]

    def test_a_passkey_that_is_nobodys(
        self, client: FlaskClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        client.post("/sign-in/passkey", json={"passkey": {}}, environ_base=AFAR)
        assert self.lines(caplog) == [
            "viewer POST /sign-in/passkey from 203.0.113.9: failed (400) "
            "The passkey was not accepted; try again."
        ]

    def test_an_edit_by_staff_and_one_that_failed(
        self, client: FlaskClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        rule = {"kind": "sentiment", "under": 20}
        headers = AS_OWNER
        client.post("/alerts/rules", json=rule, headers=headers, environ_base=AFAR)
        client.post("/alerts/rules", json={}, headers=headers, environ_base=AFAR)
        first, second = self.lines(caplog)
        assert first == "staff POST /alerts/rules from 203.0.113.9: done (200) "
        assert second.startswith("staff POST /alerts/rules from 203.0.113.9: failed (400) ")

    def test_metrics_refused(self, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
        client.get("/metrics", environ_base=AFAR)
        assert self.lines(caplog)[0].startswith("viewer GET /metrics from 203.0.113.9: refused")

    def test_pages_and_panels_are_not_in_it(
        self, client: FlaskClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        client.get("/supports", environ_base=AFAR)
        client.post("/_dash-update-component", json={}, environ_base=AFAR)
        assert self.lines(caplog) == []

    def test_a_line_feed_in_an_address_begins_no_line(
        self, client: FlaskClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        client.post("/x%0Astaff%20did%20it", environ_base=AFAR)
        (line,) = self.lines(caplog)
        assert "\n" not in line
        assert "\\n" in line

    def test_a_flood_is_cut_and_counted(self) -> None:
        now = [0.0]
        budget = LineBudget(lambda: now[0])
        taken = [budget.take() for _ in range(MOST_A_MINUTE + 30)]
        assert sum(there for there, _ in taken) == MOST_A_MINUTE
        now[0] = 60.0
        assert budget.take() == (True, 30)

    @pytest.mark.parametrize("form", ["text", "json"])
    def test_it_is_written_in_both_formats(
        self, form: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        root, security = logging.getLogger(), logging.getLogger(logs.SECURITY)
        before = root.handlers[:], root.level, security.handlers[:], security.propagate
        try:
            logs.configure(form)
            fields = {"who": "staff", "what": "POST /scenes.json"}
            security.info("staff POST /scenes.json", extra={"fields": fields})
            written = capfd.readouterr().err
        finally:
            root.handlers, root.level = before[0], before[1]
            security.handlers, security.propagate = before[2], before[3]
        if form == "json":
            assert json.loads(written)["who"] == "staff"
        else:
            assert "holdline.security: staff POST /scenes.json" in written
