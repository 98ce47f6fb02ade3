"""Level calls and the day's log in the database: made once, written once, scored once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select, update

from analytics.model.level_calls import Happening, LevelCall, LevelEvent
from analytics.model.levels import LevelId
from analytics.model.status import Status
from analytics.store.database import Database
from analytics.store.schema import level_calls, level_events


class LevelCallTable:
    """All methods raise `StoreUnavailable` when nothing was read or written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make_calls(self, source: str, calls: Iterable[LevelCall]) -> None:
        """Write each call unless its symbol, level and session has one: the first stands."""
        with self._database.writing() as connection:
            for call in calls:
                row = {"source": source, **_plain(call)}
                self._database.insert_if_absent(level_calls, row, connection)

    def log(self, source: str, events: Iterable[LevelEvent]) -> None:
        """Write each line of the day's log unless it stands already."""
        with self._database.writing() as connection:
            for event in events:
                row = {"source": source, **_plain(event)}
                self._database.insert_if_absent(level_events, row, connection)

    def replace_log(
        self, source: str, session: dt.date, symbol: str, events: Iterable[LevelEvent]
    ) -> None:
        """Put these lines in the place of all that were written of a symbol's session."""
        table = level_events
        with self._database.writing() as connection:
            connection.execute(
                delete(table).where(
                    table.c.source == source,
                    table.c.session == session,
                    table.c.symbol == symbol,
                )
            )
            for event in events:
                row = {"source": source, **_plain(event)}
                self._database.insert_if_absent(table, row, connection)

    def watched(self, source: str, session: dt.date, until: Mapping[str, dt.datetime]) -> None:
        """Note until when each symbol's prices of the session have been seen."""
        table = level_calls
        with self._database.writing() as connection:
            for symbol, time in until.items():
                connection.execute(
                    update(table)
                    .where(table.c.source == source, table.c.symbol == symbol)
                    .where(table.c.session == session)
                    .values(watched_until=time)
                )

    def score(self, source: str, calls: Iterable[LevelCall]) -> int:
        """Write what the close made of calls that have no score yet; how many were written."""
        table, written = level_calls, 0
        with self._database.writing() as connection:
            for call in calls:
                row = _plain(call)
                keys = ("symbol", "level", "session")
                scored = {
                    name: value
                    for name, value in row.items()
                    if name not in (*keys, "called_at", "watched_until")
                }
                statement = (
                    update(table)
                    .where(table.c.source == source, *(table.c[key] == row[key] for key in keys))
                    .where(table.c.scored_at.is_(None))
                    .values(**scored)
                )
                written += connection.execute(statement).rowcount
        return written

    def calls(
        self,
        source: str,
        upto: dt.date,
        symbol: str | None = None,
        *,
        since: dt.date | None = None,
        unscored: bool = False,
    ) -> tuple[LevelCall, ...]:
        """Calls of the sessions up to ``upto``, oldest session first."""
        table = level_calls
        wanted = [table.c.source == source, table.c.session <= upto]
        wanted += [table.c.symbol == symbol] if symbol else []
        wanted += [table.c.session >= since] if since else []
        wanted += [table.c.scored_at.is_(None)] if unscored else []
        rows = self._rows(table, wanted, (table.c.session, table.c.symbol, table.c.level))
        return tuple(LevelCall(**_typed(row)) for row in rows)

    def events(
        self, source: str, session: dt.date, symbol: str | None = None
    ) -> tuple[LevelEvent, ...]:
        """The session's log, oldest line first."""
        table = level_events
        wanted = [table.c.source == source, table.c.session == session]
        wanted += [table.c.symbol == symbol] if symbol else []
        rows = self._rows(table, wanted, (table.c.at, table.c.symbol, table.c.level))
        return tuple(LevelEvent(**_typed(row)) for row in rows)

    def forget(self, source: str, session: dt.date) -> None:
        """Drop a session's calls and log: for a simulated day that is played again."""
        with self._database.writing() as connection:
            for table in (level_calls, level_events):
                connection.execute(
                    delete(table).where(table.c.source == source, table.c.session == session)
                )

    def _rows(
        self, table: Table, wanted: list[ColumnElement[bool]], order: tuple[Any, ...]
    ) -> list[dict[str, Any]]:
        columns = [column for column in table.c if column.name != "source"]
        asked = select(*columns).where(*wanted).order_by(*order)
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(asked).mappings()]


def _plain(item: LevelCall | LevelEvent) -> dict[str, Any]:
    """The row of a call or an event: its level by printed name, enumerations by their text."""
    row = {spec.name: getattr(item, spec.name) for spec in fields(item)}
    row["level"] = item.level.name
    return {
        name: str(value) if isinstance(value, Status | Happening) else value
        for name, value in row.items()
    }


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """What `_plain` wrote, as the fields of the class again."""
    typed = row | {"level": LevelId.of_name(row["level"])}
    if row.get("status") is not None:
        typed["status"] = Status(row["status"])
    if "kind" in row:
        typed["kind"] = Happening(row["kind"])
    return typed
