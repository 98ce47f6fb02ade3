"""Yahoo's quarterly statements, as yfinance gives them, as quarters."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from analytics.model.vocabulary import Quarter


def currencies_of(payloads: list[dict[str, Any]]) -> dict[dt.date, str]:
    """The currency of each quarter's revenue, which yfinance's table leaves out."""
    series = [
        value
        for payload in payloads
        for result in payload["timeseries"]["result"]
        for value in result.get("quarterlyTotalRevenue", ())
    ]
    return {dt.date.fromisoformat(value["asOfDate"]): value["currencyCode"] for value in series}


def quarters_of(statement: pd.DataFrame, currencies: dict[dt.date, str]) -> tuple[Quarter, ...]:
    """yfinance's statement (a row an item, a column a period end) as quarters, oldest first."""
    if "Total Revenue" not in statement.index:
        return ()
    revenue = statement.loc["Total Revenue"].to_numpy(dtype=np.float64)
    gross = (
        statement.loc["Gross Profit"].to_numpy(dtype=np.float64)
        if "Gross Profit" in statement.index
        else np.full(len(revenue), np.nan)
    )
    shares = (
        statement.loc["Basic Average Shares"].to_numpy(dtype=np.float64)
        if "Basic Average Shares" in statement.index
        else np.full(len(revenue), np.nan)
    )
    ends = [end.date() for end in pd.DatetimeIndex(statement.columns)]
    return tuple(
        Quarter(
            period_end=end,
            revenue_musd=float(amount) / 1e6,
            gross_profit_musd=None if np.isnan(profit) else float(profit) / 1e6,
            currency=currencies[end],
            shares_m=None if np.isnan(count) else float(count) / 1e6,
        )
        for end, amount, profit, count in sorted(zip(ends, revenue, gross, shares, strict=True))
        if not np.isnan(amount)
    )
