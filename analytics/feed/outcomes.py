"""Outcomes of quotes: taken, known already, or refused and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a quote; the words are shown beside the counts."""

    TAKEN = "taken"
    REPEATED = "repeated"
    OUT_OF_ORDER = "out of order"
    DECIDED = "after the session's final bar"
    NOT_FOLLOWED = "not followed"
    OTHER_SESSION = "another session"
    NO_PRICE = "not a price"
    AHEAD = "stamped ahead of the clock"
    WAITING = "far from the last price, waits for a second source"


_KNOWN = (Outcome.REPEATED, Outcome.OUT_OF_ORDER, Outcome.DECIDED, Outcome.NOT_FOLLOWED)
"""What a sound source sends too: it says nothing against its quotes."""


@dataclass
class Delivery:
    """What became of quotes that came together.

    Attributes:
        taken: accepted: they are news.
        known: older, seen already, or not asked for.
        refused: the others, by reason.
    """

    taken: int = 0
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def count(self, outcome: Outcome, *, polled: bool) -> None:
        """One quote more; a poll before a day's first trade brings the close of the day before."""
        if outcome is Outcome.TAKEN:
            self.taken += 1
        elif outcome in _KNOWN or (polled and outcome is Outcome.OTHER_SESSION):
            self.known += 1
        else:
            self.refused[outcome.value] += 1
