"""State of the Alerts page: the parameters of its views."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.model.question import DEFAULT_BENCHMARK, Symbol
from components.frame.state import PageState


@dataclass(frozen=True)
class AlertsState(PageState):
    """What the form for a new rule opens with.

    Attributes:
        level: its name, or the sessions of an average; ``price``: of the rule that a price comes
            near.
        universe, family, sector, stands, band, event, first, cluster: of the rule on a scan.
    """

    symbol: Symbol = DEFAULT_BENCHMARK
    level: str = "50-DMA"
    price: str | None = None
    universe: str | None = None
    family: str | None = None
    sector: str | None = None
    stands: str | None = None
    band: str | None = None
    event: str | None = None
    first: str | None = None
    cluster: str | None = None
