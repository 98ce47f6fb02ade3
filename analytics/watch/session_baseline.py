"""What stays fixed all session long, so that one more price costs microseconds.

A moving average with one price still open needs only the sum of the closes before it: the
baseline holds these sums, the levels known before the open, and the bar so far.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.indicators.series import DMA_SESSIONS, average_true_range, latest_dma
from analytics.model import sessions
from analytics.model.levels import LevelId, dma
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Bars, Floats, Moment, Phase, Quote


@dataclass(frozen=True, slots=True)
class RunningAverage:
    """An N-DMA whose last price is still moving.

    Attributes:
        session_level: the N-DMA through the previous session; None on a first day.
        anchor, rest: the oldest close of the window, and the sum of the window's completed
            closes as offsets from it (as `indicators.latest_dma` sums).
    """

    sessions: int
    session_level: float | None
    anchor: float
    rest: float

    @property
    def id(self) -> LevelId:
        """Which level of the ladder it is."""
        return dma(self.sessions)

    def through(self, price: float) -> float:
        """The N-DMA with ``price`` as the session's close so far."""
        return self.anchor + (self.rest + (price - self.anchor)) / self.sessions


@dataclass(frozen=True, slots=True)
class SessionBaseline:
    """One symbol's session, before its next price.

    Attributes:
        session: the session its prices belong to.
        previous_close: the close before that session.
        atr_before: ATR14 through the session before.
        bar: the session's bar so far as a quote, or None before its first price.
        complete: ``bar`` is that of the finished session: later prices do not count.
    """

    symbol: str
    session: dt.date
    previous_close: float
    atr_before: float | None
    averages: tuple[RunningAverage, ...]
    bar: Quote | None = None
    complete: bool = False


@dataclass(frozen=True)
class SessionBaselinesParameters:
    """The symbols followed."""

    symbols: tuple[Symbol, ...]


@dataclass(frozen=True)
class SessionBaselines:
    """A baseline a symbol; ``missing``: symbol -> why it cannot be followed."""

    baselines: tuple[SessionBaseline, ...]
    missing: Mapping[str, str]


def trading_session(moment: Moment) -> dt.date:
    """The session that prices of now belong to: before the open already today's."""
    if moment.phase is Phase.PRE:
        return moment.time.astimezone(sessions.NEW_YORK).date()
    return sessions.current_session(moment.time)


def baseline_of(bars: Bars, session: dt.date) -> SessionBaseline | None:
    """The baseline of ``session``, or None without a close before it."""
    done = int(np.searchsorted(bars.sessions, np.datetime64(session, "D")))
    if done == 0:
        return None
    close = bars.close[:done]
    running = done < len(bars)
    return SessionBaseline(
        symbol=bars.symbol,
        session=session,
        previous_close=float(close[-1]),
        atr_before=average_true_range(bars.high[:done], bars.low[:done], close),
        averages=tuple(
            average for n in DMA_SESSIONS if (average := _running(close, n)) is not None
        ),
        bar=_bar(bars, session) if running else None,
        complete=running and bars.last_complete,
    )


def _running(close: Floats, n: int) -> RunningAverage | None:
    if len(close) < n - 1:
        return None
    window = close[len(close) - (n - 1) :]
    return RunningAverage(
        sessions=n,
        session_level=latest_dma(close, n),
        anchor=float(window[0]),
        rest=float(np.sum(window - window[0])),
    )


def _bar(bars: Bars, session: dt.date) -> Quote:
    def told(values: Floats) -> float | None:
        value = float(values[-1])
        return value if math.isfinite(value) else None

    return Quote(
        symbol=bars.symbol,
        price=float(bars.close[-1]),
        time=bars.last_time
        or (
            sessions.session_close(session)
            if bars.last_complete
            else sessions.session_open(session)
        ),
        open=told(bars.open),
        high=told(bars.high),
        low=told(bars.low),
        volume=told(bars.volume),
    )


def _needs(parameters: SessionBaselinesParameters, moment: Moment) -> Needs:
    return Needs(bars=parameters.symbols)


def _compute(parameters: SessionBaselinesParameters, inputs: Inputs) -> SessionBaselines:
    session = trading_session(inputs.moment)
    found, missing = [], dict(inputs.missing_bars(parameters.symbols))
    for symbol in parameters.symbols:
        if symbol not in inputs.bars:
            continue
        baseline = baseline_of(inputs.bars[symbol], session)
        if baseline is None:
            missing[symbol] = f"{symbol} has no close before {session}."
        else:
            found.append(baseline)
    return SessionBaselines(tuple(found), missing)


SESSION_BASELINES = Question(
    name="session-baselines",
    about="what the live feed holds each new price against",
    parameters=SessionBaselinesParameters,
    result=SessionBaselines,
    needs=_needs,
    compute=_compute,
)
