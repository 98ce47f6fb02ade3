"""Routes of the newsletter: subscribing, leaving, the archive, bounces, and staff's desk."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from analytics.accounts.one_time import Bearer, Purpose
from analytics.alerts.model import OFFERS
from analytics.alerts.targets import parse_address
from analytics.model import access
from analytics.model.access import NotInPlan, Plan
from analytics.model.budgets import SIGN_INS, spend
from analytics.model.sessions import NEW_YORK
from analytics.model.turns import TooManyWaiting
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.newsletter.bounces import MAX_REPORT, parse_report
from analytics.newsletter.model import Content, IssueState, ReaderState
from analytics.preview.edition import Edition, parse_edition
from analytics.runtime.alerts.mail import Mail
from analytics.runtime.alerts.transport import SendFailure
from analytics.runtime.mailing import Mailing, compose
from analytics.runtime.sign_in_mail import SignInMail
from analytics.settings import Settings
from components.document.letter import to_letter
from components.document.pictures import to_pictures
from components.server.accounts.documents import document
from components.server.accounts.entering import Entering
from components.server.replies import Refused, answered, reply, sentence
from components.server.staff import Staff

CONFIRM_LIFETIME = dt.timedelta(days=2)
SHOWN = 30
_SALT = "holdline-newsletter"


class NewsletterDesk:
    """What the routes do.

    Args:
        settings: of the site.
        entering: writes the audit log.
        staff: lets only staff pass.
        letters: sends the mail that asks whether it was you.
        mail: sends tests.
        mailing: sends issues.
    """

    def __init__(
        self,
        settings: Settings,
        entering: Entering,
        staff: Staff,
        letters: SignInMail,
        mail: Mail,
        mailing: Mailing,
    ) -> None:
        self._settings = settings
        self._entering = entering
        self._desk = entering.desk
        self.staff = staff
        self._letters = letters
        self._mail = mail
        self._mailing = mailing

    # ---- readers ----

    def page(self, said: str = "", *, wrong: bool = False) -> Response:
        """Subscribing, and the archive."""
        email = self._own_address()
        reader = self._desk.records.newsletter.reader(email) if email else None
        return self._document(
            "newsletter",
            said=said,
            wrong=wrong,
            mail=self._letters.refusal is None,
            email=email,
            reads=reader is not None and reader.state is ReaderState.READING,
            trades=reader is not None and reader.trades,
            has_trades=access.viewer().plan.includes(OFFERS["trade"].plan),
            offer=OFFERS["trade"].words,
            issues=self._desk.records.newsletter.listed(only_sent=True, most=SHOWN),
        )

    def _own_address(self) -> str:
        """The confirmed address of whoever looks, "" without one."""
        me = self._entering.visitors.signed_in(request)
        return (me.person.email if me else None) or ""

    def want_trades(self) -> Response:
        """Send whoever looks each change of the model portfolio too, or no longer.

        Raises:
            NotInPlan: their plan shows no trades.
            BadInput: their address reads nothing.
        """
        wanted = request.form.get("trades") == "on"
        if wanted:
            access.require(OFFERS["trade"])
        email = self._own_address()
        if not email or not self._desk.records.newsletter.want_trades(email, wanted=wanted):
            raise BadInput("Subscribe to the newsletter first, with your account's address.")
        self._entering.note("newsletter trades", email, wanted=str(wanted))
        return self.page(
            "Trades go to you as they are made." if wanted else "Trades go to you no more."
        )

    def ask(self) -> Response:
        """Ask the address's owner by mail; what is answered says nothing of who reads.

        Raises:
            BadInput: it is no address, or mail is not set up.
        """
        if self._letters.refusal is not None:
            raise BadInput(self._letters.refusal)
        email = parse_address(request.form.get("email", "")).lower()
        bearer = Bearer(email=email)
        token = self._desk.records.one_time.make(Purpose.NEWSLETTER, bearer, CONFIRM_LIFETIME)
        if token is not None:
            self._desk.records.newsletter.ask(email)
            self._letters.send_question(email, f"/newsletter/confirm?token={token}")
        text = f"A mail is on its way to {email}: click the link in it, and you are a reader."
        return self._answer("Look into your mail", text)

    def confirm(self) -> Response:
        """Ask for a click: a mail scanner that opens links subscribes nobody."""
        token = request.args.get("token", "")
        bearer = self._desk.records.one_time.look(Purpose.NEWSLETTER, token)
        if bearer is None:
            return self._answer("This link is over", "Subscribe again to get another one.", 410)
        text = f"The newsletter goes to {bearer.email} from then on."
        return self._answer(
            "Subscribe?", text, action="/newsletter/confirm", token=token, button="Subscribe"
        )

    def confirmed(self) -> Response:
        """Make the address a reader."""
        token = request.form.get("token", "")
        bearer = self._desk.records.one_time.use(Purpose.NEWSLETTER, token)
        if bearer is None or bearer.email is None:
            return self._answer("This link is over", "Subscribe again to get another one.", 410)
        if not self._desk.records.newsletter.confirm(bearer.email):
            text = "Mail to this address was refused or called unwanted before; write to us."
            return self._answer("This address is stopped", text, 409)
        return self._answer("You are a reader", f"The newsletter goes to {bearer.email}.")

    def leaving(self) -> Response:
        """Ask for a click, for whoever follows the link in a mail."""
        token = request.args.get("reader", "")
        email = _leaver(token)
        if email is None:
            return self._answer("This link is not ours", "Use the one in the mail.", 400)
        return self._answer(
            "Unsubscribe?",
            f"The newsletter goes to {email} no more.",
            action=f"/newsletter/leave?reader={token}",
            token=token,
            button="Unsubscribe",
        )

    def leave(self) -> Response:
        """Unsubscribe, in one click of a mail program (RFC 8058) or of the page's button."""
        email = _leaver(request.args.get("reader", ""))
        if email is None:
            return self._answer("This link is not ours", "Use the one in the mail.", 400)
        self._desk.records.newsletter.leave(email)
        return self._answer("You have left", f"The newsletter goes to {email} no more.")

    def issue(self, id: str) -> Response:
        """An issue as it was sent, by the viewer's plan."""
        found = self._desk.records.newsletter.issue(id)
        gone = (IssueState.SENDING, IssueState.SENT)
        if found is None or not (found.state in gone or access.viewer().is_staff):
            return self._answer("There is no such issue", "The archive lists them.", 404)
        pro = access.viewer().plan.includes(Plan.PRO)
        html = _with_pictures(found.pro if pro else found.free)
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return Response(html, mimetype="text/html", headers=headers)

    # ---- staff ----

    def desk(self, said: str = "", *, wrong: bool = False) -> Response:
        """Readers, editions that can be sent, and how far each issue is."""
        records = self._desk.records
        me = self._entering.visitors.signed_in(request)
        published = records.previews.published(self._desk.archive.scope, SHOWN)
        issues = records.newsletter.listed()
        return self._document(
            "newsletter_desk",
            said=said,
            wrong=wrong,
            refusal=self._mail.refusal or "",
            counts={state.value: count for state, count in records.newsletter.counts().items()},
            editions=[heading.name for heading in published],
            me=(me.person.email if me else None) or "",
            issues=[(one, records.newsletter.progress(one.id)) for one in issues],
        )

    def send(self) -> str:
        """Freeze an edition and schedule it."""
        self._require_mail()
        edition = self._edition()
        at = _moment(request.form.get("at", ""))
        name = f"preview {edition.heading.name}"
        free, pro = self._contents(edition)
        self._desk.records.newsletter.schedule(name, free, pro, at)
        self._entering.note("schedule newsletter", name, at=at.isoformat())
        self._mailing.hear()
        return f"“{name}” is scheduled."

    def send_test(self) -> str:
        """One letter, to one address."""
        self._require_mail()
        to = parse_address(request.form.get("to", ""))
        _, pro = self._contents(self._edition())
        letter = compose(pro, self._mail.sender, to, leave="")
        letter.replace_header("Subject", f"TEST: {pro.subject}")
        try:
            self._mail.submit(letter)
        except SendFailure as error:
            raise BadInput(f"The test was not sent: {error}") from None
        known = self._desk.records.people.by_email(to.lower())
        self._entering.note("test newsletter", known.id if known else "a reader elsewhere")
        return f"A test went to {to}."

    def stop(self) -> str:
        """Send no more letters of an issue."""
        id = request.form.get("issue", "")
        if not self._desk.records.newsletter.stop_issue(id):
            raise BadInput("There is no such issue under way.")
        self._entering.note("stop newsletter", id)
        return "It is stopped."

    def bounce(self) -> dict[str, Any]:
        """Take a mail server's report, as it was mailed, and stop what will never arrive."""
        found = parse_report(request.get_data(cache=False)[: MAX_REPORT + 1])
        for one in found:
            if one.permanent:
                self._desk.records.newsletter.stop(one.email, one.reason)
        return {"stopped": sum(one.permanent for one in found), "read": len(found)}

    def _edition(self) -> Edition:
        name = request.form.get("edition", "")
        session, version = parse_edition(name)
        edition = self._desk.records.previews.edition(
            self._desk.archive.scope, session, version, published=True
        )
        if edition is None:
            raise BadInput("This edition is not published.")
        return edition

    def _contents(self, edition: Edition) -> tuple[Content, Content]:
        """What free readers get, and what PRO readers get."""
        pictures = to_pictures(edition.charts)
        base = self._settings.base_url
        with access.viewing(access.STRANGER):
            free = to_letter(edition.for_viewer(), base, pictures)
        return free, to_letter(edition, base, pictures)

    def _require_mail(self) -> None:
        if self._mail.refusal is not None:
            raise BadInput(self._mail.refusal)

    def _answer(self, title: str, text: str, status: int = 200, **more: str) -> Response:
        values = {"action": "", "token": "", "button": ""} | more
        return self._document("newsletter_answer", status, title=title, text=text, **values)

    def _document(self, template: str, status: int = 200, **values: Any) -> Response:
        return document(template, status, theme=self._settings.theme, **values)


