"""An edition: the computed text as it stood, the staff's own words beside it, and its charts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from analytics.model import access
from analytics.model.access import Offer, Plan
from analytics.model.vocabulary import BadInput, HoldlineError
from analytics.preview.model import Preview
from analytics.preview.prose import clean

SECTION_TITLES = {
    "calendar": "The week ahead",
    "action": "Price action",
    "supports": "Supports",
    "drawdown": "Group drawdown",
    "sentiment": "Sentiment",
    "options": "Options",
    "afloat": "What stayed afloat",
    "watch": "What to watch",
}
"""Every section in its order; the title of one that only staff wrote for."""

STRATEGY = "strategy"
STRATEGY_TITLE = "Trading strategy"
STRATEGY_OFFER = Offer(
    Plan.PRO, "What is the trading strategy?", "what staff would do, in each published preview"
)
LONGEST_TEXT = 8_000
"""Characters of one section's own words: a page and a half."""

_EDITION = re.compile(r"(\d{4}-\d{2}-\d{2})\.([1-9]\d{0,5})")


class Outdated(HoldlineError):
    """Someone else saved meanwhile; the message says which version stands."""


@dataclass(frozen=True)
class StaffText:
    """What staff wrote, apart from everything computed.

    Attributes:
        sections: own paragraphs by section key, small Markdown; none that is empty.
        strategy: the trading-strategy section, empty for none.
    """

    sections: Mapping[str, str] = field(default_factory=dict)
    strategy: str = ""

    @classmethod
    def parse(cls, raw: object) -> StaffText:
        """Read ``{"sections": {key: text}, "strategy": text}``, which is client data.

        Raises:
            BadInput: naming what is not accepted.
        """
        if not isinstance(raw, Mapping) or set(raw) - {"sections", STRATEGY}:
            raise BadInput('The text must be JSON: {"sections": {...}, "strategy": "..."}.')
        sections = raw.get("sections", {})
        if not isinstance(sections, Mapping) or not set(sections) <= set(SECTION_TITLES):
            raise BadInput(f"Own paragraphs belong to one of {', '.join(SECTION_TITLES)}.")
        known = {key: _text(key, sections[key]) for key in SECTION_TITLES if key in sections}
        return cls({k: v for k, v in known.items() if v}, _text(STRATEGY, raw.get(STRATEGY, "")))

    @property
    def empty(self) -> bool:
        """Whether nothing was written."""
        return not (self.sections or self.strategy)


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(f"The words of {name} are not a text.")
    if len(value) > LONGEST_TEXT:
        raise BadInput(
            f"The words of {name} are longer than {LONGEST_TEXT} characters ({len(value)})."
        )
    return clean(value)


@dataclass(frozen=True)
class Chart:
    """A chart beside a section, as it was drawn.

    Attributes:
        key: unique in the preview ("options-SPY").
        section: the section it stands beside.
        title: the finding; ``summary`` for who cannot see it.
        basis: source line: what the figures rest on and when they hold.
        link: path of the page that shows it.
        height: CSS pixels.
        figure: plain data with colour tokens.
    """

    key: str
    section: str
    title: str
    summary: str
    basis: str
    link: str
    height: int
    figure: Mapping[str, Any]


@dataclass(frozen=True)
class Heading:
    """Which version of which session's preview, and when it was saved and published (UTC)."""

    session: dt.date
    version: int
    saved_at: dt.datetime
    published_at: dt.datetime | None = None

    @property
    def name(self) -> str:
        """``2025-01-27.3``, as `parse_edition` reads it."""
        return f"{self.session}.{self.version}"


@dataclass(frozen=True)
class Edition:
    """One saved version, frozen: what was computed then and what staff wrote."""

    heading: Heading
    preview: Preview
    staff: StaffText
    charts: tuple[Chart, ...] = ()

    def for_viewer(self) -> Edition:
        """As the viewer's plan shows it."""
        if access.viewer().plan.includes(STRATEGY_OFFER.plan):
            return self
        return replace(self, staff=replace(self.staff, strategy=""))


def parse_edition(text: str) -> tuple[dt.date, int]:
    """Session and version of an edition's name.

    Raises:
        BadInput: it is not written so.
    """
    match = _EDITION.fullmatch(text)
    try:
        if match:
            return dt.date.fromisoformat(match[1]), int(match[2])
    except ValueError:
        match = None
    raise BadInput(f"edition is {text[:40]!r}: accepted is SESSION.VERSION, as 2025-01-27.3.")
