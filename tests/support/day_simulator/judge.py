"""Each fault against the clean day, in a process that knew the time before it and in a cold one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from tests.support.day_simulator.compare import Difference, differences
from tests.support.day_simulator.faults import Script
from tests.support.day_simulator.market import Market
from tests.support.day_simulator.play import DAYS, Run, moments, play, span_of

BEFORE, AFTER = 2, 4
"""Looks before a fault begins and after it ends, unless the whole day is played."""

Moments = tuple[dt.datetime, ...]


def looks_around(script: Script, before: int = BEFORE, after: int = AFTER) -> Moments:
    """The moments at which a script's day is looked at."""
    every = moments(DAYS[script.day])
    begins, ends = span_of(script)
    first = sum(at < begins for at in every)
    last = sum(at < ends for at in every)
    return tuple(every[max(0, first - before) : last + after])


@lru_cache(maxsize=64)
def clean_run(day: str, at: Moments) -> Run:
    """What the day shows without a fault, at each beat of the feed."""
    return play(DAYS[day], at, each_beat=True)


@dataclass(frozen=True)
class Outcome:
    """All differences that a scripted fault made.

    Attributes:
        met: how often the fault met an answer, a request or a frame.
    """

    script: Script
    met: int
    warm: tuple[Difference, ...]
    cold: tuple[Difference, ...]

    @property
    def silent(self) -> tuple[Difference, ...]:
        """Those that were passed off as true."""
        return tuple(one for one in (*self.warm, *self.cold) if one.said is None)


def run(script: Script, at: Moments | None = None, *, cold: bool = True) -> Outcome:
    """Play a script in a process that knows the time before it, and in one that starts in it.

    Args:
        at: the moments to look at; those around the fault by default.
        cold: play the second of the two.
    """
    day, begins, at = DAYS[script.day], span_of(script)[0], at or looks_around(script)
    clean = clean_run(script.day, at).looks
    market = Market(day.session)
    warm = play(day, at, script)
    begun = play(day, [moment for moment in at if moment > begins], script) if cold else Run(())
    return Outcome(
        script,
        warm.met + begun.met,
        tuple(differences(clean, warm.looks, market)),
        tuple(differences(clean, begun.looks, market)) if begun.looks else (),
    )
