"""Audits the locked packages against the public advisory databases: ``python .ci/audit.py``.

Needs pip-audit (requirements-supply.txt). Exit code 1: an advisory reaches a package and is not
answered for in `ANSWERED`. Where no database can be reached it says so, and ends with 0: nothing
was found, for nothing was looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DATABASES = ("pypi", "osv")
SECONDS = 300

ANSWERED = {
    "CVE-2025-69872": "diskcache unpickles what lies in its folder; no value of ours is pickled "
    "(docs/security.md)",
}
"""Advisories that do not reach Holdline, and why."""


def looked_up(database: str) -> list[dict[str, Any]] | None:
    """The audited packages with their advisories; None where the database cannot be reached."""
    words = [sys.executable, "-m", "pip_audit", "--requirement", "requirements-dev.lock"]
    words += ["--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"]
    words += ["--vulnerability-service", database, "--timeout", "15"]
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return None
    audited = [package for package in packages if "skip_reason" not in package]
    return audited or None


def main() -> int:
    """Print what was found; the exit code."""
    for database in DATABASES:
        audited = looked_up(database)
        if audited is not None:
            return tell(database, audited)
    print("Audit: NOT DONE, no advisory database can be reached from here.")
    return 0


def tell(database: str, audited: list[dict[str, Any]]) -> int:
    """Print the advisories; 1 when one of them is not answered for."""
    open_ones = 0
    for package in audited:
        for advisory in package["vulns"]:
            names = {advisory["id"], *advisory.get("aliases", ())}
            answer = next((ANSWERED[name] for name in names if name in ANSWERED), None)
            open_ones += answer is None
            print(f"{package['name']} {package['version']}: {', '.join(sorted(names))}")
            print(f"  {'does not reach us: ' + answer if answer else 'OPEN'}")
    print(f"Audit: {len(audited)} packages looked up at {database}, {open_ones} open advisories.")
    return 1 if open_ones else 0


if __name__ == "__main__":
    sys.exit(main())
