"""Writing of the preview: figures with their references, and sentences that need all of them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from analytics.model import phrases
from analytics.model.parameters import as_of_text
from analytics.model.question import Answer
from analytics.model.quotation import DOLLARS, Quotation, written
from analytics.model.sessions import NEW_YORK
from analytics.model.vocabulary import Moment
from analytics.preview.model import Figure, Part, Section, Sentence

Draft = Part | None
"""A part of a sentence, or None for a figure that is unavailable."""


class Cite:
    """Makes figures out of one answer's values.

    Args:
        answer: where they come from; its prices are written by its result's quotation.
        path: the page that shows them; ``state`` its query; the session is added when it is past.
    """

    def __init__(self, answer: Answer[Any], path: str, **state: str) -> None:
        self._question = answer.question
        self._as_of = answer.as_of
        self._source = answer.provenance.source
        self._quotation: Quotation = getattr(answer.result, "quotation", DOLLARS)
        query = dict(state)
        at = past(answer.moment)
        if at is not None:
            query["as_of"] = as_of_text(at)
        self._link = f"{path}?{urlencode(query, safe=',^')}" if query else path

    def number(
        self,
        value: float | None,
        definition: str,
        unit: str,
        decimals: int = 2,
        *,
        sign: bool = False,
        suffix: str = "",
    ) -> Figure | None:
        """A number as printed; None for one that is absent or not finite."""
        if value is None or not math.isfinite(value):
            return None
        text = written(value, decimals, sign=sign) + suffix
        return self._figure(value, text, definition, unit)

    def price(
        self, value: float | None, definition: str, quotation: Quotation | None = None
    ) -> Figure | None:
        """A price in the decimals and the unit of its instrument.

        Args:
            quotation: of the instrument, where the answer is about several.
        """
        if value is None or not math.isfinite(value):
            return None
        by = quotation or self._quotation
        return self._figure(value, by.text(value), definition, by.heading)

    def pct(self, value: float | None, definition: str, *, sign: bool = True) -> Figure | None:
        """A percentage with its sign."""
        return self.number(value, definition, "percent", sign=sign, suffix="%")

    def size(self, value: float | None, definition: str) -> Figure | None:
        """A percentage whose direction the words tell."""
        size = None if value is None else abs(value)
        return self.number(size, definition, "percent", suffix="%")

    def day(self, day: dt.date, definition: str) -> Figure:
        """A date with its weekday."""
        return self._figure(day.isoformat(), long_day(day), definition, "date")

    def phrase(self, figure: phrases.Figure) -> Figure:
        """A figure of a sentence that was written elsewhere."""
        return self._figure(figure.value, figure.text, figure.definition, figure.unit)

    def _figure(self, value: float | str, text: str, definition: str, unit: str) -> Figure:
        return Figure(
            value, text, unit, self._question, definition, self._as_of, self._source, self._link
        )


def past(moment: Moment) -> dt.date | None:
    """What to ask the desk for to be answered for this moment again; None for the present."""
    if moment.live:
        return None
    return moment.time if moment.replayed else moment.session


def long_day(day: dt.date) -> str:
    """``Wednesday 29 January``."""
    return f"{day:%A} {day.day} {day:%B}"


def clock(time: dt.datetime) -> str:
    """``14:00`` in New York."""
    return f"{time.astimezone(NEW_YORK):%H:%M}"


def say(*parts: Draft) -> Sentence | None:
    """A sentence of these parts; None when one of them is unavailable."""
    present = [part for part in parts if part is not None]
    return Sentence(tuple(present)) if len(present) == len(parts) else None


def referred(written_: Sequence[phrases.Phrase], cites: Mapping[str, Cite]) -> Sentence:
    """A sentence written elsewhere, each figure with its reference.

    Args:
        cites: by the question that a figure comes from.
    """
    return Sentence(
        tuple(
            part if isinstance(part, str) else cites[part.basis].phrase(part) for part in written_
        )
    )


def words(text: str) -> Sentence:
    """A sentence without a figure: that something is absent, and why."""
    return Sentence((text,))


def listed(groups: Iterable[Sequence[Draft]]) -> list[Part]:
    """``a, b and c`` of those groups whose parts are all there."""
    whole: list[list[Part]] = []
    for group in groups:
        present = [part for part in group if part is not None]
        if present and len(present) == len(group):
            whole.append(present)
    parts: list[Part] = []
    for i, present in enumerate(whole):
        if i:
            parts.append(" and " if i == len(whole) - 1 else ", ")
        parts += present
    return parts


def name_in_prose(symbol: str) -> str:
    """How prose names a symbol: an index without its caret."""
    return f"the {symbol[1:]}" if symbol.startswith("^") else symbol


def names(symbols: Sequence[str]) -> str:
    """``A, B and C``."""
    return "".join(part for part in listed([s] for s in symbols) if isinstance(part, str))


def section(
    key: str, title: str, sentences: Iterable[Sentence | None], *answers: Answer[Any]
) -> Section | None:
    """A section of the sentences that could be written; None without any.

    The lists that ``answers`` rest on and that are past their life are said at its end.
    """
    present = tuple(sentence for sentence in sentences if sentence is not None)
    notes = dict.fromkeys(note for one in answers for note in one.provenance.lists)
    aged = tuple(words(f"{note[:1].upper()}{note[1:]}.") for note in notes)
    return Section(key, title, (*present, *aged)) if present else None


def moved(change: float, provisional: bool, flat: str = "little changed") -> str:
    """``fell`` or ``rose`` after the close, ``is down`` or ``is up`` in session."""
    if abs(change) < 0.005:
        return f"is {flat}" if provisional else f"closed {flat}"
    if provisional:
        return "is down" if change < 0 else "is up"
    return "fell" if change < 0 else "rose"
