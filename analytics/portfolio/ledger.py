"""From changes and bars to positions, cash and value on every session.

Rules, stated on the page: a change is carried out at the close of its session, without costs.
Prices are traded closes; splits multiply the shares held. A dividend is paid in cash on its
ex-date, before tax; its amount is what the total-return closes imply (`dividends`). Cash earns
nothing. A change waits for the first session on which everything held and everything in it has
a close: nothing is carried out at a made-up price.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.model import sessions as calendar
from analytics.model.portfolio_changes import Change, Kind
from analytics.model.returns import on_axis
from analytics.model.vocabulary import Bars, Floats, Sessions

ADJUSTED_GRAIN = 1e-4
"""Total-return closes come rounded: Yahoo's and the demo's to four decimals."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """What the portfolio held and was worth at each close; axis (n,) is ``sessions``.

    Attributes:
        sessions: from the first change carried out to the newest.
        value: dollars after the session's changes; NaN where a holding has no close.
        flow: dollars paid in (out: negative) at the session's close.
        cash: dollars after the session's changes.
        dividends: dollars received on the session.
        units: symbol -> shares at the last session, of those held then.
        cost: symbol -> dollars paid for what is held then, at average cost.
        pending: changes not carried out yet, each with the reason.
        unpriced: symbols without a close on the last session though held.
        overdrawn: numbers of the changes that left less than no cash.
    """

    sessions: Sessions
    value: Floats
    flow: Floats
    cash: Floats
    dividends: Floats
    units: Mapping[str, float]
    cost: Mapping[str, float]
    pending: tuple[tuple[Change, str], ...]
    unpriced: tuple[str, ...]
    overdrawn: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.sessions)


def dividends(bars: Bars) -> Floats:
    """Dollars a share paid on each bar's session, shape (n,), in the bars' own split basis.

    The adjustment factor f = total-return close / traded close falls back by (1 - D / previous
    close) over an ex-date (CRSP's and Yahoo's rule), so D = previous close x (1 - f before / f
    after). What rounding alone could make is no dividend. Zeros where the source has no
    total-return closes.
    """
    paid = np.zeros(len(bars))
    if bars.adj_close is None or len(bars) < 2:
        return paid
    factor = bars.adj_close / bars.close
    implied = bars.close[:-1] * (1.0 - factor[:-1] / factor[1:])
    cents = bool(np.all(np.abs(bars.adj_close * 100 - np.round(bars.adj_close * 100)) < 1e-6))
    grain = 0.01 if cents else ADJUSTED_GRAIN
    least = np.maximum(4 * grain, 1e-5 * bars.close[:-1])
    paid[1:] = np.where(implied > least, np.round(implied, 4), 0.0)
    return paid


def split_factors(bars: Bars) -> Floats:
    """Shares at the end of the bars for one share held at each close, shape (n,)."""
    after = np.concatenate([bars.splits[1:], [1.0]])
    factors: Floats = np.cumprod(after[::-1])[::-1]
    return factors


def keep_ledger(
    changes: Sequence[Change],
    bars: Mapping[str, Bars],
    axis: Sessions,
    last_complete: bool,
) -> Ledger:
    """Carry ``changes`` out, in their order, over the sessions of ``axis``.

    Args:
        changes: published, or drafts to look at; those after the axis stay pending.
        bars: of every symbol in the changes.
        axis: sessions, ascending; none before the first change is kept.
        last_complete: False while the last session trades: its changes are still to come.
    """
    first = min((c.effective for c in changes), default=None)
    if first is not None:
        axis = axis[axis >= np.datetime64(first, "D")]
    book = _Book({symbol: _Column.of(b, axis) for symbol, b in bars.items()})
    waiting = deque(changes)
    value, flow, cash, received = (np.zeros(len(axis)) for _ in range(4))
    done = len(axis) if last_complete else len(axis) - 1
    for i, day in enumerate(axis):
        received[i] = book.collect(i)
        while i < done and waiting and np.datetime64(waiting[0].effective, "D") <= day:
            if not book.priced(waiting[0].symbols, i):
                break
            flow[i] += book.carry_out(waiting.popleft(), i)
        value[i], cash[i] = book.value(i), book.cash
    began = int(np.argmax(value != 0)) if len(axis) and bool((value != 0).any()) else len(axis)
    last = len(axis) - 1
    return Ledger(
        sessions=axis[began:],
        value=value[began:],
        flow=flow[began:],
        cash=cash[began:],
        dividends=received[began:],
        units=dict(book.units),
        cost=dict(book.cost),
        pending=tuple((c, _why(c, book, axis, last_complete)) for c in waiting),
        unpriced=tuple(s for s in book.units if last >= 0 and not book.priced((s,), last)),
        overdrawn=tuple(book.overdrawn),
    )


def _why(change: Change, book: _Book, axis: Sessions, last_complete: bool) -> str:
    if not len(axis) or np.datetime64(change.effective, "D") > axis[-1]:
        return f"takes effect at the close of {change.effective}"
    if np.datetime64(change.effective, "D") == axis[-1] and not last_complete:
        return "takes effect at today's close"
    missing = [s for s in (*change.symbols, *book.units) if not book.priced((s,), len(axis) - 1)]
    if missing:
        return f"waits for a close of {', '.join(dict.fromkeys(missing))}"
    return "waits for the change before it" if last_complete else "takes effect at today's close"


@dataclass(frozen=True, eq=False)
class _Column:
    """One symbol's closes, dividends and split factors on the axis; NaN where it has no bar."""

    close: Floats
    dividend: Floats
    factor: Floats

    @classmethod
    def of(cls, bars: Bars, axis: Sessions) -> _Column:
        paid = np.nan_to_num(_gathered(bars, axis))
        close = on_axis(axis, bars.sessions, bars.close)
        return cls(close, paid, on_axis(axis, bars.sessions, split_factors(bars)))


