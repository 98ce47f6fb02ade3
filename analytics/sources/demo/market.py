"""Simulated daily history: a factor model whose paths are conditioned on the scenario.

Log returns are beta x SPY + a sector factor + the name's own noise, with one volatility
regime for all. A path is then moved onto its dated prices and averages by the smallest
change of its returns (in units of their variance) that meets them: the conditional mean of
a Gaussian path under linear constraints, so it has neither kinks nor jumps.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analytics.model.sessions import sessions_between
from analytics.model.vocabulary import Floats, Sessions
from analytics.sources.base import BAR_COLUMNS
from analytics.sources.demo.packing import PRICE_DECIMALS, Packed, pack, unpack
from analytics.sources.demo.scenario import (
    FRIDAY,
    HISTORY_STARTS,
    SEED,
    SPY_TURNS,
    Instrument,
)

WINDOW = 252
_YEAR = 252.0
_CALM = 0.13


def generator(*words: str) -> np.random.Generator:
    """A random generator that depends on the scenario's seed and ``words`` only."""
    return np.random.default_rng([SEED, *(zlib.crc32(word.encode()) for word in words)])


def round_price(price: Floats) -> Floats:
    """Cents; a hundredth of a cent under 10 dollars, where splits have divided the price."""
    return np.where(price < 10.0, np.round(price, 4), np.round(price, 2))


def fat_noise(rng: np.random.Generator, size: int) -> Floats:
    """Unit-variance noise with fat tails (a log-normal mixture; kurtosis about 5)."""
    spread = 0.35
    scale = np.exp(spread * rng.standard_normal(size) - spread**2)
    return rng.standard_normal(size) * scale


def day_index(sessions: Sessions, day: dt.date) -> int:
    """Position of the first session on or after ``day``."""
    return int(np.searchsorted(sessions, np.datetime64(day, "D")))


def bridge(path: Floats, variance: Floats, points: Mapping[int, float]) -> Floats:
    """Move a log path through ``points`` (index -> log price), linearly in variance time."""
    index = np.array(sorted(points))
    wanted = np.array([points[i] for i in index])
    elapsed = np.cumsum(variance)
    moved: Floats = path + np.interp(elapsed, elapsed[index], wanted - path[index])
    return moved


def fit_means(
    path: Floats, variance: Floats, means: Sequence[tuple[int, float]], points: Mapping[int, float]
) -> Floats:
    """Move a log path so that its trailing means and some of its points hit their targets.

    Args:
        path: shape (n,), log prices; its first element stays fixed.
        variance: shape (n,), of each session's return.
        means: (count, price): the mean of the last ``count`` prices.
        points: index -> log price.

    Returns:
        Shape (n,). The change of returns d minimises sum d^2 / variance under the constraints
        (Newton steps, for the means are linear in prices, not in logs).
    """
    n = len(path)
    path = path.copy()
    for _ in range(6):
        price = np.exp(path)
        rows, gaps = [], []
        for index, wanted in points.items():
            rows.append((np.arange(n) <= index % n).astype(float))
            gaps.append(wanted - path[index])
        for count, wanted in means:
            weight = np.where(np.arange(n) >= n - count, price / (count * wanted), 0.0)
            rows.append(np.cumsum(weight[::-1])[::-1])
            gaps.append(1.0 - float(price[-count:].mean()) / wanted)
        g = np.array(rows)
        g[:, 0] = 0.0
        weighted = g * variance
        path += np.cumsum(weighted.T @ np.linalg.solve(weighted @ g.T, np.array(gaps)))
    return path


@dataclass(frozen=True, eq=False)
class History:
    """One symbol's finished sessions, packed: those of a hundred symbols are kept.

    Attributes:
        sessions: shape (n,).
        packed: by the columns of `BAR_COLUMNS`, shape (n,) each.
    """

    sessions: Sessions
    packed: tuple[Packed, ...]

    def column(self, name: str) -> Floats:
        """One of `BAR_COLUMNS`, shape (n,)."""
        return unpack(self.packed[BAR_COLUMNS.index(name)], _decimals(name))

    def block(self) -> Floats:
        """All of them, shape (n, 7)."""
        return np.array([self.column(name) for name in BAR_COLUMNS]).T


