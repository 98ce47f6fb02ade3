"""Alembic's revisions of the store's tables, run inside the store's own transaction."""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

FOLDER = Path(__file__).parent


def scripts() -> ScriptDirectory:
    """The revisions, as Alembic reads them."""
    return ScriptDirectory(str(FOLDER))


def upgrade(connection: Connection, found: str) -> None:
    """Run every revision after the one found, oldest first; nothing is committed here.

    Args:
        connection: in a transaction, which SQLite has for its tables too.
        found: the revision of the tables.
    """
    newest_first = list(scripts().iterate_revisions("head", found))
    with Operations.context(MigrationContext.configure(connection)):
        for revision in reversed(newest_first):
            revision.module.upgrade()
