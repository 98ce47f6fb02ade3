"""Levels that rules name and the live feed does not carry: found once a session, then kept.

What a session's prices were held against first is what its close is held against, also where the
provider revises volumes or extremes of the days before meanwhile.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace

from analytics.desk.desk import Desk
from analytics.model.level_calls import OVER_AFTER, UNDER_AFTER, Happening, LevelCall
from analytics.model.levels import LevelId
from analytics.model.listing_calendars import close_of
from analytics.model.plausibility import is_same_close
from analytics.model.question import Answer, Needs, Symbol
from analytics.model.vocabulary import Bars, DailyFigures, HoldlineError, SourceFailure
from analytics.watch.crossings import events_of, prints_of_minutes
from analytics.watch.scoring import score
from analytics.watch.session_baseline import (
    SESSION_BASELINES,
    SessionBaseline,
    SessionBaselines,
    SessionBaselinesParameters,
)

KEPT = "alert-levels"
"""Under this name the store knows the levels of a session that rules were held against."""
PREVIOUS_CLOSE = "previous close"
CROSSED = {*UNDER_AFTER, *OVER_AFTER} - {Happening.TOUCHED}
_DEFINITION = 1


class NamedLevels:
    """The named levels of sessions, as a desk and its archive have them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def baseline(
        self, symbol: str, session: dt.date, levels: Iterable[LevelId]
    ) -> SessionBaseline | None:
        """The session's baseline with these levels alone; None where nothing is known before it.

        Raises:
            HoldlineError: it cannot be had now.
        """
        asked = SessionBaselinesParameters((Symbol(symbol),), tuple(sorted(levels)))
        over = self._desk.source.now() >= close_of(symbol, session)
        answer: Answer[SessionBaselines] = self._desk.ask(
            SESSION_BASELINES, asked, session if over else None
        )
        if answer.result is None:
            raise SourceFailure(answer.reason or f"no bars of {symbol}.")
        for found in answer.result.baselines:
            if found.session == session:
                return self._as_first_known(found)
        return None

    def _as_first_known(self, found: SessionBaseline) -> SessionBaseline:
        """With the prices of before, while both count in the same shares."""
        archive, kept = self._desk.archive, {}
        for row in archive.figures(KEPT, found.symbol, found.session):
            before = row.figures.get(PREVIOUS_CLOSE)
            if row.session == found.session and before is not None:
                kept = dict(row.figures) if is_same_close(before, found.previous_close) else {}
        named = tuple(
            one if (price := kept.get(one.id.name)) is None else replace(one, price=price)
            for one in found.named
        )
        prices = {one.id.name: one.price for one in named if one.price is not None}
        known = {PREVIOUS_CLOSE: found.previous_close} | kept | prices
        if known != kept and prices:
            now = self._desk.source.now()
            archive.keep(
                KEPT, DailyFigures(found.symbol, found.session, False, now, _DEFINITION, known)
            )
        return replace(found, averages=(), named=named)

    def scored(self, baseline: SessionBaseline, bars: Bars) -> tuple[LevelCall, ...]:
        """The levels as the ledger scores calls.

        Args:
            baseline: with the levels.
            bars: with the session's final bar as their last.
        """
        listing, session = baseline.listing, baseline.session
        opens, closes = listing.open(session), listing.close(session)
        before = baseline.previous_close
        calls = (
            LevelCall(baseline.symbol, one.id, session, one.price, before, opens)
            for one in baseline.named
            if one.price is not None
        )
        return tuple(done for call in calls if (done := score(call, bars, closes)) is not None)

    def crossings(
        self, baseline: SessionBaseline, calls: Iterable[LevelCall]
    ) -> Mapping[LevelId, tuple[dt.datetime, ...]]:
        """When a session that is over crossed each level, by its minutes; empty without any."""
        symbol = (Symbol(baseline.symbol),)
        minutes = None
        if self._desk.source.capabilities.minutes:
            with contextlib.suppress(HoldlineError):
                inputs = self._desk.inputs(Needs(bars=symbol, minutes=symbol), baseline.session)
                minutes = inputs.minutes.get(baseline.symbol)
        if minutes is None or minutes.session != baseline.session:
            return {}
        prints = tuple(prints_of_minutes(minutes))
        return {
            call.level: tuple(
                event.at
                for event in events_of(call, baseline.atr_before, prints, final=True)
                if event.kind in CROSSED
            )
            for call in calls
        }
