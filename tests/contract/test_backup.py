"""Backups taken while others write, restored, and held against what was there."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, select

from analytics.model.vocabulary import BadInput
from analytics.store import backup
from analytics.store.database import Database, StoreUnavailable, store_url
from analytics.store.revisions import REVISIONS, metadata
from analytics.store.schema import kept_figures
from tests.support.processes import start
from tests.support.released_stores import load
from tests.support.servers import postgres_server

ROOT = Path(__file__).parents[2]

WRITER = """
import sys
from tests.support.small_records import daily_row
from analytics.store.database import Database
from analytics.store.store import Store
store = Store(Database(sys.argv[1]))
for i in range(100_000):
    store.save_figures("Yahoo", f"question-{i}", daily_row(6, float(i), final=False, minutes=i))
    print(i, flush=True)
"""


@contextlib.contextmanager
def writing(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes rows, each acknowledged by a line."""
    writer = start(WRITER, url)
    try:
        yield writer
    finally:
        writer.kill()
        writer.communicate()


def acknowledged(writer: subprocess.Popen[str], number: int) -> None:
    assert writer.stdout is not None
    for line in writer.stdout:
        if int(line) >= number:
            return
    raise AssertionError("the writer ended")


def content(url: str) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for name, table in metadata.tables.items()
        }
    engine.dispose()
    return found


def add(url: str, question: str) -> None:
    database = Database(url)
    row = {"source": "Yahoo", "question": question, "symbol": "TEST", "definition": 1}
    now = dt.datetime(2025, 1, 27, tzinfo=dt.UTC)
    row |= {"session": now.date(), "final": True, "shown_at": now, "figures": "{}"}
    with database.writing() as connection:
        connection.execute(insert(kept_figures).values(**row))
    database.close()


class TestUnderLoad:
    def test_a_backup_has_all_that_was_acknowledged_and_restores_equal(
        self, tmp_path: Path
    ) -> None:
        url, copy = store_url(tmp_path / "home"), tmp_path / "copy.db"
        with writing(url) as writer:
            acknowledged(writer, 100)
            done = backup.back_up(url, copy)
            acknowledged(writer, 140)  # the writer was not held up
        assert done.tables["kept_figures"] >= 101
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        other = store_url(tmp_path / "other")
        backup.restore(other, copy)
        assert content(other) == content(f"sqlite:///{copy}")
        assert len(content(other)["kept_figures"]) == done.tables["kept_figures"]

    def test_a_copy_of_the_file_alone_would_not(self, tmp_path: Path) -> None:
        """Why the documents say so: what was written last is in the log beside the file."""
        url, copy = store_url(tmp_path), tmp_path / "copy.db"
        with writing(url) as writer:
            acknowledged(writer, 20)
            copy.write_bytes((tmp_path / "store.db").read_bytes())
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        assert tables == (0,)


class TestRestore:
    def test_it_replaces_a_store_in_use_and_sets_aside_what_stood(self, tmp_path: Path) -> None:
        url, copy = store_url(tmp_path / "home"), tmp_path / "copy.db"
        add(url, "first")
        backup.back_up(url, copy)
        in_use = Database(url)
        add(url, "second")
        done = backup.restore(url, copy)
        with in_use.reading() as connection:
            questions = connection.execute(select(kept_figures.c.question)).scalars().all()
        assert questions == ["first"]
        assert done.aside is not None
        assert len(content(f"sqlite:///{done.aside}")["kept_figures"]) == 2
        in_use.close()

    @pytest.mark.parametrize("left", [b"", b"noise" * 5000, None], ids=["empty", "noise", "gone"])
    def test_it_mends_a_store_beyond_reading(self, tmp_path: Path, left: bytes | None) -> None:
        url, copy, store = store_url(tmp_path), tmp_path / "copy.db", tmp_path / "store.db"
        add(url, "first")
        backup.back_up(url, copy)
        if left is None:
            store.unlink()
        else:
            store.write_bytes(left)
        done = backup.restore(url, copy)
        assert content(url) == content(f"sqlite:///{copy}")
        assert left != b"noise" * 5000 or (done.aside and done.aside.read_bytes() == left)

    def test_a_backup_of_an_older_release_is_upgraded(self, tmp_path: Path) -> None:
        url, copy = store_url(tmp_path / "home"), tmp_path / "copy.db"
        load("0.1.0", f"sqlite:///{copy}")
        backup.restore(url, copy)
        assert content(url)["alembic_version"] == [(REVISIONS[-1],)]
        assert len(content(url)["scenes"]) == 1


