"""Browsers that are signed in: by the digest of their cookie, listed and revocable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from analytics.accounts.people import Person
from analytics.accounts.sessions import BrowserSession, Method, SignedIn, lifetime
from analytics.accounts.tokens import digest, new_id, new_token
from analytics.store.account_rows import find_by_digest
from analytics.store.account_tables import browser_sessions as table
from analytics.store.database import Database
from analytics.store.notices import utc_now

SEEN_STEP = dt.timedelta(minutes=1)
"""A session's last request is written down once a minute, not at each."""

FORGOTTEN = dt.timedelta(days=30)
"""How long one that is over stays listed for the audit."""


class BrowserSessions:
    """The sessions of all browsers.

    Args:
        database: where they stand; each method raises `StoreUnavailable` when it fails.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def begin(
        self, person: Person, method: Method, address: str, agent: str, *, own_machine: bool = False
    ) -> str:
        """Sign a browser in; what its cookie is to hold, which is not stored."""
        token, now = new_token(), self._clock()
        idle, longest = lifetime(person.role, own_machine=own_machine)
        row = {
            "digest": digest(token),
            "id": new_id(),
            "person": person.id,
            "method": method.value,
            "created_at": now,
            "seen_at": now,
            "idle_until": now + idle,
            "expires_at": now + longest,
            "address": address[:60],
            "agent": "".join(c for c in agent if c.isprintable())[:200],
        }
        old = table.c.expires_at < now - FORGOTTEN
        with self._database.writing() as connection:
            connection.execute(delete(table).where(old))
            connection.execute(insert(table).values(**row))
        return token

    def find(self, token: str) -> SignedIn | None:
        """The living session of a cookie with its person; None: it signs in nobody."""
        known = digest(token)
        with self._database.reading() as connection:
            matched = find_by_digest(connection, table, known)
        if matched is None:
            return None
        row, person, given = matched
        session = _session(row)
        now = self._clock()
        if not session.is_alive(now) or person.disabled_at is not None:
            return None
        if abs(now - session.seen_at) >= SEEN_STEP:
            self._see(known, session, person, now)
        return SignedIn(session, person, given)

    def _see(self, known: str, session: BrowserSession, person: Person, now: dt.datetime) -> None:
        idle, _ = lifetime(person.role, own_machine=session.method is Method.MACHINE)
        seen = update(table).where(table.c.digest == known, table.c.revoked_at.is_(None))
        with self._database.writing() as connection:
            connection.execute(seen.values(seen_at=now, idle_until=now + idle))

    def of(self, person: str) -> tuple[BrowserSession, ...]:
        """Somebody's living sessions, the newest first."""
        asked = select(table).where(table.c.person == person).order_by(table.c.created_at.desc())
        with self._database.reading() as connection:
            found = [_session(row) for row in connection.execute(asked)]
        now = self._clock()
        return tuple(session for session in found if session.is_alive(now))

    def end(self, session: str, person: str | None = None) -> bool:
        """End one; whether it lived.

        Args:
            person: only if it is theirs; None for whoever's.
        """
        alive = [table.c.id == session, table.c.revoked_at.is_(None)]
        if person is not None:
            alive.append(table.c.person == person)
        ended = update(table).where(*alive).values(revoked_at=self._clock())
        with self._database.writing() as connection:
            return bool(connection.execute(ended).rowcount)

    def end_all(self, person: str, but: str = "") -> int:
        """End all of somebody's but one; how many lived."""
        alive = [table.c.person == person, table.c.revoked_at.is_(None), table.c.id != but]
        ended = update(table).where(*alive).values(revoked_at=self._clock())
        with self._database.writing() as connection:
            return connection.execute(ended).rowcount


def _session(row: Row[Any]) -> BrowserSession:
    values = {name: getattr(row, name) for name in BrowserSession.__dataclass_fields__}
    return BrowserSession(**values | {"method": Method(row.method)})
