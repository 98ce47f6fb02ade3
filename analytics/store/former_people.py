"""What is given to a person once, remembered of those whose accounts are deleted.

By keyed digests of how they signed in: who has the store and not the server's secret key cannot
tell whose they are, and who comes back by the same address or provider is known again.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from analytics.accounts.tokens import keyed_digest
from analytics.store.account_tables import former_people, identities, people
from analytics.store.database import Database

TRIAL = "trial"


def code_of(invitation: str) -> str:
    """How an invitation code is called here, by its id."""
    return f"code {invitation}"


class FormerPeople:
    """What those had who deleted their accounts.

    Args:
        database: where it stands.
        key: the server's secret; with another one nobody is known again.
    """

    def __init__(self, database: Database, key: str) -> None:
        self._database = database
        self._key = key

    def remember(self, person: str, had: Iterable[str], connection: Connection) -> None:
        """Note what somebody had, in the transaction that deletes their account."""
        for mark in self._marks(person, connection):
            for one in had:
                row = {"mark": mark, "had": one}
                self._database.insert_if_absent(former_people, row, connection)

    def had(self, person: str, what: str, connection: Connection) -> bool:
        """Whether somebody had it in an account that is deleted."""
        asked = select(former_people.c.mark).where(
            former_people.c.mark.in_(self._marks(person, connection)), former_people.c.had == what
        )
        return connection.execute(asked).first() is not None

    def _marks(self, person: str, connection: Connection) -> list[str]:
        email = connection.execute(select(people.c.email).where(people.c.id == person)).scalar()
        asked = select(identities.c.issuer, identities.c.subject)
        known = connection.execute(asked.where(identities.c.person == person)).all()
        ways = [f"mail {email}"] if email else []
        ways += [f"openid {one.issuer} {one.subject}" for one in known]
        return [keyed_digest(self._key, way) for way in ways]