def _decimals(column: str) -> int:
    return 0 if column == "volume" else PRICE_DECIMALS


@dataclass(frozen=True, eq=False)
class _Path:
    """Log closes with the variance of each session's return, both shape (n,)."""

    log_close: Floats
    variance: Floats


class Market:
    """The shared factors, and each symbol's daily bars through the Friday.

    Args:
        spy: the instrument all others' returns are built on.
    """

    def __init__(self, spy: Instrument) -> None:
        self._spy = spy
        self._sector_noise: dict[str, Floats] = {}

    @cached_property
    def sessions(self) -> Sessions:
        """All sessions from 2005 to the Friday."""
        return sessions_between(HISTORY_STARTS, FRIDAY)

    @cached_property
    def volatility(self) -> Floats:
        """Annual volatility of SPY by session: the scenario's regimes with some wander."""
        days = self.sessions.astype(float)
        at = np.array([t[0] for t in SPY_TURNS], dtype="datetime64[D]").astype(float)
        regime = np.interp(days, at, np.log([t[2] / 100 for t in SPY_TURNS]))
        steps = 0.05 * generator("volatility").standard_normal(len(days))
        wander = np.convolve(steps, 0.93 ** np.arange(60))[: len(days)]
        volatility: Floats = np.exp(regime + wander)
        return volatility

    @cached_property
    def spy_path(self) -> _Path:
        """SPY through its turning points and onto its Friday averages."""
        variance = self.volatility**2 / _YEAR
        noise = fat_noise(generator("SPY"), len(variance)) * np.sqrt(variance)
        turns = {
            day_index(self.sessions, dt.date.fromisoformat(day)): float(np.log(price))
            for day, price, _ in SPY_TURNS
        }
        turns[len(variance) - 1] = float(np.log(self._spy.friday))
        path = bridge(np.cumsum(noise), variance, turns)
        return _Path(_fit_to_friday(path, variance, self._spy, turns), variance)

    def history(self, instrument: Instrument) -> History:
        """Finished daily bars of one symbol, from its listing to the Friday."""
        path = self._path(instrument)
        sessions = self.sessions[-len(path.log_close) :]
        return History(sessions, _daily_bars(sessions, path, instrument))

    def _path(self, instrument: Instrument) -> _Path:
        if instrument.symbol == self._spy.symbol:
            return self.spy_path
        if instrument.symbol == "VIX":
            return self._vix_path(instrument)
        return self._factor_path(instrument)

    def _factor_path(self, instrument: Instrument) -> _Path:
        first = day_index(self.sessions, instrument.listed)
        n = len(self.sessions) - first
        volatility = self.volatility[first:]
        spy_return = np.diff(self.spy_path.log_close, prepend=self.spy_path.log_close[0])[first:]
        # A beta measured over the last two years is no guide to 2008: halfway to 1 before.
        near = np.clip((np.arange(n) - (n - 1 - 2 * WINDOW)) / WINDOW, 0.0, 1.0)
        beta = instrument.beta * near + 0.5 * (1 + instrument.beta) * (1 - near)
        residual = instrument.residual_vol**2 / _YEAR * volatility / _CALM
        share = instrument.sector_share
        noise = np.sqrt(share) * self._sector(instrument.sector)[first:] + np.sqrt(
            1 - share
        ) * fat_noise(generator(instrument.symbol), n)
        path = np.cumsum(beta * spy_return + np.sqrt(residual) * noise)
        points = {0: instrument.first_price, n - 1: instrument.friday}
        if instrument.year_ago is not None:
            points[n - 1 - WINDOW] = instrument.year_ago
        logs = {i: float(np.log(price)) for i, price in points.items()}
        path = bridge(path, np.ones(n), logs)
        variance = beta**2 * volatility**2 / _YEAR + residual
        return _Path(_fit_to_friday(path, variance, instrument, {}), variance)

    def _vix_path(self, instrument: Instrument) -> _Path:
        """Implied volatility: SPY's regime at a premium, up when SPY has fallen this week."""
        n = len(self.sessions)
        week = np.diff(self.spy_path.log_close, n=1, prepend=self.spy_path.log_close[0])
        week = np.convolve(week, 0.75 ** np.arange(15))[:n]
        shocks = 0.04 * generator("VIX").standard_normal(n)
        wander = np.convolve(shocks, 0.85 ** np.arange(30))[:n]
        level = np.log(12.2) + 0.9 * np.log(self.volatility / 0.10) - 1.6 * week + wander
        level = np.clip(level, np.log(9.2), np.log(83.0))
        variance = np.full(n, 0.07**2)
        fixed = {i: float(level[i]) for i in (0, n - 1 - WINDOW)}
        level = bridge(level, variance, fixed | {n - 1: float(np.log(instrument.friday))})
        return _Path(_fit_to_friday(level, variance, instrument, {}), variance)

    def _sector(self, sector: str) -> Floats:
        if sector not in self._sector_noise:
            self._sector_noise[sector] = fat_noise(generator("sector", sector), len(self.sessions))
        return self._sector_noise[sector]


