"""What a process that has just begun imports, and that it computes what any other does."""

from __future__ import annotations

import datetime as dt

from analytics.sources.demo import DemoSource
from tests.support.processes import start

MONDAY = dt.date(2025, 1, 27)

CALENDARS = """
import datetime as dt, sys
from analytics.model import sessions
from analytics.model.listing_calendars import calendar_of
sessions.current_session(dt.datetime.now(dt.UTC))
calendar_of("VOD.L")
print([m for m in ("pandas", "exchange_calendars") if m in sys.modules])
"""

SIMULATOR = """
import datetime as dt
from analytics.sources.demo import DemoSource
print(repr(float(DemoSource().bars("AMD", None, dt.date(2025, 1, 27)).frame.to_numpy().sum())))
"""


def printed(script: str) -> str:
    process = start(script)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return out.strip()


def test_calendars_import_neither_pandas_nor_the_library() -> None:
    assert printed(CALENDARS) == "[]"


def test_the_simulator_gives_the_same_figures() -> None:
    frame = DemoSource().bars("AMD", None, MONDAY).frame
    assert printed(SIMULATOR) == repr(float(frame.to_numpy().sum()))
