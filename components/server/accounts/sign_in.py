"""Routes of signing in: by a one-time link, a provider, a passkey, or on the machine itself."""

from __future__ import annotations

import contextlib
import secrets
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, redirect, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from analytics.accounts.one_time import Bearer, Purpose
from analytics.accounts.people import Person
from analytics.accounts.sessions import Method
from analytics.alerts.model import LOCAL, is_local_link
from analytics.alerts.targets import parse_address
from analytics.model import access
from analytics.model.budgets import SIGN_INS, spend
from analytics.model.turns import TooManyWaiting
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.runtime.sign_in_mail import SignInMail
from analytics.settings import Settings
from components.server.accounts import cookies
from components.server.accounts.documents import document
from components.server.accounts.entering import Entering, onward
from components.server.accounts.openid import Attempt, OpenId, Vouched
from components.server.accounts.passkey_checks import PasskeyChecks
from components.server.replies import answered, json_body, reply, sentence

ATTEMPT_SECONDS = 600


class SignIn:
    """What the routes do.

    Args:
        settings: which ways in there are.
        entering: begins the sessions.
        mail: sends the links.
    """

    def __init__(self, settings: Settings, entering: Entering, mail: SignInMail) -> None:
        self._settings = settings
        self._entering = entering
        self._desk = entering.desk
        self._mail = mail
        self._openid = OpenId.of(settings)
        self.passkeys = PasskeyChecks.of(settings, self._desk)

    def page(self, said: str = "", status: int = 200) -> Response:
        """The document that offers the ways in."""
        asked = request.values.get("next", "/")
        return document(
            "sign_in",
            status,
            said=said,
            wrong=bool(said),
            theme=self._settings.theme,
            accounts=self._settings.has_accounts,
            openid=self._openid.name if self._openid else "",
            mail=self._mail.refusal is None,
            passkeys=self._settings.has_accounts and self.passkeys.available(),
            next=asked if is_local_link(asked) else "/",
        )

    def send_link(self) -> Response:
        """Send a link, and say the same whoever has an account and whether it was sent.

        Raises:
            BadInput: it is no address, or mail is not set up.
        """
        if self._mail.refusal is not None:
            raise BadInput(self._mail.refusal)
        email = parse_address(request.form.get("email", "")).lower()
        token = self._desk.records.one_time.make(Purpose.LINK, Bearer(email=email))
        if token is not None:
            self._mail.send(email, _link(token, request.form.get("next", "/")))
        return document("link_sent", theme=self._settings.theme, email=email)

    def link(self) -> Response:
        """The document that asks for a click: a mail scanner that opens links uses none up."""
        token = request.args.get("token", "")
        bearer = self._desk.records.one_time.look(Purpose.LINK, token)
        if bearer is None:
            return document("link", 410, theme=self._settings.theme, token="")
        asked = request.args.get("next", "/")
        return document(
            "link", theme=self._settings.theme, token=token, called=self._called(bearer), next=asked
        )

    def use_link(self) -> Response:
        """Sign in whom a link stands for."""
        bearer = self._desk.records.one_time.use(Purpose.LINK, request.form.get("token", ""))
        person = None if bearer is None else self._person(bearer)
        if person is None:
            self._entering.refused("sign in", "a link that is over")
            return document("link", 410, theme=self._settings.theme, token="")
        # one that names a person was printed in the site's own shell, and never mailed
        printed = bearer is not None and bearer.email is None
        method = Method.PRINTED if printed else Method.LINK
        return self._enter(person, method, onward(request.form.get("next")))

    def to_provider(self) -> Response:
        """Send the browser to the provider.

        Raises:
            BadInput: there is none.
        """
        if self._openid is None:
            raise BadInput("No provider to sign in with is set up here.")
        state = self._desk.records.one_time.make(Purpose.OPENID, Bearer()) or ""
        asked = request.args.get("next", "/")
        attempt = Attempt(state, secrets.token_urlsafe(32), secrets.token_urlsafe(48), asked)
        response: Any = redirect(self._openid.address(attempt), 303)
        signed = _signer().dumps([attempt.state, attempt.nonce, attempt.verifier, attempt.next])
        cookies.write(request, response, cookies.SIGNING_IN, str(signed), ATTEMPT_SECONDS)
        return response  # type: ignore[no-any-return]

    def from_provider(self) -> Response:
        """Sign in whom the provider vouches for.

        Raises:
            BadInput: it says no, or this browser began no sign-in.
        """
        attempt = _attempt()
        if self._openid is None or attempt is None:
            raise BadInput("This browser began no sign-in in the last ten minutes: begin again.")
        if self._desk.records.one_time.use(Purpose.OPENID, attempt.state) is None:
            raise BadInput("This sign-in was finished already: begin again.")
        vouched = self._openid.finish(request.args, attempt)
        return self._enter(self._vouched(vouched), Method.OPENID, onward(attempt.next))

    def by_passkey(self) -> Response:
        """Sign in whose passkey the browser shows.

        Raises:
            BadInput: it is nobody's.
        """
        body = json_body()
        given = body.get("passkey")
        person = self.passkeys.check(given if isinstance(given, dict) else {})
        asked = str(body.get("next", "/"))
        response = reply({"next": asked if is_local_link(asked) else "/"})
        return self._enter(person, Method.PASSKEY, response)

    def on_this_machine(self) -> Response:
        """Make this browser the owner's, where there are no accounts."""
        token = request.args.get("token", "")
        bearer = self._desk.records.one_time.use(Purpose.LINK, token)
        if self._settings.has_accounts or bearer != Bearer(person=LOCAL):
            if access.viewer().is_staff:
                return onward("/")
            return self.page("This address was used already, or is over.", 410)
        owner = self._desk.records.people.owner_of_machine()
        return self._entering.sign_in(owner, Method.MACHINE, onward("/"))

    def _enter(self, person: Person, method: Method, response: Response) -> Response:
        if person.disabled_at is not None:
            self._entering.refused("sign in", person.id)
            return self.page("This account is closed; ask the people who run this site.", 403)
        return self._entering.sign_in(person, method, response)

    def _vouched(self, who: Vouched) -> Person:
        return self._desk.records.people.with_identity(who.issuer, who.subject, who.name, who.email)

    def _person(self, bearer: Bearer) -> Person | None:
        people = self._desk.records.people
        if bearer.email is not None:
            return people.with_email(bearer.email)
        return people.by_id(bearer.person) if bearer.person is not None else None

    def _called(self, bearer: Bearer) -> str:
        if bearer.email is not None:
            return bearer.email
        person = self._desk.records.people.by_id(bearer.person or "")
        return person.called if person is not None else "nobody"


