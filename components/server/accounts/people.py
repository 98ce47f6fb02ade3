"""Routes of the staff's page: people, their plans and sessions, deliveries, the audit log."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request

from analytics.accounts.people import Grant, Person, Role
from analytics.model import access
from analytics.model.access import Plan
from analytics.model.parsing import parse_choice, parse_typed_number
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.settings import Settings
from components.server.accounts.documents import document
from components.server.accounts.entering import Entering
from components.server.replies import Refused
from components.server.staff import Staff

MOST_LISTED = 100
A_PAGE = 50
CSV_LINES = 500
LONGEST_GRANT_DAYS = 3660


class PeoplePage:
    """What the routes do, for staff.

    Args:
        settings: of the site.
        entering: writes the audit log, and forgets what was known of sessions.
        staff: lets only staff pass.
    """

    def __init__(self, settings: Settings, entering: Entering, staff: Staff) -> None:
        self._settings = settings
        self._entering = entering
        self._desk = entering.desk
        self.staff = staff

    def people(self) -> Response:
        """The newest accounts, or those that are searched for."""
        find = request.args.get("find", "")[:80]
        people = self._desk.records.people
        found = people.listed(find, MOST_LISTED)
        return document(
            "people",
            theme=self._settings.theme,
            find=find,
            count=people.count(),
            most=MOST_LISTED,
            people=[(person, people.plan(person)) for person in found],
        )

    def person(self, id: str, said: str = "", *, wrong: bool = False) -> Response:
        """One account.

        Raises:
            BadInput: there is none of this id.
        """
        person, records = self.found(id), self._desk.records
        return document(
            "person",
            said=said,
            wrong=wrong,
            theme=self._settings.theme,
            person=person,
            plan=records.people.plan(person),
            owner=access.viewer().plan is Plan.OWNER,
            roles=tuple(Role),
            passkeys=len(records.passkeys.of(person.id)),
            grants=records.people.grants(person.id),
            sessions=records.sessions.of(person.id),
            tokens=records.tokens.of(person.id),
            now=_now(),
        )

    def change_role(self, person: Person) -> str:
        """Make somebody staff, owner, or neither; an owner's to do."""
        self._require_owner()
        names = tuple(role.value for role in Role)
        role = Role(parse_choice("The role", request.form.get("role", ""), names))
        if role is not Role.VIEWER and not self._desk.records.passkeys.of(person.id):
            raise BadInput("They have no passkey yet: have them add one on their account's page.")
        ended = self._desk.records.people.set_role(person.id, role)
        self._note("change role", person, role=role.value)
        return f"{person.called} is {role.value} now; {ended.words} ended."

    def close(self, person: Person) -> str:
        """Shut somebody out; staff's account only by an owner."""
        if person.role is not Role.VIEWER:
            self._require_owner()
        self._desk.records.people.disable(person.id)
        self._note("close account", person)
        return "The account is closed."

    def open(self, person: Person) -> str:
        """Let somebody in again."""
        if person.role is not Role.VIEWER:
            self._require_owner()
        self._desk.records.people.enable(person.id)
        self._note("open account", person)
        return "The account is open again."

    def grant(self, person: Person) -> str:
        """Give somebody PRO for a while."""
        accepted = f"a number from 1 to {LONGEST_GRANT_DAYS} is accepted"
        given = request.form.get("days", "")
        days = parse_typed_number("Days", given, int, 1, LONGEST_GRANT_DAYS, accepted)
        reason = " ".join(request.form.get("reason", "").split())[:200]
        if not reason:
            raise BadInput("Say why: it stays with the grant.")
        now = _now()
        until = now + dt.timedelta(days=days)
        with self._desk.records.database.writing() as connection:
            self._desk.records.people.grant(
                person.id,
                Grant(Plan.PRO, "staff", now, until),
                access.viewer().person,
                reason,
                connection,
            )
        self._note("grant PRO", person, days=str(days), reason=reason)
        return f"{person.called} has PRO for {days} days."

    def end_grant(self, person: Person) -> str:
        """End a plan that somebody was given."""
        id = request.form.get("grant", "")
        if id not in {known for known, _ in self._desk.records.people.grants(person.id)}:
            raise BadInput("There is no such grant of theirs.")
        with self._desk.records.database.writing() as connection:
            self._desk.records.people.revoke_grant(id, connection)
        self._note("end grant", person)
        return "The grant is ended."

    def end_sessions(self, person: Person) -> str:
        """Sign somebody out everywhere."""
        if person.role is not Role.VIEWER:
            self._require_owner()
        ended = self._desk.records.people.end_access(person.id)
        self._note("end sessions", person, ended=ended.words)
        return f"Ended: {ended.words}."

    def revoke_token(self, person: Person) -> str:
        """End a token of somebody's; of staff's only by an owner."""
        if person.role is not Role.VIEWER:
            self._require_owner()
        if not self._desk.records.tokens.revoke(request.form.get("token", ""), person.id):
            raise BadInput("There is no such token of theirs.")
        self._note("revoke token", person, token=request.form["token"])
        return "The token is revoked."

    def audit(self) -> Response:
        """A page of the audit log."""
        find = request.args.get("find", "")[:80]
        entries = self._desk.records.audit.entries(find, _before(), A_PAGE + 1)
        return document(
            "audit",
            theme=self._settings.theme,
            find=find,
            entries=entries[:A_PAGE],
            more=len(entries) > A_PAGE,
        )

    def audit_csv(self) -> Response:
        """The newest lines as CSV."""
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(("at", "who", "by token", "from", "what", "to what", "outcome", "details"))
        for one in self._desk.records.audit.entries(
            request.args.get("find", "")[:80], None, CSV_LINES
        ):
            cells = (one.called, one.token, one.address, one.action, one.target, one.outcome)
            details = " ".join(f"{name}={value}" for name, value in one.details.items())
            rows.writerow((one.at.isoformat(), *map(_cell, (*cells, details))))
        headers = {
            "Content-Disposition": 'attachment; filename="holdline-audit.csv"',
            "Cache-Control": "no-store",
        }
        return Response(text.getvalue(), mimetype="text/csv", headers=headers)

    def deliveries(self) -> Response:
        """The channels that fail."""
        outbox = self._desk.records.outbox
        return document(
            "deliveries",
            theme=self._settings.theme,
            waiting=outbox.waiting(),
            failing=outbox.failing(_now() - dt.timedelta(days=7)),
        )

    def found(self, id: str) -> Person:
        """Somebody by their id.

        Raises:
            BadInput: there is nobody of this id.
        """
        person = self._desk.records.people.by_id(id)
        if person is None:
            raise BadInput("There is no such account.")
        return person

    def _require_owner(self) -> None:
        if access.viewer().plan is not Plan.OWNER:
            raise Refused("Only an owner may do this.")

    def _note(self, action: str, person: Person, **details: str) -> None:
        self._entering.visitors.forget()
        self._entering.note(action, person.id, **details)


