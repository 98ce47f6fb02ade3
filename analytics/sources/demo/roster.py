"""The symbols the simulator knows, each with what its path is fitted to."""

# A table row a symbol reads better whole than folded.
# ruff: noqa: E501

from __future__ import annotations

import datetime as dt
import zlib

import numpy as np

from analytics.model.sessions import previous_session
from analytics.sources.demo.index_members import index_members
from analytics.sources.demo.scenario import (
    AAPL_MONDAY,
    HISTORY_STARTS,
    MONDAY,
    NVDA_MONDAY,
    QQQ_MONDAY,
    SEED,
    SPY_MONDAY,
    VIX_MONDAY,
    Day,
    Instrument,
)

YOUNG_BARS = 30
"""Bars of the young listing on the Monday, too few for a 50-DMA."""

SECTORS = (
    *("materials", "communication", "energy", "financials", "industrials", "technology"),
    *("staples", "property", "utilities", "health", "discretionary"),
)

# Published facts, each to the exchange's cent: closes of 23, 24 and 27 January 2025 and the
# percent distances of the 20-, 50- and 100-day averages on the 24th. The remaining columns
# are rounded estimates that only shape the simulated history: distance of the 200-day
# average, close a year before, first price, beta, residual volatility, yield, volume.
# symbol | name | sector | Thu Fri Mon | 20 50 100 200 | year ago, first | beta, vol, yield, vol (M)
_FITTED = """
SPY   | SPDR S&P 500 ETF Trust | broad | 609.75 607.97 599.37 | -2.33 -1.92 -3.91 -8.0 | 485 120 | 1 0 1.2 45
QQQ   | Invesco QQQ Trust | technology | 532.64 529.63 514.21 | -2.000 -2.373 -5.436 -9.0 | 425 40 | 1.34 6 0.6 33
DIA   | SPDR Dow Jones Industrial Average ETF | broad | 445.38 444.12 447.12 | -3.029 -1.739 -3.413 -7.0 | 378 107 | 0.80 6 1.6 3
IWM   | iShares Russell 2000 ETF | broad | 229.33 228.69 226.50 | -2.236 0.616 -1.644 -5.0 | 196 64 | 1.28 12 1.1 26
XLB   | Materials Select Sector SPDR | materials | 89.23 89.00 89.05 | -3.592 0.163 3.145 2.4 | 82.5 29 | 0.71 10 1.9 6
XLC   | Communication Services Select Sector SPDR | communication | 99.51 100.41 100.93 | -2.640 -2.165 -6.402 -11.5 | 75.5 49 | 0.84 8.8 0.9 5
XLE   | Energy Select Sector SPDR | energy | 92.20 91.31 90.36 | -2.555 -0.567 -1.371 -0.6 | 82 36 | 0.53 18 3.2 15
XLF   | Financial Select Sector SPDR | financials | 50.70 50.85 51.41 | -3.552 -2.602 -6.034 -11.5 | 38.4 24.6 | 0.84 11.5 1.4 38
XLI   | Industrial Select Sector SPDR | industrials | 141.67 141.07 139.18 | -4.334 -2.364 -3.510 -6.5 | 113 31 | 0.86 8.6 1.3 9
XLK   | Technology Select Sector SPDR | technology | 241.82 239.30 227.57 | -1.814 -1.639 -3.956 -6.6 | 199 21 | 1.57 10 0.6 5
XLP   | Consumer Staples Select Sector SPDR | staples | 77.50 77.90 80.01 | -0.255 2.655 4.001 1.5 | 71.5 23 | 0.21 8.6 2.6 12
XLRE  | Real Estate Select Sector SPDR | property | 41.43 41.55 41.96 | -2.295 1.500 3.790 -1.0 | 38.2 30 | 0.42 15 3.3 6
XLU   | Utilities Select Sector SPDR | utilities | 78.69 79.49 77.65 | -3.209 -1.489 -0.840 -5.5 | 60.5 28 | 0.26 15.5 2.8 11
XLV   | Health Care Select Sector SPDR | health | 144.08 144.31 147.55 | -2.832 -1.515 2.108 1.5 | 138.5 30 | 0.47 9.2 1.6 9
XLY   | Consumer Discretionary Select Sector SPDR | discretionary | 231.42 230.01 231.32 | -1.372 -1.898 -8.172 -13.5 | 176 35 | 1.27 11 0.7 4
AAPL  | Apple Inc. | technology | 223.66 222.78 229.86 | 7.418 7.345 4.579 -2.3 | 194.5 1.13 | 0.82 15.6 0.4 52
NVDA  | NVIDIA Corporation | technology | 147.22 142.62 118.42 | -2.273 -2.160 -6.462 -12.5 | 61.4 0.20 | 2.60 36 0.03 240
MSFT  | Microsoft Corporation | technology | 446.71 444.06 434.56 | -3.524 -3.068 -4.120 -4.0 | 402.6 26.7 | 1.05 14 0.7 20
AMZN  | Amazon.com, Inc. | discretionary | 235.42 234.85 235.42 | -4.239 -6.706 -13.363 -17.5 | 156.9 2.2 | 1.64 21 0 34
GOOGL | Alphabet Inc. Class A | communication | 197.98 200.21 191.81 | -2.994 -7.424 -12.869 -15.0 | 148.7 5.0 | 1.11 21 0.4 26
META  | Meta Platforms, Inc. | communication | 636.45 647.49 659.88 | -5.529 -7.366 -10.302 -14.5 | 390.7 38 | 1.12 22 0.3 13
TSLA  | Tesla, Inc. | discretionary | 412.38 406.58 397.15 | 1.831 -3.779 -22.229 -33.0 | 207.8 1.6 | 2.75 55 0 75
AVGO  | Broadcom Inc. | technology | 240.28 244.70 202.13 | -4.200 -16.523 -23.401 -31.0 | 123 1.6 | 2.56 47 0.9 28
BRK-B | Berkshire Hathaway Inc. Class B | financials | 459.83 463.19 474.70 | -1.569 -0.195 -0.626 -4.5 | 385 57.5 | 0.60 15.6 0 4
WMT   | Walmart Inc. | staples | 93.81 94.76 97.40 | -3.037 -3.629 -9.330 -19.5 | 54.5 17.8 | 0.39 18 0.9 16
GOOG  | Alphabet Inc. Class C | communication | 199.58 201.90 193.77 | -3.114 -7.455 -12.886 -15.0 | 150.4 28 | 1.13 21 0.4 18
"""

