"""Contract of an alert kind: one class says all that the other rooms need to know of it.

A kind is a frozen dataclass below `Rule`, listed in `analytics.alerts.kinds`. Its fields are those
of its JSON, as the store keeps it and a browser sends it; its form is sent to the page as data.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import ClassVar, Self

from analytics.alerts.form import Control
from analytics.alerts.level_close import LevelClose
from analytics.alerts.path import Path
from analytics.model import sessions
from analytics.model.access import FOR_EVERYBODY, Offer
from analytics.model.levels import LevelId
from analytics.model.live import LiveQuote
from analytics.model.parsing import parse_number
from analytics.model.quotation import DOLLARS, Quotation
from analytics.model.status import Status
from analytics.studies.scan.row import ScanRow
from analytics.studies.scan.scan import ScanParameters

LATER: Mapping[str, object] = {"later": True}
"""Metadata of a field that stored rules are older than: its default is not written, so that what
they are known by stands."""

THE_CLOSE_DECIDES = "Provisional: only the close decides."


@dataclass(frozen=True)
class SentimentReading:
    """The sentiment index at a time.

    Attributes:
        final: of a completed session.
    """

    value: float
    session: dt.date
    time: dt.datetime
    final: bool


@dataclass(frozen=True)
class ScanReading:
    """A scan at a time: its rows, of the session that they belong to.

    Attributes:
        final: of a completed session.
    """

    rows: tuple[ScanRow, ...]
    session: dt.date
    time: dt.datetime
    final: bool


@dataclass(frozen=True)
class Situation:
    """The market at one moment, as far as rules read it.

    Attributes:
        quotes: symbol -> its live quote.
        sentiment: the index, where it is known and some rule reads it.
        absent: symbol -> why it has no quote.
        scans: those that rules read, as far as they are known.
        scans_absent: why one of them is not known.
        paths: symbol -> the path of its price since the last look; where it has none, the day's
            own prices so far are its path.
    """

    quotes: Mapping[str, LiveQuote] = field(default_factory=dict)
    sentiment: SentimentReading | None = None
    absent: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, Path] = field(default_factory=dict)
    scans: Mapping[ScanParameters, ScanReading] = field(default_factory=dict)
    scans_absent: Mapping[ScanParameters, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Observation:
    """When the figures that a rule reads were observed.

    Attributes:
        time: UTC.
        session: that they belong to: an event fires once a session.
        final: of a session that is over.
    """

    time: dt.datetime
    session: dt.date
    final: bool = False


@dataclass(frozen=True)
class AlertEvent:
    """Something that a rule found.

    Attributes:
        name: of the event within its rule; the same name fires once a session.
        title: one sentence, see `analytics.alerts.model.Message`.
        text: more sentences, or "".
    """

    name: str
    title: str
    text: str = ""


@dataclass(frozen=True)
class RuleStatus:
    """A rule's present state.

    Attributes:
        words: "SPY stands 0.6% above its 50-DMA"; why that is not known, where it is not.
        price, level: None where there is none.
        distance_pct: of the level from the price, signed as on the ladder.
        status: at a moving average, or None.
        away: distance relative to what the rule waits for, for ranking; None sorts last.
        quotation: how the prices are written.
    """

    words: str
    price: float | None = None
    level: float | None = None
    distance_pct: float | None = None
    status: Status | None = None
    away: float | None = None
    quotation: Quotation = DOLLARS


class Rule(ABC):
    """An alert rule: what somebody wants to be alerted to.

    Attributes:
        kind: names the kind in JSON and in the store; never changes.
        controls: the form that sets such a rule; see `analytics.alerts.form`.
        offer: the plan that such a rule needs.
        reads_sentiment: whether it reads the sentiment index.
        waits_for_close: whether the call ledger decides it once the session is over.
    """

    kind: ClassVar[str]
    controls: ClassVar[tuple[Control, ...]]
    offer: ClassVar[Offer] = FOR_EVERYBODY
    reads_sentiment: ClassVar[bool] = False
    waits_for_close: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def parse(cls, fields: Mapping[str, object]) -> Self:
        """The rule of these fields, which are all of its own names.

        Raises:
            BadInput: one sentence: what was wrong and what is accepted.
        """

    @abstractmethod
    def words(self) -> str:
        """As a sentence after "alert me when"."""

    @abstractmethod
    def observed(self, situation: Situation) -> Observation | None:
        """When what it reads was observed; None where there is nothing to evaluate."""

    @abstractmethod
    def find(self, situation: Situation) -> Iterator[AlertEvent]:
        """The events it finds, pure and without a memory; called where it `observed` something."""

    @abstractmethod
    def status(self, situation: Situation) -> RuleStatus:
        """How it stands now, in words, whether or not anything was observed."""

    def wants(self, close: LevelClose, provisional: Set[str]) -> bool:
        """Whether the close of its level is to be told.

        Args:
            provisional: names of the events that it found in that session.
        """
        return False

    def at_close(self, reading: SentimentReading, provisional: Set[str]) -> AlertEvent | None:
        """What the sentiment index at a session's close makes of it.

        Args:
            provisional: names of the events that it found in that session.
        """
        return None

    def at_split(self, ratio: float) -> Self:
        """The rule after shares were split ``ratio``:1; the same where it names no price."""
        return self

    @property
    def link(self) -> str:
        """The view it is about, an address on this site."""
        return "/"

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols whose quotes it reads."""
        return ()

    @property
    def scan(self) -> ScanParameters | None:
        """The scan that it reads, or None."""
        return None

    @property
    def level_id(self) -> LevelId | None:
        """The level of the live feed that it watches, or None."""
        return None


def bounded_number(name: str, given: object, low: float, high: float) -> float:
    """A rule's number.

    Raises:
        BadInput: it is none, or out of bounds.
    """
    return parse_number(name, given, low, high, f"a number from {low:g} to {high:g} is accepted")


def day_words(day: dt.date) -> str:
    """``Monday 27 January``."""
    return f"{day:%A} {day.day} {day:%B}"


def clock(time: dt.datetime) -> str:
    """``10:02`` in New York."""
    return f"{time.astimezone(sessions.NEW_YORK):%H:%M}"
