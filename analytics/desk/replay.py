"""A session of the past, minute by minute: its bar so far, and the steps from moment to moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from analytics.model import sessions
from analytics.model.plausibility import AGREE_SHARE
from analytics.model.vocabulary import BadInput, Bars, Floats, MinuteBars, NotAvailable

MINUTE = dt.timedelta(minutes=1)

StepUnit = Literal["minutes", "sessions"]
LONGEST_STEP = 390


def bars_at(bars: Bars, minutes: MinuteBars, time: dt.datetime) -> Bars:
    """The daily bars as seen at one minute: the session's own bar holds no later price.

    Only minutes that had ended by ``time`` count, so that a bar of 10:00 is made of the prices
    before 10:00:00. A split of the session itself has happened, later ones have not.

    Args:
        bars: daily bars, which may go on beyond the session.
        minutes: of that session, as `minutes_as_of` gives them.

    Raises:
        NotAvailable: there is no earlier session, or no minute has ended yet.
    """
    day = np.datetime64(minutes.session, "D")
    seen, ended = bars.upto(minutes.session), minutes.upto(time)
    before = int(np.searchsorted(seen.sessions, day))
    if before == 0 or not len(ended):
        raise NotAvailable(f"{bars.symbol}: no price of {minutes.session} by this minute.")
    own = before < len(seen)
    close = float(ended.close[-1])
    row: dict[str, Any] = {
        "sessions": day,
        "open": float(ended.open[0]),
        "high": float(np.fmax.reduce(ended.high)),
        "low": float(np.fmin.reduce(ended.low)),
        "close": close,
        "volume": _total(ended.volume),
        "splits": float(seen.splits[before]) if own else 1.0,
    }
    adjusted = seen.adj_close
    if adjusted is not None:
        # what dividends of later dates take off is the same all day long
        factor = float(adjusted[before] / seen.close[before]) if own else 1.0
        adjusted = np.append(adjusted[:before], close * factor)
    grown: dict[str, Any] = {
        name: np.append(getattr(seen, name)[:before], value) for name, value in row.items()
    }
    ends = ended.times[-1].astype(dt.datetime).replace(tzinfo=dt.UTC) + MINUTE
    return replace(seen, **grown, adj_close=adjusted, last_time=ends, last_complete=False)


def contradiction(minutes: MinuteBars, bars: Bars) -> str | None:
    """Why one-minute bars cannot be of the session that the daily bars know, or None.

    Prices of the minutes lie in the range of the day's bar, but for `AGREE_SHARE`; of a running
    bar those count that had ended by its time.
    """
    day = bars.upto(minutes.session)
    if not len(day) or day.last_session != minutes.session:
        return None
    known = minutes if day.last_complete or day.last_time is None else minutes.upto(day.last_time)
    high, low = float(day.high[-1]), float(day.low[-1])
    if not len(known) or not high >= low:
        return None
    highest, lowest = float(np.nanmax(known.close)), float(np.nanmin(known.close))
    if highest <= high * (1.0 + AGREE_SHARE) and lowest >= low * (1.0 - AGREE_SHARE):
        return None
    return (
        f"the one-minute bars of {minutes.symbol} on {minutes.session} lie between {lowest:g} and "
        f"{highest:g}, its daily bar between {low:g} and {high:g}: they contradict each other."
    )


def minutes_as_of(minutes: MinuteBars, bars: Bars) -> MinuteBars:
    """The minutes as they were then: the splits after their session undone, as `Bars.upto` does.

    Args:
        bars: daily bars of the same basis, as far as they go.
    """
    n = int(np.searchsorted(bars.sessions, np.datetime64(minutes.session, "D"), side="right"))
    later = float(np.prod(bars.splits[n:]))
    if later == 1.0:
        return minutes
    prices = {name: getattr(minutes, name) * later for name in ("open", "high", "low", "close")}
    return replace(minutes, **prices, volume=minutes.volume / later)


def _total(volume: Floats) -> float:
    return float("nan") if np.isnan(volume).all() else float(np.nansum(volume))


def first_minute(session: dt.date) -> dt.datetime:
    """UTC; the first moment of a session with a price: its first minute has ended."""
    return sessions.session_open(session) + MINUTE


def step(
    as_of: dt.date,
    count: int,
    unit: StepUnit,
    latest: dt.datetime,
    has_minutes: Callable[[dt.date], bool],
) -> dt.date | None:
    """The moment some steps further on, or back.

    Minutes lead from a session's first price to its close, which is a date; from there to the
    next session's, if it has minutes, else to its close. Sessions lead from close to close.

    Args:
        as_of: a session's date (its close), or one minute of it.
        count: at most `LONGEST_STEP` either way, not 0.
        latest: UTC; the newest moment the source can be asked about.
        has_minutes: whether one-minute bars of a session can be had.

    Returns:
        A date for a close, an aware ``datetime`` for a minute; None beyond ``latest``.

    Raises:
        BadInput: a step of nothing, or too far at once.
    """
    if count == 0 or abs(count) > LONGEST_STEP:
        raise BadInput(f"A step goes 1 to {LONGEST_STEP} {unit} on or back.")
    within = isinstance(as_of, dt.datetime)
    day = as_of.astimezone(sessions.NEW_YORK).date() if isinstance(as_of, dt.datetime) else as_of
    session = sessions.session_on_or_before(day)
    if unit == "sessions":
        # from inside a session the first step on is to its own close
        offset = count - 1 if within and count > 0 else count
        to: dt.date = _offset(session, offset)
    else:
        to = _by_minutes(as_of if within else session, session, count, has_minutes)
    return to if moment_of(to) <= latest else None


def moment_of(as_of: dt.date) -> dt.datetime:
    """UTC time of a minute, or of a session's close."""
    if isinstance(as_of, dt.datetime):
        return as_of.astimezone(dt.UTC)
    return sessions.session_close(sessions.session_on_or_before(as_of))


def _offset(session: dt.date, count: int) -> dt.date:
    if count >= 0:
        return sessions.next_session(session, count) if count else session
    return sessions.previous_session(session, -count)


def _by_minutes(
    as_of: dt.date, session: dt.date, count: int, has_minutes: Callable[[dt.date], bool]
) -> dt.date:
    time = moment_of(as_of)
    opens, closes = first_minute(session), sessions.session_close(session)
    if count > 0 and time >= closes:
        following = sessions.next_session(session)
        return _minute(first_minute(following)) if has_minutes(following) else following
    if not has_minutes(session):
        return session if count > 0 else sessions.previous_session(session)
    to = _aligned(time, sessions.session_open(session), count)
    if to >= closes:
        return session
    if to < opens:
        return sessions.previous_session(session) if time <= opens else _minute(opens)
    return _minute(to)


def _aligned(time: dt.datetime, opened: dt.datetime, count: int) -> dt.datetime:
    """The next multiple of the step since the open, or the one before."""
    since, size = int((time - opened) / MINUTE), abs(count)
    steps = since // size + 1 if count > 0 else -(-since // size) - 1
    return opened + steps * size * MINUTE


def _minute(time: dt.datetime) -> dt.datetime:
    return time.astimezone(sessions.NEW_YORK)
