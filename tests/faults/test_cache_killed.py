"""A process killed while it writes to the disk cache, or while it fetches for all."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from analytics.cache import Cache, Codec, DiskBackend, Fetched, Pace
from tests.support.processes import read_line, start

DAY = 86_400.0

WRITER = """
import sys
from pathlib import Path
from analytics.cache.disk_backend import DiskBackend
backend = DiskBackend(Path(sys.argv[1]), allow_temporary=True)
number = 0
while True:
    backend.set(f"n{number % 7}", bytes([number % 256]) * 1_500_000, 86400)
    backend.set(f"s{number % 7}", bytes([number % 256]) * 300_000, 86400)
    number += 1
    if number == 10:
        print("writing", flush=True)
"""

HOLDER = """
import sys, threading
from pathlib import Path
from analytics.cache import Cache, Codec, DiskBackend, Pace
def fetch():
    print("fetching", flush=True)
    threading.Event().wait()
backend = DiskBackend(Path(sys.argv[1]), allow_temporary=True)
Cache(backend, Codec({}), pace=Pace(lock=1.5)).get_or_fetch("k", fetch, 600.0)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
class TestKilled:
    def test_mid_write_loses_nothing_stored(self, directory: Path) -> None:
        backend = DiskBackend(directory, allow_temporary=True)
        stored = {f"stored{number}": os.urandom(50_000) for number in range(20)}
        for key, data in stored.items():
            backend.set(key, data, DAY)
        writer = start(WRITER, directory)
        assert read_line(writer) == "writing"
        time.sleep(0.05)
        writer.kill()
        writer.communicate()
        opened_later = DiskBackend(directory, allow_temporary=True)
        for reader in (backend, opened_later):
            assert {key: reader.get(key) for key in stored} == stored
        assert backend.set("after", b"v", DAY)
        assert backend.status is None
        assert not list(directory.glob("damaged-*"))

    def test_the_next_gets_on_when_the_lock_holder_is_killed(self, directory: Path) -> None:
        holder = start(HOLDER, directory)
        assert read_line(holder) == "fetching"
        holder.kill()
        holder.communicate()
        backend = DiskBackend(directory, allow_temporary=True)
        cache = Cache(backend, Codec({}), pace=Pace(lock=600.0))
        calls: list[int] = []

        def fetch() -> Fetched[str]:
            calls.append(1)
            return Fetched("value", 60.0, 600.0)

        assert cache.get_or_fetch("k", fetch, 20.0).value == "value"
        assert len(calls) == 1
        cache.close()
