"""Alert kind: a symbol loses, holds or reclaims a level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Literal, Self, get_args

import msgspec

from analytics.alerts.closing import close_event
from analytics.alerts.form import Choice, SymbolField, Text, Tick
from analytics.alerts.level_close import LevelClose
from analytics.alerts.path import Path, Point, point_of
from analytics.alerts.rule import LATER, THE_CLOSE_DECIDES, AlertEvent, RuleStatus, clock
from analytics.alerts.rule_levels import level_at, level_controls, parse_at
from analytics.alerts.symbol_rule import (
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
from analytics.model.status import Status
from analytics.model.vocabulary import BadInput

Does = Literal["loses", "holds", "reclaims"]


@dataclass(frozen=True)
class Crossing(SymbolRule):
    """A symbol loses, holds or reclaims one of its levels.

    Attributes:
        sessions: of its moving average, or None for the level named ``at``.
        by_close: only what the close decides; else provisional crossings too. That a level
            held is only ever decided by the close.
    """

    kind = "crossing"
    waits_for_close = True
    controls = (
        SymbolField(),
        Choice("does", "Event", tuple((does, does) for does in get_args(Does)), "loses"),
        Text("its"),
        *level_controls(),
        Tick("by_close", "by the close only"),
    )

    does: Does
    sessions: DmaSessions | None
    by_close: bool
    at: str = field(default="", metadata=LATER)

    @classmethod
    def parse(cls, fields: Mapping[str, object]) -> Self:
        """From ``symbol``, ``does``, ``sessions`` or ``at`` and, where wanted, ``by_close``."""
        symbol = parse_rule_symbol(fields.get("symbol"))
        does = parse_choice("does", fields.get("does"), get_args(Does))
        by_close = fields.get("by_close", False)
        if not isinstance(by_close, bool):
            raise BadInput("by_close is true or false.")
        sessions, at = parse_at(fields)
        return cls(symbol, does, sessions, by_close or does == "holds", at)

    def words(self) -> str:
        """``SPY loses its 50-DMA by the close``."""
        when = " by the close" if self.by_close else ""
        return f"{self.symbol} {self.does} {self.place}{when}"

    @property
    def place(self) -> str:
        """``its 50-DMA``."""
        return f"its {self.level_id.name}"

    @property
    def level_id(self) -> LevelId:
        """The level."""
        return level_at(self.sessions, self.at)

    def status_in(self, line: LiveQuote) -> RuleStatus:
        """Where the price stands from the level."""
        return distance_status(line, self, level_in(line, self), self.place)

    def find_in(self, line: LiveQuote, path: Path) -> Iterator[AlertEvent]:
        """Crossings in session; of a session that is over, what its close made of the level."""
        level = line.level(self.level_id)
        if level is None or level.status is None or level.session_level is None:
            return
        at = _AtLevel(self, line, path, level.session_level)
        if line.final:
            yield from at.by_close(level.status)
        elif not self.by_close:
            yield from at.in_session()

    def wants(self, close: LevelClose, provisional: Set[str]) -> bool:
        """What it waits for, and whatever became of an alert that it gave in session."""
        if provisional:
            return True
        awaited = {"loses": Status.BROKEN, "holds": Status.HELD, "reclaims": Status.RECLAIMED}
        return close.status is awaited[self.does]


@dataclass(frozen=True)
class _AtLevel:
    """One symbol at one level, as known before the open."""

    rule: Crossing
    line: LiveQuote
    path: Path
    level: float

    def in_session(self) -> Iterator[AlertEvent]:
        """Provisional crossings: under it, or back above it, now or on the way since the last look.

        Held against the previous close: a process that starts after the crossing finds it in the
        day's own prices.
        """
        before, rule, path = self.line.previous_close, self.rule, self.path
        if before is None:
            return
        came_from_above = before >= self.level
        if rule.does == "loses" and came_from_above:
            yield from self._provisional("under", "under", path.first_under(self.level))
        elif rule.does == "reclaims":
            name = "regained" if came_from_above else "reclaiming"
            regained = path.first_regained(self.level, before)
            yield from self._provisional(name, "back above", regained)

    def by_close(self, status: Status) -> Iterator[AlertEvent]:
        """What the close decided, also where it takes a provisional alert back."""
        line, listing = self.line, calendar_of(self.rule.symbol)
        session = listing.current_session(line.time)
        closed = LevelClose(
            symbol=self.rule.symbol,
            level=self.rule.level_id,
            session=session,
            price=self.level,
            status=status,
            close=line.price,
            low=line.low,
            closed_at=line.time,
            quotation=line.quotation,
        )
        said = self._was_said() if not self.rule.by_close else frozenset()
        if self.rule.wants(closed, said):
            yield close_event(closed, said)

    def _was_said(self) -> frozenset[str]:
        """What the session's prices had an alert say before the close."""
        before = replace(self, line=msgspec.structs.replace(self.line, final=False))
        return frozenset(event.name for event in before.in_session())

    def _provisional(self, name: str, side: str, point: Point | None) -> Iterator[AlertEvent]:
        """The alert in session; of the present price where it stands there and came there now."""
        if point is None:
            return
        stands = (self.line.price < self.level) == (name == "under")
        is_late = point.is_earlier(self.line.time)
        point = point_of(self.line) if stands and not is_late else point
        does = "is" if stands else "was"
        by = "at" if point.is_exact else "by"
        by = f", first {by}" if stands and is_late else f" {by}"
        symbol, place = self.rule.symbol, self.rule.place
        title = f"{symbol} {does} {side} {place}{by} {clock(point.at)} (provisional)"
        later = f"; {self._price(self.line.price)} since" if is_late or not stands else ""
        text = f"{symbol} {self._prices(point.price)}{later}. {THE_CLOSE_DECIDES}"
        yield AlertEvent(name, title, text)

    def _prices(self, price: float) -> str:
        level, low = self._price(self.level), self.line.low
        lowest = "" if low is None else f", low {self._price(low)}"
        side = side_of(price, self.level)
        return f"{self._price(price)}, {side} the level {level} known before the open{lowest}"

    def _price(self, price: float) -> str:
        return self.line.quotation.plain_text(price)
