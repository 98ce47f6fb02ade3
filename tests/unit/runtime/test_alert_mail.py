"""E-mail through a real SMTP server: what arrives, encryption, refusals, and one identity."""

from __future__ import annotations

import email
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from analytics.alerts.model import LOCAL
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.delivery import Sender
from analytics.runtime.alerts.mail import Mail, MailServer, parse_mail_server
from analytics.store.database import Database
from analytics.store.notices import Notices
from analytics.store.records import Records
from benchmarks.server import free_port
from tests.support.small_alerts import Clock, publish, set_up
from tests.support.small_tls import Certificate, certificate

aiosmtpd = pytest.importorskip("aiosmtpd.controller", reason="aiosmtpd is not installed")
smtp = pytest.importorskip("aiosmtpd.smtp", reason="aiosmtpd is not installed")


class Inbox:
    """Takes mail; ``refusals`` are said, in turn, in place of taking it."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.envelopes: list[Any] = []
        self.refusals: list[str] = []
        self.recipient_refusal = ""
        self.encrypted: list[bool] = []
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.recipient_refusal:
            return self.recipient_refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        self.encrypted.append(session.ssl is not None)
        self.envelopes.append(envelope)
        self.letters.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        self.logins.append((data.login, data.password))
        return smtp.AuthResult(success=data.password == b"p@ss", handled=False)


@contextmanager
def mail_server(inbox: Inbox, **how: Any) -> Iterator[MailServer]:
    port = free_port()
    controller = aiosmtpd.Controller(inbox, hostname="127.0.0.1", port=port, **how)
    controller.start()
    try:
        yield MailServer("localhost", port, "starttls")
    finally:
        controller.stop()


class Scene:
    """A store with one address, a clock, and a sender."""

    def __init__(self, server: MailServer | None, trust: ssl.SSLContext | None = None) -> None:
        self.clock = Clock()
        self.records = Records(Database(None))
        self.records.__dict__["notices"] = Notices(self.records.database, self.clock)
        set_up(self.records, "email", "you@example.org")
        mail = Mail(server, "desk@example.com", "https://desk.example", trust)
        self.sender = Sender(self.records, {"email": mail}, self.clock)
        publish(self.records, simulated=True)

    @property
    def delivery(self) -> Any:
        (delivery,) = self.records.notices.latest(LOCAL)[0].deliveries
        return delivery


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def tls(tmp_path: Path) -> Certificate:
    return certificate(tmp_path)


class TestLetter:
    def test_it_arrives_with_title_text_link_and_warning(self, inbox: Inbox) -> None:
        with mail_server(inbox) as server:
            scene = Scene(server)
            assert scene.sender.step("email")
        (letter,) = inbox.letters
        assert letter["Subject"] == (
            "SIMULATED - not market prices. SPY closed under its 50\u2011DMA"
        )
        assert (letter["To"], letter["From"]) == ("you@example.org", "desk@example.com")
        text = letter.get_content()
        assert "At 590.12." in text
        assert "https://desk.example/supports" in text
        assert "Monday 27 January 2025, 10:02 New York. SIMULATED" in text
        assert "Not investment advice" in text
        assert scene.delivery.sent_at == scene.clock()
        assert not scene.sender.step("email")

    def test_every_attempt_has_the_same_message_id(self, inbox: Inbox) -> None:
        inbox.refusals = ["451 try later"]
        with mail_server(inbox) as server:
            scene = Scene(server)
            first = Mail(server, "desk@example.com").letter
            scene.sender.step("email")
            assert scene.delivery.error == "The mail server answered 451 try later"
            scene.clock.pass_by(10)
            due = scene.records.outbox.claim("email", scene.clock(), scene.sender._lease)
            assert due is not None
            identity = first(due)["Message-ID"]
            scene.clock.pass_by(121)  # that claim's process died: it is due again
            scene.sender.step("email")
        (letter,) = inbox.letters
        assert letter["Message-ID"] == identity
        assert scene.delivery.attempts == 3

    def test_a_recipient_refused_for_good_is_given_up_at_once(self, inbox: Inbox) -> None:
        inbox.recipient_refusal = "550 no such mailbox"
        with mail_server(inbox) as server:
            scene = Scene(server)
            scene.sender.step("email")
        assert scene.delivery.given_up_at is not None
        assert scene.delivery.error == "The mail server answered 550 no such mailbox"

    def test_one_refused_for_now_is_tried_again(self, inbox: Inbox) -> None:
        inbox.recipient_refusal = "450 busy"
        with mail_server(inbox) as server:
            scene = Scene(server)
            scene.sender.step("email")
        assert scene.delivery.given_up_at is None
        assert "450 busy" in scene.delivery.error

    def test_a_server_that_is_not_there_is_said_and_tried_again(self, inbox: Inbox) -> None:
        with mail_server(inbox) as server:
            pass
        scene = Scene(server)
        scene.sender.step("email")
        assert scene.delivery.error.startswith("The mail server could not be used: ")
        assert scene.delivery.given_up_at is None

    def test_without_a_server_it_says_what_is_missing(self) -> None:
        scene = Scene(None)
        scene.sender.step("email")
        assert "HOLDLINE_SMTP_URL" in scene.delivery.error


class TestEncryption:
    def test_it_is_begun_when_the_server_offers_it_and_then_logged_in(
        self, inbox: Inbox, tls: Certificate
    ) -> None:
        how: dict[str, Any] = {"tls_context": tls.server, "authenticator": inbox.login}
        with mail_server(inbox, **how, auth_required=True) as server:
            known = MailServer(server.host, server.port, "starttls", "desk", "p@ss")
            scene = Scene(known, tls.trusting)
            scene.sender.step("email")
        assert inbox.encrypted == [True]
        assert inbox.logins == [(b"desk", b"p@ss")]

    def test_a_certificate_that_is_not_believed_stops_it(
        self, inbox: Inbox, tls: Certificate
    ) -> None:
        with mail_server(inbox, tls_context=tls.server) as server:
            scene = Scene(server)
            scene.sender.step("email")
        assert inbox.letters == []
        assert "certificate" in scene.delivery.error.lower()

    def test_a_wrong_password_is_said_and_tried_again(self, inbox: Inbox, tls: Certificate) -> None:
        with mail_server(inbox, tls_context=tls.server, authenticator=inbox.login) as server:
            known = MailServer(server.host, server.port, "starttls", "desk", "wrong")
            scene = Scene(known, tls.trusting)
            scene.sender.step("email")
        assert "535" in scene.delivery.error
        assert "wrong" not in scene.delivery.error
        assert scene.delivery.given_up_at is None

    def test_no_password_goes_elsewhere_unencrypted(
        self, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("analytics.runtime.alerts.mail._is_here", lambda host: False)
        with mail_server(inbox, authenticator=inbox.login, auth_require_tls=False) as server:
            scene = Scene(MailServer(server.host, server.port, "starttls", "desk", "p@ss"))
            scene.sender.step("email")
        assert scene.delivery.error == "The mail server offers no encryption for the password."
        assert (inbox.logins, inbox.letters) == ([], [])


class TestAddressOfTheServer:
    @pytest.mark.parametrize(
        ("url", "server"),
        [
            ("smtp://mail.example", MailServer("mail.example", 587, "starttls")),
            ("smtps://mail.example/", MailServer("mail.example", 465, "ssl")),
            (
                "smtp://a%40b.example:p%3Aw@mail.example:2525",
                MailServer("mail.example", 2525, "starttls", "a@b.example", "p:w"),
            ),
        ],
    )
    def test_it_is_read(self, url: str, server: MailServer) -> None:
        assert parse_mail_server(url) == server

    @pytest.mark.parametrize(
        "url", ["mail.example", "http://mail.example", "smtp://", "smtp://h:x", "smtp://h/path"]
    )
    def test_anything_else_is_refused_without_telling_it(self, url: str) -> None:
        with pytest.raises(BadInput, match=r"smtp\[s\]://user:password@host:port"):
            parse_mail_server(url)

    def test_a_password_is_not_printed(self) -> None:
        assert "secret" not in repr(parse_mail_server("smtp://me:secret@mail.example"))

    @pytest.mark.parametrize("make", [lambda: Mail(None, "not an address")])
    def test_a_sender_that_is_no_address_is_refused(self, make: Callable[[], Mail]) -> None:
        with pytest.raises(BadInput, match="e-mail address"):
            make()
