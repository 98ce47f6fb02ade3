"""Reported quarters: NVIDIA's published figures, and simulated ones for the other companies."""

from __future__ import annotations

import datetime as dt

from analytics.sources.demo.market import generator
from analytics.sources.demo.scenario import Instrument
from analytics.vocabulary import NotAvailable, Quarter

# NVIDIA's revenue and gross profit (GAAP, $ million) as filed with the SEC in its forms 10-Q
# and 10-K, with the day each quarter's results were released.
_NVIDIA = (
    ("2023-01-29", "2023-02-22", 6051, 3833, "Q4 FY2023"),
    ("2023-04-30", "2023-05-24", 7192, 4648, "Q1 FY2024"),
    ("2023-07-30", "2023-08-23", 13507, 9462, "Q2 FY2024"),
    ("2023-10-29", "2023-11-21", 18120, 13400, "Q3 FY2024"),
    ("2024-01-28", "2024-02-21", 22103, 16791, "Q4 FY2024"),
    ("2024-04-28", "2024-05-22", 26044, 20406, "Q1 FY2025"),
    ("2024-07-28", "2024-08-28", 30040, 22574, "Q2 FY2025"),
    ("2024-10-27", "2024-11-20", 35082, 26156, "Q3 FY2025"),
)

# Rough size of the latest quarter ($ million), gross margin and growth a quarter, from which
# plausible quarters are drawn: none of these is a published figure.
_SIMULATED = {
    "AAPL": (95000, 0.46, 0.010),
    "MSFT": (65000, 0.69, 0.037),
    "AMZN": (159000, 0.49, 0.027),
    "GOOGL": (88000, 0.58, 0.034),
    "GOOG": (88000, 0.58, 0.034),
    "META": (40500, 0.82, 0.045),
    "TSLA": (25000, 0.18, 0.012),
    "AVGO": (14000, 0.64, 0.080),
    "BRK-B": (93000, 0.24, 0.015),
    "WMT": (169000, 0.25, 0.012),
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
            )
            for end, reported, revenue, profit, label in _NVIDIA
        )
    if instrument.is_fund:
        raise NotAvailable(f"{instrument.symbol} is not a company and reports no quarters.")
    if instrument.symbol not in _SIMULATED:
        raise NotAvailable(f"the simulator has no quarters of {instrument.symbol}.")
    return _simulated(_COMPANY.get(instrument.symbol, instrument.symbol))


def _simulated(symbol: str) -> tuple[Quarter, ...]:
    revenue, margin, growth = _SIMULATED[symbol]
    rng = generator(symbol, "quarters")
    quarters = []
    for back, end in zip(range(7, -1, -1), _PERIOD_ENDS, strict=True):
        sales = round(revenue * (1 + growth) ** -back * (1 + 0.03 * rng.standard_normal()))
        profit = round(sales * (margin - 0.002 * back + 0.006 * rng.standard_normal()))
        label = f"Q{(end.month + 2) // 3} {end.year} (simulated)"
        reported = end + dt.timedelta(days=int(rng.integers(26, 40)))
        quarters.append(Quarter(end, float(sales), float(profit), label, reported))
    return tuple(quarters)
