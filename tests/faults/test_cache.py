"""The cache fails, or the clock does: answers go on, and what limps is said. Nothing kept is lost.

Each fault meets a cache folder that a first desk filled; a second desk then opens on it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.assembly import open_feed
from analytics.cache.disk_backend import ENTRIES, DiskBackend
from components.frame import data_health as health
from tests.support.builders import MONDAY, Clock, FakeSource, make_frame, walk
from tests.support.fault_stage import Stage, desk_on

ROOT = Path(__file__).parents[2]
SYMBOLS = ("SPY", "QQQ", "DIA", "IWM", "TEST")


def source_of(clock: Clock) -> FakeSource:
    frames = {name: make_frame(walk(300, seed), MONDAY) for seed, name in enumerate(SYMBOLS)}
    return FakeSource(frames, clock)


@contextlib.contextmanager
def stage_on(folder: Path, clock: Clock | None = None) -> Iterator[tuple[Stage, FakeSource]]:
    clock = clock or Clock()
    source = source_of(clock)
    backend = DiskBackend(folder, allow_temporary=True, retry_seconds=0.0)
    desk = desk_on(source, clock, backend)
    yield Stage(desk, clock), source
    desk.close()


def database(folder: Path) -> Path:
    return folder / ENTRIES / "cache.db"


def overwrite(start: int, stop: int | None) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        with sqlite3.connect(database(folder)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        with database(folder).open("r+b") as file:
            size = database(folder).stat().st_size
            file.seek(start)
            file.write(b"\xa5" * ((stop or size) - start))

    return spoil


def truncated_values(folder: Path) -> None:
    with sqlite3.connect(database(folder)) as connection:
        connection.execute("UPDATE Cache SET value = substr(value, 1, length(value) / 2)")
    connection.close()


def a_file_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


FAULTS: dict[str, tuple[Callable[[Path], None], str | None]] = {
    "unwritable": (a_file_in_its_place, "Answers are kept in memory only: "),
    "corrupt-header": (overwrite(0, 100), None),
    "corrupt-pages": (overwrite(4096, None), None),
    "truncated-value": (truncated_values, None),
}
"""What is done to the folder, and how the sentence about it begins (None: it mended itself)."""


def looks_whole(stage: Stage, before: dict[str, Any]) -> None:
    """The same figure as before, fresh, with nothing said of the trouble in the panel."""
    shown = stage.see("supports/price", symbol="TEST")
    assert shown["title"] == before["title"]
    assert shown["figure"] == before["figure"]
    assert shown["badge"]["freshness"] == "LIVE"
    assert stage.see("market/indices")["absence"] is None


class TestDisk:
    @pytest.mark.parametrize("fault", FAULTS)
    def test_answers_go_on(self, tmp_path: Path, fault: str) -> None:
        spoil, status = FAULTS[fault]
        folder = tmp_path / "cache"
        with stage_on(folder) as (stage, _):
            before = stage.see("supports/price", symbol="TEST")
        spoil(folder)
        with stage_on(folder) as (stage, _):
            looks_whole(stage, before)
            status_line = stage.desk.cache.status
            assert (status_line is None) if status is None else str(status_line).startswith(status)
            limping = health.troubles(stage.desk, open_feed(stage.desk))
            assert [check.name for check in limping] == ([] if status is None else ["Cache"])

    def test_a_locked_database(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = tmp_path / "cache"
        with stage_on(folder) as (stage, _):
            before = stage.see("supports/price", symbol="TEST")
        monkeypatch.setattr("analytics.cache.disk_backend._BUSY_SECONDS", 0.05)
        holder = sqlite3.connect(database(folder), isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with stage_on(folder) as (stage, _):
            looks_whole(stage, before)
            assert "locked" in str(stage.desk.cache.status)
            holder.execute("ROLLBACK")
            holder.close()
            assert stage.desk.cache.backend.set("k", b"v", 60.0)
            assert stage.desk.cache.status is None

    def test_what_was_kept_serves_the_next_process(self, tmp_path: Path) -> None:
        with stage_on(tmp_path / "cache") as (stage, _):
            before = stage.see("supports/price", symbol="TEST")
        with stage_on(tmp_path / "cache") as (stage, source):
            looks_whole(stage, before)
            assert source.calls["TEST"] == 0


SMALL_DISK = """
    import json, sys
    from pathlib import Path
    from tests.faults.test_cache import looks_whole, stage_on
    folder = Path(sys.argv[1])
    with stage_on(folder / "cache") as (stage, _):
        before = stage.see("supports/price", symbol="SPY")
        statuses = [stage.desk.cache.status]
        filler = folder / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 12))
            except OSError:
                pass
        stage.clock.advance(minutes=1)
        before = stage.see("supports/price", symbol="TEST")
        looks_whole(stage, before)
        stage.desk.cache.backend.set("large", bytes(300_000), 60.0)
        statuses.append(stage.desk.cache.status)
        looks_whole(stage, before)
        filler.unlink()
        stored = stage.desk.cache.backend.set("large", bytes(300_000), 60.0)
        statuses.append(stage.desk.cache.status)
        print(json.dumps([statuses, stored]))
