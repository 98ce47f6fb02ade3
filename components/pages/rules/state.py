"""State of the Rule lab: the rule and what it is tried on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields

from analytics.model.question import DEFAULT_BENCHMARK, Symbol
from analytics.studies.rules.lab import RuleLabParameters, Where
from analytics.studies.rules.rule import (
    LONGEST_TRIED,
    Entry,
    Fill,
    Rule,
    RuleLevel,
    Stop,
    readable_tried,
)
from components.frame.state import PageState

_DEFAULT = Rule()


@dataclass(frozen=True)
class RulesState(PageState):
    """See `PageState`; the fields are those of `RuleLabParameters`.

    Attributes:
        tried: rules that this browser tab has tried on the same market, and ``elsewhere`` how
            many on others: ``assets/pages/rules.mjs`` adds them to what the server is asked.
    """

    symbol: Symbol = DEFAULT_BENCHMARK
    group: Where = "one"
    level: RuleLevel = _DEFAULT.level
    n: int = field(default=_DEFAULT.n, metadata={"min": 2, "max": 400})
    entry: Entry = _DEFAULT.entry
    k: float = field(default=_DEFAULT.k, metadata={"min": 0.0, "max": 20.0})
    stop: Stop = _DEFAULT.stop
    m: int = field(default=_DEFAULT.m, metadata={"min": 1, "max": 1000})
    target: float = field(default=_DEFAULT.target, metadata={"min": 0.0, "max": 50.0})
    fill: Fill = _DEFAULT.fill
    cost_bp: float = field(default=_DEFAULT.cost_bp, metadata={"min": 0.0, "max": 500.0})
    start: dt.date | None = None
    end: dt.date | None = None
    tried: str = field(default="", metadata={"longest": LONGEST_TRIED})
    elsewhere: int = field(default=0, metadata={"min": 0, "max": 100_000})

    def check(self) -> None:
        """Judge the dates and the rules tried together."""
        self.parameters()

    def parameters(self) -> RuleLabParameters:
        """What the desk is asked."""
        names = [spec.name for spec in fields(RuleLabParameters) if spec.name != "paths"]
        given = {name: getattr(self, name) for name in names}
        return RuleLabParameters(**given | {"tried": readable_tried(self.tried)})
