"""The call ledger: every level call with what the close made of it, and how often levels held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from analytics.indicators.intervals import MIN_FOR_RATE, wilson
from analytics.model.level_calls import LevelCall
from analytics.model.levels import LevelId
from analytics.model.listing_calendars import calendar_of, close_of
from analytics.model.listings import DEFAULT_WATCHLIST
from analytics.model.question import EVERY, Inputs, Needs, Question, Symbol
from analytics.model.quotation import DOLLARS, Quotation, stated_quotation
from analytics.model.status import Status, status_after_close, status_in_session
from analytics.model.vocabulary import Bars, Moment
from analytics.watch.session_baseline import baseline_of

Outcome = Literal[
    "open", "tested", "held", "broken", "reclaimed", "above", "below", "close only", "gap-down"
]

TESTED = (Status.HELD, Status.BROKEN)


@dataclass(frozen=True)
class CallLedgerParameters:
    """Which calls; None: all."""

    symbol: Symbol | None = None
    level: LevelId | None = None
    outcome: Outcome | None = None


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


@dataclass(frozen=True)
class HitRate:
    """How often a tested level held.

    Attributes:
        rate_pct, low_pct, high_pct: held / (held + broken) and its Wilson 95% interval; None
            under ten tested calls.
    """

    name: str
    held: int
    broken: int
    rate_pct: float | None
    low_pct: float | None
    high_pct: float | None

    @property
    def tested(self) -> int:
        """Held and broken."""
        return self.held + self.broken


@dataclass(frozen=True)
class CallLedger:
    """Calls, newest session first, and the rates over those that are scored.

    Attributes:
        rows: the calls asked for.
        overall: all tested calls asked for, gap-downs left out.
        by_level, by_symbol: of the same calls; those with a tested call.
        gap_downs: the tested calls that opened at or under their level, apart.
        open: calls not scored, of which ``undecided`` wait for their session's close.
        decides_at: UTC, the next of these closes, or None.
        sessions: with a call.
        since: the first of them.
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


def _needs(parameters: CallLedgerParameters, moment: Moment) -> Needs:
    symbols = (parameters.symbol,) if parameters.symbol else DEFAULT_WATCHLIST
    return Needs(
        bars=symbols if moment.live else (),  # for where the open calls stand
        calls=(parameters.symbol or EVERY,),
    )


def _compute(parameters: CallLedgerParameters, inputs: Inputs) -> CallLedger:
    rows = [_row(call, inputs) for call in inputs.calls]
    rows = [
        row
        for row in rows
        if (parameters.level is None or row.level_id == parameters.level)
        and (parameters.outcome is None or _is(row, parameters.outcome))
    ]
    rows.sort(key=lambda row: (-row.session.toordinal(), row.symbol, row.level_id))
    touched = [row for row in rows if row.gap_down is not True]
    waiting = [row for row in rows if row.status is None]
    undecided = [row for row in waiting if row.decided_at > inputs.moment.time]
    return CallLedger(
        rows=tuple(rows),
        overall=hit_rate("all", touched),
        by_level=_rates_by_level(touched),
        by_symbol=_rates_by_symbol(touched),
        gap_downs=hit_rate("gap-down", [row for row in rows if row.gap_down]),
        open=len(waiting),
        undecided=len(undecided),
        decides_at=min((row.decided_at for row in undecided), default=None),
        sessions=len({row.session for row in rows}),
        since=min((row.session for row in rows), default=None),
    )


def hit_rate(name: str, rows: Iterable[LedgerRow]) -> HitRate:
    """The rate over the tested ones of ``rows``; counts only under ten of them."""
    statuses = [row.status for row in rows]
    held, broken = (statuses.count(status) for status in TESTED)
    interval = wilson(held, held + broken)
    if interval is None or held + broken < MIN_FOR_RATE:
        return HitRate(name, held, broken, None, None, None)
    low, high = interval
    return HitRate(name, held, broken, held / (held + broken) * 100, low * 100, high * 100)


def _rates_by_level(rows: Sequence[LedgerRow]) -> tuple[HitRate, ...]:
    levels = sorted({row.level_id for row in rows})
    rates = (hit_rate(at.name, [row for row in rows if row.level_id == at]) for at in levels)
    return tuple(rate for rate in rates if rate.tested)


def _rates_by_symbol(rows: Sequence[LedgerRow]) -> tuple[HitRate, ...]:
    groups: dict[str, list[LedgerRow]] = {}
    for row in rows:
        groups.setdefault(row.symbol, []).append(row)
    rates = (hit_rate(symbol, members) for symbol, members in groups.items())
    tested = (rate for rate in rates if rate.tested)
    return tuple(sorted(tested, key=lambda rate: (-rate.tested, rate.name)))


def _row(call: LevelCall, inputs: Inputs) -> LedgerRow:
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
    stands_alone=True,
)
