"""``python -m analytics.collect SYMBOL ...``: keep the option chains of a list after the close.

Resumable: a symbol whose final chain of the session is kept already is passed over, so the
command may be run again, by hand or by cron, until it ends with 0. Polite: one symbol at a
time through the source's own rate limiter, and it stops at the first refusal.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from analytics.assembly import open_desk, open_queue
from analytics.desk.desk import Desk
from analytics.desk.jobs import QueueLost, collect_job
from analytics.model.question import Symbol
from analytics.model.vocabulary import BadInput, Freshness, HoldlineError, parse_symbol
from analytics.options.question import OPTIONS, OptionsParameters
from analytics.runtime.closing import score_pending
from analytics.settings import Settings
from analytics.settings_reader import load_settings
from analytics.studies.supports.odds import ODDS, OddsParameters

DONE, FAILED, BAD_INPUT = 0, 1, 2
BAR = 24
CHAIN_DEADLINE_SECONDS = 90.0
"""Nobody waits at a page: a chain of many expiries takes its turn at the rate limiter."""


@dataclass(frozen=True)
class Collected:
    """What a run did, by symbol.

    Attributes:
        absent: symbol -> why the source has no chain of it; not asked again today.
        left: symbols without a final chain; ``refusal`` says why: the source refused and they
            were not asked, or their session has not settled (a chain is kept meanwhile).
    """

    stored: tuple[str, ...]
    already: tuple[str, ...]
    absent: dict[str, str]
    left: tuple[str, ...]
    refusal: str | None


def collect(desk: Desk, symbols: Sequence[str], progress: TextIO) -> Collected:
    """Ask for each symbol's chain, which the desk's archive then keeps.

    Args:
        progress: where the bar is drawn; only drawn over itself on a terminal.
    """
    stored: list[str] = []
    already: list[str] = []
    absent: dict[str, str] = {}
    early: list[str] = []
    session = desk.moment().session
    for i, symbol in enumerate(symbols):
        if _is_stored(desk, symbol, session):
            already.append(symbol)
        else:
            desk.forget_chain(symbol)  # one cached before the close would be served once more
            answer = desk.ask(OPTIONS, OptionsParameters(Symbol(symbol)))
            desk.ask(ODDS, OddsParameters(Symbol(symbol)))  # kept for their calibration
            if answer.freshness in (Freshness.ERROR, Freshness.STALE):
                refusal = answer.reason or answer.provenance.stale
                left = (*early, *symbols[i:])
                return Collected(tuple(stored), tuple(already), absent, left, refusal)
            if desk.archive.status is not None:
                refusal = desk.archive.status
                left = (*early, *symbols[i:])
                return Collected(tuple(stored), tuple(already), absent, left, refusal)
            if answer.result is None:
                absent[symbol] = answer.reason or "no chain"
            elif answer.result.session != session:
                absent[symbol] = f"no option of it traded on {session}"
            elif _is_stored(desk, symbol, session):
                stored.append(symbol)
            else:
                early.append(symbol)
        _draw(progress, i + 1, len(symbols), symbol)
    soon = "the session has not settled yet" if early else None
    return Collected(tuple(stored), tuple(already), absent, tuple(early), soon)


def _is_stored(desk: Desk, symbol: str, session: dt.date) -> bool:
    return desk.archive.has_final_chain(symbol, session) and desk.archive.has_final_figures(
        OPTIONS.name, symbol, session
    )


def _draw(progress: TextIO, done: int, total: int, symbol: str) -> None:
    filled = BAR * done // total
    bar = "#" * filled + "." * (BAR - filled)
    end = "\n" if done == total or not progress.isatty() else "\r"
    progress.write(f"[{bar}] {done}/{total} {symbol:<10}{end}")
    progress.flush()


def summary(result: Collected) -> str:
    """One line for the log."""
    parts = [f"{len(result.stored)} kept", f"{len(result.already)} kept before"]
    if result.absent:
        absences = "; ".join(f"{symbol}: {reason}" for symbol, reason in result.absent.items())
        parts.append(f"{len(result.absent)} without a chain ({absences})")
    if result.left:
        parts.append(f"{len(result.left)} left ({result.refusal}): run again")
    return ", ".join(parts)


def _send(settings: Settings, symbols: Sequence[str]) -> int:
    """Let workers collect.

    Raises:
        BadInput: no queue is configured.
    """
    queue = open_queue(settings)
    if queue is None:
        raise BadInput("--queue needs CELERY_BROKER_URL, the address of the queue.")
    try:
        queue.send(collect_job(symbol) for symbol in symbols)
    except QueueLost as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    sys.stdout.write(f"{len(symbols)} sent to the workers\n")
    return DONE


def main(words: Sequence[str]) -> int:
    """0 when every symbol is kept or has no chain, 1 when some are left, 2 for bad input."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    parser = argparse.ArgumentParser(prog="python -m analytics.collect", description=__doc__)
    parser.add_argument("symbols", metavar="SYMBOL", nargs="+")
    parser.add_argument("--source", metavar="NAME", default="yahoo")
    parser.add_argument("--queue", action="store_true", help="have Celery workers do it")
    options = parser.parse_args(list(words))
    try:
        symbols = list(dict.fromkeys(parse_symbol(word) for word in options.symbols))
        settings = load_settings(["--source", options.source])
        if options.queue:
            return _send(settings, symbols)
        patient = max(settings.deadline_seconds, CHAIN_DEADLINE_SECONDS)
        desk = open_desk(replace(settings, deadline_seconds=patient))
    except HoldlineError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    try:
        result = collect(desk, symbols, sys.stderr)
        score_pending(desk)  # the calls of days on which no server saw the close
    except HoldlineError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    finally:
        desk.close()
    sys.stdout.write(summary(result) + "\n")
    return FAILED if result.left else DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
