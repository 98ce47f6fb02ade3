"""One's own account: trial, tokens, export, deletion, and the one owner of a laptop."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from analytics.accounts.api_tokens import Scope
from analytics.accounts.people import Person, Role
from analytics.accounts.sessions import BrowserSession, Method, SignedIn
from analytics.alerts.model import LOCAL
from analytics.commands import accounts as account_commands
from analytics.commands.accounts import owner_link
from analytics.model.access import Plan
from analytics.model.vocabulary import BadInput
from analytics.store.browser_sessions import BrowserSessions
from components.server.accounts import passkey_checks
from tests.support.accounts import DESK, Browser, Site

YOU = "you@example.org"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("home"))
    yield made
    made.desk.close()


@pytest.fixture
def site(opened: Site) -> Site:
    """With nobody in it."""
    with opened.records.database.writing() as connection:
        for table in ("people", "browser_sessions", "grants", "api_tokens", "audit_log"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    opened.app.server.extensions["visitors"].forget()
    return opened


class TestTrial:
    def test_once_and_it_ends_at_that_second(self, site: Site) -> None:
        browser = site.signed_in(YOU)
        browser.submit("/account/trial")
        assert browser.me()["plan"] == "trial"
        person = site.person(YOU)
        ((_, grant),) = site.records.people.grants(person.id)
        assert grant.until is not None
        assert grant.until - grant.since == dt.timedelta(days=14)
        before = grant.until - dt.timedelta(microseconds=1)
        assert site.records.people.plan(person, before) is Plan.TRIAL
        assert site.records.people.plan(person, grant.until) is Plan.FREE
        assert "A trial is there once" in browser.submit("/account/trial").text
        assert "Try PRO" not in browser.get("/account").text

    def test_not_for_a_stranger(self, site: Site) -> None:
        answer = site.browser().submit("/account/trial")
        assert (answer.status_code, answer.location) == (303, "/sign-in")


class TestTokens:
    def make(self, browser: Browser, scope: str) -> str:
        page = browser.submit("/account/tokens/make", name="mine", scope=scope, days="7").text
        found = re.search(r"<code>(hl_[\w-]{43})</code>", page)
        assert found, page
        assert found[1] not in browser.get("/account").text
        return found[1]

    def test_what_each_scope_lets_a_program_do(self, site: Site) -> None:
        browser = site.signed_in(YOU, Role.STAFF)
        rule = {"kind": "sentiment", "under": 20}
        wanted = {"read": (403, 403), "edit": (200, 200), "metrics": (403, 200)}
        for scope, (edit, metrics) in wanted.items():
            bearer = {"Authorization": f"Bearer {self.make(browser, scope)}"}
            program = site.browser()
            assert program.send("/alerts/rules", rule, **bearer).status_code == edit, scope
            assert program.get("/metrics", **bearer).status_code == metrics, scope

    def test_a_viewer_makes_none_for_metrics(self, site: Site) -> None:
        answer = site.signed_in(YOU).submit(
            "/account/tokens/make", name="mine", scope="metrics", days="7"
        )
        assert "accepted are read, edit" in answer.text

    @pytest.mark.parametrize("days", ["0", "367", "1e9", "x", ""])
    def test_days(self, site: Site, days: str) -> None:
        answer = site.signed_in(YOU).submit(
            "/account/tokens/make", name="mine", scope="read", days=days
        )
        assert "a number from 1 to 366 is accepted" in answer.text

    def test_revoked_it_lets_nobody_in(self, site: Site) -> None:
        browser = site.signed_in(YOU)
        bearer = {"Authorization": f"Bearer {self.make(browser, 'read')}"}
        ((token),) = site.records.tokens.of(site.person(YOU).id)
        assert token.scope is Scope.READ
        stranger = site.signed_in("who@example.org")
        assert "no such token" in stranger.submit("/account/tokens/revoke", token=token.id).text
        browser.submit("/account/tokens/revoke", token=token.id)
        assert site.records.tokens.find(bearer["Authorization"].removeprefix("Bearer ")) is None


class TestPasskeys:
    def test_they_are_changed_soon_after_signing_in_alone(self, site: Site) -> None:
        browser = site.signed_in(YOU)
        assert browser.send("/account/passkeys/options", {}).status_code == 200
        with site.records.database.writing() as connection:
            connection.exec_driver_sql("UPDATE browser_sessions SET created_at = '2020-01-01'")
        site.app.server.extensions["visitors"].forget()
        answer = browser.send("/account/passkeys/options", {})
        assert answer.status_code == 403
        assert "Sign out and in again first" in answer.get_json()["error"]
        assert "Sign out and in" in browser.submit("/account/passkeys/remove", credential="x").text

    def test_without_their_package_it_is_said(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(passkey_checks, "find_spec", lambda name: None)
        browser = site.signed_in(YOU)
        for path in (
            "/sign-in/passkey/options",
            "/sign-in/passkey",
            "/account/passkeys/options",
            "/account/passkeys/add",
        ):
            answer = browser.send(path, {"passkey": {}})
            assert answer.status_code == 400
            assert "requirements-served.txt" in answer.get_json()["error"]
        assert "passkey-sign-in" not in site.browser().get("/sign-in").text

    def test_staff_with_one_add_another_only_by_it(self, site: Site) -> None:
        """Who reads their mail could else make a passkey of their own."""
        person = site.person(YOU, Role.OWNER)
        site.records.passkeys.add(
            person.id, "known", b"key", sign_count=0, backed_up=False, name="Phone"
        )
        thief = site.browser()
        token = site.records.sessions.begin(person, Method.LINK, "", "")
        thief.client.set_cookie("__Host-holdline", token, domain="desk.example", secure=True)
        answer = thief.send("/account/passkeys/options", {})
        assert (answer.status_code, answer.get_json()["error"]) == (
            403,
            "Sign in with your passkey first.",
        )


class TestAudit:
    def test_who_did_what_from_where(self, site: Site) -> None:
        browser = site.signed_in(YOU)
        browser.submit("/account/trial")
        browser.submit("/sign-out")
        site.browser("198.51.100.7").submit("/sign-in/link/use", token="guess")
        entries = site.records.audit.entries()
        assert [(e.called, e.action, e.outcome) for e in entries] == [
            ("", "sign in", "refused"),
            (YOU, "sign out", "done"),
            (YOU, "begin trial", "done"),
        ]
        assert entries[0].address == "198.51.100.7"
        assert entries[1].address == browser.address
        found = site.records.audit.entries("begin")
        assert [e.number for e in found] == [entries[2].number]
        assert site.records.audit.entries(before=entries[1].number) == (entries[2],)

    def test_people_stand_in_it_by_their_ids(self, site: Site) -> None:
        browser = site.signed_in(YOU)
        person = site.person_of(YOU)
        browser.submit("/account/trial")
        browser.get("/account/export")
        site.browser().submit("/sign-in/link", email=f"{YOU} {YOU}")
        with site.records.database.reading() as connection:
            rows = str(connection.exec_driver_sql("SELECT * FROM audit_log").all())
        assert YOU not in rows
        assert person.id in rows
        found = site.records.audit.entries(YOU)
        assert [(one.action, one.target) for one in found] == [
            ("export", YOU),
            ("begin trial", YOU),
        ]

    def test_what_a_program_did_names_its_token(self, site: Site) -> None:
        browser = site.signed_in(YOU, Role.OWNER)
        ann = site.person("ann@example.org")
        browser.submit("/account/tokens/make", name="nightly job", scope="edit", days="7")
        (known,) = site.records.tokens.of(site.person_of(YOU).id)
        token = site.records.tokens.make(
            known.person, "other job", Scope.EDIT, dt.timedelta(days=1), most=Role.OWNER
        )
        program = site.browser()
        act, fields = f"/people/{ann.id}/grants", {"days": "3", "reason": "x"}
        program.client.post(
            act,
            data=fields,
            base_url=DESK,
            headers={"Authorization": f"Bearer {token}"},
            environ_base={"REMOTE_ADDR": program.address},
        )
        browser.submit(act, **fields)
        by_hand, by_program = site.records.audit.entries("grant")
        assert (by_hand.called, by_hand.token) == (YOU, "")
        assert (by_program.called, by_program.token) == (YOU, "other job")
        assert site.records.audit.entries("other job") == (by_program,)
        assert "by the token other job" in browser.get("/people/audit").text


class TestTheSimulatedClock:
    def test_on_a_site_it_is_staffs(self, site: Site) -> None:
        for browser, status in (
            (site.browser(), 403),
            (site.signed_in(YOU), 403),
            (site.signed_in("ann@example.org", Role.STAFF), 200),
        ):
            assert browser.send("/live/clock", {"speed": 0}).status_code == status


class TestOwnData:
    def test_the_export_has_it_all_and_no_secret(self, site: Site) -> None:
        browser = site.signed_in(YOU)
        browser.submit("/account/trial")
        export = browser.get("/account/export").get_json()
        assert export["people"][0]["email"] == YOU
        assert export["grants"][0]["plan"] == "trial"
        assert "digest" not in str(export)
        other = site.signed_in("who@example.org").get("/account/export").get_json()
        assert YOU not in str(other)

    def test_deletion_deletes(self, site: Site) -> None:
        browser = site.signed_in(YOU)
        person = site.person(YOU)
        site.records.subscriptions.add_channel(person.id, "email", YOU)
        assert "Type delete" in browser.submit("/account/delete", sure="yes").text
        browser.submit("/account/delete", sure="delete")
        assert browser.me()["signedIn"] is False
        with site.records.database.reading() as connection:
            for table in ("people", "browser_sessions", "grants", "channels", "audit_log"):
                rows = str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
                if table == "audit_log":
                    assert "delete account" in rows
                else:
                    assert person.id not in rows, table

    def test_its_documents_are_kept_nowhere(self, site: Site) -> None:
        browser = site.signed_in(YOU)
        for path in ("/account", "/account/export", "/me"):
            assert browser.get(path).headers["Cache-Control"] == "no-store", path
        assert browser.submit("/sign-out").headers["Clear-Site-Data"] == '"cache"'

    def test_the_last_owner_stays(self, site: Site) -> None:
        browser = site.signed_in(YOU, Role.OWNER)
        assert "the last owner" in browser.submit("/account/delete", sure="delete").text


class TestLifetimes:
    @pytest.mark.parametrize(
        ("role", "idle", "longest"), [(Role.VIEWER, 14 * 24, 90 * 24), (Role.OWNER, 12, 7 * 24)]
    )
    def test_unused_and_at_all(self, site: Site, role: Role, idle: int, longest: int) -> None:
        """Hours as docs/security.md has them."""
        begun = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
        now = [begun]
        sessions = BrowserSessions(site.records.database, lambda: now[0])
        person = site.person(YOU, role)
        token = sessions.begin(person, Method.PASSKEY, "", "")
        now[0] = begun + dt.timedelta(hours=idle, seconds=-1)
        assert sessions.find(token) is not None
        now[0] += dt.timedelta(hours=idle)
        assert sessions.find(token) is None
        now[0] = begun
        token = sessions.begin(person, Method.PASSKEY, "", "")
        while now[0] + dt.timedelta(hours=idle / 2) < begun + dt.timedelta(hours=longest):
            now[0] += dt.timedelta(hours=idle / 2)
            assert sessions.find(token) is not None
        now[0] = begun + dt.timedelta(hours=longest)
        assert sessions.find(token) is None

    def test_what_is_over_shows_nothing(self) -> None:
        at = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
        person = Person("p", None, "", Role.OWNER, at)
        session = BrowserSession("s", "p", Method.PASSKEY, at, at, at, at, "", "")
        assert SignedIn(session, person, ()).plan(at) is Plan.FREE


class TestCommands:
    def run(self, home: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
        monkeypatch.setenv("HOLDLINE_HOME", str(home))
        monkeypatch.setenv("HOLDLINE_ACCOUNTS", "on")
        return account_commands.run(words)

    def test_the_first_owner_and_recovery(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.run(tmp_path, monkeypatch, "list") == "There are no accounts yet."
        said = self.run(tmp_path, monkeypatch, "owner", YOU)
        assert re.search(r"http://127.0.0.1:8050/sign-in/link\?token=[\w-]{43}$", said)
        assert re.fullmatch(
            rf"{YOU} +owner +owner", self.run(tmp_path, monkeypatch, "list").strip()
        )
        said = self.run(tmp_path, monkeypatch, "recover", YOU)
        assert "0 passkeys are removed, and 0 sessions and 0 API tokens ended" in said
        with pytest.raises(BadInput, match="There is no account of"):
            self.run(tmp_path, monkeypatch, "recover", "who@example.org")

    @pytest.mark.parametrize("words", [(), ("owner",), ("owner", "x"), ("x",), ("list", "x")])
    def test_other_words(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
    ) -> None:
        with pytest.raises(BadInput):
            self.run(tmp_path, monkeypatch, *words)


class TestWithoutAccounts:
    @pytest.fixture(scope="class")
    def laptop(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
        made = Site(tmp_path_factory.mktemp("home"), HOLDLINE_ACCOUNTS="off")
        yield made
        made.desk.close()

    def client(self, laptop: Site) -> FlaskClient:
        client: FlaskClient = laptop.app.server.test_client()
        return client

    def test_looking_needs_nothing_and_editing_the_printed_address(self, laptop: Site) -> None:
        here = {"base_url": "http://127.0.0.1:8050"}
        client, second = self.client(laptop), self.client(laptop)
        me = client.get("/me", **here).get_json()
        assert (me["plan"], me["staff"], me["accounts"]) == ("pro", False, False)
        link = owner_link(laptop.settings, laptop.records).partition("desk.example")[2]
        answer = client.get(link, **here)
        assert (answer.status_code, answer.location) == (303, "/")
        assert client.get("/me", **here).get_json()["staff"] is True
        assert client.get(link, **here).status_code == 303
        assert second.get(link, **here).status_code == 410
        assert second.get("/me", **here).get_json()["staff"] is False

    def test_a_proxy_that_adds_no_header_makes_nobody_the_owner(self, laptop: Site) -> None:
        client = self.client(laptop)
        rule = {"kind": "sentiment", "under": 20}
        answer = client.post("/alerts/rules", json=rule, base_url="http://127.0.0.1:8050")
        assert answer.status_code == 403
        assert laptop.records.subscriptions.rules(LOCAL) == ()

    def test_its_simulated_clock_is_whoever_looks(self, laptop: Site) -> None:
        answer = self.client(laptop).post(
            "/live/clock", json={"speed": 0}, base_url="http://127.0.0.1:8050"
        )
        assert answer.status_code == 200

    def test_its_link_is_refused_where_there_are_accounts(self, site: Site) -> None:
        with pytest.raises(BadInput, match="There are accounts here"):
            owner_link(site.settings, site.records)
