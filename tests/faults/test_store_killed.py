"""A process killed while it writes to the store."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analytics.store.database import store_url
from tests.support.store_writes import WRITES

ROOT = Path(__file__).parents[2]


WRITER = """
import datetime as dt, sys
sys.path.insert(0, {root!r})
from tests.support.small_records import daily_row
from analytics.store.database import Database
from analytics.store.store import Store
store = Store(Database({url!r}))
day = dt.date(2025, 1, 6)
for i in range(100_000):
    row = daily_row(6, float(i), final=False, minutes=i)
    store.save_figures("Yahoo", f"question-{{i}}", row)
    print(i, flush=True)
"""


class TestKill:
    def test_a_kill_at_any_moment_loses_nothing_acknowledged(self, tmp_path: Path) -> None:
        url = store_url(tmp_path)
        script = WRITER.format(root=str(ROOT), url=url)
        writer = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert writer.stdout is not None
        for line in writer.stdout:
            if int(line) >= 40:
                break
        time.sleep(0.01)
        writer.send_signal(signal.SIGKILL)
        acknowledged = 40 + sum(1 for _ in writer.stdout)
        writer.stdout.close()
        writer.wait()
        connection = sqlite3.connect(tmp_path / "store.db")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (rows,) = connection.execute("SELECT count(*) FROM kept_figures").fetchone()
        connection.close()
        assert rows >= acknowledged + 1

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no processes")
    def test_a_hundred_kills_over_all_kinds_of_writes_lose_nothing_acknowledged(
        self, tmp_path: Path
    ) -> None:
        words = [sys.executable, "-m", "tests.support.store_writes", store_url(tmp_path), "100"]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["lost"] == []
        assert set(found["acknowledged"]) == set(WRITES)
        assert sum(found["acknowledged"].values()) >= 100
