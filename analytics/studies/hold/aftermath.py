"""Aftermath of the hold study's events: the next average's reach, and returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np

from analytics.indicators.block_shuffle import PATHS, chance_of_mean
from analytics.indicators.intervals import MIN_FOR_RATE, apart, mean_interval, wilson
from analytics.indicators.multiple_tests import CLAIM_AT, p_at_or_above
from analytics.studies.hold.events import REACH_SESSIONS, Event, History, Studied, reach_waits

FORWARD_SESSIONS = (5, 20, 60)


@dataclass(frozen=True)
class AfterBreak:
    """What followed the breaks (closes below the level), within 60 sessions.

    Attributes:
        breaks: all of them; ``without_lower``: no 50, 100 or 200-DMA lay below.
        observed: breaks with a lower level whose 60 sessions are over or which reached it.
        reached: of those, how many traded at that (moving) level.
        median_sessions: to it, over the reached.
        median_overshoot_pct: lowest low within the 60 sessions against the broken level.
        null_rate_pct: mean reach rate over the bootstrap paths that had such a break.
        p_value, q_value: as in `HoldRate`, of reaching at least as often.
        null_paths: paths used.
        within: 60.
    """

    breaks: int
    without_lower: int
    observed: int
    reached: int
    reach_rate_pct: float | None
    wilson95_pct: tuple[float, float] | None
    median_sessions: float | None
    median_overshoot_pct: float | None
    null_rate_pct: float | None = None
    p_value: float | None = None
    null_paths: int = 0
    q_value: float | None = None
    within: int = REACH_SESSIONS

    @property
    def beats_chance(self) -> bool:
        """Whether "more often than chance" may be said."""
        return self.q_value is not None and self.q_value <= CLAIM_AT


@dataclass(frozen=True)
class ForwardReturn:
    """Mean traded-close return over the sessions after an event, beside that of all days.

    ``n`` events at least ``sessions`` apart, so that the windows do not overlap; the mean and
    its 95% Student interval are None under 10.

    Attributes:
        p_value: share of the null's paths whose mean after the same events lies at least as far
            from all paths' mean (`analytics.indicators.block_shuffle`); None under 10.
        q_value: corrected for all that the study tests.
    """

    after: str
    sessions: int
    n: int
    mean_pct: float | None
    interval95_pct: tuple[float, float] | None
    all_days_pct: float | None
    p_value: float | None = None
    q_value: float | None = None

    @property
    def differs(self) -> bool:
        """Whether the mean may be said to differ from that of all days."""
        return self.q_value is not None and self.q_value <= CLAIM_AT


def after_break(
    history: History, level: Studied, events: Sequence[Event], null: np.ndarray
) -> AfterBreak:
    """Reach of the next lower 50, 100 or 200-DMA after each close below the level.

    Args:
        null: known and reached breaks on the null's paths, shape (paths, 2).
    """
    from analytics.studies.hold.kernels import NO_LOWER, UNREACHED

    breaks = [event for event in events if not event.held]
    waits = reach_waits(history, level, breaks)
    reached = waits[waits >= 0]
    observed = int((waits >= UNREACHED).sum())
    overshoots = [
        (float(history.low[event.at : event.at + REACH_SESSIONS + 1].min()) / event.level - 1) * 100
        for event in breaks
        if event.at + REACH_SESSIONS < len(history.low)
    ]
    enough = observed >= MIN_FOR_RATE
    interval = wilson(len(reached), observed) if enough else None
    known = null[null[:, 0] > 0]
    rates = known[:, 1] / known[:, 0]
    return AfterBreak(
        breaks=len(breaks),
        without_lower=int((waits == NO_LOWER).sum()),
        observed=observed,
        reached=len(reached),
        reach_rate_pct=len(reached) / observed * 100 if enough else None,
        wilson95_pct=(interval[0] * 100, interval[1] * 100) if interval else None,
        median_sessions=float(median(reached.tolist())) if len(reached) else None,
        median_overshoot_pct=median(overshoots) if overshoots else None,
        null_rate_pct=float(rates.mean()) * 100 if rates.size else None,
        p_value=p_at_or_above(rates, len(reached) / observed) if enough else None,
        null_paths=int(rates.size),
    )


def forward_returns(
    history: History, events: Sequence[Event], paths: int = PATHS
) -> tuple[ForwardReturn, ...]:
    """5, 20 and 60-session returns after a hold and after a break, against all days."""
    close = history.close
    groups: tuple[tuple[str, Callable[[Event], bool]], ...] = (
        ("hold", lambda event: event.held),
        ("break", lambda event: not event.held),
    )
    rows = []
    for name, belongs in groups:
        starts = [event.at for event in events if belongs(event)]
        for ahead in FORWARD_SESSIONS:
            ended = [t for t in starts if t + ahead < len(close)]
            positions = [ended[i] for i in apart(ended, ahead)]
            returns = [float(close[t + ahead] / close[t] - 1) * 100 for t in positions]
            enough = len(returns) >= MIN_FOR_RATE
            every = close[ahead:] / close[:-ahead] - 1 if len(close) > ahead else None
            chance = (
                chance_of_mean(fmean(returns), close, positions, ahead, paths) if enough else None
            )
            rows.append(
                ForwardReturn(
                    after=name,
                    sessions=ahead,
                    n=len(returns),
                    mean_pct=fmean(returns) if enough else None,
                    interval95_pct=mean_interval(returns) if enough else None,
                    all_days_pct=None if every is None else float(every.mean()) * 100,
                    p_value=None if chance is None else chance.p_value,
                )
            )
    return tuple(rows)
