"""Alert kind: a symbol loses, holds or reclaims its moving average."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Self, get_args

from analytics.alerts.form import Choice, SymbolField, Text, Tick
from analytics.alerts.rule import THE_CLOSE_DECIDES, AlertEvent, RuleStatus, clock
from analytics.alerts.symbol_rule import (
    SymbolRule,
    distance_status,
    level_in,
    parse_dma_sessions,
    parse_rule_symbol,
    side_of,
)
from analytics.indicators.series import DMA_SESSIONS, DmaSessions
from analytics.model import sessions
from analytics.model.levels import LevelId, dma
from analytics.model.live import LiveQuote
from analytics.model.parsing import parse_choice
from analytics.model.status import Status
from analytics.model.vocabulary import BadInput

Does = Literal["loses", "holds", "reclaims"]


@dataclass(frozen=True)
class Crossing(SymbolRule):
    """A symbol loses, holds or reclaims its N-DMA.

    Attributes:
        by_close: only what the close decides; else provisional crossings too. That a level
            held is only ever decided by the close.
    """

    kind = "crossing"
    controls = (
        SymbolField(),
        Choice("does", "Event", tuple((does, does) for does in get_args(Does)), "loses"),
        Text("its"),
        Choice("sessions", "Moving average", tuple((n, dma(n).name) for n in DMA_SESSIONS), 50),
        Tick("by_close", "by the close only"),
    )

    does: Does
    sessions: DmaSessions
    by_close: bool

    @classmethod
    def parse(cls, fields: Mapping[str, object]) -> Self:
        """From ``symbol``, ``does``, ``sessions`` and, where wanted, ``by_close``."""
        symbol = parse_rule_symbol(fields.get("symbol"))
        does = parse_choice("does", fields.get("does"), get_args(Does))
        by_close = fields.get("by_close", False)
        if not isinstance(by_close, bool):
            raise BadInput("by_close is true or false.")
        return cls(
            symbol, does, parse_dma_sessions(fields.get("sessions")), by_close or does == "holds"
        )

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
        """The moving average."""
        return dma(self.sessions)

    def status_in(self, line: LiveQuote) -> RuleStatus:
        """Where the price stands from the average."""
        return distance_status(line, self, level_in(line, self), self.place)

    def find_in(self, line: LiveQuote) -> Iterator[AlertEvent]:
        """Crossings, by the average's status relative to the previous close.

        So a crossing can be read off a single quote: a process that starts after it happened
        still finds it.
        """
        level = line.level(self.level_id)
        if level is None or level.status is None or level.session_level is None:
            return
        at = _AtLevel(self, line, level.session_level)
        if line.final:
            yield from at.by_close(level.status)
        elif not self.by_close:
            yield from at.in_session(level.status)


@dataclass(frozen=True)
class _AtLevel:
    """One symbol at one moving average, with the level known before the open."""

    rule: Crossing
    line: LiveQuote
    level: float

    def in_session(self, status: Status) -> Iterator[AlertEvent]:
        """Provisional crossings: under it, or back above it."""
        rule = self.rule
        if rule.does == "loses" and status is Status.UNDER:
            yield self._provisional("under", f"is under {rule.place}")
        if rule.does == "reclaims":
            if status is Status.RECLAIMING:
                yield self._provisional("reclaiming", f"is back above {rule.place}")
            elif status is Status.TESTING and self._was_under:
                yield self._provisional("regained", f"is back above {rule.place}")

    def by_close(self, status: Status) -> Iterator[AlertEvent]:
        """What the close decided, also where it takes a provisional alert back."""
        does = self.rule.does
        if does == "loses" and status is Status.BROKEN:
            yield self._closed("broken", f"closed under {self.rule.place}", "broken")
        elif does == "reclaims" and status is Status.RECLAIMED:
            yield self._closed("reclaimed", f"closed above {self.rule.place}", "reclaimed")
        elif does == "holds" and status is Status.HELD:
            yield self._closed("held", f"held {self.rule.place} by the close", "held")
        elif not self.rule.by_close:
            yield from self._taken_back(status)

    def _taken_back(self, status: Status) -> Iterator[AlertEvent]:
        if self.rule.does == "loses" and status is Status.HELD and self._was_under:
            yield self._closed("held", f"held {self.rule.place} by the close after all", "held")
        elif self.rule.does == "reclaims" and status is Status.BELOW and self._was_above:
            yield self._closed("below", f"did not reclaim {self.rule.place}", "still below")

    @property
    def _was_under(self) -> bool:
        return self.line.low is not None and self.line.low < self.level

    @property
    def _was_above(self) -> bool:
        return self.line.high is not None and self.line.high >= self.level

    def _provisional(self, name: str, does: str) -> AlertEvent:
        title = f"{self.rule.symbol} {does} at {clock(self.line.time)} (provisional)"
        return AlertEvent(name, title, f"{self.rule.symbol} {self._prices()}. {THE_CLOSE_DECIDES}")

    def _closed(self, name: str, does: str, decided: str) -> AlertEvent:
        title = f"{self.rule.symbol} {does}: {self._price(self.line.price)}"
        session = self.line.time.astimezone(sessions.NEW_YORK).date()
        day = f"{session:%A} {session.day} {session:%B %Y}"
        text = f"{day}: {self.rule.symbol} closed at {self._prices()}: {decided}."
        return AlertEvent(name, title, text)

    def _prices(self) -> str:
        price, level = self.line.price, self._price(self.level)
        low = self.line.low
        lowest = "" if low is None else f", low {self._price(low)}"
        side = side_of(price, self.level)
        return f"{self._price(price)}, {side} the level {level} known before the open{lowest}"

    def _price(self, price: float) -> str:
        return self.line.quotation.plain_text(price)
