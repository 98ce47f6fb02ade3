"""State of the Sentiment page: the parameters of its views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from components.frame.state import PageState, check_short_name


@dataclass(frozen=True)
class SentimentState(PageState):
    """See `PageState`.

    Attributes:
        group: whose breadth is shown.
        window: sessions of the move that contributions are of.
    """

    group: str | None = None
    window: Literal[1, 5, 20, 60] = 1

    def check(self) -> None:
        """Judge the name."""
        check_short_name("group", self.group)
