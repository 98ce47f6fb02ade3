"""Two processes on one store."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from analytics.store.database import Database, store_url
from analytics.store.store import Store
from tests.support.processes import start, write_line

OPENER = """
import sys
from tests.support.small_records import daily_row
from analytics.store.database import Database
from analytics.store.store import Store
sys.stdin.readline()
store = Store(Database(sys.argv[1]))
for i in range(30):
    store.save_figures("Yahoo", "options", daily_row(6, float(i), final=False, minutes=i))
print("done")
"""


class TestTwoProcesses:
    def test_both_open_a_new_store_at_once_and_write_one_row(self, tmp_path: Path) -> None:
        url = store_url(tmp_path)
        workers = [start(OPENER, url) for _ in range(2)]
        for worker in workers:
            write_line(worker, "go")
        assert [worker.communicate()[0] for worker in workers] == ["done\n", "done\n"]
        (row,) = Store(Database(url)).figures("Yahoo", "options", "TEST", dt.date(2025, 1, 6))
        assert row.figures == {"put_call_volume": 29.0}
