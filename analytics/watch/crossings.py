"""Crossings of levels, distinguished from noise: the lines of the day's log.

A level L is fixed all day. The day begins on the side of the previous close. The first price
of the session on the other side is written at once ("opened under", "opened over"). After it a
crossing is written when the price has gone `NOISE_ATR` of the day-before's ATR14 beyond L, or
has stayed beyond L for `STAYS`; the line has the time and the price of the first print across,
not of the proof. A visit to L from above that ends without such proof is a "touch", with its
lowest price; the next touch counts only after the price has been `AWAY_ATR` above L, or the
level was broken and reclaimed. Knocks from below that fail are not written. What is still
unproven at the close is decided by the close. Without an ATR only `STAYS` proves a crossing
and a level is touched once.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from analytics.model.level_calls import OVER_AFTER, UNDER_AFTER, Happening, LevelCall, LevelEvent
from analytics.model.status import NEAR_ATR
from analytics.model.vocabulary import MinuteBars, Quote

NOISE_ATR = 0.05
STAYS = dt.timedelta(seconds=60)
AWAY_ATR = NEAR_ATR

_MICRO = dt.timedelta(microseconds=1)
_ORDER = tuple(_MICRO * i for i in range(4))


class Print(NamedTuple):
    """A price and its UTC time."""

    at: dt.datetime
    price: float


@dataclass(frozen=True, slots=True)
class LevelState:
    """Where a level's day stands.

    Attributes:
        noise, away: price units.
        under: the side that is written.
        begun: a price of the session has been seen.
        armed: a touch may be written.
        across: the first print of a visit to or across the level that is not decided yet.
        lowest: of that visit.
    """

    level: float
    noise: float
    away: float
    under: bool
    begun: bool = False
    armed: bool = True
    across: Print | None = None
    lowest: float = math.inf


LogEntry = tuple[Happening, Print]


def begin(call: LevelCall, atr: float | None, written: Iterable[LevelEvent] = ()) -> LevelState:
    """Where the level of a call stands after the lines that are written already.

    Args:
        call: with ``watched_until`` when the log was begun.
        atr: ATR14 through the session before, or None.
        written: the level's lines so far, oldest first.
    """
    state = LevelState(
        level=call.price,
        noise=NOISE_ATR * atr if atr else math.inf,
        away=AWAY_ATR * atr if atr else math.inf,
        under=call.previous_close < call.price,
        begun=call.watched_until is not None,
    )
    for line in written:
        under = state.under
        if line.kind in UNDER_AFTER or line.kind in OVER_AFTER:
            under = line.kind in UNDER_AFTER
        elif line.kind is Happening.RESUMED:
            under = line.price < call.price
        armed = line.kind not in (Happening.TOUCHED, Happening.RECLAIMED)
        state = replace(state, under=under, begun=True, armed=armed)
    return state


def step(state: LevelState, seen: Print) -> tuple[LevelState, tuple[LogEntry, ...]]:
    """One price further: the new state, and the lines to write."""
    if not state.begun:
        return _open(state, seen)
    return _from_below(state, seen) if state.under else _from_above(state, seen)


def resume(state: LevelState, seen: Print) -> tuple[LevelState, tuple[LogEntry, ...]]:
    """Go on after a time that nobody watched: the side is that of the price."""
    fresh = replace(state, under=seen.price < state.level, begun=True, across=None)
    return fresh, ((Happening.RESUMED, seen),)


def close(state: LevelState, last: Print) -> tuple[LevelState, tuple[LogEntry, ...]]:
    """Decide what is open by the close."""
    first = state.across
    done = replace(state, across=None, lowest=math.inf)
    if first is None:
        return done, ()
    if state.under:
        over = last.price >= state.level
        return replace(done, under=not over), ((Happening.RECLAIMED, first),) if over else ()
    if last.price < state.level:
        return replace(done, under=True), ((Happening.BROKE, first),)
    return done, _touch(state)


def _open(state: LevelState, seen: Print) -> tuple[LevelState, tuple[LogEntry, ...]]:
    under = seen.price < state.level
    begun = replace(state, begun=True)
    if under == state.under:
        return step(begun, seen)
    kind = Happening.OPENED_UNDER if under else Happening.OPENED_OVER
    return replace(begun, under=under), ((kind, seen),)


def _from_above(state: LevelState, seen: Print) -> tuple[LevelState, tuple[LogEntry, ...]]:
    level, first = state.level, state.across
    if seen.price > level:
        armed = state.armed or seen.price >= level + state.away
        if first is None:  # nearly every print: nothing new, and nothing made
            return state if armed == state.armed else replace(state, armed=armed), ()
        lines = _touch(state)
        armed = (state.armed and not lines) or seen.price >= level + state.away
        return replace(state, across=None, lowest=math.inf, armed=armed), lines
    if first is None or (first.price >= level and seen.price < level):
        first = seen  # being at the level is not yet being under it
    visit = replace(state, across=first, lowest=min(state.lowest, seen.price))
    proven = seen.price <= level - state.noise or seen.at - first.at >= STAYS
    if seen.price < level and proven:
        done = replace(visit, under=True, across=None, lowest=math.inf, armed=True)
        return done, ((Happening.BROKE, first),)
    return visit, ()


def _from_below(state: LevelState, seen: Print) -> tuple[LevelState, tuple[LogEntry, ...]]:
    if seen.price < state.level:
        return state if state.across is None else replace(state, across=None), ()
    first = state.across or seen
    if seen.price >= state.level + state.noise or seen.at - first.at >= STAYS:
        armed = seen.price >= state.level + state.away
        done = replace(state, under=False, across=None, lowest=math.inf, armed=armed)
        return done, ((Happening.RECLAIMED, first),)
    return replace(state, across=first), ()


def _touch(state: LevelState) -> tuple[LogEntry, ...]:
    if not state.armed or state.across is None:
        return ()
    return ((Happening.TOUCHED, Print(state.across.at, state.lowest)),)


def prints_of_quote(quote: Quote, before: Quote | None) -> Iterator[Print]:
    """The prices of a quote, in the order taken: a new low, a new high, then its own price.

    Between two looks the price may have been further down than both: the session's low says so.
    """
    times = (quote.time + after for after in _ORDER)
    if before is None and quote.open is not None:
        yield Print(next(times), quote.open)
    low, high = quote.low, quote.high
    if low is not None and low < quote.price and (before is None or _beyond(low, before.low, -1)):
        yield Print(next(times), low)
    if high is not None and high > quote.price and (before is None or _beyond(high, before.high)):
        yield Print(next(times), high)
    yield Print(next(times), quote.price)


def _beyond(value: float, known: float | None, sign: int = 1) -> bool:
    return known is None or (value - known) * sign > 0


def prints_of_minutes(minutes: MinuteBars, since: dt.datetime | None = None) -> Iterator[Print]:
    """The prices of minute bars, each at its minute, in the usual order of a bar's four.

    A bar that closed up is taken to have gone open, low, high, close; any other open, high,
    low, close. Their times differ by microseconds alone, which keeps their order.

    Args:
        since: leave out the minutes that begin before it.
    """
    rose = minutes.close > minutes.open
    prices = np.column_stack(
        (
            minutes.open,
            np.where(rose, minutes.low, minutes.high),
            np.where(rose, minutes.high, minutes.low),
            minutes.close,
        )
    )
    first = 0 if since is None else int(np.searchsorted(minutes.times, _naive(since)))
    for start, four in zip(minutes.times[first:].tolist(), prices[first:].tolist(), strict=True):
        at = start.replace(tzinfo=dt.UTC)
        for after, price in zip(_ORDER, four, strict=True):
            if math.isfinite(price):
                yield Print(at + after, price)


def _naive(time: dt.datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(dt.UTC).replace(tzinfo=None), "us")


def events_of(
    call: LevelCall, atr: float | None, prints: Iterable[Print], *, final: bool
) -> tuple[LevelEvent, ...]:
    """The log of one level over a whole session's prices.

    Args:
        final: the last price is the close.
    """
    state, last = begin(call, atr), None
    lines: list[LogEntry] = []
    for last in prints:
        state, new = step(state, last)
        lines += new
    if final and last is not None:
        lines += close(state, last)[1]
    return tuple(event_of(call, line) for line in lines)


def event_of(call: LevelCall, line: LogEntry) -> LevelEvent:
    """A line under the call's names."""
    kind, seen = line
    return LevelEvent(call.symbol, call.level, call.session, seen.at, kind, seen.price, call.price)
