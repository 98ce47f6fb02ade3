"""State of the Valuation page: the parameters of its views."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.model.question import Symbol
from components.frame.state import PageState


@dataclass(frozen=True)
class ValuationState(PageState):
    """Whose quarters are shown, and which groups are compared; None: the page's own choice."""

    company: Symbol | None = None
    basket: tuple[Symbol, ...] | None = None
    against: tuple[Symbol, ...] | None = None