"""


def mounted(options: str, script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script with a file system of its own mounted on the folder."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("a file system of one's own needs Linux and unshare")
    mount = f"mount -t tmpfs -o {options} none {folder}"
    if subprocess.run(["unshare", "-rm", "sh", "-c", mount], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a file system of their own")
    command = f'{mount} && exec "$0" -c "$1" {folder}'
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", command, sys.executable, textwrap.dedent(script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=120,
    )


class TestSmallDisk:
    def test_a_full_disk_is_said_and_recovers(self, tmp_path: Path) -> None:
        done = mounted("size=2m", SMALL_DISK, tmp_path)
        assert done.returncode == 0, done.stderr
        statuses, answered = json.loads(done.stdout)
        assert statuses[0] is None
        assert statuses[1].startswith("Answers are kept in memory only: ")
        assert "full" in statuses[1] or "no space left" in statuses[1]
        assert (answered, statuses[2]) == (True, None)

    def test_a_disk_that_only_reads(self, tmp_path: Path) -> None:
        script = """
            import sys
            from pathlib import Path
            from tests.faults.test_cache import stage_on
            with stage_on(Path(sys.argv[1]) / "cache") as (stage, _):
                assert stage.see("supports/price", symbol="TEST")["badge"]["freshness"] == "LIVE"
                print(stage.desk.cache.status)
        """
        done = mounted("ro,size=1m", script, tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("Answers are kept in memory only: ")
        assert "read-only" in done.stdout


class TestWrongClock:
    @pytest.mark.parametrize("days", [1, -1], ids=["a-day-ahead", "a-day-back"])
    def test_once_set_right_the_entry_is_fetched_anew_and_no_age_is_invented(
        self, tmp_path: Path, days: int
    ) -> None:
        clock = Clock()
        clock.advance(days=days)
        with stage_on(tmp_path / "cache", clock) as (stage, _):
            stage.see("supports/price", symbol="TEST")
        clock.advance(days=-days)
        with stage_on(tmp_path / "cache", clock) as (stage, source):
            stage.see("supports/price", symbol="TEST")
            stage.settled()
            shown = stage.see("supports/price", symbol="TEST")
            assert source.calls["TEST"] == 1
            assert shown["badge"]["freshness"] == "LIVE"
            assert "ago" not in shown["subtitle"]

    def test_an_entry_from_the_future_is_not_the_last_good_one(self, tmp_path: Path) -> None:
        clock = Clock()
        clock.advance(days=1)
        with stage_on(tmp_path / "cache", clock) as (stage, _):
            stage.see("supports/price", symbol="TEST")
        clock.advance(days=-1)
        with stage_on(tmp_path / "cache", clock) as (stage, source):
            source.errors["TEST"] = OSError("down")
            shown = stage.see("supports/price", symbol="TEST")
            assert shown["badge"]["freshness"] == "ERROR"
            assert shown["figure"] is None
