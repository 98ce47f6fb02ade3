"""The audit log: who did what, when and from where. Rows are added and never changed.

People stand in it by their ids, and are called by name when it is read: of an account that is
deleted nothing else is left here.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, func, insert, or_, select

from analytics.store.account_tables import api_tokens, people
from analytics.store.account_tables import audit_log as table
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
        target: what it was done to; of somebody, how they are called now, or their id.
        token: the API token by which a program did it, as it is called or by its id; "" for a
            browser.
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
    token: str = ""


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
        token: str | None = None,
    ) -> None:
        """Write one line, in the transaction of what it tells of where there is one.

        Args:
            target: of somebody their id: whatever looks like an e-mail address is left out.
            token: id of the API token by which it was done.
        """
        row = {
            "at": self._clock(),
            "actor": actor,
            "address": address[:60],
            "action": action[:40],
            "target": _without_addresses(target)[:254],
            "outcome": outcome,
            "details": _without_addresses(json.dumps(dict(details or {}), separators=(",", ":"))),
            "token": token,
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
        called = (_called(people), _called(_targets), api_tokens.c.name)
        asked = (
            select(table, *(c.label(name) for c, name in zip(called, _CALLED, strict=True)))
            .join(people, people.c.id == table.c.actor, isouter=True)
            .join(_targets, _targets.c.id == table.c.target, isouter=True)
            .join(api_tokens, api_tokens.c.id == table.c.token, isouter=True)
            .order_by(table.c.number.desc())
            .limit(min(most, MOST_READ))
        )
        if before is not None:
            asked = asked.where(table.c.number < before)
        if text:
            whom = (c for some in (people, _targets) for c in (some.c.email, some.c.name))
            places = (*whom, api_tokens.c.name, *(table.c[name] for name in _SEARCHED))
            asked = asked.where(or_(*(c.icontains(text, autoescape=True) for c in places)))
        with self._database.reading() as connection:
            rows = connection.execute(asked).all()
        return tuple(
            AuditEntry(
                row.number,
                row.at,
                row.actor,
                row.actor_called or row.actor or "",
                row.address,
                row.action,
                row.target_called or row.target,
                row.outcome,
                json.loads(row.details),
                row.token_called or row.token or "",
            )
            for row in rows
        )


_SEARCHED = ("action", "target", "address", "outcome")
_CALLED = ("actor_called", "target_called", "token_called")
_targets = people.alias("targets")
_ADDRESS = re.compile(r"[^\s\"'<>(),:;]+@[^\s\"'<>(),:;]+")


def _called(some: FromClause) -> ColumnElement[str]:
    return func.coalesce(func.nullif(some.c.name, ""), some.c.email)


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub("(an address)", text)
