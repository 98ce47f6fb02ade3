"""What a session or token may do is what made it could, and no change of its person adds to it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest

from analytics.accounts.api_tokens import Scope
from analytics.accounts.one_time import Bearer, Purpose
from analytics.accounts.people import Person, Role
from analytics.accounts.sessions import Method
from analytics.alerts.model import LOCAL
from analytics.commands import accounts as commands
from tests.support.accounts import Browser, Site

ANN, BOSS = "ann@example.org", "boss@example.org"
A_DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("home"))
    yield made
    made.desk.close()


@pytest.fixture
def site(opened: Site) -> Site:
    """With nobody in it."""
    with opened.records.database.writing() as connection:
        for table in ("people", "browser_sessions", "passkeys", "api_tokens", "one_time_tokens"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    opened.app.server.extensions["visitors"].forget()
    return opened


@pytest.fixture
def owner(site: Site) -> Browser:
    return site.signed_in(BOSS, Role.OWNER)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def make(browser: Browser, scope: str) -> str:
    """A token by the account's page, or what the page says of it."""
    page = browser.submit("/account/tokens/make", name="mine", scope=scope, days="7").text
    found = re.search(r"<code>(hl_[\w-]{43})</code>", page)
    return found[1] if found else page


def acts_as_staff(site: Site, token: str) -> bool:
    """Whether the pages and forms of staff answer a token."""
    site.app.server.extensions["visitors"].forget()
    program = site.browser()
    code = {"note": "x", "days": 1, "uses": 1, "good_days": 1}
    seen = {
        program.get("/people", **bearer(token)).status_code == 200,
        program.get("/people/codes.json", **bearer(token)).status_code == 200,
        program.send("/people/codes.json", code, **bearer(token)).status_code == 200,
    }
    assert len(seen) == 1
    return seen.pop()


class TestASessionByMail:
    """Who reads staff's mailbox looks as PRO does, by whatever they make with it."""

    @pytest.mark.parametrize("role", [Role.STAFF, Role.OWNER])
    @pytest.mark.parametrize("method", [Method.LINK, Method.OPENID])
    def test_makes_no_token_that_acts_as_staff(
        self, site: Site, role: Role, method: Method
    ) -> None:
        person = site.person(ANN, role)
        thief = site.entered(person, method)
        assert "accepted are read" in make(thief, "edit")
        assert "accepted are read" in make(thief, "metrics")
        assert acts_as_staff(site, make(thief, "read")) is False
        site.give_passkey(person)
        assert "Sign in with your passkey first" in make(thief, "read")

    def test_with_a_token_shown_beside_it_is_no_more(self, site: Site) -> None:
        """The cookie of one and the token of another would together be what neither is."""
        person = site.person(ANN, Role.STAFF)
        site.give_passkey(person)
        thief = site.entered(person, Method.LINK)
        token = site.records.tokens.make(person.id, "t", Scope.EDIT, A_DAY, most=Role.STAFF)
        answer = thief.send("/account/passkeys/options", {}, **bearer(token))
        assert answer.status_code == 403
        assert thief.get("/account/export", **bearer(token)).status_code == 403


class TestTheFirstPasskeyOfStaff:
    """Where they have none, as after a recovery, their mailbox makes none."""

    def test_is_added_by_a_printed_link_alone(self, site: Site) -> None:
        site.person(ANN, Role.OWNER)
        said = commands.recover(site.settings, site.records, ANN)
        mailed = site.records.one_time.make(Purpose.LINK, Bearer(email=ANN))
        printed = said.rpartition("token=")[2]
        added = {}
        for name, link in (("mailed", mailed), ("printed", printed)):
            browser = site.browser()
            browser.submit("/sign-in/link/use", token=link or "")
            assert browser.me()["staff"] is False
            added[name] = browser.send("/account/passkeys/options", {}).status_code
            browser.send("/account/passkeys/add", {"passkey": {}})
        assert added == {"mailed": 403, "printed": 200}

    def test_a_viewers_is_added_by_mail(self, site: Site) -> None:
        answer = site.signed_in(ANN).send("/account/passkeys/options", {})
        assert answer.status_code == 200


class TestATokenOfStaff:
    def test_made_with_a_passkey_it_edits_as_they_do(self, site: Site) -> None:
        browser = site.signed_in(ANN, Role.STAFF)
        assert acts_as_staff(site, make(browser, "edit")) is True
        assert acts_as_staff(site, make(browser, "read")) is False

    def test_a_session_that_began_long_ago_makes_none(self, site: Site) -> None:
        """A cookie that was copied lasts hours; a token made with it would last a year."""
        browser = site.signed_in(ANN)
        with site.records.database.writing() as connection:
            connection.exec_driver_sql("UPDATE browser_sessions SET created_at = '2020-01-01'")
        site.app.server.extensions["visitors"].forget()
        assert "Sign out and in again first" in make(browser, "read")


