"""The disk tier: safe against planted rows and damage, and never in the way."""

from __future__ import annotations

import os
import pickle
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import diskcache
import pytest

from analytics.cache.backend import NoBackend
from analytics.cache.disk_backend import ENTRIES, DiskBackend
from analytics.cache.safe_disk import RefusedRow, SafeDisk

ROOT = Path(__file__).parents[3]
DAY = 86_400.0
LARGE = bytes(range(256)) * 8192  # 2 MiB: stored as a file of its own


class Bomb:
    """Unpickling it makes the file named."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self.path),)


def open_backend(directory: Path, **options: Any) -> DiskBackend:
    return DiskBackend(directory, allow_temporary=True, **options)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def backend(directory: Path) -> Iterator[DiskBackend]:
    opened = open_backend(directory)
    yield opened
    opened.close()


def database(directory: Path) -> Path:
    return directory / ENTRIES / "cache.db"


class TestStores:
    @pytest.mark.parametrize("data", [b"", b"small", LARGE], ids=["empty", "small", "large"])
    def test_bytes_come_back_also_to_another_process(
        self, backend: DiskBackend, directory: Path, data: bytes
    ) -> None:
        assert backend.set("k", data, DAY)
        assert backend.get("k") == data
        assert open_backend(directory).get("k") == data
        assert backend.status is None

    def test_absent_and_deleted_keys_are_misses(self, backend: DiskBackend) -> None:
        backend.set("k", b"v", DAY)
        backend.delete("k")
        backend.delete("never stored")
        assert backend.get("k") is None

    def test_expired_is_a_miss(self, backend: DiskBackend) -> None:
        backend.set("k", b"v", -1.0)
        assert backend.get("k") is None

    def test_size_limit_drops_the_oldest(self, directory: Path) -> None:
        backend = open_backend(directory, size_limit=8 << 20)
        for number in range(20):
            backend.set(str(number), LARGE, DAY)
        assert backend.get("0") is None
        assert backend.get("19") == LARGE
        files = sum(f.stat().st_size for f in (directory / ENTRIES).rglob("*.val"))
        assert files <= 10 << 20

    @pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
    def test_folder_is_the_owners_only(self, directory: Path) -> None:
        directory.mkdir(mode=0o777)
        directory.chmod(0o777)
        open_backend(directory)
        for folder in (directory, directory / ENTRIES):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


class TestLock:
    def test_only_one_adds(self, backend: DiskBackend, directory: Path) -> None:
        assert backend.add("lock", b"mine", DAY)
        assert not backend.add("lock", b"other", DAY)
        assert not open_backend(directory).add("lock", b"other", DAY)

    def test_only_the_owner_releases(self, backend: DiskBackend) -> None:
        backend.add("lock", b"mine", DAY)
        backend.delete("lock", only_if=b"other")
        assert backend.get("lock") == b"mine"
        backend.delete("lock", only_if=b"mine")
        assert backend.add("lock", b"other", DAY)

    def test_an_expired_lock_is_free(self, backend: DiskBackend) -> None:
        backend.add("lock", b"mine", -1.0)
        assert backend.add("lock", b"other", DAY)


class TestPickleNeverRuns:
    def plant(self, directory: Path, mode: int, filename: str | None, value: bytes | None) -> None:
        with sqlite3.connect(database(directory)) as connection:
            connection.execute(
                "INSERT INTO Cache (key, raw, mode, filename, value) VALUES ('k', 1, ?, ?, ?)",
                (mode, filename, value),
            )

    def test_planted_row_is_a_logged_miss(
        self,
        backend: DiskBackend,
        directory: Path,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        self.plant(directory, 4, None, pickle.dumps(Bomb(tmp_path / "ran")))
        assert backend.get("k") is None
        assert not (tmp_path / "ran").exists()
        assert "pickled value" in caplog.text

    def test_planted_row_can_be_written_over(self, backend: DiskBackend, directory: Path) -> None:
        self.plant(directory, 4, None, pickle.dumps("x"))
        assert backend.set("k", b"v", DAY)
        assert backend.get("k") == b"v"

    def test_planted_file_is_a_miss(
        self, backend: DiskBackend, directory: Path, tmp_path: Path
    ) -> None:
        name = "00/11/" + "a" * 28 + ".val"
        (directory / ENTRIES / name).parent.mkdir(parents=True)
        (directory / ENTRIES / name).write_bytes(pickle.dumps(Bomb(tmp_path / "ran")))
        self.plant(directory, 4, name, None)
        assert backend.get("k") is None
        assert not (tmp_path / "ran").exists()

    def test_row_of_stock_diskcache_is_a_miss(self, directory: Path, tmp_path: Path) -> None:
        stock = diskcache.Cache(str(directory / ENTRIES))
        stock.set("k", Bomb(tmp_path / "ran"))
        stock.set(("a", "tuple"), b"value")
        stock.close()
        directory.chmod(0o700)
        backend = open_backend(directory)
        assert backend.get("k") is None
        assert not (tmp_path / "ran").exists()

    def test_file_outside_the_folder_is_neither_read_nor_removed(
        self, backend: DiskBackend, directory: Path
    ) -> None:
        outside = directory / "secret"
        outside.write_bytes(b"secret")
        self.plant(directory, 2, "../secret", None)
        assert backend.get("k") is None
        backend.delete("k")
        assert outside.exists()

    @pytest.mark.parametrize("value", [None, 1.5, {"a": 1}, ("x",), 2**70])
    def test_writing_what_would_be_pickled_is_refused(self, tmp_path: Path, value: object) -> None:
        with pytest.raises(TypeError):
            SafeDisk(str(tmp_path)).store(value, False)

    def test_keys_are_text(self, tmp_path: Path) -> None:
        with pytest.raises(TypeError):
            SafeDisk(str(tmp_path)).put(("a", 1))
        with pytest.raises(RefusedRow):
            SafeDisk(str(tmp_path)).get(pickle.dumps("k"), False)


class TestDamage:
    def overwrite(self, path: Path, start: int, stop: int | None = None) -> None:
        with path.open("r+b") as file:
            size = path.stat().st_size
            file.seek(start)
            file.write(b"\xa5" * ((stop or size) - start))

    def filled(self, directory: Path) -> None:
        backend = open_backend(directory)
        for number in range(200):
            backend.set(f"k{number}", bytes([number]) * 4000, DAY)
        with sqlite3.connect(database(directory)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        backend.close()

    def serves(self, backend: DiskBackend, directory: Path) -> None:
        assert backend.set("new", b"v", DAY)
        assert backend.get("new") == b"v"
        assert backend.status is None
        assert len(list(directory.glob("damaged-*"))) == 1

    def test_header_when_opened(self, directory: Path) -> None:
        self.filled(directory)
        self.overwrite(database(directory), 0, 100)
        self.serves(open_backend(directory), directory)

    def test_every_page_while_open(self, backend: DiskBackend, directory: Path) -> None:
        self.filled(directory)
        self.overwrite(database(directory), 0)
        # Another thread has a connection of its own, with nothing read yet.
        found: list[bytes | None] = []
        reader = threading.Thread(target=lambda: found.append(backend.get("k1")))
        reader.start()
        reader.join()
        assert found == [None]
        self.serves(backend, directory)

    def test_pages_past_the_header_give_a_miss_or_the_value(self, directory: Path) -> None:
        self.filled(directory)
        self.overwrite(database(directory), 4096)
        backend = open_backend(directory)
        for number in range(200):
            assert backend.get(f"k{number}") in (None, bytes([number]) * 4000)
        self.serves(backend, directory)

    def test_cut_short_while_open(self, backend: DiskBackend, directory: Path) -> None:
        self.filled(directory)
        os.truncate(database(directory), 8192)
        for number in range(200):
            assert backend.get(f"k{number}") in (None, bytes([number]) * 4000)
        self.serves(backend, directory)

    def test_a_folder_removed_while_open_is_made_again(
        self, backend: DiskBackend, directory: Path
    ) -> None:
        backend.set("k", b"v", DAY)
        (directory / ENTRIES).rename(directory / "elsewhere")
        assert backend.get("k") is None
        assert backend.set("k", b"v", DAY)
        assert database(directory).exists()

    def test_a_damaged_settings_table(self, directory: Path) -> None:
        self.filled(directory)
        with sqlite3.connect(database(directory)) as connection:
            connection.execute("INSERT INTO Settings VALUES ('disk_unknown', 1)")
        self.serves(open_backend(directory), directory)

    def test_only_the_newest_damaged_folder_is_kept(self, directory: Path) -> None:
        for _ in range(3):
            self.filled(directory)
            self.overwrite(database(directory), 0, 100)
        self.serves(open_backend(directory), directory)


class TestDegradesToMemory:
    def check(self, backend: DiskBackend, words: str) -> None:
        assert not backend.set("k", b"v", DAY)
        assert backend.get("k") is None
        assert backend.add("lock", b"mine", DAY)
        backend.delete("k")
        assert backend.status is not None
        assert backend.status.startswith("Answers are kept in memory only: ")
        assert words in backend.status

    def test_under_the_temporary_folder(self) -> None:
        directory = Path(tempfile.gettempdir()) / "holdline-refused"
        self.check(DiskBackend(directory), "where others may write")
        assert not directory.exists()

    def test_parent_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        self.check(open_backend(tmp_path / "file" / "cache"), "not a directory")

    def test_database_is_a_folder(self, directory: Path) -> None:
        database(directory).mkdir(parents=True)
        self.check(open_backend(directory), "cannot be used")

    def test_locked_by_another_program(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_backend(directory).close()
        monkeypatch.setattr("analytics.cache.disk_backend._BUSY_SECONDS", 0.05)
        holder = sqlite3.connect(database(directory), isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        self.check(open_backend(directory), "locked")
        holder.close()

    def test_full_disk_still_reads_and_recovers(self, directory: Path) -> None:
        backend = open_backend(directory, retry_seconds=0.0)
        backend.set("old", b"v", DAY)
        limit = "PRAGMA max_page_count = "
        backend._cache._sql(limit + "1").fetchall()
        assert not backend.set("k", bytes(900_000), DAY)
        assert backend.status is not None
        assert "full" in backend.status
        assert backend.get("old") == b"v"
        # The failed connection was closed, and with it the limit: the disk "has space" again.
        assert backend.set("k", b"v", DAY)
        assert backend.status is None

    def test_no_room_for_a_file(
        self, backend: DiskBackend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_room(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(SafeDisk, "_write", no_room)
        assert not backend.set("k", LARGE, DAY)
        assert backend.status is not None
        assert "no space left on device" in backend.status

    def test_a_failed_disk_is_left_alone_for_a_while(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        patient = open_backend(tmp_path / "file" / "cache", retry_seconds=1000.0)
        eager = open_backend(tmp_path / "file" / "cache", retry_seconds=0.0)
        (tmp_path / "file").unlink()
        assert not patient.set("k", b"v", DAY)
        assert eager.set("k", b"v", DAY)
        assert eager.status is None

    def test_no_backend_stores_nothing(self) -> None:
        none = NoBackend("asked for")
        assert not none.set("k", b"v", DAY)
        assert none.get("k") is None
        assert none.add("lock", b"mine", DAY)
        assert none.add("lock", b"mine", DAY)
        assert none.status == "asked for"
