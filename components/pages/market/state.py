"""State of the Market page: the parameters of its views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analytics.model.question import DEFAULT_BENCHMARK, Symbol
from components.frame.state import PageState, check_short_name


@dataclass(frozen=True)
class MarketState(PageState):
    """See `PageState`.

    Attributes:
        symbols: the watchlist; ``order``: its rows by distance, or as the viewer has them;
        ``members``: the ticked members of the ten largest.
        group: whose members are compared; ``sort``: what they are ranked by.
        focus: the symbol of the verdict, its day and its odds.
        overnight: "on" shows the overnight markets at any time; else before the open.
    """

    symbols: tuple[Symbol, ...] | None = None
    order: Literal["near", "own"] = "near"
    members: tuple[Symbol, ...] | None = None
    group: str | None = None
    sort: str | None = None
    overnight: str | None = None
    focus: Symbol = DEFAULT_BENCHMARK

    def check(self) -> None:
        """Judge the names."""
        check_short_name("overnight", self.overnight)
        check_short_name("group", self.group)
        check_short_name("sort", self.sort)
