"""Quotes of the feed joined with the levels that rules name beyond it, once a session."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import msgspec

from analytics.alerts.evaluate import Watch
from analytics.alerts.path import Path, path_of, path_of_minutes, point_of
from analytics.alerts.rule_levels import beyond_the_feed
from analytics.model.levels import LevelId
from analytics.model.listing_calendars import calendar_of
from analytics.model.live import LiveQuote, LiveSnapshot
from analytics.model.plausibility import is_same_close
from analytics.model.vocabulary import HoldlineError
from analytics.runtime.alerts.history import History
from analytics.runtime.alerts.pace import real_seconds
from analytics.runtime.alerts.paths import reach
from analytics.watch.live_lines import with_named
from analytics.watch.session_baseline import SessionBaseline

_log = logging.getLogger(__name__)

AGAIN_SECONDS = 60.0
"""Between two looks for what was not there, or was of other bars than the quotes.

By the market's clock."""


@dataclass
class _Known:
    """What is known of one symbol's session.

    Attributes:
        levels: that were asked for.
        baseline: None where nothing is known before the session, or it could not be had.
        asked_at: monotonic seconds.
        owed: those that a price was not held against yet, for want of them.
        so_far: the path of the session up to the look in which one of these became known.
    """

    run: str | None
    session: dt.date
    levels: frozenset[LevelId]
    baseline: SessionBaseline | None
    asked_at: float
    owed: frozenset[LevelId] = frozenset()
    so_far: Path | None = None

    @property
    def is_whole(self) -> bool:
        return self.baseline is not None and all(
            one.price is not None for one in self.baseline.named
        )


class JoinedLevels:
    """The levels of one process.

    Args:
        history: where they are found; may take seconds.
        monotonic: seconds.
    """

    def __init__(self, history: History, monotonic: Callable[[], float]) -> None:
        self._history = history
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}

    def join(
        self, content: LiveSnapshot, watches: Iterable[Watch], run: str | None
    ) -> LiveSnapshot:
        """The snapshot with the levels that these rules name, as far as they are known."""
        wanted: defaultdict[str, set[LevelId]] = defaultdict(set)
        for watch in watches:
            for symbol in watch.rule.symbols:
                wanted[symbol] |= set(beyond_the_feed([watch.rule]))
        joined = {
            symbol: self._join(symbol, content, frozenset(levels), run)
            for symbol, levels in wanted.items()
            if levels and symbol in content.quotes and not content.quotes[symbol].pre
        }
        if not joined:
            return content
        return msgspec.structs.replace(content, quotes={**content.quotes, **joined})

    def path(self, watch: Watch, line: LiveQuote | None, path: Path | None) -> Path | None:
        """A rule's path since it could last be held against its level.

        That is the whole session where its level has become known with this look alone: by its
        minutes, where the source has them by now.
        """
        symbol = watch.rule.symbols[0]
        known = self._known.get(symbol)
        if known is None or watch.rule.level_id not in known.owed:
            return path
        if line is None or line.level(watch.rule.level_id) is None:
            return path
        if known.so_far is None:
            known.so_far = self._so_far(symbol, known.session, line)
        return known.so_far

    def keep(self, content: LiveSnapshot) -> None:
        """Go on from a look whose events are written down."""
        for symbol, known in self._known.items():
            known.so_far = None
            line = content.quotes.get(symbol)
            if line is not None:
                known.owed = frozenset(one for one in known.owed if line.level(one) is None)

    def _so_far(self, symbol: str, session: dt.date, line: LiveQuote) -> Path:
        """The path of a session from its open on; of the day's extremes where it has no minutes."""
        opens, minutes = calendar_of(symbol).open(session), None
        try:
            minutes = self._history.minutes(symbol, session)
        except HoldlineError as error:
            _log.info("No minutes of %s to hold a level against: %s", symbol, error)
        if minutes is None or not reach(minutes, line.time):
            return path_of(line, None, opens)
        so_far = path_of_minutes(minutes, opens, line.time, opens)
        return replace(so_far, points=(*so_far.points, point_of(line)))

    def _join(
        self, symbol: str, content: LiveSnapshot, levels: frozenset[LevelId], run: str | None
    ) -> LiveQuote:
        line = content.quotes[symbol]
        session = calendar_of(symbol).current_session(line.time)
        known = self._known.get(symbol)
        if known is None or self._is_due(known, content, symbol, session, levels, run):
            known = self._known[symbol] = self._ask(symbol, session, levels, run, known)
        if known.baseline is not None:
            line = with_named(line, known.baseline)
        if not line.withheld:
            known.owed |= {level for level in levels if line.level(level) is None}
        return line

    def _is_due(
        self,
        known: _Known,
        content: LiveSnapshot,
        symbol: str,
        session: dt.date,
        levels: frozenset[LevelId],
        run: str | None,
    ) -> bool:
        if (known.run, known.session) != (run, session) or not levels <= known.levels:
            return True
        if self._monotonic() - known.asked_at < real_seconds(AGAIN_SECONDS, content):
            return False
        found, before = known.baseline, content.quotes[symbol].previous_close
        if found is None or not known.is_whole:
            return True
        return before is not None and not is_same_close(before, found.previous_close)

    def _ask(
        self,
        symbol: str,
        session: dt.date,
        levels: frozenset[LevelId],
        run: str | None,
        before: _Known | None,
    ) -> _Known:
        if before is not None and (before.run, before.session) != (run, session):
            before = None
        owed = frozenset() if before is None else before.owed
        try:
            baseline = self._history.named(symbol, session, levels)
        except HoldlineError as error:
            _log.info("The levels of %s that rules name are not known yet: %s", symbol, error)
            baseline = None if before is None else before.baseline
        return _Known(run, session, levels, baseline, self._monotonic(), owed)
