"""Alert kind: a symbol's price comes to a level, from either side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from analytics.alerts.form import SymbolField, Text
from analytics.alerts.path import Path
from analytics.alerts.rule import AlertEvent, RuleStatus, clock
from analytics.alerts.rule_levels import level_at, level_controls, parse_at
from analytics.alerts.symbol_rule import (
    SymbolRule,
    distance_status,
    level_in,
    parse_rule_symbol,
    side_of,
)
from analytics.model.levels import LevelId
from analytics.model.live import LiveQuote


@dataclass(frozen=True)
class Touch(SymbolRule):
    """A symbol touches one of its levels: from above or from below, traded at it or beyond it.

    Attributes:
        at: the level's name.
    """

    kind = "touch"
    controls = (SymbolField(), Text("touches its"), *level_controls())

    at: str

    @classmethod
    def parse(cls, fields: Mapping[str, object]) -> Self:
        """From ``symbol`` and ``at``."""
        symbol = parse_rule_symbol(fields.get("symbol"))
        return cls(symbol, level_at(*parse_at(fields)).name)

    def words(self) -> str:
        """``SPY touches its prior week low``."""
        return f"{self.symbol} touches its {self.at}"

    @property
    def level_id(self) -> LevelId:
        """The level."""
        return LevelId.of_name(self.at)

    def status_in(self, line: LiveQuote) -> RuleStatus:
        """Where the price stands from the level."""
        return distance_status(line, self, level_in(line, self), f"its {self.at}")

    def find_in(self, line: LiveQuote, path: Path) -> Iterator[AlertEvent]:
        """The first price at the level or beyond it, seen from the close before the session."""
        known, before = line.level(self.level_id), line.previous_close
        if known is None or known.session_level is None or before is None:
            return
        level = known.session_level
        from_above = before >= level
        point = path.first_down_to(level) if from_above else path.first_over(level)
        if point is None:
            return
        by = "at" if point.is_exact else "by"
        price = line.quotation.plain_text
        side = "above" if from_above else "below"
        title = f"{self.symbol} touched its {self.at} {by} {clock(point.at)}: {price(point.price)}"
        text = (
            f"{self.symbol} came from {side} (previous close {price(before)}) to "
            f"{price(point.price)}, {side_of(point.price, level)} the level {price(level)} known "
            "before the open."
        )
        yield AlertEvent("touched", title, text)
