"""Returns after past events: means over windows that do not overlap, each with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np

from analytics.indicators.block_shuffle import Chance
from analytics.indicators.intervals import MIN_FOR_RATE, apart, mean_interval, wilson
from analytics.indicators.multiple_tests import CLAIM_AT, benjamini_hochberg
from analytics.model.vocabulary import Floats


@dataclass(frozen=True)
class Outcome:
    """What followed the events over one horizon.

    Attributes:
        sessions: the horizon.
        events: events whose horizon has ended.
        n: those of them at least ``sessions`` apart, on which every figure below rests, so
            that windows do not overlap.
        mean_pct, interval95_pct: mean and its 95% Student interval; None under 10.
        positive: how many were above zero; ``positive_rate_pct`` and ``wilson95_pct`` are
            None under 10.
        null_mean_pct, p_value: the mean over the null's paths, and the share of paths at least
            as far from it (`analytics.indicators.block_shuffle`); None under 10.
        q_value: the p-value corrected for all rows of its table (Benjamini-Hochberg).
    """

    sessions: int
    events: int
    n: int
    mean_pct: float | None
    interval95_pct: tuple[float, float] | None
    positive: int
    positive_rate_pct: float | None
    wilson95_pct: tuple[float, float] | None
    null_mean_pct: float | None = None
    p_value: float | None = None
    q_value: float | None = None

    @property
    def differs(self) -> bool:
        """Whether the mean may be said to differ from chance's."""
        return self.q_value is not None and self.q_value <= CLAIM_AT


def beside_chance(outcomes: Sequence[Outcome], chances: Sequence[Chance | None]) -> list[Outcome]:
    """The rows of one table, each with its null and the q-value over all of them."""
    p_values = [None if chance is None else chance.p_value for chance in chances]
    return [
        replace(one, null_mean_pct=None if chance is None else chance.mean, p_value=p, q_value=q)
        for one, chance, p, q in zip(
            outcomes, chances, p_values, benjamini_hochberg(p_values), strict=True
        )
    ]


def outcome(at: Sequence[int], values_pct: Sequence[float], sessions: int) -> Outcome:
    """Sum up the values of the events at bars ``at`` (ascending), one value an event."""
    apart_pct = [values_pct[i] for i in apart(at, sessions)]
    positive = sum(value > 0 for value in apart_pct)
    enough = len(apart_pct) >= MIN_FOR_RATE
    interval = wilson(positive, len(apart_pct)) if enough else None
    return Outcome(
        sessions=sessions,
        events=len(at),
        n=len(apart_pct),
        mean_pct=fmean(apart_pct) if enough else None,
        interval95_pct=mean_interval(apart_pct) if enough else None,
        positive=positive,
        positive_rate_pct=positive / len(apart_pct) * 100 if enough else None,
        wilson95_pct=(interval[0] * 100, interval[1] * 100) if interval else None,
    )


def forward_returns(close: Floats, sessions: int) -> Floats:
    """Return over the next ``sessions`` bars, a fraction, shape of ``close``; NaN at the end."""
    out = np.full(close.shape, np.nan)
    if len(close) > sessions:
        out[:-sessions] = close[sessions:] / close[:-sessions] - 1
    return out
