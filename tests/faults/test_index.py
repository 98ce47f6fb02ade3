"""docs/faults.md names, for each fault, tests that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
INDEX = ROOT / "docs" / "faults.md"


def named() -> list[tuple[str, list[str]]]:
    """Each row's fault and the full ids of its tests."""
    rows: list[tuple[str, list[str]]] = []
    home = ""
    for line in INDEX.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            home = "".join(re.findall(r"`(tests/\S+\.py)`", line))
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("|") or len(cells) != 3 or cells[0] == "fault":
            continue
        ids = re.findall(r"`([^`]+)`", cells[2])
        rows.append((cells[0], [i if i.startswith("tests/") else f"{home}::{i}" for i in ids]))
    return rows


def test_every_row_has_tests_and_each_exists() -> None:
    rows = named()
    assert len(rows) >= 50
    assert [fault for fault, ids in rows if not ids] == []
    wanted = {one for _, ids in rows for one in ids}
    files = sorted({one.partition("::")[0] for one in wanted})
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    ).stdout.splitlines()
    exact = set(listed)
    whole = {one.partition("[")[0] for one in listed}
    assert sorted(one for one in wanted if one not in (exact if "[" in one else whole)) == []