# Everything here is the simulator's own: prices near those of the time, rounded, so that the
# names behave as a webinar's audience expects; no figure is a published one.
# symbol | name | sector | Fri, Mon % | 50 100 | year ago, first | beta, vol, yield, vol (M)
_PLAUSIBLE = """
RSP  | Invesco S&P 500 Equal Weight ETF | broad | 180.3 0.1 | -1.2 -1.6 | 158 40 | 0.85 5 1.5 12
TLT  | iShares 20+ Year Treasury Bond ETF | rates | 87.0 1.2 | 2.2 5.5 | 94 88 | 0.05 13 4.2 35
HYG  | iShares High Yield Corporate Bond ETF | rates | 79.3 -0.1 | -0.2 0.1 | 77 104 | 0.25 3 6.0 38
LQD  | iShares Investment Grade Bond ETF | rates | 107.0 0.5 | 0.9 2.6 | 109 111 | 0.10 7 4.4 25
AMD  | Advanced Micro Devices, Inc. | technology | 122.8 -6.4 | 5.4 14.8 | 178 21 | 1.9 38 0 40
ORCL | Oracle Corporation | technology | 183.6 -13.8 | -4.6 -4.2 | 113 13 | 1.3 32 0.9 11
CRM  | Salesforce, Inc. | technology | 333.9 4.0 | 1.2 -9.0 | 280 4 | 1.2 28 0.5 6
PLTR | Palantir Technologies Inc. | technology | 79.0 -4.5 | -9.5 -33.0 | 16.8 9.5 | 2.3 58 0 75
ARM  | Arm Holdings plc | technology | 162.1 -10.2 | -13.5 -11.0 | 73 63 | 2.3 52 0 9
MU   | Micron Technology, Inc. | technology | 103.2 -11.7 | -4.2 -3.4 | 88 12 | 2.0 40 0.4 20
INTC | Intel Corporation | technology | 20.8 -2.6 | 3.2 4.5 | 49 23 | 1.3 40 0 70
QCOM | QUALCOMM Incorporated | technology | 171.0 -0.9 | -6.0 -3.6 | 152 21 | 1.5 28 2.0 9
TXN  | Texas Instruments Incorporated | technology | 187.0 -1.0 | 2.0 5.0 | 173 24 | 1.1 22 2.8 6
CSCO | Cisco Systems, Inc. | technology | 62.0 -5.1 | -4.4 -9.0 | 52 19 | 0.9 15 2.6 18
IBM  | International Business Machines Corporation | technology | 224.8 -0.5 | 0.2 -1.4 | 174 93 | 0.8 19 3.0 4
ADBE | Adobe Inc. | technology | 435.0 0.8 | 9.0 14.5 | 606 31 | 1.2 26 0 3
NOW  | ServiceNow, Inc. | technology | 1127.0 -2.0 | -4.2 -9.5 | 756 24 | 1.3 25 0 1.3
SMCI | Super Micro Computer, Inc. | technology | 35.5 -12.5 | -4.0 6.0 | 48 2 | 2.4 80 0 60
ANET | Arista Networks, Inc. | technology | 129.0 -22.0 | -13.5 -20.0 | 67 3.4 | 1.8 35 0 9
NFLX | Netflix, Inc. | communication | 977.0 -0.5 | -6.8 -17.0 | 545 1.6 | 1.3 28 0 4
DIS  | The Walt Disney Company | communication | 110.0 1.6 | 0.9 -5.5 | 94 27 | 0.8 22 0.9 9
T    | AT&T Inc. | communication | 22.8 3.2 | -0.8 -2.4 | 17 19 | 0.3 19 4.9 35
JPM  | JPMorgan Chase & Co. | financials | 264.9 0.5 | -7.6 -13.0 | 171 39 | 1.0 18 1.9 9
BAC  | Bank of America Corporation | financials | 46.6 0.7 | -1.6 -6.8 | 33 47 | 1.1 18 2.2 34
GS   | The Goldman Sachs Group, Inc. | financials | 634.0 -1.0 | -6.5 -14.5 | 377 104 | 1.3 20 1.9 2
V    | Visa Inc. | financials | 330.0 1.2 | -3.8 -10.0 | 272 14 | 0.7 14 0.7 6
MA   | Mastercard Incorporated | financials | 533.0 1.5 | -1.4 -3.6 | 438 4.6 | 0.8 14 0.5 2.5
UNH  | UnitedHealth Group Incorporated | health | 532.0 1.6 | 3.4 7.2 | 510 44 | 0.4 24 1.6 5
LLY  | Eli Lilly and Company | health | 785.0 1.9 | -0.9 6.5 | 630 57 | 0.7 30 0.7 3.5
JNJ  | Johnson & Johnson | health | 146.6 3.6 | 1.0 5.6 | 159 63 | 0.1 15 3.4 8
MRK  | Merck & Co., Inc. | health | 95.6 2.4 | 4.0 10.0 | 120 31 | 0.2 19 3.3 12
ABBV | AbbVie Inc. | health | 170.0 2.9 | 3.5 8.5 | 165 35 | 0.3 22 3.8 6
PFE  | Pfizer Inc. | health | 26.2 1.8 | -0.5 6.0 | 28 26 | 0.4 20 6.4 40
PG   | The Procter & Gamble Company | staples | 164.3 3.2 | 3.6 3.8 | 150 55 | 0.1 14 2.4 8
KO   | The Coca-Cola Company | staples | 61.9 2.7 | 1.7 6.0 | 60 21 | 0.1 13 3.1 16
PEP  | PepsiCo, Inc. | staples | 149.9 2.9 | 3.6 9.2 | 167 52 | 0.1 15 3.6 7
COST | Costco Wholesale Corporation | staples | 939.7 1.3 | 0.5 -2.4 | 685 48 | 0.8 17 0.5 2
MCD  | McDonald's Corporation | discretionary | 256.0 2.2 | 13.0 14.0 | 292 32 | 0.2 16 2.7 4
HD   | The Home Depot, Inc. | discretionary | 413.0 1.6 | -2.4 -2.8 | 353 42 | 0.9 17 2.2 3.5
XOM  | Exxon Mobil Corporation | energy | 109.0 -0.9 | 3.2 6.4 | 98 50 | 0.4 18 3.6 15
CVX  | Chevron Corporation | energy | 155.8 -0.8 | -1.8 -2.9 | 142 52 | 0.4 18 4.2 8
CAT  | Caterpillar Inc. | industrials | 405.0 -4.4 | -6.0 -6.4 | 287 48 | 1.2 22 1.4 3
GE   | GE Aerospace | industrials | 200.0 -3.0 | -11.0 -9.4 | 104 175 | 1.2 23 0.6 5
NEE  | NextEra Energy, Inc. | utilities | 71.6 -3.1 | 1.5 8.5 | 57 9.2 | 0.4 24 2.9 12
CEG  | Constellation Energy Corporation | utilities | 347.0 -20.8 | -27.0 -25.5 | 113 42 | 1.3 48 0.4 3
VST  | Vistra Corp. | utilities | 190.0 -28.0 | -20.5 -32.5 | 41 15 | 1.5 55 0.5 7
"""

