"""All that is stored of one person: read out for them, and deleted with them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, select, update

from analytics.accounts.people import Person
from analytics.accounts.tokens import new_id
from analytics.newsletter.model import ReaderState
from analytics.store.account_tables import (
    api_tokens,
    audit_log,
    browser_sessions,
    grants,
    identities,
    passkeys,
    people,
)
from analytics.store.database import Database
from analytics.store.former_people import TRIAL, FormerPeople, code_of
from analytics.store.newsletter_tables import newsletter_letters, newsletter_readers
from analytics.store.payment_tables import invitation_uses, subscriptions_paid
from analytics.store.people import People
from analytics.store.schema import (
    alert_rules,
    channels,
    deliveries,
    notices,
    own_documents,
    push_subscriptions,
)

_ACCOUNT: tuple[tuple[Table, str], ...] = (
    (people, "id"),
    (identities, "person"),
    (browser_sessions, "person"),
    (passkeys, "person"),
    (api_tokens, "person"),
    (grants, "person"),
)
_OWN: tuple[tuple[Table, str], ...] = (
    (alert_rules, "subscriber"),
    (channels, "subscriber"),
    (notices, "subscriber"),
    (deliveries, "subscriber"),
    (push_subscriptions, "subscriber"),
    (own_documents, "subscriber"),
    (subscriptions_paid, "person"),
)
_BY_ADDRESS: tuple[tuple[Table, str], ...] = (
    (newsletter_readers, "email"),
    (newsletter_letters, "email"),
)
_SECRET = frozenset({"digest", "public_key", "awaits", "auth"})


class OwnData:
    """What there is of somebody, in every table."""

    def __init__(self, database: Database, people: People) -> None:
        self._database = database
        self._people = people

    def export(self, person: Person) -> dict[str, Any]:
        """Rows by table, as JSON; without the digests of secrets, which are of no use."""
        found: dict[str, Any] = {}
        with self._database.reading() as connection:
            for table, column in (*_ACCOUNT, *_OWN, (invitation_uses, "person")):
                found[table.name] = _rows(connection, table, table.c[column] == person.id)
            for table, column in _BY_ADDRESS if person.email else ():
                found[table.name] = _rows(connection, table, table.c[column] == person.email)
            found[audit_log.name] = _lines_about(connection, person.id)
        return found

    def delete(self, person: Person, former: FormerPeople | None = None) -> None:
        """Delete it all, at once; the newsletter to their address ends with it.

        An invitation stays used, by nobody who can be named. An address that mail servers
        refused, or whose reader called the newsletter unwanted, stays on the list of those that
        nothing is sent to.

        Args:
            former: remembers what they had that is given once.

        Raises:
            BadInput: the person is the last owner.
        """
        with self._database.writing() as connection:
            if former is not None:
                former.remember(person.id, _had_once(connection, person.id), connection)
            _forget_invitations(connection, person.id)
            if person.email:
                _end_newsletter(connection, person.email)
            for table, column in _OWN:
                connection.execute(delete(table).where(table.c[column] == person.id))
            self._people.forget(person.id, connection)


def _rows(
    connection: Connection, table: Table, theirs: ColumnElement[bool]
) -> list[dict[str, object]]:
    rows = connection.execute(select(table).where(theirs)).mappings()
    return [
        {name: _plain(value) for name, value in row.items() if name not in _SECRET} for row in rows
    ]


def _lines_about(connection: Connection, person: str) -> list[dict[str, object]]:
    """Their lines of the audit log; of what others did to them, without who and from where."""
    theirs, to_them = audit_log.c.actor == person, audit_log.c.target == person
    done = _rows(connection, audit_log, and_(to_them, audit_log.c.actor.is_distinct_from(person)))
    others = ({name: row[name] for name in ("at", "action", "outcome", "details")} for row in done)
    return [*_rows(connection, audit_log, theirs), *others]


def _had_once(connection: Connection, person: str) -> list[str]:
    trials = select(grants.c.id).where(grants.c.person == person, grants.c.source == TRIAL)
    used = select(invitation_uses.c.code).where(invitation_uses.c.person == person)
    had = [TRIAL] if connection.execute(trials).first() is not None else []
    return had + [code_of(code) for code in connection.execute(used).scalars()]


def _forget_invitations(connection: Connection, person: str) -> None:
    """Leave the uses of codes counted, each by an id that is nobody's."""
    theirs = invitation_uses.c.person == person
    used = connection.execute(select(invitation_uses.c.code).where(theirs)).scalars().all()
    for code in used:
        one = update(invitation_uses).where(theirs, invitation_uses.c.code == code)
        connection.execute(one.values(person=new_id()))


def _end_newsletter(connection: Connection, email: str) -> None:
    wanted = newsletter_readers.c.state != ReaderState.STOPPED.value
    theirs = newsletter_readers.c.email == email
    connection.execute(delete(newsletter_readers).where(theirs, wanted))
    connection.execute(delete(newsletter_letters).where(newsletter_letters.c.email == email))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value
