"""State of the Options page: the parameters of its views."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

from analytics.model.question import DEFAULT_BENCHMARK, Symbol
from components.frame.state import PageState

Rule: TypeAlias = Literal["all", "0dte", "this-week", "next-monthly", "short-term"]
Dealers: TypeAlias = Literal["long-calls", "short-all", "short-calls"]
Figure: TypeAlias = Literal["put-call", "bullish", "iv30", "walls"]
Measure: TypeAlias = Literal["volume", "open-interest", "gex", "vanna", "charm"]


@dataclass(frozen=True)
class OptionsState(PageState):
    """See `PageState`.

    Attributes:
        expiry: one option expiry, or None for those of ``rule``.
        measure: what is drawn by strike.
        weighted: bullish shares weighted by delta.
        dealers: whose side the signs of GEX take.
        figure: which recorded figures are drawn over time.
    """

    symbol: Symbol = DEFAULT_BENCHMARK
    expiry: dt.date | None = None
    rule: Rule = "all"
    measure: Measure = "volume"
    weighted: bool = False
    dealers: Dealers = "long-calls"
    figure: Figure = "put-call"
