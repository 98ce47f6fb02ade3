"""Signing in by a mailed link: by a click only, once, and telling strangers nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from analytics.accounts.one_time import Bearer, Purpose
from analytics.accounts.people import Role
from analytics.store.one_time_tokens import OneTimeTokens
from tests.support.accounts import DESK, Browser, Site
from tests.support.waiting import until

pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed")
from tests.unit.runtime.test_alert_mail import Inbox, mail_server

YOU = "you@example.org"
LINK = re.compile(re.escape(DESK) + r"(/sign-in/link\?token=[\w-]+(?:&next=\S+)?)")


@pytest.fixture(scope="module")
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, inbox: Inbox) -> Iterator[Site]:
    home: Path = tmp_path_factory.mktemp("home")
    with mail_server(inbox) as server:
        made = Site(home, HOLDLINE_SMTP_URL=f"smtp://{server.host}:{server.port}")
        yield made
        made.desk.close()


@pytest.fixture
def you(request: pytest.FixtureRequest) -> str:
    """An address that no other test's mail goes to."""
    return f"you.{abs(hash(request.node.nodeid)) % 10**9}@example.org"


@pytest.fixture
def site(opened: Site) -> Site:
    """With nobody in it."""
    with opened.records.database.writing() as connection:
        for table in ("people", "browser_sessions", "one_time_tokens", "audit_log"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    return opened


def mailed_link(site: Site, inbox: Inbox, email: str, **fields: str) -> str:
    """The address in the mail that arrives when a link is asked for."""

    def letters() -> list[str]:
        return [letter.get_content() for letter in inbox.letters if letter["To"] == email.lower()]

    before = len(letters())
    answer = site.browser().submit("/sign-in/link", email=email, **fields)
    assert answer.status_code == 200
    until(lambda: len(letters()) > before, "the mail")
    found = LINK.search(letters()[-1])
    assert found
    return found[1]


def use(link: str, browser: Browser) -> TestResponse:
    """Click the button that the link's page has."""
    token = link.partition("token=")[2].partition("&")[0]
    return browser.submit("/sign-in/link/use", token=token)


class TestTheLink:
    def test_it_signs_in_after_a_click_and_once(self, site: Site, inbox: Inbox, you: str) -> None:
        link = mailed_link(site, inbox, you)
        browser, other = site.browser(), site.browser()
        for _ in range(3):  # a mail scanner opens it, more than once
            page = other.get(link)
            assert (page.status_code, you in page.text) == (200, True)
        assert other.me()["signedIn"] is False
        answer = use(link, browser)
        cookie = answer.headers.getlist("Set-Cookie")[0]
        assert cookie.startswith("__Host-holdline=")
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie
        assert browser.me() == {
            "accounts": True,
            "signedIn": True,
            "called": you,
            "plan": "free",
            "staff": False,
        }
        assert use(link, other).status_code == 410
        assert other.get(link).status_code == 410
        assert other.me()["signedIn"] is False

    def test_it_leads_back_to_the_view_and_never_to_another_site(
        self, site: Site, inbox: Inbox, you: str
    ) -> None:
        link = mailed_link(site, inbox, you, next="/supports?symbol=NVDA")
        page = site.browser().get(link)
        assert 'value="/supports?symbol=NVDA"' in page.text
        for foreign in ("https://evil.example/", "//evil.example", "/\\evil.example"):
            answer = site.browser().submit("/sign-in/link/use", token="x", next=foreign)
            assert answer.status_code == 410
            assert "evil" not in site.browser().get(f"/sign-in?next={foreign}").text
        token = link.partition("token=")[2].partition("&")[0]
        answer = site.browser().submit("/sign-in/link/use", token=token, next="//evil.example")
        assert (answer.status_code, answer.location) == (303, "/")

    def test_nobody_learns_who_has_an_account(self, site: Site, inbox: Inbox, you: str) -> None:
        site.person(you)
        known = site.browser().submit("/sign-in/link", email=you).text
        stranger = site.browser().submit("/sign-in/link", email="who@example.org").text
        assert known.replace(you, "X") == stranger.replace("who@example.org", "X")
        told = {you, "who@example.org"}
        until(lambda: told <= {letter["To"] for letter in inbox.letters}, "both mails")

    def test_three_at_a_time_go_to_one_address_and_nobody_is_told(
        self, site: Site, inbox: Inbox, you: str
    ) -> None:
        for _ in range(5):
            answer = site.browser().submit("/sign-in/link", email=you)
            assert answer.status_code == 200
        mailed_link(site, inbox, "last@example.org")

        def mailed() -> int:
            return [letter["To"] for letter in inbox.letters].count(you)

        until(lambda: mailed() == 3, "three mails")
        mailed_link(site, inbox, "very.last@example.org")
        assert mailed() == 3

    def test_one_place_asks_ten_times_a_minute(self, site: Site) -> None:
        browser = site.browser("192.0.2.77")
        for i in range(10):
            browser.submit("/sign-in/link", email=f"a{i}@example.org")
        answer = browser.submit("/sign-in/link", email="a@example.org")
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60

    @pytest.mark.parametrize("email", ["", "you", "a@b\r\nBcc: c@d.example", "x" * 300 + "@a.b"])
    def test_what_is_no_address_is_said(self, site: Site, email: str) -> None:
        answer = site.browser("192.0.2.78").submit("/sign-in/link", email=email)
        assert answer.status_code == 400
        assert "is not an e-mail address" in answer.text

    def test_it_ends_after_a_quarter_of_an_hour(self, site: Site) -> None:
        noon = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
        now = [noon]
        links = OneTimeTokens(site.records.database, lambda: now[0])
        token = links.make(Purpose.LINK, Bearer(email=YOU))
        assert token is not None
        now[0] = noon + dt.timedelta(minutes=14, seconds=59)
        assert links.look(Purpose.LINK, token) == Bearer(email=YOU)
        assert links.use(Purpose.PASSKEY, token) is None  # good for one thing
        now[0] = noon + dt.timedelta(minutes=15)
        assert links.use(Purpose.LINK, token) is None

    def test_the_store_holds_no_secret(self, site: Site, inbox: Inbox, you: str) -> None:
        link = mailed_link(site, inbox, you)
        browser = site.browser()
        use(link, browser)
        secrets = [link.partition("token=")[2], browser.cookie]
        assert all(secrets)
        with site.records.database.reading() as connection:
            for table in ("one_time_tokens", "browser_sessions", "audit_log"):
                rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
                assert rows
                assert not any(secret in str(rows) for secret in secrets)


class TestSessions:
    def test_signing_out_ends_it_for_whoever_copied_the_cookie(self, site: Site) -> None:
        browser, thief = site.signed_in(YOU), site.browser()
        thief.client.set_cookie("__Host-holdline", browser.cookie, domain="desk.example")
        assert thief.me()["signedIn"] is True
        browser.submit("/sign-out")
        assert thief.me()["signedIn"] is False

    def test_a_new_sign_in_has_a_new_cookie_and_ends_the_old_session(
        self, site: Site, inbox: Inbox, you: str
    ) -> None:
        browser = site.signed_in(you)
        before = browser.cookie
        use(mailed_link(site, inbox, you), browser)
        after = browser.cookie
        assert before != after
        assert site.records.sessions.find(before) is None
        assert site.records.sessions.find(after) is not None

    def test_a_change_of_role_shows_at_once(self, site: Site) -> None:
        browser = site.signed_in(YOU, Role.STAFF)
        assert browser.me()["staff"] is True
        other = site.person(YOU, Role.VIEWER)
        site.app.server.extensions["visitors"].forget()
        assert browser.me()["staff"] is False
        site.records.people.disable(other.id)
        site.app.server.extensions["visitors"].forget()
        assert browser.me()["signedIn"] is False

    def test_staff_without_a_passkey_only_look(self, site: Site, inbox: Inbox, you: str) -> None:
        site.person(you, Role.OWNER)
        browser = site.browser()
        use(mailed_link(site, inbox, you), browser)
        assert (browser.me()["plan"], browser.me()["staff"]) == ("pro", False)
        assert "signed in\nwith a passkey" in browser.get("/account").text
        assert browser.send("/scenes.json", {}).status_code == 403

    def test_each_is_listed_and_can_be_ended(self, site: Site) -> None:
        here, there = site.signed_in(YOU), site.signed_in(YOU)
        page = here.get("/account").text
        assert page.count('action="/account/sessions/end"') == 1
        found = re.search(r'name="session" value="(\w+)"', page)
        assert found
        stranger = site.signed_in("who@example.org")
        said = stranger.submit("/account/sessions/end", session=found[1]).text
        assert "no such session of yours" in said
        assert there.me()["signedIn"] is True
        here.submit("/account/sessions/end", session=found[1])
        assert (here.me()["signedIn"], there.me()["signedIn"]) == (True, False)


class TestOtherSites:
    @pytest.mark.parametrize("path", ["/sign-out", "/account/name", "/account/delete"])
    def test_they_change_nothing(self, site: Site, path: str) -> None:
        browser = site.signed_in(YOU)
        for headers in (
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            answer = browser._ask("POST", path, headers, data={"name": "x", "sure": "delete"})
            assert answer.status_code == 403
        assert browser.me()["called"] == YOU

    def test_they_open_pages_and_load_nothing(self, site: Site) -> None:
        browser = site.browser()
        cross = {"Sec-Fetch-Site": "cross-site"}
        opens = cross | {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        assert browser.get("/sign-in", **opens).status_code == 200
        for loads in (
            {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
            {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
            {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        ):
            for path in ("/live.json?symbols=SPY", "/preview/file?form=pdf", "/account"):
                assert browser.get(path, **(cross | loads)).status_code == 403

    @pytest.mark.parametrize(
        ("host", "status"),
        [
            ("desk.example", 200),
            ("127.0.0.1:8050", 200),
            ("localhost", 200),
            ("[::1]:8050", 200),
            ("rebound.example", 421),
            ("desk.example.evil.example", 421),
            ("", 421),
        ],
    )
    def test_only_this_site_s_names(self, site: Site, host: str, status: int) -> None:
        answer = site.browser().get("/sign-in", Host=host)
        assert answer.status_code == status
