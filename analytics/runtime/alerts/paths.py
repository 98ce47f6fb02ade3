"""Paths of the prices of rules' symbols: what passed between two looks of this process.

A look that comes long after the last one - a sleep, a restart, a change of leader - leaves a gap.
Minutes fill it, where the source has them, as soon as they reach as far.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from analytics.alerts.path import Path, path_of, path_of_minutes
from analytics.model.listing_calendars import calendar_of
from analytics.model.live import LiveQuote, LiveSnapshot
from analytics.model.vocabulary import HoldlineError, MinuteBars
from analytics.runtime.alerts.pace import real_seconds

_log = logging.getLogger(__name__)

GAP = dt.timedelta(minutes=2)
"""Looks further apart are joined by minutes."""
SILENT = dt.timedelta(minutes=10)
"""So are prices further apart: the feed may have been cut off while it was looked at."""
AGAIN_SECONDS = 60.0
"""Between two looks for minutes, by the market's clock."""
MOST_TRIES = 5

Minutes = Callable[[str, dt.date], MinuteBars | None]
"""The one-minute bars of a symbol's session, where there are any; may take seconds."""


@dataclass(frozen=True)
class _Gap:
    """A time between two looks of one session."""

    since: dt.datetime
    until: dt.datetime
    tries: int = 0
    tried_at: float = -float("inf")


@dataclass(frozen=True)
class _Seen:
    """The last look at a symbol, by the source's clock."""

    session: dt.date
    looked_at: dt.datetime
    line: LiveQuote
    gap: _Gap | None = None


@dataclass(frozen=True)
class Looked:
    """One look: the path of each symbol, and what `Paths.keep` remembers of it."""

    paths: Mapping[str, Path]
    seen: Mapping[str, _Seen] = field(default_factory=dict)


class Paths:
    """The last looks of one process.

    Args:
        minutes: fill the gaps; None where the source has none.
        monotonic: seconds.
    """

    def __init__(self, minutes: Minutes | None, monotonic: Callable[[], float]) -> None:
        self._minutes = minutes
        self._monotonic = monotonic
        self._seen: Mapping[str, _Seen] = {}
        self._run: str | None = None

    def look(self, content: LiveSnapshot, symbols: Iterable[str], run: str | None) -> Looked:
        """The paths since the last look that was kept; changes nothing."""
        paths, seen = {}, dict(self._seen) if run == self._run else {}
        for symbol in symbols:
            line = content.quotes.get(symbol)
            if line is None or line.pre:
                continue
            listing = calendar_of(symbol)
            session = listing.current_session(line.time)
            before = seen.get(symbol)
            if before is not None and before.session != session:
                before = None
            if before is not None and line.time < before.line.time:
                continue  # another process's older look
            opens = listing.open(session)
            paths[symbol] = path_of(line, None if before is None else before.line, opens)
            seen[symbol] = _Seen(session, content.at, line, _gap(line, content.at, before, opens))
        return Looked(paths, seen)

    def keep(self, looked: Looked, run: str | None) -> None:
        """Go on from a look whose events are written down."""
        self._seen, self._run = looked.seen, run

    def filled(self, content: LiveSnapshot) -> tuple[str, Path] | None:
        """The path that minutes show in one symbol's gap, or None; `close_gap` when it is told."""
        if self._minutes is None:
            return None
        now, pause = self._monotonic(), real_seconds(AGAIN_SECONDS, content)
        for symbol, seen in self._seen.items():
            gap = seen.gap
            if gap is None or now - gap.tried_at < pause:
                continue
            gap = replace(gap, tries=gap.tries + 1, tried_at=now)
            self._set(symbol, gap if gap.tries < MOST_TRIES else None)
            minutes = self._asked(symbol, seen.session)
            if minutes is not None and reach(minutes, gap.until):
                # the minute of the last look is only half known
                begins = gap.since.replace(second=0, microsecond=0)
                opens = calendar_of(symbol).open(seen.session)
                return symbol, path_of_minutes(minutes, begins, gap.until, opens)
            return None
        return None

    def close_gap(self, symbol: str) -> None:
        """What happened in the symbol's gap is written down."""
        self._set(symbol, None)

    def line(self, symbol: str) -> LiveQuote:
        """The symbol's last look."""
        return self._seen[symbol].line

    def _set(self, symbol: str, gap: _Gap | None) -> None:
        self._seen = {**self._seen, symbol: replace(self._seen[symbol], gap=gap)}

    def _asked(self, symbol: str, session: dt.date) -> MinuteBars | None:
        assert self._minutes is not None
        try:
            return self._minutes(symbol, session)
        except HoldlineError as error:
            _log.info("No minutes of %s to fill a gap with: %s", symbol, error)
            return None


def _gap(line: LiveQuote, at: dt.datetime, before: _Seen | None, opens: dt.datetime) -> _Gap | None:
    """What this look leaves unknown, together with what the last one left."""
    if before is None:
        return _Gap(opens, line.time) if line.time - opens > GAP else None
    left = before.gap
    looked = abs(at - before.looked_at) <= GAP and line.time - before.line.time <= SILENT
    if looked or line.time == before.line.time:
        return left
    if left is not None:
        return replace(left, until=line.time)
    return _Gap(before.line.time, line.time)


def reach(minutes: MinuteBars, until: dt.datetime) -> bool:
    """Whether the minutes come within `GAP` of a time."""
    if not len(minutes):
        return False
    last: dt.datetime = minutes.times[-1].tolist().replace(tzinfo=dt.UTC)
    return until - last <= GAP
