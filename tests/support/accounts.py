"""Accounts in tests: an owner whom a request names by a header, and a site with people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from analytics.accounts.api_tokens import Scope
from analytics.accounts.people import Grant, Person, Role
from analytics.accounts.sessions import Method
from analytics.accounts.tokens import digest
from analytics.assembly import open_desk
from analytics.model.access import Plan
from analytics.settings_reader import load_settings
from analytics.store.account_tables import api_tokens
from analytics.store.records import Records
from app import create_app

TOKEN = "hl_the-owners-token-in-tests"
AS_OWNER = {"Authorization": f"Bearer {TOKEN}"}


def let_owner_in(records: Records, email: str = "") -> None:
    """Let requests with `AS_OWNER` be an owner's: where there are no accounts, or by address."""
    owner = records.people.with_email(email) if email else records.people.owner_of_machine()
    if email:
        records.people.set_role(owner.id, Role.OWNER)
    row = {
        "digest": digest(TOKEN),
        "id": "in-tests",
        "person": owner.id,
        "name": "tests",
        "scope": Scope.EDIT.value,
        "most": Role.OWNER.value,
        "created_at": dt.datetime.now(dt.UTC),
    }
    records.database.insert_if_absent(api_tokens, row)


DESK = "https://desk.example"


class Site:
    """A served Holdline with accounts, over the demo, and browsers to visit it with."""

    def __init__(self, home: Path, **environ: str) -> None:
        given = {
            "HOLDLINE_HOME": str(home),
            "HOLDLINE_ACCOUNTS": "on",
            "HOLDLINE_PUBLIC_URL": DESK,
            "HOLDLINE_MAIL_FROM": "desk@desk.example",
            **environ,
        }
        self.settings = load_settings(["--demo"], given)
        self.desk = open_desk(self.settings)
        self._browsers = 0
        self.app: Any = create_app(self.settings, self.desk)

    @property
    def records(self) -> Records:
        """Of accounts."""
        return self.desk.records

    def browser(self, address: str = "") -> Browser:
        """One without cookies, by itself in a place of its own."""
        self._browsers += 1
        elsewhere = f"203.0.{self._browsers // 250}.{self._browsers % 250 + 1}"
        return Browser(self.app.server.test_client(), address or elsewhere)

    def person(self, email: str, role: Role = Role.VIEWER) -> Person:
        """Somebody with an account."""
        person = self.records.people.with_email(email)
        if person.role is not role:
            self.records.people.set_role(person.id, role)
        found = self.records.people.by_id(person.id)
        assert found is not None
        return found

    def person_of(self, email: str) -> Person:
        """Who has an account already."""
        found = self.records.people.by_email(email)
        assert found is not None
        return found

    def give_passkey(self, person: Person) -> None:
        """A passkey that nobody in a test can show."""
        self.records.passkeys.add(
            person.id, f"of-{person.id}", b"key", sign_count=0, backed_up=False, name="Phone"
        )

    def with_pro(self, email: str) -> Person:
        """Somebody with an account and PRO."""
        person = self.person(email)
        since = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
        with self.records.database.writing() as connection:
            grant = Grant(Plan.PRO, "staff", since)
            self.records.people.grant(person.id, grant, None, "in tests", connection)
        return person

    def signed_in(self, email: str, role: Role = Role.VIEWER) -> Browser:
        """A browser that somebody has signed in with, staff by a passkey."""
        method = Method.LINK if role is Role.VIEWER else Method.PASSKEY
        return self.entered(self.person(email, role), method)

    def entered(self, person: Person, method: Method) -> Browser:
        """A browser that somebody has signed in with, by some way in."""
        token = self.records.sessions.begin(person, method, "203.0.113.9", "tests")
        browser = self.browser()
        browser.client.set_cookie("__Host-holdline", token, domain="desk.example", secure=True)
        return browser


@dataclass
class Browser:
    """One browser's cookies and address."""

    client: FlaskClient
    address: str

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open an address of the site."""
        return self._ask("GET", path, headers)

    def submit(self, path: str, **fields: str) -> TestResponse:
        """Send a form of the site's own page."""
        return self._ask("POST", path, {"Origin": DESK}, data=fields)

    def send(self, path: str, body: object, **headers: str) -> TestResponse:
        """Send JSON, as the site's own page does."""
        return self._ask("POST", path, {"Origin": DESK, **headers}, json=body)

    @property
    def cookie(self) -> str:
        """What the session's cookie holds, "" without one."""
        found = self.client.get_cookie("__Host-holdline", "desk.example")
        return found.value if found else ""

    def me(self) -> dict[str, Any]:
        """Who the site takes it for."""
        found: dict[str, Any] = self.get("/me").get_json()
        return found

    def _ask(self, method: str, path: str, headers: dict[str, str], **how: Any) -> TestResponse:
        return self.client.open(
            path,
            method=method,
            base_url=DESK,
            headers=headers,
            environ_base={"REMOTE_ADDR": self.address},
            **how,
        )
