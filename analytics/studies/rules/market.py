"""What a rule is tried on: the bars of one symbol or many on one grid of sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.periods import period_numbers
from analytics.indicators.series import YEAR_SESSIONS
from analytics.model.vocabulary import Bars, Floats, Sessions
from analytics.studies.rules import orders

WARM_UP_SESSIONS = 420
"""Before the first signal: what the longest level needs."""
ENDED_SESSIONS = 10
"""A symbol without a bar for longer, up to the last session, has ended; a halt is shorter."""

_NO_DIVIDEND, _MOST_DIVIDEND = 2e-4, 0.5
"""A step of adjusted over traded close is a dividend within these; smaller ones are rounding."""

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Listed: TypeAlias = Callable[[str, Sessions], Flags]
"""(symbol, sessions) -> on which of them it is a member, shape of the sessions."""


@dataclass(frozen=True, eq=False)
class Member:
    """One symbol's bars on the market's grid, NaN in a row without one.

    Attributes:
        bars: shape (`orders.SERIES`, rows); a dividend is by what holding over the night into the
            row multiplies the shares.
        listed: on which rows it is a member, from its first bar to its last.
        ends: the row of the last bar of a symbol that has ended, -1 where it has not.
        own: which rows the null draws its bars from.
    """

    symbol: str
    bars: Floats
    listed: Flags
    ends: int
    own: Flags

    @property
    def close(self) -> Floats:
        """By row."""
        closes: Floats = self.bars[orders.CLOSE]
        return closes


@dataclass(frozen=True, eq=False)
class Market:
    """What a rule is tried on.

    Attributes:
        sessions: the grid's rows; ``periods``: as in `fill_levels`; ``begin``: signals count
            from this row on.
        digest: of everything in it.
    """

    members: tuple[Member, ...]
    sessions: Sessions
    periods: Ints
    begin: int
    digest: bytes

    @property
    def years(self) -> float:
        """From the first signal on."""
        return (len(self.sessions) - self.begin) / YEAR_SESSIONS


def make_market(
    histories: Sequence[Bars],
    start: np.datetime64 | None,
    sessions: int,
    listed: Listed | None = None,
) -> Market:
    """The market of completed bars.

    Args:
        start: the first session whose close may be a signal; None: ``sessions`` before the end.
        listed: who was a member when; None: everybody throughout. Who never was one while signals
            count, or has no two bars as one, is left out.
    """
    days = _grid(histories)
    begin = max(len(days) - sessions, 0) if start is None else int(np.searchsorted(days, start))
    first = max(begin - WARM_UP_SESSIONS, 0)
    days, begin = days[first:], begin - first
    placed = (_placed(bars, days, listed) for bars in histories)
    members = tuple(one for one in placed if one.listed[begin:].any() and one.own.any())
    made = hashlib.blake2b(digest_size=16)
    made.update(days.tobytes() + bytes(str(begin), "ascii"))
    for one in members:
        made.update(one.bars.tobytes() + one.listed.tobytes() + bytes(str(one.ends), "ascii"))
    numbers = [period_numbers(days, period) for period in ("day", "week", "month")]
    return Market(members, days, np.ascontiguousarray(numbers), begin, made.digest())


def _grid(histories: Sequence[Bars]) -> Sessions:
    """Every session that any of them has, or misses."""
    numbers = [np.append(one.sessions, one.missing).astype(np.int64) for one in histories]
    first, last = min(one.min() for one in numbers), max(one.max() for one in numbers)
    there = np.zeros(int(last - first) + 1, dtype=bool)
    for one in numbers:
        there[one - first] = True
    grid: Sessions = (np.flatnonzero(there) + first).astype("datetime64[D]")
    return grid


def _placed(bars: Bars, days: Sessions, listed: Listed | None) -> Member:
    """Bars on the grid; one without an open or a range is none."""
    whole = np.isfinite(bars.open) & np.isfinite(bars.high) & np.isfinite(bars.low)
    at = np.minimum(np.searchsorted(days, bars.sessions), len(days) - 1)
    inside = whole & (days[at] == bars.sessions)
    rows = at[inside]
    made = np.full((orders.SERIES, len(days)), np.nan)
    made[orders.VOLUME], made[orders.DIVIDEND] = 0.0, 1.0
    volume = np.nan_to_num(bars.volume)
    series = (bars.open, bars.high, bars.low, bars.close, volume, _dividends(bars))
    for row, values in enumerate(series):
        made[row, rows] = values[inside]
    member = np.ones(len(days), dtype=bool) if listed is None else listed(bars.symbol, days)
    there = np.zeros(len(days), dtype=bool)
    there[rows] = True
    if not rows.size:
        return Member(bars.symbol, made, there, -1, there)
    alive = np.zeros(len(days), dtype=bool)
    alive[rows[0] : rows[-1] + 1] = True
    ended = len(days) - 1 - rows[-1] > ENDED_SESSIONS
    last = int(rows[-1]) if ended else -1
    return Member(bars.symbol, made, member & alive, last, _own_rows(there, member))


def _own_rows(there: Flags, member: Flags) -> Flags:
    """Rows that the null draws a member's bars from: those of its time as one.

    Of less than a year as one, the bars before it too, up to a year of them: a few sessions of
    one company are no process to draw from. Not the first bar, which moved from nothing.
    """
    there = there.copy()
    there[np.flatnonzero(there)[:1]] = False
    own = there & member
    if own.any() and own.sum() < YEAR_SESSIONS:
        upto = np.flatnonzero(own)[-1] + 1
        own[np.flatnonzero(there[:upto])[-YEAR_SESSIONS:]] = True
    return own


def _dividends(bars: Bars) -> Floats:
    out = np.ones(len(bars))
    if bars.adj_close is not None:
        factor = bars.adj_close / bars.close
        step = factor[1:] / factor[:-1]
        real = (step - 1 > _NO_DIVIDEND) & (step - 1 < _MOST_DIVIDEND)
        out[1:][real] = step[real]
    return out
