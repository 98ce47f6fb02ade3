"""Elementary series: moving averages, true range, ATR, volatility, highs and drawdowns.

Each function takes arrays whose axis 0 is time, oldest first, and holds valid prices only
(no NaN unless said); the same function serves one series and a panel of many columns.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np

from analytics.model.levels import DMA
from analytics.model.vocabulary import Floats

DMA_SESSIONS: tuple[int, ...] = tuple(int(parameter) for parameter in DMA.parameters)
DmaSessions = Literal[20, 50, 100, 200]
ATR_SESSIONS = 14
SIGMA_SESSIONS = 20
YEAR_SESSIONS = 252


def optional_values(series: Floats) -> tuple[float | None, ...]:
    """The values as plain numbers, None where there is none (NaN)."""
    return tuple(None if x != x else x for x in series.tolist())


def digest_of(values: Floats) -> bytes:
    """What a result is remembered by in the place of the values: 16 bytes, not 40 KB."""
    return hashlib.blake2b(values.tobytes(), digest_size=16).digest()


def latest_dma(close: Floats, sessions: int) -> float | None:
    """Mean of the last ``sessions`` closes, or None with fewer: never a partial mean.

    Taken as offsets from the window's first close, so that equal closes average to exactly
    that close: rounding must not put an unmoved price under its own average.
    """
    if len(close) < sessions:
        return None
    window = close[len(close) - sessions :]
    return float(window[0] + np.mean(window - window[0]))


def moving_average(close: Floats, sessions: int) -> Floats:
    """Simple moving average at every time, shape of ``close``; NaN before ``sessions`` values.

    One pass of running sums, of offsets from the first close, as in `latest_dma`.
    """
    close = np.asarray(close, dtype=np.float64)
    out = np.full(close.shape, np.nan)
    if len(close) >= sessions:
        sums = np.cumsum(close - close[0], axis=0)
        out[sessions - 1] = sums[sessions - 1]
        np.subtract(sums[sessions:], sums[:-sessions], out=out[sessions:])
        out[sessions - 1 :] /= sessions
        out[sessions - 1 :] += close[0]
    return out


def rolling_high(close: Floats, sessions: int = YEAR_SESSIONS) -> Floats:
    """Highest of the last ``sessions`` values at every time; of what there is before that.

    Block maxima (van Herk 1992): two running maxima a window, whatever its length.
    """
    close = np.asarray(close, dtype=np.float64)
    n = len(close)
    if n <= sessions:
        return np.maximum.accumulate(close, axis=0)
    pad = -n % sessions
    filler = np.full((pad, *close.shape[1:]), -np.inf)
    blocks = np.concatenate([close, filler]).reshape(-1, sessions, *close.shape[1:])
    ahead = np.maximum.accumulate(blocks, axis=1).reshape(-1, *close.shape[1:])
    behind = np.maximum.accumulate(blocks[:, ::-1], axis=1)[:, ::-1].reshape(-1, *close.shape[1:])
    out = ahead[:n].copy()
    np.maximum(behind[: n - sessions + 1], ahead[sessions - 1 : n], out=out[sessions - 1 :])
    return out


def drawdown_from_high(close: Floats, sessions: int = YEAR_SESSIONS) -> Floats:
    """close / highest close of the last ``sessions`` - 1, a fraction, never positive."""
    return close / rolling_high(close, sessions) - 1.0


def true_range(high: Floats, low: Floats, close: Floats) -> Floats:
    """True range from the second bar on (the first has no previous close), shape (n - 1,)."""
    previous = close[:-1]
    highest = np.maximum(high[1:], previous)
    lowest = np.minimum(low[1:], previous)
    return highest - lowest


def rolling_atr(high: Floats, low: Floats, close: Floats, sessions: int = ATR_SESSIONS) -> Floats:
    """Wilder's ATR at every bar, in price units, shape (n,); NaN before it exists.

    Seeded with the mean of the first ``sessions`` true ranges, then smoothed by 1/n
    (Wilder, New Concepts in Technical Trading Systems, 1978, ch. 3).
    """
    out = np.full(len(close), np.nan)
    ranges = true_range(high, low, close).tolist()
    if len(ranges) < sessions:
        return out
    atr = sum(ranges[:sessions]) / sessions
    out[sessions] = atr
    for i, value in enumerate(ranges[sessions:], start=sessions + 1):
        atr += (value - atr) / sessions
        out[i] = atr
    return out


def average_true_range(
    high: Floats, low: Floats, close: Floats, sessions: int = ATR_SESSIONS
) -> float | None:
    """`rolling_atr` at the last bar; bars without a range (close only) are left out.

    None with too few bars or no ranges.
    """
    ranged = np.isfinite(high) & np.isfinite(low)
    if ranged.sum() <= sessions:
        return None
    return float(rolling_atr(high[ranged], low[ranged], close[ranged], sessions)[-1])


def daily_sigma(close: Floats, sessions: int = SIGMA_SESSIONS) -> float | None:
    """Sample standard deviation of the last ``sessions`` log returns, a fraction a day."""
    if len(close) < sessions + 1:
        return None
    returns = np.diff(np.log(close[len(close) - sessions - 1 :]))
    sigma = float(np.std(returns, ddof=1))
    return sigma if sigma > 0 else None


def distance_pct(level: float, price: float) -> float:
    """Level / price - 1 in percent: negative when the level lies below the price."""
    return (level / price - 1.0) * 100.0
