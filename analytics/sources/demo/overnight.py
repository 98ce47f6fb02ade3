"""Markets that trade while New York is closed, simulated on their own calendars.

Prices are near those of the time, rounded; no figure is a published one. Index futures follow the
simulated fund on their index, so that what they imply before the open is where it opens.
"""

# A table row a symbol reads better whole than folded.
# ruff: noqa: E501

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analytics.model.calendars import ListingCalendar
from analytics.model.listing_calendars import calendar_of
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Floats, NotAvailable, Quote, Sessions
from analytics.sources.base import BAR_COLUMNS, RawBars
from analytics.sources.demo.market import WINDOW, Market, bridge, fat_noise, fit_means, generator
from analytics.sources.demo.scenario import FRIDAY, MONDAY

STARTS = dt.date(2022, 1, 3)
MIDNIGHT = dt.datetime.combine(MONDAY, dt.time(), NEW_YORK).astimezone(dt.UTC)
FIRST_HOUR, LAST_HOUR = -54, 20
PRE_MARKET_HOUR = 4.0
_MINUTE = dt.timedelta(minutes=1)

FundPrice = Callable[[str, dt.datetime], float]
"""(fund, time from the Monday's pre-market on) -> its simulated price relative to Friday's close."""

# symbol | name | kind | hint, tick | Friday | 50 100 % | beta, vol % | hour: % from Friday, New York hours of the Monday
# A fund in the last column: its own moves from 04:00 on, a growing part of its gap before.
_TABLE = """
ES=F      | E-mini S&P 500 Mar 25       | FUTURE   | 2 0.25 | 6133.25  | -1.6 -3.5  | 1.00 1  | SPY
NQ=F      | E-mini Nasdaq-100 Mar 25    | FUTURE   | 2 0.25 | 21891.5  | -2.1 -5.1  | 1.34 4  | QQQ
YM=F      | E-mini Dow Jones Mar 25     | FUTURE   | 0 1    | 44637    | -1.5 -3.2  | 0.80 4  | DIA
RTY=F     | E-mini Russell 2000 Mar 25  | FUTURE   | 1 0.1  | 2318.4   | 0.8 -1.5   | 1.28 8  | IWM
^STOXX50E | EURO STOXX 50               | INDEX    | 2 0.01 | 5219.4   | -4.6 -5.2  | 0.55 11 | 2.9: 0 3.1: -0.8 4.2: -1.5 6: -1.1 8: -1.3 10: -0.9 11.6: -0.6
^GDAXI    | DAX Performance-Index       | INDEX    | 2 0.01 | 21394.9  | -5.8 -8.3  | 0.55 11 | 2.9: 0 3.1: -0.6 4.2: -1.3 6: -0.9 8: -1.2 10: -0.8 11.6: -0.5
^FTSE     | FTSE 100                    | INDEX    | 2 0.01 | 8502.4   | -2.7 -2.6  | 0.40 9  | 2.9: 0 3.1: -0.4 4.5: -0.6 7: -0.3 9: -0.4 11.6: 0.0
^FCHI     | CAC 40                      | INDEX    | 2 0.01 | 7927.6   | -5.4 -5.3  | 0.55 11 | 2.9: 0 3.1: -0.7 4.2: -1.1 7: -0.8 9: -0.9 11.6: -0.3
^N225     | Nikkei 225                  | INDEX    | 2 0.01 | 39932.0  | -2.0 -1.7  | 0.60 17 | -5: 0 -4.9: 0.4 -3: -0.2 -1: -0.6 1.5: -0.9
^HSI      | Hang Seng Index             | INDEX    | 2 0.01 | 20066.2  | -1.4 -0.5  | 0.35 22 | -3.5: 0 -3.4: 0.4 0: 1.0 3: 0.7
000001.SS | SSE Composite Index         | INDEX    | 2 0.01 | 3252.6   | 1.9 0.4    | 0.10 14 | -3.5: 0 -3.4: 0.2 -1: 0.3 2: -0.1
^AXJO     | S&P/ASX 200                 | INDEX    | 2 0.1  | 8408.9   | -1.2 -1.5  | 0.45 10 | 0: 0
^TNX      | CBOE 10-Year Treasury Yield | INDEX    | 3 0.001| 4.63     | -2.9 -6.4  | 0.20 17 | 9.4: 0 9.6: -2.2 12: -1.9 16: -2.1
DX-Y.NYB  | US Dollar Index             | INDEX    | 3 0.001| 107.44   | -0.1 -2.4  | -0.2 6  | -6: 0.1 2: 0.0 6: -0.2 9: -0.4 14: -0.1 17: -0.1
GC=F      | Gold Feb 25                 | FUTURE   | 2 0.1  | 2778.9   | -4.3 -3.9  | 0.0 14  | -6: -0.2 0: -0.5 4: -0.7 9: -0.9 13: -1.4 17: -1.4
CL=F      | Crude Oil Mar 25            | FUTURE   | 2 0.01 | 74.66    | -2.9 -3.2  | 0.3 27  | -6: -0.4 2: -0.8 6: -1.1 9: -1.4 14: -2.0 17: -2.0
BTC-USD   | Bitcoin USD                 | CRYPTOCURRENCY | 2 0.01 | 104819 | -5.4 -17.5 | 0.9 42 | -53: 0 -29: -0.1 -12: -1.6 -5: -2.0 1: -5.4 2.5: -6.6 6: -5.0 9: -4.2 14: -2.9 19: -2.6
"""
_FUTURES_NIGHT = ((-6.0, 0.10), (-3.0, 0.38), (0.0, 0.46), (2.0, 0.62), (3.2, 0.85), (4.0, 1.0))
"""Share of the gap of 04:00 that a future has made by an hour."""


