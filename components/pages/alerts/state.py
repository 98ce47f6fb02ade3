"""State of the Alerts page: the parameters of its views."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.indicators.series import DmaSessions
from analytics.model.question import DEFAULT_BENCHMARK, Symbol
from components.frame.state import PageState


@dataclass(frozen=True)
class AlertsState(PageState):
    """What the form for a new rule opens with.

    Attributes:
        level: the moving average; ``price``: of the rule that a price comes near.
    """

    symbol: Symbol = DEFAULT_BENCHMARK
    level: DmaSessions = 50
    price: str | None = None
