"""The truth of a day, and what Yahoo says of it at any second of any clock.

Prices are made up and fixed: SPY goes down through its 50-DMA at noon and back an hour and a half
later, the others wander. What Yahoo does with them is what it was recorded to do: the running row
is stamped with the last trade, the day to come has an empty row before the open, the trading
period named ends at 16:00 on a half-day as well.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from analytics.model import sessions
from analytics.model.listings import sectors
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Phase
from tests.support.builders import walk
from tests.support.loopback import bodies

SYMBOLS = ("SPY", "QQQ", "DIA", "IWM", "^VIX", *sectors())
HISTORY = 300
OPENS_AT = 9.5
SPY_PATH = (
    (0.0, 606.9),
    (0.2, 603.5),
    (0.38, 601.5),
    (0.4, 597.0),
    (0.5, 596.0),
    (0.62, 604.0),
    (0.9, 606.0),
    (1.0, 607.0),
)
"""Share of the session gone, price: under the 50-DMA (about 600) from two fifths on."""


@dataclass(frozen=True)
class Row:
    """One daily bar as Yahoo has it at a moment; ``stamp`` in Unix seconds."""

    stamp: int
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: int | None


class Market:
    """What is true of every symbol, around one session.

    Args:
        session: the last whose prices are known minute by minute; so is the one before it.
    """

    def __init__(self, session: dt.date) -> None:
        self.session = session
        self._first = sessions.previous_session(session)

    def price(self, symbol: str, time: dt.datetime) -> float:
        """The last trade's price at a moment of a session known by the minute."""
        session = sessions.current_session(time)
        opens, closes = sessions.session_open(session), sessions.session_close(session)
        share = min(1.0, max(0.0, (time - opens) / (closes - opens)))
        before = self._close(symbol, sessions.previous_session(session))
        if symbol == "SPY" and session == self.session:
            times, prices = zip(*SPY_PATH, strict=True)
            return round(float(np.interp(share, times, prices)), 2)
        drift = 1.0 + 0.006 * math.sin(sum(map(ord, symbol)) + session.toordinal()) * share
        wave = 1.0 + 0.001 * math.sin(40.0 * share)
        return round(before * drift * (wave if share < 1.0 else 1.0), 2)

    def rows(self, symbol: str, time: dt.datetime) -> list[Row]:
        """The daily rows at a moment, oldest first, the empty one of a day to come included."""
        current = sessions.current_session(time)
        rows = [
            self._finished(symbol, day) for day in self._days(sessions.previous_session(current))
        ]
        if time >= sessions.session_close(current):
            rows.append(self._finished(symbol, current))
        else:
            rows.append(self._bar(symbol, current, time, int(time.timestamp())))
        today = time.astimezone(NEW_YORK).date()
        if sessions.phase_at(time) is Phase.PRE:
            rows.append(Row(_stamp(today), None, None, None, None, None))
        return rows

    def chart(self, symbol: str, time: dt.datetime) -> dict[str, Any]:
        """The daily chart's result."""
        rows = self.rows(symbol, time)
        current = sessions.current_session(time)
        named = (
            current if time < sessions.session_close(current) else sessions.next_session(current)
        )
        last = min(time, sessions.session_close(current))
        period = {"start": _stamp(named), "end": bodies.at(str(named), "16:00")}
        return {
            "meta": {
                "currency": "USD",
                "symbol": symbol,
                "exchangeName": "PCX" if symbol != "^VIX" else "WCB",
                "instrumentType": "ETF" if symbol != "^VIX" else "INDEX",
                "longName": f"{symbol} of the simulated day",
                "exchangeTimezoneName": "America/New_York",
                "regularMarketTime": int(last.timestamp()),
                "regularMarketPrice": [row.close for row in rows if row.close is not None][-1],
                "priceHint": 2,
                "dataGranularity": "1d",
                "currentTradingPeriod": {"pre": period, "regular": period, "post": period},
            },
            "timestamp": [row.stamp for row in rows],
            "events": {},
            "indicators": {
                "quote": [
                    {
                        name: [getattr(row, name) for row in rows]
                        for name in ("open", "high", "low", "close", "volume")
                    }
                ],
                "adjclose": [{"adjclose": [row.close for row in rows]}],
            },
        }

    def minutes(self, symbol: str, session: dt.date, time: dt.datetime) -> dict[str, Any]:
        """The one-minute chart's result of a session, as far as it has come."""
        result = self.chart(symbol, time)
        ends = min(time, sessions.session_close(session))
        starts = list(_minutes(sessions.session_open(session), ends))
        bars = [self._span(symbol, at, min(at + dt.timedelta(minutes=1), ends)) for at in starts]
        result["meta"]["dataGranularity"] = "1m"
        result["timestamp"] = [int(at.timestamp()) for at in starts]
        columns = ("open", "high", "low", "close")
        quote = {name: [bar[i] for bar in bars] for i, name in enumerate(columns)}
        result["indicators"] = {"quote": [quote | {"volume": [1000] * len(starts)}]}
        return result

    def quote(self, symbol: str, time: dt.datetime) -> dict[str, Any]:
        """The entry of the bulk quote answer."""
        rows = [row for row in self.rows(symbol, time) if row.close is not None]
        newest, before = rows[-1], rows[-2]
        current = sessions.current_session(time)
        last = min(time, sessions.session_close(current))
        more: dict[str, Any] = {}
        if sessions.phase_at(time) is Phase.PRE:
            indicated = round(float(newest.close or 0.0) * 0.998, 2)
            more = {"preMarketPrice": indicated, "preMarketTime": int(time.timestamp())}
        return bodies.quote(
            symbol,
            float(newest.close or 0.0),
            int(last.timestamp()),
            regularMarketOpen=newest.open,
            regularMarketDayHigh=newest.high,
            regularMarketDayLow=newest.low,
            regularMarketVolume=newest.volume,
            regularMarketPreviousClose=before.close,
            **more,
        )

    @lru_cache(maxsize=4096)  # noqa: B019 - a market lives as long as its play
    def _close(self, symbol: str, day: dt.date) -> float:
        if day >= self._first:
            return self.price(symbol, sessions.session_close(day))
        return self._history(symbol)[day]

    @lru_cache(maxsize=64)  # noqa: B019
    def _history(self, symbol: str) -> dict[dt.date, float]:
        days = self._days(sessions.previous_session(self._first))
        closes = walk(len(days), seed=sum(map(ord, symbol)) % 997)
        if symbol == "SPY":
            closes = np.round(600.0 + 0.5 * np.sin(np.arange(len(days))), 2)
        return dict(zip(days, closes.tolist(), strict=True))

    def _days(self, last: dt.date) -> list[dt.date]:
        first = sessions.previous_session(self._first, HISTORY)
        found: list[dt.date] = sessions.sessions_between(first, last).tolist()
        return found

    @lru_cache(maxsize=8192)  # noqa: B019
    def _finished(self, symbol: str, day: dt.date) -> Row:
        if day >= self._first:
            return self._bar(symbol, day, sessions.session_close(day), _stamp(day))
        close = self._close(symbol, day)
        spread = round(max(0.01, 0.004 * close), 2)
        return Row(_stamp(day), close, close + spread, close - spread, close, 1_000_000)

    def _bar(self, symbol: str, session: dt.date, time: dt.datetime, stamp: int) -> Row:
        opens = sessions.session_open(session)
        prices = [self.price(symbol, at) for at in _minutes(opens, time)]
        prices.append(self.price(symbol, time))
        volume = 1000 * len(prices)
        return Row(stamp, prices[0], max(prices), min(prices), prices[-1], volume)

    def _span(
        self, symbol: str, begins: dt.datetime, ends: dt.datetime
    ) -> tuple[float, float, float, float]:
        first, last = self.price(symbol, begins), self.price(symbol, ends)
        return first, max(first, last), min(first, last), last


def _minutes(begins: dt.datetime, ends: dt.datetime) -> Iterator[dt.datetime]:
    at = begins
    while at < ends:
        yield at
        at += dt.timedelta(minutes=1)


def _stamp(day: dt.date) -> int:
    return int(sessions.session_open(day).timestamp())
