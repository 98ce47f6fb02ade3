"""Stated splits that the source did not apply, applied in part, or stated twice.

Methods, "Plausibility". Works on the valid bars of one listing, oldest first.
"""

from __future__ import annotations

import math

import numpy as np

from analytics.model.bars import Break
from analytics.model.vocabulary import Floats
from analytics.sources.price_columns import AGREES, ONE_BAR_JUMP, Columns, log_steps

NEAR_SESSIONS = 10
"""How far from the stated date of a large split its new basis may begin; and how close together
two statements of one ratio are the same split."""
NEAR_OF_SMALLER = 3
LARGE_SPLIT = ONE_BAR_JUMP
MIDDLING_SPLIT = math.log(1.2)
SMALLEST_SPLIT = math.log(1.005)
"""Under it a split makes no difference that a figure shows."""
TELLS = 4.6
"""A fall is a small split's when that is exp(4.6) = 100 times as likely as a usual move (Laplace:
so many mean absolute moves nearer to the ratio than to nothing); the split was then forgotten."""
HINTS = 2.5
"""From exp(2.5) = 12 times on it can no longer be taken for applied either."""
NO_LESS_THAN = 1e-3
"""Mean absolute move (log) of a listing that hardly moves."""


def apply_stated_splits(columns: Columns) -> tuple[Break, ...]:
    """Put the bars before a stated split on its basis where the source forgot to.

    It forgot where the stated ratio and the jump between two closes at (or near) its date agree
    within 10%, better than no jump does; a large one also where such a jump stands alone further
    back: the source then rescaled the newer bars only. Where the old basis holds only back to an
    opposite jump, only those bars are changed. A split stated twice within days counts once.

    Returns:
        Small splits of which the prices do not tell whether they are applied.
    """
    if (columns.splits == 1.0).all():
        return ()
    steps = log_steps(columns.close)
    usual = _usual_move(steps)
    _count_repeats_once(columns)
    doubtful = []
    for split in np.flatnonzero(columns.splits != 1.0)[::-1]:
        ratio = float(columns.splits[split])
        at = _new_basis_from(columns, int(split), ratio, usual)
        if at is None and abs(math.log(ratio)) >= LARGE_SPLIT:
            at = _partly_applied_at(columns, int(split), ratio, usual, steps)
        if at is not None:
            _apply(columns, int(split), at, ratio)
            steps = log_steps(columns.close)
        elif _cannot_be_determined(columns, int(split), ratio, usual):
            day = columns.sessions[split].item()
            stated = f"the stated split of {ratio:.6g} for 1 of {day}"
            doubtful.append(Break(day, f"{stated}, which may not be applied"))
            columns.note(0, f"prices do not tell whether {stated} is applied to those before it")
    return tuple(doubtful[::-1])


def _usual_move(steps: Floats) -> float:
    """Mean absolute log move, from the median: splits and crashes do not widen it."""
    median = float(np.median(np.abs(steps[1:]))) if len(steps) > 1 else 0.0
    return max(median / math.log(2.0), NO_LESS_THAN)


def _count_repeats_once(columns: Columns) -> None:
    """Take out the second of two equal ratios stated within days, unless prices show both."""
    stated = [int(at) for at in np.flatnonzero(columns.splits != 1.0)]
    while len(stated) > 1:
        first, second = stated[0], stated[1]
        ratio = float(columns.splits[first])
        same = math.isclose(ratio, float(columns.splits[second]), rel_tol=1e-6)
        if not same or second - first > NEAR_SESSIONS:
            stated.pop(0)
            continue
        jumps = [at for at in (first, second) if _is_jump_of(columns, at, ratio)]
        if len(jumps) == 2:
            stated.pop(0)
            continue
        dropped = first if jumps == [second] else second
        columns.splits[dropped] = 1.0
        one, other = columns.sessions[first].item(), columns.sessions[second].item()
        text = f"the split of {ratio:.6g} for 1 is stated for {one} and for {other}: it counts once"
        columns.note(second, text)
        stated.remove(dropped)


