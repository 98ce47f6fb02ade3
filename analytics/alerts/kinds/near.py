"""Alert kind: a symbol's price comes near a level or a price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Self, get_args

import numpy as np

from analytics.alerts.form import Choice, NumberField, SymbolField, Text
from analytics.alerts.path import Path, Point, point_of
from analytics.alerts.rule import LATER, AlertEvent, RuleStatus, bounded_number, clock
from analytics.alerts.rule_levels import level_at, level_controls, parse_at
from analytics.alerts.symbol_rule import (
    LevelDistance,
    SymbolRule,
    distance_status,
    level_in,
    parse_rule_symbol,
    side_of,
)
from analytics.indicators.series import DmaSessions
from analytics.model.levels import LevelId
from analytics.model.listing_calendars import calendar_of
from analytics.model.live import LiveQuote
from analytics.model.parsing import parse_choice
from analytics.model.quotation import MOST_DECIMALS, Quotation, fewest_decimals, stated_quotation
from analytics.model.vocabulary import BadInput

Unit = Literal["pct", "atr"]

MAX_DISTANCE: Mapping[Unit, float] = {"pct": 20.0, "atr": 10.0}
MIN_NUMBER = 0.01
MIN_PRICE, MAX_PRICE = 1e-8, 100_000_000.0


@dataclass(frozen=True)
class Near(SymbolRule):
    """A symbol's price comes near a level.

    Attributes:
        sessions: of the moving average, or None for the level named ``at`` or the price ``level``.
        level: a price, or None.
        distance: either side, in ``unit``: percent of the price, or ATR14.
    """

    kind = "near"
    controls = (
        SymbolField(),
        Text("is within"),
        NumberField("distance", "Distance", MIN_NUMBER, MAX_DISTANCE["pct"], 0.5),
        Choice("unit", "Unit", (("pct", "%"), ("atr", "ATR")), "pct"),
        Text("of"),
        *level_controls("its ", "the price"),
        NumberField("level", "Price", MIN_PRICE, MAX_PRICE, placeholder="price", when=("at", None)),
    )

    sessions: DmaSessions | None
    level: float | None
    distance: float
    unit: Unit
    at: str = field(default="", metadata=LATER)

    @classmethod
    def parse(cls, fields: Mapping[str, object]) -> Self:
        """From ``symbol``, ``sessions``, ``at`` or ``level``, ``distance`` and ``unit``."""
        symbol = parse_rule_symbol(fields.get("symbol"))
        level = fields.get("level")
        is_named = fields.get("sessions") is not None or fields.get("at") not in (None, "")
        if is_named == (level is not None):
            raise BadInput("Name either a level or a price to be near to.")
        sessions, at = parse_at(fields) if is_named else (None, "")
        unit: Unit = parse_choice("unit", fields.get("unit"), get_args(Unit))
        return cls(
            symbol,
            sessions,
            None if level is None else bounded_number("level", level, MIN_PRICE, MAX_PRICE),
            bounded_number("distance", fields.get("distance"), MIN_NUMBER, MAX_DISTANCE[unit]),
            unit,
            at,
        )

    def words(self) -> str:
        """``SPY is within 0.5% of its 50-DMA``, a price in the unit that the symbol tells."""
        listed = stated_quotation(self.symbol, calendar_of(self.symbol).code, self.level or 1.0)
        return self._words(listed.unit)

    def _words(self, unit: str) -> str:
        away = "%" if self.unit == "pct" else " ATR"
        return f"{self.symbol} is within {self.distance:g}{away} of {self._place(unit)}"

    def _place(self, unit: str) -> str:
        """``its 50-DMA``, or the price as it was typed, in the listing's unit."""
        if self.level is None:
            return f"its {level_at(self.sessions, self.at).name}"
        typed = fewest_decimals(np.array([self.level]), MOST_DECIMALS)
        return Quotation(unit, max(2, typed)).plain_text(self.level)

    @property
    def level_id(self) -> LevelId | None:
        """The level, or None for a price."""
        return level_at(self.sessions, self.at) if self.level is None else None

    def level_of(self, line: LiveQuote) -> LevelDistance | None:
        """The level it names, from the price; None where it does not exist (yet)."""
        return level_in(line, self) if self.level is None else _price_level(self.level, line)

    def status_in(self, line: LiveQuote) -> RuleStatus:
        """Where the price stands from the level, in ATR too."""
        place = self._place(line.quotation.unit)
        return distance_status(line, self, self.level_of(line), place, atr=True)

    def find_in(self, line: LiveQuote, path: Path) -> Iterator[AlertEvent]:
        """That the level is within the distance, or was on the way since the last look.

        While quotes contradict the bars it waits: a price typed before a split is not yet in
        shares of after it.
        """
        level = self._deciding(line)
        band = None if level is None else self._band(level, line)
        point = None if band is None else path.first_within(*band)
        if level is None or band is None or point is None or line.withheld:
            return
        yield self._event(line, level, band, point)

    def _event(
        self, line: LiveQuote, level: float, band: tuple[float, float], point: Point
    ) -> AlertEvent:
        unit, place = line.quotation.unit, self._place(line.quotation.unit)
        price = line.quotation.plain_text
        stands, is_late = band[0] <= line.price <= band[1], point.is_earlier(line.time)
        point = point_of(line) if stands and not is_late else point
        by = "at" if point.is_exact else "by"
        by = f", first {by}" if stands and is_late else f" {by}"
        where = "" if stands and line.final else f"{by} {clock(point.at)}"
        words = self._words(unit)
        if not stands:
            did = "was" if point.between is None else "passed"
            words = words.replace(" is within ", f" {did} within ", 1)
        title = f"{words}{where}: {price(point.price)}"
        text = f"{self.symbol} {price(point.price)} is {side_of(point.price, level)} {place}"
        if self.level is None:
            text += f" at {price(level)}"
        atr = _atr(line)
        text += "" if atr is None else f", {abs(level - point.price) / atr:.2f} ATR away"
        if point.between is not None:
            before, after = map(price, point.between)
            text += f". It was passed between {before} and {after}"
        return AlertEvent("near", title, f"{text}.")

    def _deciding(self, line: LiveQuote) -> float | None:
        """The price it is held against: a level is that known before the open."""
        if self.level is not None:
            return self.level
        known = line.level(self.level_id)
        return None if known is None else known.session_level

    def _band(self, level: float, line: LiveQuote) -> tuple[float, float] | None:
        """The lowest and the highest price near enough."""
        if self.unit == "pct":
            share = self.distance / 100.0
            return level / (1.0 + share), level / (1.0 - share)
        atr = _atr(line)
        return None if atr is None else (level - self.distance * atr, level + self.distance * atr)

    def at_split(self, ratio: float) -> Self:
        """With the price that was typed, in shares of after the split."""
        return self if self.level is None else replace(self, level=self.level / ratio)


def _atr(line: LiveQuote) -> float | None:
    """ATR14 as the quote's own levels were measured in it."""
    return next(
        (
            (level.price - line.price) / level.distance_atr
            for level in line.levels.values()
            if level.distance_atr
        ),
        None,
    )


def _price_level(at: float, line: LiveQuote) -> LevelDistance:
    """A price as a level."""
    price, atr = line.price, _atr(line)
    away = at - price
    return LevelDistance(at, (at / price - 1.0) * 100.0, away / atr if atr else None)
