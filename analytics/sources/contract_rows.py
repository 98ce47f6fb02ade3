"""From the rows that a source prints to an option chain: one way for every source.

The contract symbol is a contract's identity where it can be read; the columns beside it only
where it cannot. The session is the one asked for: the rows do not tell it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model.contract_symbols import parse_contract_symbols
from analytics.model.sessions import next_session, session_close, session_open, trading_window
from analytics.model.vocabulary import Floats, OptionChain


@dataclass(frozen=True, eq=False)
class ContractRows:
    """Contracts as printed, column by column; n rows, units as of `OptionChain`.

    Attributes:
        symbols: n contract symbols, or none at all.
        underlying: shape (n,), the underlying's price beside each row, or its one price.
        quoted_at: shape (n,), ``datetime64[s]`` UTC, NaT where unknown; (0,): not printed.
        multiplier: shape (n,); (0,): not printed.
    """

    symbols: Sequence[object]
    expiry: NDArray[np.datetime64]
    is_call: NDArray[np.bool_]
    strike: Floats
    bid: Floats
    ask: Floats
    last: Floats
    change: Floats
    volume: Floats
    open_interest: Floats
    iv: Floats
    last_trade: NDArray[np.datetime64]
    underlying: Floats | float = float("nan")
    delta: Floats | None = None
    gamma: Floats | None = None
    quoted_at: NDArray[np.datetime64] = field(default_factory=lambda: np.empty(0, "M8[s]"))
    multiplier: Floats = field(default_factory=lambda: np.empty(0))


def chain_from_rows(
    rows: ContractRows, symbol: str, session: dt.date, time: dt.datetime | None, vendor: str
) -> OptionChain:
    """The chain of a session.

    Args:
        rows: as printed, in any order; a contract may stand in several.
        symbol: the underlying.
        session: the session asked for.
        time: UTC; when the chain was printed or fetched. None: the newest quote of the session
            asked where rows have times, else the newest trade inside it, else its close.
        vendor: for the provenance line.
    """
    n = len(rows.strike)
    parsed = parse_contract_symbols(rows.symbols if len(rows.symbols) else [""] * n)
    expiry = np.where(parsed.known, parsed.expiry, rows.expiry)
    is_call = np.where(parsed.known, parsed.is_call, rows.is_call)
    strike = np.where(parsed.known, parsed.strike, rows.strike)
    quoted_at = rows.quoted_at
    if not len(quoted_at) and isinstance(rows.underlying, np.ndarray):
        contract = pd.DataFrame({"root": parsed.root, "e": expiry, "c": is_call, "k": strike})
        if contract.duplicated().any():
            quoted_at = _snapshot_times(rows.underlying, rows.last_trade, session)
    if time is None:
        time = _newest(session, quoted_at, rows.last_trade)
    unknown = np.full(n, np.nan)
    return OptionChain(
        symbol=symbol,
        time=time,
        session=session,
        underlying_price=_underlying_price(rows.underlying, quoted_at, session),
        expiry=expiry,
        is_call=is_call,
        strike=strike,
        bid=rows.bid,
        ask=rows.ask,
        last=rows.last,
        change=rows.change,
        volume=rows.volume,
        open_interest=rows.open_interest,
        iv=rows.iv,
        delta=unknown if rows.delta is None else rows.delta,
        gamma=unknown if rows.gamma is None else rows.gamma,
        last_trade=rows.last_trade,
        vendor=vendor,
        root=parsed.root,
        multiplier=rows.multiplier,
        quoted_at=quoted_at,
    )


def _newest(
    session: dt.date, quoted_at: NDArray[np.datetime64], last_trade: NDArray[np.datetime64]
) -> dt.datetime:
    """The newest quote of a session, else the newest trade inside it, else its close."""
    start, end = (_utc(time) for time in trading_window(session))
    quotes = quoted_at[(quoted_at >= start) & (quoted_at < _next_open(session))]
    trades = last_trade[(last_trade >= start) & (last_trade <= end)]
    for times in (quotes, trades):
        if len(times):
            newest: dt.datetime = times.max().astype("M8[s]").astype(dt.datetime)
            return newest.replace(tzinfo=dt.UTC)
    return session_close(session)


def _snapshot_times(
    underlying: Floats, last_trade: NDArray[np.datetime64], session: dt.date
) -> NDArray[np.datetime64]:
    """Shape (n,): when each row was taken, where a file holds several snapshots without times.

    Rows beside one price of the underlying are one snapshot; its newest trade dates it. A few
    prints later than the session do not make a snapshot of the next one.
    """
    start, end = (_utc(time) for time in trading_window(session))
    taken = np.full(len(underlying), np.datetime64("NaT", "s"))
    for price in np.unique(underlying[np.isfinite(underlying)]):
        trades = last_trade[underlying == price]
        recent = trades[trades >= start]
        if len(recent):
            within = recent[recent <= end]
            newest = within if 2 * len(within) >= len(recent) else recent
            taken[underlying == price] = newest.max()
    return taken


def _underlying_price(
    underlying: Floats | float, quoted_at: NDArray[np.datetime64], session: dt.date
) -> float:
    """The price beside the newest rows of the session; the median where they disagree."""
    if not isinstance(underlying, np.ndarray):
        return float(underlying)
    known = np.isfinite(underlying)
    if len(quoted_at):
        seen = known & (quoted_at < _next_open(session))  # NaT compares False
        if seen.any():
            known = seen & (quoted_at == quoted_at[seen].max())
    return float(np.median(underlying[known])) if known.any() else float("nan")


def _next_open(session: dt.date) -> np.datetime64:
    return _utc(session_open(next_session(session)))


def _utc(time: dt.datetime) -> np.datetime64:
    return np.datetime64(time.astimezone(dt.UTC).replace(tzinfo=None), "s")
