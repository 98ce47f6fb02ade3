"""The kernels at a server's start: interpreted at once, compiled soon, read from disk later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

SERVER = """
import gc
import sys
from pathlib import Path
from analytics.indicators import compiled
from analytics.indicators.black76 import fill_greeks, solve_implied_vols
from analytics.runtime import kernels
import numpy as np

home = Path(sys.argv[1])
vols, one = np.empty(1), np.ones(1)
worker = kernels.warm_up(home, delay_seconds=0.5)
# the first viewer's request: nothing is compiled, nobody waits
assert not solve_implied_vols.is_compiled
solve_implied_vols(0.08 * one, one == one, one, one, one, one, vols)
assert not solve_implied_vols.is_compiled
interpreted = vols[0]
worker.join()
assert compiled.readiness().ready, compiled.readiness()
assert gc.get_freeze_count() > 100_000  # a collection looks at none of the packages any more
assert solve_implied_vols.is_compiled and fill_greeks.is_compiled
solve_implied_vols(0.08 * one, one == one, one, one, one, one, vols)
assert abs(vols[0] / interpreted - 1) < 1e-12
print(compiled.readiness().note or "kept")
"""

COMMAND = """
import sys
from pathlib import Path
from analytics.indicators.black76 import solve_implied_vols
from analytics.runtime import kernels
import numpy as np

kernels.read_compiled(Path(sys.argv[1]))
vols, one = np.empty(1), np.ones(1)
solve_implied_vols(0.08 * one, one == one, one, one, one, one, vols)
print(solve_implied_vols.is_compiled)
"""


def run(script: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, str(home)],
        cwd=ROOT,
        env=os.environ | {"HOLDLINE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class TestServer:
    def test_nobody_waits_for_the_compiler_and_its_work_is_kept(self, tmp_path: Path) -> None:
        assert run(SERVER, tmp_path) == "kept"
        assert list((tmp_path / "compiled").rglob("*.nbc"))
        assert (tmp_path / "compiled").stat().st_mode & 0o077 == 0
        # a command on the same home reads it
        assert run(COMMAND, tmp_path) == "True"

    def test_where_it_cannot_be_kept_it_is_said_and_works(self, tmp_path: Path) -> None:
        (tmp_path / "compiled").write_text("a file where the folder should be")
        assert "every start compiles them again" in run(SERVER, tmp_path)
