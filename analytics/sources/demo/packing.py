"""Simulated prices and volumes in four bytes each, exactly: a demo keeps millions of them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats

Packed: TypeAlias = NDArray[np.uint32]
"""Whole numbers of a unit: 0.0001 where there are four decimals, 1 where there are none."""

PRICE_DECIMALS = 4
"""The finest that a simulated price is rounded to."""


def pack(values: Floats, decimals: int = PRICE_DECIMALS) -> Packed:
    """Numbers that are rounded to so many decimals already, in half the memory.

    Raises:
        ValueError: one of them is not, or is negative or beyond 4 bytes.
    """
    whole = np.rint(values * 10.0**decimals)
    fits = (whole >= 0) & (whole <= np.iinfo(np.uint32).max)
    if not (fits & (unpack(whole, decimals) == values)).all():
        raise ValueError(f"not all of these are 0 or more with {decimals} decimals, in 4 bytes")
    return whole.astype(np.uint32)


def unpack(packed: Packed | Floats, decimals: int = PRICE_DECIMALS) -> Floats:
    """What was packed, to the last bit: the quotient of whole numbers is rounded once."""
    return np.asarray(packed, np.float64) / 10.0**decimals
