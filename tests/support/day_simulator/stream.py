"""Frames of Yahoo's price stream, as the simulated market trades and as a fault garbles them."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from yfinance.pricing_pb2 import PricingData

from analytics.model import sessions
from analytics.model.vocabulary import Phase
from tests.support.day_simulator.market import Market

Frames = Callable[[Market, dt.datetime], list[str]]
"""What the stream brings of SPY at a moment."""


def frame(market: Market, now: dt.datetime, **changes: Any) -> str:
    """The true frame, with some fields changed."""
    entry = market.quote("SPY", now)
    pre = sessions.phase_at(now) is Phase.PRE
    last = entry["preMarketTime" if pre else "regularMarketTime"]
    fields = {
        "id": "SPY",
        "price": entry["preMarketPrice" if pre else "regularMarketPrice"],
        "time": last * 1000,
        "market_hours": 0 if pre else 1,
        "price_hint": 2,
    }
    if not pre:
        fields |= {
            "open_price": entry["regularMarketOpen"],
            "day_high": entry["regularMarketDayHigh"],
            "day_low": entry["regularMarketDayLow"],
            "day_volume": entry["regularMarketVolume"],
            "previous_close": entry["regularMarketPreviousClose"],
        }
    message = PricingData(**(fields | changes)).SerializeToString()
    return json.dumps({"type": "pricing", "message": base64.b64encode(message).decode()})


def true_frames(market: Market, now: dt.datetime) -> list[str]:
    """One frame of the last trade."""
    return [frame(market, now)]


def no_frames(market: Market, now: dt.datetime) -> list[str]:
    """The stream has dropped, or is silent."""
    return []


def garbage(market: Market, now: dt.datetime) -> list[str]:
    """A message format that nobody knows."""
    return ["[]", '{"message": "AAAA"}', "not json", '{"message": "#"}']


def priced(factor: float, sent: int = 1) -> Frames:
    """The true print, and one at a multiple of it, sent so many times."""

    def frames(market: Market, now: dt.datetime) -> list[str]:
        price = market.quote("SPY", now)["regularMarketPrice"] * factor
        return [frame(market, now), *[frame(market, now, price=price)] * sent]

    return frames


def stating(**fields: float) -> Frames:
    """The true print with false facts of the day beside it."""
    return lambda market, now: [frame(market, now, **fields)]


def ahead(seconds: int, factor: float = 0.97) -> Frames:
    """A false price stamped later than now, then the true print."""

    def frames(market: Market, now: dt.datetime) -> list[str]:
        entry = market.quote("SPY", now)
        price = entry["regularMarketPrice"] * factor
        return [
            frame(market, now, price=price, time=(entry["regularMarketTime"] + seconds) * 1000),
            frame(market, now),
        ]

    return frames


def late(minutes: int) -> Frames:
    """Every print is delivered again when it is old."""

    def frames(market: Market, now: dt.datetime) -> list[str]:
        before = now - dt.timedelta(minutes=minutes)
        return [frame(market, now), frame(market, before)]

    return frames


def stands_still(since: dt.datetime) -> Frames:
    """The last frame of before is repeated."""
    return lambda market, now: [frame(market, since)]
