"""Small files of option chains in the layouts that vendors sell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analytics.imports.chains import ChainImporter, Given
from analytics.imports.mapping import CBOE_EOD, ChainMapping
from analytics.model.sessions import sessions_between
from analytics.options.greeks import black_scholes_price
from analytics.store.database import Database
from analytics.store.imported import ImportedPast

NOW = dt.datetime(2026, 1, 5, 22, 0, tzinfo=dt.UTC)
CBOE_HEAD = (
    "underlying_symbol,quote_date,root,expiration,strike,option_type,close,trade_volume,"
    "bid_1545,ask_1545,underlying_bid_1545,underlying_ask_1545,open_interest"
)


def cboe_line(
    strike: str = "100",
    side: str = "C",
    *,
    symbol: str = "TEST",
    root: str = "TEST",
    day: str = "2025-01-06",
    expiry: str = "2025-02-21",
    bid: str = "1.00",
    ask: str = "1.10",
    last: str = "1.05",
    volume: str = "10",
    interest: str = "100",
    price: str = "100",
) -> str:
    """A contract as Cboe's end-of-day file prints it."""
    return (
        f"{symbol},{day},{root},{expiry},{strike},{side},{last},{volume},"
        f"{bid},{ask},{price},{price},{interest}"
    )


def write(path: Path, lines: Sequence[str], head: str = CBOE_HEAD) -> Path:
    """A file of these lines."""
    path.write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
    return path


def importer(
    database: Database, mapping: ChainMapping = CBOE_EOD, given: Given | None = None
) -> ChainImporter:
    """Imports into the past of the source "Yahoo"."""
    return ChainImporter(ImportedPast(database), "Yahoo", mapping, lambda: NOW, given or Given())


def _price(strike: float, years: float, vol: float, *, is_call: bool) -> float:
    k, t, sigma, call = (np.array([value]) for value in (strike, years, vol, is_call))
    return float(black_scholes_price(100.0, k, t, sigma, 0.04, 0.0, call)[0])


def year_of_days(symbol: str = "TEST", sessions: int = 80, strikes: int = 21) -> list[str]:
    """Chains of many sessions around a price of 100: two expiries, quotes of 20% volatility."""
    days = sessions_between(dt.date(2024, 1, 2), dt.date(2025, 1, 24))[:sessions]
    lines = []
    for n, day in enumerate(days.tolist()):
        vol = 0.2 + 0.001 * n
        for ahead in (14, 42):
            expiry = day + dt.timedelta(days=ahead)
            for k in range(strikes):
                strike = 90.0 + k
                for side in "CP":
                    value = _price(strike, ahead / 365, vol, is_call=side == "C")
                    wall = 105 if side == "C" else 95
                    lines.append(
                        cboe_line(
                            f"{strike:g}",
                            side,
                            symbol=symbol,
                            root=symbol,
                            day=day.isoformat(),
                            expiry=expiry.isoformat(),
                            bid=f"{max(value - 0.02, 0):.2f}",
                            ask=f"{value + 0.02:.2f}",
                            volume=str(10 + n + k * (side == "C")),
                            interest="900" if strike == wall else "50",
                        )
                    )
    return lines
