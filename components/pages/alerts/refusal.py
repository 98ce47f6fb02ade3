"""Refusal of rules that the live feed could not follow, before they are set."""

from __future__ import annotations

from analytics.alerts.rule import Rule
from analytics.alerts.rule_levels import beyond_the_feed
from analytics.desk.desk import Desk
from analytics.model.question import Answer, Symbol
from analytics.model.vocabulary import BadInput
from analytics.studies.scan.scan import require_universe
from analytics.watch.session_baseline import (
    SESSION_BASELINES,
    SessionBaselines,
    SessionBaselinesParameters,
)


def require_followable(desk: Desk, rule: Rule) -> None:
    """Return when the feed can follow what ``rule`` reads.

    Raises:
        BadInput: it cannot, and why: the source has no live prices, no bars of the symbol, or
            these bars do not give the level; there is no such universe to scan.
    """
    if rule.scan is not None:
        require_universe(rule.scan.universe)
    symbols = tuple(Symbol(symbol) for symbol in rule.symbols)
    if not symbols:
        return
    able = desk.source.capabilities
    if not (able.stream or able.quotes):
        raise BadInput(f"{symbols[0]} cannot be followed: {desk.source.name} has no live prices.")
    answer: Answer[SessionBaselines] = desk.ask(
        SESSION_BASELINES, SessionBaselinesParameters(symbols, beyond_the_feed([rule]))
    )
    for symbol in symbols:
        why = _why_not(symbol, answer)
        if why is not None:
            raise BadInput(f"{symbol} cannot be followed: {_ended(why)}")
        missing = _no_level(symbol, answer)
        if missing is not None:
            raise BadInput(f"{symbol} has no such level: {missing}.")


def _ended(why: str) -> str:
    """With its full stop, unless it ends as a question does."""
    return why if why.endswith("?") else f"{why.rstrip('.')}."


def _no_level(symbol: Symbol, answer: Answer[SessionBaselines]) -> str | None:
    """Why the symbol does not have the level that was asked for; None where it does."""
    baselines = answer.result.baselines if answer.result is not None else ()
    named = (level for one in baselines if one.symbol == symbol for level in one.named)
    return next((level.missing for level in named if level.missing is not None), None)


def _why_not(symbol: Symbol, answer: Answer[SessionBaselines]) -> str | None:
    """Why there is nothing to hold a price of the symbol against; None where there is."""
    found = answer.result
    if found is None:
        return answer.reason or "its prices cannot be had"
    if any(one.symbol == symbol for one in (*found.baselines, *found.price_only)):
        return None
    return found.missing.get(symbol, "its prices cannot be had")
