"""Growth of the time that market data takes with its size: n, 2n and 4n, none above n log n.

A scan of all rows for each split cost 26 ms for ten years of one symbol, and nobody saw it until
the whole market was refreshed; a ratio of sizes sees it at once.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from analytics.model.question import Inputs
from analytics.model.sessions import sessions_between
from analytics.model.vocabulary import Moment, Phase
from analytics.options.chain import clean_chain
from analytics.portfolio.ledger import keep_ledger
from analytics.sources.base import RawBars
from analytics.sources.validate import clean_bars, clean_minutes
from analytics.studies.sentiment.breadth import BREADTH, BreadthParameters
from benchmarks.measure import Row, times_ms
from benchmarks.options_chain import synthetic_chain
from tests.support.builders import FRIDAY, MONDAY, make_bars, make_frame, walk
from tests.support.small_portfolios import bars_of, buy, deposit

SIZES = (1, 2, 4)
ALLOWANCE = 1.6
"""Noise of a shared machine; growth with the square gives 4 where this allows 3.5."""
RUNS = 15


def daily(n: int) -> Callable[[], object]:
    """Validation of ``n`` daily bars with a split a year, some rows of closed days and blanks."""
    frame = make_frame(walk(n), splits=dict.fromkeys(range(100, n, 252), 2.0))
    frame.loc[frame.index[::97], "close"] = np.nan
    raw = RawBars("TEST", frame)
    return lambda: clean_bars(raw)


def minutes(n: int) -> Callable[[], object]:
    """Validation of ``n`` rows a second apart in one session, duplicates among them."""
    times = pd.date_range("2025-01-27 14:30", periods=n, freq="s", tz="UTC")
    raw = RawBars("TEST", pd.DataFrame({"close": walk(n)}, index=times))
    return lambda: clean_minutes(raw, MONDAY)


def calendar(n: int) -> Callable[[], object]:
    """Missing sessions and breaks of ``n`` bars, every tenth of which is missing."""
    days = make_bars(walk(n)).sessions
    bars = make_bars(walk(n))
    remaining = np.delete(days, np.arange(5, n, 10))
    return lambda: bars.listing.without_bar(remaining)


def breadth(n: int) -> Callable[[], object]:
    """Breadth of ``n`` members of 300 sessions."""
    members = {f"S{i}": make_bars(walk(300, seed=i), symbol=f"S{i}") for i in range(n)}
    session = sessions_between(FRIDAY, FRIDAY)[0].item()
    inputs = Inputs(Moment(next(iter(members.values())).listing.close(session), session,
                           Phase.CLOSED, False), members)  # fmt: skip
    parameters = BreadthParameters(symbols=tuple(members))  # type: ignore[arg-type]
    return lambda: BREADTH.compute(parameters, inputs)


def chain(n: int) -> Callable[[], object]:
    """Contracts, forwards, volatilities and greeks of ten expiries of ``n`` strikes."""
    made = synthetic_chain(expiries=10, strikes=n)
    return lambda: clean_chain(replace(made))


def ledger(n: int) -> Callable[[], object]:
    """A portfolio of ``n`` sessions with a change in each."""
    days = sessions_between(dt.date(1990, 1, 2), FRIDAY)[-n:]
    bars = {"TEST": bars_of("TEST", walk(n).tolist(), days=days)}
    dates = days.tolist()
    changes = [deposit(1e9, dates[0], 1)]
    changes += [buy("TEST", 1.0, on, number) for number, on in enumerate(dates, 2)]
    return lambda: keep_ledger(changes, bars, days, True)


WORK: dict[str, tuple[int, Callable[[int], Callable[[], object]]]] = {
    "daily bars validated": (2000, daily),
    "minute bars validated": (5000, minutes),
    "missing sessions found": (2000, calendar),
    "breadth": (60, breadth),
    "chain": (100, chain),
    "ledger": (250, ledger),
}
"""What is measured: the smallest n, and n -> the work on it."""


def run() -> list[Row]:
    """The time at each size, and how many times n log n it grew by: 1 is n log n."""
    rows: list[Row] = []
    for name, (smallest, of) in WORK.items():
        sizes = [smallest * times for times in SIZES]
        best = [min(times_ms(of(n), RUNS)) for n in sizes]
        rows += [Row(f"{name}, n = {n:,}", ms, "ms") for n, ms in zip(sizes, best, strict=True)]
        fair = sizes[-1] * math.log(sizes[-1]) / (sizes[0] * math.log(sizes[0]))
        rows.append(Row(f"{name}: growth to 4n / that of n log n", best[-1] / best[0] / fair, "x",
                        ALLOWANCE))  # fmt: skip
    return rows


def too_fast(rows: list[Row]) -> list[str]:
    """Of the measured growths those above what is allowed."""
    return [row.what for row in rows if row.aim is not None and row.value > row.aim]
