"""What is known of today's events of a scan: hold rate beside chance, lean, earnings, the cross."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import numpy as np
from cachetools import LRUCache

from analytics.indicators.multiple_tests import benjamini_hochberg
from analytics.model.access import Offer, Plan
from analytics.model.level_calls import Happening, LevelEvent
from analytics.model.levels import DMA, LevelId
from analytics.model.listings import DEFAULT_WATCHLIST
from analytics.model.question import Inputs, Needs, Question, Symbol
from analytics.model.vocabulary import Bars, EventKind, MinuteBars, Moment, NotAvailable
from analytics.studies.hold.cells import GAP_DOWN, TOUCH
from analytics.studies.hold.events import (
    History,
    draw_null,
    draw_null_at,
    list_events,
    read_history,
)
from analytics.studies.hold.levels import recipe_of, word_of
from analytics.studies.hold.study import VIX, HoldRate, rate_of
from analytics.studies.scan.row import Kind, ScanRow, scan_row
from analytics.studies.scan.scanned import scanned_family

PATHS = 500
STANDS_SECONDS = 30.0
KEPT = 4000
"""Rates kept: of eight universes' events."""

_CROSSED = {
    Happening.OPENED_UNDER,
    Happening.OPENED_OVER,
    Happening.BROKE,
    Happening.RECLAIMED,
}


@dataclass(frozen=True)
class EventsParameters:
    """Names with an event at their level today.

    Attributes:
        family: as the scan's.
        minutes: look for the cross in one-minute bars where the day's log has none.
    """

    symbols: tuple[Symbol, ...] = tuple(Symbol(s) for s in DEFAULT_WATCHLIST)
    family: str = ""
    minutes: bool = False

    def __post_init__(self) -> None:
        scanned_family(self.family)


@dataclass(frozen=True)
class EventDetail:
    """One name's event.

    Attributes:
        kind: None where there is no event any more.
        hold: how often this kind of event at this level held for this name, beside chance; its
            q-value is corrected over all names of the answer. None where the hold study does not
            know the level, or there is no history.
        lean_pct: bullish share of options volume as kept on the newest session, 50 is even.
        earnings: next date from the session on, as the source knows it now.
        crossed_at: when the price last changed its side of the level today.
    """

    symbol: str
    kind: Kind | None
    hold: HoldRate | None
    lean_pct: float | None
    earnings: dt.date | None
    crossed_at: dt.datetime | None
    minutes_since_cross: int | None


@dataclass(frozen=True)
class EventDetails:
    """By symbol; ``missing``: why there is nothing of a name."""

    rows: tuple[EventDetail, ...]
    missing: Mapping[str, str] = field(default_factory=dict)


LEAN = "short_quote"
"""Of the figures kept of options: the short-term bullish share by the quote method."""


def _needs(parameters: EventsParameters, moment: Moment) -> Needs:
    symbols = parameters.symbols
    return Needs(
        bars=(*symbols, VIX),
        partial=True,
        full_history=True,
        events=symbols,
        log=symbols,
        history=tuple(("options", symbol) for symbol in symbols),
        minutes=symbols if parameters.minutes else (),
        stands_seconds=STANDS_SECONDS,
    )


def _compute(parameters: EventsParameters, inputs: Inputs) -> EventDetails:
    vix = inputs.bars.get(VIX)
    found = [
        _detail(inputs.bars[symbol], vix, parameters.family, inputs)
        for symbol in parameters.symbols
        if symbol in inputs.bars
    ]
    return EventDetails(_corrected(found), inputs.missing_bars(parameters.symbols))


