"""Import of option chains: rows a second and the most memory, in a process of its own.

`python -m benchmarks chain_import`: a CSV file of a million simulated contracts in the layout of
Cboe's end-of-day file, with its figures. The kernels are compiled before, as a server does.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from analytics.runtime import kernels
from analytics.sources.demo.source import DemoSource
from benchmarks.measure import Row

ROWS = 1_000_000
AIM_MIB = 300.0
_HEAD = (
    "underlying_symbol,quote_date,root,expiration,strike,option_type,close,trade_volume,"
    "bid_1545,ask_1545,underlying_bid_1545,underlying_ask_1545,open_interest\n"
)
_PEAK = """
import resource, runpy, sys
sys.argv[0] = "import"
from analytics.__main__ import main
status = main(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(status)
"""


def run(rows: int = ROWS) -> list[Row]:
    """Time and memory of one import."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        path = home / "chains.csv"
        _write(path, rows)
        kernels.read_lightly(home)
        words = ["import-chains", str(path), "--mapping", "cboe-eod", "--name", "benchmark"]
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, *words],
            env=os.environ | {"HOLDLINE_HOME": folder, "DATABASE_URL": ""},
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - started
    peak = float(re.findall(r"peak (\d+)", done.stdout)[-1]) / 1024
    days = re.findall(r"Figures of ([\d,]+) days", done.stdout)[-1]
    return [
        Row("rows imported", rows / seconds, "rows/s", note=f"with the figures of {days} days"),
        Row("most memory", peak, "MiB", aim=AIM_MIB),
    ]


def _write(path: Path, rows: int) -> None:
    """So many contracts of the demo's past, day by day."""
    source = DemoSource()
    written = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD)
        for symbol in ("SPY", "QQQ", "AAPL", "NVDA"):
            for session in source.past_sessions.tolist():
                lines = _lines(source, symbol, session)[: rows - written]
                file.writelines(lines)
                written += len(lines)
                if written == rows:
                    return


def _lines(source: DemoSource, symbol: str, session: dt.date) -> list[str]:
    chain = source.chain(symbol, session)
    price = chain.underlying_price
    columns = (chain.expiry, chain.strike, chain.is_call, chain.last, chain.volume, chain.bid)
    columns += (chain.ask, chain.open_interest)
    return [
        f"{symbol},{session},{symbol},{expiry},{strike:g},{'C' if call else 'P'},{last:.2f},"
        f"{volume:.0f},{bid:.2f},{ask:.2f},{price},{price},{interest:.0f}\n"
        for expiry, strike, call, last, volume, bid, ask, interest in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]
