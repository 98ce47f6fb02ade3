"""An account that is deleted: nothing that names its person is left, and nothing starts anew."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from analytics.accounts.one_time import Bearer, Purpose
from analytics.accounts.people import Person, Role
from analytics.accounts.sessions import Method
from analytics.newsletter.model import Content, ReaderState
from analytics.store.revisions import metadata
from tests.support import stripe_events as stripe
from tests.support.accounts import Browser, Site

ANN, CALLED = "ann.lee@example.org", "Ann Lee of Utrecht"
ISSUER = "https://provider.example"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("home"))
    yield made
    made.desk.close()


@pytest.fixture
def site(opened: Site) -> Site:
    """With nobody in it, and nobody who was."""
    with opened.records.database.writing() as connection:
        for name in ("people", "identities", "grants", "former_people", "invitation_uses"):
            connection.exec_driver_sql(f"DELETE FROM {name}")
        for name in ("audit_log", "newsletter_readers", "newsletter_letters", "one_time_tokens"):
            connection.exec_driver_sql(f"DELETE FROM {name}")
    opened.app.server.extensions["visitors"].forget()
    return opened


def everything(site: Site) -> str:
    """All rows of all tables."""
    with site.records.database.reading() as connection:
        return "\n".join(
            f"{table.name} {connection.execute(select(table)).all()}"
            for table in metadata.sorted_tables
        )


def lead_a_life(site: Site) -> tuple[Browser, Person]:
    """Leave a trace wherever a person of this site can."""
    owner = site.signed_in("owner@example.org", Role.OWNER)
    person = site.records.people.with_identity(ISSUER, "ann-4711", CALLED, ANN)
    browser = site.entered(person, Method.LINK)
    browser.submit("/account/name", name=CALLED)
    browser.submit("/account/trial")
    browser.get("/account/export")
    browser.submit("/account/tokens/make", name=f"of {CALLED}", scope="read", days="3")
    owner.submit(f"/people/{person.id}/grants", days="3", reason="a prize")
    code = owner.send("/people/codes.json", {"note": "fair", "days": 3}).get_json()["code"]
    browser.submit("/account/code", code=code)
    site.records.subscriptions.add_channel(person.id, "email", ANN)
    subscribe(site)
    paid = stripe.completed(1, person.id)
    paid["data"]["object"]["customer_details"] = {"email": ANN, "name": CALLED}
    paid["data"]["object"]["customer_email"] = ANN
    site.records.payments.take(paid)
    site.browser().submit("/sign-in/link", email=ANN)
    site.browser().submit("/sign-in/link", email=f"{ANN} {CALLED}")
    owner.submit("/people/newsletter/test", to=ANN)
    return browser, person


def subscribe(site: Site) -> None:
    newsletter = site.records.newsletter
    newsletter.ask(ANN)
    newsletter.confirm(ANN)
    now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    words = Content("x", "x", "x", ())
    newsletter.schedule(f"issue {now.isoformat()}", words, words, now)
    while newsletter.claim() is not None:
        pass


class TestNothingThatNamesThemIsLeft:
    def test_in_any_table(self, site: Site) -> None:
        browser, person = lead_a_life(site)
        before = everything(site)
        assert ANN in before
        assert CALLED in before
        browser.submit("/account/delete", sure="delete")
        left = everything(site)
        assert ANN not in left
        assert CALLED not in left
        assert "ann-4711" not in left
        assert person.id in left  # of the audit log, by the id alone

    def test_the_newsletter_ends_with_it(self, site: Site) -> None:
        browser, _ = lead_a_life(site)
        assert site.records.newsletter.counts()[ReaderState.READING] == 1
        browser.submit("/account/delete", sure="delete")
        assert site.records.newsletter.reader(ANN) is None

    def test_an_address_that_refused_mail_is_still_sent_none(self, site: Site) -> None:
        browser, _ = lead_a_life(site)
        site.records.newsletter.stop(ANN, "550 no such user")
        browser.submit("/account/delete", sure="delete")
        assert site.records.newsletter.confirm(ANN) is False


class TestTheExport:
    def test_has_the_newsletter_and_the_audit_lines(self, site: Site) -> None:
        browser, _ = lead_a_life(site)
        export = browser.get("/account/export").get_json()
        (reader,) = export["newsletter_readers"]
        assert (reader["email"], reader["state"]) == (ANN, "reading")
        assert len(export["newsletter_letters"]) >= 1
        assert [row["action"] for row in export["audit_log"]][-1] == "grant PRO"
        owner = site.person_of("owner@example.org")
        assert owner.id not in json.dumps(export["audit_log"])

    def test_of_who_has_no_address_it_has_no_letter_of_others(self, site: Site) -> None:
        lead_a_life(site)
        nobody = site.records.people.with_identity(ISSUER, "ben")
        assert nobody.email is None
        export = site.entered(nobody, Method.OPENID).get("/account/export").get_json()
        assert ANN not in json.dumps(export)


class TestWhatIsGivenOnce:
    def back(self, site: Site) -> Browser:
        """The same person with a new account."""
        return site.entered(site.records.people.with_email(ANN), Method.LINK)

    def test_a_trial(self, site: Site) -> None:
        browser, _ = lead_a_life(site)
        browser.submit("/account/delete", sure="delete")
        again = self.back(site)
        assert "Try PRO" not in again.get("/account").text
        assert "A trial is there once" in again.submit("/account/trial").text
        assert again.me()["plan"] == "free"
        other = site.signed_in("ben@example.org")
        other.submit("/account/trial")
        assert other.me()["plan"] == "trial"

    def test_nor_by_the_provider_that_vouched(self, site: Site) -> None:
        browser, _ = lead_a_life(site)
        browser.submit("/account/delete", sure="delete")
        again = site.records.people.with_identity(ISSUER, "ann-4711")
        assert (
            "A trial is there once"
            in site.entered(again, Method.OPENID).submit("/account/trial").text
        )

    def test_an_invitation_that_was_used_stays_used(self, site: Site) -> None:
        """Else one code for one person would be as many as there are deletions."""
        site.person("owner@example.org", Role.OWNER)
        code = site.records.invitations.make("x", "fair", 3, 1, dt.timedelta(days=1))
        browser = site.signed_in(ANN)
        assert "PRO is yours" in browser.submit("/account/code", code=code).text
        browser.submit("/account/delete", sure="delete")
        assert "PRO is yours" not in self.back(site).submit("/account/code", code=code).text
        ben = site.signed_in("ben@example.org")
        assert "PRO is yours" not in ben.submit("/account/code", code=code).text

    def test_who_had_none_has_it_still(self, site: Site) -> None:
        site.person("owner@example.org", Role.OWNER)
        browser = site.signed_in(ANN)
        browser.submit("/account/delete", sure="delete")
        again = self.back(site)
        again.submit("/account/trial")
        assert again.me()["plan"] == "trial"


class TestWhoMay:
    @pytest.mark.parametrize("role", [Role.STAFF, Role.OWNER])
    def test_staff_by_their_passkey_alone(self, site: Site, role: Role) -> None:
        site.person("owner@example.org", Role.OWNER)
        person = site.person(ANN, role)
        by_mail = site.entered(person, Method.LINK)
        assert "passkey" in by_mail.submit("/account/delete", sure="delete").text
        assert site.records.people.by_id(person.id) is not None
        by_key = site.entered(person, Method.PASSKEY)
        by_key.submit("/account/delete", sure="delete")
        assert site.records.people.by_id(person.id) is None

    def test_a_session_of_long_ago_deletes_nothing(self, site: Site) -> None:
        browser = site.signed_in(ANN)
        with site.records.database.writing() as connection:
            connection.exec_driver_sql("UPDATE browser_sessions SET created_at = '2020-01-01'")
        site.app.server.extensions["visitors"].forget()
        said = browser.submit("/account/delete", sure="delete").text
        assert "Sign out and in again first" in said
        assert site.records.people.by_email(ANN) is not None

    def test_a_link_that_was_not_used_signs_in_nobody_afterwards(self, site: Site) -> None:
        site.person("owner@example.org", Role.OWNER)
        browser = site.signed_in(ANN)
        link = site.records.one_time.make(Purpose.LINK, Bearer(email=ANN))
        assert link is not None
        browser.submit("/account/delete", sure="delete")
        assert site.records.one_time.look(Purpose.LINK, link) is None
