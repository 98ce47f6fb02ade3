"""The audit log: who did what, when and from where. Rows are added and never changed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from analytics.store.account_tables import audit_log as table
from analytics.store.account_tables import people
from analytics.store.database import Database
from analytics.store.notices import utc_now

MOST_READ = 500


@dataclass(frozen=True)
class AuditEntry:
    """One line.

    Attributes:
        actor: id of who did it; None for a stranger or the program itself.
        called: how the actor is called now, or their id.
        action: a few words, as "sign in".
        target: what it was done to.
        outcome: "done" or "refused".
    """

    number: int
    at: dt.datetime
    actor: str | None
    called: str
    address: str
    action: str
    target: str
    outcome: str
    details: Mapping[str, Any]


class AuditLog:
    """All that was done.

    Args:
        database: where it stands; each method raises `StoreUnavailable` when it fails.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        actor: str | None,
        address: str,
        action: str,
        target: str = "",
        outcome: str = "done",
        details: Mapping[str, Any] | None = None,
        connection: Connection | None = None,
    ) -> None:
        """Write one line, in the transaction of what it tells of where there is one."""
        row = {
            "at": self._clock(),
            "actor": actor,
            "address": address[:60],
            "action": action[:40],
            "target": target[:254],
            "outcome": outcome,
            "details": json.dumps(dict(details or {}), separators=(",", ":")),
        }
        if connection is not None:
            connection.execute(insert(table).values(**row))
            return
        with self._database.writing() as own:
            own.execute(insert(table).values(**row))

    def entries(
        self, text: str = "", before: int | None = None, most: int = 100
    ) -> tuple[AuditEntry, ...]:
        """The newest lines, newest first.

        Args:
            text: in the actor's address or name, the action, the target or the address.
            before: only lines of a smaller number, for the next page.
        """
        asked = (
            select(table, people.c.name.label("name"), people.c.email.label("email"))
            .join(people, people.c.id == table.c.actor, isouter=True)
            .order_by(table.c.number.desc())
            .limit(min(most, MOST_READ))
        )
        if before is not None:
            asked = asked.where(table.c.number < before)
        if text:
            places = (people.c.email, people.c.name, *(table.c[n] for n in _SEARCHED))
            asked = asked.where(or_(*(c.icontains(text, autoescape=True) for c in places)))
        with self._database.reading() as connection:
            rows = connection.execute(asked).all()
        return tuple(
            AuditEntry(
                row.number,
                row.at,
                row.actor,
                row.name or row.email or row.actor or "",
                row.address,
                row.action,
                row.target,
                row.outcome,
                json.loads(row.details),
            )
            for row in rows
        )


_SEARCHED = ("action", "target", "address", "outcome")
