"""The Monday, tick by tick: every two seconds a price between published or plausible anchors."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from analytics.model.vocabulary import Floats
from analytics.sources.demo.market import generator, round_price
from analytics.sources.demo.packing import Packed, pack, unpack
from analytics.sources.demo.scenario import Day, Instrument

TICK_SECONDS = 2
MINUTES = 390
TICKS = MINUTES * 60 // TICK_SECONDS + 1


_MINUTE_COLUMNS = pd.Index(["open", "high", "low", "close", "volume"])


@dataclass(frozen=True, eq=False)
class Tape:
    """One symbol's Monday; every array has shape (TICKS,), one entry each two seconds.

    Attributes:
        packed_price: see `prices`.
        volume: shares so far.
    """

    packed_price: Packed
    volume: Packed

    @property
    def prices(self) -> Floats:
        """Dollars, to the cent, shape (TICKS,)."""
        return unpack(self.packed_price)

    def price(self, tick: int) -> float:
        """Dollars at a tick."""
        return float(unpack(self.packed_price[tick]))

    def bar(self, tick: int) -> tuple[float, float, float, float, float]:
        """Open, high, low, last and volume as of a tick."""
        so_far = self.packed_price[: tick + 1]
        marks = np.array([so_far[0], so_far.max(), so_far.min(), so_far[-1]])
        opened, high, low, last = unpack(marks).tolist()
        return opened, high, low, last, float(self.volume[tick])


def play(instrument: Instrument, spy_log: Floats | None) -> Tape:
    """Simulate one symbol's Monday.

    Args:
        instrument: its anchors.
        spy_log: log prices of SPY's own tape, which all others lean on; None for SPY itself.
    """
    rng = generator(instrument.symbol, "monday")
    day = instrument.range_monday or plausible_day(instrument, rng)
    at, wanted = _anchors(day)
    residual = max(instrument.residual_vol, 0.05)
    noise = np.cumsum(rng.standard_normal(TICKS)) * residual / np.sqrt(252 * TICKS)
    if spy_log is not None:
        # VIX has no beta of its own here: it leans against SPY, as volatility does.
        noise += (instrument.beta or -4.0) * (spy_log - spy_log[0])
    ticks = np.arange(TICKS)
    noise -= np.interp(ticks, at, noise[at])
    path = np.interp(ticks, at, wanted) * np.exp(noise)
    path = day.low + np.abs(path - day.low)
    path = day.high - np.abs(day.high - path)
    path = np.clip(path, day.low, day.high)
    path[at] = wanted
    return Tape(pack(round_price(path)), pack(_volume(instrument, rng), decimals=0))


def indicated(instrument: Instrument, tape: Tape, seconds: float) -> float:
    """The pre-market price so many seconds before the open: most of the gap, then all of it."""
    minutes = seconds / 60
    gap = tape.price(0) / instrument.friday - 1
    done = 1 - 0.12 * min(1.0, minutes / 120)
    sway = 0.0004 * math.sin(minutes * 2.1) * min(1.0, minutes / 5)
    return float(round_price(np.array([instrument.friday * (1 + gap * done + sway)]))[0])


def minute_bars(tape: Tape, opens: dt.datetime) -> pd.DataFrame:
    """The tape in minutes, index = each minute's UTC start; shape (MINUTES, 5).

    The tick at the closing bell belongs to the last minute.
    """
    ticks = 60 // TICK_SECONDS
    firsts = np.arange(MINUTES) * ticks
    lasts = np.append(firsts[1:] - 1, TICKS - 1)
    price, so_far = tape.prices, tape.volume[lasts].astype(float)
    columns = (
        price[firsts],
        np.maximum.reduceat(price, firsts),
        np.minimum.reduceat(price, firsts),
        price[lasts],
        np.diff(so_far, prepend=0.0),
    )
    return pd.DataFrame(
        np.column_stack(columns), index=_minutes_from(opens), columns=_MINUTE_COLUMNS, copy=False
    )


@lru_cache(1)
def _minutes_from(opens: dt.datetime) -> pd.DatetimeIndex:
    return pd.date_range(opens, periods=MINUTES, freq="min")


def plausible_day(instrument: Instrument, rng: np.random.Generator) -> Day:
    """Open, high and low for a name of which only the two closes are known.

    What fell had mostly fallen by the open; what rose opened a little lower with the rest.
    """
    friday, close = instrument.friday, instrument.monday
    move = close / friday - 1
    gap = 0.75 * move if move < 0 else -0.002 * instrument.beta - 0.1 * move
    sigma = np.hypot(0.9 * instrument.beta, 100 * instrument.residual_vol / 16) / 100
    opened = float(friday * (1 + gap + 0.15 * sigma * rng.standard_normal()))
    reach = sigma * rng.uniform(0.1, 0.6, size=2)
    cents = round_price(
        np.array([opened, max(opened, close) * (1 + reach[0]), min(opened, close) * (1 - reach[1])])
    )
    return Day(float(cents[0]), float(cents[1]), float(cents[2]), close)


def _anchors(day: Day) -> tuple[np.ndarray, Floats]:
    """Tick -> price of the day's fixed points, ascending ticks."""
    marks = dict(day.marks)
    if not marks:
        rose = day.close - day.low > 0.4 * (day.high - day.low)
        midday = day.low + 0.65 * (day.close - day.low)
        climb = {7.0: day.low, 120.0: midday, 371.0: day.high}
        marks = climb if rose else {38.0: day.high, 352.0: day.low}
    points = {0.0: day.open} | marks | {float(MINUTES): day.close}
    if day.open == day.low:
        points = {m: p for m, p in points.items() if p != day.low or m in (0.0, MINUTES)}
    minutes = np.array(sorted(points))
    at = np.round(minutes * 60 / TICK_SECONDS).astype(int)
    return at, np.array([points[m] for m in sorted(points)])


def _volume(instrument: Instrument, rng: np.random.Generator) -> Floats:
    """Shares so far: busy at the open and the close, and busier the larger the move."""
    progress = np.arange(TICKS) / (TICKS - 1)
    rate = 1.0 + 2.2 * np.exp(-progress / 0.06) + 1.6 * np.exp((progress - 1) / 0.04)
    rate *= rng.exponential(size=TICKS)
    move = abs(instrument.monday / instrument.friday - 1)
    total = instrument.volume_m * 1e6 * min(4.0, 1.3 + 14 * move)
    shares: Floats = np.round(np.cumsum(rate) / rate.sum() * total)
    return shares
