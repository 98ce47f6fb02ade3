"""The day's log of one symbol: when each level was touched, lost or regained, and at what price."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache

from analytics.model.level_calls import Happening, LevelCall, LevelEvent
from analytics.model.levels import LevelId
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.status import Status, is_gap_down, status_after_close, status_in_session
from analytics.model.vocabulary import Bars, MinuteBars, Moment
from analytics.watch.crossings import events_of, prints_of_minutes
from analytics.watch.mending import mended
from analytics.watch.scoring import calls_of, restated
from analytics.watch.session_baseline import SessionBaseline, baseline_of

BEHIND = dt.timedelta(minutes=5)
WATCHED = "watched"
MINUTES = "minutes"
_LOGS = 64
"""Symbols whose log from minutes is made once a minute."""


@dataclass(frozen=True)
class LevelLogParameters:
    """Whose day."""

    symbol: Symbol


@dataclass(frozen=True)
class LogLine:
    """One line.

    Attributes:
        at: UTC; to the minute where the log is from minute bars.
        level: as printed; ``level_id``: which level it is.
        happening: see `analytics.watch.crossings`.
        price: the first price across, of a touch the lowest.
        level_price: the level known before the open.
    """

    at: dt.datetime
    level: str
    happening: Happening
    price: float
    level_price: float
    level_id: LevelId


@dataclass(frozen=True)
class DayLevel:
    """A level of the session and where the price stands at it.

    Attributes:
        status: provisional until the close.
        touched: the day's range, from the close before on, reaches it. Its line in the log may
            be lacking: the day was not watched from its beginning, or a visit is not decided.
    """

    name: str
    price: float
    status: Status
    gap_down: bool | None
    id: LevelId
    touched: bool = False


@dataclass(frozen=True)
class LevelLog:
    """A session's log, oldest line first.

    Attributes:
        final: the session is over.
        price: the last price, or the close.
        basis: "watched" as prices came in, "minutes" from one-minute bars; None without either.
        missing: why there is no log, in one sentence; None when there is one.
        times, prices: each minute's start (UTC) and last price, where there are minutes.
        watched_until: UTC; the newest price the log has seen, where that is a while ago.
    """

    symbol: str
    session: dt.date
    final: bool
    price: float
    previous_close: float | None
    lines: tuple[LogLine, ...]
    levels: tuple[DayLevel, ...]
    basis: str | None
    missing: str | None
    times: tuple[dt.datetime, ...]
    prices: tuple[float, ...]
    quotation: Quotation = DOLLARS
    watched_until: dt.datetime | None = None


def _needs(parameters: LevelLogParameters, moment: Moment) -> Needs:
    symbol = (parameters.symbol,)
    return Needs(bars=symbol, minutes=symbol, calls=symbol, log=symbol)


def _compute(parameters: LevelLogParameters, inputs: Inputs) -> LevelLog:
    bars = inputs.require_bars(parameters.symbol)
    session = inputs.moment.session
    calls = tuple(call for call in inputs.calls if call.session == session)
    baseline = baseline_of(bars, session)
    minutes = inputs.minutes.get(parameters.symbol)
    written, kind = inputs.log.get(parameters.symbol, ()), WATCHED
    if not any(call.watched_until for call in calls):
        # at the open, not now: calls that say the same are then equal, and `_events` is asked once
        calls = calls_of(baseline, baseline.listing.open(session)) if baseline is not None else ()
        written, kind = _from_minutes(calls, baseline, minutes, inputs.moment), MINUTES
    elif baseline is not None:
        calls = tuple(call for one in calls if (call := restated(one, baseline)) is not None)
        over = inputs.moment.time >= baseline.listing.close(session)
        if minutes is not None and over:
            mend = mended(calls, written, minutes, baseline)
            written = written if mend is None else mend
    known = kind == WATCHED or minutes is not None
    return LevelLog(
        symbol=bars.symbol,
        session=session,
        final=bars.last_complete,
        price=float(bars.close[-1]),
        previous_close=baseline.previous_close if baseline else None,
        lines=tuple(
            LogLine(
                e.at.replace(microsecond=0), e.level.name, e.kind, e.price, e.level_price, e.level
            )
            for e in written
        ),
        levels=_levels(calls, bars, baseline),
        basis=kind if known else None,
        missing=None if known else inputs.missing_minutes(parameters.symbol),
        times=_times(minutes),
        prices=tuple(minutes.close.tolist()) if minutes is not None else (),
        quotation=bars.quotation,
        watched_until=_behind(calls, baseline, inputs.moment) if kind == WATCHED else None,
    )


def _behind(
    calls: tuple[LevelCall, ...], basis: SessionBaseline | None, moment: Moment
) -> dt.datetime | None:
    """How far a log has come that is not at the present price, or at the close."""
    until = max((call.watched_until for call in calls if call.watched_until), default=None)
    if until is None:
        return None
    closes = basis.listing.close(basis.session) if basis is not None else moment.time
    return until if min(moment.time, closes) - until > BEHIND else None


@dataclass(frozen=True)
class _Minutes:
    """What a log from minutes is made of: equal where the log is.

    Attributes:
        atr: ATR14 through the session before, or None.
        final: the session is over.
        content: of ``minutes``, whose object is another at every question.
    """

    calls: tuple[LevelCall, ...]
    atr: float | None
    final: bool
    content: bytes
    minutes: MinuteBars = field(compare=False)


def _from_minutes(
    calls: tuple[LevelCall, ...],
    baseline: SessionBaseline | None,
    minutes: MinuteBars | None,
    moment: Moment,
) -> tuple[LevelEvent, ...]:
    if minutes is None or baseline is None:
        return ()
    final = moment.time >= baseline.listing.close(moment.session)
    series = (minutes.times, minutes.open, minutes.high, minutes.low, minutes.close)
    content = b"".join(values.tobytes() for values in series)
    return _events(_Minutes(calls, baseline.atr_before, final, content, minutes))


@lru_cache(_LOGS)
def _events(day: _Minutes) -> tuple[LevelEvent, ...]:
    """The log by the minutes that have ended: a tick within the next one changes nothing."""
    prints = tuple(prints_of_minutes(day.minutes))
    events = [
        event for call in day.calls for event in events_of(call, day.atr, prints, final=day.final)
    ]
    return tuple(sorted(events, key=lambda event: (event.at, event.level.name)))


def _levels(
    calls: tuple[LevelCall, ...], bars: Bars, baseline: SessionBaseline | None
) -> tuple[DayLevel, ...]:
    price, low, high = float(bars.close[-1]), float(bars.low[-1]), float(bars.high[-1])
    atr = baseline.atr_before if baseline else None
    levels = []
    for call in sorted(calls, key=lambda call: -call.price):
        before = call.previous_close
        status = (
            status_after_close(call.price, price, before, low)
            if bars.last_complete
            else status_in_session(call.price, price, before, low, atr)
        )
        gap_down = is_gap_down(call.price, float(bars.open[-1]), before)
        touched = low <= call.price <= max(high, before)
        levels.append(DayLevel(call.level.name, call.price, status, gap_down, call.level, touched))
    return tuple(levels)


def _times(minutes: MinuteBars | None) -> tuple[dt.datetime, ...]:
    if minutes is None:
        return ()
    return tuple(time.replace(tzinfo=dt.UTC) for time in minutes.times.tolist())


LEVEL_LOG = Question(
    name="level-log",
    about="the day's log of one symbol: when each moving average was touched, lost or regained",
    parameters=LevelLogParameters,
    result=LevelLog,
    needs=_needs,
    compute=_compute,
)
