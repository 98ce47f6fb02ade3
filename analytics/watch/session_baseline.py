"""Session baseline: what stays fixed all session long, so that a price costs microseconds.

A moving average with one price still open needs only the sum of the closes before it: the
baseline holds these sums, the levels known before the open, and the bar so far.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analytics.indicators.series import DMA_SESSIONS, average_true_range, latest_dma
from analytics.model import sessions
from analytics.model.bars import no_bar_of
from analytics.model.calendars import NYSE, SETTLED_APART, ListingCalendar, calendar_named
from analytics.model.levels import LevelId, dma
from analytics.model.plausibility import is_far, is_same_close
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.vocabulary import Bars, Floats, Moment, Phase, Quote
from analytics.watch.named_levels import NamedLevel, named_levels, needs_of


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
        calendar: code of the listing's trading calendar, whose session it is.
        ex_dividend_close: ``previous_close`` less the dividend that goes off on the session; None
            where no dividend is known.
        withheld: why nothing may be held against ``previous_close``, which is then that of an
            older session and serves to tell a false price alone; None where it may.
        quotation: how its prices are written.
        named: further levels that were asked for, as known before the session.
        named_next: the same for the next session, once this one is ``complete``.
    """

    symbol: str
    session: dt.date
    previous_close: float
    atr_before: float | None
    averages: tuple[RunningAverage, ...]
    bar: Quote | None = None
    complete: bool = False
    calendar: str = NYSE
    ex_dividend_close: float | None = None
    withheld: str | None = None
    quotation: Quotation = DOLLARS
    named: tuple[NamedLevel, ...] = ()
    named_next: tuple[NamedLevel, ...] = ()

    @property
    def listing(self) -> ListingCalendar:
        """The trading calendar of the listing."""
        return calendar_named(self.calendar)

    def is_previous_close(self, stated: float) -> bool:
        """Whether a close that quotes state is the one before the session.

        See methods, "Quotes against bars".

        A market whose stated close is of another hour than its bars (a currency's, a future's
        settlement) never states the same one: there only what no day's move explains differs.
        """
        if self.withheld is not None:
            return False
        if self.calendar in SETTLED_APART:
            return not is_far(stated, self.previous_close, self.atr_before)
        return is_same_close(stated, self.previous_close) or (
            self.ex_dividend_close is not None and is_same_close(stated, self.ex_dividend_close)
        )

    def has(self, time: dt.datetime) -> bool:
        """Whether a price of ``time`` belongs to the session; before its open of the same day."""
        listing = self.listing
        if listing.open(self.session).astimezone(listing.zone).date() == self.session:
            return time.astimezone(listing.zone).date() == self.session
        return listing.current_session(time) == self.session


@dataclass(frozen=True)
class SessionBaselinesParameters:
    """The symbols followed; ``levels`` of each of them are wanted besides the averages."""

    symbols: tuple[Symbol, ...]
    levels: tuple[LevelId, ...] = ()


@dataclass(frozen=True)
class SessionBaselines:
    """A baseline a symbol.

    Attributes:
        missing: symbol -> why nothing can be held against its bars.
        price_only: of those whose prices can be shown all the same.
    """

    baselines: tuple[SessionBaseline, ...]
    missing: Mapping[str, str]
    price_only: tuple[SessionBaseline, ...] = ()


def trading_session(moment: Moment) -> dt.date:
    """The session that prices of now belong to: before the open already today's."""
    if moment.phase is Phase.PRE:
        return moment.time.astimezone(sessions.NEW_YORK).date()
    return sessions.current_session(moment.time)


def listing_session(bars: Bars, moment: Moment) -> dt.date:
    """The session that a listing's prices of now belong to, by its own calendar."""
    if bars.calendar == NYSE:
        return trading_session(moment)
    return bars.listing.current_session(moment.time)


def no_baseline(bars: Bars, session: dt.date) -> str | None:
    """Why nothing of ``session`` can be compared with the bars, as part of a sentence; else None.

    The calendar's previous session has no bar, or its prices are on another basis.
    """
    done = int(np.searchsorted(bars.sessions, np.datetime64(session, "D")))
    if done == 0:
        return f"no close before {session}"
    before = bars.listing.previous_session(session)
    gap = bars.listing.without_bar(bars.sessions[done - 1 : done], upto=before)
    if gap.size:
        return no_bar_of(gap)
    changed = [change.reason for change in bars.basis_changes if change.session == session]
    return changed[0] if changed else None


def baseline_of(bars: Bars, session: dt.date) -> SessionBaseline | None:
    """The baseline of ``session``; None where `no_baseline` says why there is none."""
    if no_baseline(bars, session) is not None:
        return None
    return _baseline(bars, session)


def price_only_baseline(bars: Bars, session: dt.date) -> SessionBaseline | None:
    """What tells a false price where there is no baseline; None without any earlier bar."""
    why = no_baseline(bars, session)
    if why is None or bars.sessions[0] >= np.datetime64(session, "D"):
        return None
    return replace(_baseline(bars, session), averages=(), withheld=why)


def _baseline(bars: Bars, session: dt.date) -> SessionBaseline:
    done = int(np.searchsorted(bars.sessions, np.datetime64(session, "D")))
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
        calendar=bars.calendar,
        ex_dividend_close=ex_dividend_close(bars, done),
        quotation=bars.quotation,
    )


def ex_dividend_close(bars: Bars, done: int) -> float | None:
    """The close before position ``done`` less what the adjusted closes take off it."""
    if bars.adj_close is None:
        return None
    factor = bars.adj_close / bars.close
    now = factor[done] if done < len(bars) else 1.0
    return float(bars.close[done - 1] * factor[done - 1] / now)


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
    def finite(values: Floats) -> float | None:
        value = float(values[-1])
        return value if math.isfinite(value) else None

    return Quote(
        symbol=bars.symbol,
        price=float(bars.close[-1]),
        time=bars.last_time
        or (bars.listing.close(session) if bars.last_complete else bars.listing.open(session)),
        open=finite(bars.open),
        high=finite(bars.high),
        low=finite(bars.low),
        volume=finite(bars.volume),
    )


def _needs(parameters: SessionBaselinesParameters, moment: Moment) -> Needs:
    return needs_of(parameters.symbols, parameters.levels)


def _compute(parameters: SessionBaselinesParameters, inputs: Inputs) -> SessionBaselines:
    found, price_only = [], []
    missing = dict(inputs.missing_bars(parameters.symbols))
    for symbol in parameters.symbols:
        if symbol not in inputs.bars:
            continue
        bars = inputs.bars[symbol]
        session = listing_session(bars, inputs.moment)
        baseline = baseline_of(bars, session)
        if baseline is None:
            missing[symbol] = f"{symbol}: {no_baseline(bars, session)}."
            alone = price_only_baseline(bars, session)
            price_only += [alone] if alone is not None else []
        else:
            found.append(_with_named(baseline, bars, parameters.levels, inputs))
    return SessionBaselines(tuple(found), missing, tuple(price_only))


def _with_named(
    baseline: SessionBaseline, bars: Bars, levels: tuple[LevelId, ...], inputs: Inputs
) -> SessionBaseline:
    named = named_levels(bars, baseline.session, levels, inputs)
    if not baseline.complete:
        return replace(baseline, named=named)
    following = bars.listing.next_session(baseline.session)
    return replace(baseline, named=named, named_next=named_levels(bars, following, levels, inputs))


SESSION_BASELINES = Question(
    name="session-baselines",
    about="what the live feed holds each new price against",
    parameters=SessionBaselinesParameters,
    result=SessionBaselines,
    needs=_needs,
    compute=_compute,
)
