"""Secrets that are good once and soon over: sign-in links, passkey challenges, OpenID states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from analytics.accounts.one_time import Bearer, Purpose
from analytics.accounts.tokens import digest, new_token
from analytics.store.account_tables import one_time_tokens as table
from analytics.store.database import Database
from analytics.store.notices import utc_now

LIFETIME = dt.timedelta(minutes=15)
MOST_AT_ONCE = 3
"""Living links to one e-mail address: more would be a way to fill somebody's inbox."""


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
        token, now = new_token(), self._clock()
        row = {
            "digest": digest(token),
            "purpose": purpose.value,
            "email": bearer.email,
            "person": bearer.person,
            "created_at": now,
            "expires_at": now + lifetime,
        }
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.expires_at < now - LIFETIME))
            if bearer.email is not None:
                alive = select(func.count()).where(
                    table.c.email == bearer.email, table.c.expires_at > now
                )
                if connection.execute(alive).scalar_one() >= MOST_AT_ONCE:
                    return None
            connection.execute(insert(table).values(**row))
        return token

    def look(self, purpose: Purpose, token: str) -> Bearer | None:
        """Whom a secret stands for; None: it is unknown, used or over. Uses nothing up."""
        asked = select(table.c.email, table.c.person).where(*self._alive(purpose, token))
        with self._database.reading() as connection:
            row = connection.execute(asked).first()
        return None if row is None else Bearer(row.email, row.person)

    def use(self, purpose: Purpose, token: str) -> Bearer | None:
        """Use a secret up; None: it was already. Of several who try at once one has it."""
        taken = update(table).where(*self._alive(purpose, token)).values(used_at=self._clock())
        with self._database.writing() as connection:
            row = connection.execute(taken.returning(table.c.email, table.c.person)).first()
        return None if row is None else Bearer(row.email, row.person)

    def _alive(self, purpose: Purpose, token: str) -> list[Any]:
        return [
            table.c.digest == digest(token),
            table.c.purpose == purpose.value,
            table.c.used_at.is_(None),
            table.c.expires_at > self._clock(),
        ]