class TestRefused:
    def test_a_file_that_is_there_is_not_replaced(self, tmp_path: Path) -> None:
        url = store_url(tmp_path)
        Database(url).close()
        (tmp_path / "copy.db").write_text("precious")
        with pytest.raises(BadInput, match="is there already"):
            backup.back_up(url, tmp_path / "copy.db")
        assert (tmp_path / "copy.db").read_text() == "precious"

    def test_a_store_that_is_damaged_gives_no_backup(self, tmp_path: Path) -> None:
        url, store = store_url(tmp_path), tmp_path / "store.db"
        add(url, "first")
        store.write_bytes(store.read_bytes()[:4096] + b"\xa5" * (store.stat().st_size - 4096))
        with pytest.raises(StoreUnavailable, match=r"damaged|malformed"):
            backup.back_up(url, tmp_path / "copy.db")
        assert not list(tmp_path.glob("*copy.db*"))

    def test_what_is_no_backup_is_not_restored(self, tmp_path: Path) -> None:
        url = store_url(tmp_path / "home")
        add(url, "first")
        (tmp_path / "copy.db").write_bytes(b"SQLite format 3\0" + b"noise" * 5000)
        with pytest.raises(StoreUnavailable, match="cannot be read"):
            backup.restore(url, tmp_path / "copy.db")
        assert len(content(url)["kept_figures"]) == 1

    def test_one_of_a_newer_program_is_not_restored(self, tmp_path: Path) -> None:
        url, copy = store_url(tmp_path / "home"), tmp_path / "copy.db"
        Database(f"sqlite:///{copy}").close()
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
            connection.commit()
        with pytest.raises(StoreUnavailable, match="of version 9999"):
            backup.restore(url, copy)

    def test_a_dump_of_the_other_database_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "copy").write_bytes(b"PGDMP")
        with pytest.raises(BadInput, match="no backup of a store on SQLite"):
            backup.restore(store_url(tmp_path), tmp_path / "copy")

    def test_without_pg_dump_it_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(StoreUnavailable, match="pg_dump is not installed here"):
            backup.back_up("postgresql://me:hidden@localhost/x", tmp_path / "copy")
        assert not list(tmp_path.iterdir())


class TestPostgres:
    def test_under_load_and_restored_equal(self, tmp_path: Path) -> None:
        copy = tmp_path / "copy.dump"
        with postgres_server() as server:
            with writing(server.url) as writer:
                acknowledged(writer, 100)
                backup.back_up(server.url, copy)
                acknowledged(writer, 140)
            backup.restore(server.url, copy)
            restored = content(server.url)
            assert len(restored["kept_figures"]) >= 101
            add(server.url, "later")
            backup.restore(server.url, copy)
            assert content(server.url) == restored
            copy.write_bytes(copy.read_bytes()[:-200])
            with pytest.raises(StoreUnavailable, match="pg_restore failed"):
                backup.restore(server.url, copy)
            assert content(server.url) == restored


class TestCommand:
    def test_it_says_what_it_did(self, tmp_path: Path) -> None:
        def run(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "analytics", *words],
                cwd=ROOT,
                env={**os.environ, "HOLDLINE_HOME": str(tmp_path / "home")},
                capture_output=True,
                text=True,
                check=False,
            )

        add(store_url(tmp_path / "home"), "first")
        copy = str(tmp_path / "copy.db")
        done = run("backup", copy)
        assert (done.returncode, done.stderr) == (0, "")
        tables = len(metadata.tables)
        assert done.stdout.startswith(f"Backed up 3 rows of {tables} tables (")
        assert done.stdout.endswith(f"to {copy}, and read back.\n")
        assert run("backup", copy).returncode == 2
        assert run("restore", copy).stdout.startswith(f"Restored 3 rows of {tables} tables (")
        assert run("restore").stderr == "Accepted are: backup FILE, restore FILE.\n"
