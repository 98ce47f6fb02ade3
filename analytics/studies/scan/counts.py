"""How many names of a universe touched, held and broke a support, beside a usual session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.model.levels import DMA
from analytics.model.vocabulary import Bars
from analytics.studies.scan.row import ScanRow, averages_before

HEADLINE = tuple(int(parameter) for parameter in DMA.headline)
COUNTED_SESSIONS = 60
ROWS = COUNTED_SESSIONS + 1


@dataclass(frozen=True)
class DayCount:
    """A count of names, and the same on a usual session.

    Attributes:
        usual: median over the sessions before; None with fewer than 20 of them.
    """

    names: int
    usual: float | None


@dataclass(frozen=True)
class DayCounts:
    """Names by what the session has made of their 50, 100 and 200-DMA, or of the level scanned.

    A name *touched* when it came from a close at or above one of them and went to it; it *broke*
    when it stands under one of those, else it *held*. In session it may yet change.

    Attributes:
        of: names with such a level and a previous session.
        sessions: how many sessions the usual is the median of.
    """

    touched: DayCount
    held: DayCount
    broke: DayCount
    of: int
    sessions: int


@dataclass(frozen=True, eq=False)
class Marks:
    """What one name has made of its supports on each of the last sessions, oldest first.

    Attributes:
        touched, broke: see `DayCounts`.
        known: whether it had an average and a previous session.
    """

    touched: np.ndarray
    broke: np.ndarray
    known: np.ndarray


def count_day(members: Sequence[Bars]) -> DayCounts:
    """The counts of the newest session of ``members``, whose bars all end with it."""
    return count_marks([marks_of(bars) for bars in members])


def count_marks(members: Sequence[Marks]) -> DayCounts:
    """The counts of the newest session that the marks are of."""
    touched, broke, known = (np.zeros(ROWS, np.int64) for _ in range(3))
    for marks in members:
        touched += marks.touched
        broke += marks.broke
        known += marks.known
    usable = known[:-1] > 0
    before = usable.sum() if usable.sum() >= 20 else 0

    def counted(series: np.ndarray) -> DayCount:
        usual = float(np.median(series[:-1][usable])) if before else None
        return DayCount(int(series[-1]), usual)

    return DayCounts(
        touched=counted(touched),
        held=counted(touched - broke),
        broke=counted(broke),
        of=int(known[-1]),
        sessions=int(before),
    )


def marks_of(bars: Bars) -> Marks:
    """Whether one name touched, broke, and had an average, on each of the last sessions."""
    hit, lost, there = (np.zeros(ROWS, dtype=bool) for _ in range(3))
    if bars.no_previous is not None:
        return Marks(hit, lost, there)
    low = np.where(np.isnan(bars.low), bars.close, bars.low)
    for sessions in HEADLINE:
        n = min(ROWS, len(bars) - sessions)
        if n <= 0:
            continue
        levels = averages_before(bars.close, sessions, n)
        from_above = bars.close[-n - 1 : -1] >= levels
        hit[-n:] |= from_above & (low[-n:] <= levels)
        lost[-n:] |= from_above & (bars.close[-n:] < levels)
        there[-n:] = True
    return Marks(hit, lost, there)


def marks_at(row: ScanRow) -> Marks:
    """What a name has made today of the level of its row; of sessions before, nothing is known."""
    hit, lost, there = (np.zeros(ROWS, dtype=bool) for _ in range(3))
    level, before = row.session_level, row.previous_close
    if level is not None and before is not None:
        there[-1] = True
        lost[-1] = before >= level and row.price < level
        went = row.low_pct is not None and row.low_pct <= 0.0
        hit[-1] = lost[-1] or (before >= level and went)
    return Marks(hit, lost, there)
