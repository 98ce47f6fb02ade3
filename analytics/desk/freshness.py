"""Freshness of an answer: whether its listings trade, and whether their prices still come."""

from __future__ import annotations

import datetime as dt

from analytics.desk.moments import session_due
from analytics.model import sessions
from analytics.model.calendars import NYSE, ListingCalendar
from analytics.model.dates import day_text
from analytics.model.plausibility import AHEAD
from analytics.model.question import Inputs
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Bars, Freshness, Moment, Phase, Provenance
from analytics.sources.base import Source

SILENT = dt.timedelta(minutes=30)
BEHIND = dt.timedelta(minutes=10)
"""A price so much older than the source's delay is named where others go on."""
MOST_NAMED = 8


def freshness_of(inputs: Inputs, provenance: Provenance, source: Source) -> Freshness:
    """What the badge says: by the exchanges of the listings shown, not by New York's alone.

    A folder holds finished sessions: it stands still whatever market is open at its moment.
    """
    moment = inputs.moment
    if provenance.stale:
        return Freshness.STALE
    if moment.replayed:
        return Freshness.REPLAY
    listings = {bars.listing for bars in inputs.bars.values()} or {sessions.new_york()}
    trading = any(listing.phase_at(moment.time) is Phase.OPEN for listing in listings)
    if not moment.live or not trading or source.capabilities.reads_folder:
        return Freshness.CLOSED
    return Freshness.DELAYED if provenance.delay_minutes else Freshness.LIVE


def silence(source: Source, inputs: Inputs) -> str | None:
    """In session, prices much older than the source's delay are said to be so.

    Of the listings shown, those count whose exchange is open for a while and not at lunch.
    """
    moment = inputs.moment
    if not moment.live:
        return None
    times = [bar_time(bars) for bars in inputs.bars.values() if _should_tick(bars, moment)]
    if not inputs.bars and _long_open(sessions.new_york(), moment.time):
        times = [chain.time for chain in inputs.chains.values()]
    if not times:
        return None
    delay = dt.timedelta(minutes=source.capabilities.delay_minutes)
    late = moment.time - max(times) - delay
    return f"{source.name} has sent no price for {age_text(late)}." if late > SILENT else None


def overdue(source: Source, inputs: Inputs) -> str | None:
    """Prices of an older session than New York's newest, which nothing else tells, are said to be.

    A source that is asked for them may lack the newest bar of all that is shown.
    """
    moment = inputs.moment
    shown = [bars.last_session for bars in inputs.bars.values() if bars.calendar == NYSE]
    if not moment.live or not source.capabilities.remote or not shown:
        return None
    due, newest = session_due(moment), max(shown)
    if newest >= due:
        return None
    return f"{source.name} has no bar of {due}: these are prices of {newest}."


def ahead(source: Source, inputs: Inputs) -> str | None:
    """That prices are stamped later than it is: the source's clock or this one is wrong.

    What was fetched for a moment is of after it, by as long as the fetching took.
    """
    times = [bars.last_time for bars in inputs.bars.values() if bars.last_time is not None]
    if not inputs.moment.live or not times or max(times) <= inputs.moment.time + AHEAD:
        return None
    early = max(times) - max(inputs.moment.time, source.now())
    if early <= AHEAD:
        return None
    age = age_text(early)
    return f"Prices are stamped {age} ahead of this machine's clock: one of the two is wrong."


def behind(source: Source, inputs: Inputs) -> str | None:
    """In session, the listings whose prices are older than the page's time tells.

    A page of many listings shows the time of the newest: one that stands still is named.
    """
    moment = inputs.moment
    if not moment.live:
        return None
    oldest = moment.time - dt.timedelta(minutes=source.capabilities.delay_minutes) - BEHIND
    late = [
        (bars.last_time, symbol)
        for symbol, bars in inputs.bars.items()
        if bars.last_time is not None and bars.last_time < oldest and _should_tick(bars, moment)
    ]
    if not late:
        return None
    today = moment.time.astimezone(NEW_YORK).date()
    named = [f"{symbol} ({_clock(time, today)})" for time, symbol in sorted(late)]
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return f"No newer price, New York time: {', '.join(named[:MOST_NAMED])}{more}."


def _clock(time: dt.datetime, today: dt.date) -> str:
    """``11:00``, with its date where it is another than today's."""
    local = time.astimezone(NEW_YORK)
    return f"{local:%H:%M}" if local.date() == today else f"{day_text(local.date())}, {local:%H:%M}"


def bar_time(bars: Bars) -> dt.datetime:
    """UTC time of the newest price: its session's close where only the date is known."""
    if bars.last_time is not None:
        return bars.last_time
    if bars.listing.is_session(bars.last_session):
        return bars.listing.close(bars.last_session)
    return dt.datetime.combine(bars.last_session, dt.time(21), dt.UTC)


def age_text(age: dt.timedelta) -> str:
    """``2 hours``, in the largest whole unit."""
    seconds = max(int(age.total_seconds()), 0)
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _should_tick(bars: Bars, moment: Moment) -> bool:
    listing = bars.listing
    return _long_open(listing, moment.time) and not listing.on_lunch_break(moment.time)


def _long_open(listing: ListingCalendar, time: dt.datetime) -> bool:
    """Whether its session is under way, and has been for longer than a price may take."""
    if listing.phase_at(time) is not Phase.OPEN:
        return False
    return time - listing.open(listing.current_session(time)) >= SILENT
