"""The cache among processes: one fetch for all of them, and no fetch that holds up an exit."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.processes import read_line, start, write_line

HERD = """
import json, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from analytics.cache import Cache, Codec, DiskBackend, Fetched
folder = Path(sys.argv[1])
cache = Cache(DiskBackend(folder / "cache", allow_temporary=True), Codec({}))
def fetch():
    with (folder / "fetches").open("a") as file:
        file.write("fetched\\n")
    time.sleep(0.4)
    return Fetched("value", 60, 60)
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(25) as pool:
    asked = [pool.submit(cache.get_or_fetch, "k", fetch, 20.0) for _ in range(25)]
    got = [a.result() for a in asked]
print(json.dumps(sorted({c.value + " " + c.version for c in got})))
"""

HANGING = """
import sys, threading
from pathlib import Path
from analytics.cache import Cache, Codec, DiskBackend
from analytics.model.vocabulary import SourceFailure
cache = Cache(DiskBackend(Path(sys.argv[1]), allow_temporary=True), Codec({}))
try:
    cache.get_or_fetch("k", threading.Event().wait, 0.05)
except SourceFailure as error:
    print(error)
"""


class TestProcesses:
    def test_two_of_25_threads_make_one_fetch(self, tmp_path: Path) -> None:
        processes = [start(HERD, tmp_path) for _ in range(2)]
        for process in processes:
            assert read_line(process) == "ready"
        for process in processes:
            write_line(process, "go")
        outputs = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
        assert (tmp_path / "fetches").read_text() == "fetched\n"
        assert outputs[0] == outputs[1]
        assert len(outputs[0]) == 1

    def test_a_hanging_fetch_does_not_hold_up_the_exit(self, tmp_path: Path) -> None:
        process = start(HANGING, tmp_path)
        printed, _ = process.communicate(timeout=60)
        assert (process.returncode, printed) == (0, "no answer within 0.05 s\n")
