"""The positions themselves: shares, their cost and the cash, change by change at a close."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.model.portfolio_changes import Change, Kind
from analytics.model.returns import on_axis
from analytics.model.vocabulary import Bars, Floats, Sessions

ADJUSTED_GRAIN = 1e-4
"""Total-return closes come rounded: Yahoo's and the demo's to four decimals."""


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


@dataclass(frozen=True, eq=False)
class Column:
    """One symbol on the axis; every array has a value a session.

    Attributes:
        close: NaN where the symbol has no bar.
        last_close, last_session: the newest close up to each session, and whose it is; NaN and
            NaT before the first.
        dividend: dollars a share; one paid on a session that the axis lacks comes with the next.
        factor: shares at the end of the bars for one share held at the session.
    """

    close: Floats
    last_close: Floats
    last_session: Sessions
    dividend: Floats
    factor: Floats

    @classmethod
    def of(cls, bars: Bars, axis: Sessions) -> Column:
        """The bars laid on ``axis``."""
        newest = np.searchsorted(bars.sessions, axis, side="right") - 1
        known = newest >= 0
        return cls(
            close=on_axis(axis, bars.sessions, bars.close),
            last_close=np.where(known, bars.close[newest], np.nan),
            last_session=np.where(known, bars.sessions[newest], np.datetime64("NaT", "D")),
            dividend=_gathered(bars, axis),
            factor=np.where(known, split_factors(bars)[newest], np.prod(bars.splits)),
        )


def _gathered(bars: Bars, axis: Sessions) -> Floats:
    out = np.zeros(len(axis))
    at = np.searchsorted(axis, bars.sessions)
    paid = dividends(bars)
    inside = (at < len(axis)) & (paid > 0)
    if len(axis):
        inside &= bars.sessions >= axis[0]
    np.add.at(out, at[inside], paid[inside])
    return out


class Book:
    """Shares, their cost and the cash as the sessions go by; shares in the bars' last basis.

    Attributes:
        overdrawn: numbers of the changes that left less than no cash.
        left_alone: number of a change of weights -> holdings it could not trade, for want of a
            close.
    """

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns
        self.units: dict[str, float] = {}
        self.cost: dict[str, float] = {}
        self.cash = 0.0
        self.overdrawn: list[int] = []
        self.left_alone: dict[int, tuple[str, ...]] = {}

    def collect(self, i: int) -> float:
        """Pay session ``i``'s dividends into the cash; how much."""
        paid = sum(u * float(self._columns[s].dividend[i]) for s, u in self.units.items())
        self.cash += paid
        return paid

    def has_close(self, symbol: str, i: int) -> bool:
        """Whether the symbol has a close of session ``i`` itself."""
        return symbol in self._columns and bool(np.isfinite(self._columns[symbol].close[i]))

    def value(self, i: int) -> float:
        """Dollars at session ``i``'s close; a holding without one counts at its last."""
        return self.cash + sum(self._worth(symbol, i) for symbol in self.units)

    def carried(self, i: int) -> float:
        """Dollars of `value` that rest on closes of earlier sessions."""
        return sum((self._worth(s, i) for s in self.units if not self.has_close(s, i)), 0.0)

    def last_closes(self, i: int) -> dict[str, dt.date]:
        """Holdings without a close of session ``i``, each with the session of its last one."""
        return {
            symbol: self._columns[symbol].last_session[i].astype(dt.date)
            for symbol in self.units
            if not self.has_close(symbol, i)
        }

    def carry_out(self, change: Change, i: int, dated: int) -> float:
        """Do it at session ``i``'s close; dollars paid in (out: negative).

        Args:
            change: what is done.
            i: the session.
            dated: the change's own session, whose shares it names: a split may lie between.
        """
        paid = 0.0
        match change.kind:
            case Kind.DEPOSIT | Kind.WITHDRAW:
                paid = (change.amount or 0.0) * (1 if change.kind is Kind.DEPOSIT else -1)
                self.cash += paid
            case Kind.BUY | Kind.SELL:
                shares = (change.shares or 0.0) * float(self._columns[change.symbol].factor[dated])
                self._trade(change.symbol, shares if change.kind is Kind.BUY else -shares, i)
            case Kind.WEIGHTS:
                self._rebalance(change, i)
            case Kind.CONVERT:
                self._convert(change, i, dated)
            case Kind.SPIN_OFF:
                self._spin_off(change, i, dated)
        self._note_overdraft(change)
        return paid

    def _worth(self, symbol: str, i: int) -> float:
        return self.units[symbol] * float(self._columns[symbol].last_close[i])

    def _rebalance(self, change: Change, i: int) -> None:
        """Bring what has a close to its weight of what can be traded; the rest stays as it is."""
        stuck = tuple(s for s in self.units if not self.has_close(s, i))
        if stuck:
            self.left_alone[change.number] = stuck
        whole = self.value(i) - self.carried(i)
        sold = [s for s in self.units if s not in change.weights and s not in stuck]
        for symbol in (*sold, *change.weights):
            close = float(self._columns[symbol].close[i])
            target = change.weights.get(symbol, 0.0) / 100 * whole / close
            self._trade(symbol, target - self.units.get(symbol, 0.0), i)
            if symbol not in change.weights:
                self._drop(symbol)

    def _convert(self, change: Change, i: int, dated: int) -> None:
        """Every share becomes the terms; the cost goes with the shares got, by what they are worth.

        What the cash part returned of it leaves with the cash.
        """
        shares = self._shares_then(change.symbol, dated)
        cost = self.cost.get(change.symbol, 0.0)
        self._drop(change.symbol)
        cash = shares * (change.cash or 0.0)
        self.cash += cash
        if change.into and shares:
            units, worth = self._received(change, shares, i, dated)
            self._add(change.into, units, cost * worth / (worth + cash))

    def _spin_off(self, change: Change, i: int, dated: int) -> None:
        """Shares of the part come on top; the cost is split by what both are worth.

        (Relative market values: US Treasury regulation 1.358-2.)
        """
        shares = self._shares_then(change.symbol, dated)
        if not shares:
            return
        units, worth = self._received(change, shares, i, dated)
        moved = self.cost[change.symbol] * worth / (worth + self._worth(change.symbol, i))
        self.cost[change.symbol] -= moved
        self._add(change.into, units, moved)

    def _shares_then(self, symbol: str, dated: int) -> float:
        """Shares held as they were on session ``dated``, before any later split."""
        if symbol not in self.units:
            return 0.0
        return self.units[symbol] / float(self._columns[symbol].factor[dated])

    def _received(self, change: Change, shares: float, i: int, dated: int) -> tuple[float, float]:
        """(units of what ``shares`` become, in the bars' last basis; dollars they are worth)."""
        column = self._columns[change.into]
        units = shares * (change.ratio or 0.0) * float(column.factor[dated])
        return units, units * float(column.close[i])

    def _add(self, symbol: str, units: float, cost: float) -> None:
        self.units[symbol] = self.units.get(symbol, 0.0) + units
        self.cost[symbol] = self.cost.get(symbol, 0.0) + cost

    def _trade(self, symbol: str, shares: float, i: int) -> None:
        units = self.units.get(symbol, 0.0)
        price = float(self._columns[symbol].close[i])
        self.cash -= shares * price
        left = units + shares
        if abs(left) <= 1e-9 * max(abs(units), abs(shares)):
            self._drop(symbol)
            return
        paid = self.cost.get(symbol, 0.0)
        added = shares > 0 or units == 0
        self.cost[symbol] = paid + shares * price if added else paid * left / units
        self.units[symbol] = left

    def _drop(self, symbol: str) -> None:
        self.units.pop(symbol, None)
        self.cost.pop(symbol, None)

    def _note_overdraft(self, change: Change) -> None:
        if self.cash < -0.005:
            self.overdrawn.append(change.number)
        elif abs(self.cash) < 1e-9:
            self.cash = 0.0
