"""State of the Alerts page: the parameters of its views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from analytics.model.question import DEFAULT_BENCHMARK
from components.frame.state import PageState

MOST_OF_A_SYMBOL = 40


@dataclass(frozen=True)
class AlertsState(PageState):
    """What the form for a new rule opens with.

    Attributes:
        symbol: any text: the rules are listed whatever it is, and the form says where it is none.
        level: its name, or the sessions of an average; ``price``: of the rule that a price comes
            near.
        universe, family, sector, stands, band, event, first, cluster: of the rule on a scan.
    """

    symbol: str = DEFAULT_BENCHMARK
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

    @classmethod
    def parse(cls, raw: object) -> Self:
        """As `PageState.parse`, whatever the symbol is."""
        if isinstance(raw, Mapping) and isinstance(raw.get("symbol"), str):
            raw = {**raw, "symbol": raw["symbol"][:MOST_OF_A_SYMBOL]}
        return super().parse(raw)
