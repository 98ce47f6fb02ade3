"""Content of the Weekly preview tab: the text as computed now, or an edition as published."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

from cachetools import TTLCache

from analytics.desk.desk import Desk
from analytics.model import access
from analytics.model.question import Answer
from analytics.model.vocabulary import Freshness, Moment, NotAvailable, Phase, Provenance
from analytics.preview import (
    Answers,
    Chart,
    Edition,
    Heading,
    Preview,
    StaffText,
    ask_all,
    compose,
    require_prices,
)
from analytics.preview.edition import parse_edition
from analytics.preview.markdown import NO_STAFF
from components.pages.preview.state import PreviewState

FRESH_SECONDS = 1.0
MAX_CACHED = 8


@dataclass(frozen=True)
class Shown:
    """One preview on screen.

    Attributes:
        heading: which published version it is; None for the computed text.
        answers: what it was written from; None for a published one.
        charts: as they were published; None where they are drawn from the answers.
        published: versions that may be read, newest first.
    """

    preview: Preview
    staff: StaffText
    published: tuple[Heading, ...]
    heading: Heading | None = None
    answers: Answers | None = None
    charts: tuple[Chart, ...] | None = None


@dataclass(frozen=True)
class _Written:
    answers: Answers
    preview: Preview


class Board:
    """Writes each moment's preview once for all the panels and viewers that ask together."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._written: TTLCache[Any, _Written] = TTLCache(MAX_CACHED, FRESH_SECONDS, time.monotonic)
        self._lock = threading.Lock()

    def shown(self, state: PreviewState) -> Answer[Shown]:
        """The preview that a view asks for.

        Raises:
            HoldlineError: why there is none.
        """
        previews, scope = self._desk.records.previews, self._desk.archive.scope
        refused = self._desk.records.database.refusal
        published = () if refused else previews.published(scope)
        if state.edition is None:
            return self._computed(state, published)
        session, version = parse_edition(state.edition)
        edition = previews.edition(scope, session, version, published=True)
        if edition is None:
            raise NotAvailable(f"Edition {state.edition} is not among the published previews.")
        return _of_edition(edition, published)

    def answers(self, state: PreviewState) -> Answers:
        """What the computed text of a view is written from."""
        return self._write(state).answers

    def _computed(self, state: PreviewState, published: tuple[Heading, ...]) -> Answer[Shown]:
        written = self._write(state)
        answers = written.answers
        watchlist: Answer[Any] | None = answers.watchlist
        if watchlist is None:
            raise NotAvailable("The preview was not written.")
        shown = Shown(written.preview, NO_STAFF, published, answers=answers)
        content = repr((written.preview, published))
        version = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
        stale = next(iter(written.preview.notes), None)
        return replace(
            watchlist,
            result=shown,
            reason=None,
            version=version,
            freshness=Freshness.STALE if stale else watchlist.freshness,
        )

    def _write(self, state: PreviewState) -> _Written:
        with self._lock:
            key = (state.as_of, access.viewer().plan)
            known = self._written.get(key)
            if known is not None:
                return known
            answers = ask_all(self._desk, state.as_of)
            require_prices(answers)
            written = self._written[key] = _Written(answers, compose(answers))
            return written


def _of_edition(edition: Edition, published: tuple[Heading, ...]) -> Answer[Shown]:
    preview = edition.preview
    shown = Shown(preview, edition.staff, published, heading=edition.heading, charts=edition.charts)
    content = repr((edition.heading, published))
    return Answer(
        question="preview",
        moment=Moment(preview.as_of, preview.session, Phase.CLOSED, False),
        freshness=Freshness.CLOSED,
        provenance=Provenance(preview.source, preview.simulated, bar_time=preview.as_of),
        result=shown,
        version=hashlib.blake2b(content.encode(), digest_size=8).hexdigest(),
    )
