"""What is refused says why, truly and giving nothing away, and leaves nothing behind."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from analytics.accounts.api_tokens import Scope
from analytics.accounts.people import Role
from analytics.alerts.targets import is_public
from analytics.store.confirmations import LIFETIME, MOST_TRIES, Confirmations
from tests.support.accounts import DESK, Browser, Site

ANN = "ann@example.org"
INSIDE, ABSENT = "https://vm/hook", "https://nowhere.example/hook"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("home"))
    yield made
    made.desk.close()


@pytest.fixture
def site(opened: Site) -> Site:
    """With nobody in it."""
    with opened.records.database.writing() as connection:
        for table in ("people", "browser_sessions", "api_tokens", "channels", "own_documents"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    opened.app.server.extensions["visitors"].forget()
    return opened


@pytest.fixture
def ann(site: Site) -> Browser:
    return site.signed_in(ANN)


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network with one host inside, and none that a stranger may name."""

    def looked_up(host: str, port: int, **how: Any) -> list[Any]:
        if host == "vm" and not how.get("flags", 0) & socket.AI_NUMERICHOST:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", port))]
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)


def token_of(site: Site, scope: Scope, role: Role = Role.VIEWER) -> dict[str, str]:
    person = site.person(ANN, role)
    made = site.records.tokens.make(person.id, "t", scope, dt.timedelta(days=1))
    return {"Authorization": f"Bearer {made}"}


def put(browser: Browser, kind: str, body: object, **headers: str) -> TestResponse:
    return browser.client.put(
        f"/own/{kind}",
        json=body,
        base_url=DESK,
        headers={"Origin": DESK, **headers},
        environ_base={"REMOTE_ADDR": browser.address},
    )


def add_webhook(browser: Browser, target: str) -> TestResponse:
    return browser.send("/alerts/channels", {"kind": "webhook", "target": target})


class TestAChannelThatIsNotReached:
    @pytest.mark.parametrize("target", [INSIDE, ABSENT])
    def test_nothing_of_it_is_stored(self, site: Site, ann: Browser, target: str) -> None:
        for _ in range(2):
            assert add_webhook(ann, target).status_code == 400
        with site.records.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM channels").scalar() == 0

    def test_what_is_inside_and_what_is_nowhere_are_told_alike(self, ann: Browser) -> None:
        assert not is_public("10.1.2.3")
        said = {
            add_webhook(ann, target).get_json()["error"].replace(host, "HOST")
            for target, host in ((INSIDE, "vm"), (ABSENT, "nowhere.example"))
        }
        assert said == {"The webhook's host HOST was not found on the open internet."}

    def test_so_many_a_minute(self, ann: Browser) -> None:
        statuses = [add_webhook(ann, ABSENT).status_code for _ in range(12)]
        assert statuses[0] == 400
        assert statuses[-1] == 429


class TestACodeThatIsOver:
    def test_what_is_said_is_what_then_works(self, site: Site) -> None:
        begun = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
        now = [begun]
        confirmations = Confirmations(site.records.database, lambda: now[0])
        confirmations.begin("ann", "webhook", ABSENT)
        for _ in range(MOST_TRIES):
            assert confirmations.finish("ann", "webhook", ABSENT, "x") is False
        now[0] = begun + dt.timedelta(minutes=1)
        code = confirmations.begin("ann", "webhook", ABSENT).code
        assert confirmations.finish("ann", "webhook", ABSENT, code) is True
        assert dt.timedelta(minutes=1) < LIFETIME

    def test_the_page_says_when(self, ann: Browser) -> None:
        wrong = {"kind": "webhook", "target": ABSENT, "code": "1"}
        said = ann.send("/alerts/channels/confirm", wrong).get_json()["error"]
        assert "a minute after the last code was sent" in said


class TestNumbers:
    @pytest.mark.parametrize("version", [2**31, 2**63, 10**40])
    def test_one_that_no_column_holds(self, ann: Browser, version: int) -> None:
        answer = put(ann, "watchlists", {"version": version, "value": []})
        assert answer.status_code in (400, 409)
        assert answer.get_json()["error"].endswith(".")

    @pytest.mark.parametrize(
        "path",
        [
            "/notices.json?since=99999999999999999999",
            "/people/audit?before=99999999999",
            "/preview/draft?version=99999999999999999999",
        ],
    )
    def test_of_addresses(self, site: Site, path: str) -> None:
        owner = site.signed_in("owner@example.org", Role.OWNER)
        assert owner.get(path).status_code < 500


class TestZones:
    @pytest.mark.parametrize("zone", ["localtime", "Factory", "posixrules", "posix/Europe/Berlin"])
    def test_what_is_no_name_of_ianas(self, ann: Browser, zone: str) -> None:
        answer = put(ann, "preferences", {"version": 0, "value": {"zone": zone, "quiet": []}})
        assert (answer.status_code, "IANA" in answer.get_json()["error"]) == (400, True)

    @pytest.mark.parametrize("zone", ["Europe/Kyiv", "UTC", "Asia/Calcutta"])
    def test_what_browsers_send(self, ann: Browser, zone: str) -> None:
        answer = put(ann, "preferences", {"version": 0, "value": {"zone": zone, "quiet": []}})
        assert answer.status_code == 200


class TestTokens:
    def test_of_one_that_reads_its_scope_is_named(self, site: Site) -> None:
        answer = put(
            site.browser(),
            "watchlists",
            {"version": 0, "value": []},
            **token_of(site, Scope.READ),
        )
        assert answer.status_code == 403
        assert answer.get_json()["error"] == (
            "This token does not edit: its scope is another than edit."
        )

    def test_of_one_that_edits_what_it_lacks(self, site: Site) -> None:
        made = token_of(site, Scope.EDIT, Role.STAFF)
        answer = site.browser().send("/live/clock", {"speed": 1}, **made)
        assert answer.status_code == 403
        assert "with a token of scope edit that they made" in answer.get_json()["error"]

    @pytest.mark.parametrize("scope", [Scope.READ, Scope.EDIT])
    def test_the_account_is_no_programs_and_says_so_once(self, site: Site, scope: Scope) -> None:
        made = token_of(site, scope)
        program = site.browser()
        answer = program.get("/account", **made)
        assert (answer.status_code, "no token opens it" in answer.text) == (403, True)
        assert program.get("/sign-in?next=/account", **made).status_code == 200


class TestWhatBrowsersKeep:
    def test_no_answer_that_depends_on_who_asks(self, site: Site) -> None:
        """A browser's history would show it to whoever comes after."""
        browser = site.signed_in("pro@example.org")
        question = {
            "output": "answer-market.data",
            "outputs": {"id": "answer-market", "property": "data"},
            "inputs": [
                {"id": "question-market", "property": "data", "value": {"state": {}, "seen": {}}}
            ],
            "changedPropIds": ["question-market.data"],
        }
        for who in (browser, site.browser()):
            answer = who.send("/_dash-update-component", question)
            assert answer.headers["Cache-Control"] == "no-store", answer.text[:200]
        wrong = site.browser().send("/_dash-update-component", {"output": "x"})
        assert wrong.headers["Cache-Control"] == "no-store"
        assert "no-store" in site.browser().send("/own/nothing", {}).headers["Cache-Control"]
