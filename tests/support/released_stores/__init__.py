"""The stores that releases left: dumps of what their own code wrote, one row a table at least.

``0.1.0`` was made by the code of 24 November 2026, ``0.2.0`` by that of 30 November. A release
adds its own two files: fill a store through its code, then ``sqlite3 store.db .dump`` and
``pg_dump --inserts --no-owner --no-privileges``.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

FOLDER = Path(__file__).parent
RELEASES = tuple(sorted({path.name.rsplit(".", 2)[0] for path in FOLDER.glob("*.sql")}))


def load(release: str, url: str) -> None:
    """Write the release's store into an empty database."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.executescript((FOLDER / f"{release}.sqlite.sql").read_text())
        connection.close()
        return
    import psycopg

    dump = (FOLDER / f"{release}.postgresql.sql").read_text()
    with psycopg.connect(url.replace("+psycopg", "")) as server:
        server.execute(dump.encode())
