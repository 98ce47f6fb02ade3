"""p-values of rates, and their correction for how many of them were looked at."""

from __future__ import annotations

from collections.abc import Sequence

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
