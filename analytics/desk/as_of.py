"""Cut at a moment: of a fetched value, nothing that came later."""

from __future__ import annotations

import datetime as dt
from typing import Any

from analytics.desk.fetching import BarsRecord, InputRequest, MinutesRecord
from analytics.desk.replay import bars_at
from analytics.model import sessions
from analytics.model.bars import LONGEST_GAP
from analytics.model.calendars import NYSE
from analytics.model.level_calls import LevelCall
from analytics.model.listing_calendars import close_of
from analytics.model.vocabulary import Bars, HoldlineError, Moment, NotAvailable, OptionChain

FIRST_BAR_COMES = dt.timedelta(hours=1)
"""How long after a foreign opening a source may still lack the new session's bar."""


def cut_to(request: InputRequest, value: Any, moment: Moment) -> Any:
    """The value as seen at the moment.

    Raises:
        NotAvailable: when nothing of it is of the moment's session.
    """
    if isinstance(value, MinutesRecord):
        seen = value.minutes.upto(moment.time)
        if not len(seen):
            raise NotAvailable(f"{request.symbol}: no minute of {moment.session} has ended yet.")
        return seen
    if isinstance(value, OptionChain) and moment.replayed and value.time > moment.time:
        raise NotAvailable(
            f"the {request.symbol} chain kept of {moment.session} is of a later minute "
            f"({value.time.astimezone(sessions.NEW_YORK):%H:%M} New York)."
        )
    if not isinstance(value, BarsRecord):
        return value
    bars = value.bars
    session = moment.session_of(bars.listing)
    if bars.sessions[0].astype(dt.date) > session:
        raise NotAvailable(f"{request.symbol}: no bars on or before {session}.")
    if moment.replayed:
        return bars  # cut by the minute in `put_running_session`
    return _through(bars, session, moment, request.may_end)


def _through(bars: Bars, session: dt.date, moment: Moment, may_end: bool) -> Bars:
    """The bars through the listing's newest session at the moment.

    Raises:
        NotAvailable: they ended before it.
    """
    if not moment.live or bars.last_session > session:
        bars = bars.upto(session)
    if not may_end and _has_ended(bars, session, moment):
        raise NotAvailable(
            f"{bars.symbol}: no bar of {session} (its newest is of {bars.last_session})."
        )
    return bars


def _has_ended(bars: Bars, session: dt.date, moment: Moment) -> bool:
    """Whether the newest bar is older than the listing's newest session.

    A day or two that may be holidays do not tell; in the first hour of a foreign session its
    bar may not have reached the source.
    """
    listing = bars.listing
    due = session
    if moment.live and bars.calendar != NYSE and bars.last_session < session:
        opened = listing.open(session)
        if moment.time - opened < FIRST_BAR_COMES:
            due = listing.previous_session(session)
    if bars.last_session >= due:
        return False
    if listing.without_bar(bars.sessions[-1:], upto=due).size:
        return True
    return len(listing.sessions_between(bars.last_session, due)) - 1 > LONGEST_GAP


def put_running_session(
    found: dict[str, dict[str, Any]],
    absent: dict[tuple[str, str], HoldlineError],
    moment: Moment,
) -> None:
    """Put the session's bar so far, made of minutes, in the place of its daily bar."""
    for symbol, bars in list(found["bars"].items()):
        try:
            found["bars"][symbol] = _replayed(bars, symbol, found, absent, moment)
        except HoldlineError as error:
            del found["bars"][symbol]
            absent["bars", symbol] = error


def _replayed(
    bars: Bars,
    symbol: str,
    found: dict[str, dict[str, Any]],
    absent: dict[tuple[str, str], HoldlineError],
    moment: Moment,
) -> Bars:
    """The bars at one minute of a New York session of the past.

    Of another listing's own session the whole bar once it is over, and minutes before that.

    Raises:
        HoldlineError: why there are none.
    """
    session = moment.session_of(bars.listing)
    if bars.calendar != NYSE and bars.listing.close(session) <= moment.time:
        return _through(bars, session, moment, may_end=False)
    if bars.last_session < session:
        return bars  # a listing that ended
    missing = absent.get(("minutes", symbol))
    if missing is not None:
        raise missing
    return bars_at(bars, found["minutes"][symbol], moment.time)


def last_call_session(moment: Moment) -> dt.date:
    """The last session whose calls may be seen: before the open, already today's."""
    today = moment.time.astimezone(sessions.NEW_YORK).date()
    return max(moment.session, today) if moment.live else moment.session


def call_as_of(call: LevelCall, moment: Moment) -> LevelCall:
    """The call without its score when its session had not closed by the moment."""
    if call.scored_at is None or close_of(call.symbol, call.session) <= moment.time:
        return call
    return LevelCall(
        call.symbol,
        call.level,
        call.session,
        call.price,
        call.previous_close,
        call.called_at,
        call.watched_until,
    )
