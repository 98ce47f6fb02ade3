"""Sides of a chain that the source lacks: all calls, or all puts, without volume or open interest.

Nothing that holds calls against puts can be told then; zeros that are none would be read as a fact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats
from analytics.options.chain import CleanChain
from analytics.options.sums import group_sums

LEAST_LISTED = 3
"""Contracts listed on a side from which on having none of them open is no fact but a lack."""
LEAST_OPEN = 1_000
TRADED, TRADED_MUCH = 1_000, 10_000


@dataclass(frozen=True, eq=False)
class OneSided:
    """Expiry dates of which one side is listed without any open interest at all; shapes (d,).

    Attributes:
        without_calls, without_puts: none of that side is open, though some of the other are.
        listed_calls, listed_puts: unexpired contracts.
    """

    without_calls: NDArray[np.bool_]
    without_puts: NDArray[np.bool_]
    listed_calls: Floats
    listed_puts: Floats

    @property
    def either(self) -> NDArray[np.bool_]:
        """Shape (d,)."""
        return self.without_calls | self.without_puts

    def reason(self, at: int) -> str:
        """Why the sides of one date cannot be compared."""
        count, side = (
            (self.listed_calls[at], "calls")
            if self.without_calls[at]
            else (self.listed_puts[at], "puts")
        )
        return _none_of("no open interest in", int(count), side)


def one_sided(clean: CleanChain) -> OneSided:
    """`OneSided` of a chain's dates, ``strikes.dates``.

    A few contracts listed on a side may all be without open interest; of none, or `LEAST_LISTED`
    and more, where `LEAST_OPEN` are open on the other, it is rather the source that lacks them.
    """
    of_date, count = clean.strikes.date_of_row, len(clean.strikes.dates)
    calls = clean.unexpired & clean.chain.is_call
    puts = clean.unexpired & ~clean.chain.is_call
    listed_calls, listed_puts, open_calls, open_puts = (
        group_sums(of_date, values, count)
        for values in (
            calls.astype(float),
            puts.astype(float),
            np.where(calls, clean.open_interest, 0.0),
            np.where(puts, clean.open_interest, 0.0),
        )
    )
    return OneSided(
        without_calls=_none_or_many(listed_calls) & (open_calls == 0) & (open_puts >= LEAST_OPEN),
        without_puts=_none_or_many(listed_puts) & (open_puts == 0) & (open_calls >= LEAST_OPEN),
        listed_calls=listed_calls,
        listed_puts=listed_puts,
    )


def _none_of(what: str, count: int, side: str) -> str:
    return f"{what} any of {count} {side}" if count else f"no {side} are listed"


def _none_or_many(listed: Floats) -> NDArray[np.bool_]:
    none_or_many: NDArray[np.bool_] = (listed == 0) | (listed >= LEAST_LISTED)
    return none_or_many


def lacking_volume(clean: CleanChain) -> str | None:
    """Why calls and puts cannot be weighed: one side of the chain has no volume at all; else None.

    It is the source that lacks it where the other side traded `TRADED` contracts and no cell of
    the side is filled (or none is listed), or `TRADED_MUCH` although its cells say none.
    """
    printed, is_call = clean.chain.volume, clean.chain.is_call
    for side, other, name in ((is_call, ~is_call, "calls"), (~is_call, is_call, "puts")):
        traded, filled = clean.volume[other].sum(), bool((printed[side] >= 0).any())
        few = 0 < int(side.sum()) < LEAST_LISTED
        if few or clean.volume[side].sum() > 0 or (printed[side] > 0).any():
            continue
        if traded >= (TRADED_MUCH if filled else TRADED):
            return f"n/a ({_none_of('no volume in', int(side.sum()), name)})"
    return None
