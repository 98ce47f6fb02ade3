"""Plays random days and prints what was true, what was told and what was wrong."""

from __future__ import annotations

import sys
from collections import Counter

from tests.support.alert_days.oracle import judge
from tests.support.alert_days.play import play
from tests.support.alert_days.world import script_of

SEASON = 6


def main(days: int, first: int = 0) -> int:
    """Play so many days; 0 where everything true was told once and nothing false."""
    true: Counter[str] = Counter()
    told: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in range(first, first + -(-days // SEASON)):
        script = script_of(seed, SEASON)
        verdict = judge(script, play(script))
        true += verdict.true
        told += verdict.told
        wrong += [f"season {seed}: {sentence}" for sentence in verdict.wrong]
    said = [f"{kind}: {true[kind]} true, {told[kind]} told" for kind in sorted(true)]
    said.append(f"{days} days, {true.total()} true events, {told.total()} told once")
    said.append(f"{len(wrong)} missed, doubled or false")
    sys.stdout.write("\n".join([*wrong, *said]) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
