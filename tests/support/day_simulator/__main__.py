"""``python -m tests.support.day_simulator [FAULT ...] [--whole] [--all]``."""

from __future__ import annotations

import argparse
import logging
import sys
import warnings

from tests.support.day_simulator.faults import SCRIPTS
from tests.support.day_simulator.judge import run
from tests.support.day_simulator.play import DAYS, moments


def main(words: list[str]) -> int:
    """Play the scripts; the exit code is 1 where something false was passed off as true."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.day_simulator")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="by name; all by default")
    parser.add_argument("--whole", action="store_true", help="the whole day, not around the fault")
    parser.add_argument("--all", action="store_true", help="print what was said, too")
    options = parser.parse_args(words)
    warnings.simplefilter("ignore")
    logging.disable()
    named = {script.name: script for script in SCRIPTS}
    unknown = [name for name in options.faults if name not in named]
    if unknown:
        parser.error(f"no such fault: {', '.join(unknown)}; there are {', '.join(named)}")
    chosen = [named[name] for name in options.faults or named]
    unsaid = 0
    print(f"{'fault':<34} {'met':>5} {'differed':>9} {'cold':>5} {'not said':>9}")
    for script in chosen:
        at = tuple(moments(DAYS[script.day])) if options.whole else None
        outcome = run(script, at)
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
