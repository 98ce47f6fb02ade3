"""Secrets that are good once and soon over: mailed links, passkey challenges, OpenID states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from analytics.accounts.one_time import Bearer, Purpose
from analytics.accounts.tokens import digest, new_token
from analytics.store.account_tables import one_time_tokens as table
from analytics.store.database import Database
from analytics.store.notices import utc_now

LIFETIME = dt.timedelta(minutes=15)
MOST_AT_ONCE = 3
"""Living links of a kind to one e-mail address, of a channel's those that one person asked for:
more would be a way to fill somebody's inbox."""
MOST_FROM_ALL = 12
"""The same, whoever asked for them: wider, so that what few ask for shuts nobody out."""


class OneTimeTokens:
    """The secrets of everybody.

    Args:
        database: where they stand; each method raises `StoreUnavailable` when it fails.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def make(
        self, purpose: Purpose, bearer: Bearer, lifetime: dt.timedelta = LIFETIME
    ) -> str | None:
        """A new secret; None when its e-mail address has enough of them."""
        with self._database.writing() as connection:
            return make_token(connection, purpose, bearer, self._clock(), lifetime)

    def look(self, purpose: Purpose, token: str) -> Bearer | None:
        """Whom a secret stands for; None: it is unknown, used or over. Uses nothing up."""
        with self._database.reading() as connection:
            return look_at_token(connection, purpose, token, self._clock())

    def use(self, purpose: Purpose, token: str) -> Bearer | None:
        """Use a secret up; None: it was already. Of several who try at once one has it."""
        with self._database.writing() as connection:
            return use_token(connection, purpose, token, self._clock())


def make_token(
    connection: Connection,
    purpose: Purpose,
    bearer: Bearer,
    now: dt.datetime,
    lifetime: dt.timedelta = LIFETIME,
) -> str | None:
    """As `OneTimeTokens.make`, in a transaction of the caller's."""
    connection.execute(delete(table).where(table.c.expires_at < now - LIFETIME))
    if bearer.email is not None and not _has_room(connection, purpose, bearer, now):
        return None
    token = new_token()
    row = {
        "digest": digest(token),
        "purpose": purpose.value,
        "email": bearer.email,
        "person": bearer.person,
        "created_at": now,
        "expires_at": now + lifetime,
    }
    connection.execute(insert(table).values(**row))
    return token


def look_at_token(
    connection: Connection, purpose: Purpose, token: str, now: dt.datetime
) -> Bearer | None:
    """As `OneTimeTokens.look`, in a transaction of the caller's."""
    asked = select(table.c.email, table.c.person).where(*_alive(purpose, token, now))
    row = connection.execute(asked).first()
    return None if row is None else Bearer(row.email, row.person)


def use_token(
    connection: Connection, purpose: Purpose, token: str, now: dt.datetime
) -> Bearer | None:
    """As `OneTimeTokens.use`, in a transaction of the caller's."""
    taken = update(table).where(*_alive(purpose, token, now)).values(used_at=now)
    row = connection.execute(taken.returning(table.c.email, table.c.person)).first()
    return None if row is None else Bearer(row.email, row.person)


def end_tokens(connection: Connection, purpose: Purpose, bearer: Bearer, now: dt.datetime) -> None:
    """Let no earlier secret of somebody's be used any more; they count as sent still."""
    unused = update(table).where(*_whose(purpose, bearer), table.c.used_at.is_(None))
    connection.execute(unused.values(used_at=now))


def forget_unused_tokens(connection: Connection, purpose: Purpose, bearer: Bearer) -> None:
    """Forget the secrets of somebody's that could not be sent."""
    unused = delete(table).where(*_whose(purpose, bearer), table.c.used_at.is_(None))
    connection.execute(unused)


def _has_room(connection: Connection, purpose: Purpose, bearer: Bearer, now: dt.datetime) -> bool:
    """Whether an address may be sent one more: used ones were sent there too."""
    sent = select(table.c.person).where(
        table.c.purpose == purpose.value, table.c.email == bearer.email, table.c.expires_at > now
    )
    people = list(connection.execute(sent).scalars())
    return len(people) < MOST_FROM_ALL and people.count(bearer.person) < MOST_AT_ONCE


def _whose(purpose: Purpose, bearer: Bearer) -> list[Any]:
    return [
        table.c.purpose == purpose.value,
        table.c.email == bearer.email,
        table.c.person == bearer.person,
    ]


def _alive(purpose: Purpose, token: str, now: dt.datetime) -> list[Any]:
    return [
        table.c.digest == digest(token),
        table.c.purpose == purpose.value,
        table.c.used_at.is_(None),
        table.c.expires_at > now,
    ]