_LISTED = {
    "XLRE": dt.date(2015, 10, 8),
    "XLC": dt.date(2018, 6, 19),
    "META": dt.date(2012, 5, 18),
    "TSLA": dt.date(2010, 6, 29),
    "AVGO": dt.date(2009, 8, 6),
    "GOOG": dt.date(2014, 4, 3),
    "PLTR": dt.date(2020, 9, 30),
    "ARM": dt.date(2023, 9, 14),
    "NOW": dt.date(2012, 6, 29),
    "SMCI": dt.date(2007, 3, 29),
    "ANET": dt.date(2014, 6, 6),
    "V": dt.date(2008, 3, 19),
    "MA": dt.date(2006, 5, 25),
    "ABBV": dt.date(2013, 1, 2),
    "HYG": dt.date(2007, 4, 11),
    "CEG": dt.date(2022, 2, 2),
    "VST": dt.date(2016, 10, 5),
}
_RANGES: dict[str, Day] = {
    "SPY": SPY_MONDAY,
    "QQQ": QQQ_MONDAY,
    "NVDA": NVDA_MONDAY,
    "AAPL": AAPL_MONDAY,
}
_SECTOR_FUNDS = frozenset(
    ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
)
_FUNDS = _SECTOR_FUNDS | {"SPY", "QQQ", "DIA", "IWM", "RSP", "TLT", "HYG", "LQD"}


