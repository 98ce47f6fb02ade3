"""Stored inputs of a question: figures of past days, level calls, the portfolio."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from analytics.desk.archive import Archive
from analytics.desk.as_of import call_as_of, last_call_session
from analytics.model.level_calls import LevelCall, LevelEvent
from analytics.model.portfolio_changes import Change
from analytics.model.question import EVERY, PORTFOLIO, Needs
from analytics.model.vocabulary import DailyFigures, HoldlineError, Moment


@dataclass(frozen=True, eq=False)
class Recorded:
    """Records as seen at a moment.

    Attributes:
        changes: the portfolio's, published by the moment.
        unread: why what the store should hold cannot be read.
        history: (question, symbol) -> the figures kept of past sessions.
        log: symbol -> its lines of the day's log.
    """

    changes: tuple[Change, ...] = ()
    unread: dict[tuple[str, str], HoldlineError] = field(default_factory=dict)
    history: dict[tuple[str, str], tuple[DailyFigures, ...]] = field(default_factory=dict)
    calls: tuple[LevelCall, ...] = ()
    log: dict[str, tuple[LevelEvent, ...]] = field(default_factory=dict)

    @property
    def traded(self) -> set[str]:
        """Every symbol that the portfolio has held."""
        return {symbol for change in self.changes for symbol in change.symbols}

    def first_change(self, otherwise: dt.date) -> dt.date:
        """The day on which the portfolio begins."""
        return min((change.effective for change in self.changes), default=otherwise)

    @property
    def versions(self) -> tuple[str, ...]:
        """Changes whenever a record is another than before."""
        return (
            *(change.id for change in self.changes),
            *(_history_version(rows) for rows in self.history.values()),
            *((_calls_version(self.calls),) if self.calls else ()),
            *(f"{len(lines)}" for lines in self.log.values()),
        )


def read_records(
    needs: Needs, moment: Moment, archive: Archive, published: Callable[[], tuple[Change, ...]]
) -> Recorded:
    """What ``needs`` asks of the store, nothing that the moment may not know."""
    changes, unread = _changes(needs, moment, published)
    return Recorded(
        changes,
        unread,
        history={
            (question, symbol): tuple(
                rows
                for rows in archive.figures(question, symbol, moment.session)
                if not moment.replayed or rows.session < moment.session
            )
            for question, symbol in needs.history
        },
        calls=tuple(
            call_as_of(call, moment)
            for symbol in needs.calls
            for call in archive.calls(
                last_call_session(moment), None if symbol == EVERY else symbol
            )
            if call.called_at <= moment.time
        ),
        log={
            symbol: tuple(
                line for line in archive.events(moment.session, symbol) if line.at <= moment.time
            )
            for symbol in needs.log
        },
    )


def _changes(
    needs: Needs, moment: Moment, published: Callable[[], tuple[Change, ...]]
) -> tuple[tuple[Change, ...], dict[tuple[str, str], HoldlineError]]:
    """The changes published by the moment, where they are needed; else why they cannot be."""
    if not needs.portfolio:
        return (), {}
    try:
        changes = published()
    except HoldlineError as error:
        return (), {("changes", PORTFOLIO): error}
    if moment.live:
        return changes, {}
    return tuple(c for c in changes if c.published_at and c.published_at <= moment.time), {}


def _history_version(rows: tuple[DailyFigures, ...]) -> str:
    """Changes with a new session and with figures of an old one that were imported since."""
    return f"{len(rows)}|{max((row.shown_at for row in rows), default='')}"


def _calls_version(calls: tuple[LevelCall, ...]) -> str:
    """Changes with a new call and with a new score."""
    scored = [call.scored_at for call in calls if call.scored_at is not None]
    return f"{len(calls)}|{len(scored)}|{max(scored, default='')}"