@dataclass(frozen=True)
class OvernightInstrument:
    """One row of the table.

    Attributes:
        kind, hint: as Yahoo says them; ``tick``: what its prices are rounded to.
        friday: close of the Friday's session; ``dma``: sessions -> distance of that average, %.
        marks: (New York hour of the Monday, percent from Friday's close), where it follows no fund.
    """

    symbol: str
    name: str
    kind: str
    hint: int
    tick: float
    friday: float
    dma: tuple[tuple[int, float], ...]
    beta: float
    vol: float
    fund: str
    marks: tuple[tuple[float, float], ...]

    @property
    def calendar(self) -> ListingCalendar:
        """Of its own market."""
        return calendar_of(self.symbol)


def _instrument(line: str) -> OvernightInstrument:
    symbol, name, kind, steps, friday, averages, risk, moves = (c.strip() for c in line.split("|"))
    hint, tick = steps.split()
    beta, vol = (float(word) for word in risk.split())
    words = moves.replace(":", " ").split() if ":" in moves else []
    marks = tuple(zip(map(float, words[::2]), map(float, words[1::2]), strict=True))
    distances = tuple(float(word) for word in averages.split())
    return OvernightInstrument(
        symbol,
        name,
        kind,
        int(hint),
        float(tick),
        float(friday),
        tuple(zip((50, 100), distances, strict=True)),
        beta,
        vol / 100,
        "" if marks else moves,
        marks,
    )


INSTRUMENTS = {one.symbol: one for one in map(_instrument, _TABLE.strip().splitlines())}


