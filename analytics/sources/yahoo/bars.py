"""Yahoo's chart answers, as yfinance gives them, as bars: daily ones and one-minute ones."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analytics.model import sessions
from analytics.model.vocabulary import NotAvailable
from analytics.sources.base import BAR_COLUMNS, RawBars

DELAY = dt.timedelta(minutes=15)
"""Yahoo's longest delay for US prices; many US listings are in fact in real time."""

_COLUMNS = dict(
    zip(
        ("Open", "High", "Low", "Close", "Adj Close", "Volume", "Stock Splits"),
        BAR_COLUMNS,
        strict=True,
    )
)
_CALENDAR_TYPES = ("EQUITY", "ETF", "INDEX")


def raw_bars(
    symbol: str,
    history: pd.DataFrame,
    meta: dict[str, Any],
    start: dt.date | None,
    now: dt.datetime,
) -> RawBars:
    """yfinance's daily table from ``start`` on; ``meta`` is the chart answer's, ``now`` UTC.

    Raises:
        NotAvailable: no row has a close.
    """
    zone = ZoneInfo(meta["exchangeTimezoneName"])
    frame = history[list(_COLUMNS)].rename(columns=_COLUMNS)
    frame["splits"] = frame["splits"].replace(0.0, 1.0)
    frame.index = pd.DatetimeIndex(frame.index).tz_localize(None).normalize()
    if start is not None:
        frame = frame[frame.index >= pd.Timestamp(start)]
    today = pd.Timestamp(now.astimezone(zone).date())
    if len(frame) and frame.index[-1] >= today and frame["close"].isna().iloc[-1]:
        frame = frame.iloc[:-1]
    priced = frame.index[np.isfinite(frame["close"])]
    if not len(priced):
        raise NotAvailable(f"Yahoo has no daily bars of {symbol} in that span.")
    newest = priced[-1].date()
    market_time = dt.datetime.fromtimestamp(meta["regularMarketTime"], dt.UTC)
    return RawBars(
        symbol=symbol,
        frame=frame,
        last_time=market_time if market_time.astimezone(zone).date() == newest else None,
        last_complete=is_complete(newest, meta, now),
        timezone=zone.key,
        currency=meta.get("currency") or "",
        name=meta.get("longName") or meta.get("shortName") or "",
    )


def raw_minutes(
    symbol: str,
    history: pd.DataFrame,
    meta: dict[str, Any],
    opens: dt.datetime,
    closes: dt.datetime,
) -> RawBars:
    """Whole minutes between the bells; Yahoo adds the newest price as a row of its own.

    Raises:
        NotAvailable: there is none.
    """
    frame = history[list(_COLUMNS)].rename(columns=_COLUMNS)
    frame["splits"] = frame["splits"].replace(0.0, 1.0)
    frame.index = pd.DatetimeIndex(frame.index).tz_convert("UTC")
    whole = frame.index == frame.index.floor("min")
    inside = (frame.index >= pd.Timestamp(opens)) & (frame.index < pd.Timestamp(closes))
    frame = frame[whole & inside & np.isfinite(frame["close"])]
    if frame.empty:
        raise NotAvailable(f"Yahoo has no one-minute bars of {symbol} in that session.")
    market_time = dt.datetime.fromtimestamp(meta["regularMarketTime"], dt.UTC)
    return RawBars(
        symbol=symbol,
        frame=frame,
        last_time=min(market_time, closes),
        last_complete=market_time >= closes,
        timezone=meta["exchangeTimezoneName"],
        currency=meta.get("currency") or "",
        name=meta.get("longName") or meta.get("shortName") or "",
    )


def is_complete(newest: dt.date, meta: dict[str, Any], now: dt.datetime) -> bool:
    """Whether the newest bar, dated ``newest``, is that of a finished session.

    ``meta`` is the chart answer's: the bar is complete when it is older than the trading
    period that Yahoo names; else when the last price is of that period's end or later, or
    when the end lies back longer than Yahoo's delay (a thinly traded listing has no price at
    the bell). Yahoo may name the usual end on a half-day: the exchange's calendar then leads.
    """
    zone = ZoneInfo(meta["exchangeTimezoneName"])
    regular = meta["currentTradingPeriod"]["regular"]
    begins = dt.datetime.fromtimestamp(regular["start"], dt.UTC)
    ends = dt.datetime.fromtimestamp(regular["end"], dt.UTC)
    if newest != begins.astimezone(zone).date():
        return newest < begins.astimezone(zone).date()
    listed_here = zone.key == "America/New_York" and meta.get("instrumentType") in _CALENDAR_TYPES
    if listed_here and sessions.is_session(newest):
        ends = min(ends, sessions.session_close(newest))
    market_time = dt.datetime.fromtimestamp(meta["regularMarketTime"], dt.UTC)
    return market_time >= ends or now >= ends + DELAY + dt.timedelta(minutes=5)
