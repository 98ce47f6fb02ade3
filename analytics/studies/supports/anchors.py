"""Anchors of VWAPs that bars do not give: last earnings, last Fed decision, a date typed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable

from analytics.model.dated_lists import DatedList
from analytics.model.levels import ANCHORED_VWAP, LevelId, LevelSet
from analytics.model.quarters import first_reports
from analytics.model.question import Inputs
from analytics.model.vocabulary import Bars, EventKind
from analytics.studies.calendar.chart_events import reports_earnings
from analytics.studies.calendar.release_lists import calendar_lists, fomc_meetings
from analytics.studies.supports.volume_levels import anchored_at, begins_later

VWAP_SET: LevelSet = "vwap"
AFTER_THE_CLOSE = "after the close"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
EARNINGS, FED = "earnings", "Fed"


def companies(symbol: str, sets: Collection[LevelSet]) -> tuple[str, ...]:
    """Whose earnings are to be fetched for the anchors of ``symbol``."""
    return (symbol,) if VWAP_SET in sets and reports_earnings(symbol) else ()


def anchor_lists(sets: Collection[LevelSet]) -> tuple[DatedList, ...]:
    """The dated lists that the anchors rest on."""
    return calendar_lists() if VWAP_SET in sets else ()


def anchored_levels(
    bars: Bars, inputs: Inputs, sets: Collection[LevelSet], since: dt.date | None
) -> tuple[LevelId, ...]:
    """The anchored VWAPs of ``bars`` besides those of every ladder that has the set.

    A running session is no anchor yet: the level known before its open decides all day.
    """
    done = bars.sessions if bars.last_complete else bars.sessions[:-1]
    if VWAP_SET not in sets or not len(done):
        return ()
    last = done[-1].item()
    anchors = (
        (EARNINGS, last_earnings(bars, inputs, last)),
        (FED, last_decision(last)),
        ("", since),
    )
    return tuple(anchored_at(what, day) for what, day in anchors if day is not None)


def own_day(level: LevelId) -> dt.date | None:
    """The day that a viewer anchored a VWAP at, or None."""
    if level.family != ANCHORED_VWAP.key:
        return None
    if not _DAY.fullmatch(level.parameter):
        return None
    try:
        return dt.date.fromisoformat(level.parameter)
    except ValueError:
        return None


def own_anchor_notes(bars: Bars, anchored: Iterable[LevelId]) -> tuple[str, ...]:
    """What has to be said of the days that a viewer anchored VWAPs at."""
    said = (begins_later(bars, one) for one in anchored if own_day(one) is not None)
    return tuple(filter(None, said))


def by_its_event(level: LevelId) -> LevelId:
    """The level without the day of an event that comes again: "(Fed 2025-01-29)" as "(Fed)"."""
    event = level.parameter.partition(" ")[0]
    if level.family == ANCHORED_VWAP.key and event in (EARNINGS, FED):
        return LevelId(level.family, event)
    return level


def at_its_day(level: LevelId, bars: Bars, inputs: Inputs) -> LevelId | None:
    """The level with the day of its event, as known at the close of the last bar; see above.

    Args:
        bars: of completed sessions, n >= 1.

    Returns:
        None where no such day is known.
    """
    if level.family != ANCHORED_VWAP.key or level.parameter not in (EARNINGS, FED):
        return level
    last = bars.last_session
    of_fed = level.parameter == FED
    day = last_decision(last) if of_fed else last_earnings(bars, inputs, last)
    return None if day is None else anchored_at(level.parameter, day)


def last_earnings(bars: Bars, inputs: Inputs, last: dt.date) -> dt.date | None:
    """The newest session up to ``last`` that was the first to trade on a report.

    A report after the close moves the next session; one whose hour is not known, its own day's.
    """
    events = [e for e in inputs.events.get(bars.symbol, ()) if e.kind is EventKind.EARNINGS]
    quarters = inputs.quarters.get(bars.symbol, ())
    days = list(first_reports(quarters))
    late = {event.day for event in events if event.timing == AFTER_THE_CLOSE}
    moved = [
        bars.listing.next_session(day) if day in late else day
        for day in {*days, *(event.day for event in events)}
        if day <= last
    ]
    return max((day for day in moved if day <= last), default=None)


def last_decision(last: dt.date) -> dt.date | None:
    """The day, up to ``last``, of the newest FOMC decision, released in it at 14:00 New York."""
    days = [meeting.decision_day for meeting in fomc_meetings()]
    return max((day for day in days if day <= last), default=None)
