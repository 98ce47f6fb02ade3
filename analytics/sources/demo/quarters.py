"""Reported quarters: NVIDIA's published figures, and simulated ones for the other companies."""

from __future__ import annotations

import datetime as dt

from analytics.model.vocabulary import NotAvailable, Quarter
from analytics.sources.demo.market import generator
from analytics.sources.demo.scenario import Instrument

# NVIDIA's revenue and gross profit (GAAP, $ million), weighted average basic shares (millions,
# before and after the 10-for-1 split of June 2024) and payments for its own shares ($ million) as
# filed with the SEC in its forms 10-Q and 10-K, with the day each quarter's results were released.
_NVIDIA = (
    ("2023-01-29", "2023-02-22", 6051, 3833, 2464, 1213, "Q4 FY2023"),
    ("2023-04-30", "2023-05-24", 7192, 4648, 2470, 0, "Q1 FY2024"),
    ("2023-07-30", "2023-08-23", 13507, 9462, 2473, 3067, "Q2 FY2024"),
    ("2023-10-29", "2023-11-21", 18120, 13400, 2468, 3807, "Q3 FY2024"),
    ("2024-01-28", "2024-02-21", 22103, 16791, 2466, 2659, "Q4 FY2024"),
    ("2024-04-28", "2024-05-22", 26044, 20406, 2462, 7740, "Q1 FY2025"),
    ("2024-07-28", "2024-08-28", 30040, 22574, 24578, 7158, "Q2 FY2025"),
    ("2024-10-27", "2024-11-20", 35082, 26156, 24533, 10997, "Q3 FY2025"),
)

# Rough size of the latest quarter ($ million), gross margin, growth a quarter, and shares of all
# classes (millions), from which plausible quarters are drawn: none of these is a published figure.
_SIMULATED = {
    "AAPL": (95000, 0.46, 0.010, 15100),
    "MSFT": (65000, 0.69, 0.037, 7430),
    "AMZN": (159000, 0.49, 0.027, 10500),
    "GOOGL": (88000, 0.58, 0.034, 12300),
    "GOOG": (88000, 0.58, 0.034, 12300),
    "META": (40500, 0.82, 0.045, 2530),
    "TSLA": (25000, 0.18, 0.012, 3200),
    "AVGO": (14000, 0.64, 0.080, 4680),
    "BRK-B": (93000, 0.24, 0.015, 2160),
    "WMT": (169000, 0.25, 0.012, 8050),
    "ORCL": (14000, 0.71, 0.020, 2780),
    "AMD": (7000, 0.50, 0.040, 1620),
    "LLY": (12000, 0.81, 0.060, 900),
    "JPM": (43000, 0.60, 0.010, 2850),
    "V": (9500, 0.80, 0.020, 2000),
    "MA": (7400, 0.77, 0.025, 920),
    "XOM": (86000, 0.23, 0.002, 4400),
    "UNH": (100000, 0.22, 0.020, 920),
    "COST": (62000, 0.13, 0.015, 444),
    "PG": (21500, 0.52, 0.005, 2350),
    "JNJ": (22500, 0.69, 0.010, 2410),
    "HD": (40000, 0.33, 0.005, 992),
}
_PERIOD_ENDS = tuple(
    dt.date(year, month, day)
    for year in (2022, 2023, 2024)
    for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))
)[3:11]
_COMPANY = {"GOOG": "GOOGL"}
"""Share classes report one company's quarters."""


def quarters_of(instrument: Instrument) -> tuple[Quarter, ...]:
    """Eight quarters, oldest first; a simulated one says so in its label.

    Raises:
        NotAvailable: for a fund, an index, or a company the simulator has no quarters of.
    """
    if instrument.symbol == "NVDA":
        return tuple(
            Quarter(
                dt.date.fromisoformat(end),
                float(revenue),
                float(profit),
                f"{label} (as published, SEC filings)",
                dt.date.fromisoformat(reported),
                shares_m=float(shares),
                repurchases_musd=float(spent),
            )
            for end, reported, revenue, profit, shares, spent, label in _NVIDIA
        )
    if instrument.is_fund:
        raise NotAvailable(f"{instrument.symbol} is not a company and reports no quarters.")
    if instrument.symbol not in _SIMULATED:
        raise NotAvailable(f"the simulator has no quarters of {instrument.symbol}.")
    return _simulated(_COMPANY.get(instrument.symbol, instrument.symbol))


def _simulated(symbol: str) -> tuple[Quarter, ...]:
    revenue, margin, growth, shares = _SIMULATED[symbol]
    rng = generator(symbol, "quarters")
    quarters = []
    for back, end in zip(range(7, -1, -1), _PERIOD_ENDS, strict=True):
        sales = round(revenue * (1 + growth) ** -back * (1 + 0.03 * rng.standard_normal()))
        profit = round(sales * (margin - 0.002 * back + 0.006 * rng.standard_normal()))
        label = f"Q{(end.month + 2) // 3} {end.year} (simulated)"
        reported = end + dt.timedelta(days=int(rng.integers(26, 40)))
        quarters.append(
            Quarter(end, float(sales), float(profit), label, reported, shares_m=float(shares))
        )
    return tuple(quarters)
