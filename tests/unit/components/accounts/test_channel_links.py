"""The link that confirms an e-mail address: by a click only, once, for who added it alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from analytics.model.vocabulary import Unavailable
from analytics.store.confirmations import Confirmations
from tests.support.accounts import DESK, Browser, Site
from tests.support.waiting import until

pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed")
from tests.unit.runtime.test_alert_mail import Inbox, mail_server

ANN, BOB, READER = "ann@example.org", "bob@example.org", "reader@elsewhere.example"
LINK = re.compile(re.escape(DESK) + r"(/alerts/confirm\?token=[\w-]+)\s")


@pytest.fixture(scope="module")
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, inbox: Inbox) -> Iterator[Site]:
    with mail_server(inbox) as server:
        smtp = f"smtp://{server.host}:{server.port}"
        made = Site(tmp_path_factory.mktemp("home"), HOLDLINE_SMTP_URL=smtp)
        yield made
        made.desk.close()


@pytest.fixture
def site(opened: Site, inbox: Inbox) -> Site:
    """With nobody in it, and no mail."""
    with opened.records.database.writing() as connection:
        for table in ("people", "browser_sessions", "channels", "one_time_tokens", "audit_log"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    opened.app.server.extensions["visitors"].forget()
    inbox.letters.clear()
    return opened


def add(browser: Browser, inbox: Inbox, target: str = READER) -> str:
    """Add an address as a channel: the link in the mail that it gets."""
    answer = browser.send("/alerts/channels", {"kind": "email", "target": target})
    assert answer.get_json() == {"kind": "email", "target": target, "waits": True}
    (letter,) = [letter for letter in inbox.letters[-1:] if letter["To"] == target]
    found = LINK.search(letter.get_content())
    assert found, letter.get_content()
    return found[1]


def click(browser: Browser, link: str) -> TestResponse:
    """Click the button that the link's page has."""
    return browser.submit("/alerts/confirm", token=link.partition("token=")[2])


def waits(browser: Browser) -> list[bool]:
    """Of each channel of somebody's, whether it waits."""
    channels: list[dict[str, Any]] = browser.get("/alerts/mine").get_json()["channels"]
    return [channel.get("waits", False) for channel in channels]


class TestTheLink:
    def test_it_confirms_after_a_click_on_another_device(self, site: Site, inbox: Inbox) -> None:
        """Which signs nobody in; that it is opened, as mail scanners do, confirms nothing."""
        ann, elsewhere = site.signed_in(ANN), site.browser()
        link = add(ann, inbox)
        for _ in range(3):
            page = elsewhere.get(link)
            assert page.status_code == 200
            assert page.headers["Cache-Control"] == "no-store"
        assert (ANN in page.text, READER in page.text) == (True, True)
        assert page.text.count("<button") == 1
        assert waits(ann) == [True]
        done = click(elsewhere, link)
        assert (done.status_code, READER in done.text) == (200, True)
        assert waits(ann) == [False]
        assert elsewhere.me()["signedIn"] is False

    def test_once(self, site: Site, inbox: Inbox) -> None:
        ann = site.signed_in(ANN)
        link = add(ann, inbox)
        assert click(site.browser(), link).status_code == 200
        for again in (site.browser().get(link), click(site.browser(), link)):
            assert again.status_code == 410
            assert "This link is over" in again.text
            assert READER not in again.text

    @pytest.mark.parametrize("token", ["", "x", "%00", "a" * 5000, "\U0001f600"])
    def test_one_that_is_none_says_so(self, site: Site, token: str) -> None:
        for answer in (
            site.browser().get(f"/alerts/confirm?token={token}"),
            site.browser().submit("/alerts/confirm", token=token),
        ):
            assert answer.status_code == 410
            assert "This link is over" in answer.text

    def test_it_is_the_adder_s_whoever_clicks(self, site: Site, inbox: Inbox) -> None:
        """Somebody else who is signed in gets no channel by it."""
        ann, bob = site.signed_in(ANN), site.signed_in(BOB)
        link = add(ann, inbox)
        assert click(bob, link).status_code == 200
        assert (waits(ann), waits(bob)) == ([False], [])

    def test_a_sign_in_link_is_no_such_link_nor_the_other_way(
        self, site: Site, inbox: Inbox
    ) -> None:
        link = add(site.signed_in(ANN), inbox)
        token = link.partition("token=")[2]
        browser = site.browser()
        assert browser.submit("/sign-in/link/use", token=token).status_code == 410
        assert browser.me()["signedIn"] is False
        assert click(browser, link).status_code == 200

    def test_the_store_holds_no_secret(self, site: Site, inbox: Inbox) -> None:
        token = add(site.signed_in(ANN), inbox).partition("token=")[2]
        assert len(token) == 43  # 256 bits
        with site.records.database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM one_time_tokens").all()
        assert len(rows) == 1
        assert token not in str(rows)

    def test_it_locks_nobody_out_of_signing_in(self, site: Site, inbox: Inbox) -> None:
        """Links to an address are counted by what they are for."""
        for number in range(12):
            add(site.signed_in(f"stranger{number}@example.org"), inbox, ANN)
        assert len(inbox.letters) == 12
        site.browser().submit("/sign-in/link", email=ANN)
        until(lambda: len(inbox.letters) == 13, "the mail to sign in")
        assert "/sign-in/link?token=" in inbox.letters[-1].get_content()


class TestWhoMaySend:
    def test_no_page_of_another_site(self, site: Site, inbox: Inbox) -> None:
        ann = site.signed_in(ANN)
        link = add(ann, inbox)
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": DESK, "Sec-Fetch-Site": "cross-site"},
        ):
            answer = ann.client.post(
                "/alerts/confirm",
                data={"token": link.partition("token=")[2]},
                base_url=DESK,
                headers=headers,
                environ_base={"REMOTE_ADDR": ann.address},
            )
            assert answer.status_code == 403
        framed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        assert ann.get(link, **framed, **{"Sec-Fetch-Dest": "iframe"}).status_code == 403
        assert ann.get(link, **framed, **{"Sec-Fetch-Dest": "document"}).status_code == 200
        assert waits(ann) == [True]

    def test_ten_a_minute_from_one_place(self, site: Site) -> None:
        browser = site.browser()
        answers = [click(browser, "?token=x") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [410] * 10 + [429]
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert browser.get("/alerts/confirm?token=x").status_code == 429

    def test_a_store_that_cannot_tell_is_said(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise Unavailable("the store cannot be read")

        monkeypatch.setattr(Confirmations, "finish_by_link", fail)
        answer = click(site.browser(), "?token=x")
        assert answer.status_code == 503
        assert "The store cannot be read." in answer.text

    def test_what_was_refused_is_in_the_audit_log(self, site: Site) -> None:
        click(site.browser(), "?token=x")
        with site.records.database.reading() as connection:
            lines = "SELECT action, outcome FROM audit_log"
            assert connection.exec_driver_sql(lines).all() == [("confirm channel", "refused")]
