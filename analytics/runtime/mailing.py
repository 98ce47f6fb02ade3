"""Sends issues of the newsletter: one process an issue, one connection for many letters.

A letter is noted as begun in the same transaction as the outcome of the one before it, and only
then handed over: an issue whose process is killed is taken up by another where it stopped, and
nobody gets it twice. The one letter that was on its way then is left alone, and said.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape

from analytics.accounts.people import Person
from analytics.model.access import Plan
from analytics.model.vocabulary import HoldlineError
from analytics.newsletter.model import Content, Issue
from analytics.runtime.alerts.mail import Mail
from analytics.runtime.alerts.transport import SendFailure
from analytics.store.notices import utc_now
from analytics.store.records import Records

LOOK_SECONDS = 5.0
BATCH = 100
"""Letters a connection: mail servers end longer ones."""
BACK_OFF_SECONDS = (60, 300, 1800)
"""Before a letter is tried again; after the last of them it has failed."""

Outcome = tuple[str, str, dt.datetime | None]

log = logging.getLogger(__name__)


class Mailing:
    """One thread that sends what is due.

    Args:
        records: where readers and issues stand.
        mail: hands letters to the mail server.
        site: address of this site, without a slash at its end.
        leave_link: an address -> the path at which it unsubscribes.
        clock: wall time, UTC.
    """

    def __init__(
        self,
        records: Records,
        mail: Mail,
        site: str,
        leave_link: Callable[[str], str],
        clock: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        self._records = records
        self._mail = mail
        self._site = site
        self._leave_link = leave_link
        self._clock = clock
        self._stopped = threading.Event()
        self._soon = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look for what is due; nothing where no mail can be sent."""
        if self._mail.refusal is None and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="mailing", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Begin nothing new, and wait a little for the letter under way."""
        self._stopped.set()
        self._soon.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def hear(self) -> None:
        """Something was scheduled in this process: look at once."""
        self._soon.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._soon.clear()
            try:
                if self.step():
                    continue
            except HoldlineError as error:
                log.warning("The newsletter cannot be sent now: %s", error)
            except Exception:
                log.exception("Sending the newsletter failed unexpectedly; it goes on.")
            self._soon.wait(LOOK_SECONDS)

    def step(self) -> bool:
        """Send what is due of one issue; whether there was one.

        Raises:
            HoldlineError: the store could not be used, or the mail server not be reached.
        """
        issue = self._records.newsletter.claim()
        if issue is None:
            return False
        newsletter = self._records.newsletter
        try:
            while not self._stopped.is_set():
                due = newsletter.due(issue.id, BATCH)
                if not due or not self._send(issue, due):
                    break
            done = newsletter.finish(issue.id)
        finally:
            newsletter.release(issue.id)
        return done

    def _send(self, issue: Issue, due: tuple[tuple[str, int], ...]) -> bool:
        """A batch over one connection; whether the issue goes on."""
        pending: list[Outcome] = []
        try:
            with self._mail.connected() as submit:
                for email, attempts in due:
                    if self._stopped.is_set():
                        break
                    begun = self._records.newsletter.turn(issue.id, email, pending)
                    pending = []
                    if not begun:
                        continue
                    pending = [self._outcome(submit, issue, email, attempts)]
        except SendFailure as error:
            log.warning("The mail server takes no newsletter: %s", error)
            self._records.newsletter.turn(issue.id, None, pending)
            return False
        self._records.newsletter.turn(issue.id, None, pending)
        return True

    def _outcome(
        self, submit: Callable[[EmailMessage], None], issue: Issue, email: str, attempts: int
    ) -> Outcome:
        person = self._records.people.by_email(email)
        if issue.only_trades and not self._has_pro(person):
            return email, "their plan shows no trades", None
        try:
            submit(self.letter(issue, email))
        except SendFailure as failure:
            if failure.final:
                self._records.newsletter.stop(email, f"refused: {failure}")
                return email, str(failure), None
            tries = BACK_OFF_SECONDS[attempts : attempts + 1]
            again = self._clock() + dt.timedelta(seconds=tries[0]) if tries else None
            return email, str(failure), again
        return email, "", None

    def letter(self, issue: Issue, email: str) -> EmailMessage:
        """The mail to one reader, by the plan that they have at this moment."""
        person = self._records.people.by_email(email)
        content = issue.pro if self._has_pro(person) else issue.free
        leave = f"{self._site}{self._leave_link(email)}"
        letter = compose(content, self._mail.sender, email, leave)
        host = self._mail.sender.rpartition("@")[2]
        whose = hashlib.blake2b(email.encode(), digest_size=8).hexdigest()
        letter["Message-ID"] = f"<{issue.id}.{whose}@{host}>"  # the same at each attempt
        letter["Date"] = format_datetime(self._clock())
        return letter

    def _has_pro(self, person: Person | None) -> bool:
        if person is None or person.disabled_at is not None:
            return False
        return self._records.people.plan(person, self._clock()).includes(Plan.PRO)


def compose(content: Content, sender: str, email: str, leave: str) -> EmailMessage:
    """Text, html and the html's pictures, in the parts that mail programs expect.

    Args:
        leave: the address at which the reader unsubscribes, also in one click (RFC 8058); "" for
            a letter that nobody subscribed to, a test.
    """
    letter = EmailMessage()
    letter["Subject"] = content.subject
    letter["From"] = sender
    letter["To"] = email
    html, text = content.html, content.text
    if leave:
        letter["List-Unsubscribe"] = f"<{leave}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        letter["List-Id"] = "Newsletter <newsletter.holdline>"
        text += f"\nUnsubscribe: {leave}\n"
        link = f'<p style="font-size:12px"><a href="{escape(leave)}">Unsubscribe</a></p></body>'
        html = html.replace("</body>", link)
    letter.set_content(text)
    letter.add_alternative(html, subtype="html")
    page = letter.get_body(("html",))
    for number, (cid, png, _) in enumerate(content.pictures, start=1):
        assert page is not None  # it was added above
        name = f"chart-{number}.png"
        page.add_related(png, "image", "png", cid=f"<{cid}>", filename=name)
    return letter
