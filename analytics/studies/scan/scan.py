"""Scan: every name of a universe at its deciding level, and how unusual the session is."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from cachetools import LRUCache

from analytics.model.listings import Group, group, sector_names, universe_group
from analytics.model.listings import sector_fund as fund_of
from analytics.model.question import FollowUp, Inputs, Needs, Question, Symbol
from analytics.model.universes import SP500, universe_names
from analytics.model.vocabulary import BadInput, Bars, HoldlineError, Moment
from analytics.studies.scan.counts import DayCounts, Marks, count_marks, marks_at, marks_of
from analytics.studies.scan.events import EVENTS, EventDetails, EventsParameters, joined
from analytics.studies.scan.row import ScanRow, paced, scan_row
from analytics.studies.scan.scanned import scanned_family

LEAST_FOR_PACE = 20
"""Names whose volume tells how much of a usual session's has been traded so far."""
STANDS_SECONDS = 20.0
"""Rows on screen follow the live feed; the others, and the counts, are this old at most, and older
where they are more names than can be read in a part of that time."""
NAMES_A_SECOND = 25
"""Which keeps a scan of any size to a part of one core."""
FEW = 40
"""A scan of no more names follows every tick."""
KEPT = 6000
"""Names whose rows are kept, each some 2 KiB."""
MOST_DETAILED = 120
"""Names whose events are studied: those nearest to their level."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,23}")


@dataclass(frozen=True)
class ScanParameters:
    """Whose names, and at which of their levels.

    Attributes:
        symbols: an own list; before ``universe``.
        universe: "sp500", "nasdaq100", "dow", an operator's own, or a sector's fund ("XLK") for
            the S&P 500's members of that sector.
        family: of the level that each row is about; "" for the headline average in question.
    """

    symbols: tuple[Symbol, ...] = ()
    universe: str = SP500
    family: str = ""

    def __post_init__(self) -> None:
        scanned_family(self.family)
        if not _NAME.fullmatch(self.universe):
            raise BadInput(f"universe is {self.universe[:40]!r}: {_accepted()} is accepted.")


@dataclass(frozen=True)
class Scan:
    """The rows, nearest to their level first, and the session beside a usual one.

    Attributes:
        members: names of the universe; those without bars are in ``missing``.
        counts: of the headline averages, or of the level of each row where a family is scanned.
        loading: names that are still being fetched, and in no count yet.
        listed_on: the day whose members they are; None for an own list.
        pace: in session, the share of a usual session's volume that the median name has traded.
        family: key of the family scanned; "" for the headline average in question.
    """

    universe: str
    title: str
    session: dt.date
    provisional: bool
    members: int
    rows: tuple[ScanRow, ...]
    counts: DayCounts
    missing: Mapping[str, str]
    source: str
    family: str = ""
    loading: int = 0
    pace: float | None = None
    listed_on: dt.date | None = None


def _accepted() -> str:
    return f"{', '.join(universe_names())} or a sector's fund ({', '.join(sector_names())})"


def require_universe(name: str) -> None:
    """Return when a scan can be of the universe.

    Raises:
        BadInput: there is none of the name; those there are, are named.
    """
    if name.upper() not in sector_names() and name not in universe_names():
        raise BadInput(f"There is no universe {name[:40]!r}: {_accepted()} is accepted.")


def scan_group(universe: str, symbols: tuple[str, ...], day: dt.date) -> Group:
    """Whose names a scan has on a day.

    Raises:
        BadInput: there is no universe of the name.
    """
    if symbols:
        return group("sp500", day, symbols)
    require_universe(universe)
    sector = universe.upper()
    if sector not in sector_names():
        return universe_group(universe, day)
    whole = universe_group(SP500, day)
    of_sector = tuple(symbol for symbol in whole.symbols if fund_of(symbol) == sector)
    title = f"S&P 500 members of {sector_names()[sector]} ({len(of_sector)})"
    return Group(sector, title, of_sector, whole.valid_from, whole.source, "", whole.lists)


def _listed(parameters: ScanParameters, moment: Moment) -> Group:
    return scan_group(parameters.universe, parameters.symbols, moment.session)


def _needs(parameters: ScanParameters, moment: Moment) -> Needs:
    listed = _listed(parameters, moment)
    return Needs(
        bars=listed.symbols,
        partial=True,
        lists=listed.lists,
        stands_seconds=_stands(len(listed.symbols)),
    )


def _stands(names: int) -> float:
    return max(STANDS_SECONDS, names / NAMES_A_SECOND) if names > FEW else 0.0


def _compute(parameters: ScanParameters, inputs: Inputs) -> Scan:
    listed = _listed(parameters, inputs.moment)
    loading = inputs.loading_bars(listed.symbols)
    missing = inputs.missing_bars(tuple(s for s in listed.symbols if s not in set(loading)))
    names: list[_Name] = []
    for symbol in listed.symbols:
        if symbol not in inputs.bars:
            continue
        try:
            names.append(_name(inputs.bars[symbol], parameters.family))
        except HoldlineError as error:
            missing[symbol] = str(error)
    rows = [name.row for name in names]
    pace = _pace(rows)
    return Scan(
        universe=listed.name,
        title=listed.title,
        session=inputs.moment.session,
        provisional=any(row.provisional for row in rows),
        members=len(listed.symbols),
        rows=tuple(sorted((paced(row, pace) for row in rows), key=_nearness)),
        counts=count_marks([name.marks for name in names]),
        missing=missing,
        source=listed.source,
        family=parameters.family,
        loading=len(loading),
        pace=pace,
        listed_on=listed.valid_from,
    )


@dataclass(frozen=True)
class _Name:
    """What a scan needs to know of one name."""

    row: ScanRow
    marks: Marks


_known: LRUCache[tuple[bytes, str, str], _Name] = LRUCache(KEPT)
_known_lock = threading.Lock()


def _name(bars: Bars, family: str) -> _Name:
    """A name as computed before, where its bars are the same: most are while others still come."""
    key = bars.digest, family, fund_of(bars.symbol) or ""
    with _known_lock:
        known = _known.get(key)
    if known is None:
        row = scan_row(bars, family)
        known = _Name(row, marks_at(row) if family else marks_of(bars))
        with _known_lock:
            _known[key] = known
    return known


def _pace(rows: Sequence[ScanRow]) -> float | None:
    known = [row.volume_ratio for row in rows if row.provisional and row.volume_ratio is not None]
    return float(np.median(known)) if len(known) >= LEAST_FOR_PACE else None


def _nearness(row: ScanRow) -> tuple[float, str]:
    """Nearest to its level first, in ATR; those without one last."""
    away = row.distance_atr
    return (float("inf") if away is None else abs(away), row.symbol)


def _further(parameters: ScanParameters, scan: Scan, is_local: bool) -> EventsParameters | None:
    return details_wanted(scan, is_local)


def details_wanted(scan: Scan, is_local: bool) -> EventsParameters | None:
    """The further question about the names with an event today; None without one.

    Args:
        scan: its rows nearest first.
        is_local: the source is on this machine, so that minutes cost nothing.
    """
    names = [Symbol(row.symbol) for row in scan.rows if row.event is not None][:MOST_DETAILED]
    if not names:
        return None
    return EventsParameters(tuple(names), scan.family, is_local)


def with_details(scan: Scan, details: EventDetails) -> Scan:
    """The scan with what is known of its names' events."""
    return joined(scan, details)


SCAN = Question(
    name="scan",
    about="every name of a universe at its support: status, distance, event and how often it held",
    parameters=ScanParameters,
    result=Scan,
    needs=_needs,
    compute=_compute,
    follow_up=FollowUp(EVENTS, _further, with_details),
)
