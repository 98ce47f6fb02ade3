"""Alert kind: the sentiment index falls under a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Self

from analytics.alerts.form import NumberField, Text
from analytics.alerts.rule import (
    THE_CLOSE_DECIDES,
    AlertEvent,
    Observation,
    Rule,
    RuleStatus,
    SentimentReading,
    Situation,
    bounded_number,
    clock,
)
from analytics.model.access import Offer, Plan

LOWEST, HIGHEST = 1.0, 99.0


@dataclass(frozen=True)
class LowSentiment(Rule):
    """The sentiment index (0 crash to 100 euphoria) is under a value."""

    kind = "sentiment"
    controls = (
        Text("the sentiment index is under"),
        NumberField("under", "Sentiment index", LOWEST, HIGHEST, 20.0),
    )
    offer = Offer(Plan.PRO, "Is fear high?", "alerts when the sentiment index is low", "has")
    reads_sentiment = True
    waits_for_close = True

    under: float

    @classmethod
    def parse(cls, fields: Mapping[str, object]) -> Self:
        """From ``under``."""
        return cls(bounded_number("under", fields.get("under"), LOWEST, HIGHEST))

    def words(self) -> str:
        """``the sentiment index is under 20``."""
        return f"the sentiment index is under {self.under:g}"

    def observed(self, situation: Situation) -> Observation | None:
        """At the index's time."""
        reading = situation.sentiment
        if reading is None:
            return None
        return Observation(reading.time, reading.session, reading.final)

    @property
    def link(self) -> str:
        """The index's page."""
        return "/sentiment"

    def at_close(self, reading: SentimentReading, provisional: Set[str]) -> AlertEvent | None:
        """That it closed under the value, or did not after all."""
        if reading.value < self.under:
            return next(self.find(Situation(sentiment=reading)))
        if not provisional:
            return None
        title = (
            f"The sentiment index is {reading.value:.1f} at the close, not under {self.under:g} "
            "after all"
        )
        return AlertEvent("closed-over", title, "0 is a crash, 100 euphoria.")

    def find(self, situation: Situation) -> Iterator[AlertEvent]:
        """That the index is under the value."""
        reading = situation.sentiment
        if reading is None or reading.value >= self.under:
            return
        when = "at the close" if reading.final else f"at {clock(reading.time)} (provisional)"
        title = f"The sentiment index is {reading.value:.1f} {when}, under {self.under:g}"
        text = "0 is a crash, 100 euphoria." + ("" if reading.final else f" {THE_CLOSE_DECIDES}")
        yield AlertEvent("closed-under" if reading.final else "under", title, text)

    def status(self, situation: Situation) -> RuleStatus:
        """The index beside the value."""
        reading = situation.sentiment
        if reading is None:
            return RuleStatus("the sentiment index is not available now")
        side = "under" if reading.value < self.under else "not under"
        words = f"the sentiment index is {reading.value:.1f}, {side} {self.under:g}"
        return RuleStatus(words, away=abs(reading.value - self.under))
