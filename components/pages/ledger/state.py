"""State of the Ledger page: the parameters of its views."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.model.levels import LevelId
from analytics.model.question import Symbol
from analytics.watch.ledger import Outcome
from components.frame.state import PageState


@dataclass(frozen=True)
class LedgerState(PageState):
    """Which level calls are shown; None: all; ``focus``: the support in focus alone."""

    called: Symbol | None = None
    at_level: LevelId | None = None
    outcome: Outcome | None = None
    focus: bool = True
