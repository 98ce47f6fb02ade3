"""What alerts ask of the past: closes of levels, bars and minutes of sessions, splits."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analytics.alerts.level_close import LevelClose
from analytics.alerts.question import reading_of
from analytics.alerts.rule import SentimentReading
from analytics.desk.desk import Desk
from analytics.desk.proof_of_close import has_closed
from analytics.model.level_calls import LevelCall
from analytics.model.levels import LevelId
from analytics.model.listing_calendars import calendar_of, close_of
from analytics.model.live import LiveQuote
from analytics.model.question import Needs, Symbol
from analytics.model.quotation import Quotation
from analytics.model.vocabulary import Bars, DailyFigures, MinuteBars
from analytics.runtime.alerts.named_levels import CROSSED, NamedLevels
from analytics.studies.sentiment.index import SENTIMENT, SentimentParameters
from analytics.watch.live_lines import evaluate, live_quote, with_named
from analytics.watch.reconstruction import reconstruct
from analytics.watch.session_baseline import SessionBaseline, baseline_of, price_only_baseline

DECIDED = "alert-closes"
"""Under this name the store knows whose sessions' closes were told."""
MOST_SESSIONS = 60
"""Closes further back are not told any more: a quarter of a year."""
_DEFINITION = 1


@dataclass(frozen=True)
class SessionClose:
    """A session of a symbol that is over.

    Attributes:
        line: the session's bar, as the feed would write it.
        levels: what its close made of the levels called before it, and of those asked for.
    """

    symbol: str
    session: dt.date
    closed_at: dt.datetime
    line: LiveQuote
    levels: tuple[LevelClose, ...]


@dataclass(frozen=True)
class Split:
    """Shares split ``ratio``:1, effective on a session; under 1 shares were put together."""

    session: dt.date
    ratio: float


class History(Protocol):
    """The past as alerts ask for it; methods raise `HoldlineError` where it cannot be had."""

    def now(self) -> dt.datetime:
        """The source's clock, UTC."""

    def closed(self, symbol: str, since: dt.datetime) -> tuple[dt.date, ...]:
        """The symbol's sessions that have closed and settled since ``since``, oldest first."""

    def named(
        self, symbol: str, session: dt.date, levels: Iterable[LevelId]
    ) -> SessionBaseline | None:
        """A session's baseline with these levels alone; None where nothing is known before it."""

    def close(
        self, symbol: str, session: dt.date, levels: Collection[LevelId] = ()
    ) -> SessionClose | None:
        """A session's close; None while the call ledger, or its bar, does not have it yet.

        Args:
            levels: asked for beyond those of the ledger.
        """

    def minutes(self, symbol: str, session: dt.date) -> MinuteBars | None:
        """The one-minute bars of a session, where there are any."""

    def sentiment(self, session: dt.date) -> SentimentReading | None:
        """The sentiment index at the close of a session."""

    def splits(self, symbol: str, since: dt.date) -> tuple[Split, ...]:
        """The splits effective after the day ``since``, oldest first."""

    def decided(self, symbol: str) -> frozenset[dt.date]:
        """The sessions whose close was told already, by whatever process."""

    def decide(self, symbol: str, sessions: Iterable[dt.date]) -> None:
        """Remember that the close of these sessions was told."""


