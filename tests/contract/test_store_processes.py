"""Two processes on one store."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

from analytics.store.database import Database, store_url
from analytics.store.store import Store

ROOT = Path(__file__).parents[2]


OPENER = """
import sys
sys.path.insert(0, {root!r})
from tests.support.small_records import daily_row
from analytics.store.database import Database
from analytics.store.store import Store
sys.stdin.readline()
store = Store(Database({url!r}))
for i in range(30):
    store.save_figures("Yahoo", "options", daily_row(6, float(i), final=False, minutes=i))
print("done")
"""


class TestTwoProcesses:
    def test_both_open_a_new_store_at_once_and_write_one_row(self, tmp_path: Path) -> None:
        url = store_url(tmp_path)
        script = OPENER.format(root=str(ROOT), url=url)
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
            for _ in range(2)
        ]
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        assert [worker.communicate()[0] for worker in workers] == ["done\n", "done\n"]
        (row,) = Store(Database(url)).figures("Yahoo", "options", "TEST", dt.date(2025, 1, 6))
        assert row.figures == {"put_call_volume": 29.0}
