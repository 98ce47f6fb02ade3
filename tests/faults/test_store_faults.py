"""A store that is damaged, full, read-only, locked, gone or emptied: each says so in its words.

The same sentence stands in ``/readyz`` and Data health, its kind in ``/metrics``; a save answers
503, and pages go on.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

import app as holdline
from analytics.assembly import open_desk, open_feed
from analytics.desk.desk import Desk
from analytics.settings_reader import load_settings
from analytics.store import database as store_database
from analytics.store.faults import StoreUnavailable
from analytics.store.schema import schema_version
from components.frame import data_health
from tests.faults.test_cache import mounted
from tests.support.accounts import AS_OWNER, let_owner_in
from tests.support.servers import postgres_server

RULE = {"kind": "crossing", "symbol": "SPY", "does": "loses", "sessions": 50, "by_close": True}


@dataclass
class Stage:
    """An app over a store, asked as its owner asks."""

    home: Path
    desk: Desk
    client: FlaskClient

    @property
    def store(self) -> Path:
        return self.home / "store.db"

    def save(self) -> tuple[int, str]:
        """Status and error of saving a rule."""
        answer = self.client.post("/alerts/rules", json=RULE)
        return answer.status_code, answer.get_json().get("error", "")

    def said(self) -> str:
        """What all three places say of the store, once they have been found to agree."""
        self.desk.records.database._next_probe = 0.0  # five seconds have passed
        ready: str = self.client.get("/readyz").get_json()["store"]
        checks = {c.name: c.text for c in data_health.report(self.desk, open_feed(self.desk))}
        assert checks["Store"] == ("Working." if ready == "ok" else ready)
        working = "\nholdline_store_working 1\n" in self.client.get("/metrics").text
        assert working == (ready == "ok")
        return ready

    def fault(self) -> str:
        found = re.search(r'holdline_store_fault{fault="(.+)"} 1', self.client.get("/metrics").text)
        return found[1] if found else ""


@contextlib.contextmanager
def stage(home: Path, **environ: str) -> Iterator[Stage]:
    settings = load_settings(["--demo"], {"HOLDLINE_HOME": str(home), **environ})
    desk = open_desk(settings)
    with contextlib.suppress(StoreUnavailable):
        let_owner_in(desk.records)
    client = holdline.create_app(settings, desk).server.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = AS_OWNER["Authorization"]
    yield Stage(home, desk, client)
    desk.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are not waited for, and what could not be opened is tried at once again."""
    monkeypatch.setattr(store_database, "BUSY_MILLISECONDS", 50)
    monkeypatch.setattr(store_database, "HURRIED_MILLISECONDS", 50)
    monkeypatch.setattr(
        store_database.Database.__init__, "__kwdefaults__", {"patient": False, "retry_seconds": 0.0}
    )


