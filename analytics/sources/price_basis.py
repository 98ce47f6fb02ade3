"""Prices on one basis: bars in another unit, and jumps that nothing explains.

Methods, "Plausibility". Works on the valid bars of one listing, oldest first.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from analytics.model.bars import Break
from analytics.sources.price_columns import AGREES, ONE_BAR_JUMP, Columns, log_steps

LARGE_JUMP = math.log(3.0)
SMALL_SPLIT_JUMP = math.log(1.4)
STRAY_SHARE, STRAY_RANGES = 0.1, 5.0
"""A high or low is far a tenth, and five usual ranges, beyond the prices around it."""
UNUSUAL = 10.0
"""So many usual moves may be a split of three for two that nobody states."""
BACK_AGAIN = math.log(1.25)
LONGEST_DETOUR = 5
LAST_YEAR = 252


def reject_detours(columns: Columns) -> int:
    """Take out bars whose price leaves by a large factor and comes back; returns their number.

    One bar by a factor of 1.8, up to five by a factor of 3: another unit, or another basis.
    """
    steps = log_steps(columns.close)
    bad = np.zeros(len(columns.close), dtype=bool)
    large = np.flatnonzero(np.abs(steps) >= ONE_BAR_JUMP)
    for out, back in pairwise(large):
        length = int(back - out)
        needed = ONE_BAR_JUMP if length == 1 else LARGE_JUMP
        tolerance = AGREES if length == 1 else BACK_AGAIN
        returned = _returns(columns, int(out), int(back), tolerance)
        opposite = steps[out] * steps[back] < 0
        if length <= LONGEST_DETOUR and opposite and returned and not bad[out - 1]:
            bad[out:back] |= min(abs(steps[out]), abs(steps[back])) >= needed
    if bad.any():
        columns.keep(~bad)
    return int(bad.sum())


def _returns(columns: Columns, out: int, back: int, tolerance: float) -> bool:
    """Whether a bar is where the price was before ``out``, or there by the splits stated since."""
    change = math.log(columns.close[back] / columns.close[out - 1])
    stated = math.log(float(np.prod(columns.splits[out : back + 1])))
    return min(abs(change), abs(change + stated)) <= tolerance


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


def note_stray_extremes(columns: Columns) -> None:
    """Say the last year's highs and lows that lie far from every other price around them.

    They may be true (a flash crash): they stand, and what rests on them can be looked at.
    """
    close = columns.close
    before, after = np.append(close[:1], close[:-1]), np.append(close[1:], close[-1:])
    opened = np.where(np.isfinite(columns.open), columns.open, close)
    around = np.array([close, before, after, opened])
    ranges = (columns.high - columns.low) / close
    ranges = ranges[np.isfinite(ranges)]
    if not ranges.size:
        return  # closes only
    least = max(STRAY_SHARE, STRAY_RANGES * float(np.median(ranges)))
    first = len(close) - LAST_YEAR
    for name, values, far, word in (
        ("high", columns.high, columns.high / around.max(axis=0) - 1, "above"),
        ("low", columns.low, 1 - columns.low / around.min(axis=0), "under"),
    ):
        for at in np.flatnonzero(far > least):  # NaN compares False
            if at >= first:
                day = columns.sessions[at].item()
                columns.note(
                    int(at),
                    f"the {name} of {day}, {values[at]:,.6g}, lies {100 * far[at]:.0f}% {word} "
                    "every other price of the days around it",
                )


def mark_unexplained_jumps(columns: Columns) -> tuple[Break, ...]:
    """The sessions at which the price jumps by a factor of 3 or more, which no split explains.

    A split stated for such a session is taken out where the prices before it are still on the
    old basis, though not closely enough to tell: they are what was seen then.
    """
    steps = log_steps(columns.close)
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


def note_possible_split(columns: Columns) -> None:
    """Say the last year's newest jump of a share that may be a split which nobody states."""
    steps = log_steps(columns.close)
    size = np.abs(steps)
    usual = float(np.median(size[1:])) if len(size) > 1 else 0.0
    least = max(SMALL_SPLIT_JUMP, UNUSUAL * usual)
    middling = np.flatnonzero((size >= least) & (size < LARGE_JUMP) & (columns.splits == 1.0))
    if middling.size and middling[-1] >= len(steps) - LAST_YEAR:
        at = int(middling[-1])
        before, after = float(columns.close[at - 1]), float(columns.close[at])
        day = columns.sessions[at].item()
        columns.note(
            at, f"the close went from {before:,.6g} to {after:,.6g} on {day}; no split is stated"
        )
