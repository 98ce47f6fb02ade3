"""The columns of one listing's valid bars, oldest first, while they are put on one basis."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats, Sessions

AGREES = math.log(1.1)
"""A jump agrees with a ratio when it is within 10% of it."""
ONE_BAR_JUMP = math.log(1.8)
"""A single bar that goes there and back is judged by less: the price after it confirms."""
NEAR_DAYS = 14
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


def carried_splits(days: Sessions, ratios: Floats, sessions: Sessions) -> Floats:
    """The split ratio of each kept session, 1 where there is none; O(m log n) for m splits.

    A split whose own bar was rejected goes to the next kept bar: the earlier prices were
    divided by it all the same. Of several ratios of one date the last one counts; equal ones of
    one kept session and of dates close together are one split.

    Args:
        days: date of each ratio, in any order, NaT allowed.
        ratios: 1 (or no positive number) where there is no split.
        sessions: ascending.
    """
    splits = np.ones(len(sessions))
    is_split = np.isfinite(ratios) & (ratios > 0) & ~np.isnat(days)
    is_split &= np.abs(ratios - 1.0) > 1e-9
    at = np.flatnonzero(is_split)
    if not at.size:
        return splits
    newest_first = at[::-1]
    _, first = np.unique(days[newest_first], return_index=True)
    chosen = newest_first[first]
    places = np.searchsorted(sessions, days[chosen])
    inside = places < len(sessions)
    inside[1:] &= ~_same_split(days[chosen], ratios[chosen], places)
    np.multiply.at(splits, places[inside], ratios[chosen][inside])
    return splits


def _same_split(days: Sessions, ratios: Floats, places: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Of each split but the first, by date: whether it is the one before it, stated twice."""
    near = np.diff(days) <= np.timedelta64(NEAR_DAYS, "D")
    equal = np.isclose(ratios[1:], ratios[:-1], rtol=1e-6, atol=0.0)
    same: NDArray[np.bool_] = near & equal & (places[1:] == places[:-1])
    return same


def log_steps(close: Floats) -> Floats:
    """Log of each close over the one before, shape (n,); 0 for the first and for tiny steps."""
    steps = np.zeros(len(close))
    if len(close) > 1:
        steps[1:] = np.where(
            np.abs(np.diff(close)) >= SMALLEST_STEP, np.log(close[1:] / close[:-1]), 0.0
        )
    return steps
