"""Model of a weekly preview: sections of sentences, sentences of words and figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from analytics.model.question import Answer
from analytics.model.vocabulary import Moment
from analytics.options.surprise import OptionsSurprise
from analytics.options.view import OptionsView
from analytics.studies.calendar.events import Calendar
from analytics.studies.hold.study import HoldStudy
from analytics.studies.sectors.afloat import Afloat
from analytics.studies.sectors.group_drawdown import GroupDrawdown
from analytics.studies.sectors.sectors import Sectors
from analytics.studies.sentiment.index import Sentiment
from analytics.studies.supports.odds import OddsView
from analytics.studies.supports.supports import SupportLadder
from analytics.studies.supports.watchlist import Watchlist

SUPPORT_SYMBOLS = ("SPY", "QQQ", "NVDA", "XLK")
OPTION_SYMBOLS = ("SPY", "NVDA", "XLK", "QQQ")


@dataclass(frozen=True)
class Figure:
    """One printed number or date, and all that is needed to check it.

    Attributes:
        value: unrounded; a date as ISO text.
        text: as printed, its unit's sign included.
        unit: "USD", "percent", "z", "date", ...
        question: the desk's question that answered it.
        definition: key of `analytics.model.definitions.DEFINITIONS`.
        as_of: UTC time it holds for.
        source: where its data came from.
        link: path of the page that shows it, with its state.
    """

    value: float | str
    text: str
    unit: str
    question: str
    definition: str
    as_of: dt.datetime
    source: str
    link: str


Part = str | Figure


@dataclass(frozen=True)
class Sentence:
    """Words and figures in their order; never one that is missing."""

    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """As it reads."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures in it."""
        return tuple(part for part in self.parts if isinstance(part, Figure))


@dataclass(frozen=True)
class Section:
    """One heading with its sentences; a section without a sentence is not made."""

    key: str
    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Preview:
    """The computed text of one preview.

    Attributes:
        session: the newest session it rests on; ``as_of`` the UTC time it holds for.
        provisional: that session is still trading.
        simulated: every surface then carries the banner.
        notes: what was stale, in one sentence each.
    """

    title: str
    session: dt.date
    as_of: dt.datetime
    provisional: bool
    source: str
    simulated: bool
    sections: tuple[Section, ...]
    notes: tuple[str, ...]

    def section(self, key: str) -> Section | None:
        """The section of that key, or None where nothing could be said."""
        return next((section for section in self.sections if section.key == key), None)


@dataclass(frozen=True)
class Answers:
    """What the desk said, for `compose`; an answer that is None was not asked for.

    Attributes:
        moment: the moment all answers are for.
        supports, options: by symbol, in the order they are written.
        study, odds: of the level that the first symbol's supports are about.
        surprises: of the symbols of ``options``.
        calendar: of the days ahead.
    """

    moment: Moment
    calendar: Answer[Calendar] | None = None
    watchlist: Answer[Watchlist] | None = None
    sectors: Answer[Sectors] | None = None
    supports: Mapping[str, Answer[SupportLadder]] = field(default_factory=dict)
    study: Answer[HoldStudy] | None = None
    odds: Answer[OddsView] | None = None
    drawdown: Answer[GroupDrawdown] | None = None
    sentiment: Answer[Sentiment] | None = None
    options: Mapping[str, Answer[OptionsView]] = field(default_factory=dict)
    surprises: Mapping[str, Answer[OptionsSurprise]] = field(default_factory=dict)
    afloat: Answer[Afloat] | None = None
