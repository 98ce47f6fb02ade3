"""All that is stored of one person: read out for them, and deleted with them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Table, delete, select

from analytics.accounts.people import Person
from analytics.store.account_tables import (
    api_tokens,
    browser_sessions,
    grants,
    identities,
    passkeys,
    people,
)
from analytics.store.database import Database
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
    (invitation_uses, "person"),
    (subscriptions_paid, "person"),
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
            for table, column in (*_ACCOUNT, *_OWN):
                rows = connection.execute(select(table).where(table.c[column] == person.id))
                found[table.name] = [
                    {name: _plain(value) for name, value in row.items() if name not in _SECRET}
                    for row in rows.mappings()
                ]
        return found

    def delete(self, person: Person) -> None:
        """Delete it all, at once.

        Raises:
            BadInput: the person is the last owner.
        """
        with self._database.writing() as connection:
            for table, column in _OWN:
                connection.execute(delete(table).where(table.c[column] == person.id))
            self._people.forget(person.id, connection)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value