class DeskHistory:
    """The past as a desk and its archive have it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._named = NamedLevels(desk)

    def now(self) -> dt.datetime:
        """See `History`."""
        return self._desk.source.now()

    def closed(self, symbol: str, since: dt.datetime) -> tuple[dt.date, ...]:
        """See `History`."""
        listing = calendar_of(symbol)
        now = self.now()
        session, settles = listing.current_session(now), self._desk.archive.settles_after
        found: list[dt.date] = []
        for _ in range(MOST_SESSIONS):
            closes = close_of(symbol, session)
            if closes <= since:
                break
            if now >= closes + settles:
                found.append(session)
            session = listing.previous_session(session)
        return tuple(reversed(found))

    def named(
        self, symbol: str, session: dt.date, levels: Iterable[LevelId]
    ) -> SessionBaseline | None:
        """See `History`."""
        return self._named.baseline(symbol, session, levels)

    def close(
        self, symbol: str, session: dt.date, levels: Collection[LevelId] = ()
    ) -> SessionClose | None:
        """See `History`."""
        calls = self._desk.archive.calls(session, symbol, since=session)
        if any(call.scored_at is None for call in calls):
            return None
        bars = self._desk.inputs(Needs(bars=(Symbol(symbol),)), session).bars.get(symbol)
        if bars is None or bars.last_session != session or not bars.last_complete:
            return None
        if not has_closed(self._desk, bars, session):
            return None
        if not calls:
            calls = tuple(call for call in reconstruct(bars, 1) if call.session == session)
        line = _line(bars, session)
        if line is None:
            return None
        named = self.named(symbol, session, levels) if levels else None
        asked = () if named is None else self._named.scored(named, bars)
        crossed = {} if named is None else self._named.crossings(named, asked)
        crossed = {call.level: self._logged(call) for call in calls} | dict(crossed)
        closed_at = close_of(symbol, session)
        found = tuple(
            _level(call, closed_at, bars.quotation, crossed.get(call.level, ()))
            for call in (*calls, *asked)
            if call.close
        )
        line = line if named is None else with_named(line, named)
        return SessionClose(symbol, session, closed_at, line, found)

    def _logged(self, call: LevelCall) -> tuple[dt.datetime, ...]:
        """When the day's log has the level of a call crossed."""
        return tuple(
            event.at
            for event in self._desk.archive.events(call.session, call.symbol)
            if event.level == call.level and event.kind in CROSSED
        )

    def minutes(self, symbol: str, session: dt.date) -> MinuteBars | None:
        """See `History`."""
        if not self._desk.source.capabilities.minutes:
            return None
        wanted = (Symbol(symbol),)
        running = calendar_of(symbol).current_session(self.now()) == session
        as_of = None if running else session
        got = self._desk.inputs(Needs(bars=wanted, minutes=wanted), as_of).minutes.get(symbol)
        return got if got is not None and got.session == session else None

    def sentiment(self, session: dt.date) -> SentimentReading | None:
        """See `History`."""
        answer = self._desk.ask(SENTIMENT, SentimentParameters(), session)
        if answer.result is None or answer.result.session != session:
            return None
        reading = reading_of(answer.result, answer.as_of)
        return reading if reading is not None and reading.final else None

    def splits(self, symbol: str, since: dt.date) -> tuple[Split, ...]:
        """See `History`."""
        bars = self._desk.inputs(Needs(bars=(Symbol(symbol),))).bars.get(symbol)
        if bars is None:
            return ()
        later = (bars.splits != 1.0) & (bars.sessions > np.datetime64(since, "D"))
        days = bars.sessions[later].astype("datetime64[D]").tolist()
        ratios = bars.splits[later].tolist()
        return tuple(Split(day, ratio) for day, ratio in zip(days, ratios, strict=True))

    def decided(self, symbol: str) -> frozenset[dt.date]:
        """See `History`."""
        upto = self.now().date() + dt.timedelta(days=2)
        return frozenset(row.session for row in self._desk.archive.figures(DECIDED, symbol, upto))

    def decide(self, symbol: str, sessions: Iterable[dt.date]) -> None:
        """See `History`."""
        for session in sessions:
            row = DailyFigures(symbol, session, True, self.now(), _DEFINITION, {})
            self._desk.archive.keep(DECIDED, row)


def _level(
    call: LevelCall,
    closed_at: dt.datetime,
    quotation: Quotation,
    crossings: tuple[dt.datetime, ...],
) -> LevelClose:
    assert call.status is not None
    assert call.close is not None
    return LevelClose(
        symbol=call.symbol,
        level=call.level,
        session=call.session,
        price=call.price,
        status=call.status,
        close=call.close,
        low=call.low,
        closed_at=closed_at,
        quotation=quotation,
        crossings=crossings,
    )


def _line(bars: Bars, session: dt.date) -> LiveQuote | None:
    """The session's bar as a final quote."""
    baseline = baseline_of(bars, session) or price_only_baseline(bars, session)
    if baseline is None or baseline.bar is None or not math.isfinite(baseline.bar.price):
        return None
    return live_quote(evaluate(baseline, baseline.bar, True))