def _new_basis_from(columns: Columns, split: int, ratio: float, usual: float) -> int | None:
    """Position of the first bar on the new basis where the source forgot to apply the split."""
    size = abs(math.log(ratio))
    reach = NEAR_OF_SMALLER if size >= MIDDLING_SPLIT else 0
    reach = NEAR_SESSIONS if size >= LARGE_SPLIT else reach
    first, last = max(split - reach, 1), min(split + reach, len(columns.close) - 1)
    for at in sorted(range(first, last + 1), key=lambda at: abs(at - split)):
        if at != split and columns.splits[at] != 1.0:
            continue  # that jump is another split's
        if _is_jump_of(columns, at, ratio) and (at == split or size > 2 * TELLS * usual):
            return at
    if split > 0 and _likelihood(columns, split, ratio, usual) >= TELLS:
        return split
    return None


def _partly_applied_at(
    columns: Columns, split: int, ratio: float, usual: float, steps: Floats
) -> int | None:
    """Position of a jump of a large split further back, with no opposite one after it.

    It must fit more closely than one at the stated date: it may be a move of its own.
    """
    falls = -steps[:split]
    stated = math.log(ratio)
    alike = np.flatnonzero(np.abs(falls - stated) <= min(AGREES, HINTS * usual))
    opposite = np.flatnonzero(np.abs(falls + stated) <= AGREES)
    if not alike.size or (opposite.size and opposite[-1] > alike[-1]):
        return None
    at = int(alike[-1])
    return at if columns.splits[at] == 1.0 and _is_jump_of(columns, at, ratio) else None


def _is_jump_of(columns: Columns, at: int, ratio: float) -> bool:
    """Whether the jump from the close before to a bar, and to its open, is the ratio's."""
    if at < 1:
        return False
    stated, before = math.log(ratio), columns.close[at - 1]
    if not _agrees(math.log(before / columns.close[at]), stated):
        return False
    opened = columns.open[at]
    return opened != opened or _agrees(math.log(before / opened), stated)


def _agrees(fall: float, stated: float) -> bool:
    """Whether a fall (log) is the stated ratio's (log), and cannot be taken for no jump."""
    return abs(fall - stated) <= AGREES < abs(fall) and abs(fall - stated) < abs(fall)


def _likelihood(columns: Columns, split: int, ratio: float, usual: float) -> float:
    """By how many usual moves the fall at a split is nearer to its ratio than to nothing."""
    stated = math.log(ratio)
    fall = math.log(columns.close[split - 1] / columns.close[split])
    if abs(fall - stated) > min(AGREES, HINTS * usual):
        return 0.0
    return (abs(fall) - abs(fall - stated)) / usual


def _cannot_be_determined(columns: Columns, split: int, ratio: float, usual: float) -> bool:
    if split < 1 or abs(math.log(ratio)) < SMALLEST_SPLIT:
        return False
    return _likelihood(columns, split, ratio, usual) >= HINTS


def _apply(columns: Columns, split: int, at: int, ratio: float) -> None:
    """Put the old basis before ``at`` on the new one, and say so."""
    start = _start_of_old_basis(columns.close, at, ratio)
    _rescale(columns, start, at, ratio)
    first, stated = columns.sessions[at].item(), columns.sessions[split].item()
    verb, factor = ("divided", ratio) if ratio > 1 else ("multiplied", 1 / ratio)
    why = "the source states that split and had not applied it"
    if split - at > NEAR_SESSIONS:
        why = f"the source had applied the split of {stated} to later prices only"
    elif at != split:
        # What was seen between the two dates are prices on the basis they are in.
        columns.splits[split] = 1.0
        columns.splits[at] *= ratio
    text = f"prices before {first} were {verb} by {factor:g}: {why}"
    columns.note(max(at, split), text)


def _start_of_old_basis(close: Floats, at: int, ratio: float) -> int:
    """Position of the first bar on the old basis: after an opposite jump, else the first of all."""
    stated = math.log(ratio)
    if abs(stated) < LARGE_SPLIT:
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
        if abs(fall - math.log(ratio)) < abs(fall):
            adjusted[start:end] /= ratio
