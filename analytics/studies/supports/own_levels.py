"""Own levels: prices that a viewer has drawn, as rungs of the ladder.

They have the distances and the status of every rung. They are no part of the finding, of the
confluence or of the supports in focus: those say the same to everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analytics.model.levels import OWN, LevelId
from analytics.model.vocabulary import BadInput, Bars
from analytics.studies.supports.levels import Level, make_level, read_price_context

MOST = 12
"""Of one symbol; ``assets/pages/own_level_list.mjs`` keeps no more."""

LOWEST, HIGHEST = 1e-4, 1e8


def check_own(prices: Sequence[float]) -> None:
    """Judge prices that were typed or drawn.

    Raises:
        BadInput: one sentence: what was wrong and what is accepted.
    """
    if len(prices) > MOST:
        raise BadInput(f"own has {len(prices)} prices: at most {MOST} are accepted.")
    if any(not LOWEST <= price <= HIGHEST for price in prices):
        raise BadInput(f"own holds a price outside {LOWEST:g} to {HIGHEST:g}.")


def own_levels(bars: Bars, prices: Sequence[float]) -> tuple[Level, ...]:
    """A level at each of ``prices``, as the last session of ``bars`` has dealt with it."""
    context, text = read_price_context(bars), bars.quotation.plain_text
    made = [
        make_level(LevelId(OWN.key, text(price)), price, price, context)
        for price in dict.fromkeys(prices)
    ]
    return tuple(replace(level, if_closed_here=None) for level in made)
