"""The markets that are followed overnight, as Yahoo writes their symbols."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from analytics.model.listings import VIX
from analytics.model.question import Symbol


class Region(StrEnum):
    """What a market is listed under, in the order of the panel."""

    FUTURES = "US index futures"
    EUROPE = "Europe"
    ASIA = "Asia and Australia"
    RATES = "Volatility, rates, dollar"
    COMMODITIES = "Gold, oil, bitcoin"


@dataclass(frozen=True)
class OvernightMarket:
    """One of them.

    Attributes:
        name: short, as printed.
        is_yield: its price is a yield in percent: a change is in basis points.
    """

    symbol: Symbol
    name: str
    region: Region
    is_yield: bool = False


def _listed(region: Region, *named: tuple[str, str]) -> tuple[OvernightMarket, ...]:
    return tuple(
        OvernightMarket(Symbol(symbol), name, region, symbol == "^TNX") for symbol, name in named
    )


MARKETS: tuple[OvernightMarket, ...] = (
    *_listed(
        Region.FUTURES,
        ("ES=F", "S&P 500"),
        ("NQ=F", "Nasdaq-100"),
        ("YM=F", "Dow"),
        ("RTY=F", "Russell 2000"),
    ),
    *_listed(
        Region.EUROPE,
        ("^STOXX50E", "Euro Stoxx 50"),
        ("^GDAXI", "DAX"),
        ("^FTSE", "FTSE 100"),
        ("^FCHI", "CAC 40"),
    ),
    *_listed(
        Region.ASIA,
        ("^N225", "Nikkei 225"),
        ("^HSI", "Hang Seng"),
        ("000001.SS", "Shanghai"),
        ("^AXJO", "S&P/ASX 200"),
    ),
    *_listed(
        Region.RATES,
        (VIX, "VIX"),
        ("^TNX", "10-year yield"),
        ("DX-Y.NYB", "Dollar index"),
    ),
    *_listed(
        Region.COMMODITIES,
        ("GC=F", "Gold"),
        ("CL=F", "Crude oil"),
        ("BTC-USD", "Bitcoin"),
    ),
)

FUTURE_OF: Mapping[Symbol, Symbol] = {
    Symbol(fund): Symbol(future)
    for fund, future in (("SPY", "ES=F"), ("QQQ", "NQ=F"), ("DIA", "YM=F"), ("IWM", "RTY=F"))
}
"""Fund -> the future on the same index."""
