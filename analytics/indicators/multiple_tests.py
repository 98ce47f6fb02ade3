"""p-values of rates, and their correction for how many of them were looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.model.vocabulary import Floats

CLAIM_AT = 0.05
"""A row may say "more often than chance" up to this q-value (methods, "Many levels, one claim")."""


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """q-value of each p-value; None stays None and does not count as a test.

    Benjamini & Hochberg, Controlling the False Discovery Rate, JRSS B 1995: the smallest
    p_(j) m / j over the ranks j at or above the p-value's own.
    """
    tested = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    out: list[float | None] = [None] * len(p_values)
    lowest = 1.0
    for rank in range(len(tested), 0, -1):
        p, i = tested[rank - 1]
        lowest = min(lowest, p * len(tested) / rank)
        out[i] = lowest
    return out


def p_at_or_above(null: Floats, observed: float) -> float | None:
    """(1 + null rates at or above the observed one) / (how many + 1); None without any."""
    if not null.size:
        return None
    return float((1 + (null >= observed - 1e-12).sum()) / (null.size + 1))


def best_of_tried(observed: Sequence[float], nulls: Sequence[Floats]) -> list[float]:
    """p-value of each of several rules tried on one market, corrected for having tried them all.

    The reality check (White, A Reality Check for Data Snooping, Econometrica 2000), studentised
    (Hansen, A Test for Superior Predictive Ability, JBES 2005), in one step for every rule
    (Westfall & Young, Resampling-Based Multiple Testing, 1993): the share of paths whose best
    rule, in standard deviations of its own null, did as well as this one. The largest statistic's
    is the reality check's p-value; of one rule it is its own.

    Args:
        observed: a statistic a rule.
        nulls: the same on the paths, shape (paths,) each; path b is one and the same for all.
    """
    spread = [float(null.std()) for null in nulls]
    scaled = [
        (null - null.mean()) / sd if sd > 0 else np.zeros_like(null)
        for null, sd in zip(nulls, spread, strict=True)
    ]
    best = np.max(scaled, axis=0)
    found = []
    for value, null, sd in zip(observed, nulls, spread, strict=True):
        z = (value - float(null.mean())) / sd if sd > 0 else 0.0
        found.append(float((1 + (best >= z - 1e-12).sum()) / (len(best) + 1)))
    return found
