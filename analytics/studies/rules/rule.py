"""A trading rule: when it buys, when it leaves, at which price, at what cost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, TypeAlias

from analytics.indicators.session_levels import LevelRecipe, average_of, recipes, weekly_of
from analytics.model.parameters import parse_parameters
from analytics.model.vocabulary import BadInput
from analytics.studies.rules import orders

RuleLevel: TypeAlias = Literal[
    "dma",
    "weekly",
    "day-low",
    "week-low",
    "month-low",
    "day-high",
    "week-high",
    "month-high",
    "vwap-high",
    "vwap-low",
    "poc",
    "value-high",
    "value-low",
]
Entry: TypeAlias = Literal["reclaim", "touch", "cross"]
Fill: TypeAlias = Literal["open", "close"]
Stop: TypeAlias = Literal["close", "intraday"]

BETWEEN_RULES = "|"
MOST_TRIED = 40
LONGEST_TRIED = 6000
LONGEST_AVERAGE = 400

_ENTRIES = {"reclaim": orders.RECLAIM, "touch": orders.TOUCH, "cross": orders.CROSS}
_FILLS = {"open": orders.AT_OPEN, "close": orders.AT_CLOSE}
_STOPS = {"close": orders.BY_CLOSE, "intraday": orders.INTRADAY}
_BUYS = {"reclaim": "the reclaim of", "touch": "a touch of", "cross": "a cross over"}


@dataclass(frozen=True)
class Rule:
    """Buy on an event at a level, leave by a stop, a target or after some sessions.

    Attributes:
        level: which one; ``n``: sessions of "dma", weeks of "weekly".
        entry: "reclaim": close at or over L after a close under it; "touch": a low at or under
            L and a close at or over it, after a close at or over it; "cross": close at or over
            L after a close under the level of its own session.
        k: the stop lies k ATR14 under the level.
        stop: "close": a close under it has the position sold; "intraday": an order that rests.
        m: sessions after which the position is sold.
        target: ATR14 over the price paid at which it is sold; 0: none.
        fill: the next session's open or close.
        cost_bp: of each side, basis points.
    """

    level: RuleLevel = "dma"
    n: int = field(default=50, metadata={"min": 2, "max": LONGEST_AVERAGE})
    entry: Entry = "reclaim"
    k: float = field(default=0.5, metadata={"min": 0.0, "max": 20.0})
    stop: Stop = "close"
    m: int = field(default=20, metadata={"min": 1, "max": 1000})
    target: float = field(default=0.0, metadata={"min": 0.0, "max": 50.0})
    fill: Fill = "open"
    cost_bp: float = field(default=5.0, metadata={"min": 0.0, "max": 500.0})

    @property
    def recipe(self) -> LevelRecipe:
        """The level as the kernels compute it."""
        if self.level == "dma":
            return average_of(self.n)
        return weekly_of(self.n) if self.level == "weekly" else recipes()[self.level]

    @property
    def essence(self) -> Rule:
        """This rule without what makes no difference to it: what counts as one rule tried."""
        bare = Rule(**{spec.name: getattr(self, spec.name) for spec in fields(Rule)})
        return bare if self.level in ("dma", "weekly") else replace(bare, n=2)

    @property
    def codes(self) -> tuple[int, int, int]:
        """Entry, fill and stop as the kernels know them."""
        return _ENTRIES[self.entry], _FILLS[self.fill], _STOPS[self.stop]

    @property
    def words(self) -> str:
        """``Buy the reclaim of the 50-DMA; leave on a close 0.5 ATR under it, or after ...``."""
        name = self.recipe.id.name
        holds = " that holds" if self.entry == "touch" else ""
        buys = f"{_BUYS[self.entry]} the {name}{holds}"
        if self.stop == "close":
            deep = f"more than {self.k:g} ATR " if self.k else ""
            leave = f"on a close {deep}under it"
        else:
            leave = f"at {self.k:g} ATR under it" if self.k else "at the level"
        target = f", at {self.target:g} ATR over the price paid" if self.target else ""
        sessions = "1 session" if self.m == 1 else f"{self.m} sessions"
        return f"Buy {buys}; leave {leave}{target} or after {sessions}"


def parse_tried(text: str) -> tuple[Rule, ...]:
    """Rules tried before, each as a query of what differs from the default, ``|`` between them.

    Raises:
        BadInput: there are too many, or one sentence about the first that is no rule.
    """
    return tuple(dict.fromkeys(_parse_query(query) for query in _queries(text)))


def readable_tried(text: str) -> str:
    """The same text without what is no rule: a page refused it, and so it was never tried.

    Raises:
        BadInput: there are too many.
    """
    found = []
    for query in _queries(text):
        with suppress(BadInput):
            _parse_query(query)
            found.append(query)
    return BETWEEN_RULES.join(found)


def _queries(text: str) -> list[str]:
    queries = text.split(BETWEEN_RULES) if text else []
    if len(queries) > MOST_TRIED:
        raise BadInput(f"tried holds {len(queries)} rules: at most {MOST_TRIED} are accepted.")
    return queries


def _parse_query(query: str) -> Rule:
    """``n=20&k=1``, or the rule of the defaults from an empty text."""
    raw: dict[str, Any] = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        if not value:
            raise BadInput(f"tried holds {query[:40]!r}: a rule is written as n=20&k=1.")
        raw[name] = value
    try:
        return parse_parameters(Rule, raw).essence
    except BadInput as error:
        raise BadInput(f"tried holds {query[:40]!r}: {error}") from None
