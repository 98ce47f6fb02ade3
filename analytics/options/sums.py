"""Sums by group, the one way every options figure adds contracts up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.model.vocabulary import Floats


def group_sums(group: NDArray[np.int64], values: Floats, groups: int) -> Floats:
    """Sum of ``values`` (shape (n,)) in each of ``groups`` groups; shape (groups,)."""
    sums: Floats = np.bincount(group, weights=values, minlength=groups).astype(np.float64)
    return sums