def _gathered(bars: Bars, axis: Sessions) -> Floats:
    """Dividends on the axis; one paid on a session that the axis lacks comes with the next."""
    out = np.zeros(len(axis))
    at = np.searchsorted(axis, bars.sessions)
    paid = dividends(bars)
    inside = (at < len(axis)) & (paid > 0)
    if len(axis):
        inside &= bars.sessions >= axis[0]
    np.add.at(out, at[inside], paid[inside])
    return out


class _Book:
    """Shares, their cost and the cash as the sessions go by; shares in the bars' last basis."""

    def __init__(self, columns: Mapping[str, _Column]) -> None:
        self._columns = columns
        self.units: dict[str, float] = {}
        self.cost: dict[str, float] = {}
        self.cash = 0.0
        self.overdrawn: list[int] = []

    def collect(self, i: int) -> float:
        """Pay session ``i``'s dividends into the cash; how much."""
        paid = sum(u * float(self._columns[s].dividend[i]) for s, u in self.units.items())
        self.cash += paid
        return paid

    def priced(self, symbols: Sequence[str], i: int) -> bool:
        """Whether all of ``symbols`` and all holdings have a close on session ``i``."""
        return all(
            s in self._columns and bool(np.isfinite(self._columns[s].close[i]))
            for s in (*symbols, *self.units)
        )

    def value(self, i: int) -> float:
        """Dollars at the close of session ``i``; NaN with a holding that has none."""
        return self.cash + sum(u * float(self._columns[s].close[i]) for s, u in self.units.items())

    def carry_out(self, change: Change, i: int) -> float:
        """Do it at session ``i``'s close; dollars paid in (out: negative)."""
        match change.kind:
            case Kind.DEPOSIT | Kind.WITHDRAW:
                paid = (change.amount or 0.0) * (1 if change.kind is Kind.DEPOSIT else -1)
                self.cash += paid
                self._note_overdraft(change)
                return paid
            case Kind.BUY | Kind.SELL:
                column = self._columns[change.symbol]
                shares = (change.shares or 0.0) * float(column.factor[i])
                self._trade(change.symbol, shares if change.kind is Kind.BUY else -shares, i)
            case Kind.WEIGHTS:
                self._rebalance(change.weights, i)
        self._note_overdraft(change)
        return 0.0

    def _rebalance(self, weights: Mapping[str, float], i: int) -> None:
        whole = self.value(i)
        for symbol in (*[s for s in self.units if s not in weights], *weights):
            close = float(self._columns[symbol].close[i])
            target = weights.get(symbol, 0.0) / 100 * whole / close
            self._trade(symbol, target - self.units.get(symbol, 0.0), i)
            if symbol not in weights:
                self._drop(symbol)

    def _trade(self, symbol: str, shares: float, i: int) -> None:
        held = self.units.get(symbol, 0.0)
        price = float(self._columns[symbol].close[i])
        self.cash -= shares * price
        left = held + shares
        if abs(left) <= 1e-9 * max(abs(held), abs(shares)):
            self._drop(symbol)
            return
        paid = self.cost.get(symbol, 0.0)
        added = shares > 0 or held == 0
        self.cost[symbol] = paid + shares * price if added else paid * left / held
        self.units[symbol] = left

    def _drop(self, symbol: str) -> None:
        self.units.pop(symbol, None)
        self.cost.pop(symbol, None)

    def _note_overdraft(self, change: Change) -> None:
        if self.cash < -0.005:
            self.overdrawn.append(change.number)
        elif abs(self.cash) < 1e-9:
            self.cash = 0.0


def session_axis(changes: Sequence[Change], last: dt.date) -> Sessions:
    """Sessions from the first change's to ``last``; empty before it."""
    first = min((c.effective for c in changes), default=last)
    if first > last:
        return np.array([], dtype="datetime64[D]")
    return calendar.sessions_between(first, last)