def _fit_to_friday(
    path: Floats, variance: Floats, instrument: Instrument, points: Mapping[int, float]
) -> Floats:
    """Fit the last year of a log path to the instrument's last closes and averages."""
    n = len(path)
    start = max(0, n - 1 - WINDOW)
    wanted = dict(points) | {n - 1: float(np.log(instrument.friday))}
    if instrument.thursday is not None:
        wanted[n - 2] = float(np.log(instrument.thursday))
    within = {i - start: price for i, price in wanted.items() if i > start}
    means = [(count, instrument.friday * (1 + pct / 100)) for count, pct in instrument.dma]
    tail = fit_means(path[start:], variance[start:], means, within)
    return np.concatenate([path[:start], tail])


def _daily_bars(sessions: Sessions, path: _Path, instrument: Instrument) -> tuple[Packed, ...]:
    """Bars around a path of log closes, by the columns of `BAR_COLUMNS`."""
    n = len(sessions)
    rng = generator(instrument.symbol, "bars")
    sigma = np.sqrt(path.variance)
    returns = np.diff(path.log_close, prepend=path.log_close[0])
    gap = 0.35 * returns + 0.30 * sigma * rng.standard_normal(n)
    close = round_price(np.exp(path.log_close))
    opened = round_price(np.exp(path.log_close - returns + gap))
    reach = np.abs(rng.standard_normal((2, n))) * 0.45 * sigma
    high = np.maximum(round_price(np.maximum(opened, close) * np.exp(reach[0])), close)
    high = np.maximum(high, opened)
    low = round_price(np.minimum(opened, close) * np.exp(-reach[1]))
    low = np.minimum(low, np.minimum(opened, close))
    busy = 0.25 * rng.standard_normal(n) + 0.3 * (np.abs(returns) / sigma - 0.8)
    volume = np.round(instrument.volume_m * 1e6 * np.exp(np.clip(busy, -1.0, 2.0)))
    adjusted = np.round(close * _dividend_factor(sessions, instrument), 4)
    splits = np.ones(n)
    if instrument.split is not None:
        splits[day_index(sessions, instrument.split[0])] = instrument.split[1]
    columns = {
        "open": opened,
        "high": high,
        "low": low,
        "close": close,
        "adj_close": adjusted,
        "volume": volume,
        "splits": splits,
    }
    return tuple(pack(columns[name], _decimals(name)) for name in BAR_COLUMNS)


def _dividend_factor(sessions: Sessions, instrument: Instrument) -> Floats:
    """What turns a traded close into a total-return close: the dividends still to come."""
    months = sessions.astype("datetime64[M]")
    past_mid = (sessions - months.astype("datetime64[D]")).astype(int) >= 14
    first = past_mid & ~np.concatenate([[True], past_mid[:-1] & (months[1:] == months[:-1])])
    offset = 2 if instrument.is_fund else zlib.crc32(instrument.symbol.encode()) % 3
    pays = first & (months.astype(int) % 3 == offset)
    factor = np.where(pays, 1.0 - instrument.dividend_yield / 4, 1.0)
    later = np.cumprod(factor[::-1])[::-1]
    result: Floats = later / factor
    return result