def register(server: Flask, page: PeoplePage) -> None:
    """Declare the routes below ``/people``."""
    routes = Blueprint("people", __name__)

    def shown(make: Callable[[], Response]) -> Response:
        try:
            page.staff.require()
            return make()
        except Refused as error:
            if not access.viewer().session:
                return redirect("/sign-in?next=/people", 303)  # type: ignore[return-value]
            return document("refused", 403, said=str(error), wrong=True)
        except HoldlineError as error:
            return document("refused", 400, said=str(error), wrong=True)

    @routes.get("/people")
    def people() -> Response:
        return shown(page.people)

    @routes.get("/people/<id>")
    def person(id: str) -> Response:
        return shown(lambda: page.person(id))

    @routes.get("/people/audit")
    def audit() -> Response:
        return shown(page.audit)

    @routes.get("/people/audit.csv")
    def audit_csv() -> Response:
        return shown(page.audit_csv)

    @routes.get("/people/deliveries")
    def deliveries() -> Response:
        return shown(page.deliveries)

    acts: dict[str, Callable[[Person], str]] = {
        "role": page.change_role,
        "close": page.close,
        "open": page.open,
        "grants": page.grant,
        "grants/end": page.end_grant,
        "sessions/end": page.end_sessions,
        "tokens/revoke": page.revoke_token,
    }
    for path, act in acts.items():
        routes.add_url_rule(
            f"/people/<id>/{path}",
            path.replace("/", " "),
            _form(page, shown, act),
            methods=["POST"],
        )
    server.register_blueprint(routes)


def _form(
    page: PeoplePage,
    shown: Callable[[Callable[[], Response]], Response],
    act: Callable[[Person], str],
) -> Callable[[str], Response]:
    """A form of somebody's page: what was done, or was wrong, stands above it then."""

    def submitted(id: str) -> Response:
        def do() -> Response:
            person = page.found(id)
            try:
                said, wrong = act(person), False
            except HoldlineError as error:
                said, wrong = str(error), True
            return page.person(id, said, wrong=wrong)

        return shown(do)

    return submitted


def _before() -> int | None:
    text = request.args.get("before", "")
    return int(text) if text.isdecimal() and len(text) < 12 else None


def _cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
