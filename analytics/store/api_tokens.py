"""API tokens in the durable store: scoped, hashed, with an end, and revocable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from analytics.accounts.api_tokens import PREFIX, ApiToken, Scope, Shown
from analytics.accounts.people import Role
from analytics.accounts.tokens import digest, new_id, new_token
from analytics.model.vocabulary import BadInput
from analytics.store.account_rows import find_by_digest
from analytics.store.account_tables import api_tokens as table
from analytics.store.database import Database
from analytics.store.notices import utc_now

MOST = 20
USED_STEP = dt.timedelta(minutes=1)


class ApiTokens:
    """The tokens of everybody.

    Args:
        database: where they stand; each method raises `StoreUnavailable` when it fails.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def make(
        self,
        person: str,
        name: str,
        scope: Scope,
        lifetime: dt.timedelta | None = None,
        most: Role = Role.VIEWER,
        id: str | None = None,
    ) -> str:
        """A new token; what is returned is shown once and not stored.

        Args:
            most: the role that it acts as at most, whatever its person becomes.
            id: names it in lists; a new one if None.

        Raises:
            BadInput: there are `MOST`, or the name is none.
        """
        cleaned = " ".join(name.split())
        if not cleaned or len(cleaned) > 80 or not cleaned.isprintable():
            raise BadInput("A token's name has 1 to 80 characters.")
        now, token = self._clock(), new_token(PREFIX)
        row = {
            "digest": digest(token),
            "id": id or new_id(),
            "person": person,
            "name": cleaned,
            "scope": scope.value,
            "most": most.value,
            "created_at": now,
            "expires_at": None if lifetime is None else now + lifetime,
        }
        alive = select(func.count()).where(table.c.person == person, table.c.revoked_at.is_(None))
        with self._database.writing() as connection:
            if connection.execute(alive).scalar_one() >= MOST:
                raise BadInput(f"There are {MOST} tokens already: revoke one first.")
            connection.execute(insert(table).values(**row))
        return token

    def find(self, token: str) -> Shown | None:
        """The living token with its person; None: it lets nobody in."""
        known = digest(token)
        with self._database.reading() as connection:
            matched = find_by_digest(connection, table, known)
        if matched is None:
            return None
        row, person, given = matched
        found, now = _token(row), self._clock()
        if not found.is_alive(now) or person.disabled_at is not None:
            return None
        if found.used_at is None or abs(now - found.used_at) >= USED_STEP:
            used = update(table).where(table.c.digest == known).values(used_at=now)
            with self._database.writing() as connection:
                connection.execute(used)
        return Shown(found, person, given)

    def of(self, person: str) -> tuple[ApiToken, ...]:
        """Somebody's living tokens, the newest first."""
        asked = select(table).where(table.c.person == person).order_by(table.c.created_at.desc())
        with self._database.reading() as connection:
            found = [_token(row) for row in connection.execute(asked)]
        now = self._clock()
        return tuple(one for one in found if one.is_alive(now))

    def revoke(self, token: str, person: str) -> bool:
        """End one of somebody's, by its id; whether it lived."""
        alive = (table.c.id == token) & (table.c.person == person) & table.c.revoked_at.is_(None)
        ended = update(table).where(alive).values(revoked_at=self._clock())
        with self._database.writing() as connection:
            return bool(connection.execute(ended).rowcount)


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(
        row.id,
        row.person,
        row.name,
        Scope(row.scope),
        Role(row.most),
        row.created_at,
        row.expires_at,
        row.used_at,
        row.revoked_at,
    )
