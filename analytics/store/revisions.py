"""The way to the store's tables as they are now from those of an older release.

A new store is made as the tables stand in `TABLES`. One of an older release is led to them by
Alembic's revisions in ``migrations/versions``, at the first start of a new version, in one
transaction; a test asserts that both ways end in the same tables.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, inspect, select, text

from analytics.store import account_tables, import_tables, newsletter_tables, payment_tables, schema
from analytics.store.faults import Fault, StoreRefused
from analytics.store.schema import alembic_version, schema_version

TABLES = (schema, account_tables, newsletter_tables, payment_tables, import_tables)
"""The modules that declare tables: importing them is what makes `metadata` whole."""

metadata = schema.metadata
"""Of all tables."""

REVISIONS = (
    *("0001", "0002", "0003", "0004", "0006", "0007", "0008", "0009", "0010", "0011", "0012"),
    "0013",
)
"""Revisions of the tables, oldest first: the files of ``migrations/versions``; the last is the
shape above."""

_BEFORE_ALEMBIC = {2: "0001", 3: "0002"}
"""Number in ``schema_version`` -> revision; 0.1.0 wrote 2, 0.2.0 wrote 3."""

_SINCE_ALEMBIC = 1000
"""What ``schema_version`` holds from then on: programs that read it alone refuse the store."""

_LOCK = 20250127


def migrate(connection: Connection) -> None:
    """Bring the database to the newest revision; call inside a transaction.

    An empty one is given the tables as they are now; only one of an older revision needs Alembic.

    Raises:
        StoreRefused: it was written by a newer Holdline, or is none of Holdline's.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    found = revision_of(connection)
    if found == REVISIONS[-1]:
        return
    if found is None:
        metadata.create_all(connection)
        connection.execute(insert(schema_version).values(version=_SINCE_ALEMBIC))
        connection.execute(insert(alembic_version).values(version_num=REVISIONS[-1]))
        return
    if found not in REVISIONS:
        raise StoreRefused(
            f"it is of version {found}, newer than this program knows ({REVISIONS[-1]}): "
            "start the Holdline that wrote it, or a newer one",
            Fault.NEWER,
        )
    # its import takes a fifth of a second, which only the first start of a new version spends
    from analytics.store.migrations import upgrade

    upgrade(connection, found)
    alembic_version.create(connection, checkfirst=True)
    connection.execute(delete(alembic_version))
    connection.execute(insert(alembic_version).values(version_num=REVISIONS[-1]))


def revision_of(connection: Connection) -> str | None:
    """The revision of the tables, also of a store from before Alembic; None: there are none."""
    inspector = inspect(connection)
    if inspector.has_table(alembic_version.name):
        return connection.execute(select(alembic_version.c.version_num)).scalar()
    if not inspector.has_table(schema_version.name):
        return None
    number = connection.execute(select(schema_version.c.version)).scalar()
    if number is None:
        return None
    return _BEFORE_ALEMBIC.get(number, f"{number} of before Alembic")
