"""What a subscriber wants to be told: small values, parsed from untrusted ones, and their words."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias, get_args

from analytics.indicators.series import DmaSessions
from analytics.model.levels import LevelId, dma
from analytics.model.parsing import parse_choice, parse_number
from analytics.model.question import Symbol
from analytics.model.vocabulary import BadInput, parse_symbol

Does = Literal["loses", "holds", "reclaims"]
Unit = Literal["pct", "atr"]

MAX_DISTANCE: Mapping[Unit, float] = {"pct": 20.0, "atr": 10.0}
MAX_PRICE = 10_000_000.0


@dataclass(frozen=True)
class Crossing:
    """A symbol loses, holds or reclaims its N-DMA.

    Attributes:
        by_close: only what the close decides; else provisional crossings too. Whether a level
            held is only ever told by the close.
    """

    symbol: Symbol
    does: Does
    sessions: DmaSessions
    by_close: bool

    def words(self) -> str:
        """As a sentence after "tell me when"."""
        when = " by the close" if self.by_close else ""
        return f"{self.symbol} {self.does} {self.place}{when}"

    @property
    def place(self) -> str:
        """``its 50-DMA``."""
        return f"its {self.level_id.name}"

    @property
    def level_id(self) -> LevelId:
        """The level it watches."""
        return dma(self.sessions)


@dataclass(frozen=True)
class Near:
    """A symbol's price comes near a level.

    Attributes:
        sessions: of the moving average, or None for the price ``level``.
        level: a price, or None.
        distance: either side, in ``unit``: percent of the price, or ATR14.
    """

    symbol: Symbol
    sessions: DmaSessions | None
    level: float | None
    distance: float
    unit: Unit

    @property
    def place(self) -> str:
        """``its 50-DMA``, or the price."""
        at = self.level_id
        return f"its {at.name}" if at is not None else f"{self.level:,.2f}"

    @property
    def level_id(self) -> LevelId | None:
        """The level it watches, or None for a price."""
        return None if self.sessions is None else dma(self.sessions)

    def words(self) -> str:
        """As a sentence after "tell me when"."""
        unit = "%" if self.unit == "pct" else " ATR"
        return f"{self.symbol} is within {self.distance:g}{unit} of {self.place}"


@dataclass(frozen=True)
class LowSentiment:
    """The sentiment index (0 crash to 100 euphoria) is under a value."""

    under: float

    def words(self) -> str:
        """As a sentence after "tell me when"."""
        return f"the sentiment index is under {self.under:g}"


Rule: TypeAlias = Crossing | Near | LowSentiment


@dataclass(frozen=True)
class StoredRule:
    """A rule that stands.

    Attributes:
        since: when it was set (again), by the wall clock.
    """

    id: str
    subscriber: str
    rule: Rule
    since: dt.datetime


KINDS: Mapping[str, type[Any]] = {"crossing": Crossing, "near": Near, "sentiment": LowSentiment}


def parse_rule(raw: object) -> Rule:
    """A rule from JSON values that a browser sent or the store kept.

    ``{"kind": "crossing", "symbol", "does", "sessions", "by_close"}``,
    ``{"kind": "near", "symbol", "sessions" or "level", "distance", "unit"}`` or
    ``{"kind": "sentiment", "under"}``.

    Raises:
        BadInput: one sentence: what was wrong and what is accepted.
    """
    if not isinstance(raw, Mapping):
        raise BadInput("A rule is a JSON object.")
    kind = parse_choice("kind", raw.get("kind"), tuple(KINDS))
    known = {"kind", *KINDS[kind].__dataclass_fields__}
    for name in raw:
        if name not in known:
            raise BadInput(f"{str(name)[:40]!r} is no part of such a rule.")
    if kind == "sentiment":
        return LowSentiment(_number("under", raw.get("under"), 1.0, 99.0))
    symbol = Symbol(parse_symbol(raw.get("symbol")))
    if kind == "crossing":
        does = parse_choice("does", raw.get("does"), get_args(Does))
        by_close = raw.get("by_close", False)
        if not isinstance(by_close, bool):
            raise BadInput("by_close is true or false.")
        return Crossing(symbol, does, _sessions(raw.get("sessions")), by_close or does == "holds")
    return _near(symbol, raw)


def _near(symbol: Symbol, raw: Mapping[Any, Any]) -> Near:
    sessions, level = raw.get("sessions"), raw.get("level")
    if (sessions is None) == (level is None):
        raise BadInput("Name either a moving average or a price to be near to.")
    unit: Unit = parse_choice("unit", raw.get("unit"), get_args(Unit))
    return Near(
        symbol,
        None if sessions is None else _sessions(sessions),
        None if level is None else _number("level", level, 0.01, MAX_PRICE),
        _number("distance", raw.get("distance"), 0.01, MAX_DISTANCE[unit]),
        unit,
    )


def to_json(rule: Rule) -> str:
    """The rule as `parse_rule` reads it back; the same rule is always the same text."""
    kind = next(kind for kind, made in KINDS.items() if isinstance(rule, made))
    return json.dumps({"kind": kind} | asdict(rule), sort_keys=True, separators=(",", ":"))


def rule_id(subscriber: str, rule: Rule) -> str:
    """Names the rule: added twice, or removed and added again, it is the same one."""
    text = f"{subscriber}\n{to_json(rule)}".encode()
    return hashlib.blake2b(text, digest_size=12).hexdigest()


def symbols_of(rule: Rule) -> tuple[str, ...]:
    """The symbols whose prices it is held against."""
    return () if isinstance(rule, LowSentiment) else (rule.symbol,)


def _sessions(given: object) -> DmaSessions:
    sessions: DmaSessions = parse_choice("sessions", given, get_args(DmaSessions))
    return sessions


def _number(name: str, given: object, low: float, high: float) -> float:
    return parse_number(name, given, low, high, f"a number from {low:g} to {high:g} is accepted")
