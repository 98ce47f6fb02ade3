"""Routes of one's own account: name, plan, passkeys, sessions, tokens, export, deletion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request

from analytics.accounts.api_tokens import Scope
from analytics.accounts.people import Role
from analytics.accounts.sessions import Method, SignedIn
from analytics.accounts.tokens import new_id
from analytics.alerts.model import LOCAL
from analytics.model import access
from analytics.model.parsing import parse_choice, parse_typed_number
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.settings import Settings
from components.server.accounts.documents import document
from components.server.accounts.entering import Entering
from components.server.accounts.passkey_checks import PasskeyChecks
from components.server.replies import Refused, answered, json_body, reply

LONGEST_TOKEN_DAYS = 366


class Account:
    """What the routes do, for whoever the request is from.

    Args:
        settings: of the site.
        entering: ends sessions and writes the audit log.
        passkeys: registers them.
        secret: of the server: by it people who come back are known.
    """

    def __init__(
        self, settings: Settings, entering: Entering, passkeys: PasskeyChecks, secret: str
    ) -> None:
        self._settings = settings
        self._entering = entering
        self._desk = entering.desk
        self.passkeys = passkeys
        self.former = entering.desk.records.former(secret)

    def me(self) -> dict[str, Any]:
        """What the page needs to know of its viewer."""
        signed_in = self._entering.visitors.signed_in(request)
        who = access.viewer()
        return {
            "accounts": self._settings.has_accounts,
            "signedIn": signed_in is not None,
            "called": signed_in.person.called if signed_in and self._settings.has_accounts else "",
            "plan": who.plan.value,
            "staff": who.is_staff,
        }

    def signed_in(self) -> SignedIn:
        """Whoever has signed in.

        Raises:
            Refused: nobody has.
        """
        found = self._entering.visitors.signed_in(request)
        if found is None and access.viewer().token:
            raise Refused("An account is for browsers: no token opens it.")
        if found is None:
            raise Refused("Sign in first.")
        return found

    def page(self, said: str = "", *, wrong: bool = False, new_token: str = "") -> Response:
        """The document with everything of one's account."""
        found = self.signed_in()
        person = found.person
        records = self._desk.records
        plan = access.viewer().plan
        paid = records.payments.of(person.id)
        had_trial = records.people.had_trial(person.id, self.former)
        offers = self._settings.has_accounts and not plan.includes(access.Plan.PRO)
        return document(
            "account",
            said=said,
            wrong=wrong,
            theme=self._settings.theme,
            person=person,
            session=found.session,
            plan=plan.words,
            staff=access.viewer().is_staff,
            needs_passkey=found.role is not person.role,
            grants=[grant for _, grant in records.people.grants(person.id)],
            trial_days=0 if had_trial or not offers else self._settings.trial_days,
            sells=self._settings.has_accounts and bool(self._settings.stripe_key),
            paid=paid[-1] if paid else None,
            passkeys=records.passkeys.of(person.id),
            sessions=records.sessions.of(person.id),
            tokens=records.tokens.of(person.id),
            new_token=new_token,
            scopes=self._scopes(),
        )

    def rename(self) -> str:
        """Call oneself otherwise."""
        self._desk.records.people.rename(self.signed_in().person.id, request.form.get("name", ""))
        self._entering.visitors.forget()
        return "Saved."

    def begin_trial(self) -> str:
        """Have PRO for a while."""
        if not self._settings.trial_days:
            raise BadInput("There is no trial here.")
        person = self.signed_in().person
        days = self._settings.trial_days
        until = self._desk.records.people.begin_trial(person.id, days, self.former)
        self._entering.visitors.forget()
        self._entering.note("begin trial", person.id, until=until.isoformat())
        return f"PRO is yours for {days} days."

    def add_passkey(self) -> dict[str, Any]:
        """Let a passkey sign one in; the first one makes staff of who may be."""
        found = self._recent()
        body = json_body()
        self._require_may_add(found)
        given = body.get("passkey")
        known = given if isinstance(given, dict) else {}
        self.passkeys.add(found.person, known, str(body.get("name", ""))[:80])
        self._entering.note("add passkey", found.person.id)
        return {"added": True}

    def passkey_options(self) -> dict[str, Any]:
        """What the browser is to make a passkey by."""
        json_body()
        found = self._recent()
        self._require_may_add(found)
        return self.passkeys.options_to_add(found.person)

    def _require_may_add(self, found: SignedIn) -> None:
        """Let staff who have no passkey add their first by a printed link: else it would be theirs
        who reads their mail.

        Raises:
            Refused: they signed in otherwise.
        """
        if found.role is not found.person.role and found.session.method is not Method.PRINTED:
            raise Refused(
                "Staff add their first passkey by a link that is printed: "
                "python -m analytics accounts recover ADDRESS."
            )

    def remove_passkey(self) -> str:
        """Let a passkey sign nobody in any more."""
        found = self._recent()
        credential = request.form.get("credential", "")
        left = [
            one
            for one in self._desk.records.passkeys.of(found.person.id)
            if one.credential != credential
        ]
        if found.person.role is not Role.VIEWER and not left:
            raise BadInput("Staff need a passkey: add another one first.")
        if not self._desk.records.passkeys.remove(found.person.id, credential):
            raise BadInput("There is no such passkey of yours.")
        self._entering.note("remove passkey", found.person.id)
        return "The passkey is removed."

    def _recent(self) -> SignedIn:
        """Who has signed in a moment ago: only they may change how one signs in.

        Of staff with a passkey, by it: who reads their mail cannot add one.

        Raises:
            Refused: it was longer ago, or without the passkey.
        """
        found = self.signed_in()
        if not found.session.is_recent(dt.datetime.now(dt.UTC)):
            raise Refused("Sign out and in again first: this needs a sign-in of the last minutes.")
        if found.role is not found.person.role and self._desk.records.passkeys.of(found.person.id):
            raise Refused("Sign in with your passkey first.")
        return found

    def end_session(self) -> str:
        """Sign another browser out."""
        person = self.signed_in().person
        if not self._desk.records.sessions.end(request.form.get("session", ""), person.id):
            raise BadInput("There is no such session of yours.")
        self._entering.visitors.forget()
        self._entering.note("end session", person.id)
        return "It is signed out."

    def end_others(self) -> str:
        """Sign all other browsers out."""
        found = self.signed_in()
        ended = self._desk.records.sessions.end_all(found.person.id, but=found.session.id)
        self._entering.visitors.forget()
        self._entering.note("end session", found.person.id, ended=str(ended))
        return f"Signed out elsewhere: {ended}."

    def make_token(self) -> Response:
        """A new token, shown once; it acts as its session does at most.

        Raises:
            Refused: as `_recent`: it outlives the session that makes it.
        """
        found = self._recent()
        allowed = tuple(scope.value for scope in self._scopes())
        scope = Scope(parse_choice("The scope", request.form.get("scope", ""), allowed))
        accepted = f"a number from 1 to {LONGEST_TOKEN_DAYS} is accepted"
        days = parse_typed_number(
            "Days", request.form.get("days", ""), int, 1, LONGEST_TOKEN_DAYS, accepted
        )
        name, id = request.form.get("name", ""), new_id()
        lifetime = dt.timedelta(days=days)
        token = self._desk.records.tokens.make(
            found.person.id, name, scope, lifetime, most=found.role, id=id
        )
        self._entering.note("make token", id, scope=scope.value, days=str(days))
        return self.page(new_token=token)

    def _scopes(self) -> tuple[Scope, ...]:
        """What a token of the viewer's may do: metrics are for staff.

        Of staff who signed in without their passkey it only reads: what edits in their name, and
        what they make public, is by the passkey alone.
        """
        found = self.signed_in()
        if found.role is not Role.VIEWER:
            return tuple(Scope)
        return (Scope.READ, Scope.EDIT) if found.person.role is Role.VIEWER else (Scope.READ,)

    def revoke_token(self) -> str:
        """End a token."""
        person = self.signed_in().person
        if not self._desk.records.tokens.revoke(request.form.get("token", ""), person.id):
            raise BadInput("There is no such token of yours.")
        self._entering.visitors.forget()
        self._entering.note("revoke token", request.form.get("token", ""))
        return "The token is revoked."

    def export(self) -> dict[str, Any]:
        """Everything that is stored of one."""
        person = self.signed_in().person
        self._entering.note("export", person.id)
        return self._desk.records.own_data.export(person)

    def delete(self) -> Response:
        """Delete the account with everything in it.

        Raises:
            BadInput: it was not meant, or is the last owner's.
            Refused: as `_recent`; staff's only by their passkey, whether they have one yet or not.
        """
        person = self.signed_in().person
        if person.id == LOCAL:
            raise BadInput("This is the one owner of a Holdline without accounts.")
        if request.form.get("sure", "").strip().lower() != "delete":
            raise BadInput("Type delete to delete the account.")
        if any(one.is_charged for one in self._desk.records.payments.of(person.id)):
            raise BadInput("End your subscription first, by Billing: it would be charged on.")
        found = self._recent()
        if found.role is not person.role:
            raise Refused("Staff delete their account signed in with a passkey: add one first.")
        self._desk.records.own_data.delete(person, self.former)
        # by its id alone: the name and the address are gone with the account
        self._desk.records.audit.add(None, self._entering.address, "delete account", person.id)
        return self._entering.forget_browser(_back("/"))


