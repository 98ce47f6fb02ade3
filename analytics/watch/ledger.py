"""The call ledger: every level call with what the close made of it, and how often levels held.

Calls made live stand beside those reconstructed from bars (`analytics.watch.reconstruction`), so
that the ledger is full on the first day; the two are counted apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from analytics.model.access import Offer, Plan
from analytics.model.level_calls import LevelCall
from analytics.model.levels import LevelId
from analytics.model.listing_calendars import calendar_of, close_of
from analytics.model.listings import DEFAULT_WATCHLIST
from analytics.model.question import EVERY, Inputs, Needs, Question, Symbol
from analytics.model.quotation import DOLLARS, Quotation, stated_quotation
from analytics.model.status import Status, status_after_close, status_in_session
from analytics.model.vocabulary import Bars, Moment
from analytics.options.daily_record import DEFINITION, OPTIONS_NAME
from analytics.watch.hit_rates import (
    MIN_SESSIONS,
    TESTED,
    HitRate,
    beside_null,
    corrected,
    hit_rate,
)
from analytics.watch.ledger_null import GAP_DOWN, chance_at, ledger_null
from analytics.watch.reconstruction import SESSIONS_BACK, reconstruct, wall_calls
from analytics.watch.session_baseline import baseline_of

Outcome = Literal[
    "open", "tested", "held", "broken", "reclaimed", "above", "below", "close only", "gap-down"
]


Origin = Literal["live", "reconstructed"]


@dataclass(frozen=True)
class CallLedgerParameters:
    """Which calls; None: all.

    Attributes:
        focus: of each symbol and session the support in focus alone: the highest of the 50, 100
            and 200-DMA below the close before.
        back: how many past sessions are reconstructed from bars; 0: none.
    """

    symbol: Symbol | None = None
    level: LevelId | None = None
    outcome: Outcome | None = None
    focus: bool = False
    back: int = field(default=SESSIONS_BACK, metadata={"min": 0, "max": 504})


@dataclass(frozen=True)
class LedgerRow:
    """One call.

    Attributes:
        level: as printed; ``level_id``: which level it is.
        price: the level known before the open.
        status: of the close; None while the call is open or its final bar is missing.
        provisional: where an open call of the running session stands now, or None.
        close_distance_pct: the close over the level, percent.
        decided_at: UTC, the session's close.
        origin: "live" for a call made before the close, "reconstructed" for one made from bars.
        in_focus: it is its session's support in focus.
    """

    session: dt.date
    symbol: str
    level: str
    price: float
    previous_close: float
    called_at: dt.datetime
    status: Status | None
    provisional: Status | None
    gap_down: bool | None
    open: float | None
    low: float | None
    close: float | None
    close_distance_pct: float | None
    decided_at: dt.datetime
    level_id: LevelId
    quotation: Quotation = DOLLARS
    origin: Origin = "live"
    in_focus: bool = False


@dataclass(frozen=True)
class PastLedger:
    """The reconstructed calls, and the rates over them; the fields as in `CallLedger`.

    Attributes:
        put_walls: the tested calls at put walls of recorded chains, gap-downs left out.
        wall_sessions: sessions with such a call.
        missing: symbol -> why nothing of it could be reconstructed.
    """

    rows: tuple[LedgerRow, ...]
    overall: HitRate
    by_level: tuple[HitRate, ...]
    by_symbol: tuple[HitRate, ...]
    gap_downs: HitRate
    put_walls: HitRate
    wall_sessions: int
    sessions: int
    since: dt.date | None
    missing: Mapping[str, str]


@dataclass(frozen=True)
class CallLedger:
    """Calls made live, newest session first, the rates over those that are scored, and the past.

    Rates are of all calls of the symbol, level and focus asked for, whatever outcome is listed.

    Attributes:
        rows: the calls asked for.
        overall: all tested calls, gap-downs left out.
        by_level, by_symbol: of the same calls; those with a tested call.
        gap_downs: the tested calls that opened at or under their level, apart.
        open: calls not scored, of which ``undecided`` wait for their session's close.
        decides_at: UTC, the next of these closes, or None.
        sessions: with a call.
        since: the first of them.
        past: the calls reconstructed from bars, of sessions without a live call of the symbol
            too; None when none was asked for.
    """

    rows: tuple[LedgerRow, ...]
    overall: HitRate
    by_level: tuple[HitRate, ...]
    by_symbol: tuple[HitRate, ...]
    gap_downs: HitRate
    open: int
    undecided: int
    decides_at: dt.datetime | None
    sessions: int
    since: dt.date | None
    past: PastLedger | None = None


@dataclass(frozen=True)
class _Rates:
    overall: HitRate
    by_level: tuple[HitRate, ...]
    by_symbol: tuple[HitRate, ...]
    gap_downs: HitRate


def _watched(parameters: CallLedgerParameters) -> tuple[str, ...]:
    return (parameters.symbol,) if parameters.symbol else DEFAULT_WATCHLIST


def _needs(parameters: CallLedgerParameters, moment: Moment) -> Needs:
    symbols = _watched(parameters)
    return Needs(
        bars=symbols,
        calls=(parameters.symbol or EVERY,),
        history=tuple((OPTIONS_NAME, symbol) for symbol in symbols) if parameters.back else (),
    )


def _compute(parameters: CallLedgerParameters, inputs: Inputs) -> CallLedger:
    rows = _with_focus([_row(call, inputs) for call in inputs.calls])
    asked = [row for row in rows if _is_asked(row, parameters)]
    members = [inputs.bars[symbol] for symbol in _watched(parameters) if symbol in inputs.bars]
    shown = [row for row in asked if _shows(row, parameters)]
    waiting = [row for row in shown if row.status is None]
    undecided = [row for row in waiting if row.decided_at > inputs.moment.time]
    rates = _rates(asked, members, parameters.focus)
    return CallLedger(
        rows=_newest_first(shown),
        overall=rates.overall,
        by_level=rates.by_level,
        by_symbol=rates.by_symbol,
        gap_downs=rates.gap_downs,
        open=len(waiting),
        undecided=len(undecided),
        decides_at=min((row.decided_at for row in undecided), default=None),
        sessions=len({row.session for row in shown}),
        since=min((row.session for row in shown), default=None),
        past=_past(parameters, inputs, members) if parameters.back else None,
    )


def _past(parameters: CallLedgerParameters, inputs: Inputs, members: Sequence[Bars]) -> PastLedger:
    calls = [call for bars in members for call in reconstruct(bars, parameters.back)]
    rows = _with_focus([_row(call, inputs, "reconstructed") for call in calls])
    walls = [
        _row(call, inputs, "reconstructed")
        for bars in members
        for call in wall_calls(
            bars, inputs.history.get((OPTIONS_NAME, bars.symbol), ()), DEFINITION
        )
    ]
    asked = [row for row in rows if _is_asked(row, parameters)]
    shown = [row for row in (*asked, *walls) if _shows(row, parameters)]
    if parameters.level is not None:
        shown = [row for row in shown if row.level_id == parameters.level]
    rates = _rates(asked, members, parameters.focus)
    return PastLedger(
        rows=_newest_first(shown),
        overall=rates.overall,
        by_level=rates.by_level,
        by_symbol=rates.by_symbol,
        gap_downs=rates.gap_downs,
        put_walls=_wall_rate(walls, members),
        wall_sessions=len({row.session for row in walls}),
        sessions=len({row.session for row in asked}),
        since=min((row.session for row in asked), default=None),
        missing=inputs.missing_bars(_watched(parameters)),
    )


def _rates(rows: Sequence[LedgerRow], members: Sequence[Bars], focus: bool) -> _Rates:
    """All rates of a set of calls, each beside its null, corrected over all of them."""
    touched = [row for row in rows if row.gap_down is not True]
    sessions = len({row.session for row in rows if row.status is not None})
    symbols, levels = {row.symbol for row in rows}, {row.level_id for row in rows}
    null = None
    if sessions >= MIN_SESSIONS:
        part = [bars for bars in members if bars.symbol in symbols]
        null = ledger_null(part, sessions, focus=focus)
    only = next(iter(levels)) if len(levels) == 1 else None

    def beside(rate: HitRate, level: LevelId | None = only, **of: Any) -> HitRate:
        return rate if null is None else beside_null(rate, null.of(level=level, **of))

    by_level = [
        beside(_rate(level.name, [row for row in touched if row.level_id == level]), level)
        for level in sorted(levels)
    ]
    by_symbol = [
        beside(_rate(symbol, [row for row in touched if row.symbol == symbol]), symbol=symbol)
        for symbol in sorted(symbols)
    ]
    by_level = [rate for rate in by_level if rate.tested]
    by_symbol = sorted(
        (rate for rate in by_symbol if rate.tested), key=lambda rate: (-rate.tested, rate.name)
    )
    gap_downs = _rate("gap-down", [row for row in rows if row.gap_down])
    overall, gaps, *rest = corrected(
        [
            beside(_rate("all", touched)),
            beside(gap_downs, kind=GAP_DOWN),
            *by_level,
            *by_symbol,
        ]
    )
    n = len(by_level)
    return _Rates(overall, tuple(rest[:n]), tuple(rest[n:]), gaps)


def _rate(name: str, rows: Sequence[LedgerRow]) -> HitRate:
    """The rate of rows; closes alone cannot tell a held level, so that they do not count."""
    return hit_rate(name, [(row.session, row.status) for row in rows if row.low is not None])


def _wall_rate(rows: Sequence[LedgerRow], members: Sequence[Bars]) -> HitRate:
    touched = [row for row in rows if row.gap_down is not True]
    tested = [row for row in touched if row.status in TESTED]
    distances = [(row.symbol, row.price / row.previous_close) for row in tested]
    return replace(_rate("put wall", touched), null_rate_pct=chance_at(distances, members))


def _with_focus(rows: Sequence[LedgerRow]) -> list[LedgerRow]:
    """The rows, the support in focus of each symbol and session marked."""
    best: dict[tuple[dt.date, str], float] = {}
    for row in rows:
        if row.level_id.is_headline and row.price < row.previous_close:
            key = (row.session, row.symbol)
            best[key] = max(best.get(key, row.price), row.price)
    return [
        replace(row, in_focus=row.level_id.is_headline)
        if best.get((row.session, row.symbol)) == row.price
        else row
        for row in rows
    ]


def _is_asked(row: LedgerRow, parameters: CallLedgerParameters) -> bool:
    of_level = parameters.level is None or row.level_id == parameters.level
    return of_level and (row.in_focus or not parameters.focus)


def _shows(row: LedgerRow, parameters: CallLedgerParameters) -> bool:
    return parameters.outcome is None or _is(row, parameters.outcome)


def _newest_first(rows: Sequence[LedgerRow]) -> tuple[LedgerRow, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.session.toordinal(), row.symbol, row.level_id)))


def _row(call: LevelCall, inputs: Inputs, origin: Origin = "live") -> LedgerRow:
    close, bars = call.close, inputs.bars.get(call.symbol)
    return LedgerRow(
        session=call.session,
        symbol=call.symbol,
        level=call.level.name,
        price=call.price,
        previous_close=call.previous_close,
        called_at=call.called_at,
        status=call.status,
        provisional=None if call.status else _provisional(call, bars),
        gap_down=call.gap_down,
        open=call.open,
        low=call.low,
        close=close,
        close_distance_pct=None if close is None else (close / call.price - 1) * 100,
        decided_at=close_of(call.symbol, call.session),
        level_id=call.level,
        origin=origin,
        quotation=bars.quotation
        if bars is not None
        else stated_quotation(call.symbol, calendar_of(call.symbol).code, call.price),
    )


def _provisional(call: LevelCall, bars: Bars | None) -> Status | None:
    """Where the price stands now at a call of the newest session, or None."""
    if bars is None or bars.last_session != call.session:
        return None
    price, low = float(bars.close[-1]), float(bars.low[-1])
    if bars.last_complete:
        return status_after_close(call.price, price, call.previous_close, low)
    baseline = baseline_of(bars, call.session)
    atr = baseline.atr_before if baseline else None
    return status_in_session(call.price, price, call.previous_close, low, atr)


def _is(row: LedgerRow, outcome: Outcome) -> bool:
    if outcome == "open":
        return row.status is None
    if outcome == "tested":
        return row.status in TESTED
    if outcome == "gap-down":
        return row.gap_down is True
    return row.status is not None and row.status.value == outcome


CALL_LEDGER = Question(
    name="call-ledger",
    about="every level call with what the close made of it, and how often tested levels held",
    parameters=CallLedgerParameters,
    result=CallLedger,
    needs=_needs,
    compute=_compute,
    offer=Offer(
        Plan.PRO,
        "Did the called levels hold?",
        "every level call with what the close made of it, and how often tested levels held",
    ),
    stands_alone=True,
)
