"""Random panels, states and dates asked of the demo, and what memory the server then has.

Every request is another view, so that every cache of answers, payloads and analyses is full.
Linux only: memory is read from /proc.
"""

from __future__ import annotations

import concurrent.futures
import datetime as dt
import random
import tempfile
import time
import typing
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path

import app
from analytics.model.listings import DEFAULT_WATCHLIST
from analytics.model.parameters import parameter_types
from analytics.model.sessions import sessions_between
from analytics.settings_reader import load_settings
from benchmarks.measure import Row
from benchmarks.server import demo_process
from components.frame.panels import BUILDERS
from components.pages import PAGES
from components.server.process_limits import GIVE_BACK_SECONDS

REQUESTS = 14_000
CLIENTS = 8
AIM_MB = 400.0
"""Resident memory that the server may have at the end."""

_SESSIONS = sessions_between(dt.date(2024, 2, 1), dt.date(2025, 1, 27))


def run(count: int = REQUESTS, seed: int = 1) -> list[Row]:
    """Memory before, on the way and after."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as home:
        made = app.create_app(load_settings(["--demo"], {"HOLDLINE_HOME": home}))
    panels = sorted(made.server.extensions[BUILDERS])
    states = {page.key: parameter_types(page.state) for page in PAGES}
    rows, answered = [], Counter[int]()
    with (
        demo_process() as (address, process),
        concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool,
    ):
        rows.append(Row("memory of a fresh server", resident_mb(process), "MB"))
        for quarter in range(1, 5):
            asked = [_query(draw, panels, states) for _ in range(count // 4)]
            answered.update(pool.map(lambda query: _status(f"{address}/panel.json?{query}"), asked))
            time.sleep(1.2 * GIVE_BACK_SECONDS)  # what is let go goes back so late
            done = quarter * (count // 4)
            aim = AIM_MB if quarter == 4 else None
            rows.append(Row(f"  after {done} random panels", resident_mb(process), "MB", aim))
        rows.append(Row("  the most it ever had", resident_mb(process, "VmHWM"), "MB"))
    rows += [Row(f"  answered {status}", n, "") for status, n in sorted(answered.items())]
    return rows


def resident_mb(process: int, name: str = "VmRSS") -> float:
    """Memory of a process, MB; also its highest, ``VmHWM``."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"/proc tells no {name}")


def _query(draw: random.Random, panels: list[str], states: dict[str, dict[str, object]]) -> str:
    panel = draw.choice(panels)
    asked = {"panel": panel}
    for name, hint in states.get(panel.split("/")[0], {}).items():
        if name == "as_of":
            asked[name] = str(draw.choice(_SESSIONS))
            if draw.random() < 0.3:
                asked[name] += f"T{draw.randrange(10, 16)}:{draw.randrange(60):02}"
        elif draw.random() < 0.5:
            asked[name] = _value(draw, name, hint)
    return urllib.parse.urlencode(asked)


def _value(draw: random.Random, name: str, hint: object) -> str:
    choices = [hint, *typing.get_args(hint)]
    for one in choices:
        if typing.get_origin(one) is typing.Literal:
            return str(draw.choice(typing.get_args(one)))
    if "symbol" in name or name == "against":
        return draw.choice(DEFAULT_WATCHLIST)
    if bool in choices:
        return draw.choice("01")
    if int in choices:
        return str(draw.randrange(1, 300))
    return draw.choice(("", "x", str(draw.random())))


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=120) as answer:
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