def damage(path: Path) -> None:
    """All pages but the first are noise; what the log holds goes into the file first."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def empty(path: Path) -> None:
    remove(path)
    path.touch()


class TestWhileItRuns:
    @pytest.mark.parametrize(
        ("harm", "fault", "words"),
        [
            (damage, "damaged", "it is damaged (database disk image is malformed)"),
            (remove, "missing", "store.db was there and is missing: put it back"),
            (empty, "empty", "store.db is of zero length, and was not: put it back"),
        ],
        ids=["damaged", "missing", "zero-length"],
    )
    def test_it_is_said_and_saves_answer_503(
        self, tmp_path: Path, harm: Callable[[Path], None], fault: str, words: str
    ) -> None:
        with stage(tmp_path) as shown:
            assert (shown.save(), shown.said()) == ((200, ""), "ok")
            harm(shown.store)
            status, error = shown.save()
            assert (status, shown.fault()) == (503, fault)
            assert words in error
            assert words in shown.said()
            assert shown.client.get("/readyz").status_code == 200  # pages go on
            assert not shown.store.exists() or harm is not remove

    def test_another_program_that_locks_it(self, tmp_path: Path) -> None:
        with stage(tmp_path) as shown:
            assert shown.said() == "ok"
            with contextlib.closing(sqlite3.connect(shown.store, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                assert "another program has locked it (database is locked)" in shown.said()
                assert shown.fault() == "locked"
                assert shown.save()[0] == 503
                other.execute("ROLLBACK")
            assert (shown.said(), shown.save()[0]) == ("ok", 200)

    def test_a_file_put_back_is_used_again(self, tmp_path: Path) -> None:
        with stage(tmp_path) as shown:
            assert shown.save()[0] == 200
            with contextlib.closing(sqlite3.connect(shown.store)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            aside = shutil.copy(shown.store, tmp_path / "aside.db")
            remove(shown.store)
            assert "is missing" in shown.said()
            shutil.copy(aside, shown.store)
            assert shown.said() == "ok"
            assert len(shown.desk.records.subscriptions.rules("local")) == 1


class TestAtTheStart:
    @pytest.mark.parametrize(
        ("harm", "words"), [(remove, "is missing"), (empty, "is of zero length")]
    )
    def test_a_store_that_was_there_is_not_made_anew(
        self, tmp_path: Path, harm: Callable[[Path], None], words: str
    ) -> None:
        with stage(tmp_path) as before:
            assert before.save()[0] == 200
        harm(before.store)
        with stage(tmp_path) as shown:
            assert words in shown.said()
            assert shown.save()[0] == 503
            assert not shown.store.exists() or shown.store.stat().st_size == 0
            (tmp_path / "store.db.made").unlink()  # as the sentence says: it is accepted
            assert shown.said() == "ok"
            let_owner_in(shown.desk.records)
            shown.client.application.extensions["visitors"].forget()
            assert shown.save()[0] == 200

    def test_a_damaged_one_is_said_until_it_is_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "store.db").write_bytes(b"not a database" * 1000)
        with stage(tmp_path) as shown:
            assert "it is damaged (file is not a database): restore a backup" in shown.said()
            remove(shown.store)
            assert shown.said() == "ok"

    def test_it_and_its_log_are_for_their_owner_alone(self, tmp_path: Path) -> None:
        (tmp_path / "store.db").touch(0o644)  # as releases before made it
        with stage(tmp_path) as shown:
            assert shown.save()[0] == 200
            for name in ("store.db", "store.db-wal", "store.db-shm"):
                assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


SMALL = """
    import json, sys
    from pathlib import Path
    from tests.faults.test_store_faults import stage
    from analytics.store import status
    home = Path(sys.argv[1])
    with stage(home) as shown:
        told = [shown.said(), shown.save()[0]]
        filler = (home / "filler").open("wb", buffering=0)
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
        told += [shown.said(), shown.fault()]
        (home / "filler").unlink()
        filler.close()
        status.FULL_SECONDS = 0.0
        told += [shown.said(), shown.save()[0]]
    print(json.dumps(told))
"""

READ_ONLY = """
    import json, subprocess, sys
    from pathlib import Path
    from tests.faults.test_store_faults import stage
    home = Path(sys.argv[1])
    with stage(home) as shown:
        told = [shown.said()]
    subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True)
    with stage(home) as shown:
        status, error = shown.save()
        told += [status, error, shown.said(), shown.fault()]
    print(json.dumps(told))
"""


class TestItsDisk:
    def test_full(self, tmp_path: Path) -> None:
        done = mounted("size=8m", SMALL, tmp_path)
        assert done.returncode == 0, done.stderr
        before, saved, during, fault, after, saved_again = json.loads(done.stdout)
        assert (before, saved, fault, after, saved_again) == ("ok", 200, "full", "ok", 200)
        assert "the disk is full" in during

    def test_read_only(self, tmp_path: Path) -> None:
        done = mounted("size=8m", READ_ONLY, tmp_path)
        assert done.returncode == 0, done.stderr
        before, status, error, during, fault = json.loads(done.stdout)
        assert (before, status, fault) == ("ok", 503, "read-only")
        assert "it can only be read" in error
        assert "it can only be read" in during


class TestPostgres:
    def test_killed_it_is_said_and_saves_answer_503(self, tmp_path: Path) -> None:
        with postgres_server() as server, stage(tmp_path, DATABASE_URL=server.url) as shown:
            assert (shown.said(), shown.save()) == ("ok", (200, ""))
            server.kill()
            status, error = shown.save()
            assert (status, shown.fault()) == (503, "unreachable")
            assert "its server does not answer" in error
            assert "its server does not answer" in shown.said()
            server.start()
            shown.desk.records.database._lost = None  # five seconds have passed
            assert (shown.said(), shown.save()[0]) == ("ok", 200)

    def test_read_only(self, tmp_path: Path) -> None:
        with postgres_server() as server, stage(tmp_path, DATABASE_URL=server.url) as shown:
            with shown.desk.records.database.writing() as connection:
                connection.exec_driver_sql(
                    "ALTER DATABASE postgres SET default_transaction_read_only = on"
                )
            shown.desk.records.database.close()  # its next connections are such
            assert shown.save()[0] == 503
            assert shown.fault() == "read-only"
            assert "it can only be read" in shown.said()


def test_what_the_statement_is_to_blame_for_says_nothing_of_the_store(tmp_path: Path) -> None:
    with stage(tmp_path) as shown:
        database = shown.desk.records.database
        row: dict[str, Any] = {"version": 1000}
        with pytest.raises(store_database.StoreUnavailable), database.writing() as connection:
            connection.execute(schema_version.insert().values(**row))
        assert shown.said() == "ok"
