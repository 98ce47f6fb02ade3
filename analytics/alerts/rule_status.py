"""How a rule stands now, in words: what the page of alerts says beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.alerts.evaluate import level_of
from analytics.alerts.rules import LowSentiment, Near, Rule
from analytics.model.live import LiveQuote
from analytics.model.status import Status


@dataclass(frozen=True)
class RuleStatus:
    """A rule's present state.

    Attributes:
        words: "SPY stands 0.6% above its 50-DMA"; why it cannot be told, where it cannot.
        price, level: None where there is none.
        distance_pct: of the level from the price, signed as on the ladder.
        status: at a moving average, or None.
        away: distance relative to what the rule waits for, for ranking; None sorts last.
    """

    words: str
    price: float | None = None
    level: float | None = None
    distance_pct: float | None = None
    status: Status | None = None
    away: float | None = None


def rule_status(
    rule: Rule, lines: Mapping[str, LiveQuote], sentiment: float | None, absent: str = ""
) -> RuleStatus:
    """The present state of a rule.

    Args:
        lines: symbol -> its line, as a snapshot of the feed holds it.
        sentiment: the index now, or None.
        absent: why a line is missing.
    """
    if isinstance(rule, LowSentiment):
        if sentiment is None:
            return RuleStatus("the sentiment index is not available now")
        side = "under" if sentiment < rule.under else "not under"
        words = f"the sentiment index is {sentiment:.1f}, {side} {rule.under:g}"
        return RuleStatus(words, away=abs(sentiment - rule.under))
    line = lines.get(rule.symbol)
    if line is None:
        return RuleStatus(absent or f"{rule.symbol} has no price now")
    level = level_of(rule, line)
    if level is None and line.withheld:
        return RuleStatus(f"{rule.symbol}: {line.withheld}", price=line.price)
    if level is None:
        name = rule.level_id.name if rule.level_id is not None else rule.place
        return RuleStatus(f"{rule.symbol} has no {name} yet", price=line.price)
    words = f"{rule.symbol} stands {_where(line.price, level.price)} {rule.place}"
    if isinstance(rule, Near) and level.distance_atr is not None:
        words += f", {abs(level.distance_atr):.2f} ATR away"
    at = line.level(rule.level_id)
    status = None if at is None else at.status
    return RuleStatus(
        words, line.price, level.price, level.distance_pct, status, abs(level.distance_pct)
    )


def _where(price: float, level: float) -> str:
    """``0.6% above``, or ``at``."""
    away = (price / level - 1.0) * 100.0
    if abs(away) < 0.05:
        return "at"
    return f"{abs(away):.1f}% {'above' if away > 0 else 'under'}"
