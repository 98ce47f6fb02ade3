"""What of a fetched value a moment may see: nothing of it that came later."""

from __future__ import annotations

import datetime as dt
from typing import Any

from analytics.desk.fetching import BarsRecord, InputRequest, MinutesRecord
from analytics.desk.replay import bars_at
from analytics.model import sessions
from analytics.model.level_calls import LevelCall
from analytics.model.vocabulary import HoldlineError, Moment, NotAvailable, OptionChain


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
    if bars.sessions[0].astype(dt.date) > moment.session:
        raise NotAvailable(f"{request.symbol}: no bars on or before {moment.session}.")
    if moment.replayed:
        return bars  # cut by the minute in `put_running_session`
    if not moment.live or bars.last_session > moment.session:
        bars = bars.upto(moment.session)
    elsewhere = bars.timezone != str(sessions.NEW_YORK)
    if bars.last_session != moment.session and not elsewhere and not request.may_end:
        raise NotAvailable(
            f"{request.symbol}: no bar of {moment.session} (its newest is of {bars.last_session})."
        )
    return bars


def put_running_session(
    found: dict[str, dict[str, Any]],
    absent: dict[tuple[str, str], HoldlineError],
    moment: Moment,
) -> None:
    """Put the session's bar so far, made of minutes, in the place of its daily bar."""
    for symbol, bars in list(found["bars"].items()):
        if bars.timezone == str(sessions.NEW_YORK) and bars.last_session < moment.session:
            continue  # a listing that ended
        try:
            missing = absent.get(("minutes", symbol))
            if missing is not None:
                raise missing
            found["bars"][symbol] = bars_at(bars, found["minutes"][symbol], moment.time)
        except HoldlineError as error:
            del found["bars"][symbol]
            absent["bars", symbol] = error


def last_call_session(moment: Moment) -> dt.date:
    """The last session whose calls may be seen: before the open, already today's."""
    today = moment.time.astimezone(sessions.NEW_YORK).date()
    return max(moment.session, today) if moment.live else moment.session


def call_as_of(call: LevelCall, moment: Moment) -> LevelCall:
    """The call without its score when its session had not closed by the moment."""
    if call.scored_at is None or sessions.session_close(call.session) <= moment.time:
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
