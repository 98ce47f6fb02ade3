"""What ends with somebody's access: each way in that they, or a thief, may have taken."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, or_, select, update

from analytics.accounts.one_time import Purpose
from analytics.store.account_tables import (
    api_tokens,
    browser_sessions,
    one_time_tokens,
    passkeys,
    people,
)

_WAYS_IN = (Purpose.LINK.value, Purpose.PASSKEY.value)
_THEIRS = (*_WAYS_IN, Purpose.CHANNEL.value)
"""What acts for a person whom it names, signed in or not."""


@dataclass(frozen=True)
class Ended:
    """How many of each were alive."""

    sessions: int
    tokens: int

    @property
    def words(self) -> str:
        """As a sentence has them."""
        return f"{_counted(self.sessions, 'session')} and {_counted(self.tokens, 'API token')}"


def end_access(connection: Connection, person: str, now: dt.datetime) -> Ended:
    """End every session, API token and unused link of somebody, in a transaction of the caller's.

    Whatever changes who somebody is to the site calls this: a token or a link that outlived it
    would carry what they were before to what they are now.
    """
    sessions, tokens = (
        connection.execute(
            update(table)
            .where(table.c.person == person, table.c.revoked_at.is_(None))
            .values(revoked_at=now)
        ).rowcount
        for table in (browser_sessions, api_tokens)
    )
    address = select(people.c.email).where(people.c.id == person).scalar_subquery()
    named, purpose = one_time_tokens.c.person == person, one_time_tokens.c.purpose
    mailed = and_(one_time_tokens.c.email == address, purpose.in_(_WAYS_IN))
    links = delete(one_time_tokens).where(or_(and_(named, purpose.in_(_THEIRS)), mailed))
    connection.execute(links)
    return Ended(sessions, tokens)


def remove_passkeys(connection: Connection, person: str) -> int:
    """Let no passkey sign somebody in any more; how many there were."""
    return connection.execute(delete(passkeys).where(passkeys.c.person == person)).rowcount


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
