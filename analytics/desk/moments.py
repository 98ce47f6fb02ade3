"""The moment that an answer is for: now, or a close or a minute of the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from analytics.desk.replay import first_minute
from analytics.model import sessions
from analytics.model.calendars import NYSE
from analytics.model.listing_calendars import calendar_of
from analytics.model.parameters import as_of_text
from analytics.model.question import Inputs
from analytics.model.vocabulary import BadInput, Bars, Moment, Phase

FIRST_BAR_IS_LATE = dt.timedelta(minutes=30)
"""How long after New York's opening the session's bars are not looked for yet."""
SETTLES_IN = dt.timedelta(hours=1)
"""How long after the bell a close may still be corrected."""


def present_moment(now: dt.datetime) -> Moment:
    """Now, in the calendar's session."""
    return Moment(now, sessions.current_session(now), sessions.phase_at(now), True)


def past_moment(as_of: dt.date, latest: dt.datetime, source: str) -> Moment:
    """The close of the session on or before a date; of a ``datetime`` that very minute.

    Args:
        latest: the newest moment, UTC, that the source can be asked about.
        source: its name, for the refusal.

    Raises:
        BadInput: the session has not closed at the source, or the minute lies ahead.
    """
    if isinstance(as_of, dt.datetime):
        return _minute_moment(as_of, latest, source)
    session = sessions.session_on_or_before(as_of)
    closes = sessions.session_close(session)
    if closes > latest:
        newest = sessions.current_session(latest)
        if sessions.session_close(newest) > latest:
            newest = sessions.previous_session(newest)
        raise BadInput(
            f"as-of {as_of} has not closed yet at {source}: "
            f"the newest complete session is {newest}."
        )
    return Moment(closes, session, Phase.CLOSED, False, as_of)


def _minute_moment(as_of: dt.datetime, latest: dt.datetime, source: str) -> Moment:
    """A minute of a session under way, else the close before it."""
    time = as_of.astimezone(dt.UTC).replace(second=0, microsecond=0)
    if time > latest:
        newest = latest.astimezone(sessions.NEW_YORK)
        raise BadInput(
            f"as-of {as_of_text(as_of)} lies ahead of {source}'s newest minute, "
            f"{newest:%Y-%m-%d %H:%M}."
        )
    session = sessions.current_session(time)
    if time < first_minute(session):
        session = sessions.previous_session(session)
    if time < sessions.session_close(session):
        return Moment(time, session, Phase.OPEN, False)
    return Moment(sessions.session_close(session), session, Phase.CLOSED, False)


def session_due(moment: Moment) -> dt.date:
    """The New York session that live bars ought to have reached at the moment."""
    session = sessions.current_session(moment.time)
    late = moment.time - sessions.session_open(session) >= FIRST_BAR_IS_LATE
    return session if late else sessions.previous_session(session)


def with_newest_session(moment: Moment, fetched: Iterable[Bars]) -> Moment:
    """The moment at the newest session that any New York listing has a bar of.

    The desk stands at the benchmark's newest session; where the source has left that one bar
    out, the others must not be cut back to it.
    """
    if not moment.live:
        return moment
    due = session_due(moment)
    newest = [b.last_session for b in fetched if b.calendar == NYSE and b.last_session <= due]
    return replace(moment, session=max([moment.session, *newest]))


def session_of_minutes(symbol: str, moment: Moment) -> dt.date:
    """The session, by the listing's own calendar, whose one-minute bars are asked for."""
    return moment.session_of(calendar_of(symbol))


def is_settled(inputs: Inputs, now: dt.datetime) -> bool:
    """Whether every session that a past moment's bars belong to has been over for a while."""
    moment = inputs.moment
    if moment.live:
        return False
    listings = {bars.listing for bars in inputs.bars.values()} or {sessions.new_york()}
    closes = [listing.close(listing.current_session(moment.time)) for listing in listings]
    return now >= max(closes) + SETTLES_IN


def is_under_way(symbol: str, moment: Moment) -> bool:
    """Whether the listing's own session is: its bar so far is then made of minutes."""
    return calendar_of(symbol).phase_at(moment.time) is Phase.OPEN
