"""Null model of a ledger: the same calls on rebuilt courses of all its symbols together.

Whole sessions are drawn, every symbol's bar of a session together (stationary bootstrap: Politis
& Romano 1994, mean block 20 sessions), so the symbols fall together on the courses as they do in
the market, and the spread of the rate is that of moves in common.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from cachetools import LRUCache

from analytics.indicators.block_shuffle import MEAN_BLOCK_SESSIONS
from analytics.indicators.series import DMA_SESSIONS, moving_average
from analytics.model.levels import LevelId, dma
from analytics.model.vocabulary import Bars, Floats

COURSES = 499
MIN_SESSIONS = 120
"""Fewer sessions that all symbols have are not enough to rebuild a course from."""
SEED = 20250127
TOUCH, GAP_DOWN = 0, 1


@dataclass(frozen=True, eq=False)
class LedgerNull:
    """Counts on the courses.

    Attributes:
        counts: shape (courses, symbols, averages, 2, 2): touches and gap-downs, tested and held.
    """

    symbols: tuple[str, ...]
    counts: np.ndarray

    def of(
        self,
        *,
        kind: int = TOUCH,
        symbol: str | None = None,
        level: LevelId | None = None,
    ) -> Floats:
        """Tested and held of a kind, of one symbol or level or of all; shape (courses, 2)."""
        symbols = [i for i, one in enumerate(self.symbols) if symbol in (None, one)]
        levels = [i for i, n in enumerate(DMA_SESSIONS) if level in (None, dma(n))]
        chosen = self.counts[:, symbols][:, :, levels, kind]
        summed: Floats = chosen.sum(axis=(1, 2)).astype(np.float64)
        return summed


_known: LRUCache[tuple[object, ...], LedgerNull | None] = LRUCache(16)
_lock = threading.Lock()


def ledger_null(
    members: Sequence[Bars], sessions: int, *, focus: bool, courses: int = COURSES
) -> LedgerNull | None:
    """The null of a ledger over ``sessions`` sessions; None where no course can be rebuilt.

    The completed bars alone enter, so that a running session changes nothing.

    Args:
        focus: count the support in focus of each session alone.
    """
    panel = _panel(members)
    if panel is None:
        return None
    symbols, ratios = panel
    digest = hashlib.blake2b(ratios.tobytes(), digest_size=16).digest()
    key = (symbols, sessions, focus, courses, digest)
    with _lock:
        if key in _known:
            return _known[key]
    made = LedgerNull(symbols, _count(ratios, sessions, focus, courses))
    with _lock:
        _known[key] = made
    return made


def _panel(members: Sequence[Bars]) -> tuple[tuple[str, ...], Floats] | None:
    """Symbols, and open, low and close over the previous close, shape (sessions, symbols, 3).

    Of the sessions that every symbol has with a full bar and a close before it; a symbol of
    closes alone is left out.
    """
    parts = []
    for bars in members:
        done = len(bars) - (not bars.last_complete)
        before = np.concatenate([[np.nan], bars.close[: done - 1]])
        before[~bars.follows[:done]] = np.nan
        series = np.column_stack([bars.open[:done], bars.low[:done], bars.close[:done]])
        ratios = series / before[:, None]
        whole = np.isfinite(ratios).all(axis=1)
        if whole.sum() >= MIN_SESSIONS:
            parts.append((bars.symbol, bars.sessions[:done][whole], ratios[whole]))
    if not parts:
        return None
    common = parts[0][1]
    for _, days, _ in parts[1:]:
        common = np.intersect1d(common, days, assume_unique=True)
    if len(common) < MIN_SESSIONS:
        return None
    at = [ratios[np.searchsorted(days, common)] for _, days, ratios in parts]
    return tuple(symbol for symbol, _, _ in parts), np.stack(at, axis=1)


def _count(ratios: Floats, sessions: int, focus: bool, courses: int) -> np.ndarray:
    n, symbols = ratios.shape[:2]
    warm = max(DMA_SESSIONS)
    length = warm + sessions
    rng = np.random.default_rng(SEED)
    places = np.arange(length)
    out = np.zeros((courses, symbols, len(DMA_SESSIONS), 2, 2), np.int32)
    for course in range(courses):
        begins = rng.random(length) < 1.0 / MEAN_BLOCK_SESSIONS
        begins[0] = True
        of_block = np.maximum.accumulate(np.where(begins, places, 0))
        drawn = (rng.integers(n, size=length)[of_block] + places - of_block) % n
        out[course] = _tested(ratios[drawn], warm, focus)
    return out


def _tested(drawn: Floats, warm: int, focus: bool) -> np.ndarray:
    """Counts of one course, shape (symbols, averages, 2, 2); the first ``warm`` sessions apart."""
    close: Floats = np.cumprod(drawn[:, :, 2], axis=0, dtype=np.float64)
    before = np.ones_like(close)
    before[1:] = close[:-1]
    # shape (sessions, symbols, averages): the levels known before each session
    levels = np.full((*close.shape, len(DMA_SESSIONS)), np.nan)
    for k, n in enumerate(DMA_SESSIONS):
        levels[1:, :, k] = moving_average(close, n)[:-1]
    levels = levels[warm:]
    before = before[warm:, :, None]
    open_, low = drawn[warm:, :, :1] * before, drawn[warm:, :, 1:2] * before
    at_close = close[warm:, :, None]
    tested = (before >= levels) & ((low <= levels) | (at_close < levels))
    if focus:
        tested &= _in_focus(levels, before)
    gap = (open_ <= levels) & (levels < before)
    held = at_close >= levels
    counts = [
        [(tested & kind).sum(axis=0), (tested & kind & held).sum(axis=0)] for kind in (~gap, gap)
    ]
    return np.moveaxis(np.array(counts), (0, 1), (2, 3))


def _in_focus(levels: Floats, before: Floats) -> np.ndarray:
    """Which level is the highest headline average under the close before."""
    headline = np.array([dma(n).is_headline for n in DMA_SESSIONS])
    below = np.where(headline & (levels < before), levels, -np.inf)
    best = below.max(axis=-1, keepdims=True)
    chosen: np.ndarray = (below == best) & np.isfinite(below)
    return chosen


def chance_at(distances: Sequence[tuple[str, float]], members: Sequence[Bars]) -> float | None:
    """How often a level as far below any close before held when it was touched, percent.

    For levels that no course has, such as a chain's walls: of each, the share of the symbol's own
    sessions that opened above such a level, touched it and closed at or above it.

    Args:
        distances: (symbol, level / close before) of each tested call.

    Returns:
        The mean over the calls for which there was such a session; None without any.
    """
    panels = {bars.symbol: panel for bars in members if (panel := _panel([bars])) is not None}
    shares = []
    for symbol, distance in distances:
        if symbol not in panels:
            continue
        open_, low, close = panels[symbol][1][:, 0].T
        touched = (open_ > distance) & (low <= distance)
        if touched.any():
            shares.append(float((close[touched] >= distance).mean()))
    return sum(shares) / len(shares) * 100 if shares else None
