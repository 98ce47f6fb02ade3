"""Yahoo asked in a process of its own: late imports, no files, no noise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


class TestAProcessOfItsOwn:
    SCRIPT = """
import sys
import analytics.sources.yahoo.source
loaded = {"yfinance", "curl_cffi"} & set(sys.modules)
assert not loaded, loaded
from tests.support.loopback import bodies
from tests.support.loopback.server import yahoo_server
with yahoo_server() as server:
    server.bodies["chart/TEST"] = bodies.chart([("2025-01-24", 1.0)], splits={"2025-01-24": (2, 1)})
    server.source().bars("TEST", None)
"""

    def test_imports_late_and_leaves_no_files_and_no_noise(self, tmp_path: Path) -> None:
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", self.SCRIPT],
            cwd=root,
            env={**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert list(tmp_path.iterdir()) == []
