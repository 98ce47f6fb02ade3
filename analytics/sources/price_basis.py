"""Prices on one basis: stated splits that were not applied, and jumps that nothing explains.

Methods, "Plausibility". Works on the valid bars of one listing, oldest first.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analytics.model.bars import Break
from analytics.model.vocabulary import Floats, Sessions

AGREES = math.log(1.1)
"""A jump agrees with a ratio when it is within 10% of it."""
LARGE_JUMP = math.log(3.0)
ONE_BAR_JUMP = math.log(1.8)
"""A single bar that goes there and back is judged by less: the price after it confirms."""
BACK_AGAIN = math.log(1.25)
LONGEST_DETOUR = 5
SHIFTED_SESSIONS = 3
"""How far from the date of a split a source may begin the new basis."""
SMALLEST_STEP = 0.001
"""Under it a multiple is a tick or two of a price near nothing."""

_PRICES = ("open", "high", "low", "close", "adj_close")


@dataclass
class Columns:
    """The columns of a listing's bars, shape (n,) each; prices are changed in place."""

    sessions: Sessions
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    splits: Floats
    adj_close: Floats | None = None
    notes: list[tuple[dt.date, str]] = field(default_factory=list)

    def note(self, at: int, text: str) -> None:
        """Say something that is known from the session of a position on."""
        self.notes.append((self.sessions[at].item(), text))

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Keep only these rows, each split going to the next kept one."""
        carried = carried_splits(self.sessions, self.splits, self.sessions[rows])
        for name in ("sessions", *_PRICES, "volume"):
            values = getattr(self, name)
            if values is not None:
                setattr(self, name, values[rows])
        self.splits = carried


def carried_splits(days: Sessions, ratios: Floats, kept: Sessions) -> Floats:
    """The split ratio of each kept session, 1 where there is none; O(m log n) for m splits.

    A split whose own bar was rejected goes to the next kept bar: the earlier prices were
    divided by it all the same. Of several ratios of one date the last one counts.

    Args:
        days: date of each ratio, in any order, NaT allowed.
        ratios: 1 (or no positive number) where there is no split.
        kept: ascending.
    """
    splits = np.ones(len(kept))
    is_split = np.isfinite(ratios) & (ratios > 0) & ~np.isnat(days)
    is_split &= np.abs(ratios - 1.0) > 1e-9
    at = np.flatnonzero(is_split)
    if not at.size:
        return splits
    newest_first = at[::-1]
    _, first = np.unique(days[newest_first], return_index=True)
    chosen = newest_first[first]
    places = np.searchsorted(kept, days[chosen])
    inside = places < len(kept)
    np.multiply.at(splits, places[inside], ratios[chosen][inside])
    return splits


def apply_stated_splits(columns: Columns) -> None:
    """Put the bars before a stated split on its basis where the source forgot to.

    It forgot where the stated ratio and the jump between two closes at (or near) its date agree
    within 10%, better than no jump does. Where the old basis holds only back to an opposite
    jump, only those bars are changed.
    """
    for split in np.flatnonzero(columns.splits != 1.0)[::-1]:
        ratio = float(columns.splits[split])
        at = _unapplied_at(columns, int(split), ratio)
        if at is None:
            continue
        start = _start_of_old_basis(columns.close, at, ratio)
        _rescale(columns, start, at, ratio)
        first = columns.sessions[at].item()
        verb, factor = ("divided", ratio) if ratio > 1 else ("multiplied", 1 / ratio)
        columns.note(
            max(at, int(split)),
            f"prices before {first} were {verb} by {factor:g}: "
            "the source states that split and had not applied it",
        )


def reject_detours(columns: Columns) -> int:
    """Take out bars whose price leaves by a large factor and comes back; returns their number.

    One bar by a factor of 1.8, up to five by a factor of 3: another unit, or another basis.
    """
    steps = _log_steps(columns.close)
    bad = np.zeros(len(columns.close), dtype=bool)
    large = np.flatnonzero(np.abs(steps) >= ONE_BAR_JUMP)
    for out, back in pairwise(large):
        length = int(back - out)
        needed = ONE_BAR_JUMP if length == 1 else LARGE_JUMP
        tolerance = AGREES if length == 1 else BACK_AGAIN
        returned = abs(math.log(columns.close[back] / columns.close[out - 1])) <= tolerance
        opposite = steps[out] * steps[back] < 0
        if length <= LONGEST_DETOUR and opposite and returned and not bad[out - 1]:
            bad[out:back] |= min(abs(steps[out]), abs(steps[back])) >= needed
    if bad.any():
        columns.keep(~bad)
    return int(bad.sum())


def blank_stray_ranges(columns: Columns) -> int:
    """Make a high or low unknown that lies beyond 3 times (a third of) every close beside it."""
    close = columns.close
    before = np.concatenate([close[:1], close[:-1]])
    limit = math.exp(LARGE_JUMP)
    high, low = np.fmax(close, before) * limit, np.fmin(close, before) / limit
    stray = (columns.high > high) | (columns.low < low)
    for name in ("open", "high", "low"):
        setattr(columns, name, np.where(stray, np.nan, getattr(columns, name)))
    outside = (columns.open > high) | (columns.open < low)
    columns.open = np.where(outside, np.nan, columns.open)
    return int(stray.sum())


def mark_unexplained_jumps(columns: Columns) -> tuple[Break, ...]:
    """The sessions at which the price jumps by a factor of 3 or more, which no split explains.

    A split stated for such a session is taken out where the prices before it are still on the
    old basis, though not closely enough to tell: they are what was seen then.
    """
    steps = _log_steps(columns.close)
    found = []
    for at in np.flatnonzero(np.abs(steps) >= LARGE_JUMP):
        ratio = float(columns.splits[at])
        why = "no stated split explains"
        if ratio != 1.0:
            why = f"the stated split of {ratio:.6g} for 1 does not explain"
            if abs(-steps[at] - math.log(ratio)) < abs(steps[at]):
                columns.splits[at] = 1.0
        before, after = float(columns.close[at - 1]), float(columns.close[at])
        session = columns.sessions[at].item()
        jump = f"the jump of {session} from {before:,.6g} to {after:,.6g}"
        found.append(Break(session, f"{jump}, which {why}"))
    return tuple(found)


def _log_steps(close: Floats) -> Floats:
    """Log of each close over the one before, shape (n,); 0 for the first and for tiny steps."""
    steps = np.zeros(len(close))
    if len(close) > 1:
        steps[1:] = np.where(
            np.abs(np.diff(close)) >= SMALLEST_STEP, np.log(close[1:] / close[:-1]), 0.0
        )
    return steps


def _unapplied_at(columns: Columns, split: int, ratio: float) -> int | None:
    """Position of the first bar on the new basis where the source forgot to apply the split."""
    stated = math.log(ratio)
    shift = SHIFTED_SESSIONS if abs(stated) >= ONE_BAR_JUMP else 0
    first, last = max(split - shift, 1), min(split + shift, len(columns.close) - 1)
    near = sorted(range(first, last + 1), key=lambda at: abs(at - split))
    for at in near:
        if at != split and columns.splits[at] != 1.0:
            continue  # that jump is another split's
        fall = math.log(columns.close[at - 1] / columns.close[at])
        if not _agrees(fall, stated):
            continue
        opened = columns.open[at]
        if opened == opened and not _agrees(math.log(columns.close[at - 1] / opened), stated):
            continue
        return at
    return None


def _agrees(fall: float, stated: float) -> bool:
    """Whether a fall (log) is the stated ratio's (log), and cannot be told for no jump at all."""
    return abs(fall - stated) <= AGREES < abs(fall) and abs(fall - stated) < abs(fall)


def _start_of_old_basis(close: Floats, at: int, ratio: float) -> int:
    """Position of the first bar on the old basis: after an opposite jump, else the first of all."""
    stated = math.log(ratio)
    if abs(stated) < ONE_BAR_JUMP:
        return 0  # a real move may be as large
    rises = np.log(close[1:at] / close[: at - 1])
    opposite = np.flatnonzero(np.abs(rises - stated) <= AGREES)
    return int(opposite[-1]) + 1 if opposite.size else 0


def _rescale(columns: Columns, start: int, end: int, ratio: float) -> None:
    adjusted = columns.adj_close
    for name in ("open", "high", "low", "close"):
        getattr(columns, name)[start:end] /= ratio
    columns.volume[start:end] *= ratio
    if adjusted is not None:
        fall = math.log(adjusted[end - 1] / adjusted[end])
        if _agrees(fall, math.log(ratio)):
            adjusted[start:end] /= ratio
