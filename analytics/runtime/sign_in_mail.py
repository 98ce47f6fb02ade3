"""Mails with a one-time link to sign in, sent beside the request that asked for one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from analytics.runtime.alerts.mail import Mail
from analytics.runtime.alerts.transport import SendFailure
from analytics.store.notices import utc_now

ATTEMPTS = 2
WAITING = 200
"""More than so many are not queued: a mail server that takes none is not to fill the memory."""

log = logging.getLogger(__name__)


class SignInMail:
    """Sends links; whether and when one arrives, who asks cannot tell.

    Args:
        mail: hands letters to the mail server.
        site: address of this site, without a slash at its end.
    """

    def __init__(self, mail: Mail, site: str) -> None:
        self._mail = mail
        self._site = site
        self._sending = ThreadPoolExecutor(2, thread_name_prefix="sign-in-mail")
        self._room = threading.BoundedSemaphore(WAITING)

    @property
    def refusal(self) -> str | None:
        """Why no mail can be sent at all, or None."""
        return self._mail.refusal

    def send(self, email: str, link: str) -> None:
        """Send a link soon; does not wait."""
        self._soon(self.letter(email, link))

    def _soon(self, letter: EmailMessage) -> None:
        if not self._room.acquire(blocking=False):
            log.warning("A mail to sign in was not sent: %s wait already.", WAITING)
            return
        sent = self._sending.submit(self._submit, letter)
        sent.add_done_callback(lambda _: self._room.release())

    def send_question(self, email: str, link: str) -> None:
        """Ask soon whether it was the address's owner who subscribed to the newsletter."""
        lines = (
            "Somebody, likely you, subscribed this address to Holdline's newsletter:",
            f"{self._site}{link}",
            "Click the link to get it. If it was not you, do nothing: no more mail comes.",
        )
        self._soon(self._made(email, "Subscribe to Holdline's newsletter?", lines))

    def letter(self, email: str, link: str) -> EmailMessage:
        """The mail itself."""
        host = self._site.partition("://")[2].partition(":")[0]
        lines = (
            f"Sign in to Holdline at {host}:",
            f"{self._site}{link}",
            "The link is good once, for 15 minutes, and asks for one more click.",
            "You did not ask for it? Then somebody typed your address; nothing happens unless the "
            "link is used.",
        )
        return self._made(email, f"Sign in to Holdline ({host})", lines)

    def _made(self, email: str, subject: str, lines: Sequence[str]) -> EmailMessage:
        letter = EmailMessage()
        letter["Subject"] = subject
        letter["From"] = self._mail.sender
        letter["To"] = email
        letter["Date"] = format_datetime(utc_now())
        letter["Message-ID"] = make_msgid(domain=self._mail.sender.rpartition("@")[2])
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content("\n\n".join(lines) + "\n")
        return letter

    def _submit(self, letter: EmailMessage) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._mail.submit(letter)
                return
            except SendFailure as error:
                log.warning("A mail to sign in was not sent (attempt %s): %s", attempt, error)
                if error.final:
                    return

    def close(self) -> None:
        """Send no more; what is under way is finished."""
        self._sending.shutdown(wait=False, cancel_futures=True)