def _cells(table: str) -> list[list[str]]:
    return [[c.strip() for c in line.split("|")] for line in table.strip().splitlines()]


def _numbers(cell: str) -> list[float]:
    return [float(word) for word in cell.split()]


def _fitted(cells: list[str]) -> Instrument:
    symbol, name, sector = cells[:3]
    thursday, friday, monday = _numbers(cells[3])
    year_ago, first = _numbers(cells[5])
    beta, vol, dividend, volume = _numbers(cells[6])
    return Instrument(
        symbol,
        name,
        sector,
        friday=friday,
        monday=monday,
        beta=beta,
        residual_vol=vol / 100,
        first_price=first,
        thursday=thursday,
        dma=tuple(zip((20, 50, 100, 200), _numbers(cells[4]), strict=True)),
        year_ago=year_ago,
        listed=_LISTED.get(symbol, HISTORY_STARTS),
        dividend_yield=dividend / 100,
        volume_m=volume,
        sector_share=0.8 if symbol in _SECTOR_FUNDS else 0.35,
        split=(dt.date(2024, 6, 10), 10.0) if symbol == "NVDA" else None,
        range_monday=_RANGES.get(symbol),
        is_fund=symbol in _FUNDS,
    )


def _plausible(cells: list[str]) -> Instrument:
    symbol, name, sector = cells[:3]
    friday, percent = _numbers(cells[3])
    year_ago, first = _numbers(cells[5])
    beta, vol, dividend, volume = _numbers(cells[6])
    return Instrument(
        symbol,
        name,
        sector,
        friday=friday,
        monday=round(friday * (1 + percent / 100), 2),
        beta=beta,
        residual_vol=vol / 100,
        first_price=first,
        dma=tuple(zip((50, 100), _numbers(cells[4]), strict=True)),
        year_ago=year_ago,
        listed=_LISTED.get(symbol, HISTORY_STARTS),
        dividend_yield=dividend / 100,
        volume_m=volume,
        is_fund=symbol in _FUNDS,
    )


