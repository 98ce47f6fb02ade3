"""Quotes that cannot be live beside their neighbours: options get cheaper away from the money."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.indicators.compiled import kernel, part
from analytics.model.vocabulary import Floats


@part
def _walk(
    first: int,
    last: int,
    step: int,
    bid: Floats,
    ask: Floats,
    counts: NDArray[np.bool_],
    marked: NDArray[np.bool_],
) -> None:
    """From the money outward, mark the bids above two asks seen before.

    One ask alone may be the wrong one; two say that it is the bid.
    """
    least, second = np.inf, np.inf
    for i in range(first, last, step):
        if not counts[i]:
            continue
        if bid[i] > second:
            marked[i] = True
        elif ask[i] < least:
            least, second = ask[i], least
        elif ask[i] < second:
            second = ask[i]


@kernel(
    "void(int64[::1], int64[::1], float64[::1], float64[::1], boolean[::1], boolean[::1],"
    " boolean[::1])"
)
def mark_out_of_line(
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    bid: Floats,
    ask: Floats,
    counts: NDArray[np.bool_],
    is_call: NDArray[np.bool_],
    marked: NDArray[np.bool_],
) -> None:
    """Mark out-of-the-money quotes that stand above the asks of strikes nearer the money.

    Args:
        starts, stops: shape (e,), each series' strikes among the m, ascending.
        bid, ask: shape (m,), of the out-of-the-money leg.
        counts: shape (m,), that leg has a usable quote.
        is_call: shape (m,), that leg is a call: the strike is at or above the forward.
        marked: shape (m,), filled.
    """
    for e in range(len(starts)):
        split = stops[e]
        for i in range(starts[e], stops[e]):
            if is_call[i]:
                split = i
                break
        _walk(split, stops[e], 1, bid, ask, counts, marked)
        _walk(split - 1, starts[e] - 1, -1, bid, ask, counts, marked)
