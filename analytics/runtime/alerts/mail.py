"""Notices by e-mail: plain text over SMTP, encrypted wherever the server can."""

from __future__ import annotations

import contextlib
import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal
from urllib.parse import unquote, urlsplit

from analytics.alerts.model import DueDelivery
from analytics.alerts.targets import parse_address
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import BadInput
from analytics.runtime.alerts.transport import TRY_SECONDS, SendFailure, at_most, message_id

WAIT_SECONDS = 10.0
SIMULATED = "SIMULATED - not market prices. "


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in.

    Attributes:
        secure: "ssl" from the first byte, or "starttls": as soon as the server offers it.
    """

    host: str
    port: int
    secure: Literal["ssl", "starttls"]
    user: str = ""
    password: str = field(default="", repr=False)


def parse_mail_server(url: str) -> MailServer:
    """``smtp[s]://user:password@host:port``; user, password and port may be left out.

    Raises:
        BadInput: for anything else; the message never repeats the password.
    """
    refusal = BadInput("HOLDLINE_SMTP_URL is not smtp[s]://user:password@host:port.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise refusal from None
    if parts.scheme not in ("smtp", "smtps") or not host or parts.path not in ("", "/"):
        raise refusal
    ssl_first = parts.scheme == "smtps"
    return MailServer(
        host,
        port or (465 if ssl_first else 587),
        "ssl" if ssl_first else "starttls",
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


class Mail:
    """Sends by one server.

    Args:
        server: None where none is set: every sending then says so.
        sender: the address mail comes from; "" for none.
        site: address of this site for links, without a slash at its end; "" leaves them out.
        trust: certificates that are believed; None the system's.
    """

    def __init__(
        self,
        server: MailServer | None,
        sender: str,
        site: str = "",
        trust: ssl.SSLContext | None = None,
        try_seconds: float = TRY_SECONDS,
    ) -> None:
        self._server = server
        self.sender = parse_address(sender) if sender else ""
        self._site = site
        self._trust = trust
        self._try_seconds = try_seconds

    @property
    def refusal(self) -> str | None:
        """Why no mail can be sent at all, or None."""
        if self._server is None or not self.sender:
            return "E-mail is not set up here: it needs HOLDLINE_SMTP_URL and HOLDLINE_MAIL_FROM."
        return None

    def send(self, due: DueDelivery) -> None:
        """Hand the message to the server.

        Raises:
            SendFailure: the server did not take it.
        """
        self.submit(self.letter(due))

    def submit(self, letter: EmailMessage) -> None:
        """Hand any letter to the server.

        Raises:
            SendFailure: the server did not take it.
        """
        with self.connected() as submit:
            submit(letter)

    @contextlib.contextmanager
    def connected(self) -> Iterator[Callable[[EmailMessage], None]]:
        """One connection for many letters: hands each over that it is called with.

        A letter that is refused leaves the connection good for the next.

        Raises:
            SendFailure: there is no connection; or, when called, the server did not take it.
        """
        if self._server is None or self.refusal is not None:
            raise SendFailure(self.refusal or "")
        with _stated():
            client = self._open(self._server)

        def submit(letter: EmailMessage) -> None:
            with _stated(), at_most(self._try_seconds, lambda: _cut(client)):
                client.send_message(letter)

        try:
            yield submit
            # Once the server has taken it, a failing farewell must not have it sent again.
            with contextlib.suppress(OSError, smtplib.SMTPException):
                client.quit()
        finally:
            client.close()

    def letter(self, due: DueDelivery) -> EmailMessage:
        """The mail itself; every attempt at a delivery makes the same one."""
        notice, message = due.notice, due.notice.message
        letter = EmailMessage()
        simulated = SIMULATED if message.simulated else ""
        letter["Subject"] = f"{simulated}{message.title}"
        letter["From"] = self.sender
        letter["To"] = due.target
        letter["Date"] = format_datetime(notice.recorded_at)
        letter["Message-ID"] = f"<{message_id(due)}@{self.sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"
        when = message.happened_at.astimezone(NEW_YORK)
        lines = [message.title, message.text, f"{self._site}{message.link}" if self._site else ""]
        lines += [f"{when:%A} {when.day} {when:%B %Y, %H:%M} New York. {simulated}".strip()]
        lines += ["Not investment advice. You get this because Holdline was asked to tell you."]
        letter.set_content("\n\n".join(line for line in lines if line) + "\n")
        return letter

    def _open(self, server: MailServer) -> smtplib.SMTP:
        """A connection, encrypted and signed in as far as the server can."""
        trust = self._trust or ssl.create_default_context()
        client: smtplib.SMTP
        if server.secure == "ssl":
            client = smtplib.SMTP_SSL(server.host, server.port, timeout=WAIT_SECONDS, context=trust)
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=WAIT_SECONDS)
        try:
            with at_most(self._try_seconds, lambda: _cut(client)):
                client.ehlo_or_helo_if_needed()
                if server.secure == "starttls" and client.has_extn("starttls"):
                    client.starttls(context=trust)
                    client.ehlo()
                elif server.secure == "starttls" and server.user and not _is_here(server.host):
                    raise SendFailure("The mail server offers no encryption for the password.")
                if server.user:
                    client.login(server.user, server.password)
        except BaseException:
            client.close()
            raise
        return client


@contextlib.contextmanager
def _stated() -> Iterator[None]:
    """What goes wrong, as a `SendFailure`."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise SendFailure(_said(code, text), final=code >= 500) from error
    except smtplib.SMTPResponseException as error:
        raise SendFailure(_said(error.smtp_code, error.smtp_error)) from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise SendFailure(f"The mail server could not be used: {_short(error)}.") from error


def _cut(client: smtplib.SMTP) -> None:
    connection = getattr(client, "sock", None)
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _said(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"The mail server answered {code} {' '.join(said.split())[:200]}"


def _short(error: Exception) -> str:
    if isinstance(error, ConnectionError) and error.strerror:
        return error.strerror.lower()
    return " ".join(str(error).split())[:200] or type(error).__name__