class OvernightMarket:
    """One instrument's history and its Monday.

    Args:
        market: whose factor its returns lean on.
        fund_price: what index futures follow.
    """

    def __init__(
        self, instrument: OvernightInstrument, market: Market, fund_price: FundPrice
    ) -> None:
        self._instrument = instrument
        self._market = market
        self._fund_price = fund_price
        self._calendar = instrument.calendar

    def bars(self, now: dt.datetime, upto: dt.date | None) -> RawBars:
        """Daily bars to ``now``, UTC; or whole to the session of ``upto``."""
        last = self._calendar.current_session(now)
        if upto is not None:
            last = self._calendar.session_on_or_before(min(upto, MONDAY))
        past, history = self._history
        until_last = past <= np.datetime64(last, "D")
        days, rows = past[until_last], [history[until_last]]
        ends = self._calendar.close(last)
        until = ends if upto is not None else min(now, ends)
        for day in self._calendar.sessions_between(FRIDAY + dt.timedelta(days=1), last):
            session = day.item()
            rows.append(self._bar(session, min(until, self._calendar.close(session)))[None, :])
            days = np.append(days, day)
        if not len(days):
            raise NotAvailable(f"the simulator has no bars of {self._instrument.symbol} then.")
        index = pd.DatetimeIndex(days.astype("datetime64[s]"))
        return RawBars(
            self._instrument.symbol,
            pd.DataFrame(np.vstack(rows), index=index, columns=list(BAR_COLUMNS)),
            until,
            until >= ends,
            name=self._instrument.name,
            instrument=self._instrument.kind,
            price_hint=self._instrument.hint,
        )

    def quote(self, now: dt.datetime) -> Quote | None:
        """The price at ``now`` while its session is under way."""
        session = self._calendar.current_session(now)
        if now >= self._calendar.close(session) or session <= FRIDAY:
            return None
        opened, high, low, last = self._bar(session, now)[:4].tolist()
        before = self.bars(now, self._calendar.previous_session(session)).frame["close"].iloc[-1]
        return Quote(self._instrument.symbol, last, now, opened, high, low, None, float(before))

    def _bar(self, session: dt.date, until: dt.datetime) -> Floats:
        """Open, high, low, close and the rest of a session after the Friday, up to a time."""
        first = _minute_of(self._calendar.open(session))
        path = self._minutes[first : max(first + 1, _minute_of(until) + 1)]
        last = self._price(until)
        volume = 0.0 if self._instrument.kind == "INDEX" else 1000.0 * len(path)
        row = path[0], max(float(path.max()), last), min(float(path.min()), last), last
        return np.array([*row, last, volume, 1.0])

    def _price(self, time: dt.datetime) -> float:
        """The price at a time; a future's is that of its fund to the second."""
        if self._instrument.fund and _hour(time) >= PRE_MARKET_HOUR:
            return float(self._rounded(self._followed(time)))
        return float(self._minutes[_minute_of(time)])

    def _followed(self, time: dt.datetime) -> float:
        return self._instrument.friday * self._fund_price(self._instrument.fund, time)

    @cached_property
    def _minutes(self) -> Floats:
        """Prices by the minute from `FIRST_HOUR` to `LAST_HOUR`."""
        one = self._instrument
        hours = np.arange(FIRST_HOUR * 60, LAST_HOUR * 60) / 60
        if not one.fund:
            return self._rounded(one.friday * self._wandering(hours, np.array(one.marks)))
        begins = MIDNIGHT + dt.timedelta(hours=PRE_MARKET_HOUR)
        gap = self._fund_price(one.fund, begins) - 1.0
        night = np.array([(hour, 100 * gap * share) for hour, share in _FUTURES_NIGHT])
        path = one.friday * self._wandering(hours, night)
        late = np.flatnonzero(hours >= PRE_MARKET_HOUR)
        path[late] = [self._followed(MIDNIGHT + float(hours[i]) * 60 * _MINUTE) for i in late]
        return self._rounded(path)

    def _wandering(self, hours: Floats, marks: Floats) -> Floats:
        """A path through the marks, relative to Friday's close, with noise between them."""
        rng = generator(self._instrument.symbol, "overnight")
        noise = np.cumsum(rng.standard_normal(len(hours))) * self._instrument.vol / 600
        at = np.clip(np.searchsorted(hours, marks[:, 0]), 0, len(hours) - 1)
        noise -= np.interp(np.arange(len(hours)), at, noise[at])
        within = (hours >= marks[0, 0]) & (hours <= marks[-1, 0])
        path: Floats = 1 + np.interp(hours, marks[:, 0], marks[:, 1]) / 100 + noise * within
        return path

    def _rounded(self, price: Floats | float) -> Floats:
        tick = self._instrument.tick
        return np.round(np.round(np.asarray(price) / tick) * tick, 4)

    @cached_property
    def _history(self) -> tuple[Sessions, Floats]:
        """Finished sessions to the Friday, and their bars, shape (n, 7)."""
        one = self._instrument
        days = self._calendar.sessions_between(STARTS, FRIDAY)
        n, rng = len(days), generator(one.symbol)
        sigma = one.vol / np.sqrt(252)
        path = np.cumsum(one.beta * self._index_returns(days) + sigma * fat_noise(rng, n))
        variance = np.full(n, sigma**2 + (0.01 * one.beta) ** 2)
        first = one.friday * np.exp(-0.25 * max(one.beta, 0.1))
        path = bridge(path, variance, {0: float(np.log(first)), n - 1: float(np.log(one.friday))})
        means = [(count, one.friday * (1 + pct / 100)) for count, pct in one.dma]
        tail = slice(n - 1 - WINDOW, n)
        path[tail] = fit_means(
            path[tail], variance[tail], means, {WINDOW: float(np.log(one.friday))}
        )
        return days, self._daily(path, np.sqrt(variance), rng)

    def _index_returns(self, days: Sessions) -> Floats:
        """SPY's return of each day; none where New York did not trade."""
        known = self._market.sessions
        log_close = self._market.spy_path.log_close
        returns = np.diff(log_close, prepend=log_close[0])
        at = np.minimum(np.searchsorted(known, days), len(known) - 1)
        return np.where(known[at] == days, returns[at], 0.0)

    def _daily(self, path: Floats, sigma: Floats, rng: np.random.Generator) -> Floats:
        close = self._rounded(np.exp(path))
        returns = np.diff(path, prepend=path[0])
        opened = self._rounded(np.exp(path - 0.65 * returns))
        reach = np.abs(rng.standard_normal((2, len(path)))) * 0.35 * sigma
        high = np.maximum(self._rounded(np.maximum(opened, close) * np.exp(reach[0])), close)
        low = np.minimum(self._rounded(np.minimum(opened, close) * np.exp(-reach[1])), close)
        high, low = np.maximum(high, opened), np.minimum(low, opened)
        volume = (
            np.zeros(len(path)) if self._instrument.kind == "INDEX" else np.full(len(path), 1e6)
        )
        return np.column_stack([opened, high, low, close, close, volume, np.ones(len(path))])


def _hour(time: dt.datetime) -> float:
    return (time - MIDNIGHT).total_seconds() / 3600


def _minute_of(time: dt.datetime) -> int:
    """Position among the minutes of the weekend and the Monday."""
    minute = int((time - MIDNIGHT).total_seconds() // 60) - FIRST_HOUR * 60
    return min(max(minute, 0), (LAST_HOUR - FIRST_HOUR) * 60 - 1)
