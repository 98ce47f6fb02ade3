"""Percentages and p values as texts that never say all, none or certain where it is neither."""

from __future__ import annotations

import math

from analytics.model.quotation import ABSENT, written

WHOLE = 100.0
MOST_MORE = 2
"""Decimals that are added, at most, before a text says less than or more than."""
NOISE = 1e-9
"""Nearer than this to none or all is either: sums of floats."""
P_DECIMALS = 3


def percent_text(value: float | None, decimals: int = 2, *, sign: bool = True) -> str:
    """``−1.88%``; a loss short of all is never ``−100.00%``: ``−99.997%``."""
    if value is None or not math.isfinite(value):
        return ABSENT
    if -WHOLE + NOISE < value < 0:
        for more in range(decimals, decimals + MOST_MORE + 1):
            if round(value, more) > -WHOLE:
                return f"{written(value, more, sign=sign)}%"
        return f"{written(-WHOLE + 10.0**-more, more, sign=sign)}%"
    return f"{written(value, decimals, sign=sign)}%"


def share_text(value: float | None, decimals: int = 1) -> str:
    """``57.0%``; a share short of all or above none never reads so: ``99.96%``, ``<0.01%``."""
    if value is None or not math.isfinite(value):
        return ABSENT
    if not NOISE < value < WHOLE - NOISE:
        return f"{written(value, decimals)}%"
    for more in range(decimals, decimals + MOST_MORE + 1):
        if 0 < round(value, more) < WHOLE:
            return f"{written(value, more)}%"
    least = 10.0**-more
    return f"<{least:.{more}f}%" if value < 1 else f">{WHOLE - least:.{more}f}%"


def p_text(value: float | None) -> str:
    """``0.03``, ``0.004``, ``<0.001``: a p or q value, which is never 0."""
    if value is None or not math.isfinite(value):
        return ABSENT
    least = 10.0**-P_DECIMALS
    return f"<{least}" if value < least else f"{value:.{2 if value >= 0.01 else P_DECIMALS}f}"


def p_words(name: str, value: float | None) -> str:
    """``p = 0.03``, ``p < 0.001``."""
    text = p_text(value)
    return f"{name} < {text[1:]}" if text.startswith("<") else f"{name} = {text}"
