"""Hit rates of called levels: the session is the unit, for the calls of one move together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analytics.indicators.intervals import wilson
from analytics.indicators.multiple_tests import CLAIM_AT, benjamini_hochberg, p_at_or_above
from analytics.model.status import Status
from analytics.model.vocabulary import Floats

TESTED = (Status.HELD, Status.BROKEN)
MIN_SESSIONS = 10
DRAWS = 2000
SEED = 20250127


@dataclass(frozen=True)
class HitRate:
    """How often a tested level held.

    Attributes:
        rate_pct, low_pct, high_pct: held / (held + broken) and its 95% interval by a cluster
            bootstrap over sessions; None with fewer than ten sessions of tested calls.
        sessions: with a tested call.
        null_rate_pct: mean of the same rate on rebuilt courses of the same symbols; None where
            none could be rebuilt.
        p_value: share of courses on which they held at least as often; None without a rate.
        q_value: corrected for all the rates shown with it (Benjamini-Hochberg).
    """

    name: str
    held: int
    broken: int
    rate_pct: float | None
    low_pct: float | None
    high_pct: float | None
    sessions: int = 0
    null_rate_pct: float | None = None
    p_value: float | None = None
    q_value: float | None = None

    @property
    def tested(self) -> int:
        """Held and broken."""
        return self.held + self.broken

    @property
    def beats_chance(self) -> bool:
        """Whether "more often than chance" may be said."""
        return self.q_value is not None and self.q_value <= CLAIM_AT


def hit_rate(name: str, outcomes: Sequence[tuple[dt.date, Status | None]]) -> HitRate:
    """The rate over the tested ones of (session, status); counts only under ten sessions."""
    of_session: dict[dt.date, list[int]] = {}
    for session, status in outcomes:
        if status in TESTED:
            of_session.setdefault(session, [0, 0])[status is Status.BROKEN] += 1
    counts = np.array(list(of_session.values()), dtype=np.int64).reshape(-1, 2)
    held, broken = (int(total) for total in counts.sum(axis=0))
    if len(counts) < MIN_SESSIONS:
        return HitRate(name, held, broken, None, None, None, len(counts))
    low, high = cluster_interval(counts)
    rate = held / (held + broken) * 100
    return HitRate(name, held, broken, rate, low * 100, high * 100, len(counts))


def cluster_interval(counts: np.ndarray, draws: int = DRAWS) -> tuple[float, float]:
    """95% percentile interval of held / tested when whole sessions are drawn again, fractions.

    Where every call held, or none, the draws do not differ: the Wilson interval with each
    session counted once stands in their place.

    Args:
        counts: shape (sessions, 2): held and broken.
    """
    held, total = int(counts[:, 0].sum()), int(counts.sum())
    if held in (0, total):
        interval = wilson(len(counts) if held else 0, len(counts))
        assert interval is not None
        return interval
    rng = np.random.default_rng(SEED)
    drawn = counts[rng.integers(len(counts), size=(draws, len(counts)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn.sum(axis=1), (0.025, 0.975))
    return float(low), float(high)


def beside_null(rate: HitRate, counts: Floats) -> HitRate:
    """The rate beside its null.

    Args:
        counts: tested and held on each rebuilt course, shape (courses, 2).
    """
    known = counts[counts[:, 0] > 0]
    if not len(known):
        return rate
    null = known[:, 1] / known[:, 0]
    p_value = None
    if rate.rate_pct is not None:
        p_value = p_at_or_above(null, rate.held / rate.tested)
    return replace(rate, null_rate_pct=float(null.mean()) * 100, p_value=p_value)


def corrected(rates: Sequence[HitRate]) -> list[HitRate]:
    """Rates that are shown together, with the q-values over all of them."""
    q_values = benjamini_hochberg([rate.p_value for rate in rates])
    return [replace(rate, q_value=q) for rate, q in zip(rates, q_values, strict=True)]
