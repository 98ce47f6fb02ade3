"""``python -m benchmarks [NAME ...] [--json FILE]``: a table, and JSON for comparison over time.

It ends with status 1 where ``growth`` finds work that grows faster than n log n.
``soak`` takes ten minutes and runs only when it is named: ``soak --minutes 10 --clients 50``.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.growth import too_fast
from benchmarks.measure import Row, control_ms, machine

NAMES = (
    "panel",
    "hold_study",
    "rule_lab",
    "options_chain",
    "refresh",
    "scan",
    "tick_row",
    "growth",
    "startup",
    "callbacks",
    "load",
    "pages",
    "ticks",
    "servers",
)
"""What runs without a name; the others take long, or need more packages."""
LONG = ("soak", "fuzz", "peers", "implied_volatility", "chain_import")


def main() -> None:
    """Run the benchmarks named, or all of them."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0]
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES + LONG)}")
    parser.add_argument("--minutes", type=float, default=10.0, help="of the soak (10)")
    parser.add_argument("--clients", type=int, default=50, help="of the soak (50)")
    parser.add_argument("--symbols", type=int, default=503, help="of the refresh (503)")
    parser.add_argument("--short", action="store_true", help="of pages, tick_row and fuzz: less")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - {*NAMES, *LONG})
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}: there are {', '.join(NAMES + LONG)}.")
    about = machine()
    print(", ".join(f"{key} {value}" for key, value in about.items()))
    results: dict[str, list[Row]] = {}
    for name in options.names or NAMES:
        control = Row("control kernel (SVD 400 x 400)", control_ms(), "ms")
        given: dict[str, Any] = {}
        if name == "soak":
            given = {"minutes": options.minutes, "clients": options.clients}
        if name == "refresh":
            given = {"count": options.symbols}
        if name in ("pages", "tick_row", "fuzz"):
            given = {"short": options.short}
        print(f"\n{name}")
        results[name] = []
        for row in _rows(name, given, control):
            _show(row)
            results[name].append(row)
    if options.json:
        body = {
            name: [asdict(row) | {"ratio": row.ratio} for row in rows]
            for name, rows in results.items()
        }
        options.json.write_text(json.dumps({"machine": about, "results": body}, indent=1) + "\n")
    if faults := too_fast(results.get("growth", [])):
        sys.exit(f"above what is allowed: {'; '.join(faults)}")


def _rows(name: str, given: dict[str, Any], control: Row) -> Iterator[Row]:
    """A benchmark's rows, each as soon as it is measured where the benchmark gives them so."""
    yield from importlib.import_module(f"benchmarks.{name}").run(**given)
    yield control


def _show(row: Row) -> None:
    aim = f"  aim {row.aim:g}" if row.aim is not None else ""
    aim += f"  best peer {row.peer:.2f}, x{row.ratio:.2f}" if row.ratio is not None else ""
    aim += f"  limit {row.limit:g}" if row.limit is not None else ""
    note = f"  ({row.note})" if row.note else ""
    print(f"  {row.what:<62} {row.value:>10.2f} {row.unit:<6}{aim}{note}", flush=True)


if __name__ == "__main__":
    main()
