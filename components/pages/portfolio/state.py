"""State of the Portfolio page: the parameters of its views."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.indicators.series import DmaSessions
from components.frame.state import PageState, Range


@dataclass(frozen=True)
class PortfolioState(PageState):
    """The moving average that every holding is let fall to, and how far the charts reach."""

    level: DmaSessions = 50
    range: Range = "6m"
