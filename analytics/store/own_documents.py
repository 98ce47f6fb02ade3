"""What else is a person's own, one JSON document a kind: watchlists, levels, preferences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from analytics.alerts.quiet import QuietHours, quiet_of
from analytics.model.own_lists import PREFERENCES, ChangedElsewhere, Document
from analytics.store.database import Database
from analytics.store.schema import own_documents as table


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class OwnDocuments:
    """The documents of everybody.

    Args:
        database: where they stand; each method raises `StoreUnavailable` when it fails.
        clock: wall time, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = _utc_now) -> None:
        self._database = database
        self._clock = clock

    def read(self, subscriber: str, kind: str) -> Document:
        """The document of a kind; an empty one where there is none."""
        with self._database.reading() as connection:
            return read(connection, subscriber, kind)

    def write(self, subscriber: str, kind: str, body: dict[str, Any], version: int) -> Document:
        """Save a document in place of the version that was seen.

        Raises:
            ChangedElsewhere: it is no longer the one that stands; nothing was written.
        """
        values = {
            "version": version + 1,
            "saved_at": self._clock(),
            "body": msgspec.json.encode(body).decode(),
        }
        own = {"subscriber": subscriber, "kind": kind}
        seen = update(table).where(
            table.c.subscriber == subscriber, table.c.kind == kind, table.c.version == version
        )
        with self._database.writing() as connection:
            if version == 0:
                written = self._database.insert_if_absent(table, own | values, connection)
            else:
                written = bool(connection.execute(seen.values(**values)).rowcount)
        if not written:
            raise ChangedElsewhere(
                "This was changed in another tab or browser meanwhile: look at it, and save again."
            )
        return Document(version + 1, body)


def read(connection: Connection, subscriber: str, kind: str) -> Document:
    """The document of a kind, in a transaction of the caller's."""
    asked = select(table.c.version, table.c.body).where(
        table.c.subscriber == subscriber, table.c.kind == kind
    )
    row = connection.execute(asked).first()
    return Document() if row is None else Document(row.version, msgspec.json.decode(row.body))


def quiet_hours(connection: Connection, subscriber: str) -> QuietHours | None:
    """When the subscriber is not to be disturbed."""
    return quiet_of(read(connection, subscriber, PREFERENCES).body)