def register(server: Flask, account: Account) -> None:
    """Declare ``GET /me`` and the routes below ``/account``."""
    routes = Blueprint("account", __name__)

    @routes.get("/me")
    @answered
    def me() -> Response:
        return reply(account.me())

    @routes.get("/account")
    def page() -> Response:
        try:
            return account.page()
        except Refused as error:
            return _refused(error, "/sign-in?next=/account")

    form(routes, account, "/account/name", account.rename)
    form(routes, account, "/account/trial", account.begin_trial)
    form(routes, account, "/account/passkeys/remove", account.remove_passkey)
    form(routes, account, "/account/sessions/end", account.end_session)
    form(routes, account, "/account/sessions/end-others", account.end_others)
    form(routes, account, "/account/tokens/make", account.make_token)
    form(routes, account, "/account/tokens/revoke", account.revoke_token)
    form(routes, account, "/account/delete", account.delete)

    @routes.post("/account/passkeys/options")
    @answered
    def options_to_add() -> Response:
        return reply(account.passkey_options())

    @routes.post("/account/passkeys/add")
    @answered
    def add_passkey() -> Response:
        return reply(account.add_passkey())

    @routes.get("/account/export")
    @answered
    def export() -> Response:
        response = reply(account.export())
        response.headers["Content-Disposition"] = 'attachment; filename="holdline-account.json"'
        return response

    server.register_blueprint(routes)


def form(
    routes: Blueprint, account: Account, path: str, act: Callable[[], str] | Callable[[], Response]
) -> None:
    """A form of the account's document: what was done, or was wrong, stands above it then."""

    def submitted() -> Response:
        try:
            done = act()
        except Refused as error:
            if not _is_known(account):
                return _refused(error, "/sign-in")
            return account.page(str(error), wrong=True)
        except HoldlineError as error:
            return account.page(str(error), wrong=True)
        return account.page(done) if isinstance(done, str) else done

    routes.add_url_rule(path, path.replace("/", " "), submitted, methods=["POST"])


def _is_known(account: Account) -> bool:
    try:
        account.signed_in()
    except Refused:
        return False
    return True


def _refused(error: Refused, sign_in: str) -> Response:
    """To where one signs in; a program, which cannot, is refused in words."""
    if access.viewer().token:
        return document("refused", 403, said=str(error), wrong=True)
    return _back(sign_in)


def _back(path: str) -> Response:
    return redirect(path, 303)  # type: ignore[return-value]
