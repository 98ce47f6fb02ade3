"""The store's tables and the migrations that lead to them, oldest first.

A short ordered list of our own in place of a migration tool: the store has a few tables, must
migrate itself at the first start of a new version on a laptop, and ships no command of its
own. Each step runs once, in one transaction with the version it leads to.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    insert,
    select,
    text,
    update,
)

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

chain_snapshots = Table(
    "chain_snapshots",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("symbol", String(20), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("final", Boolean, nullable=False),
    Column("chain_time", DateTime(timezone=True), nullable=False),
    Column("fetched_at", DateTime(timezone=True), nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""One chain a source, symbol and session: the last while it trades, the final one after."""

kept_figures = Table(
    "kept_figures",
    metadata,
    Column("source", String(40), primary_key=True),
    Column("question", String(40), primary_key=True),
    Column("symbol", String(20), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("final", Boolean, nullable=False),
    Column("shown_at", DateTime(timezone=True), nullable=False),
    Column("definition", Integer, nullable=False),
    Column("figures", Text, nullable=False),
)
"""What a question answered on that day, by name; never recomputed with hindsight."""


def _first(connection: Connection) -> None:
    metadata.create_all(connection, tables=[chain_snapshots, kept_figures])


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_first,)
"""Step i leads from version i to i + 1. Append; never change one that has shipped."""

_LOCK = 20250127


def migrate(connection: Connection) -> None:
    """Bring the database to the newest version; call inside a transaction.

    Raises:
        RuntimeError: when the database was written by a newer Holdline.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    metadata.create_all(connection, tables=[schema_version])
    found = connection.execute(select(schema_version.c.version)).scalar()
    version = found or 0
    if version > len(MIGRATIONS):
        raise RuntimeError(f"it is of version {version}, newer than this program knows")
    for step in MIGRATIONS[version:]:
        step(connection)
    if found is None:
        connection.execute(insert(schema_version).values(version=len(MIGRATIONS)))
    elif version < len(MIGRATIONS):
        connection.execute(update(schema_version).values(version=len(MIGRATIONS)))