def register(server: Flask, signing: SignIn, entering: Entering) -> None:
    """Declare the routes of signing in and out, and ``GET /me``."""
    routes = Blueprint("sign-in", __name__)

    def stated(act: Any) -> Response:
        """What ``act`` answers; an error stands above the document that offers the ways in."""
        try:
            spend(SIGN_INS)
            response: Response = act()
        except TooManyWaiting as error:
            refused = signing.page(sentence(error), 429)
            refused.headers["Retry-After"] = str(error.retry_after)
            return refused
        except HoldlineError as error:
            with contextlib.suppress(HoldlineError):
                entering.refused("sign in", str(error))
            return signing.page(str(error), 400)
        return response

    @routes.get("/sign-in")
    def sign_in() -> Response:
        if entering.visitors.signed_in(request) is not None:
            return onward(request.args.get("next"))
        return signing.page()

    @routes.post("/sign-in/link")
    def send_link() -> Response:
        return stated(signing.send_link)

    @routes.get("/sign-in/link")
    def link() -> Response:
        return stated(signing.link)

    @routes.post("/sign-in/link/use")
    def use_link() -> Response:
        return stated(signing.use_link)

    @routes.get("/sign-in/openid")
    def to_provider() -> Response:
        return stated(signing.to_provider)

    @routes.get("/sign-in/openid/return")
    def from_provider() -> Response:
        return stated(signing.from_provider)

    @routes.get("/owner")
    def on_this_machine() -> Response:
        return stated(signing.on_this_machine)

    @routes.post("/sign-in/passkey/options")
    @answered
    def passkey_options() -> Response:
        spend(SIGN_INS)
        json_body()
        return reply(signing.passkeys.options_to_sign_in())

    @routes.post("/sign-in/passkey")
    @answered
    def by_passkey() -> Response:
        spend(SIGN_INS)
        return signing.by_passkey()

    @routes.post("/sign-out")
    def sign_out() -> Response:
        return entering.sign_out(onward("/"))

    server.register_blueprint(routes)


def _link(token: str, asked: str) -> str:
    query = {"token": token} | ({"next": asked} if asked != "/" and is_local_link(asked) else {})
    return f"/sign-in/link?{urlencode(query)}"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="holdline-signing-in")


def _attempt() -> Attempt | None:
    """The sign-in that this browser began, or None."""
    try:
        kept = cookies.read(request, cookies.SIGNING_IN)
        return Attempt(*_signer().loads(kept, max_age=ATTEMPT_SECONDS))
    except (BadSignature, TypeError):
        return None
