"""The process that leads the feed is killed."""

from __future__ import annotations

import time
from pathlib import Path

from analytics.cache import DiskBackend
from analytics.feed.leader_election import Leadership
from tests.support.processes import read_line, start

LEADER = """
import sys, time
from pathlib import Path
from analytics.cache import DiskBackend
from analytics.feed.leader_election import Leadership
disk = DiskBackend(Path(sys.argv[1]), allow_temporary=True)
leadership = Leadership(disk, lasts=1.5, renew=0.3)
while True:
    print("leads" if leadership.step() else "waits", flush=True)
    time.sleep(0.1)
"""


class TestLeader:
    def test_a_killed_process_is_replaced(self, tmp_path: Path) -> None:
        leader = start(LEADER, tmp_path)
        try:
            assert read_line(leader) == "leads"
            mine = Leadership(DiskBackend(tmp_path, allow_temporary=True), lasts=1.5, renew=0.3)
            assert not mine.step()
            leader.kill()
            leader.communicate()
            ends = time.monotonic() + 10
            while not mine.step() and time.monotonic() < ends:
                time.sleep(0.05)
            assert mine.is_leader
        finally:
            leader.kill()
