"""Base of the kinds that read one symbol's live quote."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote as quoted

from analytics.alerts.path import Path, path_of
from analytics.alerts.rule import AlertEvent, Observation, Rule, RuleStatus, Situation
from analytics.model.listing_calendars import calendar_of
from analytics.model.live import LiveQuote
from analytics.model.question import Symbol
from analytics.model.vocabulary import parse_symbol


@dataclass(frozen=True)
class LevelDistance:
    """A level with its signed distances from the price, as the ladder signs them."""

    price: float
    distance_pct: float
    distance_atr: float | None


@dataclass(frozen=True)
class SymbolRule(Rule):
    """A rule on one symbol; indicated prices from before the open decide nothing.

    Attributes:
        symbol: whose quote it reads.
    """

    symbol: Symbol

    @property
    def symbols(self) -> tuple[str, ...]:
        """The one symbol."""
        return (self.symbol,)

    @property
    def link(self) -> str:
        """Its supports."""
        return f"/supports?symbol={quoted(self.symbol, safe='^=')}"

    def observed(self, situation: Situation) -> Observation | None:
        """At the price's time."""
        line = situation.quotes.get(self.symbol)
        if line is None or line.pre:
            return None
        return Observation(
            line.time, calendar_of(self.symbol).current_session(line.time), line.final
        )

    def find(self, situation: Situation) -> Iterator[AlertEvent]:
        """See `find_in`."""
        line, path = situation.quotes[self.symbol], situation.paths.get(self.symbol)
        if path is None:
            listing = calendar_of(self.symbol)
            path = path_of(line, None, listing.open(listing.current_session(line.time)))
        return self.find_in(line, path)

    @abstractmethod
    def find_in(self, line: LiveQuote, path: Path) -> Iterator[AlertEvent]:
        """The events it finds in the symbol's quote, and on the way there since the last look."""

    def status(self, situation: Situation) -> RuleStatus:
        """How the quote stands; why there is none, where there is none."""
        line = situation.quotes.get(self.symbol)
        if line is None:
            absent = situation.absent.get(self.symbol, "").rstrip(".")
            return RuleStatus(absent or f"{self.symbol} has no price now")
        return self.status_in(line)

    @abstractmethod
    def status_in(self, line: LiveQuote) -> RuleStatus:
        """How the rule stands at the symbol's quote."""


def parse_rule_symbol(given: object) -> Symbol:
    """The symbol of a rule.

    Raises:
        BadInput: it is none.
    """
    return Symbol(parse_symbol(given))


def distance_status(
    line: LiveQuote, rule: SymbolRule, level: LevelDistance | None, place: str, *, atr: bool = False
) -> RuleStatus:
    """Where the price stands from a level, or why there is no such level.

    Args:
        place: the level in words: ``its 50-DMA``, or a price.
        atr: say the distance in ATR too.
    """
    symbol = rule.symbol
    if level is None and line.withheld:
        words = f"{symbol}: {line.withheld}"
        return RuleStatus(words, price=line.price, quotation=line.quotation)
    if level is None:
        name = rule.level_id.name if rule.level_id is not None else place
        words = f"{symbol} has no {name} yet"
        return RuleStatus(words, price=line.price, quotation=line.quotation)
    words = f"{symbol} stands {_where(line.price, level.price)} {place}"
    if atr and level.distance_atr is not None:
        words += f", {abs(level.distance_atr):.2f} ATR away"
    at = line.level(rule.level_id)
    status = None if at is None else at.status
    return RuleStatus(
        words,
        line.price,
        level.price,
        level.distance_pct,
        status,
        abs(level.distance_pct),
        line.quotation,
    )


def level_in(line: LiveQuote, rule: SymbolRule) -> LevelDistance | None:
    """The live level that a rule watches; None where it does not exist (yet)."""
    level = line.level(rule.level_id)
    if level is None:
        return None
    return LevelDistance(level.price, level.distance_pct, level.distance_atr)


def side_of(price: float, level: float) -> str:
    """``0.62% above``: where the price stands, in percent of the price as on the ladder."""
    away = (level / price - 1.0) * 100.0
    return f"{abs(away):.2f}% {'above' if away <= 0 else 'under'}"


def _where(price: float, level: float) -> str:
    """``0.6% above``, or ``at``."""
    away = (level / price - 1.0) * 100.0
    if abs(away) < 0.05:
        return "at"
    return f"{abs(away):.1f}% {'above' if away < 0 else 'under'}"