def _vix() -> Instrument:
    return Instrument(
        "VIX",
        "Cboe Volatility Index",
        "broad",
        friday=14.85,
        monday=17.90,
        beta=0.0,
        residual_vol=0.0,
        first_price=14.0,
        thursday=15.02,
        dma=((20, 11.6), (50, 7.3), (100, 17.0), (200, 7.0)),
        volume_m=0.0,
        range_monday=VIX_MONDAY,
        is_fund=True,
    )


def _young() -> Instrument:
    return Instrument(
        "YOUNG",
        "Young Listing Inc. (invented)",
        "technology",
        friday=31.40,
        monday=30.55,
        beta=1.4,
        residual_vol=0.55,
        first_price=28.0,
        listed=previous_session(MONDAY, YOUNG_BARS - 1),
        volume_m=3.0,
    )


def _invented(number: int) -> Instrument:
    """One of the load-test universe; its figures follow from its number alone."""
    symbol = f"SIM{number:03d}"
    rng = np.random.default_rng([SEED, zlib.crc32(symbol.encode())])
    beta = float(np.clip(rng.normal(1.0, 0.35), 0.1, 2.4))
    vol = float(rng.uniform(0.14, 0.40))
    friday = round(float(np.exp(rng.normal(4.6, 0.7))), 2)
    percent = -1.4 * beta + rng.normal(0, 100 * vol / 16)
    return Instrument(
        symbol,
        f"Simulated Company {number}",
        SECTORS[int(rng.integers(0, len(SECTORS)))],
        friday=friday,
        monday=round(friday * (1 + percent / 100), 2),
        beta=beta,
        residual_vol=vol,
        first_price=friday * float(np.exp(-rng.uniform(0.2, 2.8))),
        dividend_yield=float(rng.uniform(0, 0.035)),
        volume_m=float(np.exp(rng.normal(1.2, 0.8))),
    )


def build_roster(universe: int = 0) -> dict[str, Instrument]:
    """Symbol -> instrument: the scenario's names, the index's members, SIM001 ... of the universe."""
    named = [_fitted(c) for c in _cells(_FITTED)] + [_plausible(c) for c in _cells(_PLAUSIBLE)]
    roster = {i.symbol: i for i in (*named, _vix(), _young())}
    roster |= {i.symbol: i for i in index_members() if i.symbol not in roster}
    roster |= {i.symbol: i for i in map(_invented, range(1, universe + 1))}
    return roster