def _detail(bars: Bars, vix: Bars | None, family: str, inputs: Inputs) -> EventDetail:
    row, symbol = scan_row(bars, family), bars.symbol
    crossed = _last_cross(row, inputs.log.get(symbol, ()), inputs.minutes.get(symbol))
    since = None if crossed is None else max(0.0, (inputs.moment.time - crossed).total_seconds())
    kept = inputs.history.get(("options", symbol), ())
    ahead = [
        event.day
        for event in inputs.events.get(symbol, ())
        if event.kind is EventKind.EARNINGS and event.day >= inputs.moment.session
    ]
    return EventDetail(
        symbol=symbol,
        kind=row.event,
        hold=_hold(bars, vix, row),
        lean_pct=kept[-1].figures.get(LEAN) if kept else None,
        earnings=min(ahead, default=None),
        crossed_at=crossed,
        minutes_since_cross=None if since is None else int(since // 60),
    )


_known: LRUCache[tuple[bytes, LevelId, int], HoldRate] = LRUCache(KEPT)
_known_lock = threading.Lock()


def _hold(bars: Bars, vix: Bars | None, row: ScanRow) -> HoldRate | None:
    """The rate of the event's kind at its level, beside its null."""
    level = row.level_id
    if row.event is None or level is None:
        return None
    kind = TOUCH if row.event is Kind.TOUCH else GAP_DOWN
    try:
        history = read_history(bars, vix)
        key = (history.digest, level, kind)
        with _known_lock:
            rate = _known.get(key)
        rate = rate or _rate(history, level, kind)
    except NotAvailable:
        return None
    if rate is not None:
        with _known_lock:
            _known[key] = rate
    return rate


def _rate(history: History, level: LevelId, kind: int) -> HoldRate | None:
    """The study's rate; None of a level that it does not know.

    Raises:
        NotAvailable: the level needs volume, and there is none.
    """
    if level.family == DMA.key:
        sessions = int(level.parameter)
        null = draw_null(history, (sessions,), PATHS)[:, 0]
        return rate_of(list_events(history, sessions), null, (kind,))
    word = word_of(level)
    if word is None:
        return None
    other = recipe_of(word)
    events = list_events(history, other)  # says first what it lacks
    return rate_of(events, draw_null_at(history, other, PATHS)[0], (kind,))


def _corrected(found: Sequence[EventDetail]) -> tuple[EventDetail, ...]:
    """With Benjamini-Hochberg over all names: many are looked at (methods,
    "Many levels, one claim")."""
    q = iter(benjamini_hochberg([None if row.hold is None else row.hold.p_value for row in found]))
    return tuple(
        replace(row, hold=None if row.hold is None else replace(row.hold, q_value=value))
        for row, value in zip(found, q, strict=True)
    )


def _last_cross(
    row: ScanRow, log: Sequence[LevelEvent], minutes: MinuteBars | None
) -> dt.datetime | None:
    """When the price last changed its side of the level: as logged, else by one-minute bars."""
    logged = [line.at for line in log if line.level == row.level_id and line.kind in _CROSSED]
    if logged:
        return max(logged)
    level, before = row.session_level, row.previous_close
    if minutes is None or not len(minutes) or level is None or before is None:
        return None
    over = np.concatenate([[before >= level], minutes.close >= level])
    changes = np.flatnonzero(over[1:] != over[:-1])
    if not changes.size:
        return None
    at: dt.datetime = minutes.times[changes[-1]].item()
    return at.replace(tzinfo=dt.UTC)


class _HasRows(Protocol):
    @property
    def rows(self) -> tuple[ScanRow, ...]: ...


S = TypeVar("S", bound=_HasRows)


def joined(scan: S, details: EventDetails) -> S:
    """A scan with the details in its rows."""
    by_symbol = {detail.symbol: detail for detail in details.rows}
    rows = tuple(
        row if (detail := by_symbol.get(row.symbol)) is None else _with(row, detail)
        for row in scan.rows
    )
    return replace(scan, rows=rows)  # type: ignore[type-var]


def _with(row: ScanRow, detail: EventDetail) -> ScanRow:
    return replace(
        row,
        hold=detail.hold if detail.kind is row.event else None,
        lean_pct=detail.lean_pct,
        earnings=detail.earnings,
        crossed_at=detail.crossed_at,
        minutes_since_cross=detail.minutes_since_cross,
    )


EVENTS = Question(
    name="scan-events",
    about="today's events of names at their supports: hold rate beside chance, lean, earnings",
    parameters=EventsParameters,
    result=EventDetails,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "How often has this kind of event held?",
        "each name's own hold rate beside chance, with the lean of its options and its earnings",
    ),
)
