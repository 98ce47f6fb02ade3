"""An import killed in the middle and begun again: no row lost, none doubled."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analytics.store.chain_format import decode_chain
from analytics.store.database import Database, store_url
from analytics.store.imported import ImportedPast
from tests.support.chain_files import importer, write, year_of_days

ROOT = Path(__file__).parents[2]
SESSIONS = 100
CONTRACTS = SESSIONS * 2 * 21 * 2

IMPORT = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from analytics.imports import chains, tables
chains.BATCH_ROWS, tables.BLOCK_BYTES = 200, 20_000
from analytics.store.database import Database
from tests.support.chain_files import importer
found = importer(Database({url!r}))
object.__setattr__(found, "progress", lambda name, rows, of: print(rows, flush=True))
done = found.run(Path({file!r}))
print("done", done.rows, done.contracts, done.resumed_at, dict(done.rejected), flush=True)
"""


def start(tmp_path: Path, file: Path) -> subprocess.Popen[str]:
    script = IMPORT.format(root=str(ROOT), url=store_url(tmp_path), file=str(file))
    return subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


@pytest.mark.parametrize("kill_after", [1, 7, 20])
def test_a_killed_import_goes_on_where_it_was(tmp_path: Path, kill_after: int) -> None:
    file = write(tmp_path / "a.csv", year_of_days(sessions=SESSIONS))
    killed = start(tmp_path, file)
    assert killed.stdout is not None
    said = [int(killed.stdout.readline()) for _ in range(kill_after)]
    time.sleep(0.002 * kill_after)
    killed.send_signal(signal.SIGKILL)
    rest = killed.stdout.read()
    killed.wait()
    assert "done" not in rest
    again = start(tmp_path, file)
    assert again.stdout is not None
    last = again.stdout.read().splitlines()[-1].split(maxsplit=4)
    assert again.wait() == 0
    assert last[0] == "done"
    rows, contracts, resumed_at = (int(word) for word in last[1:4])
    assert (rows, contracts) == (CONTRACTS, CONTRACTS)
    assert resumed_at >= said[-1]  # what was acknowledged is not read again
    assert last[4] == "{}"
    database = Database(store_url(tmp_path))
    whole = Database(None)
    importer(whole).run(file)
    days = ImportedPast(database).pending("Yahoo", "options", 0)
    assert len(days) == SESSIONS
    for symbol, day in days:
        ours = ImportedPast(database).chain("Yahoo", symbol, day)
        theirs = ImportedPast(whole).chain("Yahoo", symbol, day)
        assert ours is not None
        assert theirs is not None
        assert ours.contracts == len(decode_chain(ours.data)) == 84
        assert ours.data == theirs.data
    assert days[0][1] == dt.date(2024, 1, 2)
    database.close()
    whole.close()
