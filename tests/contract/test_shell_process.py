"""The desk from the shell, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.builders import make_frame, walk

ROOT = Path(__file__).parents[2]


def test_it_answers_and_refuses(tmp_path: Path) -> None:
    (tmp_path / "prices").mkdir()
    prices = make_frame(walk(300)).drop(columns="splits")
    prices.to_csv(tmp_path / "prices" / "SPY.csv", index_label="date")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "analytics", *words, "--data", str(tmp_path)],
            cwd=ROOT,
            env=os.environ | {"HOLDLINE_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    done = run("supports", "SPY", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["symbol"] == "SPY"
    bad = run("supports", "<b>")
    assert (bad.returncode, bad.stdout, bad.stderr.count("\n")) == (2, "", 1)
