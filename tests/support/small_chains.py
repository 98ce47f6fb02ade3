"""Small option chains and bars for the options tests, built contract by contract."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.model.rates import rate_curve
from analytics.model.sessions import session_close
from analytics.model.vocabulary import Bars, OptionChain
from analytics.options.greeks import black_scholes_price

SESSION = dt.date(2025, 1, 6)
RATES = rate_curve(SESSION)
NAN = float("nan")


@dataclass(frozen=True)
class Row:
    """One contract; days are counted from `SESSION`."""

    days: int
    call: bool
    strike: float
    bid: float = 1.0
    ask: float = 2.0
    last: float = 1.5
    change: float = 0.0
    volume: float = 10.0
    interest: float = 100.0
    iv: float = NAN
    delta: float = NAN
    last_trade: str = "NaT"
    root: str = ""
    multiplier: float = 100.0
    quoted_at: str = "NaT"


def chain_of(
    *rows: Row,
    price: float = NAN,
    time: dt.datetime | None = None,
    symbol: str = "TEST",
    vendor: str = "Test",
) -> OptionChain:
    """An `OptionChain` of the rows, by default taken at the session's close."""

    def column(name: str) -> np.ndarray:
        return np.array([getattr(row, name) for row in rows], dtype=float)

    return OptionChain(
        symbol=symbol,
        time=time or session_close(SESSION),
        session=SESSION,
        underlying_price=price,
        expiry=np.array([np.datetime64(SESSION) + row.days for row in rows], "datetime64[D]"),
        is_call=np.array([row.call for row in rows], dtype=bool),
        strike=column("strike"),
        bid=column("bid"),
        ask=column("ask"),
        last=column("last"),
        change=column("change"),
        volume=column("volume"),
        open_interest=column("interest"),
        iv=column("iv"),
        delta=column("delta"),
        gamma=np.full(len(rows), NAN),
        last_trade=np.array([row.last_trade for row in rows], dtype="datetime64[s]"),
        vendor=vendor,
        root=np.array([row.root for row in rows], dtype="U6"),
        multiplier=column("multiplier"),
        quoted_at=np.array([row.quoted_at for row in rows], dtype="datetime64[s]"),
    )


def shuffled(chain: OptionChain, seed: int) -> OptionChain:
    """The same contracts in another order."""
    order = np.random.default_rng(seed).permutation(len(chain))
    fields: dict[str, Any] = {
        name: value[order] if isinstance(value, np.ndarray) and len(value) else value
        for name, value in vars(chain).items()
    }
    return OptionChain(**fields)


def bars_of(closes: dict[dt.date, float], symbol: str = "TEST") -> Bars:
    """Daily bars with these closes and nothing else known."""
    blank = np.full(len(closes), NAN)
    return Bars(
        symbol=symbol,
        sessions=np.array(list(closes), dtype="datetime64[D]"),
        open=blank,
        high=blank,
        low=blank,
        close=np.array(list(closes.values())),
        adj_close=None,
        volume=blank,
        splits=np.ones(len(closes)),
    )


def priced_rows(
    spot: float,
    days: int,
    strikes: list[float],
    *,
    sigma: float = 0.4,
    rate: float | None = None,
    dividend_yield: float = 0.0,
    spread: float = 0.02,
) -> list[Row]:
    """A call and a put at each strike, quoted around their Black-Scholes price.

    ``rate`` is by default that of the session's own curve.
    """
    rows = []
    r = float(RATES.at(np.array([days / 365]))[0]) if rate is None else rate
    for strike in strikes:
        for call in (True, False):
            fair = float(
                black_scholes_price(
                    spot,
                    np.array([strike]),
                    np.array([days / 365]),
                    np.array([sigma]),
                    r,
                    dividend_yield,
                    np.array([call]),
                )[0]
            )
            rows.append(
                Row(days, call, strike, max(fair - spread / 2, 0.0), fair + spread / 2, fair)
            )
    return rows
