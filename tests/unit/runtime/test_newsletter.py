"""The newsletter: who reads, what goes out, once each, across kills, and who leaves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from analytics.accounts.people import Grant, Role
from analytics.model.access import Plan
from analytics.model.vocabulary import BadInput
from analytics.newsletter.bounces import parse_report
from analytics.newsletter.model import Content, IssueState, Progress, ReaderState
from analytics.runtime.alerts.mail import Mail
from analytics.runtime.mailing import Mailing
from analytics.store.database import Database
from analytics.store.newsletter import LEASE, Newsletter
from analytics.store.records import Records
from tests.support.accounts import DESK, Site
from tests.support.waiting import until

pytest.importorskip("aiosmtpd", reason="aiosmtpd is not installed")
from tests.unit.runtime.test_alert_mail import Inbox, mail_server

NOON = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
PIXEL = bytes.fromhex("89504e470d0a1a0a")
FREE = Content("The week", "Free text.", "<html><body>Free.</body></html>")
PRO = Content(
    "The week",
    "All of it.",
    '<html><body><img src="cid:spy@holdline" alt="SPY"></body></html>',
    (("spy@holdline", PIXEL, "SPY above its 50-DMA"),),
)


class Press:
    """A store with readers, a clock, and what sends."""

    def __init__(self, server: Any, readers: int = 3) -> None:
        self.now = NOON
        self.records = Records(Database(None))
        clock = lambda: self.now  # noqa: E731
        self.newsletter = Newsletter(self.records.database, clock)
        self.records.__dict__["newsletter"] = self.newsletter
        for number in range(readers):
            self.newsletter.ask(f"r{number}@example.org")
            self.newsletter.confirm(f"r{number}@example.org")
        mail = Mail(server, "desk@example.com", DESK)
        self.mailing = Mailing(self.records, mail, DESK, lambda email: f"/leave?{email}", clock)

    def schedule(self, name: str = "preview 1") -> str:
        return self.newsletter.schedule(name, FREE, PRO, self.now).id

    def progress(self, issue: str) -> Progress:
        return self.newsletter.progress(issue)


class Picky(Inbox):
    """A mail server that does not know r1."""

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address.startswith("r1@"):
            return "550 no such mailbox"
        return await super().handle_RCPT(server, session, envelope, address, options)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def press(inbox: Inbox) -> Iterator[Press]:
    with mail_server(inbox) as server:
        yield Press(server)


class TestSending:
    def test_each_reader_gets_it_once_and_nobody_else(self, press: Press, inbox: Inbox) -> None:
        press.newsletter.ask("unconfirmed@example.org")
        issue = press.schedule()
        assert press.mailing.step() is True
        assert sorted(letter["To"] for letter in inbox.letters) == [
            f"r{number}@example.org" for number in range(3)
        ]
        assert press.progress(issue) == Progress(3, 3, 0, 0, 0)
        assert press.newsletter.listed()[0].state is IssueState.SENT
        assert press.mailing.step() is False
        with pytest.raises(BadInput, match="was sent or scheduled already"):
            press.schedule()

    def test_not_before_its_time(self, press: Press, inbox: Inbox) -> None:
        press.newsletter.schedule("later", FREE, PRO, NOON + dt.timedelta(hours=1))
        assert press.mailing.step() is False
        press.now += dt.timedelta(hours=1)
        assert press.mailing.step() is True

    def test_its_parts_and_how_one_leaves(self, press: Press, inbox: Inbox) -> None:
        person = press.records.people.with_email("r0@example.org")
        with press.records.database.writing() as connection:
            grant = Grant(Plan.PRO, "staff", NOON, None)
            press.records.people.grant(person.id, grant, None, "x", connection)
        press.schedule()
        press.mailing.step()
        by_reader = {letter["To"]: letter for letter in inbox.letters}
        pro, free = by_reader["r0@example.org"], by_reader["r1@example.org"]
        assert [part.get_content_type() for part in pro.walk()] == [
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png",
        ]
        assert "All of it." in _part(pro, "text/plain")
        assert "All of it." not in _part(free, "text/plain")
        leave = f"{DESK}/leave?r1@example.org"
        assert free["List-Unsubscribe"] == f"<{leave}>"
        assert free["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for kind in ("text/plain", "text/html"):
            assert leave in _part(free, kind)

    def test_who_leaves_while_it_goes_gets_no_more(self, press: Press, inbox: Inbox) -> None:
        issue = press.schedule()
        claimed = press.newsletter.claim()
        assert claimed is not None
        press.newsletter.leave("r1@example.org")
        press.newsletter.release(issue)
        press.mailing.step()
        assert "r1@example.org" not in {letter["To"] for letter in inbox.letters}
        assert press.progress(issue) == Progress(3, 2, 1, 0, 0)

    def test_stopped_it_goes_no_further(self, press: Press, inbox: Inbox) -> None:
        issue = press.schedule()
        assert press.newsletter.stop_issue(issue) is True
        assert press.mailing.step() is False
        assert inbox.letters == []


class TestFailures:
    def test_one_refused_for_good_is_stopped_and_the_others_get_it(self) -> None:
        inbox = Picky()
        with mail_server(inbox) as server:
            press = Press(server)
            issue = press.schedule()
            press.mailing.step()
        assert press.progress(issue) == Progress(3, 2, 1, 0, 0)
        assert len(inbox.letters) == 2
        reader = press.newsletter.reader("r1@example.org")
        assert reader is not None
        assert (reader.state, "550 no such mailbox" in reader.reason) == (
            ReaderState.STOPPED,
            True,
        )

    def test_one_refused_for_now_is_tried_again_until_it_fails(
        self, press: Press, inbox: Inbox
    ) -> None:
        inbox.refusals = ["451 later"] * 100
        issue = press.schedule()
        for seconds in (0, 60, 300, 1800):
            press.now += dt.timedelta(seconds=seconds)
            press.mailing.step()
        assert press.progress(issue) == Progress(3, 0, 3, 0, 0)
        assert press.newsletter.counts()[ReaderState.READING] == 3

    def test_a_kill_sends_nobody_it_twice(self, press: Press, inbox: Inbox) -> None:
        """The process ends with a letter begun: whether it arrived, nobody knows."""
        issue = press.schedule()
        claimed = press.newsletter.claim()
        assert claimed is not None
        assert press.newsletter.turn(issue, "r0@example.org", ())
        assert press.mailing.step() is False  # the lease still stands
        press.now += LEASE + dt.timedelta(seconds=1)
        assert press.mailing.step() is True
        assert sorted(letter["To"] for letter in inbox.letters) == [
            "r1@example.org",
            "r2@example.org",
        ]
        assert press.progress(issue) == Progress(3, 2, 0, 0, 1)

    def test_of_two_processes_one_sends(self, press: Press) -> None:
        press.schedule()
        assert press.newsletter.claim() is not None
        assert press.newsletter.claim() is None


DSN = b"""From: MAILER-DAEMON@mx.example
To: desk@desk.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; Gone@Example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

