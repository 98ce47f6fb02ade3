"""Figures by session, read back: those shown on their day, and those of imported days."""

from __future__ import annotations

import datetime as dt

import msgspec
from sqlalchemy import Table, select

from analytics.model.vocabulary import DailyFigures
from analytics.store.database import Database, utc


def figures_upto(
    database: Database,
    table: Table,
    made_at: str,
    *,
    source: str,
    question: str,
    symbol: str,
    upto: dt.date,
) -> tuple[DailyFigures, ...]:
    """The rows of the sessions up to ``upto``, oldest first.

    Args:
        made_at: the column of when they were made. A table without ``final`` has figures of the
            close alone; one without ``origin`` those that were shown.
    """
    asked = (
        select(table)
        .where(
            table.c.source == source,
            table.c.question == question,
            table.c.symbol == symbol,
            table.c.session <= upto,
        )
        .order_by(table.c.session)
    )
    with database.reading() as connection:
        rows = connection.execute(asked).mappings().all()
    return tuple(
        DailyFigures(
            symbol=row["symbol"],
            session=row["session"],
            final=row.get("final", True),
            shown_at=utc(row[made_at]),
            definition=row["definition"],
            figures=msgspec.json.decode(row["figures"], type=dict[str, float | None]),
            origin=row.get("origin", ""),
        )
        for row in rows
    )
