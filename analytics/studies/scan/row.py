"""One name of a scan: its deciding level as the Supports ladder has it, and today's event there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from analytics.model.levels import DMA, LevelId, LevelSet
from analytics.model.listings import sector_fund, sector_names
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.status import Status
from analytics.model.vocabulary import Bars
from analytics.studies.hold.study import HoldRate
from analytics.studies.supports.levels import Level, families_of_bars
from analytics.studies.supports.supports import HeadlineLevel, SupportLadder, build_ladder
from analytics.studies.supports.watchlist import deciding_level

USUAL_SESSIONS = 20
"""Sessions before this one that a usual volume, and a usual value traded, is the median of."""
FIRST_SESSIONS = 60


class Kind(StrEnum):
    """An event of the hold study at the level that decides."""

    TOUCH = "touch"
    GAP_DOWN = "gap-down"


@dataclass(frozen=True)
class ScanRow:
    """Where one name stands; what is not known is None.

    Attributes:
        sector: the Select Sector fund of its GICS sector, "" where that is not known.
        level: the price that decides: in session the one known before the open, after the close
            the one for the next session; ``session_level``: the one its status rests on.
        distance_pct, distance_atr, distance_sigma: to ``level``, as on the ladder.
        low_pct: the session's low against ``session_level``: negative where it went under.
        volume_ratio: against its usual volume, see `analytics.studies.scan.scan`.
        next_support: the next lower headline average.
        event: today's event of the hold study at the level, if any.
        first_touch: whether the level was met today and in none of the 60 sessions before.
        families: groups of levels that lie together there, itself included.
        size_musd: value traded on a usual day, millions: median of 20 sessions.
        hold, lean_pct, earnings, crossed_at, minutes_since_cross: see
            `analytics.studies.scan.events`; None where that was not asked.
    """

    symbol: str
    name: str
    sector: str
    sector_name: str
    price: float
    previous_close: float | None
    change_pct: float | None
    level_name: str | None
    level: float | None
    session_level: float | None
    status: Status | None
    distance_pct: float | None
    distance_atr: float | None
    distance_sigma: float | None
    low_pct: float | None
    volume_ratio: float | None
    next_support: str | None
    next_support_price: float | None
    next_distance_pct: float | None
    event: Kind | None
    first_touch: bool | None
    families: int
    size_musd: float | None
    atr: float | None
    session: dt.date
    provisional: bool
    withheld: str | None = None
    hold: HoldRate | None = None
    lean_pct: float | None = None
    earnings: dt.date | None = None
    crossed_at: dt.datetime | None = None
    minutes_since_cross: int | None = None
    quotation: Quotation = DOLLARS
    level_id: LevelId | None = None


def scan_row(bars: Bars, family: str = "") -> ScanRow:
    """The row of one name.

    Args:
        bars: through the session, n >= 1.
        family: of the level; "" for the headline average that the name's finding is about.
    """
    ladder = build_ladder(bars, sets=_sets(family))
    level = deciding_level(ladder) if not family else _nearest(ladder, family)
    fund = sector_fund(bars.symbol) or ""
    following = _below(ladder, level)
    met_at = None if level is None else level.session_level
    return ScanRow(
        symbol=bars.symbol,
        name=bars.name,
        sector=fund,
        sector_name=sector_names().get(fund, ""),
        price=ladder.price,
        previous_close=ladder.previous_close,
        change_pct=ladder.change_pct,
        level_name=None if level is None else level.name,
        level=None if level is None else level.price,
        session_level=met_at,
        status=None if level is None else level.status,
        distance_pct=None if level is None else level.distance_pct,
        distance_atr=None if level is None else level.distance_atr,
        distance_sigma=None if level is None else level.distance_sigma,
        low_pct=None
        if met_at is None or ladder.low is None
        else (ladder.low / met_at - 1.0) * 100.0,
        volume_ratio=_volume_ratio(bars),
        next_support=None if following is None else following.name,
        next_support_price=None if following is None else following.price,
        next_distance_pct=None if following is None else following.distance_pct,
        event=_event(ladder, met_at),
        first_touch=_first_touch(bars, level),
        families=_families(ladder, level),
        size_musd=_size(bars),
        atr=ladder.atr,
        session=ladder.session,
        provisional=ladder.provisional,
        withheld=ladder.no_previous,
        quotation=ladder.quotation,
        level_id=None if level is None else level.id,
    )


def _sets(family: str) -> tuple[LevelSet, ...]:
    """The set that brings a family onto the ladder where it is not on every one."""
    of_family = next((one.set for one in families_of_bars() if one.key == family), None)
    return () if of_family is None else (of_family,)


def _nearest(ladder: SupportLadder, family: str) -> Level | None:
    """The level of the family nearest to the price."""
    own = [level for level in ladder.levels if level.id.family == family]
    return min(own, key=lambda level: abs(level.price - ladder.price), default=None)


def _below(ladder: SupportLadder, level: Level | None) -> HeadlineLevel | None:
    """The highest headline average at or below the price other than the level itself."""
    return next(
        (
            one
            for one in (ladder.support, ladder.next_support)
            if one is not None and (level is None or one.id != level.id)
        ),
        None,
    )


def _event(ladder: SupportLadder, level: float | None) -> Kind | None:
    """Today's event there, by the hold study's definition."""
    before = ladder.previous_close
    if level is None or before is None or ladder.open is None or before <= level:
        return None
    if ladder.open <= level:
        return Kind.GAP_DOWN
    return Kind.TOUCH if ladder.low is not None and ladder.low <= level else None


def _first_touch(bars: Bars, level: Level | None) -> bool | None:
    """Of a moving average: met today from above, and in none of the sessions before."""
    if level is None or level.id.family != DMA.key or level.session_level is None:
        return None
    met = meetings(bars, int(level.id.parameter), FIRST_SESSIONS + 1)
    return None if len(met) <= FIRST_SESSIONS else bool(met[-1] and not met[:-1].any())


def meetings(bars: Bars, sessions: int, count: int) -> np.ndarray:
    """On which of the last ``count`` sessions a close above the N-DMA was followed by a low at or
    under it; fewer where there are fewer averages."""
    close, low = bars.close, bars.low
    n = min(count, len(close) - sessions)
    if n <= 0:
        return np.zeros(0, dtype=bool)
    levels = averages_before(close, sessions, n)
    met: np.ndarray = (close[-n - 1 : -1] >= levels) & (low[-n:] <= levels)
    return met


def averages_before(close: np.ndarray, sessions: int, count: int) -> np.ndarray:
    """The N-DMA through the session before each of the last ``count``, oldest first."""
    sums = np.concatenate([[0.0], np.cumsum(close[-sessions - count : -1])])
    means: np.ndarray = (sums[sessions:] - sums[:-sessions]) / sessions
    return means


def _families(ladder: SupportLadder, level: Level | None) -> int:
    if level is None:
        return 0
    marked = next((one for one in ladder.levels if one.id == level.id), level)
    return 1 if marked.cluster is None else ladder.clusters[marked.cluster].score


def _volume_ratio(bars: Bars) -> float | None:
    """The session's volume against the usual whole session's."""
    before = bars.volume[-USUAL_SESSIONS - 1 : -1]
    if len(before) < USUAL_SESSIONS or not np.isfinite(before).all():
        return None
    usual, now = float(np.median(before)), float(bars.volume[-1])
    return now / usual if usual > 0 and np.isfinite(now) else None


def _size(bars: Bars) -> float | None:
    before = slice(-USUAL_SESSIONS - 1, -1)
    traded = bars.close[before] * bars.volume[before]
    traded = traded[np.isfinite(traded)]
    return float(np.median(traded)) / 1e6 if traded.size else None


def paced(row: ScanRow, pace: float | None) -> ScanRow:
    """The row with its volume set against how much of a usual session's the universe has traded."""
    if row.volume_ratio is None or not row.provisional:
        return row
    return replace(row, volume_ratio=row.volume_ratio / pace if pace else None)
