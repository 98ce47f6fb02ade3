"""A process killed while it saves previews."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from analytics.store.database import Database, store_url
from analytics.store.previews import PreviewStore
from tests.unit.store.test_preview_store import MONDAY

ROOT = Path(__file__).parents[2]


WRITER = """
import datetime as dt, sys
from analytics.preview import StaffText
from analytics.store.database import Database
from analytics.store.previews import PreviewStore
from tests.support.preview_goldens import DAYS, desk_on
from analytics.preview import build_preview
preview = build_preview(desk_on("demo"), DAYS[1])
store = PreviewStore(Database(sys.argv[1]))
for edited in range(100_000):
    edition = store.save("Files", preview, StaffText({}, str(edited)), (), edited=edited,
                      now=dt.datetime.now(dt.UTC))
    print(edition.version, flush=True)
"""


class TestAKill:
    def test_what_was_acknowledged_is_there_and_whole(self, tmp_path: Path) -> None:
        url = store_url(tmp_path)
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, url],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        acknowledged = 0
        while acknowledged < 25:
            acknowledged = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
        process.wait(10)
        store = PreviewStore(Database(url))
        versions = [one.version for one in store.versions("Files", MONDAY)]
        assert versions == list(range(len(versions), 0, -1))
        assert len(versions) >= acknowledged
        for version in (1, acknowledged):
            edition = store.edition("Files", MONDAY, version)
            assert edition is not None
            assert edition.staff.strategy == str(version - 1)
