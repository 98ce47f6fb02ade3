"""Portfolios small enough to follow by hand: bars from a few closes, changes in one line."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analytics.model.portfolio_changes import Change, Kind
from analytics.model.sessions import session_close, sessions_between
from analytics.model.vocabulary import Bars, Sessions

DAYS: Sessions = sessions_between(dt.date(2025, 1, 13), dt.date(2025, 1, 17))
"""Monday to Friday, five sessions."""


def day(i: int) -> dt.date:
    """The i-th of `DAYS`."""
    found: dt.date = DAYS[i].astype(dt.date)
    return found


def bars_of(
    symbol: str,
    closes: Sequence[float],
    *,
    days: Sessions = DAYS,
    dividends: dict[int, float] | None = None,
    splits: dict[int, float] | None = None,
    complete: bool = True,
) -> Bars:
    """Bars with total-return closes as Yahoo makes them: (1 - D / previous close) before a date."""
    close = np.asarray(closes, dtype=np.float64)
    factor = np.ones(len(close))
    for at, paid in (dividends or {}).items():
        factor[:at] *= 1 - paid / close[at - 1]
    ratios = np.ones(len(close))
    for at, ratio in (splits or {}).items():
        ratios[at] = ratio
    return Bars(
        symbol=symbol,
        sessions=days[: len(close)],
        open=close,
        high=close,
        low=close,
        close=close,
        adj_close=close * factor,
        volume=np.full(len(close), 1e6),
        splits=ratios,
        last_complete=complete,
    )


def change(kind: Kind, on: dt.date, number: int = 1, **what: object) -> Change:
    """A change published at noon of its session."""
    made = Change(uuid.uuid4().hex, on, kind, "because", number=number)
    noon = session_close(on) - dt.timedelta(hours=3)
    return replace(made, published_at=noon, **what)  # type: ignore[arg-type]


def deposit(amount: float, on: dt.date, number: int = 1) -> Change:
    """Pay in."""
    return change(Kind.DEPOSIT, on, number, amount=amount)


def withdraw(amount: float, on: dt.date, number: int = 1) -> Change:
    """Pay out."""
    return change(Kind.WITHDRAW, on, number, amount=amount)


def buy(symbol: str, shares: float, on: dt.date, number: int = 1) -> Change:
    """Buy shares."""
    return change(Kind.BUY, on, number, symbol=symbol, shares=shares)


def sell(symbol: str, shares: float, on: dt.date, number: int = 1) -> Change:
    """Sell shares."""
    return change(Kind.SELL, on, number, symbol=symbol, shares=shares)


def weights(shares: dict[str, float], on: dt.date, number: int = 1) -> Change:
    """Set the whole portfolio."""
    return change(Kind.WEIGHTS, on, number, weights=shares)
