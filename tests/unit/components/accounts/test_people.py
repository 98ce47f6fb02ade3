"""The staff's page: who sees it, what staff and owners may do, and what is written down."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator

import pytest

from analytics.accounts.people import Role
from analytics.accounts.sessions import Method
from analytics.alerts.model import Message
from tests.support.accounts import Browser, Site

ANN, BEN = "ann@example.org", "ben@example.org"
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("home"))
    yield made
    made.desk.close()


@pytest.fixture
def site(opened: Site) -> Site:
    """With nobody in it."""
    with opened.records.database.writing() as connection:
        for table in (
            *("people", "browser_sessions", "grants", "audit_log", "passkeys"),
            *("notices", "deliveries", "channels"),
        ):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    opened.app.server.extensions["visitors"].forget()
    return opened


@pytest.fixture
def staff(site: Site) -> Browser:
    return site.signed_in("staff@example.org", Role.STAFF)


@pytest.fixture
def owner(site: Site) -> Browser:
    return site.signed_in("owner@example.org", Role.OWNER)


READS = ("/people", "/people/audit", "/people/audit.csv", "/people/deliveries")
ACTS = ("role", "close", "open", "grants", "grants/end", "sessions/end")


class TestWhoSeesIt:
    @pytest.mark.parametrize("path", READS)
    def test_staff_alone(self, site: Site, staff: Browser, path: str) -> None:
        stranger = site.browser().get(path)
        assert (stranger.status_code, stranger.location) == (303, "/sign-in?next=/people")
        viewer = site.signed_in(ANN).get(path)
        assert viewer.status_code == 403
        assert "staff@" not in viewer.text
        assert staff.get(path).status_code == 200

    @pytest.mark.parametrize("act", ACTS)
    def test_nobody_else_does_anything(self, site: Site, act: str) -> None:
        ben = site.person(BEN)
        fields = {"role": "owner", "days": "30", "reason": "x"}
        assert site.browser().submit(f"/people/{ben.id}/{act}", **fields).status_code == 303
        answer = site.signed_in(ANN).submit(f"/people/{ben.id}/{act}", **fields)
        assert answer.status_code == 403
        assert site.person(BEN).role is Role.VIEWER
        assert site.records.people.grants(ben.id) == ()

    def test_staff_signed_in_by_mail_do_not(self, site: Site) -> None:
        person = site.person(ANN, Role.STAFF)
        browser = site.browser()
        token = site.records.sessions.begin(person, Method.LINK, "", "")
        browser.client.set_cookie("__Host-holdline", token, domain="desk.example", secure=True)
        assert browser.get("/people").status_code == 403


class TestPeople:
    def test_they_are_found_by_a_part_of_their_address(self, site: Site, staff: Browser) -> None:
        site.person(ANN)
        site.person("100%@example.org")
        assert ANN in staff.get("/people?find=ann@").text
        page = staff.get("/people?find=0%25@").text
        assert ("100%@example.org" in page, ANN in page) == (True, False)
        assert "Nobody whose address or name holds" in staff.get("/people?find=zzz").text

    def test_a_plan_is_granted_and_ended_with_a_reason(self, site: Site, staff: Browser) -> None:
        ann = site.signed_in(ANN)
        person = site.person(ANN)
        said = staff.submit(f"/people/{person.id}/grants", days="30", reason="").text
        assert "Say why" in said
        staff.submit(f"/people/{person.id}/grants", days="30", reason="won it")
        assert ann.me()["plan"] == "pro"
        ((id, grant),) = site.records.people.grants(person.id)
        assert grant.until is not None
        assert grant.until - grant.since == dt.timedelta(days=30)
        staff.submit(f"/people/{person.id}/grants/end", grant=id)
        assert ann.me()["plan"] == "free"

    def test_roles_are_an_owners_to_give(self, site: Site, staff: Browser, owner: Browser) -> None:
        ann = site.signed_in(ANN)
        person = site.person(ANN)
        assert "Only an owner" in staff.submit(f"/people/{person.id}/role", role="staff").text
        assert "have no passkey yet" in owner.submit(f"/people/{person.id}/role", role="staff").text
        site.give_passkey(person)
        owner.submit(f"/people/{person.id}/role", role="staff")
        assert site.records.people.by_id(person.id).role is Role.STAFF  # type: ignore[union-attr]
        assert ann.me()["signedIn"] is False
        said = owner.submit(f"/people/{person.id}/role", role="king").text
        assert "accepted are viewer, staff, owner" in said

    def test_the_last_owner_stays_one(self, site: Site, owner: Browser) -> None:
        me = site.records.people.by_email("owner@example.org")
        assert me is not None
        assert "the last owner" in owner.submit(f"/people/{me.id}/role", role="viewer").text
        assert "the last owner" in owner.submit(f"/people/{me.id}/close").text

    def test_a_closed_account_is_out_at_once_until_it_is_opened(
        self, site: Site, staff: Browser, owner: Browser
    ) -> None:
        ann = site.signed_in(ANN)
        person = site.person(ANN)
        staff.submit(f"/people/{person.id}/close")
        assert ann.me()["signedIn"] is False
        staff.submit(f"/people/{person.id}/open")
        assert site.signed_in(ANN).me()["signedIn"] is True
        chief = site.records.people.by_email("owner@example.org")
        assert chief is not None
        assert "Only an owner" in staff.submit(f"/people/{chief.id}/close").text

    def test_somebody_who_is_not_there(self, staff: Browser) -> None:
        answer = staff.get("/people/nobody")
        assert (answer.status_code, "no such account" in answer.text) == (400, True)


class TestAudit:
    def test_each_act_is_in_it_and_in_the_csv(self, site: Site, staff: Browser) -> None:
        person = site.person(ANN)
        staff.submit(f"/people/{person.id}/grants", days="3", reason="=HYPERLINK(1)")
        page = staff.get("/people/audit?find=grant").text
        assert "staff@example.org" in page
        answer = staff.get("/people/audit.csv")
        (row,) = csv.DictReader(io.StringIO(answer.text))
        assert (row["who"], row["what"], row["to what"]) == (
            "staff@example.org",
            "grant PRO",
            ANN,
        )
        assert answer.headers["Cache-Control"] == "no-store"

    def test_a_cell_is_no_formula(self, site: Site, staff: Browser) -> None:
        site.records.audit.add(None, "", "x", "=1+1")
        assert "'=1+1" in staff.get("/people/audit.csv").text

    def test_it_is_read_page_by_page(self, site: Site, staff: Browser) -> None:
        for number in range(60):
            site.records.audit.add(None, "", "x", f"line {number}.")
        first = staff.get("/people/audit").text
        assert ("line 59." in first, "line 9." in first) == (True, False)
        older = first.partition('<p><a href="')[2].partition('"')[0].replace("&amp;", "&")
        second = staff.get(older).text
        assert ("line 9." in second, "line 59." in second) == (True, False)


class TestDeliveries:
    def test_what_fails_is_told_without_its_address(self, site: Site, staff: Browser) -> None:
        person = site.person(ANN)
        site.records.subscriptions.add_channel(person.id, "email", "secret@example.org")
        message = Message("test", "one", "A test", "", "/alerts", NOW)
        with site.records.database.writing() as connection:
            site.records.notices.record(person.id, message, connection)
        assert "No channel has failed" in staff.get("/people/deliveries").text
        due = site.records.outbox.claim("email", NOW + dt.timedelta(1), dt.timedelta(minutes=2))
        assert due is not None
        site.records.outbox.put_off(due, NOW, "The mail server answered 450.")
        page = staff.get("/people/deliveries").text
        for words in (ANN, "email", "The mail server answered 450."):
            assert words in page
        assert "secret@" not in page
