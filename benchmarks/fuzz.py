"""Random panels, states and dates asked of the demo, and what memory the server then has.

Every request is another view, so that every memory of answers, payloads and analyses is full. A
panel of the weekly preview computes a whole edition at its date, and a rule over an index draws a
null over hundreds of names: seconds of two cores each. They would be an eighth of the requests and
take hours, so a run has `HEAVY` of them at the most, evenly over it, and says how many.

Memory is read when the server is idle: what was asked for in the background has come, and what
nobody asks for again has been let go. Linux only: it is read from /proc.
"""

from __future__ import annotations

import concurrent.futures
import datetime as dt
import os
import random
import tempfile
import time
import typing
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import app
from analytics.desk.background_loads import ABANDONED_SECONDS
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
SHORT = 2_000
HEAVY = 400
"""The most of a run of 14,000 that take seconds each; a shorter run has its share of them."""
INDEXES = ("sp500", "nasdaq100", "dow")
CLIENTS = 8
AIM_MB = 400.0
"""Resident memory that the server may have at the end."""
IDLE_SHARE = 0.3
"""Of a core: the demo's own prices and odds take a tenth."""
LOOK_SECONDS = 2.0
LOOKS = 4
LONGEST_WAIT_SECONDS = 180.0

_SESSIONS = sessions_between(dt.date(2024, 2, 1), dt.date(2025, 1, 27))

Query: typing.TypeAlias = dict[str, str]


def run(short: bool = False, count: int = 0, seed: int = 1) -> Iterator[Row]:
    """Memory before, on the way and after.

    Args:
        short: `SHORT` requests in the place of all.
        count: of the requests; 0: as `short` says.
    """
    count = count or (SHORT if short else REQUESTS)
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as home:
        made = app.create_app(load_settings(["--demo"], {"HOLDLINE_HOME": home}))
    panels = sorted(made.server.extensions[BUILDERS])
    states = {page.key: parameter_types(page.state) for page in PAGES}
    began, heavy, answered = time.monotonic(), 0, Counter[int]()
    with (
        demo_process() as (address, process),
        concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool,
    ):
        _wait_until_idle(process)
        yield Row("memory of a fresh server", resident_mb(process), "MB")
        for quarter in range(1, 5):
            asked = _queries(draw, panels, states, count // 4)
            heavy += sum(map(_is_heavy, asked))
            urls = [f"{address}/panel.json?{urllib.parse.urlencode(query)}" for query in asked]
            answered.update(pool.map(_status, urls))
            note = "" if _wait_until_idle(process) else "not idle"
            aim = AIM_MB if quarter == 4 else None
            what = f"  after {quarter * (count // 4)} random panels"
            yield Row(what, resident_mb(process), "MB", aim, note)
        yield Row("  the most it ever had", resident_mb(process, "VmHWM"), "MB")
    yield Row("  of them whole previews, and rules over an index", heavy, "")
    for status, times in sorted(answered.items()):
        yield Row(f"  answered {status}", times, "")
    yield Row("  all of it took", time.monotonic() - began, "s")


def _wait_until_idle(process: int) -> bool:
    """Wait until the server computes nothing but its own ticks, and lets go of what it can."""
    ends, quiet = time.monotonic() + LONGEST_WAIT_SECONDS, 0
    while quiet < LOOKS and time.monotonic() < ends:
        before = _cpu_seconds(process)
        time.sleep(LOOK_SECONDS)
        busy = (_cpu_seconds(process) - before) / LOOK_SECONDS > IDLE_SHARE
        quiet = 0 if busy else quiet + 1
    time.sleep(ABANDONED_SECONDS + 1.2 * GIVE_BACK_SECONDS)
    return quiet == LOOKS


def _cpu_seconds(process: int) -> float:
    """Processor time that a process has had, its threads together."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(process: int, name: str = "VmRSS") -> float:
    """Memory of a process, MB; also its highest, ``VmHWM``."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"/proc tells no {name}")


def _queries(
    draw: random.Random, panels: list[str], states: dict[str, dict[str, object]], count: int
) -> list[Query]:
    """So many views, with no more than their share of those that take seconds."""
    found: list[Query] = []
    heavy = HEAVY * count // REQUESTS
    while len(found) < count:
        query = _query(draw, panels, states)
        if _is_heavy(query):
            if not heavy:
                continue
            heavy -= 1
        found.append(query)
    draw.shuffle(found)
    return found


def _is_heavy(query: Query) -> bool:
    """Whether a whole edition of the preview is made for it, or a null over an index."""
    return query["panel"].startswith("preview/") or query.get("group") in INDEXES


def _query(draw: random.Random, panels: list[str], states: dict[str, dict[str, object]]) -> Query:
    panel = draw.choice(panels)
    asked = {"panel": panel}
    for name, hint in states.get(panel.split("/")[0], {}).items():
        if name == "as_of":
            asked[name] = str(draw.choice(_SESSIONS))
            if draw.random() < 0.3:
                asked[name] += f"T{draw.randrange(10, 16)}:{draw.randrange(60):02}"
        elif draw.random() < 0.5:
            asked[name] = _value(draw, name, hint)
    return asked


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
