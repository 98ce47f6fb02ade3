"""``python -m tests.support.day_simulator [FAULT ...] [--whole] [--all]``."""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
import warnings
from dataclasses import dataclass
from functools import lru_cache

from tests.support.day_simulator.compare import Difference, differences
from tests.support.day_simulator.faults import SCRIPTS, Script
from tests.support.day_simulator.market import Market
from tests.support.day_simulator.play import DAYS, Run, moments, play, span_of

BEFORE, AFTER = 2, 4
"""Looks before a fault begins and after it ends, unless the whole day is played."""


def looks_around(script: Script, whole: bool = False) -> tuple[dt.datetime, ...]:
    """The moments at which a script's day is looked at."""
    every = moments(DAYS[script.day])
    if whole:
        return tuple(every)
    begins, ends = span_of(script)
    first = sum(at < begins for at in every)
    last = sum(at < ends for at in every)
    return tuple(every[max(0, first - BEFORE) : last + AFTER])


@lru_cache(maxsize=64)
def clean_run(day: str, at: tuple[dt.datetime, ...]) -> Run:
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


def run(script: Script, whole: bool = False) -> Outcome:
    """Play a script in a process that knows the time before it, and in one that starts in it."""
    day, begins = DAYS[script.day], span_of(script)[0]
    at = looks_around(script, whole)
    found, met = [], 0
    for times in (at, tuple(moment for moment in at if moment > begins)):
        faulty = play(day, times, script)
        met += faulty.met
        clean = clean_run(script.day, at).looks
        found.append(tuple(differences(clean, faulty.looks, Market(day.session))))
    return Outcome(script, met, *found)


def main(words: list[str]) -> int:
    """Play the scripts; the exit code is 1 where something false was passed off as true."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.day_simulator")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="by name; all by default")
    parser.add_argument("--whole", action="store_true", help="the whole day, not around the fault")
    parser.add_argument("--all", action="store_true", help="print what was said, too")
    options = parser.parse_args(words)
    warnings.simplefilter("ignore")
    logging.disable()
    chosen = [one for one in SCRIPTS if not options.faults or one.name in options.faults]
    unsaid = 0
    print(f"{'fault':<34} {'met':>5} {'differed':>9} {'cold':>5} {'not said':>9}")
    for script in chosen:
        outcome = run(script, options.whole)
        unsaid += len(outcome.silent)
        print(
            f"{script.name:<34} {outcome.met:>5} {len(outcome.warm):>9} {len(outcome.cold):>5} "
            f"{len(outcome.silent):>9}",
            flush=True,
        )
        for how, found in (("warm", outcome.warm), ("cold", outcome.cold)):
            for one in found:
                if options.all or one.said is None:
                    print(f"  {how}: {one}")
    print(f"{len(chosen)} faults: {unsaid} moments at which something false was not said")
    return int(unsaid > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
