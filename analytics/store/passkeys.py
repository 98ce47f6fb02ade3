"""Passkeys in the durable store: their public halves, and how often each was used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Row, delete, select, update

from analytics.accounts.passkeys import Passkey
from analytics.model.vocabulary import BadInput
from analytics.store.account_tables import passkeys as table
from analytics.store.database import Database
from analytics.store.notices import utc_now

MOST = 10


class Passkeys:
    """The passkeys of everybody.

    Args:
        database: where they stand; each method raises `StoreUnavailable` when it fails.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        person: str,
        credential: str,
        public_key: bytes,
        *,
        sign_count: int,
        backed_up: bool,
        name: str,
    ) -> None:
        """Let a passkey sign somebody in.

        Raises:
            BadInput: it is known already, or there are `MOST`.
        """
        if len(self.of(person)) >= MOST:
            raise BadInput(f"There are {MOST} passkeys already: remove one first.")
        row = {
            "credential": credential,
            "person": person,
            "public_key": public_key,
            "sign_count": sign_count,
            "backed_up": backed_up,
            "name": " ".join(name.split())[:80] or "Passkey",
            "added_at": self._clock(),
        }
        if not self._database.insert_if_absent(table, row):
            raise BadInput("This passkey is known already.")

    def of(self, person: str) -> tuple[Passkey, ...]:
        """Somebody's, oldest first."""
        asked = select(table).where(table.c.person == person).order_by(table.c.added_at)
        with self._database.reading() as connection:
            return tuple(_passkey(row) for row in connection.execute(asked))

    def find(self, credential: str) -> Passkey | None:
        """One by its id."""
        asked = select(table).where(table.c.credential == credential)
        with self._database.reading() as connection:
            row = connection.execute(asked).first()
        return None if row is None else _passkey(row)

    def used(self, passkey: Passkey, sign_count: int) -> bool:
        """Note a use; False when another has used it since it was read (a copied key)."""
        same = (table.c.credential == passkey.credential) & (
            table.c.sign_count == passkey.sign_count
        )
        noted = update(table).where(same).values(sign_count=sign_count, used_at=self._clock())
        with self._database.writing() as connection:
            return bool(connection.execute(noted).rowcount)

    def remove(self, person: str, credential: str) -> bool:
        """Let it sign nobody in any more; whether it did."""
        theirs = (table.c.credential == credential) & (table.c.person == person)
        with self._database.writing() as connection:
            return bool(connection.execute(delete(table).where(theirs)).rowcount)


def _passkey(row: Row[tuple[object, ...]]) -> Passkey:
    return Passkey(**row._mapping)