Final-Recipient: rfc822; full@example.org
Action: delayed
Status: 4.2.2
--b--
"""
ARF = b"""From: feedback@mx.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <angry@example.org>
--b--
"""


class TestReports:
    def test_a_delivery_status_as_rfc_3464_has_it(self) -> None:
        gone, full = parse_report(DSN)
        assert (gone.email, gone.permanent) == ("gone@example.org", True)
        assert gone.reason == "smtp; 550 5.1.1 no such user"
        assert (full.email, full.permanent) == ("full@example.org", False)

    def test_a_complaint_as_rfc_5965_has_it(self) -> None:
        (angry,) = parse_report(ARF)
        assert (angry.email, angry.permanent) == ("angry@example.org", True)

    @pytest.mark.parametrize("raw", [b"", b"hello", DSN[:200], b"\xff" * 100])
    def test_anything_else_is_refused(self, raw: bytes) -> None:
        with pytest.raises(BadInput, match="no report of a mail server"):
            parse_report(raw)


class TestReaders:
    @pytest.fixture(scope="class")
    def letters(self) -> Inbox:
        return Inbox()

    @pytest.fixture(scope="class")
    def site(self, letters: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
        home: Path = tmp_path_factory.mktemp("home")
        with mail_server(letters) as server:
            made = Site(home, HOLDLINE_SMTP_URL=f"smtp://{server.host}:{server.port}")
            yield made
            made.desk.close()

    def test_after_a_click_and_not_before(self, site: Site, letters: Inbox) -> None:
        email = "you@example.org"
        answer = site.browser().submit("/newsletter", email=email)
        assert answer.status_code == 200
        until(lambda: any(letter["To"] == email for letter in letters.letters), "the mail")
        letter = next(one for one in letters.letters if one["To"] == email)
        found = re.search(r"(/newsletter/confirm\?token=([\w-]+))", letter.get_content())
        assert found
        newsletter = site.records.newsletter
        assert site.browser().get(found[1]).status_code == 200  # a scanner
        assert newsletter.reader(email).state is ReaderState.ASKED  # type: ignore[union-attr]
        site.browser().submit("/newsletter/confirm", token=found[2])
        assert newsletter.reader(email).state is ReaderState.READING  # type: ignore[union-attr]
        again = site.browser().submit("/newsletter/confirm", token=found[2])
        assert again.status_code == 410

    def test_leaving_is_one_click_of_a_mail_program(self, site: Site) -> None:
        email = "leaver@example.org"
        site.records.newsletter.ask(email)
        site.records.newsletter.confirm(email)
        link = site.app.server.extensions["mailing"]._leave_link(email)
        page = site.browser().get(link)
        assert (page.status_code, email in page.text) == (200, True)
        reader = site.records.newsletter.reader(email)
        assert reader is not None
        assert reader.state is ReaderState.READING
        client = site.app.server.test_client()  # sends neither Origin nor cookies
        body = {"List-Unsubscribe": "One-Click"}
        assert client.post(link, data=body, base_url=DESK).status_code == 200
        reader = site.records.newsletter.reader(email)
        assert reader is not None
        assert reader.state is ReaderState.LEFT
        forged = client.post("/newsletter/leave?reader=x.y", data=body, base_url=DESK)
        assert forged.status_code == 400

    def test_a_stopped_address_does_not_come_back_by_itself(self, site: Site) -> None:
        newsletter = site.records.newsletter
        newsletter.ask("angry@example.org")
        newsletter.stop("angry@example.org", "complaint: abuse")
        newsletter.ask("angry@example.org")
        assert newsletter.confirm("angry@example.org") is False

    def test_bounces_are_taken_from_staff_alone(self, site: Site) -> None:
        newsletter = site.records.newsletter
        newsletter.ask("gone@example.org")
        newsletter.confirm("gone@example.org")
        how = {"data": DSN, "content_type": "message/rfc822", "base_url": DESK}
        client = site.app.server.test_client()
        assert client.post("/people/newsletter/bounces", **how).status_code == 403
        staff = site.signed_in("staff@example.org", Role.STAFF)
        answer = staff.client.post("/people/newsletter/bounces", **how)
        assert answer.get_json() == {"stopped": 1, "read": 2}
        reader = newsletter.reader("gone@example.org")
        assert reader is not None
        assert reader.state is ReaderState.STOPPED

    def test_the_desk_and_the_archive(self, site: Site) -> None:
        staff = site.signed_in("staff@example.org", Role.STAFF)
        page = staff.get("/people/newsletter").text
        assert "No preview is published yet" in page
        issue = site.records.newsletter.schedule("x", FREE, PRO, dt.datetime.now(dt.UTC))
        assert site.browser().get(f"/newsletter/issues/{issue.id}").status_code == 404
        assert site.records.newsletter.claim() is not None
        assert "Free." in site.browser().get(f"/newsletter/issues/{issue.id}").text
        shown = staff.get(f"/newsletter/issues/{issue.id}")
        assert "data:image/png;base64," in shown.text
        assert "script" not in shown.headers["Content-Security-Policy"]
        assert "The week" in site.browser().get("/newsletter").text


class TestTrades:
    """A change of the model portfolio, published by staff through the page's own route."""

    READERS = ("pro", "free", "quiet", "ended")

    @pytest.fixture
    def letters(self) -> Inbox:
        return Inbox()

    @pytest.fixture
    def site(self, letters: Inbox, tmp_path: Path) -> Iterator[Site]:
        with mail_server(letters) as server:
            made = Site(tmp_path, HOLDLINE_SMTP_URL=f"smtp://{server.host}:{server.port}")
            for name in self.READERS:
                made.records.newsletter.ask(f"{name}@example.org")
                made.records.newsletter.confirm(f"{name}@example.org")
            yield made
            made.desk.close()

    def publish(self, site: Site) -> str:
        staff = site.signed_in("staff@example.org", Role.STAFF)
        standing = staff.get("/portfolio/desk").get_json()
        session = site.desk.moment().session.isoformat()
        change = {"kind": "deposit", "effective": session, "amount": "1234", "reason": "<b>why"}
        draft = staff.send("/portfolio/draft", change).get_json()["draft"]
        asked = {"id": draft["id"], "after": standing["newest"]}
        said: str = staff.send("/portfolio/publish", asked).get_json()["said"]
        return said

    def test_go_once_to_who_asked_and_has_the_plan(self, site: Site, letters: Inbox) -> None:
        for name in ("pro", "ended", "quiet"):
            site.with_pro(f"{name}@example.org")
        for name in ("pro", "ended"):
            answer = site.signed_in(f"{name}@example.org").submit("/newsletter/trades", trades="on")
            assert "Trades go to you" in answer.text
        refused = site.signed_in("free@example.org").submit("/newsletter/trades", trades="on")
        assert (refused.status_code, "The PRO plan shows" in refused.text) == (403, True)
        ((grant, _),) = site.records.people.grants(site.person("ended@example.org").id)
        with site.records.database.writing() as connection:  # of "ended" the plan is over
            site.records.people.revoke_grant(grant, connection)
        said = self.publish(site)
        mailing = site.app.server.extensions["mailing"]
        assert mailing.step()
        assert not mailing.step()
        (letter,) = letters.letters
        assert letter["To"] == "pro@example.org"
        assert said.lower() in letter["Subject"].lower()
        assert "&lt;b&gt;why" in _part(letter, "text/html")
        assert "https://desk.example/portfolio#change-" in _part(letter, "text/plain")
        assert letter["List-Unsubscribe"]

    def test_the_archive_shows_them_to_no_other_plan(self, site: Site) -> None:
        said = self.publish(site)
        (issue,) = site.records.newsletter.listed()
        assert site.records.newsletter.claim() is not None
        site.with_pro("pro@example.org")
        for browser, sees in (
            (site.browser(), False),
            (site.signed_in("free@example.org"), False),
            (site.signed_in("pro@example.org"), True),
        ):
            page = browser.get(f"/newsletter/issues/{issue.id}")
            assert page.status_code == 200
            assert (said[1:] in page.text) is sees
            assert "1,234" not in browser.get("/newsletter").text

    def test_a_stranger_asks_for_none(self, site: Site) -> None:
        assert site.browser().submit("/newsletter/trades", trades="on").status_code == 403
        assert site.browser().submit("/newsletter/trades").status_code == 400

    def test_who_leaves_has_asked_for_none(self, site: Site) -> None:
        newsletter = site.records.newsletter
        assert newsletter.want_trades("pro@example.org", wanted=True)
        newsletter.leave("pro@example.org")
        newsletter.ask("pro@example.org")
        newsletter.confirm("pro@example.org")
        reader = newsletter.reader("pro@example.org")
        assert reader is not None
        assert not reader.trades


def _part(letter: EmailMessage, kind: str) -> str:
    parts = (part for part in letter.walk() if part.get_content_type() == kind)
    return str(next(parts).get_content())
