"""Small answers in Yahoo's shapes, made up here, for tests that run without recorded ones."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")

ASKED = "{asked}"
"""Stands in an answer for the symbol asked about; the server fills it in."""


def at(day: str, clock: str = "09:30", zone: ZoneInfo = NEW_YORK) -> int:
    """Unix seconds of a local time."""
    return int(dt.datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone).timestamp())


def _spelled(price: float) -> float | str:
    """JSON has no infinity: Yahoo sends the word."""
    return "Infinity" if math.isinf(price) else price


def chart(
    rows: Sequence[tuple[str, float | None]],
    *,
    market_time: int | None = None,
    period_day: str | None = None,
    period_end: str = "16:00",
    splits: dict[str, tuple[int, int]] | None = None,
    adjusted: float = 0.99,
    **meta: Any,
) -> bytes:
    """A chart answer with a bar a (day, close); open, high and low stand around the close."""
    last = rows[-1][0]
    period_day = period_day or last
    stamps = [at(day) for day, _ in rows]
    closes = [close for _, close in rows]

    def prices(factor: float = 1.0, offset: float = 0.0) -> list[float | str | None]:
        return [None if close is None else _spelled(close * factor + offset) for close in closes]

    quote = {
        "open": prices(offset=-1.0),
        "high": prices(offset=2.0),
        "low": prices(offset=-2.0),
        "close": prices(),
        "volume": [None if close is None else 1000 for close in closes],
    }
    regular = {
        "timezone": "EST",
        "gmtoffset": -18000,
        "start": at(period_day),
        "end": at(period_day, period_end),
    }
    result = {
        "meta": {
            "currency": "USD",
            "symbol": ASKED,
            "instrumentType": "EQUITY",
            "longName": "Test Incorporated",
            "exchangeTimezoneName": "America/New_York",
            "regularMarketTime": market_time or at(last, "16:00"),
            "currentTradingPeriod": {name: dict(regular) for name in ("pre", "regular", "post")},
            "validRanges": ["1d", "1y", "max"],
            "priceHint": 2,
            **meta,
        },
        "timestamp": stamps,
        "events": {
            "splits": {
                str(at(day)): {"date": at(day), "numerator": many, "denominator": one}
                for day, (many, one) in (splits or {}).items()
            }
        },
        "indicators": {
            "quote": [quote],
            "adjclose": [{"adjclose": prices(factor=adjusted)}],
        },
    }
    return json.dumps({"chart": {"result": [result], "error": None}}).encode()


def minutes(
    day: str,
    rows: list[tuple[str, float | None]],
    *,
    market_time: str | None = None,
    period_end: str = "16:00",
) -> bytes:
    """A chart answer with a one-minute bar a (New York time, close)."""
    answer = json.loads(chart([(day, 1.0)], period_end=period_end))
    result = answer["chart"]["result"][0]
    closes = [close for _, close in rows]
    result["timestamp"] = [at(day, clock) for clock, _ in rows]
    result["meta"]["regularMarketTime"] = at(day, market_time or rows[-1][0])
    result["meta"]["dataGranularity"] = "1m"
    result["meta"]["tradingPeriods"] = [[result["meta"]["currentTradingPeriod"]["regular"]]]
    quote = {
        name: [None if close is None else close + offset for close in closes]
        for name, offset in (("open", 0.0), ("high", 0.5), ("low", -0.5), ("close", 0.0))
    }
    result["indicators"] = {
        "quote": [quote | {"volume": [None if close is None else 100 for close in closes]}]
    }
    return json.dumps(answer).encode()


def quote(symbol: str, price: float, time: int, **more: Any) -> dict[str, Any]:
    """One entry of a bulk quote answer; ``time``: Unix seconds of the price."""
    return {
        "symbol": symbol,
        "quoteType": "EQUITY",
        "exchangeTimezoneName": "America/New_York",
        "currency": "USD",
        "marketState": "REGULAR",
        "priceHint": 2,
        "regularMarketPrice": price,
        "regularMarketTime": time,
        **more,
    }


def quotes(entries: list[dict[str, Any]]) -> bytes:
    """A bulk quote answer."""
    return json.dumps({"quoteResponse": {"result": entries, "error": None}}).encode()


def contract(strike: float, traded: int, **more: Any) -> dict[str, Any]:
    """One contract; Yahoo leaves out the keys it has no value for."""
    return {
        "contractSymbol": f"TEST{strike}",
        "strike": strike,
        "lastPrice": 1.5,
        "bid": 1.4,
        "ask": 1.6,
        "change": 0.1,
        "impliedVolatility": 0.25,
        "openInterest": 10,
        "lastTradeDate": traded,
        **more,
    }


def options(
    expiries: list[str],
    expiry: str | None = None,
    calls: list[dict[str, Any]] | None = None,
    puts: list[dict[str, Any]] | None = None,
    price: float = 100.0,
) -> bytes:
    """An option answer for one expiry, naming them all; no ``expiry``: none is listed."""
    utc = ZoneInfo("UTC")
    listed = [at(day, "00:00", utc) for day in expiries]
    tables = (
        [{"expirationDate": at(expiry, "00:00", utc), "calls": calls or [], "puts": puts or []}]
        if expiry
        else []
    )
    result = {
        "underlyingSymbol": ASKED,
        "expirationDates": listed,
        "quote": {"regularMarketPrice": price},
        "options": tables,
    }
    return json.dumps({"optionChain": {"result": [result], "error": None}}).encode()


def timeseries(items: dict[str, dict[str, float]], currency: str = "USD") -> bytes:
    """A fundamentals answer: item (``TotalRevenue``) -> period end -> amount."""
    results = [
        {
            "meta": {"symbol": [ASKED], "type": [f"quarterly{item}"]},
            "timestamp": [at(day, "00:00", ZoneInfo("UTC")) for day in amounts],
            f"quarterly{item}": [
                {"asOfDate": day, "currencyCode": currency, "reportedValue": {"raw": amount}}
                for day, amount in amounts.items()
            ],
        }
        for item, amounts in items.items()
    ]
    return json.dumps({"timeseries": {"result": results, "error": None}}).encode()


def search(*quotes: tuple[str, str]) -> bytes:
    """A search answer of (symbol, name)."""
    found = [{"symbol": symbol, "longname": name} for symbol, name in quotes]
    return json.dumps({"quotes": found, "news": []}).encode()


def unknown_symbol() -> bytes:
    """What Yahoo says (with 404) of a symbol it does not know."""
    error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
    return json.dumps({"chart": {"result": None, "error": error}}).encode()


def no_options() -> bytes:
    """What Yahoo says of a symbol without options, and of an unknown one."""
    return json.dumps({"optionChain": {"result": [], "error": None}}).encode()


def empty_chart() -> bytes:
    """A known symbol without one bar in the span."""
    body = json.loads(chart([("2025-01-24", 1.0)]))
    result = body["chart"]["result"][0]
    del result["timestamp"]
    result["indicators"] = {"quote": [{}], "adjclose": [{}]}
    return json.dumps(body).encode()