def register(server: Flask, desk: NewsletterDesk) -> None:
    """Declare the routes below ``/newsletter``, and staff's below ``/people/newsletter``."""
    routes = Blueprint("newsletter", __name__)
    routes.add_url_rule("/newsletter", "page", desk.page, methods=["GET"])

    @routes.post("/newsletter/trades")
    def want_trades() -> Response:
        try:
            return desk.want_trades()
        except HoldlineError as error:
            refused = desk.page(str(error), wrong=True)
            refused.status_code = 403 if isinstance(error, NotInPlan) else 400
            return refused

    @routes.post("/newsletter")
    def ask() -> Response:
        try:
            spend(SIGN_INS)
            return desk.ask()
        except TooManyWaiting as error:
            refused = desk.page(sentence(error), wrong=True)
            refused.status_code = 429
            return refused
        except HoldlineError as error:
            refused = desk.page(str(error), wrong=True)
            refused.status_code = 400
            return refused

    routes.add_url_rule("/newsletter/confirm", "confirm", desk.confirm, methods=["GET"])
    routes.add_url_rule("/newsletter/confirm", "confirmed", desk.confirmed, methods=["POST"])
    routes.add_url_rule("/newsletter/leave", "leaving", desk.leaving, methods=["GET"])
    routes.add_url_rule("/newsletter/leave", "leave", desk.leave, methods=["POST"])
    routes.add_url_rule("/newsletter/issues/<id>", "issue", desk.issue, methods=["GET"])

    @routes.post("/people/newsletter/bounces")
    @answered
    def bounce() -> Response:
        desk.staff.require()
        return reply(desk.bounce())

    def shown(make: Callable[[], str] | None) -> Response:
        try:
            desk.staff.require()
        except Refused as error:
            return document("refused", 403, said=str(error), wrong=True)
        try:
            return desk.desk(make() if make else "")
        except HoldlineError as error:
            return desk.desk(str(error), wrong=True)

    @routes.get("/people/newsletter")
    def overview() -> Response:
        return shown(None)

    acts = {"send": desk.send, "test": desk.send_test, "stop": desk.stop}
    for path, act in acts.items():

        def submitted(act: Callable[[], str] = act) -> Response:
            return shown(act)

        routes.add_url_rule(f"/people/newsletter/{path}", path, submitted, methods=["POST"])
    server.register_blueprint(routes)


def leave_link(secret: str) -> Callable[[str], str]:
    """An address -> the path at which it unsubscribes; nobody can make another's."""
    signer = URLSafeSerializer(secret, salt=_SALT)
    return lambda email: f"/newsletter/leave?reader={signer.dumps(email)}"


def _leaver(token: str) -> str | None:
    try:
        return str(URLSafeSerializer(str(current_app.secret_key), salt=_SALT).loads(token))
    except BadSignature:
        return None


def _moment(text: str) -> dt.datetime:
    """A moment in New York; now for "".

    Raises:
        BadInput: it is none, or more than 60 days ahead.
    """
    now = dt.datetime.now(dt.UTC)
    if not text:
        return now
    try:
        at = dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)
    except ValueError:
        raise BadInput(f"{text[:30]!r} is no moment such as 2025-01-27T07:30.") from None
    if at > now + dt.timedelta(days=60):
        raise BadInput("An issue is scheduled at most 60 days ahead.")
    return at


def _with_pictures(content: Content) -> str:
    """The html with its pictures in it, for a browser."""
    html = content.html
    for cid, png, _ in content.pictures:
        data = base64.b64encode(png).decode()
        html = html.replace(f"cid:{cid}", f"data:image/png;base64,{data}")
    return html