class TestARoleThatChanges:
    @pytest.mark.parametrize("becomes", [Role.STAFF, Role.OWNER])
    def test_a_viewers_token_becomes_nothing_more(
        self, site: Site, owner: Browser, becomes: Role
    ) -> None:
        token = make(site.signed_in(ANN), "edit")
        person = site.person_of(ANN)
        site.give_passkey(person)
        owner.submit(f"/people/{person.id}/role", role=becomes.value)
        assert site.person_of(ANN).role is becomes
        assert acts_as_staff(site, token) is False
        assert site.records.tokens.of(person.id) == ()

    def test_one_that_outlives_it_acts_as_what_made_it(self, site: Site) -> None:
        """As where it is made in the moment in which the role changes."""
        person = site.person(ANN, Role.OWNER)
        token = site.records.tokens.make(person.id, "t", Scope.EDIT, A_DAY, most=Role.VIEWER)
        assert acts_as_staff(site, token) is False
        shown = site.records.tokens.find(token)
        assert shown is not None
        assert shown.role is Role.VIEWER

    def test_metrics_are_for_who_is_staff_still(self, site: Site) -> None:
        person = site.person(ANN)
        token = site.records.tokens.make(person.id, "t", Scope.METRICS, A_DAY, most=Role.STAFF)
        assert site.browser().get("/metrics", **bearer(token)).status_code == 403

    def test_a_staffs_token_ends_with_their_being_staff(self, site: Site, owner: Browser) -> None:
        token = make(site.signed_in(ANN, Role.STAFF), "edit")
        person = site.person_of(ANN)
        site.give_passkey(person)
        owner.submit(f"/people/{person.id}/role", role="viewer")
        owner.submit(f"/people/{person.id}/role", role="staff")
        assert acts_as_staff(site, token) is False


class TestWhatEndsAccess:
    """Nothing by which somebody was let in outlives what is done to shut it."""

    def entered(self, site: Site) -> tuple[Person, Browser, str, str]:
        """Somebody's session, token and unused sign-in link."""
        browser = site.signed_in(ANN, Role.STAFF)
        token = make(browser, "edit")
        link = site.records.one_time.make(Purpose.LINK, Bearer(email=ANN))
        assert link is not None
        return site.person_of(ANN), browser, token, link

    def check_all_is_over(self, site: Site, browser: Browser, token: str, link: str) -> None:
        site.app.server.extensions["visitors"].forget()
        assert browser.me()["signedIn"] is False
        assert site.browser().get("/api/v1/symbols", **bearer(token)).status_code in (401, 403)
        assert site.records.tokens.find(token) is None
        assert site.records.one_time.look(Purpose.LINK, link) is None

    def test_recovery(self, site: Site) -> None:
        person, browser, token, link = self.entered(site)
        site.give_passkey(person)
        said = commands.recover(site.settings, site.records, ANN)
        assert "1 passkeys are removed, and 1 session and 1 API token ended" in said
        self.check_all_is_over(site, browser, token, link)
        assert site.records.passkeys.of(person.id) == ()
        assert site.browser().get(said.rpartition("desk.example")[2]).status_code == 200

    @pytest.mark.parametrize("act", ["role", "close", "sessions/end"])
    def test_what_an_owner_does(self, site: Site, owner: Browser, act: str) -> None:
        person, browser, token, link = self.entered(site)
        site.give_passkey(person)
        owner.submit(f"/people/{person.id}/{act}", role="staff")
        self.check_all_is_over(site, browser, token, link)

    def test_a_channel_that_waits_is_confirmed_by_no_link(self, site: Site, owner: Browser) -> None:
        """Nor does it end the one that another person had sent to their address."""
        person, *_ = self.entered(site)
        other = site.person("other@example.org")
        elsewhere = "thief@example.org"
        sent = site.records.confirmations.begin(person.id, "email", elsewhere)
        to_ann = site.records.confirmations.begin(other.id, "email", ANN)
        assert site.records.confirmations.look_at_link(sent.token) is not None
        owner.submit(f"/people/{person.id}/sessions/end")
        assert site.records.confirmations.finish_by_link(sent.token) is None
        assert site.records.confirmations.look_at_link(to_ann.token) is not None

    def test_the_link_to_the_newsletter_is_no_way_in(self, site: Site, owner: Browser) -> None:
        person, *_ = self.entered(site)
        wanted = site.records.one_time.make(Purpose.NEWSLETTER, Bearer(email=ANN))
        assert wanted is not None
        owner.submit(f"/people/{person.id}/sessions/end")
        assert site.records.one_time.look(Purpose.NEWSLETTER, wanted) is not None


class TestTheStaffsPage:
    def test_it_lists_tokens_and_ends_them(self, site: Site, owner: Browser) -> None:
        token = make(site.signed_in(ANN), "edit")
        person = site.person_of(ANN)
        ((known),) = site.records.tokens.of(person.id)
        assert 'aria-label="Revoke the token mine"' in owner.get(f"/people/{person.id}").text
        owner.submit(f"/people/{person.id}/tokens/revoke", token=known.id)
        assert site.records.tokens.find(token) is None

    def test_of_staff_they_are_an_owners_to_end(self, site: Site) -> None:
        boss = site.person(BOSS, Role.OWNER)
        token = site.records.tokens.make(boss.id, "t", Scope.EDIT, A_DAY, most=Role.OWNER)
        ((known),) = site.records.tokens.of(boss.id)
        staff = site.signed_in(ANN, Role.STAFF)
        said = staff.submit(f"/people/{boss.id}/tokens/revoke", token=known.id).text
        assert "Only an owner" in said
        assert site.records.tokens.find(token) is not None


class TestALaptopThatBecameASite:
    def test_its_one_owner_is_nobody_there(self, site: Site) -> None:
        """Their browser was made the owner's for a year, by an address that was printed."""
        person = site.records.people.owner_of_machine()
        assert person.id == LOCAL
        assert site.entered(person, Method.MACHINE).me()["signedIn"] is False
        token = site.records.tokens.make(person.id, "t", Scope.EDIT, A_DAY, most=Role.OWNER)
        assert acts_as_staff(site, token) is False
